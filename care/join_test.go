package care

import (
	"maps"
	"slices"
	"testing"
)

// The two systems of these tests: a record system that knows the clients, and a
// FHIR server that receives, whose own references stand as they are.
const (
	recordFacts = FactSet(1<<KindClient | 1<<KindUnit | 1<<KindPlacement | 1<<KindStaff | 1<<KindAssignment | 1<<KindVisit)
	fhirFacts   = FactSet(1<<KindDecision | 1<<KindPlan)
)

func person(ref Ref, ids ...Identifier) Record {
	return Record{Ref: ref, Client: ref, Facts: Facts{Person: &PersonFact{Identifiers: ids}}}
}

func nurse(ref Ref, q []Qualification, ids ...Identifier) Record {
	return Record{Ref: ref, Facts: Facts{Staff: &StaffFact{Identifiers: ids, Qualifications: q}}}
}

func house(ref Ref, name string, ids ...string) Record {
	return Record{Ref: ref, Facts: Facts{Unit: &Unit{Ref: ref, Name: name, Identifiers: ids}}}
}

func planOf(ref, client Ref) Record {
	return Record{Ref: ref, Client: client, Facts: Facts{Plans: []Plan{{Ref: ref, Kind: Implementation, Active: true}}}}
}

func part(system string, plain bool, authority FactSet, records ...Record) Part {
	return Part{System: system, Plain: plain, Authority: authority, Input: Input{Records: records, AsOf: day("2026-11-21")}}
}

// joinedClient gives the client of the joined systems that a reference names.
func joinedClient(t *testing.T, j Joined, ref Ref) *Client {
	t.Helper()
	s := Assemble(j.Input)
	i := slices.IndexFunc(s.Clients, func(c *Client) bool { return c.Ref == ref })
	if i < 0 {
		t.Fatalf("there is no client %s among %d", ref, len(s.Clients))
	}
	return s.Clients[i]
}

func TestJoinPeople(t *testing.T) {
	one, two, three := ident(1), ident(2), ident(3)
	wrong := Identifier{Kind: Personnummer, Hash: ident(9).Hash}
	for _, c := range []struct {
		name     string
		lifecare []Record
		fhir     []Record
		plans    int // of lifecare:client/1
		unjoined []Unjoined
		unknown  bool // lifecare:client/1 is unknown
	}{
		{
			name:     "a person with one identifier in both systems is one client",
			lifecare: []Record{person("client/1", one)},
			fhir:     []Record{person("Patient/a", one), planOf("CarePlan/p", "Patient/a")},
			plans:    1,
		},
		{
			name:     "equal local ids of two systems are two people",
			lifecare: []Record{person("client/1", one)},
			fhir:     []Record{person("client/1", two), planOf("plan/p", "client/1")},
			unjoined: []Unjoined{{System: "journal", Ref: "client/1", Kind: KindClient}},
		},
		{
			name:     "a number that is not valid joins nobody",
			lifecare: []Record{person("client/1", wrong)},
			fhir:     []Record{person("Patient/a", wrong), planOf("CarePlan/p", "Patient/a")},
			unjoined: []Unjoined{{System: "journal", Ref: "Patient/a", Kind: KindClient}},
		},
		{
			name:     "two people of the other system who would be one are joined to nobody, and the client is unknown",
			lifecare: []Record{person("client/1", one)},
			fhir:     []Record{person("Patient/a", one), person("Patient/b", one), planOf("CarePlan/p", "Patient/a")},
			unknown:  true,
			unjoined: []Unjoined{
				{System: "journal", Ref: "Patient/a", Kind: KindClient, Several: true},
				{System: "journal", Ref: "Patient/b", Kind: KindClient, Several: true},
			},
		},
		{
			name:     "one person who would be two here is joined to neither",
			lifecare: []Record{person("client/1", one), person("client/2", two)},
			fhir:     []Record{person("Patient/a", one, two), planOf("CarePlan/p", "Patient/a")},
			unknown:  true,
			unjoined: []Unjoined{{System: "journal", Ref: "Patient/a", Kind: KindClient, Several: true}},
		},
		{
			name:     "a change of number is followed when the other system has both",
			lifecare: []Record{person("client/1", two)},
			fhir:     []Record{person("Patient/a", one, two), planOf("CarePlan/p", LogicalRef(one))},
			plans:    1,
		},
		{
			name:     "a change of number is followed when the record system has both",
			lifecare: []Record{person("client/1", one, two)},
			fhir:     []Record{person("Patient/a", one), planOf("CarePlan/p", "Patient/a")},
			plans:    1,
		},
		{
			name:     "a fact may name the person by identifier, without any list of people",
			lifecare: []Record{person("client/1", one)},
			fhir:     []Record{planOf("row/1", LogicalRef(one)), planOf("row/2", LogicalRef(three))},
			plans:    1,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := Join([]Part{part("lifecare", false, recordFacts, c.lifecare...), part("journal", true, fhirFacts, c.fhir...)})
			got := joinedClient(t, j, "lifecare:client/1")
			if len(got.Plans) != c.plans || (len(got.Gaps) > 0) != c.unknown {
				t.Errorf("%d plans, gaps %v; want %d, unknown %v", len(got.Plans), got.Gaps, c.plans, c.unknown)
			}
			if !slices.Equal(j.Unjoined, c.unjoined) {
				t.Errorf("unjoined %v, want %v", j.Unjoined, c.unjoined)
			}
		})
	}
}

func TestJoinTellsWhoSomebodyIsElsewhere(t *testing.T) {
	j := Join([]Part{
		part("lifecare", false, recordFacts, person("client/1", ident(1)), nurse("staff/7", nil, ident(5)), house("unit/3", "Norra")),
		part("journal", true, fhirFacts, person("Patient/a", ident(1)), nurse("Practitioner/s", nil, ident(5)), house("Organization/n", " norra ")),
	})
	want := map[Ref]Ref{"lifecare:client/1": "Patient/a", "lifecare:staff/7": "Practitioner/s", "lifecare:unit/3": "Organization/n"}
	if got := j.There["journal"]; !maps.Equal(got, want) {
		t.Errorf("in the journal: %v, want %v", got, want)
	}
	if got := j.There["lifecare"]["lifecare:client/1"]; got != "client/1" {
		t.Errorf("in the record system: %q", got)
	}
}

func TestJoinUnits(t *testing.T) {
	for _, c := range []struct {
		name       string
		here, them []Record
		want       Ref // what journal calls lifecare:unit/1
	}{
		{"units with one identifier are one, whatever they are called", []Record{house("unit/1", "Norra", "SE1")}, []Record{house("Organization/a", "Hemtjänst Norr", "SE1")}, "Organization/a"},
		{"units with one name are one", []Record{house("unit/1", "Norra")}, []Record{house("Organization/a", "norra")}, "Organization/a"},
		{"a name that two units have joins none", []Record{house("unit/1", "Norra")}, []Record{house("Organization/a", "Norra"), house("Organization/b", "Norra")}, ""},
		{"a name that two units here have joins none", []Record{house("unit/1", "Norra"), house("unit/2", "Norra")}, []Record{house("Organization/a", "Norra")}, ""},
		{"units without a name are not one", []Record{house("unit/1", "")}, []Record{house("Organization/a", "")}, ""},
		{"an identifier of two units joins none", []Record{house("unit/1", "A", "SE1"), house("unit/2", "B", "SE1")}, []Record{house("Organization/a", "A", "SE1")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := Join([]Part{part("lifecare", false, recordFacts, c.here...), part("journal", true, fhirFacts, c.them...)})
			if got := j.There["journal"]["lifecare:unit/1"]; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A consent may name a care home by an identifier that only one of the systems has.
func TestACareHomeIsTheUnitOfThePlacementInOne(t *testing.T) {
	placed := func(ref Ref, unit Ref, start string) Placement {
		return Placement{Ref: ref, Setting: CareHome, Unit: unit, Period: Period{Start: day(start)}}
	}
	for _, c := range []struct {
		name       string
		service    Service
		placements []Placement
		want       Ref
	}{
		{"a service that never says who carries it out is that of the placement", Service{Code: CareHomeService, Unplaced: true}, []Placement{placed("e/1", "unit/1", "2026-12-01")}, "unit/1"},
		{"of several placements it is that of the first", Service{Code: CareHomeService, Unplaced: true}, []Placement{placed("e/1", "unit/1", "2026-12-05"), placed("e/2", "unit/2", "2026-12-01")}, "unit/2"},
		{
			"a placement that was over before counts for nothing",
			Service{Code: CareHomeService, Unplaced: true, Period: Period{Start: day("2026-12-01")}},
			[]Placement{{Ref: "e/1", Setting: CareHome, Unit: "unit/1", Period: Period{End: day("2026-11-30")}}},
			"",
		},
		{"home care is no care home", Service{Code: CareHomeService, Unplaced: true}, []Placement{{Ref: "e/1", Setting: HomeCare, Unit: "unit/1"}}, ""},
		{"a source that says it sometimes is not guessed for", Service{Code: CareHomeService}, []Placement{placed("e/1", "unit/1", "2026-12-01")}, ""},
		{"other services are nobody's", Service{Code: PersonalCare, Unplaced: true}, []Placement{placed("e/1", "unit/1", "2026-12-01")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := assemble(Input{Records: []Record{
				patient("1"),
				{Ref: "s/1", Client: "Patient/1", Facts: Facts{Services: []Service{c.service}}},
				{Ref: "e/1", Client: "Patient/1", Facts: Facts{Placements: c.placements}},
			}})
			if got := s.Clients[0].Services[0].Performer; got != c.want {
				t.Errorf("it is %q, want %q", got, c.want)
			}
		})
	}
}

func TestJoinUnitsLearnEachOthersIdentifiers(t *testing.T) {
	there := house("Organization/a", "Solgården", "SE2321000000-E000000000001")
	there.Unit.Also = []Ref{LogicalRef(ident(77))}
	j := Join([]Part{part("lifecare", false, recordFacts, house("unit/1", "Solgården")), part("journal", true, fhirFacts, there)})
	u := Assemble(j.Input).Roster.Units["lifecare:unit/1"]
	if !slices.Contains(u.Identifiers, "SE2321000000-E000000000001") || !slices.Contains(u.Also, LogicalRef(ident(77))) {
		t.Errorf("the unit is known as %v and %v", u.Identifiers, u.Also)
	}
}

func TestJoinQualificationsOfAList(t *testing.T) {
	valid := func(from string) []Qualification {
		return []Qualification{{Kind: AssistantNurse, Period: Period{Start: day(from)}}}
	}
	hr := part("hr", false, SetOf(KindQualification),
		nurse("row/1", valid("2020-01-01"), ident(5)), nurse("row/2", valid("2021-01-01"), ident(5)), nurse("row/3", valid("2022-01-01"), ident(6)))
	hr.Rows = true
	j := Join([]Part{part("lifecare", false, recordFacts, nurse("staff/7", valid("1999-01-01"), ident(5))), hr})
	staff := Assemble(j.Input).Roster.Staff()["lifecare:staff/7"]
	if staff == nil || len(staff.Qualifications) != 2 {
		t.Fatalf("staff %+v: the list's two certificates should be hers, and the record system's none", staff)
	}
	if want := []Unjoined{{System: "hr", Ref: "hr:row/3", Kind: KindStaff}}; !slices.Equal(j.Unjoined, want) {
		t.Errorf("unjoined %v, want %v", j.Unjoined, want)
	}
}

func TestJoinTakesTheFirstSystemInTheOrder(t *testing.T) {
	parts := func(first, second []Record) []Part {
		a, b := part("a", false, recordFacts|fhirFacts, append(first, person("client/1", ident(1)))...), part("b", false, SetOf(KindPlan), second...)
		b.Rank = map[FactKind]int{KindPlan: 1}
		return []Part{a, b}
	}
	mine := LogicalRef(ident(1))
	for _, c := range []struct {
		name          string
		first, second []Record
		want          []Ref
	}{
		{"what only the second has counts", nil, []Record{planOf("plan/2", mine)}, []Ref{"b:plan/2"}},
		{"where both have some, the first system's count", []Record{planOf("plan/1", mine)}, []Record{planOf("plan/2", mine)}, []Ref{"a:plan/1"}},
		{"the choice is made client by client", []Record{planOf("plan/1", LogicalRef(ident(2)))}, []Record{planOf("plan/2", mine)}, []Ref{"b:plan/2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []Ref
			for _, p := range joinedClient(t, Join(parts(c.first, c.second)), "a:client/1").Plans {
				got = append(got, p.Ref)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("plans %v, want %v", got, c.want)
			}
		})
	}
}

func TestJoinVisitsAndNotes(t *testing.T) {
	names := NewNames("staff/7", "service/3")
	lifecare := part("lifecare", false, recordFacts|SetOf(KindNote, KindService),
		person("client/1", ident(1)), nurse("staff/7", nil, ident(5)),
		Record{Ref: "execution/5", Client: LogicalRef(ident(1)), Facts: Facts{Placements: []Placement{{Ref: "execution/5", Setting: HomeCare}}}})
	lifecare.Input.Names = names
	lifecare.Input.Visits = map[Ref][]Visit{LogicalRef(ident(1)): {{KeyLo: 1, Start: 1000, Staff: [2]uint32{1, 0}, BasedOn: 2}}}
	lifecare.Input.Notes = map[Ref][]Note{"execution/5": {{Key: 1, Author: 1}}, "execution/6": {{Key: 2}}}
	other := part("journal", true, fhirFacts, person("Patient/a", ident(1)))
	other.Input.Names = NewNames("Practitioner/x")
	j := Join([]Part{other, lifecare})
	c := joinedClient(t, j, "lifecare:client/1")
	if len(c.Visits) != 1 || j.Names.Ref(c.Visits[0].Staff[0]) != "lifecare:staff/7" || j.Names.Ref(c.Visits[0].BasedOn) != "lifecare:service/3" {
		t.Errorf("visits %+v", c.Visits)
	}
	if len(c.Notes) != 1 || j.Names.Ref(c.Notes[0].Author) != "lifecare:staff/7" {
		t.Errorf("notes %+v: the note of the client's own placement, by its author", c.Notes)
	}
}

func TestJoinImpliesProtectedClients(t *testing.T) {
	lifecare := part("lifecare", false, recordFacts, person("client/1", ident(1)),
		Record{Ref: "execution/5", Client: LogicalRef(ident(2)), Facts: Facts{Placements: []Placement{{Ref: "execution/5", Setting: HomeCare}}}})
	lifecare.Implied = true
	j := Join([]Part{lifecare, part("journal", true, fhirFacts, person("Patient/b", ident(2)))})
	s := Assemble(j.Input)
	if len(s.Clients) != 2 || len(s.Orphans) != 0 {
		t.Fatalf("%d clients, orphans %v", len(s.Clients), s.Orphans)
	}
	for _, c := range s.Clients {
		hidden := c.Ref != "lifecare:client/1"
		if c.Protected != hidden || hidden && len(c.Placements) != 1 {
			t.Errorf("%s: protected %v, %d placements", c.Ref, c.Protected, len(c.Placements))
		}
		if hidden && j.There["journal"][c.Ref] != "Patient/b" {
			t.Errorf("%s is not found in the journal", c.Ref)
		}
	}
}

// Only who stands in no list of clients that counts, nor in the system's own, is
// taken to be hidden; a number that another system has beside one that is listed is
// an earlier one.
func TestJoinImpliesNobodyWhoIsListed(t *testing.T) {
	first, second, third := ident(1), ident(2), ident(3)
	for _, c := range []struct {
		name    string
		journal []Record // knows the clients first
		own     []Record // of the record system, which implies
		order   bool     // the record system counts for clients too, after the journal
		third   []Record // of a system that is no authority for clients
		hidden  int      // clients that are implied
		plans   map[Ref]int
	}{
		{
			name:    "a client of the second authority is one of its own list",
			journal: []Record{person("Patient/a", first)},
			own:     []Record{person("client/2", second), planOf("plan/2", LogicalRef(second))},
			order:   true,
			plans:   map[Ref]int{"lifecare:client/2": 1, "Patient/a": 0},
		},
		{
			name:    "somebody of the system's own list whom the authority does not know is not joined, and not hidden",
			journal: []Record{person("Patient/a", first)},
			own:     []Record{person("client/2", second), planOf("plan/2", LogicalRef(second))},
			plans:   map[Ref]int{"Patient/a": 0},
		},
		{
			name:    "rows with an earlier number, which another system tells, are the client's",
			journal: []Record{person("Patient/a", second)},
			own:     []Record{planOf("plan/1", LogicalRef(first)), planOf("plan/2", LogicalRef(second))},
			third:   []Record{person("person/9", second, first)},
			plans:   map[Ref]int{"Patient/a": 2},
		},
		{
			name:    "a number that two systems tell of two people is nobody's earlier one",
			journal: []Record{person("Patient/a", second), person("Patient/b", third)},
			own:     []Record{planOf("plan/1", LogicalRef(first))},
			third:   []Record{person("person/8", third, first), person("person/9", second, first)},
			hidden:  1,
			plans:   map[Ref]int{"Patient/a": 0, "Patient/b": 0},
		},
		{
			name:    "one whom only a third system lists is hidden",
			journal: []Record{person("Patient/a", second)},
			own:     []Record{planOf("plan/1", LogicalRef(first))},
			third:   []Record{person("person/9", first)},
			hidden:  1,
			plans:   map[Ref]int{"Patient/a": 0},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			journal := part("journal", true, SetOf(KindClient), c.journal...)
			lifecare := part("lifecare", false, SetOf(KindPlan), c.own...)
			if lifecare.Implied = true; c.order {
				lifecare.Authority |= SetOf(KindClient)
				lifecare.Rank = map[FactKind]int{KindClient: 1}
			}
			j := Join([]Part{journal, lifecare, part("third", false, SetOf(KindDecision), c.third...)})
			hidden, plans := 0, map[Ref]int{}
			for _, got := range Assemble(j.Input).Clients {
				if got.Protected {
					hidden++
					continue
				}
				plans[got.Ref] = len(got.Plans)
			}
			if hidden != c.hidden || !maps.Equal(plans, c.plans) {
				t.Errorf("%d hidden, plans %v; want %d, %v", hidden, plans, c.hidden, c.plans)
			}
		})
	}
}

// Who is protected in one system is protected, whatever the others say: the one that is
// the authority may not have heard of it.
func TestWhoIsProtectedInOneSystemIsProtected(t *testing.T) {
	hidden := func(r Record) Record {
		r.Person.Protected = true
		return r
	}
	one, two := ident(1), ident(2)
	for _, c := range []struct {
		name     string
		lifecare []Record
		journal  []Record
		want     map[Ref]bool
	}{
		{
			"in the system that only tells who people are",
			[]Record{person("client/1", one), person("client/2", two)},
			[]Record{hidden(person("Patient/a", one)), person("Patient/b", two)},
			map[Ref]bool{"lifecare:client/1": true, "lifecare:client/2": false},
		},
		{
			"in the authority",
			[]Record{hidden(person("client/1", one))},
			[]Record{person("Patient/a", one)},
			map[Ref]bool{"lifecare:client/1": true},
		},
		{
			"where it could be either of two",
			[]Record{person("client/1", one), person("client/2", two)},
			[]Record{hidden(person("Patient/a", one, two))},
			map[Ref]bool{"lifecare:client/1": true, "lifecare:client/2": true},
		},
		{
			"where two records of the other system would be one",
			[]Record{person("client/1", one)},
			[]Record{person("Patient/a", one), hidden(person("Patient/b", one))},
			map[Ref]bool{"lifecare:client/1": true},
		},
		{
			"and one who is joined to nobody is nobody",
			[]Record{person("client/1", one)},
			[]Record{hidden(person("Patient/a", two))},
			map[Ref]bool{"lifecare:client/1": false},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Assemble(Join([]Part{part("lifecare", false, recordFacts, c.lifecare...), part("journal", true, fhirFacts, c.journal...)}).Input)
			got := map[Ref]bool{}
			for _, k := range s.Clients {
				got[k.Ref] = k.Protected
			}
			if !maps.Equal(got, c.want) {
				t.Errorf("protected: %v, want %v", got, c.want)
			}
		})
	}
}

// A number that is no valid one tells who is meant within its system, and joins
// nobody with another: two systems may both have given somebody the number 1.
func TestJoinWrongNumbersStayInTheirSystem(t *testing.T) {
	wrong := Identifier{Kind: Personnummer, Hash: ident(9).Hash}
	stay := func(ref Ref) Record {
		return Record{Ref: ref, Client: LogicalRef(wrong), Facts: Facts{Placements: []Placement{{Ref: ref, Setting: HomeCare}}}}
	}
	lifecare := part("lifecare", false, recordFacts, person("client/1", wrong), stay("execution/5"))
	lifecare.Implied = true
	s := Assemble(Join([]Part{lifecare, part("register", false, fhirFacts, planOf("plan/1", LogicalRef(wrong)))}).Input)
	if len(s.Clients) != 1 || len(s.Clients[0].Placements) != 1 || len(s.Clients[0].Plans) != 0 || len(s.Orphans) != 1 {
		t.Errorf("%d clients, the first %+v, orphans %v", len(s.Clients), s.Clients[0], s.Orphans)
	}
}

func TestJoinIncomplete(t *testing.T) {
	client, plans := SetOf(KindClient), SetOf(KindPlan)
	for _, c := range []struct {
		name   string
		system int
		gap    FactSet
		want   FactSet // the clients' gap; 0: none
	}{
		{"a kind of the authority makes its clients unknown", 0, client, client},
		{"plans of the system that is the authority for plans do", 1, plans, plans},
		{"plans that are read only because other facts refer to them make those unknown", 0, plans, recordFacts},
		{"people who only tell who is who make all that is joined to them unknown", 1, client, fhirFacts},
		{"units who only tell which is which make nobody unknown", 1, SetOf(KindUnit), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			parts := []Part{part("lifecare", false, recordFacts, person("client/1", ident(1))), part("journal", true, fhirFacts)}
			parts[c.system].Input.Incomplete = []Gap{{Source: "x", Facts: c.gap, Reason: "was not read whole"}}
			got := joinedClient(t, Join(parts), "lifecare:client/1")
			switch {
			case c.want == 0 && len(got.Gaps) == 0:
			case len(got.Gaps) == 1 && got.Gaps[0].Facts == c.want:
			default:
				t.Errorf("gaps %+v, want %v", got.Gaps, c.want.Kinds())
			}
		})
	}
}
