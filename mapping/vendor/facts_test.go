package vendor

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"brygga/care"
)

// everyFact is a mapping in which every field of every fact is given.
const everyFact = `mapping: all
records:
  client: {path: /x, key: Id, shape: {Id: int, P: person, Q: person, D: date, F: bool, T: string}}
  unit: {path: /x, key: Id, shape: {Id: int, T: string, U: string, F: bool}}
  staff: {path: /x, key: Id, shape: {Id: int, P: person, T: string, S: string, D: date, E: date, F: bool, A: date}}
  away: {path: /x, key: Id, shape: {Id: int, N: int, D: date, E: date}}
  stay: {path: /x, key: Id, shape: {Id: int, P: person, C: string, D: date, E: date, F: bool, X: string, Y: string, L: [string], K: int}}
  visit: {path: /x, key: Id, shape: {Id: int, P: person, A: datetime, B: datetime, L: [string], S: [int], V: [int]}}
  note: {path: /x, key: Id, shape: {Id: int, K: int, D: datetime, S: string}}
facts:
  client: {from: client, person: person(P), former: person(Q), born: D, protected: F, deceased: F, deceased_on: D, unit: 'ref(unit, Id)', number: T}
  unit: {from: unit, name: T, identifiers: '[U]', part_of: 'ref(unit, Id)', care_home: F}
  staff: {from: staff, person: person(P), hsa: hsa(T), known_as: 'local(sign, S)', title: T}
  qualification: {from: staff, kind: S, start: D, end: E}
  employment: {from: staff, staff: 'ref(staff, Id)', unit: 'ref(unit, Id)', start: D, end: E, left: F}
  absence:
    - {from: staff, where: not absent(A), staff: 'ref(staff, Id)', start: A}
    - {from: away, staff: 'ref(staff, N)', start: D, end: E}
  placement: {from: stay, where: X == "placement", renewed_within: 7, client: person(P), setting: C, unit: 'ref(unit, K)', start: D, end: E}
  service: {from: stay, where: X == "service", client: person(P), code: C, setting: 'Y == "SE1" ? "home-care" : Y', decided: D, start: D, end: E, first_carried: E, performer: 'orgnr(len(L) > 0 ? L[0] : "")'}
  assignment: {from: stay, where: X == "assignment", client: person(P), staff: hsa(Y), unit: 'ref(unit, K)', start: D, end: E, inactive: F}
  contact-decision: {from: stay, where: X == "decision", client: person(P), decision: C, date: D}
  information: {from: stay, where: X == "information", client: person(P), topic: C, to: L, medium: L, organizations: 'ref(unit, K)', date: D}
  plan: {from: stay, where: X == "plan", client: person(P), kind: C, created: D, start: D, end: E, active: F, author: hsa(Y), participated: 'len(L) > 0 ? L[0] : nil', follow_ups: '[D, E]'}
  review: {from: stay, where: X == "review", client: person(P), plan: 'ref(stay, K)', date: D, by: hsa(Y)}
  deviation: {from: stay, where: X == "deviation", client: person(P), date: D, remedied: E}
  risk: {from: stay, where: X == "risk", client: person(P), level: C, date: D}
  client-absence: {from: stay, where: X == "away", client: person(P), start: D, end: E}
  relative: {from: stay, where: X == "relative", client: person(P), person: hsa(Y), decides: F, active: F, start: D, end: E}
  consent: {from: stay, where: X == "consent", client: person(P), effect: C, given_by: person(P), recipient: 'ref(unit, K)', sections: L, date: D, start: D, end: E, revoked: F}
  visit: {from: visit, client: person(P), staff: 'map(S, ref(staff, #))', start: A, end: B, services: L, based_on: 'map(V, ref(stay, #))'}
  note: {from: note, client: 'of(stay, K)', date: D, author: 'local(sign, S)'}
`

func TestEveryFieldOfEveryFact(t *testing.T) {
	m, err := Parse("m.yaml", everyFact)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(kind, code, rest string) string {
		return fmt.Sprintf(`{"Id":1,"P":"195009072553","X":%q,"C":%q,"D":"2026-01-01","E":"2026-02-02","Y":"SE1","K":4%s}`, kind, code, rest)
	}
	for _, c := range []struct{ name, list, row, want string }{
		{
			"a client with all that is known", "client", `{"Id":1,"P":"195009072553","Q":"196101182803","D":"1950-09-07","F":true,"T":"4711"}`,
			"client person=[person(P), person(Q)] born=1950-09-07 protected=true deceased=true deceased_on=1950-09-07 unit=unit/1 number=4711",
		},
		{"a client of whom nothing is known", "client", `{"Id":1}`, "client unit=unit/1"},
		{"a number that is a person number is no number for lists", "client", `{"Id":1,"T":"19500907-2553"}`, "client unit=unit/1"},
		{"a unit", "unit", `{"Id":1,"T":"Norra","U":"212000-0142","F":true}`, "unit name=Norra identifiers=[212000-0142] part_of=unit/1 care_home=true"},
		{
			"staff, with a qualification, an employment and an absence", "staff", `{"Id":1,"P":"196101182803","T":"SE1","S":"assistant-nurse","D":"2026-01-01","E":"2026-02-02","F":true,"A":"2026-03-03"}`,
			"staff person=[person(P), hsa(T), local(sign, S)] title=SE1 | qualification kind=assistant-nurse start=2026-01-01 end=2026-02-02 | employment staff=staff/1 unit=unit/1 start=2026-01-01 end=2026-02-02 left=true | absence start=2026-03-03",
		},
		{"staff with another qualification than those that count", "staff", `{"Id":1,"S":"none"}`, "staff person=[local(sign, S)] | employment staff=staff/1 unit=unit/1"},
		{"an absence of somebody whose employment is elsewhere is no employment that holds", "away", `{"Id":1,"N":7,"D":"2026-01-01"}`, "employment staff=staff/7 left=true | absence start=2026-01-01"},
		{"an absence of nobody", "away", `{"Id":1,"D":"2026-01-01"}`, "m.yaml:18: absence.staff: the member of staff is missing"},
		{"home care", "stay", stay("placement", "home-care", ""), "placement client=person(P) setting=home-care unit=unit/4 start=2026-01-01 end=2026-02-02"},
		{"a setting of which nothing is made", "stay", stay("placement", "none", ""), ""},
		{"a setting that is none", "stay", stay("placement", "hospital", ""), "m.yaml:19: setting: a code that is not one of those that the field may have"},
		{"no setting", "stay", stay("placement", "", ""), "m.yaml:19: placement.setting: is missing"},
		{"a service", "stay", stay("service", "cleaning", `,"L":["2120000142"]`), "service client=person(P) code=cleaning setting=home-care decided=2026-01-01 start=2026-01-01 end=2026-02-02 first_carried=2026-02-02 performer=orgnr(L)"},
		{"an assignment", "stay", stay("assignment", "", `,"F":true`), "assignment client=person(P) staff=hsa(Y) unit=unit/4 start=2026-01-01 end=2026-02-02 inactive=true"},
		{"each decision", "stay", stay("decision", "offered", ""), "contact-decision client=person(P) decision=offered date=2026-01-01"},
		{"a wish to change", "stay", stay("decision", "change-requested", ""), "contact-decision client=person(P) decision=change-requested date=2026-01-01"},
		{
			"information to both, in two ways", "stay", stay("information", "right-to-change", `,"L":["none"]`),
			"information client=person(P) topic=right-to-change organizations=[unit/4] date=2026-01-01",
		},
		{
			"a plan", "stay", stay("plan", "sip", `,"F":true,"L":["yes"]`),
			"plan client=person(P) kind=sip created=2026-01-01 start=2026-01-01 end=2026-02-02 active=true author=hsa(Y) participated=yes follow_ups=[2026-01-01, 2026-02-02]",
		},
		{"a review of a plan", "stay", stay("review", "", ""), "review client=person(P) plan=stay/4 date=2026-01-01 by=[hsa(Y)]"},
		{"a deviation", "stay", stay("deviation", "", ""), "deviation client=person(P) date=2026-01-01 remedied=2026-02-02"},
		{"a high risk", "stay", stay("risk", "certain", ""), "risk client=person(P) date=2026-01-01 level=high"},
		{"a risk that is not high is no fact", "stay", stay("risk", "other", ""), ""},
		{"a client who is away", "stay", stay("away", "", ""), "client-absence client=person(P) start=2026-01-01 end=2026-02-02"},
		{"a guardian", "stay", stay("relative", "", `,"F":true`), "relative client=person(P) person=[hsa(Y)] decides=true start=2026-01-01 end=2026-02-02"},
		{"a relative who no longer is one", "stay", stay("relative", "", `,"F":false`), ""},
		{
			"a consent", "stay", stay("consent", "permit", `,"L":["plan","sip"]`),
			"consent client=person(P) effect=permit giver_recorded=true given_by=[person(P)] recipient=[unit/4] sections=[plan, sip] date=2026-01-01 start=2026-01-01 end=2026-02-02",
		},
		{"a row that is none of these", "stay", stay("else", "", ""), ""},
		{
			"a visit by three, of two granted services", "visit", `{"Id":1,"P":"195009072553","A":"2026-01-01T08:00:00","B":"2026-01-01T08:20:00","L":["cleaning","other","none"],"S":[1,2,3],"V":[8,9]}`,
			"visit client=person(P) staff=[staff/1, staff/2, staff/3] start=2026-01-01 08:00 minutes=20 services=[cleaning, other] based_on=[stay/8, stay/9]",
		},
		{"a visit of which the time is not known took place", "visit", `{"Id":1,"P":"195009072553"}`, "visit client=person(P) minutes=0"},
		{"a visit that ended before it began is of no length", "visit", `{"Id":1,"P":"195009072553","A":"2026-01-01T08:00:00","B":"2026-01-01T07:20:00"}`, "visit client=person(P) start=2026-01-01 08:00 minutes=0"},
		{"a note, of the client of another record", "note", `{"Id":1,"K":4,"D":"2026-01-01T23:30:00Z","S":"AB"}`, "note client=stay/4 date=2026-01-02 author=local(sign, S)"},
		{"a note of no client", "note", `{"Id":1,"D":"2026-01-01T23:30:00Z"}`, "m.yaml:32: note.client: the client is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := Explain(m, nil, c.list, []byte("["+c.row+"]"))
			if err != nil {
				t.Fatal(err)
			}
			var facts []string
			for _, f := range e[0].Facts {
				line := f.Kind
				for _, s := range f.Fields {
					line += " " + s.Name + "=" + s.Text()
				}
				facts = append(facts, line)
			}
			got := strings.Join(facts, " | ")
			if e[0].Reason != "" {
				got = e[0].Path + ": " + e[0].Reason
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestOneRowNamesOneClient(t *testing.T) {
	m := mapper(t, `mapping: two
records: {a: {path: /a, key: Id, shape: {Id: int, A: person, B: person}}}
facts:
  relative: {from: a, client: person(A)}
  client-absence: {from: a, client: person(B)}
`, nil)
	g := read(t, m, "a", `[{"Id":1,"A":"195009072553","B":"196101182803"},{"Id":2,"A":"195009072553","B":"195009072553"}]`)
	if len(g.records) != 1 || len(g.unreadable) != 1 || g.unreadable[0].Reason != "one row names two clients" {
		t.Errorf("%+v", g)
	}
}

// Facts from several systems meet by the keyed hash of the person, and the list
// of certificates reaches the contact who is named by a person number elsewhere.
func TestFactsOfOneSystemAssemble(t *testing.T) {
	m := mapper(t, "lifecare", map[string]string{"contact_personnel_is": "fast-omsorgskontakt"})
	var records []care.Record
	for list, body := range map[string]string{
		"client":    `[{"PersonId":"195009072553"}]`,
		"staff":     `[{"Id":7,"PersonId":"196101182803","Title":"Undersköterska"}]`,
		"unit":      `[{"Id":5,"Name":"Norra"},{"Id":12,"Name":"Solgården","IsShelteredHousing":true}]`,
		"execution": `[{"Id":1,"PersonId":"195009072553","Law":"SoL","StartDate":"2026-01-01T00:00:00","ServiceCategory":{"Text":"Hemtjänst"},"ProviderUnit":{"Id":5}}]`,
		"contact":   `[{"Id":1,"ClientPersonId":"19500907-2553","PersonnelPersonId":"196101182803","ProviderUnitId":5}]`,
	} {
		records = append(records, read(t, m, list, body).records...)
	}
	s := care.Assemble(care.Input{System: "s", Provides: care.AllFacts, Records: records, Names: m.names, AsOf: care.NewDate(2026, time.November, 1)})
	if len(s.Clients) != 1 || len(s.Orphans) != 0 {
		t.Fatalf("%d clients, %d orphans", len(s.Clients), len(s.Orphans))
	}
	c := s.Clients[0]
	if len(c.Placements) != 1 || len(c.Assignments) != 1 {
		t.Fatalf("%+v", c)
	}
	person, _, known := s.Roster.Person(c.Assignments[0].Member)
	if person != "staff/7" || !known || c.Assignments[0].Unit != "unit/5" {
		t.Errorf("the contact is %q at %q", person, c.Assignments[0].Unit)
	}
}
