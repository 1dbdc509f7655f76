package fhir

import (
	"strings"
	"testing"
	"time"

	"brygga/care"
)

// "Several consents".
func TestSeveralConsents(t *testing.T) {
	yesOn := func(id, date string) string { return says(id, yes, on(date)...) }
	noOn := func(id, date string) string { return says(id, no, on(date)...) }
	undated := func(id, p string) string { return says(id, p, "dateTime", "-") }
	withdrawn := func(id, date string, more ...string) string {
		return says(id, yes, append(append(on(date), "status", `"inactive"`), more...)...)
	}
	some := func(sections ...string) string { return provision(permits, to("Organization/9"), classOf(sections...)) }
	until := func(p, day string) string {
		return with(p, "period", `{"end":"`+day+`"}`)
	}
	const (
		fullBy1   = "full permitted c1"
		fullBy2   = "full permitted c2"
		refusedBy = "refused denied c2"
		conflict2 = "refused conflict c2"
	)
	checkWishes(t, []wish{
		{"a later no", question{}, []string{yesOn("c1", "2026-08-14"), noOn("c2", "2026-10-20")}, refusedBy},
		{"a later yes", question{}, []string{noOn("c1", "2026-08-14"), yesOn("c2", "2026-10-20")}, fullBy2},
		{"a yes and a no of one day", question{}, []string{yesOn("c1", "2026-10-20"), noOn("c2", "2026-10-20")}, conflict2},
		{"two that say the same of one day do not disagree", question{}, []string{noOn("c1", "2026-10-20"), noOn("c2", "2026-10-20")}, "refused denied c1"},
		{"two that permit on one day", question{}, []string{yesOn("c1", "2026-10-20"), yesOn("c2", "2026-10-20")}, fullBy1},
		{"a day and a time within it share it", question{}, []string{noOn("c2", "2026-10-20"), yesOn("c1", "2026-10-20T23:59:00+02:00")}, conflict2},
		{"a month and a day within it share it", question{}, []string{noOn("c2", "2026-10"), yesOn("c1", "2026-10-31")}, conflict2},
		{"a time on the day after is later", question{}, []string{noOn("c1", "2026-10-20"), yesOn("c2", "2026-10-21T00:00:00+02:00")}, fullBy2},
		{"the day is Stockholm's", question{}, []string{noOn("c1", "2026-10-20"), yesOn("c2", "2026-10-20T22:00:00Z")}, fullBy2},
		{"a second before it is still that day", question{}, []string{noOn("c2", "2026-10-20"), yesOn("c1", "2026-10-20T21:59:59Z")}, conflict2},
		{"of two times on one day the later decides", question{}, []string{noOn("c1", "2026-10-20T09:00:00+02:00"), yesOn("c2", "2026-10-20T09:00:01+02:00")}, fullBy2},
		{"one instant in two zones is one", question{}, []string{yesOn("c1", "2026-10-20T09:00:00+02:00"), noOn("c2", "2026-10-20T07:00:00Z")}, conflict2},
		{"an instant written more exactly shares the second that it is in", question{}, []string{noOn("c2", "2026-10-20T09:00:00+02:00"), yesOn("c1", "2026-10-20T09:00:00.500+02:00")}, conflict2},
		{"of three the day shares with the last only what is not passed", question{}, []string{noOn("c1", "2026-10-20T09:00:00+02:00"), yesOn("c2", "2026-10-20T10:00:00+02:00"), yesOn("c3", "2026-10-20")}, fullBy2},
		{"an undated no stands beside the latest", question{}, []string{undated("c2", no), yesOn("c1", "2026-10-20")}, conflict2},
		{"an undated yes gives way to a no", question{}, []string{undated("c1", yes), noOn("c2", "2026-01-01")}, conflict2},
		{"an undated yes beside a yes", question{}, []string{undated("c1", yes), yesOn("c2", "2026-01-01")}, fullBy2},
		{"an old no does not come back beside an undated yes", question{}, []string{noOn("c0", "2026-01-01"), yesOn("c1", "2026-02-01"), undated("c2", yes)}, "full permitted c1"},

		{"a later one decides every section, also those that it does not name", question{}, []string{yesOn("c1", "2026-08-14"), says("c2", some("plan"), on("2026-10-20")...)}, "partial CRSJDKI denied c2; P permitted c2"},
		{"two of one day: per section deny wins", question{}, []string{says("c1", some("plan", "sip"), on("2026-10-20")...), says("c2", some("plan", "risks"), on("2026-10-20")...)}, "partial CRSJD denied c1; P permitted c1; K conflict c1; I conflict c2"},
		{"when a later no is over, the earlier yes holds again", question{}, []string{yesOn("c1", "2026-08-14"), says("c2", until(no, "2026-11-20"), on("2026-10-20")...)}, fullBy1},
		{"a later no that is still in force", question{}, []string{yesOn("c1", "2026-08-14"), says("c2", until(no, "2026-11-21"), on("2026-10-20")...)}, refusedBy},
		{"a later no to another does not matter", question{}, []string{yesOn("c1", "2026-08-14"), says("c2", provision(denies, to("Organization/8")), on("2026-10-20")...)}, fullBy1},
		{"a later no of another client does not matter", question{}, []string{yesOn("c1", "2026-08-14"), says("c2", no, append(on("2026-10-20"), "patient", refTo("Patient/2"))...)}, fullBy1},
		{"a no of tomorrow does not matter yet", question{}, []string{yesOn("c1", "2026-08-14"), noOn("c2", "2026-11-22")}, fullBy1},
		{"a later yes of a daughter leaves the client's", question{}, []string{noOn("c1", "2026-08-14"), says("c2", yes, append(on("2026-10-20"), "performer", `[{"reference":"RelatedPerson/daughter"}]`)...)}, "refused denied c1"},
		{"a later no of a daughter counts", question{}, []string{yesOn("c1", "2026-08-14"), says("c2", no, append(on("2026-10-20"), "performer", `[{"reference":"RelatedPerson/daughter"}]`)...)}, refusedBy},
		{"a later one of a daughter counts where it denies", question{}, []string{yesOn("c1", "2026-08-14"), says("c2", provision(permits, to("Organization/9"), within(provision(denies, classOf("journal")))), append(on("2026-10-20"), "performer", `[{"reference":"RelatedPerson/daughter"}]`)...)}, "partial CRSPDKI permitted c1; J denied c2"},
		{"a yes to some data and a yes to other data of one day permit the data of either", question{}, []string{
			says("c1", provision(permits, to("Organization/9"), spanOf("dataPeriod", "2024", "2026-06")), on("2026-10-20")...),
			says("c2", provision(permits, to("Organization/9"), spanOf("dataPeriod", "2026", "")), on("2026-10-20")...),
		}, "full permitted c1 [2024-01-01..2026-06-30] [2026-01-01..]"},
		{"a yes to some data and a yes to quite other data", question{}, []string{
			says("c1", provision(permits, to("Organization/9"), spanOf("dataPeriod", "2024", "2024")), on("2026-10-20")...),
			says("c2", provision(permits, to("Organization/9"), spanOf("dataPeriod", "2026", "")), on("2026-10-20")...),
		}, "full permitted c1 [2024-01-01..2024-12-31] [2026-01-01..]"},

		{"a withdrawal removes what is earlier", question{}, []string{yesOn("c1", "2026-08-14"), withdrawn("c2", "2026-10-20")}, noneAtAll},
		{"a rejected one does too", question{}, []string{yesOn("c1", "2026-08-14"), withdrawn("c2", "2026-10-20", "status", `"rejected"`)}, noneAtAll},
		{"a withdrawal removes what is of its day", question{}, []string{yesOn("c1", "2026-10-20"), withdrawn("c2", "2026-10-20")}, noneAtAll},
		{"a withdrawal removes a time within its day", question{}, []string{yesOn("c1", "2026-10-20T23:00:00+02:00"), withdrawn("c2", "2026-10-20")}, noneAtAll},
		{"a withdrawal leaves what is certainly later", question{}, []string{yesOn("c1", "2026-10-21"), withdrawn("c2", "2026-10-20")}, fullBy1},
		{"a withdrawal removes what has no date", question{}, []string{undated("c1", yes), withdrawn("c2", "2020-01-01")}, noneAtAll},
		{"a withdrawal without a date removes all", question{}, []string{yesOn("c1", "2026-11-20"), says("c2", yes, "dateTime", "-", "status", `"inactive"`)}, noneAtAll},
		{"a withdrawal removes a no as well", question{}, []string{noOn("c1", "2026-08-14"), withdrawn("c2", "2026-10-20")}, noneAtAll},
		{"a withdrawal counts whoever gave it", question{}, []string{yesOn("c1", "2026-08-14"), withdrawn("c2", "2026-10-20", "performer", `[{"reference":"Practitioner/s1"}]`)}, noneAtAll},
		{"a withdrawal counts when its period is over", question{}, []string{yesOn("c1", "2026-08-14"), withdrawn("c2", "2026-10-20", "provision", until(yes, "2026-11-01"))}, noneAtAll},
		{"a withdrawal for another care home leaves it", question{}, []string{yesOn("c1", "2026-08-14"), withdrawn("c2", "2026-10-20", "provision", provision(permits, to("Organization/8")))}, fullBy1},
		{"a withdrawal for nobody leaves it, as long as that addresses nobody", question{}, []string{yesOn("c1", "2026-08-14"), withdrawn("c2", "2026-10-20", "provision", provision(permits))}, fullBy1},
		{"a withdrawal for nobody removes it, where that addresses all", question{unnamed: true}, []string{yesOn("c1", "2026-08-14"), withdrawn("c2", "2026-10-20", "provision", provision(permits))}, noneAtAll},
		{"a withdrawal of another client's leaves it", question{}, []string{yesOn("c1", "2026-08-14"), withdrawn("c2", "2026-10-20", "patient", refTo("Patient/2"))}, fullBy1},
		{"a withdrawal of something else leaves it", question{}, []string{yesOn("c1", "2026-08-14"), withdrawn("c2", "2026-10-20", "category", "["+ours("consent", "research")+"]")}, fullBy1},
		{"what was entered in error withdraws nothing", question{}, []string{yesOn("c1", "2026-08-14"), withdrawn("c2", "2026-10-20", "status", `"entered-in-error"`)}, fullBy1},
		{"a no that was taken back on its day still stands against a yes of that day", question{}, []string{
			noOn("c2", "2026-10-20"), withdrawn("c3", "2026-10-20T09:00:00+02:00"), yesOn("c1", "2026-10-20T10:00:00+02:00"),
		}, conflict2},
		{"one for another and one that is over: none is for us", question{}, []string{says("c1", until(yes, "2026-11-01")), says("c2", provision(permits, to("Organization/8")))}, notForUs},
	})
}

// A permit older than max_age is as if it were not there.
func TestAPermitGrowsOld(t *testing.T) {
	year := question{maxAge: 365}
	checkWishes(t, []wish{
		{"365 days ago it is not older", year, one(says("c1", yes, on("2025-11-21")...)), "full permitted c1"},
		{"366 days ago it is", year, one(says("c1", yes, on("2025-11-20")...)), noneAtAll},
		{"at the end of that day it is", year, one(says("c1", yes, on("2025-11-20T23:59:59+01:00")...)), noneAtAll},
		{"it counts from the first day that it may be of", year, one(says("c1", yes, on("2025-11")...)), noneAtAll},
		{"without a date nobody can tell, and it does not count", year, one(says("c1", yes, "dateTime", "-")), noneAtAll},
		{"without a limit any age will do", question{}, one(says("c1", yes, on("1999")...)), "full permitted c1"},
		{"a no does not grow old", year, one(says("c1", no, on("1999")...)), "refused denied c1"},
		{"what an old one denies it still denies", year, one(says("c1", provision(permits, to("Organization/9"), within(provision(denies, classOf("journal")))), on("2020")...)), "refused CRSPDKI no-consent; J denied c1"},
		{"an older no comes back when the yes has grown old", year, []string{says("c1", no, on("2020")...), says("c2", yes, on("2021")...)}, "refused denied c1"},
	})
}

// "Unreadable means".
func TestUnreadableConsents(t *testing.T) {
	const denied = "refused unreadable c2"
	fine := says("c1", yes)
	with1 := func(properties ...string) []string { return []string{fine, says("c2", yes, properties...)} }
	root := func(parts ...string) []string {
		return []string{fine, says("c2", provision(append(parts, to("Organization/9"))...))}
	}
	deep := strings.Repeat(`{"type":"deny","provision":[`, 600) + strings.Repeat(`]}`, 600)
	checkWishes(t, []wish{
		{"broken JSON that tells whose it is", question{}, []string{fine, `{"resourceType":"Consent","id":"c2","status":"active","patient":{"reference":"Patient/1"},"provision":{"type":"per`}, denied},
		{"broken JSON of another client", question{}, []string{fine, `{"resourceType":"Consent","id":"c2","status":"active","patient":{"reference":"Patient/2"},"provision":{"type":"per`}, "full permitted c1"},
		{"a provision that is a number", question{}, with1("provision", "7"), denied},
		{"a provision that is a list, as in R5", question{}, with1("provision", "["+yes+"]"), denied},
		{"a nested provision that is an object", question{}, root(permits, `"provision":{"type":"deny"}`), denied},
		{"a nested provision that is null", question{}, root(permits, `"provision":[null]`), denied},
		{"actors that are an object", question{}, root(permits, `"class":{"code":"plan"}`), denied},
		{"a class that is null", question{}, root(permits, `"class":null`), denied},
		{"a code that is a number", question{}, root(permits, `"class":[{"system":"x","code":5}]`), denied},
		{"a list of texts where objects belong", question{}, root(permits, `"action":["disclose"]`), denied},
		{"a period that is a text", question{}, root(permits, `"period":"2026"`), denied},
		{"a status that is missing", question{}, with1("status", "-"), denied},
		{"a status that is null", question{}, with1("status", "null"), denied},
		{"a status that is empty", question{}, with1("status", `""`), denied},
		{"a status that is not in the value set", question{}, with1("status", `"revoked"`), denied},
		{"a status in capitals", question{}, with1("status", `"Active"`), denied},
		{"a root type that is not in the value set", question{}, root(`"type":"allow"`), denied},
		{"a nested type that is not in the value set", question{}, root(permits, within(`{"type":"allow"}`)), denied},
		{"a type without a code", question{}, root(`"type":""`), denied},
		{"a type that is null", question{}, root(`"type":null`), denied},
		{"a type of which only an extension is given", question{}, root(`"_type":{"extension":[]}`), denied},
		{"a date that does not exist", question{}, with1("dateTime", `"2026-02-30"`), denied},
		{"a date in words", question{}, with1("dateTime", `"in August"`), denied},
		{"a date that is empty", question{}, with1("dateTime", `""`), denied},
		{"a period that begins on no day", question{}, root(permits, spanOf("period", "2026-13", "")), denied},
		{"a nested period that ends on no day", question{}, root(permits, within(provision(denies, spanOf("period", "", "2026-11-31")))), denied},
		{"a data period on a deny that ends on no day", question{}, root(permits, within(provision(denies, spanOf("dataPeriod", "", "x")))), denied},
		{"a modifierExtension on the Consent", question{}, with1("modifierExtension", `[{"url":"http://x.example","valueBoolean":true}]`), denied},
		{"an empty modifierExtension on the Consent", question{}, with1("modifierExtension", `[]`), denied},
		{"implicitRules", question{}, with1("implicitRules", `"http://x.example"`), denied},
		{"a verification that is a text", question{}, with1("verification", `[{"verified":"false"}]`), denied},
		{"a patient that is a text still tells whose it is", question{}, with1("patient", `"Patient/1"`), denied},
		{"a subject, as in R5, tells whose it is", question{}, with1("patient", "-", "subject", refTo("Patient/1"), "status", `"unknown"`), denied},
		{"one that was entered in error, but cannot be read", question{}, with1("status", `"entered-in-error"`, "dateTime", `"x"`), denied},
		{"one about something else, but it cannot be read", question{}, with1("category", "[]", "dateTime", `"x"`), denied},
		{"a reading that is no time", question{}, with1("meta", `{"lastUpdated":"x"}`), denied},
		{"a version that is a number", question{}, with1("meta", `{"versionId":2}`), denied},
		{"nested beyond measure", question{}, with1("provision", deep), denied},
		{"another client's that cannot be read", question{}, with1("patient", refTo("Patient/2"), "dateTime", `"x"`), "full permitted c1"},
		{"one whose client cannot be told leaves the decision", question{}, with1("patient", "-", "dateTime", `"x"`), "full permitted c1"},

		{"two versions: the later by the server's time counts", question{}, []string{
			says("c1", yes, "meta", `{"versionId":"b","lastUpdated":"2026-10-01T00:00:00Z"}`), says("c1", no, "meta", `{"versionId":"a","lastUpdated":"2026-10-02T00:00:00Z"}`),
		}, "refused denied c1"},
		{"two versions: without times the later by number", question{}, []string{says("c1", yes, "meta", `{"versionId":"10"}`), says("c1", no, "meta", `{"versionId":"9"}`)}, "full permitted c1"},
		{"two versions that cannot be ordered", question{}, []string{says("c1", yes, "meta", `{"versionId":"x"}`), says("c1", no, "meta", `{"versionId":"y"}`)}, "refused unreadable c1"},
		{"two versions of one number", question{}, []string{says("c1", yes), says("c1", no)}, "refused unreadable c1"},
		{"two readings of one version", question{}, []string{says("c1", yes), says("c1", yes)}, "full permitted c1"},
		{"an older version that cannot be read", question{}, []string{says("c1", yes, "meta", `{"versionId":"2"}`), says("c1", yes, "dateTime", `"x"`)}, "full permitted c1"},
		{"a newer version that cannot be read", question{}, []string{says("c1", yes), says("c1", yes, "meta", `{"versionId":"2"}`, "dateTime", `"x"`)}, "refused unreadable c1"},
		{"a withdrawn version of what was active", question{}, []string{says("c1", yes), says("c1", yes, "meta", `{"versionId":"2"}`, "status", `"inactive"`)}, noneAtAll},
	})
}

func TestAConsentOfOneOfTwoWithOneNumberDeniesBoth(t *testing.T) {
	twin := `{"resourceType":"Patient","id":"3","identifier":[` + numberOf1 + `]}`
	for _, client := range []care.Ref{"Patient/1", "Patient/3"} {
		d, s := decided(t, question{client: client}, twin, says("c1", yes, "patient", `{"identifier":`+numberOf1+`}`))
		if told(d) != "refused unreadable c1" || len(s.Orphans) != 1 {
			t.Errorf("%s: %s", client, told(d))
		}
	}
}

func TestAKeyThatIsWrittenTwiceIsReadAsNeither(t *testing.T) {
	raw := strings.Replace(says("c2", yes), `"type":"permit"`, `"type":"deny","type":"permit"`, 1)
	d, _ := decided(t, question{}, says("c1", yes), raw)
	if told(d) != "refused unreadable c2" {
		t.Error(told(d))
	}
}

// What cannot be read stands in the snapshot, so that a run reports it; a consent
// whose client cannot be told is not laid to anybody.
func TestUnreadableConsentsAreReported(t *testing.T) {
	_, s := decided(t, question{}, says("c1", yes, "dateTime", `"x"`), says("c2", yes, "patient", "-", "status", "-"))
	if len(s.Unreadable) != 2 || len(s.Unplaced) != 1 || s.Unplaced[0].Ref != "Consent/c2" ||
		s.Unreadable[0].Path != "Consent.dateTime" || !s.Unreadable[0].Facts.Has(care.SetOf(care.KindConsent)) {
		t.Errorf("%+v", s.Unreadable)
	}
	_, s = decided(t, question{}, says("c1", yes, "patient", "-"))
	if len(s.Unreadable) != 0 || len(s.Orphans) != 1 || s.Orphans[0].Client != "" {
		t.Errorf("%+v", s.Orphans)
	}
}

// The free text of a Consent goes no further than the page.
func TestNoTextOfAConsentIsKept(t *testing.T) {
	raw := says("c1", provision(permits, to(`{"reference":"Organization/9","display":"hemligt"}`), `"code":[{"text":"hemligt"}]`),
		"text", `{"status":"generated","div":"<div>hemligt</div>"}`, "sourceAttachment", `{"title":"hemligt","data":"aGVtbGlndA=="}`,
		"policyRule", `{"text":"hemligt"}`, "patient", `{"display":"hemligt","identifier":`+numberOf1+`}`,
		"verification", `[{"verified":true,"verifiedWith":{"display":"hemligt"}}]`)
	for _, doc := range []string{raw, with(raw, "dateTime", `"hemligt"`), with(raw, "status", `"hemligt"`), with(raw, "hemligt", `"hemligt"`)} {
		h := &heard{}
		if err := newMapper(false).Resource(h, []byte(doc)); err != nil {
			t.Fatal(err)
		}
		if got := show(h); len(h.Records)+len(h.Unread) != 1 || strings.Contains(got, "hemligt") || strings.Contains(got, "1819") {
			t.Error(got)
		}
	}
}

func TestAGiverWhoIsNotRecordedIsSaid(t *testing.T) {
	d, _ := decided(t, question{}, says("c1", yes))
	if !d.Sections[care.SectionPlan].GiverNotRecorded {
		t.Error("nobody is recorded")
	}
	if d, _ = decided(t, question{}, says("c1", yes, "performer", `[{"reference":"Patient/1"}]`)); d.Sections[care.SectionPlan].GiverNotRecorded {
		t.Error("the client is recorded")
	}
}

func TestTheVersionOfTheConsentIsSaid(t *testing.T) {
	d, _ := decided(t, question{}, says("c1", yes, "meta", `{"versionId":"7"}`))
	if d.Sections[care.SectionPlan].Version != "7" {
		t.Errorf("%+v", d.Sections[care.SectionPlan])
	}
}

func TestADateOfTheChangeOfClocksIsOneDay(t *testing.T) {
	late := time.Date(2026, 10, 25, 22, 30, 0, 0, time.UTC) // half past eleven in the evening, an hour longer than other days
	d, _ := decided(t, question{at: late}, says("c1", provision(permits, to("Organization/9"), spanOf("period", "", "2026-10-25")), on("2026-10-25")...))
	if told(d) != "full permitted c1" {
		t.Error(told(d))
	}
}
