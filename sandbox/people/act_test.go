package people

import (
	"slices"
	"testing"
)

func TestActsNameWhomTheyTouch(t *testing.T) {
	for name, m := range map[string]*Municipality{"the demo's": town(), "another": Generate(Options{Seed: 8, Clients: 900, VisitsPerMonth: 4, AsOf: "2027-01-01", Prefix: "b-"})} {
		acts := m.Acts()
		var names []string
		known := map[string]bool{}
		m.Resources(func(r Resource) bool { known[r.Ref()] = true; return true })
		concerned := map[string]int{}
		for _, a := range acts {
			names = append(names, a.Name)
			if a.Text == "" || a.English == "" || len(a.Clients) == 0 || len(a.Put)+len(a.Delete) == 0 || !slices.IsSorted(a.Clients) {
				t.Errorf("%s: %+v", name, a)
			}
			if a.Name != "contact-leaves" {
				for _, c := range a.Clients {
					concerned[c]++
				}
			}
			for c := range a.Contact {
				if !slices.Contains(a.Clients, c) {
					t.Errorf("%s, %s: %s gets another status and is not named", name, a.Name, c)
				}
			}
			for _, r := range a.Put {
				d := decode(r)
				for _, e := range required[d.kind] {
					if d.body[e] == nil {
						t.Errorf("%s, %s: %s has no %s", name, a.Name, d.ref(), e)
					}
				}
				walk(d.body, "", func(path string, v any) {
					o, ok := v.(map[string]any)
					if ref, is := o["reference"].(string); ok && is && !known[ref] {
						t.Errorf("%s, %s: %s%s refers to %s", name, a.Name, d.ref(), path, ref)
					}
				})
				known[r.Ref()] = true
			}
			for _, ref := range a.Delete {
				if !known[ref] {
					t.Errorf("%s, %s: nothing to delete at %s", name, a.Name, ref)
				}
			}
		}
		want := []string{"contact-leaves", "plan-reviewed", "moves-to-care-home", "dies", "arrives", "request-withdrawn"}
		if !slices.Equal(names, want) {
			t.Errorf("%s: acts %v", name, names)
		}
		for c, n := range concerned {
			if n > 1 {
				t.Errorf("%s: %s is concerned by %d acts", name, c, n)
			}
		}
	}
}

func TestActsAreTheSameEveryTime(t *testing.T) {
	a, b := town().Acts(), Generate(town().Options()).Acts()
	for i := range a {
		if len(a[i].Put) != len(b[i].Put) || !slices.Equal(a[i].Clients, b[i].Clients) {
			t.Fatalf("%s differs", a[i].Name)
		}
		for k := range a[i].Put {
			if string(a[i].Put[k].JSON) != string(b[i].Put[k].JSON) {
				t.Errorf("%s: %s differs", a[i].Name, a[i].Put[k].Ref())
			}
		}
	}
}

func TestTheContactWhoLeavesIsTheContactOfEveryoneNamed(t *testing.T) {
	m := town()
	a, ok := m.ContactLeaves()
	if !ok {
		t.Fatal("nobody leaves")
	}
	role := decode(a.Put[0])
	if role.text("period", "end") != "2026-11-20" || role.text("period", "start") == "" {
		t.Errorf("the employment ends on %q", role.text("period", "end"))
	}
	person := role.text("practitioner", "reference")
	sole := 0
	for i := range m.o.Clients {
		c := m.client(i)
		is, others := false, false
		for _, k := range c.contacts {
			if k.who != stranger && k.status == "active" && k.holds(m.asOf) {
				if m.staff[k.who].ref() == person {
					is = true
				} else {
					others = true
				}
			}
		}
		if is != slices.Contains(a.Clients, c.patientID()) {
			t.Errorf("%s: contact %v, named %v", c.patientID(), is, !is)
		}
		if is && !others {
			sole++
			if a.Contact[c.patientID()] != vacant {
				t.Errorf("%s has nobody else and is not vacant", c.patientID())
			}
		}
	}
	if sole == 0 {
		t.Error("everybody has somebody else")
	}
}

func TestActsOnWhatTheyChange(t *testing.T) {
	m := town()
	reviewed, _ := m.PlanReviewed()
	if r := decode(reviewed.Put[0]); len(reviewed.Put) != 1 || r.kind != "Procedure" || r.text("performedDateTime")+r.text("performedPeriod", "start") < testDay {
		t.Errorf("the review: %v", r.body)
	}
	moved, _ := m.MovesToCareHome()
	settings := map[string]string{}
	for _, r := range moved.Put {
		if d := decode(r); d.kind == "EpisodeOfCare" {
			settings[d.text("type", "coding", "code")] = d.text("status") + " " + d.text("period", "start") + " " + d.text("period", "end")
		}
	}
	if settings["care-home"] != "active "+testDay+" " || settings["home-care"][:9] != "finished " {
		t.Errorf("the move: %v", settings)
	}
	died, _ := m.Dies()
	if d := decode(died.Put[0]); d.text("deceasedDateTime") != "2026-11-20" || d.id != died.Clients[0] {
		t.Errorf("the death: %v", d.body)
	}
	arrived, _ := m.Arrives()
	if arrived.Clients[0] != "p-000501" || arrived.Put[0].Type != "Patient" {
		t.Errorf("the arrival: %v", arrived.Clients)
	}
}

func TestASmallMunicipalityHasActs(t *testing.T) {
	m := Small("it-", testDay)
	var names []string
	for _, a := range m.Acts() {
		names = append(names, a.Name)
	}
	// The one who asked for another contact moves, so that request stays.
	if want := []string{"contact-leaves", "plan-reviewed", "moves-to-care-home", "dies", "arrives"}; !slices.Equal(names, want) {
		t.Errorf("acts %v, want %v", names, want)
	}
}

func TestWithoutAFittingClientThereIsNoAct(t *testing.T) {
	m := Generate(Options{Clients: 3, AsOf: testDay})
	m.stories = []uint16{uint16(byName("declined")), uint16(byName("moved-away")), uint16(byName("died"))}
	for name, act := range map[string]func() (Act, bool){
		"leaves": m.ContactLeaves, "reviewed": m.PlanReviewed, "moves": m.MovesToCareHome, "dies": m.Dies, "withdrawn": m.DecisionWithdrawn,
	} {
		if a, ok := act(); ok {
			t.Errorf("%s: %v", name, a.Clients)
		}
	}
	if acts := m.Acts(); len(acts) != 1 || acts[0].Name != "arrives" {
		t.Errorf("acts %v", acts)
	}
}
