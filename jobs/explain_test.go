package jobs

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"brygga/care"
	"brygga/care/rules"
	"brygga/sandbox"
	"brygga/sandbox/people"
)

// What a case is judged to be is what the run judged, client by client: with
// answers that the source gave, staff, units and shared identifiers; and no
// system is asked.
func TestACaseIsJudgedAsTheRunJudgedIt(t *testing.T) {
	m := people.Generate(people.Options{Seed: 1, Clients: 500, AsOf: bedDay, VisitsPerMonth: 2})
	b := bedOf(t, m, sandbox.Options{})
	p, err := b.job.Preview(b.ctx(), b.options())
	if err != nil {
		t.Fatal(err)
	}
	b.server.SetFault(func(*http.Request) *sandbox.Fault { t.Error("the source was asked"); return nil })
	answered, duplicates := 0, 0
	for i := range p.Judged {
		want := &p.Judged[i]
		c, err := FindCase(b.ctx(), b.job.Config, b.job.Job.Store, want.Client.Ref, b.job.Today(), b.now())
		if err != nil || c.Client == nil {
			t.Fatalf("%s: %v", want.Client.Ref, err)
		}
		got := rules.Judge(c.Client, c.Roster, c.Params, b.job.Today())
		if !reflect.DeepEqual(got, want.Judgement) {
			t.Errorf("%s: judged as\n%+v\nand in the run as\n%+v", want.Client.Ref, got, want.Judgement)
		}
		if c.Unit != want.Unit || c.Label != p.Units.Label(want.Unit) {
			t.Errorf("%s: of %s (%s), and in the run of %s", want.Client.Ref, c.Unit, c.Label, want.Unit)
		}
		if len(c.Client.Gaps) != len(want.Client.Gaps) || (len(c.Client.Gaps) == 0 && len(c.Unreadable) > 0) {
			t.Errorf("%s: gaps %v, and in the run %v; quarantine %v", want.Client.Ref, c.Client.Gaps, want.Client.Gaps, c.Unreadable)
		}
		answered += len(c.Client.Answers)
		if len(c.Roster.Duplicates(c.Client.Ref)) > 0 {
			duplicates++
		}
	}
	if len(p.Judged) < 400 || answered == 0 || duplicates == 0 {
		t.Errorf("the municipality shows too little: %d clients, %d answers, %d duplicates", len(p.Judged), answered, duplicates)
	}
}

func TestACaseThatIsNotThere(t *testing.T) {
	b := newBed(t)
	find := func(client care.Ref) *Case {
		t.Helper()
		c, err := FindCase(b.ctx(), b.job.Config, b.job.Job.Store, client, b.job.Today(), b.now())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c := find("Patient/nobody"); c.Client != nil || !c.Read.IsZero() {
		t.Errorf("before anything was read: %+v", c)
	}
	b.run(ExitDone)
	if c := find("Patient/nobody"); c.Client != nil || c.Read.IsZero() || c.AsOf != b.job.Today() {
		t.Errorf("after a run: %+v", c)
	}
}

// What the last run could not read whole makes the client unknown, until a run reads it.
func TestACaseKnowsWhatTheLastRunLacked(t *testing.T) {
	b := newBed(t)
	p, err := b.job.Preview(b.ctx(), b.options())
	if err != nil {
		t.Fatal(err)
	}
	client := p.Judged[0].Client.Ref
	gaps := func() []care.Gap {
		t.Helper()
		c, err := FindCase(b.ctx(), b.job.Config, b.job.Job.Store, client, b.job.Today(), b.now())
		if err != nil || c.Client == nil {
			t.Fatalf("%v", err)
		}
		return c.Client.Gaps
	}
	b.server.SetFault(sandbox.OnType("CarePlan", sandbox.Fault{Status: http.StatusForbidden}))
	b.run(ExitPartly)
	if g := gaps(); len(g) != 1 || !g[0].Facts.Has(care.SetOf(care.KindPlan)) {
		t.Errorf("with plans forbidden: %+v", g)
	}
	b.server.SetFault(nil)
	b.run(ExitDone)
	if g := gaps(); len(g) != 0 {
		t.Errorf("when all was read: %+v", g)
	}
}

func TestWhichUnreadableRecordsConcernAClient(t *testing.T) {
	c := &care.Client{Ref: "Patient/p1", Gaps: []care.Gap{{Record: "Practitioner/s1"}, {Source: "journal"}}}
	lost := care.Unreadable{Ref: "CareTeam"}
	for _, row := range []struct {
		name string
		u    care.Unreadable
		want bool
	}{
		{"one that names the client", care.Unreadable{Ref: "CarePlan/cp1", Client: "Patient/p1"}, true},
		{"one that names another client", care.Unreadable{Ref: "CarePlan/cp2", Client: "Patient/p2"}, false},
		{"one of the client's staff", care.Unreadable{Ref: "Practitioner/s1", Staff: "Practitioner/s1"}, true},
		{"one of other staff", care.Unreadable{Ref: "Practitioner/s2", Staff: "Practitioner/s2"}, false},
		{"one that names nobody", lost, true},
		{"one without a reference, of another client", care.Unreadable{Client: "Patient/p2"}, false},
	} {
		if got := Concerns(row.u, c, []care.Unreadable{lost}); got != row.want {
			t.Errorf("%s: %v", row.name, got)
		}
	}
}

func TestWhomAReferenceNames(t *testing.T) {
	there := map[string]map[care.Ref]care.Ref{
		"journal":  {"Patient/1": "Patient/1", "lifecare:client/7": "Patient/2"},
		"lifecare": {"lifecare:client/7": "client/7", "lifecare:client/8": "client/8"},
		"export":   {"lifecare:client/8": "client/7", "Patient/1": "client/9"},
	}
	for _, c := range []struct{ name, ref, want, err string }{
		{"as it is joined", "lifecare:client/7", "lifecare:client/7", ""},
		{"as the one that receives has it", "Patient/2", "lifecare:client/7", ""},
		{"as one of the systems has it", "client/9", "Patient/1", ""},
		{"as one has it, and another has somebody else", "client/7", "", "client/7 may be lifecare:client/7 or lifecare:client/8"},
		{"as nobody has it", "client/99", "client/99", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := named(there, care.Ref(c.ref))
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("%q, %v; want %q", got, err, c.err)
				}
			} else if err != nil || string(got) != c.want {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
}
