package fhir

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"brygga/care"
	"brygga/mapping"
)

const actCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

func class(code string) string { return `{"system":"` + actCode + `","code":"` + code + `"}` }

var wholeVisit = `{"resourceType":"Encounter","id":"v1","status":"finished","class":` + class("HH") + `,
"subject":{"reference":"Patient/p1"},"period":{"start":"2026-11-19T08:00:00+01:00","end":"2026-11-19T08:45:00+01:00"},
"type":[` + ours("service", "personal-care") + `],"participant":[{"individual":{"reference":"Practitioner/s1"}}],
"basedOn":[{"reference":"ServiceRequest/sr1"}]}`

// The names in these tests are numbered in the order in which a visit names them:
// staff first, then services.
func TestEncounterIsAVisit(t *testing.T) {
	key := mapping.Key("Encounter/v1")
	start := uint32(time.Date(2026, 11, 19, 7, 0, 0, 0, time.UTC).Unix() / 60)
	whole := care.Visit{
		KeyHi: uint32(key >> 32), KeyLo: uint32(key), Start: start, Minutes: 45,
		Staff: [2]uint32{1}, BasedOn: 2, Services: care.PersonalCare,
	}
	visit := func(change func(*care.Visit)) []care.Visit {
		v := whole
		change(&v)
		return []care.Visit{v}
	}
	staff := func(refs ...string) string {
		out := ""
		for _, r := range refs {
			out += `,{"individual":{"reference":"` + r + `"}}`
		}
		return with(wholeVisit, "participant", `[`+out[1:]+`]`, "basedOn", "-")
	}
	during := func(period string) string { return with(wholeVisit, "period", period) }
	typed := func(types string) string { return with(wholeVisit, "type", types) }
	for _, c := range []struct {
		name, raw string
		want      []care.Visit
	}{
		{"a finished visit", wholeVisit, visit(func(*care.Visit) {})},
		{"a visit is dated in UTC minutes whatever its zone", during(`{"start":"2026-11-19T07:00:00Z","end":"2026-11-19T07:45:59Z"}`), visit(func(*care.Visit) {})},
		{"a time without zone is Stockholm's", during(`{"start":"2026-11-19T08:00:00","end":"2026-11-19T08:45:00"}`), visit(func(*care.Visit) {})},
		{"a visit that has no end has no length", during(`{"start":"2026-11-19T08:00:00+01:00"}`), visit(func(v *care.Visit) { v.Minutes = 0 })},
		{"a visit that ends before it starts has no length", during(`{"start":"2026-11-19T08:00:00+01:00","end":"2026-11-19T07:00:00+01:00"}`), visit(func(v *care.Visit) { v.Minutes = 0 })},
		{"a visit of months is as long as can be said", during(`{"start":"2026-11-19T08:00:00+01:00","end":"2027-11-19T07:00:00+01:00"}`), visit(func(v *care.Visit) { v.Minutes = 65535 })},
		{"a day is its midnight in Stockholm", during(`{"start":"2026-11-19","end":"2026-11-19"}`), visit(func(v *care.Visit) { v.Start, v.Minutes = start-8*60, 0 })},
		{"a visit without period took place, nobody knows when", with(wholeVisit, "period", "-"), visit(func(v *care.Visit) { v.Start, v.Minutes = 0, 0 })},
		{"a visit before 1970 took place, nobody knows when", during(`{"start":"0001-01-01T00:00:00Z"}`), visit(func(v *care.Visit) { v.Start, v.Minutes = 0, 0 })},
		{"a visit in the year 9999 is dated", during(`{"start":"9999-12-31T00:00:00Z"}`), visit(func(v *care.Visit) { v.Start, v.Minutes = 4223370240, 0 })},
		{"a double-manned visit", staff("Practitioner/s1", "PractitionerRole/r2"), visit(func(v *care.Visit) { v.Staff, v.BasedOn = [2]uint32{1, 2}, 0 })},
		{"one person twice is one", staff("Practitioner/s1", "Practitioner/s1/_history/2"), visit(func(v *care.Visit) { v.BasedOn = 0 })},
		{"relatives and devices are no staff", staff("RelatedPerson/x", "Practitioner/s1", "Device/d"), visit(func(v *care.Visit) { v.BasedOn = 0 })},
		{"nobody is known to have been there", with(wholeVisit, "participant", "-"), visit(func(v *care.Visit) { v.Staff, v.BasedOn = [2]uint32{}, 1 })},
		{"three staff are two rows", staff("Practitioner/s1", "Practitioner/s2", "Practitioner/s3"), []care.Visit{
			visit(func(v *care.Visit) { v.Staff, v.BasedOn = [2]uint32{1, 2}, 0 })[0],
			visit(func(v *care.Visit) { v.Staff, v.BasedOn = [2]uint32{3}, 0 })[0],
		}},
		{"a visit for two services is two rows", with(wholeVisit, "basedOn", `[{"reference":"ServiceRequest/a"},{"reference":"CarePlan/x"},{"reference":"ServiceRequest/b"}]`), []care.Visit{
			whole,
			visit(func(v *care.Visit) { v.Staff, v.BasedOn = [2]uint32{}, 3 })[0],
		}},
		{"several services carried out", typed(`[` + ours("service", "personal-care") + `,` + ours("service", "meal-delivery") + `]`), visit(func(v *care.Visit) { v.Services = care.PersonalCare | care.MealDelivery })},
		{"a service that no table knows is an unknown one", typed(`[` + ours("service", "gardening") + `]`), visit(func(v *care.Visit) { v.Services = care.UnknownService })},
		{"a type of another system is no service", typed(`[{"coding":[{"system":"http://x.example","code":"personal-care"}]},{"text":"x"}]`), visit(func(v *care.Visit) { v.Services = 0 })},
		{"no type is no service", typed("null"), visit(func(v *care.Visit) { v.Services = 0 })},
		{"what is not read may be of any type", with(wholeVisit, "location", `5`, "hospitalization", `[]`, "length", `"x"`), visit(func(*care.Visit) {})},
		{"another class is no visit, whatever is wrong with it", with(wholeVisit, "class", class("AMB"), "status", `"?"`, "period", `"?"`), nil},
		{"the class's code in another system is no visit", with(wholeVisit, "class", `{"code":"HH"}`), nil},
		{"no class is no visit", with(wholeVisit, "class", "-"), nil},
		{"a group's visit is nobody's", with(wholeVisit, "subject", `{"reference":"Group/g1"}`), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := read(t, c.raw)
			if len(h.Visits) != 1 || len(h.Unread) != 0 || len(h.Records) != 1 || len(h.Records[0].Absences) != 0 {
				t.Fatalf("want one visit and a record of nothing, got %s", show(h))
			}
			v := h.Visits[0]
			if !reflect.DeepEqual(v.Visits, c.want) || v.Ref != "Encounter/v1" || v.KeyHi != whole.KeyHi || v.KeyLo != whole.KeyLo {
				t.Errorf("\n got %+v\nwant %+v", v, c.want)
			}
			if c.want != nil && v.Client != "Patient/p1" {
				t.Errorf("about %q", v.Client)
			}
		})
	}
	for _, s := range []string{"planned", "arrived", "triaged", "in-progress", "onleave", "cancelled", "entered-in-error", "unknown"} {
		t.Run("what is "+s+" takes a visit back", func(t *testing.T) {
			h := read(t, with(wholeVisit, "status", `"`+s+`"`, "period", `{"start":"2026-02-30"}`))
			if len(h.Visits) != 1 || h.Visits[0].Visits != nil || h.Visits[0].KeyLo != whole.KeyLo {
				t.Errorf("got %s", show(h))
			}
		})
	}
	checkBroken(t, care.SetOf(care.KindVisit), []broken{
		{"a status outside its value set cannot be read", with(wholeVisit, "status", `"completed"`), "Encounter.status", "Patient/p1"},
		{"a missing status cannot be read", with(wholeVisit, "status", "-"), "Encounter.status", "Patient/p1"},
		{"an impossible start cannot be read", during(`{"start":"2026-02-30T08:00:00Z"}`), "Encounter.period.start", "Patient/p1"},
		{"an impossible end cannot be read", during(`{"start":"2026-11-19T08:00:00Z","end":"2026-11-19T24:10:00Z"}`), "Encounter.period.end", "Patient/p1"},
		{"an empty start cannot be read", during(`{"start":""}`), "Encounter.period.start", "Patient/p1"},
		{"participants that are no list cannot be read", with(wholeVisit, "participant", `{}`), "Encounter.participant", "Patient/p1"},
		{"an individual that is text cannot be read", with(wholeVisit, "participant", `[{},{"individual":"Practitioner/s1"}]`), "Encounter.participant[1].individual", "Patient/p1"},
		{"without a subject nobody can be told", with(wholeVisit, "subject", "-"), "Encounter.subject", ""},
	})
	checkBroken(t, care.SetOf(care.KindVisit, care.KindClientAbsence), []broken{
		{"a class in a list could be either", with(wholeVisit, "class", `[`+class("HH")+`]`), "Encounter.class", "Patient/p1"},
		{"a class that is a number could be either", with(wholeVisit, "class", `1`), "Encounter.class", "Patient/p1"},
	})
}

func TestAVisitMayNameEverybodyByIdentifier(t *testing.T) {
	h := read(t, with(wholeVisit,
		"subject", `{"identifier":{"system":"urn:oid:1.2.752.129.2.1.3.1","value":"181902238292"}}`,
		"participant", `[{"individual":{"type":"Practitioner","identifier":{"system":"urn:oid:1.2.752.29.4.19","value":"SE1"}}}]`))
	if want := care.LogicalRef(testHasher.Identifier(care.Personnummer, "181902238292")); len(h.Visits) != 1 || h.Visits[0].Client != want {
		t.Errorf("got %s", show(h))
	}
	if h.Visits[0].Visits[0].Staff != [2]uint32{1} {
		t.Errorf("got %s", show(h))
	}
}

func TestTenThousandStaffAreRead(t *testing.T) {
	all := make([]string, 10_000)
	for i := range all {
		all[i] = fmt.Sprintf(`{"individual":{"reference":"Practitioner/s%d"}}`, i)
	}
	h := read(t, with(wholeVisit, "participant", `[`+strings.Join(all, ",")+`]`))
	if len(h.Visits) != 1 || len(h.Visits[0].Visits) != 5_000 || h.Visits[0].Visits[4_999].Staff != [2]uint32{9_999, 10_000} {
		t.Errorf("got %d visits", len(h.Visits[0].Visits))
	}
}

func TestEncounterIsAStayAway(t *testing.T) {
	stay := with(wholeVisit, "class", class("IMP"), "period", `{"start":"2026-11-01T22:00:00Z","end":"2026-11-09T23:30:00Z"}`)
	for _, c := range []struct {
		name, raw string
		want      *care.Period
	}{
		{"a stay in hospital, both days counted in Stockholm", stay, &care.Period{Start: onDay("2026-11-01"), End: onDay("2026-11-10")}},
		{"a stay that goes on", with(stay, "status", `"in-progress"`, "period", `{"start":"2026-11-01"}`), &care.Period{Start: onDay("2026-11-01")}},
		{"arrived", with(stay, "status", `"arrived"`, "period", "-"), &care.Period{}},
		{"triaged", with(stay, "status", `"triaged"`, "period", "-"), &care.Period{}},
		{"on leave", with(stay, "status", `"onleave"`, "period", "-"), &care.Period{}},
		{"planned is no stay", with(stay, "status", `"planned"`), nil},
		{"cancelled is no stay", with(stay, "status", `"cancelled"`), nil},
		{"entered in error is no stay", with(stay, "status", `"entered-in-error"`, "period", `5`), nil},
		{"of unknown status is no stay", with(stay, "status", `"unknown"`), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := read(t, c.raw)
			if len(h.Records) != 1 || len(h.Visits) != 1 || h.Visits[0].Visits != nil {
				t.Fatalf("want one record and no visit, got %s", show(h))
			}
			r := h.Records[0]
			if c.want == nil {
				if len(r.Absences) != 0 {
					t.Errorf("got %+v", r)
				}
				return
			}
			if want := []care.Absence{{Ref: "Encounter/v1", Period: *c.want}}; !reflect.DeepEqual(r.Absences, want) || r.Client != "Patient/p1" {
				t.Errorf("got %+v, want %+v", r, want)
			}
		})
	}
	checkBroken(t, care.SetOf(care.KindClientAbsence), []broken{
		{"a status outside its value set cannot be read", with(stay, "status", `"left"`), "Encounter.status", "Patient/p1"},
		{"an impossible end cannot be read", with(stay, "period", `{"start":"2026-11-01","end":"2026-11-31"}`), "Encounter.period.end", "Patient/p1"},
	})
}

func TestDocumentReferenceIsANote(t *testing.T) {
	raw := `{"resourceType":"DocumentReference","id":"n1","status":"current","type":` + ours("document", "social-journal") + `,
	"subject":{"reference":"Patient/p1"},"date":"2026-09-30T22:30:00Z","author":[{"reference":"Practitioner/s1"}],
	"content":[{"attachment":{"data":"c2VjcmV0"}}]}`
	whole := care.Note{Key: mapping.Key("DocumentReference/n1"), Date: onDay("2026-10-01"), Author: 1}
	note := func(change func(*care.Note)) care.Note {
		n := whole
		change(&n)
		return n
	}
	void := note(func(n *care.Note) { n.Date, n.Author = 0, 0 })
	for _, c := range []struct {
		name, raw string
		want      care.Note
		void      bool
	}{
		{"a note after midnight in Stockholm is on the new day", raw, whole, false},
		{"the first of the staff is the author", with(raw, "author", `[{"reference":"Organization/u1"},{"reference":"PractitionerRole/r1"},{"reference":"Practitioner/s2"}]`), whole, false},
		{"nobody is known to have written it", with(raw, "author", "-"), note(func(n *care.Note) { n.Author = 0 }), false},
		{"nobody knows when", with(raw, "date", "-"), note(func(n *care.Note) { n.Date = 0 }), false},
		{"what is not read may be of any type", with(raw, "content", `1`, "docStatus", `"?"`, "context", `[]`), whole, false},
		{"superseded takes it back", with(raw, "status", `"superseded"`), void, true},
		{"entered in error takes it back, whatever its date", with(raw, "status", `"entered-in-error"`, "date", `"?"`), void, true},
		{"another type is no note, whatever is wrong with it", with(raw, "type", `{"coding":[{"system":"http://loinc.org","code":"34108-1"}]}`, "status", `"?"`), void, true},
		{"a group's note is nobody's", with(raw, "subject", `{"reference":"Group/g1"}`), void, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := read(t, c.raw)
			if h.calls() != 1 || len(h.Notes) != 1 {
				t.Fatalf("want one note, got %s", show(h))
			}
			n := h.Notes[0]
			if n.Note != c.want || n.Void != c.void || n.Ref != "DocumentReference/n1" || !c.void && n.Client != "Patient/p1" {
				t.Errorf("got %+v, want %+v", n, c.want)
			}
		})
	}
	checkBroken(t, care.SetOf(care.KindNote), []broken{
		{"a status outside its value set cannot be read", with(raw, "status", `"final"`), "DocumentReference.status", "Patient/p1"},
		{"a missing status is not current", with(raw, "status", "-"), "DocumentReference.status", "Patient/p1"},
		{"an impossible date cannot be read", with(raw, "date", `"2026-09-31"`), "DocumentReference.date", "Patient/p1"},
		{"a type in a list cannot be read", with(raw, "type", `[]`), "DocumentReference.type", "Patient/p1"},
		{"without a subject nobody can be told", with(raw, "subject", "-"), "DocumentReference.subject", ""},
	})
}
