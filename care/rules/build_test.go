package rules

import (
	"fmt"
	"strings"
	"testing"

	"brygga/care"
)

// d reads a date of a test; "" is no date.
func d(s string) care.Date {
	if s == "" {
		return 0
	}
	v, err := care.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return v
}

func period(start, end string) care.Period { return care.Period{Start: d(start), End: d(end)} }

const patient = care.Ref("Patient/p1")

// world builds one client's records, each as its own source record.
type world struct {
	care.Input
	visits int
}

func newWorld() *world {
	return &world{Input: care.Input{
		System: "Journalen", Provides: care.AllFacts, Names: care.NewNames(),
		Visits: map[care.Ref][]care.Visit{}, Notes: map[care.Ref][]care.Note{},
		Records: []care.Record{{Ref: patient, Client: patient, Facts: care.Facts{Person: &care.PersonFact{
			Born: d("1939-02-23"), Identifiers: []care.Identifier{{Kind: care.Personnummer, Hash: [16]byte{1}, Valid: true}},
		}}}},
	}}
}

func (w *world) add(ref string, f care.Facts) *world {
	w.Records = append(w.Records, care.Record{Ref: care.Ref(ref), Client: patient, Facts: f})
	return w
}

// without takes records away, by reference.
func (w *world) without(refs ...string) *world {
	var kept []care.Record
	for _, r := range w.Records {
		drop := false
		for _, ref := range refs {
			drop = drop || r.Ref == care.Ref(ref)
		}
		if !drop {
			kept = append(kept, r)
		}
	}
	w.Records = kept
	return w
}

func (w *world) person() *care.PersonFact { return w.Records[0].Person }

func (w *world) placement(id string, s care.Setting, start, end string) *world {
	ref := "EpisodeOfCare/" + id
	return w.add(ref, care.Facts{Placements: []care.Placement{{
		Ref: care.Ref(ref), Setting: s, Unit: "Organization/u1", Period: period(start, end),
	}}})
}

func (w *world) service(id string, code care.ServiceCode, decided, start, end string) *world {
	ref := "ServiceRequest/" + id
	return w.add(ref, care.Facts{Services: []care.Service{{
		Ref: care.Ref(ref), Code: code, Setting: care.HomeCare, Decided: d(decided), Period: period(start, end),
	}}})
}

// nurse adds a member of staff with a certificate for a period; start "-" is none.
func (w *world) nurse(id, start, end string) *world {
	s := &care.StaffFact{}
	if start != "-" {
		s.Qualifications = []care.Qualification{{Kind: care.AssistantNurse, Period: period(start, end)}}
	}
	w.Records = append(w.Records, care.Record{Ref: care.Ref("Practitioner/" + id), Facts: care.Facts{Staff: s}})
	return w
}

func (w *world) qualify(id string, kind care.QualificationKind, start, end string) *world {
	for i := range w.Records {
		if w.Records[i].Ref == care.Ref("Practitioner/"+id) {
			s := w.Records[i].Staff
			s.Qualifications = append(s.Qualifications, care.Qualification{Kind: kind, Period: period(start, end)})
		}
	}
	return w
}

func (w *world) role(id, staff, start, end string, absences ...care.Period) *world {
	r := &care.RoleFact{Person: care.Ref("Practitioner/" + staff), Period: period(start, end)}
	for _, a := range absences {
		r.Absences = append(r.Absences, care.Absence{Period: a})
	}
	w.Records = append(w.Records, care.Record{Ref: care.Ref("PractitionerRole/" + id), Facts: care.Facts{Role: r}})
	return w
}

func (w *world) team(id, member, start, end string) *world {
	ref := "CareTeam/" + id
	return w.add(ref, care.Facts{Assignments: []care.Assignment{{
		Team: care.Ref(ref), Member: care.Ref(member), Period: period(start, end),
	}}})
}

func (w *world) inactiveTeam(id, member, start, end string) *world {
	w.team(id, member, start, end)
	w.Records[len(w.Records)-1].Assignments[0].Inactive = true
	return w
}

func (w *world) decision(id string, kind care.DecisionKind, date string) *world {
	ref := "Observation/" + id
	return w.add(ref, care.Facts{Decisions: []care.Decision{{Ref: care.Ref(ref), Kind: kind, Date: d(date)}}})
}

// info adds information; medium is "oral", "written", "both" or "none", to "client" or "relatives".
func (w *world) info(id string, topic care.Topic, to, medium, date string) *world {
	ref := "Communication/" + id
	return w.add(ref, care.Facts{Information: []care.Information{{
		Ref: care.Ref(ref), Topic: topic, ToClient: to == "client", ToRelatives: to == "relatives",
		Oral: medium == "oral" || medium == "both", Written: medium == "written" || medium == "both", Date: d(date),
	}}})
}

func (w *world) plan(id string, kind care.PlanKind, created, author string, followUps ...string) *world {
	ref := "CarePlan/" + id
	p := care.Plan{Ref: care.Ref(ref), Kind: kind, Active: true, Created: d(created), Author: care.Ref(author)}
	for _, f := range followUps {
		p.FollowUps = append(p.FollowUps, d(f))
	}
	return w.add(ref, care.Facts{Plans: []care.Plan{p}})
}

// lastPlan gives the plan that was added last, to be changed.
func (w *world) lastPlan() *care.Plan {
	return &w.Records[len(w.Records)-1].Plans[0]
}

func (w *world) review(id, plan, date string, by ...care.Ref) *world {
	ref := "Procedure/" + id
	return w.add(ref, care.Facts{Reviews: []care.Review{{
		Ref: care.Ref(ref), Plan: care.Ref("CarePlan/" + plan), Date: d(date), By: by,
	}}})
}

func (w *world) away(id, start, end string) *world {
	ref := "Encounter/" + id
	return w.add(ref, care.Facts{Absences: []care.Absence{{Ref: care.Ref(ref), Period: period(start, end)}}})
}

// visit adds a finished visit at a time of day in Stockholm.
func (w *world) visit(date string, hour int, services care.ServiceCode, staff ...string) *care.Visit {
	w.visits++
	v := care.Visit{
		KeyLo: uint32(w.visits), Start: d(date).FirstMinute() + uint32(hour*60), Minutes: 30, Services: services,
	}
	for i, s := range staff {
		v.Staff[i] = w.Names.ID(care.Ref(s))
	}
	w.Visits[patient] = append(w.Visits[patient], v)
	return &w.Visits[patient][len(w.Visits[patient])-1]
}

func (w *world) note(date string) *world {
	w.Notes[patient] = append(w.Notes[patient], care.Note{Key: uint64(len(w.Notes[patient]) + 1), Date: d(date)})
	return w
}

// settled is a client about whom no pack has anything to say on 2026-11-21: two
// contacts, informed and told, a reviewed plan, a service that is carried out.
func settled() *world {
	w := newWorld().
		placement("e1", care.HomeCare, "2026-01-15", "").
		service("sr1", care.PersonalCare, "2026-01-10", "2026-01-15", "").
		nurse("s1", "2023-09-01", "").qualify("s1", care.RoutineAcknowledged, "2025-10-01", "").
		nurse("s2", "2023-09-01", "").qualify("s2", care.RoutineAcknowledged, "2025-10-01", "").
		team("ct1", "Practitioner/s1", "2026-01-20", "").
		team("ct2", "Practitioner/s2", "2026-01-20", "").
		info("told", care.TopicContact, "client", "both", "2026-01-20").
		info("right", care.TopicRightToChange, "client", "oral", "2026-01-20").
		plan("cp1", care.Implementation, "2026-09-01", "Practitioner/s1").
		note("2026-10-14")
	w.visit("2026-01-15", 10, care.PersonalCare, "Practitioner/s1")
	return w
}

// single is settled with one contact.
func single() *world { return settled().without("CareTeam/ct2") }

// nobody is settled without any contact.
func nobody() *world { return settled().without("CareTeam/ct1", "CareTeam/ct2") }

func mustParams(t testing.TB, pack string, set map[string]string) *Params {
	t.Helper()
	p, err := NewParams(pack, set)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (w *world) judge(t testing.TB, p *Params, asOf string) Judgement {
	t.Helper()
	w.AsOf = d(asOf)
	s := care.Assemble(w.Input)
	for _, c := range s.Clients {
		if c.Ref == patient {
			return Judge(c, s.Roster, p, w.AsOf)
		}
	}
	t.Fatal("the client is not in the snapshot")
	return Judgement{}
}

// line shows a finding as "rule state due owner staff anchor", with - for none.
func line(f Finding) string {
	return strings.Join([]string{
		f.Rule, string(f.State), dash(f.Due.String()), string(f.Owner), dash(string(f.Staff)), f.Anchor,
	}, " ")
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func lines(fs []Finding) string {
	var b strings.Builder
	for _, f := range fs {
		fmt.Fprintln(&b, line(f))
	}
	return b.String()
}

// only keeps the findings of one rule or family.
func only(fs []Finding, prefix string) []Finding {
	var out []Finding
	for _, f := range fs {
		if strings.HasPrefix(f.Rule, prefix) {
			out = append(out, f)
		}
	}
	return out
}

// row is one case of a table about findings.
type row struct {
	name  string
	world *world
	asOf  string
	set   map[string]string
	want  []string // lines, of the table's rules only
}

// table judges each row with one rule on, beside what the pack has, and compares
// that rule's findings.
func table(t *testing.T, rule string, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			set := map[string]string{rule + ".enabled": "true"}
			for k, v := range r.set {
				set[k] = v
			}
			j := r.world.judge(t, mustParams(t, "national", set).WithTrace(), r.asOf)
			want := ""
			for _, l := range r.want {
				want += rule + " " + l + "\n"
			}
			if got := lines(only(j.Findings, rule)); got != want {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
			checkTraces(t, j)
		})
	}
}

// checkTraces holds every trace against its findings: what fired is found, with
// the due date and state that the trace's own figures lead to.
func checkTraces(t *testing.T, j Judgement) {
	t.Helper()
	type key struct{ rule, anchor string }
	fired := map[key]Trace{}
	for _, tr := range j.Traces {
		if Words("why."+tr.Why).SV == "" {
			t.Errorf("%s: no words for why %q", tr.Rule, tr.Why)
		}
		if tr.Outcome == Fired {
			fired[key{tr.Rule, tr.Anchor}] = tr
		} else if tr.Clock != nil && tr.Why == "not-yet" {
			if due, state := tr.Clock.Recompute(); due != tr.Clock.Due || state != "" {
				t.Errorf("%s not yet: %s %q recomputed, %s said", tr.Rule, due, state, tr.Clock.Due)
			}
		}
		for _, u := range tr.Facts {
			if Words("fact."+u.As).EN == "" {
				t.Errorf("%s: no words for fact %q", tr.Rule, u.As)
			}
		}
		if tr.Clock != nil {
			for _, term := range tr.Clock.Terms {
				for _, u := range term.Of {
					if Words("fact."+u.As).EN == "" {
						t.Errorf("%s: no words for start %q", tr.Rule, u.As)
					}
				}
			}
		}
	}
	for _, f := range j.Findings {
		tr, ok := fired[key{f.Rule, f.Anchor}]
		if !ok {
			t.Errorf("%s has no trace", line(f))
			continue
		}
		delete(fired, key{f.Rule, f.Anchor})
		if f.Due == 0 {
			if tr.Clock != nil || tr.State != Open {
				t.Errorf("%s: trace %+v", line(f), tr)
			}
			continue
		}
		if due, state := tr.Clock.Recompute(); due != f.Due || state != f.State || tr.Clock.Due != f.Due {
			t.Errorf("%s: recomputed %s %s", line(f), due, state)
		}
	}
	for k := range fired {
		t.Errorf("%v fired without a finding", k)
	}
}
