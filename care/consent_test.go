package care

import (
	"reflect"
	"testing"
	"time"
)

func moment(s string) Moment {
	if d, err := ParseDate(s); err == nil {
		return DayMoment(d, d)
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return TimeMoment(t, time.Second)
}

func TestLaterMeansCertainlyLater(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		want       bool
	}{
		{"the next day is later", "2026-10-21", "2026-10-20", true},
		{"the same day is not", "2026-10-20", "2026-10-20", false},
		{"the day before is not", "2026-10-19", "2026-10-20", false},
		{"a time within a day is not later than the day", "2026-10-20T23:59:59+02:00", "2026-10-20", false},
		{"nor is the day later than the time", "2026-10-20", "2026-10-20T00:00:00+02:00", false},
		{"midnight is later than the day that it ends", "2026-10-21T00:00:00+02:00", "2026-10-20", true},
		{"the next second is later", "2026-10-20T10:00:01Z", "2026-10-20T10:00:00Z", true},
		{"the same second in another zone is not", "2026-10-20T12:00:00+02:00", "2026-10-20T10:00:00Z", false},
		{"the day after the change of clocks begins an hour later", "2026-10-26", "2026-10-25", true},
	} {
		if got := moment(c.a).After(moment(c.b)); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if (Moment{}).After(moment("2026-10-20")) || moment("2026-10-20").After(Moment{}) {
		t.Error("what has no time is neither earlier nor later")
	}
}

func TestAnIntervalHoldsFromItsFirstToItsLast(t *testing.T) {
	at := InstantOf(time.Date(2026, 11, 21, 12, 0, 0, 0, Stockholm))
	for _, c := range []struct {
		name, start, end string
		want             bool
	}{
		{"that day alone", "2026-11-21", "2026-11-21", true},
		{"until the day before", "", "2026-11-20", false},
		{"from the day after", "2026-11-22", "", false},
		{"from this second", "2026-11-21T12:00:00+01:00", "", true},
		{"to this second", "", "2026-11-21T11:00:00Z", true},
		{"to the second before", "", "2026-11-21T10:59:59Z", false},
		{"open at both ends", "", "", true},
		{"from tomorrow to yesterday", "2026-11-22", "2026-11-20", false},
	} {
		var v Interval
		if c.start != "" {
			v.Start = moment(c.start)
		}
		if c.end != "" {
			v.End = moment(c.end)
		}
		if got := v.Holds(at); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestAnIntervalIsShownAsItWasMeant(t *testing.T) {
	for _, c := range []struct {
		v          Interval
		start, end string
	}{
		{Interval{}, "", ""},
		{Interval{moment("2026-02-01"), DayMoment(NewDate(2026, 3, 1), NewDate(2026, 3, 31))}, "2026-02-01", "2026-03-31"},
		{Interval{moment("2026-10-20T10:00:00Z"), moment("2026-10-20T10:00:01Z")}, "2026-10-20T12:00:00+02:00", "2026-10-20T12:00:01+02:00"},
	} {
		if start, end := c.v.Text(); start != c.start || end != c.end {
			t.Errorf("%s..%s, want %s..%s", start, end, c.start, c.end)
		}
	}
}

func TestTheEndsOfTimeAreKept(t *testing.T) {
	first, last := DayMoment(1, 1), DayMoment(NewDate(9999, 12, 31), NewDate(9999, 12, 31))
	if !first.Known() || first.Day() != 1 || last.Day() != NewDate(9999, 12, 31) || !last.After(first) || (Moment{}).Day() != 0 {
		t.Errorf("%v %v", first, last)
	}
	if day := DateOf(time.Date(2024, 2, 29, 22, 59, 0, 0, time.UTC)); DayMoment(day, day).Day() != NewDate(2024, 2, 29) {
		t.Error("a leap day")
	}
}

func TestSectionsHaveTheirNames(t *testing.T) {
	for _, s := range Sections() {
		if got, ok := SectionByName(s.String()); !ok || got != s || !AllSections.Has(s) || !SetOfSections(s).Has(s) {
			t.Errorf("%s", s)
		}
	}
	if _, ok := SectionByName("Plan"); ok || len(Sections()) != 8 {
		t.Error("a section that is not")
	}
}

// permit9 is a permit of Patient/1 for Organization/9.
func permit9(ref Ref) Consent {
	return Consent{
		Ref: ref, Patient: "Patient/1", Status: ConsentActive, Handover: true, Date: moment("2026-08-14"),
		Root: Provision{Type: Permit, Actor: Actors{Carried: true, All: []Actor{{Ref: "Organization/9", Is: ActorOrganization, Recipient: true}}}},
	}
}

func TestTheOutcomeIsAboutTheSectionsThatAreAskedFor(t *testing.T) {
	c := permit9("Consent/1")
	c.Root.Within = []Provision{{Type: Deny, Class: Naming{Carried: true, Sections: SetOfSections(SectionJournal)}}}
	req := ConsentRequest{Client: "Patient/1", Recipient: "Organization/9", AsOf: lawAsOf}
	for _, r := range []struct {
		sections SectionSet
		want     ConsentOutcome
	}{
		{0, ConsentPartial},
		{AllSections, ConsentPartial},
		{SetOfSections(SectionPlan, SectionSIP), ConsentFull},
		{SetOfSections(SectionJournal), ConsentRefused},
	} {
		req.Sections = r.sections
		d := Decide([]Consent{c}, req)
		if d.Outcome != r.want || d.Permitted() != AllSections&^SetOfSections(SectionJournal) {
			t.Errorf("%08b: %s", r.sections, d.Outcome)
		}
	}
}

func TestARequestThatNamesNobodyIsAnswered(t *testing.T) {
	for name, req := range map[string]ConsentRequest{
		"no client":    {Recipient: "Organization/9", AsOf: lawAsOf},
		"no recipient": {Client: "Patient/1", AsOf: lawAsOf, AcceptUnnamed: true},
		"nothing":      {},
	} {
		nobodys := permit9("Consent/1")
		nobodys.Patient = ""
		unnamed := permit9("Consent/2")
		unnamed.Root.Actor = Actors{}
		if d := Decide([]Consent{permit9("Consent/3"), nobodys, unnamed}, req); d.Outcome != ConsentNone || d.Permitted() != 0 {
			t.Errorf("%s: %s", name, d.Outcome)
		}
	}
}

func TestDecidingChangesNothing(t *testing.T) {
	consents := []Consent{permit9("Consent/b"), permit9("Consent/a")}
	before := []Consent{permit9("Consent/b"), permit9("Consent/a")}
	req := ConsentRequest{Client: "Patient/1", Recipient: "Organization/9", AsOf: lawAsOf}
	if d := Decide(consents, req); d.Sections[0].Consent != "Consent/a" || d.Outcome != ConsentFull {
		t.Errorf("%+v", d.Sections[0])
	}
	if !reflect.DeepEqual(consents, before) {
		t.Error("the consents have changed")
	}
}

// Where consents are put, and what of them Assemble resolves.
func TestConsentsArePutOnTheirClients(t *testing.T) {
	id := func(b byte) Identifier { return Identifier{Kind: Personnummer, Hash: [16]byte{b}, Valid: true} }
	const shared, own = Ref("identifier:0e000000000000000000000000000000"), Ref("identifier:0f000000000000000000000000000000")
	person := func(ref Ref, ids ...Identifier) Record {
		return Record{Ref: ref, Client: ref, Facts: Facts{Person: &PersonFact{Identifiers: ids}}}
	}
	consent := func(ref, client Ref, actors ...Ref) Record {
		c := Consent{Status: ConsentActive, Handover: true, GiverRecorded: true, Givers: []Ref{LogicalRef(id(1)), LogicalRef(id(3)), "Practitioner/s1"}}
		for _, a := range actors {
			c.Root.Within = []Provision{{Actor: Actors{Carried: true, All: append(c.Root.Actor.All, Actor{Ref: a, Recipient: true})}}}
		}
		return Record{Ref: ref, Version: "3", Updated: lawAsOf, Client: client, Facts: Facts{Consents: []Consent{c}}}
	}
	in := Input{AsOf: DateOf(lawAsOf), Names: NewNames(), Records: []Record{
		person("Patient/1", id(1)), person("Patient/2", id(2)), person("Patient/3", id(2)),
		{Ref: "Organization/9", Facts: Facts{Unit: &Unit{Ref: "Organization/9", Also: []Ref{own, shared}}}},
		{Ref: "Organization/8", Facts: Facts{Unit: &Unit{Ref: "Organization/8", Also: []Ref{shared}}}},
		{Ref: "RelatedPerson/r1", Client: "Patient/1", Facts: Facts{Relatives: []Relative{{Ref: "RelatedPerson/r1", Decides: true, Also: []Ref{LogicalRef(id(3))}}}}},
		{Ref: "ServiceRequest/1", Client: "Patient/1", Facts: Facts{Services: []Service{{Ref: "ServiceRequest/1", Performer: own}}}},
		consent("Consent/1", LogicalRef(id(1)), own),
		consent("Consent/2", LogicalRef(id(2))),
		consent("Consent/3", ""),
		consent("Consent/4", "Patient/1", shared),
	}, Unreadable: []Unreadable{
		{Ref: "Consent/5", Client: "Patient/1", Facts: SetOf(KindConsent), Reason: "x"},
		{Ref: "CarePlan/5", Client: "Patient/1", Facts: SetOf(KindPlan), Reason: "x"},
	}}
	s := Assemble(in)
	one := s.Clients[0]
	if len(one.Consents) != 3 {
		t.Fatalf("%+v", one.Consents)
	}
	c := one.Consents[0]
	if c.Ref != "Consent/1" || c.Version != "3" || !c.Updated.Equal(lawAsOf) || c.Patient != "Patient/1" ||
		!reflect.DeepEqual(c.Givers, []Ref{"Patient/1", "RelatedPerson/r1", "Practitioner/s1"}) {
		t.Errorf("%+v", c)
	}
	if a := c.Root.Within[0].Actor.All[0]; a.Ref != "Organization/9" || a.Is != ActorOrganization {
		t.Errorf("one organization's identifier names it: %+v", a)
	}
	if a := one.Consents[1].Root.Within[0].Actor.All[0]; a.Ref != shared {
		t.Errorf("an identifier of two names neither: %+v", a)
	}
	if u := one.Consents[2]; u.Ref != "Consent/5" || !u.Unreadable {
		t.Errorf("%+v", u)
	}
	for _, twin := range s.Clients[1:3] {
		if len(twin.Consents) != 1 || !twin.Consents[0].Unreadable || twin.Consents[0].Ref != "Consent/2" {
			t.Errorf("a consent of one of two: %+v", twin.Consents)
		}
	}
	if len(s.Orphans) != 2 {
		t.Errorf("%+v", s.Orphans)
	}
	if one.Services[0].Performer != "Organization/9" || in.Records[6].Services[0].Performer != own ||
		in.Records[7].Consents[0].Root.Within[0].Actor.All[0].Ref != own {
		t.Error("a performer is resolved, and what was read stays")
	}
	req := s.Roster.ConsentRequest(one, own, lawAsOf)
	if req.Recipient != "Organization/9" || len(req.RecipientIdentifiers) != 2 || !reflect.DeepEqual(req.Relatives, []Ref{"RelatedPerson/r1"}) {
		t.Errorf("%+v", req)
	}
}

// Where consents were not read whole, nobody's are known.
func TestConsentsThatWereNotReadWholeDeny(t *testing.T) {
	in := Input{AsOf: DateOf(lawAsOf), Names: NewNames(), Records: []Record{
		{Ref: "Patient/1", Client: "Patient/1", Facts: Facts{Person: &PersonFact{}}},
		{Ref: "Consent/1", Client: "Patient/1", Facts: Facts{Consents: []Consent{permit9("")}}},
	}, Incomplete: []Gap{{Source: "journal", Facts: SetOf(KindConsent), Reason: "x"}}}
	s := Assemble(in)
	d := Decide(s.Clients[0].Consents, s.Roster.ConsentRequest(s.Clients[0], "Organization/9", lawAsOf))
	if d.Outcome != ConsentRefused || d.Sections[0].Reason != ReasonUnreadable || d.Sections[0].Consent != "" {
		t.Errorf("%+v", d.Sections[0])
	}
}
