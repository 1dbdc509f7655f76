package fhir

import (
	"strings"
	"testing"
	"time"
)

// one is a case of one document.
func one(document string) []string { return []string{document} }

var (
	yes = provision(permits, to("Organization/9"))
	no  = provision(denies, to("Organization/9"))

	noneAtAll = "none no-consent"
	notForUs  = "none not-addressed"
)

// consent.md, "A consent applies when all of these hold", one by one.
func TestWhenAConsentApplies(t *testing.T) {
	loinc := `[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}]`
	scope := func(code string) string {
		return `{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"` + code + `"}]}`
	}
	status := func(s string) []string { return one(says("c1", yes, "status", `"`+s+`"`)) }
	verified := func(s string) []string { return one(says("c1", yes, "verification", s)) }
	givenBy := func(refs ...string) []string {
		for i := range refs {
			refs[i] = refTo(refs[i])
		}
		return one(says("c1", yes, "performer", "["+strings.Join(refs, ",")+"]"))
	}
	checkWishes(t, []wish{
		{"an active one applies", question{}, status("active"), "full permitted c1"},
		{"a draft does not", question{}, status("draft"), noneAtAll},
		{"a proposal does not", question{}, status("proposed"), noneAtAll},
		{"one that was entered in error does not", question{}, status("entered-in-error"), noneAtAll},
		{"an inactive one does not", question{}, status("inactive"), noneAtAll},
		{"a rejected one does not", question{}, status("rejected"), noneAtAll},
		{"a verified one applies", question{}, verified(`[{"verified":true}]`), "full permitted c1"},
		{"one that was found not to be verified does not", question{}, verified(`[{"verified":false}]`), noneAtAll},
		{"one false among true blocks it", question{}, verified(`[{"verified":true},{"verified":false},{"verified":true}]`), noneAtAll},
		{"a deny that is not verified is blocked too", question{}, one(says("c1", no, "verification", `[{"verified":false}]`)), noneAtAll},

		{"another patient's does not", question{}, one(says("c1", yes, "patient", refTo("Patient/2"))), noneAtAll},
		{"a missing patient never matches", question{}, one(says("c1", yes, "patient", "-")), noneAtAll},
		{"a patient of whom only a name is given never matches", question{}, one(says("c1", yes, "patient", `{"display":"Patient/1"}`)), noneAtAll},
		{"a group is no patient", question{}, one(says("c1", yes, "patient", refTo("Group/1"))), noneAtAll},
		{"a reference with a version is to the patient", question{}, one(says("c1", yes, "patient", refTo("Patient/1/_history/7"))), "full permitted c1"},
		{"an absolute reference is to the patient", question{}, one(says("c1", yes, "patient", refTo("https://ehr.example/fhir/Patient/1"))), "full permitted c1"},
		{"a reference by identifier is to the patient", question{}, one(says("c1", yes, "patient", `{"identifier":`+numberOf1+`}`)), "full permitted c1"},
		{"by an equivalent system too", question{}, one(says("c1", yes, "patient", `{"type":"Patient","identifier":{"system":"urn:oid:1.2.752.129.2.1.3.1","value":"181902238292"}}`)), "full permitted c1"},
		{"by a number of another system it is not", question{}, one(says("c1", yes, "patient", `{"identifier":{"system":"urn:oid:1.2.3","value":"181902238292"}}`)), noneAtAll},
		{"a contained patient is who carries its identifier", question{}, one(says("c1", yes, "patient", refTo("#p"), "contained", `[{"resourceType":"Patient","id":"p","identifier":[`+numberOf1+`]}]`)), "full permitted c1"},
		{"a patient elsewhere is one here by the identifier", question{}, one(says("c1", yes, "patient", `{"reference":"urn:oid:1.2.3","identifier":`+numberOf1+`}`)), "full permitted c1"},
		{"within a Bundle by its urn", question{client: "Patient/7f4e1c0a"}, one(`{"resourceType":"Bundle","type":"collection","entry":[
			{"fullUrl":"urn:uuid:7f4e1c0a","resource":{"resourceType":"Patient"}},
			{"resource":` + says("c1", yes, "patient", refTo("urn:uuid:7f4e1c0a")) + `}]}`), "full permitted c1"},

		{"our category, whatever the scope", question{}, one(says("c1", yes, "scope", scope("research"))), "full permitted c1"},
		{"our category, without a scope", question{}, one(says("c1", yes, "scope", "-")), "full permitted c1"},
		{"the form of LOINC with privacy as its scope", question{}, one(says("c1", yes, "category", loinc)), "full permitted c1"},
		{"the form of LOINC with another scope does not", question{}, one(says("c1", yes, "category", loinc, "scope", scope("research"))), noneAtAll},
		{"the form of LOINC without a scope does not", question{}, one(says("c1", yes, "category", loinc, "scope", "-")), noneAtAll},
		{"the code of LOINC of another system does not", question{}, one(says("c1", yes, "category", `[{"coding":[{"system":"http://x.example","code":"59284-0"}]}]`)), noneAtAll},
		{"the scope of another system does not", question{}, one(says("c1", yes, "category", loinc, "scope", `{"coding":[{"code":"patient-privacy"}]}`)), noneAtAll},
		{"one category of several will do", question{}, one(says("c1", yes, "category", `[{"text":"x"},`+ours("consent", "care-home-handover")+`]`)), "full permitted c1"},
		{"a category in words is none", question{}, one(says("c1", yes, "category", `[{"text":"care-home-handover"}]`)), noneAtAll},
		{"another category of ours does not", question{}, one(says("c1", yes, "category", "["+ours("consent", "handover")+"]")), noneAtAll},
		{"no category does not", question{}, one(says("c1", yes, "category", "-")), noneAtAll},

		{"a period that holds", question{}, one(says("c1", provision(permits, to("Organization/9"), spanOf("period", "2026-11-21", "2026-11-21")))), "full permitted c1"},
		{"a period to the end of its last day", question{at: time.Date(2026, 11, 21, 22, 59, 59, 0, time.UTC)}, one(says("c1", provision(permits, to("Organization/9"), spanOf("period", "", "2026-11-21")))), "full permitted c1"},
		{"the day after in Stockholm it is over", question{at: time.Date(2026, 11, 21, 23, 0, 0, 0, time.UTC)}, one(says("c1", provision(permits, to("Organization/9"), spanOf("period", "", "2026-11-21")))), noneAtAll},
		{"a period that ended a second ago", question{}, one(says("c1", provision(permits, to("Organization/9"), spanOf("period", "", "2026-11-21T11:59:59+01:00")))), noneAtAll},
		{"a period that ends in this second", question{}, one(says("c1", provision(permits, to("Organization/9"), spanOf("period", "", "2026-11-21T11:00:00Z")))), "full permitted c1"},
		{"a period that begins in a second", question{}, one(says("c1", provision(permits, to("Organization/9"), spanOf("period", "2026-11-21T12:00:01+01:00", "")))), noneAtAll},
		{"a period that begins now", question{}, one(says("c1", provision(permits, to("Organization/9"), spanOf("period", "2026-11-21T12:00:00", "")))), "full permitted c1"},
		{"a period of a month holds to its last day", question{}, one(says("c1", provision(permits, to("Organization/9"), spanOf("period", "2026", "2026-11")))), "full permitted c1"},
		{"a deny whose period is over does not apply", question{}, one(says("c1", provision(denies, to("Organization/9"), spanOf("period", "", "2026-11-20")))), noneAtAll},
		{"a date after the day is not yet", question{}, one(says("c1", yes, on("2026-11-22")...)), noneAtAll},
		{"the day itself has begun", question{}, one(says("c1", yes, on("2026-11-21")...)), "full permitted c1"},
		{"a time later that day is not yet", question{}, one(says("c1", yes, on("2026-11-21T12:00:01+01:00")...)), noneAtAll},
		{"this second is not certainly later", question{}, one(says("c1", yes, on("2026-11-21T12:00:00+01:00")...)), "full permitted c1"},
		{"this year is not certainly later", question{}, one(says("c1", yes, on("2026")...)), "full permitted c1"},
		{"next month is", question{}, one(says("c1", yes, on("2026-12")...)), noneAtAll},
		{"without a date it applies", question{}, one(says("c1", yes, "dateTime", "-")), "full permitted c1"},

		{"the patient may give it", question{}, givenBy("Patient/1"), "full permitted c1"},
		{"by identifier too", question{}, one(says("c1", yes, "performer", `[{"identifier":`+numberOf1+`}]`)), "full permitted c1"},
		{"another patient may not", question{}, givenBy("Patient/2"), noneAtAll},
		{"a guardian may", question{}, givenBy("RelatedPerson/guardian"), "full permitted c1"},
		{"whoever has a power of attorney may", question{}, givenBy("RelatedPerson/attorney"), "full permitted c1"},
		{"or one for health care", question{}, givenBy("RelatedPerson/health"), "full permitted c1"},
		{"a guardian named by identifier may", question{}, one(says("c1", yes, "performer", `[{"type":"RelatedPerson","identifier":{"system":"urn:oid:1.2.752.129.2.1.3.1","value":"195009072553"}}]`)), "full permitted c1"},
		{"a daughter may not", question{}, givenBy("RelatedPerson/daughter"), noneAtAll},
		{"another client's guardian may not", question{}, givenBy("RelatedPerson/other"), noneAtAll},
		{"a guardian who is not active may not", question{}, givenBy("RelatedPerson/former"), noneAtAll},
		{"a guardian until yesterday may not", question{}, givenBy("RelatedPerson/ended"), noneAtAll},
		{"a guardian by a code of no system may not", question{}, givenBy("RelatedPerson/uncoded"), noneAtAll},
		{"a relative who was not read may not", question{}, givenBy("RelatedPerson/unknown"), noneAtAll},
		{"staff may not", question{}, givenBy("Practitioner/s1"), noneAtAll},
		{"one who may among several is enough", question{}, givenBy("Practitioner/s1", "RelatedPerson/daughter", "Patient/1"), "full permitted c1"},
		{"somebody of whom only the name is given may not", question{}, one(says("c1", yes, "performer", `[{"display":"Patient/1"}]`)), noneAtAll},
		{"a list of nobody may not", question{}, one(says("c1", yes, "performer", "[]")), noneAtAll},
		{"a contained guardian is nobody who is known", question{}, one(says("c1", yes, "performer", "["+refTo("#g")+"]", "contained", `[{"resourceType":"RelatedPerson","id":"g","patient":{"reference":"Patient/1"}}]`)), noneAtAll},
		{"a daughter's no counts", question{}, one(says("c1", no, "performer", "["+refTo("RelatedPerson/daughter")+"]")), "refused denied c1"},
		{"staff's counts only in the sections that it denies", question{}, one(says("c1", provision(permits, to("Organization/9"), within(provision(denies, classOf("journal")))), "performer", "["+refTo("Practitioner/s1")+"]")), "refused CRSPDKI no-consent; J denied c1"},
	})
}

// Number 5, and the base effect's last sentence: to whom.
func TestWhomAConsentAddresses(t *testing.T) {
	accepted := question{unnamed: true}
	root := func(parts ...string) []string { return one(says("c1", provision(append(parts, permits)...))) }
	by := func(reference string) []string { return root(to(reference)) }
	checkWishes(t, []wish{
		{"by id", question{}, by("Organization/9"), "full permitted c1"},
		{"by id with a version", question{}, by("Organization/9/_history/2"), "full permitted c1"},
		{"by an absolute address", question{}, by("https://ehr.example/fhir/Organization/9"), "full permitted c1"},
		{"by identifier", question{}, by(`{"identifier":` + hsaOf9 + `}`), "full permitted c1"},
		{"by identifier in the other system of HSA-ids", question{}, by(`{"type":"Organization","identifier":` + hsaOf9Also + `}`), "full permitted c1"},
		{"by organisationsnummer with a hyphen", question{}, by(`{"identifier":{"system":"urn:oid:2.5.4.97","value":"232100-0000"}}`), "full permitted c1"},
		{"by a contained organization's identifier", question{}, one(says("c1", provision(permits, to("#o")), "contained", `[{"resourceType":"Organization","id":"o","identifier":[{"system":"http://x.example","value":"1"},`+hsaOf9+`]}]`)), "full permitted c1"},
		{"an identifier without a system names nobody", question{}, by(`{"identifier":{"value":"SE2321000000-E000000000001"}}`), notForUs},
		{"the value in another system names another", question{}, by(`{"identifier":{"system":"urn:oid:2.5.4.97","value":"SE2321000000-E000000000001"}}`), notForUs},
		{"the identifier of a person names nobody here", question{}, by(`{"type":"Practitioner","identifier":` + hsaOf9 + `}`), notForUs},
		{"another care home", question{}, by("Organization/8"), notForUs},
		{"another care home by identifier", question{}, by(`{"identifier":` + hsaOf8 + `}`), notForUs},
		{"another care home is not accepted as unnamed", accepted, by("Organization/8"), notForUs},
		{"a person is a recipient too", accepted, by("Practitioner/9"), notForUs},
		{"a recipient of whom only the name is given", accepted, by(`{"display":"Solgården"}`), notForUs},
		{"this one among others", question{}, root(to("Organization/8", "Practitioner/9", "Organization/9")), "full permitted c1"},
		{"a primary recipient", question{}, root(as(role("PRCP"), "Organization/9")), "full permitted c1"},
		{"in no role", question{}, root(as("", "Organization/9")), "full permitted c1"},
		{"in an empty role", question{}, root(as(`"role":{}`, "Organization/9")), "full permitted c1"},
		{"in another role it is not named", question{}, root(as(role("CST"), "Organization/9")), notForUs},
		{"in a role in words it is not named", question{}, root(as(`"role":{"text":"IRCP"}`, "Organization/9")), notForUs},
		{"in the role of another system it is not named", question{}, root(as(`"role":{"coding":[{"system":"http://x.example","code":"IRCP"}]}`, "Organization/9")), notForUs},
		{"in another role it does not permit where unnamed ones are accepted", accepted, root(as(role("CST"), "Organization/9")), "refused denied c1"},
		{"the organization of the consent is not looked at", question{}, one(says("c1", provision(permits), "organization", "["+refTo("Organization/9")+"]")), notForUs},
		{"nobody named addresses nobody", question{}, root(), notForUs},
		{"nobody named is accepted where that is set", accepted, root(), "full permitted c1"},
		{"no provision at all, with OPTIN, and that is accepted", accepted, one(says("c1", "", "policyRule", policy("OPTIN"))), "full permitted c1"},
		{"no provision at all, with OPTIN, and that is not", question{}, one(says("c1", "", "policyRule", policy("OPTIN"))), notForUs},
		{"a no to nobody is not addressed either", question{}, one(says("c1", provision(denies))), notForUs},
		{"a no to nobody counts where that is accepted", accepted, one(says("c1", provision(denies))), "refused denied c1"},
		{"named in a nested provision addresses, and the root permits only whom it names", question{}, one(says("c1", provision(permits, within(provision(denies, to("Organization/9"), classOf("journal")))))), "refused denied c1"},
		{"named in a nested provision, and unnamed ones are accepted", accepted, one(says("c1", provision(permits, within(provision(denies, to("Organization/9"), classOf("journal")))))), "partial CRSPDKI permitted c1; J denied c1"},
		{"the root names another, a nested one this", question{}, one(says("c1", provision(permits, to("Organization/8"), within(provision(permits, to("Organization/9"), classOf("plan")))))), "partial CRSJDKI denied c1; P permitted c1"},
		{"the root names another, a nested permit nobody: it is that one's", question{}, one(says("c1", provision(permits, to("Organization/8"), within(provision(permits, classOf("plan")), provision(denies, to("Organization/9"), classOf("journal")))))), "refused denied c1"},
		{"named deep within", question{}, one(says("c1", provision(within(provision(denies, classOf("journal"), within(provision(denies, within(provision(permits, to("Organization/9")))))))))), "partial CRSPDKI denied c1; J permitted c1"},
		{"an identifier that a reference contradicts does not count", question{}, by(`{"reference":"Organization/8","identifier":` + hsaOf9 + `}`), notForUs},
		{"asked for another care home", question{recipient: "Organization/8"}, by("Organization/9"), notForUs},
		{"asked for a care home that was not read", question{recipient: "Organization/7"}, by("Organization/7"), "full permitted c1"},
	})
}

// "Base effect".
func TestTheBaseEffect(t *testing.T) {
	accepted := question{unnamed: true}
	optin := []string{"policyRule", policy("OPTIN")}
	rule := func(r, p string) []string { return one(says("c1", p, "policyRule", r)) }
	carrying := func(criterion string) []string { return one(says("c1", provision(criterion), optin...)) }
	typed := func(parts ...string) []string {
		return one(says("c1", provision(append([]string{permits, to("Organization/9")}, parts...)...)))
	}
	const denied = "refused denied c1"
	checkWishes(t, []wish{
		{"a root type of permit", question{}, typed(), "full permitted c1"},
		{"a root type of deny", question{}, one(says("c1", no)), denied},
		{"the type counts, whatever the policy", question{}, one(says("c1", yes, "policyRule", policy("OPTOUT"))), "full permitted c1"},
		{"a deny counts, whatever the policy", question{}, one(says("c1", no, optin...)), denied},
		{"a deny is for all sections, whatever the root names", question{}, one(says("c1", provision(denies, to("Organization/9"), classOf("journal")))), denied},
		{"without type, OPTIN alone permits", accepted, rule(policy("OPTIN"), "{}"), "full permitted c1"},
		{"without type, OPTIN with a period permits", accepted, rule(policy("OPTIN"), provision(spanOf("period", "2026", ""))), "full permitted c1"},
		{"without type, OPTOUT denies", accepted, rule(policy("OPTOUT"), "{}"), denied},
		{"without type, no policy denies", accepted, one(says("c1", "{}")), denied},
		{"without type, OPTIN of another system denies", accepted, rule(`{"coding":[{"code":"OPTIN"}]}`, "{}"), denied},
		{"without type, OPTIN with another code denies", accepted, rule(`{"coding":[`+coded1(actCode, "OPTIN")+`,`+coded1(actCode, "OPTOUT")+`]}`, "{}"), denied},
		{"without type, OPTIN in words denies", accepted, rule(`{"text":"OPTIN"}`, "{}"), denied},
		{"without type, OPTIN beside another policy denies", accepted, one(says("c1", "{}", append(optin, "policy", `[{"uri":"http://x.example"}]`)...)), denied},
		{"without type, an actor is not clear", question{}, carrying(to("Organization/9")), denied},
		{"without type, an action is not clear", accepted, carrying(actionOf("disclose")), denied},
		{"without type, a purpose is not clear", accepted, carrying(purposeOf("TREAT")), denied},
		{"without type, a class is not clear", accepted, carrying(classOf("plan")), denied},
		{"without type, a code is not clear", accepted, carrying(codeOf("plan")), denied},
		{"without type, a data period is not clear", accepted, carrying(spanOf("dataPeriod", "2026", "")), denied},
		{"without type, data are not clear", accepted, carrying(`"data":[{"meaning":"instance","reference":{"reference":"CarePlan/1"}}]`), denied},
		{"without type, a security label is not clear", accepted, carrying(`"securityLabel":[{"code":"N"}]`), denied},
		{"a permit holds for the section that the root's class names", question{}, typed(classOf("plan", "sip")), "partial CRSJDK denied c1; PI permitted c1"},
		{"a permit holds for the section that the root's code names", question{}, typed(codeOf("plan")), "partial CRSJDKI denied c1; P permitted c1"},
		{"a permit names it in class and in code", question{}, typed(classOf("plan", "sip"), codeOf("plan", "risks")), "partial CRSJDKI denied c1; P permitted c1"},
		{"a permit with disclose", question{}, typed(actionOf("collect", "disclose")), "full permitted c1"},
		{"a permit without disclose", question{}, typed(actionOf("access", "use")), denied},
		{"a permit for treatment", question{}, typed(purposeOf("HRESCH", "TREAT")), "full permitted c1"},
		{"a permit for research", question{}, typed(purposeOf("HRESCH")), denied},
		{"a permit of some data", question{}, typed(spanOf("dataPeriod", "2026-01", "2026-06-15")), "full permitted c1 [2026-01-01..2026-06-15]"},
		{"a permit with a security label", question{}, typed(`"securityLabel":[{"code":"N"}]`), denied},
		{"a permit with data", question{}, typed(`"data":[{"meaning":"instance","reference":{"reference":"CarePlan/1"}}]`), denied},
		{"a permit with a class of another system", question{}, typed(`"class":[` + coded1("http://hl7.org/fhir/resource-types", "CarePlan") + `]`), denied},
		{"a permit with a section of no system", question{}, typed(`"class":[{"code":"plan"}]`), denied},
		{"a permit with a section that is not known", question{}, typed(classOf("plans")), denied},
		{"a permit with a code in words", question{}, typed(`"code":[{"text":"plan"}]`), denied},
		{"a permit with a modifierExtension on the root", question{}, typed(strange), denied},
	})
}

// "Nested provisions".
func TestNestedProvisions(t *testing.T) {
	permitted := func(parts ...string) []string {
		return one(says("c1", provision(permits, to("Organization/9"), within(parts...))))
	}
	refused := func(parts ...string) []string {
		return one(says("c1", provision(denies, to("Organization/9"), within(parts...))))
	}
	const (
		full    = "full permitted c1"
		denied  = "refused denied c1"
		notPlan = "partial CRSJDKI permitted c1; P denied c1"
		onlyP   = "partial CRSJDKI denied c1; P permitted c1"
	)
	checkWishes(t, []wish{
		{"an exception from a permit", question{}, permitted(provision(denies, classOf("plan"))), notPlan},
		{"an exception from a deny", question{}, refused(provision(permits, classOf("plan"))), onlyP},
		{"an exception from an exception", question{}, refused(provision(permits, classOf("plan", "sip"), within(provision(denies, classOf("sip"))))), onlyP},
		{"and from that again", question{}, permitted(provision(denies, within(provision(permits, classOf("plan", "sip"), within(provision(denies, classOf("sip"))))))), onlyP},
		{"without a type it denies", question{}, permitted(provision(classOf("plan"))), notPlan},
		{"without anything it denies everything", question{}, permitted("{}"), denied},
		{"without a type, a permit in it permits", question{}, permitted(provision(within(provision(permits, classOf("plan"))))), onlyP},
		{"siblings: deny beats permit", question{}, refused(provision(permits, classOf("plan", "sip")), provision(denies, classOf("sip"))), onlyP},
		{"siblings: in the other order too", question{}, refused(provision(denies, classOf("sip")), provision(permits, classOf("plan", "sip"))), onlyP},
		{"siblings are compared by their results", question{}, refused(provision(denies, classOf("plan"), within(provision(permits, classOf("plan")))), provision(permits, classOf("plan"))), onlyP},
		{"a child is looked at only within a parent that matches", question{}, permitted(provision(permits, classOf("sip"), within(provision(denies, classOf("plan"))))), full},
		{"children that do not match leave the parent's own type", question{}, refused(provision(permits, classOf("plan"), within(provision(denies, purposeOf("HRESCH"))))), onlyP},
		{"where none matches the base stands", question{}, permitted(provision(denies, purposeOf("HRESCH")), provision(denies, spanOf("period", "", "2026-11-20"))), full},
		{"the root always matches, whatever it carries", question{}, one(says("c1", provision(denies, to("Organization/9"), purposeOf("HRESCH"), classOf("sip"), within(provision(permits, classOf("plan")))))), onlyP},
		{"a root that is not clear has exceptions too", question{}, one(says("c1", provision(to("Organization/9"), within(provision(permits, classOf("plan")))))), onlyP},

		{"period: over", question{}, permitted(provision(denies, spanOf("period", "2026-01-01", "2026-11-20"), classOf("plan"))), full},
		{"period: on its last day", question{}, permitted(provision(denies, spanOf("period", "2026-01-01", "2026-11-21"), classOf("plan"))), notPlan},
		{"period: from tomorrow", question{}, refused(provision(permits, spanOf("period", "2026-11-22", ""), classOf("plan"))), denied},
		{"actor: this one on a permit", question{}, refused(provision(permits, to("Organization/9"), classOf("plan"))), onlyP},
		{"actor: another one on a permit", question{}, refused(provision(permits, to("Organization/8"), classOf("plan"))), denied},
		{"actor: another one on a deny", question{}, permitted(provision(denies, to("Organization/8"), classOf("plan"))), full},
		{"actor: another one by identifier on a deny", question{}, permitted(provision(denies, to(`{"identifier":`+hsaOf8+`}`), classOf("plan"))), full},
		{"actor: somebody by an identifier that nobody has, on a deny", question{}, permitted(provision(denies, to(`{"identifier":{"system":"urn:oid:1.2.752.29.4.19","value":"SE1"}}`), classOf("plan"))), notPlan},
		{"actor: another organization by an identifier that nobody has, on a deny", question{}, permitted(provision(denies, to(`{"type":"Organization","identifier":{"system":"urn:oid:1.2.752.29.4.19","value":"SE1"}}`), classOf("plan"))), full},
		{"actor: a person on a permit", question{}, refused(provision(permits, to("Practitioner/s1"), classOf("plan"))), denied},
		{"actor: a person on a deny", question{}, permitted(provision(denies, to("Practitioner/s1"), classOf("plan"))), notPlan},
		{"actor: a team on a deny", question{}, permitted(provision(denies, to("CareTeam/t1"), classOf("plan"))), notPlan},
		{"actor: in another role on a permit", question{}, refused(provision(permits, as(role("CST"), "Organization/9"), classOf("plan"))), denied},
		{"actor: in another role on a deny", question{}, permitted(provision(denies, as(role("CST"), "Organization/8"), classOf("plan"))), notPlan},
		{"actor: in a role in words on a deny", question{}, permitted(provision(denies, as(`"role":{"text":"?"}`, "Organization/8"), classOf("plan"))), notPlan},
		{"actor: nobody who can be told, on a permit", question{}, refused(provision(permits, to(`{"display":"x"}`), classOf("plan"))), denied},
		{"actor: nobody who can be told, on a deny", question{}, permitted(provision(denies, to(`{"display":"x"}`), classOf("plan"))), notPlan},
		{"actor: with a modifierExtension, on a permit", question{}, refused(provision(permits, `"actor":[{`+strange+`,`+role("IRCP")+`,"reference":`+refTo("Organization/9")+`}]`, classOf("plan"))), denied},
		{"actor: another one with a modifierExtension, on a deny", question{}, permitted(provision(denies, `"actor":[{`+strange+`,`+role("IRCP")+`,"reference":`+refTo("Organization/8")+`}]`, classOf("plan"))), notPlan},
		{"action: disclose on a permit", question{}, refused(provision(permits, actionOf("access", "disclose"), classOf("plan"))), onlyP},
		{"action: of another system", question{}, refused(provision(permits, `"action":[{"coding":[{"system":"http://x.example","code":"disclose"}]}]`, classOf("plan"))), onlyP},
		{"action: of no system", question{}, refused(provision(permits, `"action":[{"coding":[{"code":"disclose"}]}]`, classOf("plan"))), onlyP},
		{"action: access alone on a permit", question{}, refused(provision(permits, actionOf("access"), classOf("plan"))), denied},
		{"action: access on a deny", question{}, permitted(provision(denies, actionOf("access"), classOf("plan"))), notPlan},
		{"action: use on a deny", question{}, permitted(provision(denies, actionOf("use"), classOf("plan"))), notPlan},
		{"action: read on a deny", question{}, permitted(provision(denies, actionOf("read"), classOf("plan"))), notPlan},
		{"action: disclose on a deny", question{}, permitted(provision(denies, actionOf("disclose"), classOf("plan"))), notPlan},
		{"action: collect on a deny", question{}, permitted(provision(denies, actionOf("collect", "correct"), classOf("plan"))), full},
		{"action: not understood on a deny", question{}, permitted(provision(denies, actionOf("share"), classOf("plan"))), notPlan},
		{"action: in words on a deny", question{}, permitted(provision(denies, `"action":[{"text":"disclose"}]`, classOf("plan"))), notPlan},
		{"action: in words on a permit", question{}, refused(provision(permits, `"action":[{"text":"disclose"}]`, classOf("plan"))), denied},
		{"purpose: treatment on a permit", question{}, refused(provision(permits, purposeOf("TREAT"), classOf("plan"))), onlyP},
		{"purpose: a kind of treatment is another", question{}, refused(provision(permits, purposeOf("ETREAT"), classOf("plan"))), denied},
		{"purpose: treatment of another system on a permit", question{}, refused(provision(permits, `"purpose":[{"system":"http://x.example","code":"TREAT"}]`, classOf("plan"))), denied},
		{"purpose: treatment of another system on a deny", question{}, permitted(provision(denies, `"purpose":[{"system":"http://x.example","code":"TREAT"}]`, classOf("plan"))), notPlan},
		{"purpose: treatment on a deny", question{}, permitted(provision(denies, purposeOf("HRESCH", "TREAT"), classOf("plan"))), notPlan},
		{"purpose: any use on a deny", question{}, permitted(provision(denies, purposeOf("PurposeOfUse"), classOf("plan"))), notPlan},
		{"purpose: marketing on a deny", question{}, permitted(provision(denies, purposeOf("HMARKT"), classOf("plan"))), full},

		{"class and code: a permit needs both", question{}, refused(provision(permits, classOf("plan", "sip"), codeOf("plan"))), onlyP},
		{"class and code: either is enough for a deny", question{}, permitted(provision(denies, classOf("plan"), codeOf("sip"))), "partial CRSJDK permitted c1; PI denied c1"},
		{"class: of another system on a deny denies everything", question{}, permitted(provision(denies, `"class":[{"system":"http://x.example","code":"plan"}]`)), denied},
		{"class: of another system on a permit holds for nothing", question{}, refused(provision(permits, `"class":[{"system":"http://x.example","code":"plan"}]`)), denied},
		{"class: a section that is not known on a deny denies everything", question{}, permitted(provision(denies, classOf("jornal"))), denied},
		{"code: one of several translations is enough", question{}, refused(provision(permits, `"code":[{"coding":[{"system":"http://loinc.org","code":"18776-5"},`+coded1(sectionSystem, "plan")+`]}]`)), onlyP},
		{"data period: narrows a permit", question{}, refused(provision(permits, spanOf("dataPeriod", "2026-02-01", ""), classOf("plan"))), "partial CRSJDKI denied c1; P permitted c1 [2026-02-01..]"},
		{"data period: is ignored on a deny", question{}, permitted(provision(denies, spanOf("dataPeriod", "", "2019"), classOf("plan"))), notPlan},
		{"data period: that of the parent narrows too", question{}, refused(provision(denies, spanOf("dataPeriod", "2020", "2025"), within(provision(permits, spanOf("dataPeriod", "2024", ""), classOf("plan"))))), "partial CRSJDKI denied c1; P permitted c1 [2024-01-01..2025-12-31]"},
		{"data period: that of the root narrows too", question{}, one(says("c1", provision(denies, to("Organization/9"), spanOf("dataPeriod", "", "2025"), within(provision(permits, classOf("plan")))))), "partial CRSJDKI denied c1; P permitted c1 [..2025-12-31]"},
		{"data period: two permits cover the data of either", question{}, refused(provision(permits, spanOf("dataPeriod", "2024", "2024"), classOf("plan")), provision(permits, spanOf("dataPeriod", "2026", "2026"), classOf("plan"))), "partial CRSJDKI denied c1; P permitted c1 [2024-01-01..2024-12-31] [2026-01-01..2026-12-31]"},
		{"data period: of a permit that is not understood narrows what is around it", question{}, permitted(provision(permits, spanOf("dataPeriod", "2026", ""), classOf("plan"), strange)), "full CRSJDKI permitted c1; P permitted c1 [2026-01-01..]"},
		{"data period: one that never was permits nothing", question{}, refused(provision(permits, spanOf("dataPeriod", "2026", "2025"), classOf("plan"))), denied},
		{"security label: on a permit", question{}, refused(provision(permits, `"securityLabel":[{"code":"N"}]`, classOf("plan"))), denied},
		{"security label: on a deny, with what else it carries", question{}, permitted(provision(denies, `"securityLabel":[{"code":"R"}]`, classOf("plan"))), notPlan},
		{"security label: on a deny for another, which must still hold", question{}, permitted(provision(denies, `"securityLabel":[{"code":"R"}]`, to("Organization/8"))), full},
		{"data: on a permit", question{}, refused(provision(permits, `"data":[{"meaning":"instance","reference":{"reference":"CarePlan/1"}}]`, classOf("plan"))), denied},
		{"data: on a deny", question{}, permitted(provision(denies, `"data":[{"meaning":"instance","reference":{"reference":"CarePlan/1"}}]`, classOf("plan"))), notPlan},
		{"modifierExtension: on a permit", question{}, refused(provision(permits, strange, classOf("plan"))), denied},
		{"modifierExtension: on a deny", question{}, permitted(provision(denies, strange, classOf("plan"))), notPlan},
		{"modifierExtension: deep in a permit", question{}, refused(provision(permits, `"data":[{`+strange+`}]`, classOf("plan"))), denied},
		{"an extension is no modifierExtension", question{}, refused(provision(permits, `"extension":[{"url":"http://x.example","valueBoolean":true}]`, classOf("plan"))), onlyP},
		{"what R4 does not have, on a permit", question{}, refused(provision(permits, `"documentType":[{"code":"x"}]`, classOf("plan"))), denied},
		{"a misspelt element, on a permit", question{}, refused(provision(permits, `"klass":[`+coded1(sectionSystem, "plan")+`]`)), denied},
		{"a misspelt end of a period, on a permit", question{}, refused(provision(permits, `"period":{"ende":"2020"}`, classOf("plan"))), denied},
		{"a misspelt end of a data period, on a permit", question{}, refused(provision(permits, `"dataPeriod":{"start":"2020","ende":"2020"}`, classOf("plan"))), denied},
		{"a list of no exceptions, on a permit", question{}, refused(provision(permits, classOf("plan"), `"provision":[]`)), denied},
		{"what is not understood in a parent lets nothing in it permit", question{}, refused(provision(denies, `"securityLabel":[{"code":"R"}]`, within(provision(permits, classOf("plan"))))), denied},
		{"and in a permit that does not hold, what denies still does", question{}, permitted(provision(permits, `"securityLabel":[{"code":"R"}]`, within(provision(denies, classOf("plan"))))), notPlan},
		{"what is not understood in the root lets nothing in it permit", question{}, one(says("c1", provision(denies, to("Organization/9"), `"securityLabel":[{"code":"R"}]`, within(provision(permits, classOf("plan")))))), denied},
	})
}
