package jobs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"brygga/adapters"
	"brygga/care"
	"brygga/sandbox"
	"brygga/sandbox/people"
	"brygga/store"
)

// visiting is a municipality with visits, and everything that is asked of them on.
func visiting(t *testing.T) (*bed, *people.Municipality) {
	t.Helper()
	m := people.Generate(people.Options{Clients: 12, AsOf: bedDay, VisitsPerMonth: 30, Months: 2, Seed: 5})
	return bedOf(t, m, sandbox.Options{}, "writes: {mode: report}\nrules: {pack: botkyrka}"), m
}

// tamper stands between the job and the record system.
type tamper struct {
	adapters.Source
	pull func(adapters.Query, adapters.Outcome) adapters.Outcome
	page func(adapters.Query, []byte) []byte
	read func(ref string) ([]byte, error, bool)
	any  func(adapters.Query) (bool, error)
}

func (s *tamper) Pull(ctx context.Context, q adapters.Query, r adapters.Reader) adapters.Outcome {
	if s.page != nil {
		r = tampered{r, func(body []byte) []byte { return s.page(q, body) }}
	}
	out := s.Source.Pull(ctx, q, r)
	if s.pull != nil {
		out = s.pull(q, out)
	}
	return out
}

func (s *tamper) Read(ctx context.Context, ref string) ([]byte, error) {
	if s.read != nil {
		if body, err, mine := s.read(ref); mine {
			return body, err
		}
	}
	return s.Source.Read(ctx, ref)
}

func (s *tamper) Any(ctx context.Context, q adapters.Query) (bool, error) {
	if s.any != nil {
		return s.any(q)
	}
	return s.Source.Any(ctx, q)
}

type tampered struct {
	adapters.Reader
	page func([]byte) []byte
}

func (t tampered) Open(body []byte) (adapters.Page, error) { return t.Reader.Open(t.page(body)) }

// between puts a tamper between the job and its source.
func (b *bed) between() *tamper {
	t := &tamper{Source: b.job.Job.Systems[0].Source}
	b.job.Job.Systems[0].Source = t
	return t
}

func (r *Report) kind(t *testing.T, name string) KindReport {
	t.Helper()
	i := slices.IndexFunc(r.Kinds, func(k KindReport) bool { return k.Kind == name })
	if i < 0 {
		t.Fatalf("%s was not pulled", name)
	}
	return r.Kinds[i]
}

// kept is what the store holds of visits and notes.
func (b *bed) kept() (store.Visits, store.Notes) {
	b.Helper()
	v, err := b.job.Job.Store.Visits(b.ctx(), "journal")
	if err != nil {
		b.Fatal(err)
	}
	n, err := b.job.Job.Store.Notes(b.ctx(), "journal")
	if err != nil {
		b.Fatal(err)
	}
	return v, n
}

// visitsOf are the ids of a client's home visits in the record system, the latest first.
func (b *bed) visitsOf(client string) (out []string) {
	b.Helper()
	for _, raw := range b.server.All("Encounter") {
		if s := string(raw); strings.Contains(s, `"`+client+`"`) && strings.Contains(s, `"HH"`) && strings.Contains(s, `"finished"`) {
			_, start, _ := strings.Cut(s, `"start":"`)
			out = append(out, start[:16]+" "+idOf(b.T, raw))
		}
	}
	slices.Sort(out)
	slices.Reverse(out)
	for i := range out {
		out[i] = "Encounter/" + out[i][17:]
	}
	if len(out) == 0 {
		b.Fatal("no visits of", client)
	}
	return out
}

func TestAPreviewOfAnotherDayTakesNothingFromTheNextNight(t *testing.T) {
	for _, row := range []struct {
		name  string
		asOf  care.Date
		whole bool
	}{
		{"the past", care.NewDate(2026, 10, 20), true},
		{"long ago", care.NewDate(2025, 1, 1), true},
		{"yesterday", care.NewDate(2026, 11, 21), true},
		{"the future", care.NewDate(2027, 6, 1), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			b, _ := visiting(t)
			b.run(ExitDone)
			visits, notes := b.kept()
			if len(visits.ByClient) == 0 || len(notes.ByClient) == 0 {
				t.Fatal("nothing is stored: the test shows nothing")
			}
			p, err := b.job.Preview(b.ctx(), RunOptions{AsOf: row.asOf, Trigger: "preview"})
			if err != nil {
				t.Fatal(err)
			}
			if k := p.Report.kind(t, "visit"); k.Whole != row.whole || !k.Complete {
				t.Errorf("the preview: %+v", k)
			}
			if row.name == "the past" {
				if from := p.Snapshot.Roster.VisitsFrom; from != row.asOf-35 {
					t.Errorf("visits are judged from %s", from)
				}
				seen := 0
				for _, c := range p.Snapshot.Clients {
					for _, v := range c.Visits {
						seen++
						if day := care.DateOf(time.Unix(int64(v.Start)*60, 0)); day < row.asOf-35 || day > row.asOf {
							t.Errorf("a visit of %s is judged", day)
						}
					}
				}
				if seen == 0 {
					t.Error("no visits of that time are seen")
				}
			}
			v, n := b.kept()
			if !reflect.DeepEqual(v.ByClient, visits.ByClient) || !reflect.DeepEqual(n.ByClient, notes.ByClient) {
				t.Error("what is stored has changed")
			}
			if k := b.run(ExitDone).kind(t, "visit"); k.Whole || k.Rows != 0 || k.Changed+k.Added+k.Removed != 0 {
				t.Errorf("the next night: %+v", k)
			}
		})
	}
}

func TestAFirstLookAtThePastLeavesTheFirstNightToReadEverything(t *testing.T) {
	b, _ := visiting(t)
	if _, err := b.job.Preview(b.ctx(), RunOptions{AsOf: care.NewDate(2026, 6, 1)}); err != nil {
		t.Fatal(err)
	}
	if v, _ := b.kept(); v.OK {
		t.Error("visits of another time are stored")
	}
	if k := b.run(ExitDone).kind(t, "visit"); !k.Whole || k.Added == 0 {
		t.Errorf("the first night: %+v", k)
	}
}

func TestAClockThatJumpedForwardAndBackLosesNoVisits(t *testing.T) {
	b, _ := visiting(t)
	b.run(ExitDone)
	visits, notes := b.kept()
	right := b.now()
	b.set(right.AddDate(0, 6, 0))
	b.run(ExitDone)
	if v, _ := b.kept(); len(v.ByClient) != 0 {
		t.Fatal("half a year later visits of today are still kept")
	}
	b.set(right)
	if k := b.run(ExitDone).kind(t, "visit"); !k.Whole {
		t.Errorf("after the clock was put right: %+v", k)
	}
	v, n := b.kept()
	if !reflect.DeepEqual(v.ByClient, visits.ByClient) || !reflect.DeepEqual(n.ByClient, notes.ByClient) {
		t.Error("visits or notes are lost")
	}
}

func TestASourceWhoseClockWentBackIsReadWhole(t *testing.T) {
	b, _ := visiting(t)
	s := b.between()
	s.pull = func(_ adapters.Query, out adapters.Outcome) adapters.Outcome {
		out.Checkpoint = "2027-11-22T00:00:00Z" // a year ahead
		return out
	}
	b.run(ExitDone)
	s.pull = nil
	b.nextDay()
	if k := b.run(ExitDone).kind(t, "visit"); !k.Whole {
		t.Errorf("%+v", k)
	}
	v, _ := b.kept()
	if !strings.HasPrefix(v.Checkpoint.Value, "2026-11-2") {
		t.Errorf("the checkpoint is %s", v.Checkpoint.Value)
	}
	b.nextDay()
	if k := b.run(ExitDone).kind(t, "visit"); k.Whole {
		t.Errorf("and from then on by change: %+v", k)
	}
}

func TestWentBack(t *testing.T) {
	for _, row := range []struct {
		now, before string
		want        bool
	}{
		{"2026-11-22T01:00:00Z", "2026-11-21T01:00:00Z", false},
		{"2026-11-21T00:59:30Z", "2026-11-21T01:00:00Z", false}, // two servers behind one address
		{"2026-11-21T00:58:00Z", "2026-11-21T01:00:00Z", true},
		{"", "2026-11-21T01:00:00Z", false},
		{"2026-11-21T01:00:00Z", "token-17", false},
	} {
		if got := wentBack(row.now, row.before); got != row.want {
			t.Errorf("from %s to %s: %v", row.before, row.now, got)
		}
	}
}

func TestAVisitThatMovesToAnotherClient(t *testing.T) {
	for _, full := range []bool{false, true} {
		b, m := visiting(t)
		b.run(ExitDone)
		var clients []string
		for c := range m.Clients {
			clients = append(clients, "Patient/"+c.ID)
		}
		from, to := clients[0], clients[1]
		visit := b.visitsOf(from)[0]
		before, _ := b.kept()
		b.edit(visit, func(v map[string]any) { v["subject"] = map[string]any{"reference": to} })
		b.nextDay()
		b.run(ExitDone, func(o *RunOptions) { o.Full = full })
		after, _ := b.kept()
		gone := len(before.ByClient[care.Ref(from)]) - len(after.ByClient[care.Ref(from)])
		come := len(after.ByClient[care.Ref(to)]) - len(before.ByClient[care.Ref(to)])
		// a day later the first day of the window has gone too
		if gone < 1 || gone > 4 || come > 1 || come < -3 {
			t.Errorf("full %v: %d gone, %d come", full, gone, come)
		}
		key := visitOf(strings.TrimPrefix(visit, "Encounter/"), "", "", noon)
		for _, row := range slices.Concat(slices.Collect(maps.Values(after.ByClient))...) {
			if row.KeyHi == key.KeyHi && row.KeyLo == key.KeyLo {
				key.Visits = append(key.Visits, row)
			}
		}
		if len(key.Visits) == 0 || !slices.Contains(after.ByClient[care.Ref(to)], key.Visits[0]) {
			t.Errorf("full %v: the visit is not the other client's: %v", full, key.Visits)
		}
	}
}

// A visit that cannot be read keeps its client unknown over nights of pulls by
// change and whole, until it is read well or is confirmed gone.
func TestAVisitInQuarantine(t *testing.T) {
	for _, full := range []bool{false, true} {
		t.Run(fmt.Sprint("full ", full), func(t *testing.T) {
			b, m := visiting(t)
			b.run(ExitDone)
			var clients []string
			for c := range m.Clients {
				clients = append(clients, "Patient/"+c.ID)
			}
			one, other := clients[0], clients[1]
			visits := b.visitsOf(one)
			b.edit(visits[0], func(v map[string]any) {})
			spoilt, _ := b.server.Get(visits[0])
			// it goes over to another client, and its status is none
			bad := strings.Replace(strings.ReplaceAll(string(spoilt), `"`+one+`"`, `"`+other+`"`), `"finished"`, `"done"`, 1)
			if err := b.server.Load([]byte(strings.Replace(bad, `"meta":`, `"_meta":`, 1))); err != nil {
				t.Fatal(err)
			}
			night := func(exit, unknown int) *Report {
				t.Helper()
				b.nextDay()
				rep := b.run(exit, func(o *RunOptions) { o.Full = full })
				if all := rep.Coverage[len(rep.Coverage)-1]; all.Unknown != unknown {
					t.Errorf("%d clients are unknown, want %d: %+v", all.Unknown, unknown, rep.Quarantine)
				}
				if exit == ExitPartly && (len(rep.Quarantine) != 1 || string(rep.Quarantine[0].Record) != visits[0]) {
					t.Errorf("quarantine %+v", rep.Quarantine)
				}
				return rep
			}
			for range 3 {
				if k := night(ExitPartly, 2).kind(t, "visit"); k.Quarantined != 1 || k.Whole != full {
					t.Errorf("%+v", k)
				}
			}
			// The source does not list it any more, and cannot say whether it is there.
			b.server.Delete(visits[0])
			s := b.between()
			s.read = func(string) ([]byte, error, bool) {
				return nil, &adapters.Error{Class: adapters.Retry, What: "answered 503"}, true
			}
			if !full { // a whole pull would have to ask for nothing else here
				night(ExitPartly, 2)
			} else {
				b.nextDay()
				b.run(ExitPartly, func(o *RunOptions) { o.Full = true })
			}
			s.read = nil
			night(ExitDone, 0)

			// The same, mended.
			if err := b.server.Load([]byte(strings.Replace(bad, `"meta":`, `"_meta":`, 1))); err != nil {
				t.Fatal(err)
			}
			night(ExitPartly, 1)
			b.edit(visits[0], func(v map[string]any) { v["status"] = "finished" })
			night(ExitDone, 0)
		})
	}
}

// A record without an id, or that does not say whom it concerns, is reported, and
// does not stand for ever when it is gone.
func TestAnUnreadableRecordOfNobody(t *testing.T) {
	b := newBed(t)
	b.run(ExitDone)
	plan := `{"resourceType":"CarePlan","id":"nobody","status":"active","intent":"plan","category":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/plan","code":"implementation"}]}]}`
	if err := b.server.Load([]byte(plan)); err != nil {
		t.Fatal(err)
	}
	s := b.between()
	s.page = func(q adapters.Query, body []byte) []byte {
		if q.Kind == "plan" {
			return []byte(strings.Replace(string(body), `"id":"nobody",`, ``, 1))
		}
		return body
	}
	rep := b.run(ExitPartly)
	if len(rep.Quarantine) != 1 || rep.Quarantine[0].Record != "CarePlan" || !strings.Contains(strings.Join(rep.Warnings, "\n"), "plan.review") {
		t.Errorf("quarantine %+v, warnings %v", rep.Quarantine, rep.Warnings)
	}
	s.page = nil
	b.server.Delete("CarePlan/nobody")
	b.run(ExitDone)
}

func TestAnEmploymentThatCannotBeReadKeepsThoseUnknownWhomThePersonCaresFor(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t)
	b.run(ExitDone)
	settled := b.client(m, "settled")
	team := ""
	for _, raw := range b.server.All("CareTeam") {
		if strings.Contains(string(raw), `"`+settled+`"`) {
			team = string(raw)
		}
	}
	_, role, _ := strings.Cut(team, `"PractitionerRole/`)
	role, _, _ = strings.Cut(role, `"`)
	raw, _ := b.server.Get("PractitionerRole/" + role)
	_, person, _ := strings.Cut(string(raw), `"Practitioner/`)
	person, _, _ = strings.Cut(person, `"`)
	if person == "" {
		t.Fatal("nobody can be told: ", team, string(raw))
	}
	// The team names the person, and not the employment.
	b.putJSON(strings.Replace(team, `"PractitionerRole/`+role+`"`, `"Practitioner/`+person+`"`, 1))
	b.run(ExitDone)
	for _, raw := range b.server.All("PractitionerRole") {
		if s := string(raw); strings.Contains(s, `"Practitioner/`+person+`"`) {
			// Now nobody can tell whose employment it is.
			_, rest, _ := strings.Cut(s, `"practitioner":`)
			end := strings.Index(rest, "}")
			if err := b.server.Load([]byte(strings.Replace(s, `"practitioner":`+rest[:end+1], `"practitioner":"x"`, 1))); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 2 {
		rep := b.run(ExitPartly)
		b.written(0)
		if all := rep.Coverage[len(rep.Coverage)-1]; all.Unknown == 0 || all.Unknown == all.Clients {
			t.Errorf("%d of %d clients are unknown", all.Unknown, all.Clients)
		}
	}
}

func TestAFewVisitsThatAreNotListedCountAsGoneOnlyWhenASecondPassAgrees(t *testing.T) {
	b, m := visiting(t)
	b.run(ExitDone)
	var client string
	for c := range m.Clients {
		client = "Patient/" + c.ID
	}
	hidden := b.visitsOf(client)[3]
	before, _ := b.kept()
	s := b.between()
	var passes atomic.Int32
	forget := func(passesThatForget int32) {
		passes.Store(0)
		s.page = func(q adapters.Query, body []byte) []byte {
			if q.Kind != "visit" || passes.Load() >= passesThatForget {
				return body
			}
			// the row is there, and is one of another class
			i := strings.Index(string(body), `"id":"`+strings.TrimPrefix(hidden, "Encounter/")+`"`)
			if i < 0 {
				return body
			}
			return []byte(string(body[:i]) + `"id":"other"` + string(body[i+len(`"id":"`)+len(strings.TrimPrefix(hidden, "Encounter/"))+1:]))
		}
		s.pull = func(q adapters.Query, out adapters.Outcome) adapters.Outcome {
			if q.Kind == "visit" {
				passes.Add(1)
			}
			return out
		}
	}
	full := func(o *RunOptions) { o.Full = true }
	forget(1)
	b.run(ExitDone, full)
	if passes.Load() != 2 {
		t.Fatalf("%d passes, want a second one", passes.Load())
	}
	if v, _ := b.kept(); len(v.ByClient[care.Ref(client)]) < len(before.ByClient[care.Ref(client)]) {
		t.Error("a visit that one list forgot is gone")
	}
	b.server.Delete(hidden)
	s.page = nil
	passes.Store(0)
	b.run(ExitDone, full)
	v, _ := b.kept()
	if passes.Load() != 2 {
		t.Errorf("%d passes", passes.Load())
	}
	key := visitOf(strings.TrimPrefix(hidden, "Encounter/"), "", "", noon)
	for _, row := range v.ByClient[care.Ref(client)] {
		if row.KeyHi == key.KeyHi && row.KeyLo == key.KeyLo {
			t.Error("a visit that two lists do not show is still there")
		}
	}
	s.pull = func(q adapters.Query, out adapters.Outcome) adapters.Outcome {
		if q.Kind == "visit" && passes.Add(1) == 2 {
			out.Complete, out.Fault = false, &adapters.Error{System: "journal", Kind: "visit", Class: adapters.Retry, What: "answered 503"}
		}
		return out
	}
	b.server.Delete(b.visitsOf(client)[3])
	passes.Store(0)
	rep := b.run(ExitPartly, full)
	if all := rep.Coverage[len(rep.Coverage)-1]; all.Unknown != all.Clients {
		t.Errorf("without a second pass nobody can tell: %d of %d are unknown", all.Unknown, all.Clients)
	}
}

func TestAListOfVisitsThatSuddenlyLacksMostIsNotBelieved(t *testing.T) {
	b, _ := visiting(t)
	b.run(ExitDone)
	before, _ := b.kept()
	for i, raw := range b.server.All("Encounter") {
		if i%2 == 0 {
			b.server.Delete("Encounter/" + idOf(t, raw))
		}
	}
	full := func(o *RunOptions) { o.Full = true }
	rep := b.run(ExitPartly, full)
	if p := rep.problem("journal", "visit"); p == nil || !strings.Contains(p.What, "--accept-gone") {
		t.Errorf("%+v", rep.Problems)
	}
	if v, _ := b.kept(); !reflect.DeepEqual(v.ByClient, before.ByClient) {
		t.Error("what is stored has changed")
	}
	b.run(ExitDone, full, func(o *RunOptions) { o.AcceptGone = true })
	if v, _ := b.kept(); reflect.DeepEqual(v.ByClient, before.ByClient) {
		t.Error("accepted, and nothing is gone")
	}
}

var total = regexp.MustCompile(`"total":[0-9]+,`)

func TestAKnownRecordThatTheListForgetsIsAskedFor(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t)
	b.run(ExitDone)
	settled := b.client(m, "settled")
	s := b.between()
	forgets := func(q adapters.Query, body []byte) []byte {
		if q.Kind != "assignment" {
			return body
		}
		// Fewer than the twenty that are taken for a list gone wrong.
		return total.ReplaceAll([]byte(strings.Replace(string(body), `"mode":"match"`, `"mode":"include"`, 15)), nil)
	}
	s.page = forgets
	rep := b.run(ExitDone)
	b.written(0)
	if k := rep.kind(t, "assignment"); !k.Complete || k.Removed != 0 {
		t.Errorf("%+v", k)
	}
	s.read = func(ref string) ([]byte, error, bool) {
		return nil, &adapters.Error{System: "journal", Class: adapters.Credentials, What: "answered 403 Forbidden"}, strings.HasPrefix(ref, "CareTeam/")
	}
	rep = b.run(ExitPartly)
	b.written(0)
	if p := rep.problem("journal", "assignment"); p == nil || !strings.Contains(p.What, "403") {
		t.Errorf("%+v", rep.Problems)
	}
	s.read = func(ref string) ([]byte, error, bool) {
		return []byte("<html>"), nil, strings.HasPrefix(ref, "CareTeam/")
	}
	b.run(ExitPartly)
	b.written(0)
	if settled == "" {
		t.Fatal("nobody is settled")
	}
}

func TestAnotherProcessHasReadMeanwhile(t *testing.T) {
	b, _ := visiting(t)
	stale := b.job
	b.job = nil
	b.configure("systems:\n  journal: {kind: fhir, url: " + b.url + ", page_size: 50, receives: [flags, tasks]}\nwrites: {mode: report}\nrules: {pack: botkyrka}")
	b.run(ExitDone) // numbers staff and services
	b.job = stale   // opened before that, as a daemon is
	b.run(ExitDone)
}

func TestARunThatIsStoppedWhileItReads(t *testing.T) {
	for name, kind := range map[string]string{"a small kind": "CarePlan", "visits": "Encounter", "what stands": "Task"} {
		t.Run(name, func(t *testing.T) {
			b, _ := visiting(t)
			ctx, stop := context.WithCancel(b.ctx())
			b.server.SetFault(func(r *http.Request) *sandbox.Fault {
				if strings.HasSuffix(r.URL.Path, "/"+kind) {
					stop()
				}
				return nil
			})
			rep, err := b.job.Reconcile(ctx, b.options())
			if !errors.Is(err, context.Canceled) || rep == nil || rep.Exit != ExitFailed {
				t.Fatalf("%+v, %v", rep, err)
			}
			runs, err := b.job.Reports(b.ctx(), 1)
			if err != nil || len(runs) != 1 || runs[0].Ended.IsZero() || runs[0].Exit != ExitFailed || len(runs[0].Problems) == 0 ||
				!strings.Contains(runs[0].Problems[len(runs[0].Problems)-1].What, "stopped") {
				t.Errorf("the record of the run: %+v, %v", runs[0], err)
			}
			if running, err := Running(b.ctx(), b.job.Job.Store, b.now()); running || err != nil {
				t.Errorf("it is still said to go on: %v, %v", running, err)
			}
			if kind == "Encounter" {
				if v, _ := b.kept(); v.OK {
					t.Error("half of the visits are stored")
				}
			}
			if b.server.Requests().Written() != 0 {
				t.Error("something was written")
			}
			b.server.SetFault(nil)
			b.run(ExitDone)
		})
	}
}
