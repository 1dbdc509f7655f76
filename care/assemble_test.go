package care

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func day(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

var today = day("2026-11-21")

func ident(n byte) Identifier { return Identifier{Kind: Personnummer, Hash: [16]byte{n}, Valid: true} }

func patient(id string, ids ...Identifier) Record {
	return Record{Ref: Ref("Patient/" + id), Client: Ref("Patient/" + id), Version: "1", Facts: Facts{Person: &PersonFact{Identifiers: ids}}}
}

func practitioner(id string, ids ...Identifier) Record {
	return Record{Ref: Ref("Practitioner/" + id), Facts: Facts{Staff: &StaffFact{Identifiers: ids}}}
}

func role(id string, person Ref) Record {
	return Record{Ref: Ref("PractitionerRole/" + id), Facts: Facts{Role: &RoleFact{Person: person}}}
}

func team(id string, client, member Ref) Record {
	ref := Ref("CareTeam/" + id)
	return Record{Ref: ref, Client: client, Facts: Facts{Assignments: []Assignment{{Team: ref, Member: member}}}}
}

func assemble(in Input) *Snapshot {
	if in.AsOf == 0 {
		in.AsOf = today
	}
	in.Provides = AllFacts
	return Assemble(in)
}

func find(t *testing.T, s *Snapshot, ref Ref) *Client {
	t.Helper()
	for _, c := range s.Clients {
		if c.Ref == ref {
			return c
		}
	}
	t.Fatalf("%s is not in the snapshot", ref)
	return nil
}

func refs(s *Snapshot) []Ref {
	var out []Ref
	for _, c := range s.Clients {
		out = append(out, c.Ref)
	}
	return out
}

func TestRecordsGoToTheirClients(t *testing.T) {
	names := NewNames()
	s := assemble(Input{
		Names: names,
		Records: []Record{
			patient("2"), patient("10", ident(7)), patient("1"),
			team("a", "Patient/2", "Practitioner/s"),
			team("b", LogicalRef(ident(7)), "Practitioner/s"),
			{Ref: "CarePlan/p", Client: "Patient/1", Facts: Facts{Plans: []Plan{{Ref: "CarePlan/p"}}}},
			{Ref: "Procedure/r", Client: "Patient/2", Facts: Facts{Reviews: []Review{{Ref: "Procedure/r", Plan: "CarePlan/p"}}}},
			{Ref: "Procedure/q", Client: "Patient/2", Facts: Facts{Reviews: []Review{{Ref: "Procedure/q", Plan: "CarePlan/unknown"}}}},
		},
		Visits:  map[Ref][]Visit{"Patient/2": {{Start: 2}, {Start: 1}}, LogicalRef(ident(7)): {{Start: 5}}, "Patient/10": {{Start: 4}}},
		Notes:   map[Ref][]Note{"Patient/1": {{Key: 1}}},
		Answers: map[Ref][]Answer{"Patient/1": {{Service: "ServiceRequest/1"}}},
	})
	if got := refs(s); !slices.Equal(got, []Ref{"Patient/1", "Patient/10", "Patient/2"}) {
		t.Errorf("clients %v", got)
	}
	one, two, ten := find(t, s, "Patient/1"), find(t, s, "Patient/2"), find(t, s, "Patient/10")
	if len(two.Assignments) != 1 || len(ten.Assignments) != 1 || len(one.Plans) != 1 {
		t.Error("assignments and plans")
	}
	if len(one.Reviews) != 1 || len(two.Reviews) != 1 || two.Reviews[0].Ref != "Procedure/q" {
		t.Errorf("a review goes with its plan: %v %v", one.Reviews, two.Reviews)
	}
	if two.Visits[0].Start != 1 || len(ten.Visits) != 2 || ten.Visits[0].Start != 4 || len(one.Notes) != 1 || len(one.Answers) != 1 {
		t.Error("visits are sorted, and put on the client that a logical reference names")
	}
	if len(s.Orphans) != 0 || one.Version != "1" || one.Protected {
		t.Errorf("%+v %+v", s.Orphans, one)
	}
}

func TestLogicalReferences(t *testing.T) {
	two := LogicalRef(ident(2))
	if two != "identifier:02000000000000000000000000000000" {
		t.Errorf("the form is %s", two)
	}
	rows := []struct {
		name    string
		records []Record
		aliases map[Ref]Ref
		want    Ref // the client that gets the team, "" for an orphan
	}{
		{"of one client", []Record{patient("a", ident(1)), patient("b", ident(2))}, nil, "Patient/b"},
		{"of nobody", []Record{patient("a", ident(1))}, nil, ""},
		{"of two clients: nobody is chosen", []Record{patient("a", ident(2)), patient("b", ident(2))}, nil, ""},
		{"of two clients, whatever an alias says", []Record{patient("a", ident(2)), patient("b", ident(2))}, map[Ref]Ref{two: "Patient/a"}, ""},
		{"of a client who lists it twice", []Record{patient("a", ident(2), ident(2))}, nil, "Patient/a"},
		{"of a client who lists another one twice first", []Record{patient("a", ident(1), ident(1), ident(2))}, nil, "Patient/a"},
		{"by an alias", []Record{patient("a", ident(1))}, map[Ref]Ref{two: "Patient/a"}, "Patient/a"},
		{"a member of staff is no client", []Record{practitioner("a", ident(2))}, nil, ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := assemble(Input{Records: append(r.records, team("t", two, "Practitioner/x")), Aliases: r.aliases})
			var got Ref
			for _, c := range s.Clients {
				if len(c.Assignments) > 0 {
					got = c.Ref
				}
			}
			if got != r.want || (len(s.Orphans) == 1) != (r.want == "") {
				t.Errorf("got %q, orphans %v", got, s.Orphans)
			}
		})
	}
	for _, bad := range []Ref{"identifier:", "identifier:xx", "identifier:02", "identifier:0200000000000000000000000000000g"} {
		if s := assemble(Input{Records: []Record{patient("a", ident(2)), team("t", bad, "")}}); len(s.Orphans) != 1 {
			t.Errorf("%s found somebody", bad)
		}
	}
}

// A fact of one of two people who have the same number is left out of both: then
// neither may be judged as if there were no such fact.
func TestWhatMayBeOfTwoClientsMakesBothUnknown(t *testing.T) {
	two := LogicalRef(ident(2))
	s := assemble(Input{
		Records: []Record{patient("a", ident(2)), patient("b", ident(2)), patient("c", ident(3)), planOf("CarePlan/p", two)},
		Visits:  map[Ref][]Visit{two: {{Start: 1}}}, Notes: map[Ref][]Note{two: {{Key: 1}}},
	})
	for _, c := range s.Clients {
		var facts FactSet
		for _, g := range c.Gaps {
			facts |= g.Facts
		}
		want := SetOf(KindPlan, KindVisit, KindNote)
		if c.Ref == "Patient/c" {
			want = 0
		}
		if facts != want || len(c.Plans)+len(c.Visits)+len(c.Notes) > 0 {
			t.Errorf("%s: gaps %+v, %d plans, %d visits, %d notes", c.Ref, c.Gaps, len(c.Plans), len(c.Visits), len(c.Notes))
		}
	}
}

func TestPersonsBehindReferences(t *testing.T) {
	hsa := Identifier{Kind: HSAID, Hash: [16]byte{9}, Valid: true}
	names := NewNames("PractitionerRole/r", "Practitioner/s", "PractitionerRole/q", "Practitioner/x")
	r := assemble(Input{Names: names, Records: []Record{
		practitioner("s", hsa), role("r", "Practitioner/s"), role("q", LogicalRef(hsa)), role("n", ""), role("g", "Practitioner/gone"),
	}, StaffAliases: map[Ref]Ref{LogicalRef(ident(5)): "Practitioner/s"}}).Roster
	rows := []struct {
		member, person Ref
		read           bool
	}{
		{"Practitioner/s", "Practitioner/s", true},
		{"PractitionerRole/r", "Practitioner/s", true},
		{"PractitionerRole/q", "Practitioner/s", true},
		{LogicalRef(hsa), "Practitioner/s", true},
		{LogicalRef(ident(5)), "Practitioner/s", true},
		{"PractitionerRole/n", "PractitionerRole/n", false},
		{"PractitionerRole/g", "Practitioner/gone", false},
		{"Practitioner/never", "Practitioner/never", false},
	}
	for _, w := range rows {
		person, staff, read := r.Person(w.member)
		if person != w.person || read != w.read || read && staff == nil {
			t.Errorf("%s is %s, read %v", w.member, person, read)
		}
	}
	if n := len(r.Staff()["Practitioner/s"].Roles); n != 2 {
		t.Errorf("%d employments", n)
	}
	if r.person(1) != r.person(2) || r.person(3) != r.person(2) || r.person(4) == r.person(2) || r.person(99) != 99 {
		t.Error("numbers of one person are one")
	}
	if r.number("Practitioner/s") != r.person(2) || r.number("Practitioner/never") != 0 || !r.EmploymentsKnown {
		t.Error("the number of a person")
	}
}

func TestDuplicates(t *testing.T) {
	r := assemble(Input{Records: []Record{
		patient("a", ident(1), ident(2)), patient("b", ident(1), ident(2)), patient("c", ident(2)), patient("d", ident(4)),
		practitioner("s", ident(4)),
	}}).Roster
	if got := r.Duplicates("Patient/a"); !slices.Equal(got, []Ref{"Patient/b", "Patient/c"}) {
		t.Errorf("a: %v", got)
	}
	if got := r.Duplicates("Patient/d"); len(got) > 0 {
		t.Errorf("a client who also works here is no duplicate: %v", got)
	}
}

func TestQualificationsAreKnownOnceSomebodyHasOne(t *testing.T) {
	with := func(kind QualificationKind, start string) Record {
		p := Period{}
		if start != "" {
			p.Start = day(start)
		}
		r := practitioner("q" + start)
		r.Staff.Qualifications = []Qualification{{Kind: kind, Period: p}}
		return r
	}
	rows := []struct {
		name     string
		records  []Record
		declared bool
		want     bool
	}{
		{"nobody", []Record{practitioner("s")}, false, false},
		{"nobody, and the list is declared complete", nil, true, true},
		{"somebody since today", []Record{with(AssistantNurse, "2026-11-21")}, false, true},
		{"somebody from tomorrow", []Record{with(AssistantNurse, "2026-11-22")}, false, false},
		{"somebody from tomorrow and somebody always", []Record{with(AssistantNurse, "2026-11-22"), with(AssistantNurse, "")}, false, true},
		{"somebody with the routine first and a certificate then", []Record{func() Record {
			r := with(RoutineAcknowledged, "2024-01-01")
			r.Staff.Qualifications = append(r.Staff.Qualifications, Qualification{Kind: AssistantNurse})
			return r
		}()}, false, true},
		{"somebody transitional", []Record{with(AssistantNurseTransitional, "2024-01-01")}, false, true},
		{"the routine acknowledged is none", []Record{with(RoutineAcknowledged, "2024-01-01")}, false, false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := assemble(Input{Records: r.records, QualificationsDeclared: r.declared})
			if got := s.Roster.QualificationsKnownOn(today); got != r.want {
				t.Errorf("known is %v", got)
			}
		})
	}
}

func TestGaps(t *testing.T) {
	staff := SetOf(KindStaff)
	rows := []struct {
		name     string
		records  []Record
		unread   []Unreadable
		gaps     []Ref // clients with a gap
		unplaced int
		orphans  int
	}{
		{"a record of a client", []Record{patient("a"), patient("b")}, []Unreadable{{Ref: "CareTeam/t", Client: "Patient/a"}}, []Ref{"Patient/a"}, 0, 0},
		{"a record of a client by identifier", []Record{patient("a", ident(1))}, []Unreadable{{Ref: "CareTeam/t", Client: LogicalRef(ident(1))}}, []Ref{"Patient/a"}, 0, 0},
		{"a record by an identifier of nobody is unplaced", []Record{patient("a")}, []Unreadable{{Ref: "CareTeam/t", Client: LogicalRef(ident(1))}}, nil, 1, 0},
		{"a record of nobody is unplaced", []Record{patient("a")}, []Unreadable{{Ref: "CareTeam/t"}}, nil, 1, 0},
		{"a line without a reference is unplaced", []Record{patient("a")}, []Unreadable{{Path: "x.ndjson:7", Reason: "no"}}, nil, 1, 0},
		{"the client's own record", []Record{team("t", "Patient/a", "Practitioner/s")}, []Unreadable{{Ref: "Patient/a", Client: "Patient/a"}}, []Ref{"Patient/a"}, 0, 0},
		{"the client's own record, which does not say so", nil, []Unreadable{{Ref: "Patient/a", Facts: SetOf(KindClient)}}, []Ref{"Patient/a"}, 0, 0},
		{"a client who was never read", []Record{team("u", "Patient/a", "Practitioner/s")}, []Unreadable{{Ref: "CareTeam/t", Client: "Patient/a"}}, []Ref{"Patient/a"}, 0, 1},
		{"a contact", []Record{patient("a"), patient("b"), team("t", "Patient/a", "Practitioner/s")}, []Unreadable{{Ref: "Practitioner/s", Staff: "Practitioner/s", Facts: staff}}, []Ref{"Patient/a"}, 0, 0},
		{"a contact's employment", []Record{patient("a"), practitioner("s"), team("t", "Patient/a", "Practitioner/s")}, []Unreadable{{Ref: "PractitionerRole/r", Staff: "Practitioner/s"}}, []Ref{"Patient/a"}, 0, 0},
		{"the employment that an assignment names", []Record{patient("a"), team("t", "Patient/a", "PractitionerRole/r")}, []Unreadable{{Ref: "PractitionerRole/r", Staff: "Practitioner/s"}}, []Ref{"Patient/a"}, 0, 0},
		{"an employment of nobody knows whom", []Record{patient("a"), team("t", "Patient/a", "PractitionerRole/r")}, []Unreadable{{Ref: "PractitionerRole/r", Facts: SetOf(KindEmployment, KindStaffAbsence)}}, []Ref{"Patient/a"}, 1, 0},
		{"staff who is nobody's contact", []Record{patient("a"), team("t", "Patient/a", "Practitioner/s")}, []Unreadable{{Ref: "Practitioner/x", Staff: "Practitioner/x", Facts: staff}}, nil, 0, 0},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := assemble(Input{System: "x", Records: r.records, Unreadable: r.unread})
			var gaps []Ref
			for _, c := range s.Clients {
				if len(c.Gaps) > 0 {
					gaps = append(gaps, c.Ref)
					if c.Gaps[0].Source != "x" {
						t.Errorf("%+v", c.Gaps[0])
					}
				}
			}
			if !slices.Equal(gaps, r.gaps) || len(s.Unplaced) != r.unplaced || len(s.Orphans) != r.orphans || len(s.Unreadable) != 1 {
				t.Errorf("gaps %v, unplaced %v, orphans %v, unreadable %v", gaps, s.Unplaced, s.Orphans, s.Unreadable)
			}
		})
	}
}

func TestAnUnreadableContactConcernsOnlyAssignmentsThatHold(t *testing.T) {
	rows := []struct {
		name string
		a    Assignment
		want bool
	}{
		{"holds", Assignment{}, true},
		{"ended yesterday", Assignment{Period: Period{End: today - 1}}, false},
		{"begins tomorrow", Assignment{Period: Period{Start: today + 1}}, false},
		{"inactive", Assignment{Inactive: true}, false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			r.a.Team, r.a.Member = "CareTeam/t", "Practitioner/s"
			s := assemble(Input{
				Records:    []Record{patient("a"), {Ref: "CareTeam/t", Client: "Patient/a", Facts: Facts{Assignments: []Assignment{r.a}}}},
				Unreadable: []Unreadable{{Ref: "Practitioner/s", Staff: "Practitioner/s", Reason: "no"}},
			})
			if got := len(s.Clients[0].Gaps) > 0; got != r.want {
				t.Errorf("gap is %v", got)
			}
			if !s.Roster.Staff()["Practitioner/s"].Unreadable || s.Roster.Staff()["Practitioner/s"].Read {
				t.Error("the person is not marked")
			}
		})
	}
}

func TestAChangedSubjectMakesOldAndNewUnknown(t *testing.T) {
	s := assemble(Input{
		Records: []Record{patient("old"), patient("new"), patient("other"), {
			Ref: "CareTeam/t", Version: "1", Client: "Patient/old", Facts: Facts{Assignments: []Assignment{{Team: "CareTeam/t"}}},
		}},
		Unreadable: []Unreadable{{Ref: "CareTeam/t", Version: "2", Client: "Patient/new", Reason: "no"}},
	})
	for ref, want := range map[Ref]int{"Patient/old": 1, "Patient/new": 1, "Patient/other": 0} {
		if got := find(t, s, ref); len(got.Gaps) != want || len(got.Assignments) != 0 {
			t.Errorf("%s has %d gaps", ref, len(got.Gaps))
		}
	}
}

func TestAChangedEmploymentThatCannotBeReadConcernsBothPersons(t *testing.T) {
	old := role("r", "Practitioner/a")
	old.Version = "1"
	s := assemble(Input{
		Records: []Record{
			patient("a"), patient("b"), practitioner("a"), practitioner("b"), old,
			team("ta", "Patient/a", "Practitioner/a"), team("tb", "Patient/b", "Practitioner/b"),
		},
		Unreadable: []Unreadable{{Ref: "PractitionerRole/r", Version: "2", Staff: "Practitioner/b", Reason: "no"}},
	})
	for _, c := range s.Clients {
		if len(c.Gaps) != 1 {
			t.Errorf("%s has %d gaps", c.Ref, len(c.Gaps))
		}
	}
	if !s.Roster.Staff()["Practitioner/a"].Unreadable || !s.Roster.Staff()["Practitioner/b"].Unreadable || !s.Roster.Staff()["Practitioner/b"].Read {
		t.Error("the persons are not marked")
	}
}

func TestAnUnreadablePatientCountsAsProtected(t *testing.T) {
	open := patient("a")
	s := assemble(Input{Records: []Record{open}, Unreadable: []Unreadable{{Ref: "Patient/a", Version: "2", Client: "Patient/a", Reason: "no"}}})
	if c := find(t, s, "Patient/a"); !c.Protected || len(c.Gaps) != 1 {
		t.Errorf("%+v", c)
	}
}

func TestRecordsThatContradictEachOtherAreNamed(t *testing.T) {
	a, b := team("t", "Patient/a", "Practitioner/s"), team("t", "Patient/b", "Practitioner/s")
	s := assemble(Input{Records: []Record{patient("a"), patient("b"), a, b, a}})
	if len(s.Unreadable) != 2 || s.Unreadable[0].Ref != "CareTeam/t" || s.Unreadable[0].Facts != SetOf(KindAssignment) {
		t.Fatalf("%+v", s.Unreadable)
	}
	for _, c := range s.Clients {
		if len(c.Gaps) == 0 || len(c.Assignments) != 0 {
			t.Errorf("%+v", c)
		}
	}
	x, y := role("r", "Practitioner/s"), role("r", "Practitioner/u")
	s = assemble(Input{Records: []Record{patient("a"), practitioner("s"), team("t", "Patient/a", "Practitioner/s"), x, y}})
	if len(s.Clients[0].Gaps) == 0 || len(s.Unplaced) != 0 {
		t.Errorf("%+v", s.Clients[0])
	}
	p, q := practitioner("s"), practitioner("s", ident(1))
	s = assemble(Input{Records: []Record{patient("a"), p, q, team("t", "Patient/a", "Practitioner/s")}})
	if len(s.Clients[0].Gaps) == 0 {
		t.Errorf("%+v", s.Clients[0])
	}
}

func TestIncompleteKindsAreEverybodysGap(t *testing.T) {
	s := assemble(Input{Records: []Record{patient("a"), patient("b")}, Incomplete: []Gap{
		{Source: "x", Facts: SetOf(KindPlan), Reason: "page 2"}, {Source: "x", Facts: SetOf(KindReview), Reason: "page 3"},
	}})
	for _, c := range s.Clients {
		if len(c.Gaps) != 2 {
			t.Errorf("%+v", c.Gaps)
		}
	}
	if s.Roster.Incomplete != SetOf(KindPlan, KindReview) {
		t.Errorf("%v", s.Roster.Incomplete.Kinds())
	}
}

func TestOrphans(t *testing.T) {
	s := assemble(Input{
		Records: []Record{team("t", "Patient/nowhere", "Practitioner/s"), {Ref: "CareTeam/u", Facts: Facts{Assignments: []Assignment{{}}}}},
		Visits:  map[Ref][]Visit{"Patient/nowhere": {{}, {}}}, Notes: map[Ref][]Note{"Patient/nowhere": {{}}},
		Answers: map[Ref][]Answer{"Patient/nowhere": {{}}},
	})
	want := []Orphan{{"", "Patient/nowhere"}, {"CareTeam/t", "Patient/nowhere"}, {"CareTeam/u", ""}}
	if !slices.Equal(s.Orphans, want) || len(s.Clients) != 0 {
		t.Errorf("%v", s.Orphans)
	}
}

func TestUnitsAreKept(t *testing.T) {
	s := assemble(Input{Records: []Record{{Ref: "Organization/u", Facts: Facts{Unit: &Unit{Ref: "Organization/u", Name: "Norra"}}}}})
	if s.Roster.Units["Organization/u"].Name != "Norra" || len(s.Orphans) > 0 {
		t.Errorf("%+v", s.Roster.Units)
	}
}

func TestTheOrderOfRecordsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var in Input
		in.AsOf, in.Names = today, NewNames("Practitioner/a", "PractitionerRole/b", "Practitioner/c")
		id := func(label string) string { return rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, label) }
		for range rapid.IntRange(0, 12).Draw(rt, "records") {
			var r Record
			switch rapid.IntRange(0, 4).Draw(rt, "type") {
			case 0:
				r = patient(id("patient"), ident(byte(rapid.IntRange(1, 3).Draw(rt, "identifier"))))
			case 1:
				r = practitioner(id("staff"), ident(byte(rapid.IntRange(1, 3).Draw(rt, "identifier"))))
			case 2:
				r = role(id("role"), Ref("Practitioner/"+id("person")))
			case 3:
				r = team(id("team"), Ref("Patient/"+id("client")), Ref("Practitioner/"+id("member")))
			default:
				r = team(id("team"), LogicalRef(ident(byte(rapid.IntRange(1, 3).Draw(rt, "client")))), Ref("PractitionerRole/"+id("member")))
			}
			r.Version = rapid.SampledFrom([]string{"", "1", "2", "x"}).Draw(rt, "version")
			in.Records = append(in.Records, r)
		}
		for range rapid.IntRange(0, 4).Draw(rt, "unreadable") {
			in.Unreadable = append(in.Unreadable, Unreadable{
				Ref:     Ref(rapid.SampledFrom([]string{"Patient/", "Practitioner/", "CareTeam/"}).Draw(rt, "type") + id("id")),
				Version: rapid.SampledFrom([]string{"", "1", "2"}).Draw(rt, "version"),
				Client:  Ref(rapid.SampledFrom([]string{"", "Patient/a", "Patient/z"}).Draw(rt, "client")),
				Staff:   Ref(rapid.SampledFrom([]string{"", "Practitioner/a"}).Draw(rt, "staff")),
			})
		}
		a := Assemble(in)
		shuffled := in
		shuffled.Records = rapid.Permutation(in.Records).Draw(rt, "order")
		shuffled.Unreadable = rapid.Permutation(in.Unreadable).Draw(rt, "order")
		for all := shuffled.Records; len(all) > 0; { // how they are cut in pieces does not matter either
			n := rapid.IntRange(0, len(all)).Draw(rt, "cut")
			if n == len(all) {
				shuffled.Records = all
				break
			}
			shuffled.More = append(shuffled.More, Pack(all[n:]...))
			shuffled.Records, all = nil, all[:n]
		}
		if b := Assemble(shuffled); !reflect.DeepEqual(a, b) {
			rt.Fatalf("\n%+v\n%+v", a, b)
		}
	})
}
