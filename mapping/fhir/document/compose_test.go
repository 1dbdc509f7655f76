package document

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"brygga/care"
)

func raw(s string) json.RawMessage { return json.RawMessage(s) }

// replace changes the text of every row of a section.
func replace(s care.Section, old, with string) func(*Collection) {
	return func(c *Collection) {
		for i, row := range c.Rows[s] {
			c.Rows[s][i] = raw(strings.ReplaceAll(string(row), old, with))
		}
	}
}

func add(s care.Section, rows ...json.RawMessage) func(*Collection) {
	return func(c *Collection) { c.Rows[s] = append(c.Rows[s], rows...) }
}

func give(ref care.Ref, s string) func(*Collection) {
	return func(c *Collection) {
		c.Support[ref] = raw(s)
		if s == "" {
			c.Support[ref] = nil
		}
	}
}

func TestWhatIsCarried(t *testing.T) {
	contact, relatives, services, plan := care.SectionContact, care.SectionRelatives, care.SectionServices, care.SectionPlan
	notes, deviations, risks, sip := care.SectionJournal, care.SectionDeviations, care.SectionRisks, care.SectionSIP
	all := care.Sections()
	note := func(id, more string) json.RawMessage {
		return rowOf("DocumentReference", id, `"status":"current","type":`+concept(journal.system, journal.code)+more)
	}
	review := func(id, on string) json.RawMessage {
		return rowOf("Procedure", id, `"status":"completed","code":`+concept(planSystem, "review")+`,"performedDateTime":"2026-07-02","note":[{"text":"REVIEW"}],"basedOn":[`+on+`]`)
	}
	for _, c := range []struct {
		name     string
		sections []care.Section
		change   func(*Collection)
		yes, no  []string
	}{
		{
			"everything of every section that is permitted", all, nil,
			[]string{"Stina Exempelsson", "Dusch tisdagar", "Föll i hallen", "Gå till köket själv", "08-000000", "12.50"},
			nil,
		},
		{"the narrative of a resource, and what else is known of the client, never", all, nil, nil, []string{"NARRATIVE", "ADDRESS", "TELECOM", "CONTACT", "versionId"}},
		{
			"staff by HSA-id, name and qualification",
			[]care.Section{plan},
			nil,
			[]string{"SE2321000000-P1", "Andersson", "assistant-nurse"},
			[]string{"STAFFPHONE", "STAFFBORN", "OTHERID", "hemnummer"},
		},
		{"the telephone of a unit, only with the contact", []care.Section{services, plan}, nil, []string{"Hemtjänst Norra"}, []string{"08-000000"}},
		{"a relative who is on the team goes, and what the team says of the relative", []care.Section{contact}, nil, []string{"Anna"}, []string{"dotter", "Stina"}},
		{
			"a plan without what it says of other sections",
			[]care.Section{plan},
			nil,
			[]string{"Dusch tisdagar", "client-participation"},
			[]string{"Stina", "faller", "Går bra", "Riskbedömning", `"Z"`, "example.org/x"},
		},
		{"an activity that is told in a permitted section", []care.Section{plan, services}, nil, []string{"Går bra"}, nil},
		{"an extension that refers to what is permitted", []care.Section{plan, risks}, nil, []string{`"Z"`}, nil},
		{"a goal that is contained in a plan, without what it addresses", []care.Section{plan}, nil, []string{"köket"}, []string{"RiskAssessment"}},
		{"a contained goal that nothing refers to is not", []care.Section{plan}, replace(plan, `"goal":[{"reference":"#g1"}],`, ""), []string{"Dusch"}, []string{"köket"}},
		{
			"a plan of two kinds, where both are permitted",
			[]care.Section{plan, sip},
			add(plan, rowOf("CarePlan", "both", `"status":"active","title":"BOTH","category":[`+concept(planSystem, "sip")+`,`+concept(planSystem, "implementation")+`]`)),
			[]string{"BOTH"},
			nil,
		},
		{
			"a plan of two kinds is not, where one is not permitted",
			[]care.Section{plan},
			add(plan, rowOf("CarePlan", "both", `"status":"active","title":"BOTH","category":[`+concept(planSystem, "sip")+`,`+concept(planSystem, "implementation")+`]`)), nil,
			[]string{"BOTH"},
		},
		{"a plan of a kind that is not known is not", all, add(plan, rowOf("CarePlan", "odd", `"status":"active","title":"ODD","category":[`+concept(planSystem, "implementation")+`,`+concept(planSystem, "new")+`]`)), nil, []string{"ODD"}},
		{"a plan with a category of another system too", []care.Section{plan}, add(plan, rowOf("CarePlan", "more", `"status":"active","title":"MORE","category":[`+concept(planSystem, "implementation")+`,`+concept("http://snomed.info/sct", "1")+`]`)), []string{"MORE"}, nil},
		{"a review of a permitted plan", []care.Section{plan}, add(plan, review("r", `{"reference":"CarePlan/cp1"},{"reference":"ServiceRequest/s1"}`)), []string{"REVIEW"}, nil},
		{"a review is not, where one of its plans is not known", []care.Section{plan}, add(plan, review("r", `{"reference":"CarePlan/cp1"},{"reference":"CarePlan/cp3"}`)), nil, []string{"REVIEW"}},
		{"a review of a plan that is named by an identifier is not", []care.Section{plan}, add(plan, review("r", `{"type":"CarePlan","identifier":{"value":"1"}}`)), nil, []string{"REVIEW"}},
		{"a review of a SIP, in the rows of a permitted plan, is not", []care.Section{plan}, add(plan, review("r", `{"reference":"CarePlan/cp3"}`)), nil, []string{"REVIEW"}},
		{"what a server gave that ignores the criterion is not", []care.Section{risks}, func(c *Collection) { c.Rows[risks] = append(c.Rows[risks], c.Rows[sip]...) }, nil, []string{`"sip"`}},
		{"another client's is not", all, add(risks, raw(`{"resourceType":"RiskAssessment","id":"x","status":"final","note":[{"text":"OTHER"}],"subject":{"reference":"Patient/p2"}}`)), nil, []string{"OTHER"}},
		{"the client's of another server is not", all, add(risks, raw(`{"resourceType":"RiskAssessment","id":"x","status":"final","note":[{"text":"OTHER"}],"subject":{"reference":"https://other.example/Patient/p1"}}`)), nil, []string{"OTHER"}},
		{"whoever's it is that says no subject is not", all, add(risks, raw(`{"resourceType":"RiskAssessment","id":"x","status":"final","note":[{"text":"OTHER"}]}`)), nil, []string{"OTHER"}},
		{"the client's by an address of the source", all, add(risks, raw(`{"resourceType":"RiskAssessment","id":"x","status":"final","note":[{"text":"MINE"}],"subject":{"reference":"`+base+`/Patient/p1/_history/2"}}`)), []string{"MINE"}, nil},
		{"the client's by a person number", all, add(risks, raw(`{"resourceType":"RiskAssessment","id":"x","status":"final","note":[{"text":"MINE"}],"subject":{"identifier":{"system":"http://electronichealth.se/identifier/personnummer","value":"181103021232"}}}`)), []string{"MINE"}, nil},
		{"what was entered in error is not", all, add(services, rowOf("ServiceRequest", "e", `"status":"entered-in-error","note":[{"text":"ERROR"}]`)), nil, []string{"ERROR"}},
		{"a draft is not", all, add(plan, rowOf("CarePlan", "e", `"status":"draft","title":"DRAFT","category":[`+concept(planSystem, "implementation")+`]`)), nil, []string{"DRAFT"}},
		{"a relative who is so no longer is not", all, replace(relatives, `"active":true`, `"active":false`), nil, []string{"070-0000000"}},
		{"a note that is 70 days old", []care.Section{notes}, add(notes, note("n", `,"date":"2026-09-12","description":"SEVENTY","content":[{"attachment":{"contentType":"text/plain","data":"T0s="}}]`)), []string{"SEVENTY"}, nil},
		{"a note that is 71 days old is not", []care.Section{notes}, add(notes, note("n", `,"date":"2026-09-11","description":"OLDER","content":[{"attachment":{"contentType":"text/plain","data":"T0s="}}]`)), nil, []string{"OLDER", "OLD"}},
		{"a note of tomorrow is not", []care.Section{notes}, add(notes, note("n", `,"date":"2026-11-22","description":"TOMORROW","content":[{"attachment":{"title":"x"}}]`)), nil, []string{"TOMORROW"}},
		{"a note's text that was read for it", []care.Section{notes}, nil, []string{"Åt &lt;frukost&gt; &amp; gick ut."}, []string{"Binary"}},
		{"a note's text that lies elsewhere is not", []care.Section{notes}, replace(notes, "Binary/b1", "https://files.example/b1?token=SECRET"), []string{"Anteckning 2026-11-02"}, []string{"SECRET", "frukost", "files.example"}},
		{"a note's text that is labelled is not", []care.Section{notes}, give("Binary/b1", `{"resourceType":"Binary","id":"b1","meta":{"security":[{"code":"R"}]},"contentType":"text/plain","data":"TEFCRUw="}`), nil, []string{"TEFCRUw", "LABEL"}},
		{"a note's text that is no base64 is not", []care.Section{notes}, give("Binary/b1", `{"resourceType":"Binary","id":"b1","contentType":"text/plain","data":"a<b"}`), nil, []string{"a<b", "a&lt;b"}},
		{"a staff member that is not there is not named", []care.Section{plan}, give("Practitioner/anna", ""), []string{"Hemtjänst Norra"}, []string{"Andersson"}},
		{"another record than was asked for is not taken", []care.Section{plan}, give("Practitioner/anna", `{"resourceType":"Practitioner","id":"bo","name":[{"text":"Bo"}]}`), nil, []string{`"Bo"`}},
		{"a reference by HSA-id to somebody who came along", []care.Section{contact}, replace(contact, `"reference":"PractitionerRole/r1"`, `"identifier":{"system":"`+hsaSystem+`","value":"SE2321000000-P1"}`), []string{"Andersson"}, []string{"hemnummer"}},
		{"a deviation whose evidence is not permitted, without that evidence", []care.Section{deviations}, nil, []string{"Föll"}, []string{`"evidence"`}},
		{"rows of a section that is not permitted are not even looked at", []care.Section{contact}, add(risks, raw(`broken`)), []string{"Anna"}, nil},
		{"what cannot be read is not", []care.Section{contact}, add(contact, raw(`broken`), raw(`null`), raw(`[]`), raw(`{"resourceType":"CareTeam"}`)), []string{"Anna"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := record()
			if c.change != nil {
				c.change(&r)
			}
			mentions(t, composed(t, r, options(c.sections...)), c.yes, c.no)
		})
	}
}

func TestTheSenderLearnsWhatWasLeftOut(t *testing.T) {
	r := record()
	add(care.SectionRisks, raw(`{"resourceType":"RiskAssessment","id":"other","subject":{"reference":"Patient/p2"}}`),
		rowOf("RiskAssessment", "odd", `"status":"final","occurrencePeriod":{"start":"2026-02-01","end":"2026-01-01"}`),
		rowOf("RiskAssessment", "secret", `"status":"final","meta":{"security":[{"system":"http://x","code":"y"}]}`),
		rowOf("RiskAssessment", "mod", `"status":"final","modifierExtension":[{"url":"urn:x","valueReference":{"reference":"Task/1"}}]`),
		rowOf("Observation", "obs", `"status":"final"`), r.Rows[care.SectionSIP][0])(&r)
	add(care.SectionJournal, rowOf("DocumentReference", "empty", `"status":"current","date":"2026-11-02","type":`+concept(journal.system, journal.code)+`,"content":[{"attachment":{"url":"https://x.example/1"}}]`))(&r)
	d := composed(t, r, options(care.SectionRisks, care.SectionPlan, care.SectionJournal))
	for _, c := range []struct {
		ref     care.Ref
		element string
		want    Reason
	}{
		{"RiskAssessment/other", "", ReasonOfAnother},
		{"RiskAssessment/odd", "", ReasonDisorder},
		{"RiskAssessment/secret", "", ReasonProtected},
		{"RiskAssessment/mod", "", ReasonHollow},
		{"Observation/obs", "", ReasonNoSection},
		{"CarePlan/cp3", "", ReasonSection},
		{"DocumentReference/d2", "", ReasonOld},
		{"DocumentReference/empty", "", ReasonHollow},
		{"CarePlan/cp1", "careTeam", ReasonReference},
		{"CarePlan/cp1", "activity.reference", ReasonReference},
		{"CarePlan/cp1", "contributor", ReasonReference},
		{"RiskAssessment/ra1", "", ""},
	} {
		if got := leftOut(d, c.ref, c.element); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.ref, c.element, got, c.want)
		}
	}
}

func TestAPersonWhoIsProtectedStopsTheDocument(t *testing.T) {
	label := func(s string) string {
		return `"meta":{"security":[` + s + `]},"id"`
	}
	const marked = `{"system":"http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel","code":"sekretessmarkering"}`
	protect := func(ref care.Ref) func(*Collection) {
		return func(c *Collection) {
			c.Support[ref] = raw(strings.Replace(string(c.Support[ref]), `"id"`, label(marked), 1))
		}
	}
	for _, c := range []struct {
		name     string
		sections []care.Section
		change   func(*Collection)
		o        func(*Options)
		stops    bool
	}{
		{"the client, by a label", nil, func(c *Collection) { c.Patient = raw(strings.Replace(patient, `"code":"N"`, `"code":"R"`, 1)) }, nil, true},
		{"the client, by a label that nobody knows", nil, func(c *Collection) { c.Patient = raw(strings.Replace(patient, `"code":"N"`, `"code":"new"`, 1)) }, nil, true},
		{"the client, by a label of a form that is not understood", nil, func(c *Collection) {
			c.Patient = raw(strings.Replace(patient, `"security":[`, `"security":["x",`, 1))
		}, nil, true},
		{"the client, as the caller knows", nil, nil, func(o *Options) { o.Protected = true }, true},
		{"a relative", nil, replace(care.SectionRelatives, `"id"`, label(marked)), nil, true},
		{"a relative of whom nothing is handed over", []care.Section{care.SectionPlan}, replace(care.SectionRelatives, `"id"`, label(marked)), nil, false},
		{"a staff member who is named", []care.Section{care.SectionPlan}, protect("Practitioner/anna"), nil, true},
		{"a staff member whom nothing names", []care.Section{care.SectionSIP}, protect("Practitioner/anna"), nil, false},
		{"a staff member who is contained", []care.Section{care.SectionSIP}, replace(care.SectionSIP, `"created"`, `"contained":[{"resourceType":"Practitioner",`+label(marked)+`:"c"}],"created"`), nil, true},
		{"nobody", nil, nil, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, o := record(), options(c.sections...)
			if c.change != nil {
				c.change(&r)
			}
			if c.o != nil {
				c.o(&o)
			}
			if _, err := Compose(r, o); errors.Is(err, ErrProtected) != c.stops {
				t.Errorf("Compose: %v; want that it stops: %v", err, c.stops)
			}
			if c.stops && len(r.Wants(o)) > 0 {
				t.Error("something is wanted for a document that may not be made")
			}
		})
	}
}

func TestWhatCannotBeComposed(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Collection, *Options)
		says   string
	}{
		{"nothing is permitted", func(_ *Collection, o *Options) { o.Permitted = 0 }, "no section is permitted"},
		{"no Patient", func(c *Collection, _ *Options) { c.Patient = nil }, "no Patient that can be read"},
		{"something else than a Patient", func(c *Collection, _ *Options) { c.Patient = raw(`{"resourceType":"Group","id":"g"}`) }, "no Patient that can be read"},
		{"more rows than any record has", func(c *Collection, _ *Options) {
			c.Rows[care.SectionRisks] = make([]json.RawMessage, mostRows+1)
		}, "more than 5000 resources"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, o := record(), options()
			c.change(&r, &o)
			_, err := Compose(r, o)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("Compose: %v, want %q", err, c.says)
			}
			if strings.Contains(err.Error(), "Exempelsson") || strings.Contains(err.Error(), "1811") {
				t.Error("the error names somebody")
			}
		})
	}
}

func TestOfTwoVersionsTheLatestIsCarried(t *testing.T) {
	version := func(meta, title string) json.RawMessage {
		return rowOf("CarePlan", "v", `"meta":{`+meta+`},"status":"active","title":"`+title+`","category":[`+concept(planSystem, "implementation")+`]`)
	}
	for _, c := range []struct{ name, older, newer string }{
		{"by when it was changed", `"lastUpdated":"2026-01-02T00:00:00Z","versionId":"9"`, `"lastUpdated":"2026-01-02T00:00:01Z","versionId":"1"`},
		{"by its number, else", `"versionId":"9"`, `"versionId":"10"`},
	} {
		for _, order := range []bool{false, true} {
			r := record()
			rows := []json.RawMessage{version(c.older, "OLDER"), version(c.newer, "NEWER")}
			if order {
				rows[0], rows[1] = rows[1], rows[0]
			}
			add(care.SectionPlan, rows...)(&r)
			mentions(t, composed(t, r, options(care.SectionPlan)), []string{"NEWER"}, []string{"OLDER"})
		}
	}
}
