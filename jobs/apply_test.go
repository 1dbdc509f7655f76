package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"brygga/adapters"
	fhirmap "brygga/mapping/fhir"
	"brygga/sandbox"
	"brygga/sandbox/people"
)

// isWrite says whether a request may write a resource.
func isWrite(r *http.Request) bool {
	if strings.Contains(r.URL.Path, "_search") {
		return false
	}
	return r.Method == http.MethodPost || r.Method == http.MethodPut
}

// bodyOf reads a request's body and leaves it there to be read.
func bodyOf(r *http.Request) string {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return string(body)
}

// once does something before the first write.
func (b *bed) once(do func()) {
	var o sync.Once
	b.server.SetFault(func(r *http.Request) *sandbox.Fault {
		if isWrite(r) {
			o.Do(do)
		}
		return nil
	})
}

// singly asserts that no two resources of brygga's have one identifier.
func (b *bed) singly() {
	b.Helper()
	seen := map[string]string{}
	for _, typ := range []string{"Flag", "Task"} {
		for _, raw := range b.server.All(typ) {
			var r struct {
				ID         string
				Identifier []struct{ Value string }
			}
			if err := json.Unmarshal(raw, &r); err != nil {
				b.Fatal(err)
			}
			key := typ + " " + r.Identifier[0].Value
			if other := seen[key]; other != "" {
				b.Errorf("%s and %s/%s are the same", other, typ, r.ID)
			}
			seen[key] = typ + "/" + r.ID
		}
	}
	if len(seen) == 0 {
		b.Error("nothing stands")
	}
}

// later is a bed whose Tasks are all to be updated: their due dates move.
func later(t *testing.T, opt sandbox.Options) (*bed, *people.Municipality) {
	t.Helper()
	m := people.Small("t-", bedDay)
	b := bedOf(t, m, opt)
	b.run(ExitDone)
	b.configure("systems:\n  journal: {kind: fhir, url: " + b.url + ", page_size: 50, receives: [flags, tasks]}\n" +
		"writes: {mode: write}\nrules: {set: {plan.review.months: 5, contact.missing.days: 13, plan.missing.days: 13}}")
	return b, m
}

func TestStaffChangeATaskBetweenReadAndWrite(t *testing.T) {
	for _, terse := range []bool{false, true} {
		b, m := later(t, sandbox.Options{Terse: terse})
		task := b.find("Task", "plan.review "+b.client(m, "plan-review-overdue"))
		b.once(func() {
			b.edit(task, func(r map[string]any) {
				r["status"], r["note"] = "in-progress", []any{map[string]any{"text": "ringt"}}
			})
		})
		rep := b.run(ExitDone)
		if rep.Applied.Moved != 1 || rep.Applied.Updated != rep.Totals.Update || rep.Totals.Update < 3 {
			t.Errorf("terse %v: %+v of %+v", terse, rep.Applied, rep.Totals)
		}
		raw, _ := b.server.Get(task)
		var got struct {
			Status      string
			Note        []any
			Restriction struct{ Period struct{ End string } }
		}
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		if got.Status != "in-progress" || len(got.Note) != 1 {
			t.Errorf("terse %v: what staff did is lost: %s", terse, raw)
		}
		i := slices.IndexFunc(rep.Changes, func(c Change) bool { return c.Target != nil && "Task/"+c.Target.ID == task })
		if got.Restriction.Period.End != rep.Changes[i].Content.Due.String() {
			t.Errorf("the due date is %s, want %s", got.Restriction.Period.End, rep.Changes[i].Content.Due)
		}
		b.server.SetFault(nil)
		b.run(ExitDone)
		b.written(0)
	}
}

func TestATaskThatStaffEndMeanwhileStaysEnded(t *testing.T) {
	b, m := later(t, sandbox.Options{})
	task := b.find("Task", "plan.review "+b.client(m, "plan-review-overdue"))
	b.once(func() { b.edit(task, func(r map[string]any) { r["status"] = "completed" }) })
	rep := b.run(ExitDone)
	if got := b.stands("Task")[task]; !strings.HasPrefix(got, "completed ") || rep.Applied.Moved != 1 {
		t.Errorf("%s, %+v", got, rep.Applied)
	}
}

func TestATargetThatIsDeletedMeanwhileIsWrittenAnew(t *testing.T) {
	b, m := later(t, sandbox.Options{NoUpdateCreate: true})
	client := b.client(m, "plan-review-overdue")
	task := b.find("Task", "plan.review "+client)
	b.once(func() { b.server.Delete(task) })
	rep := b.run(ExitDone)
	if again := b.find("Task", "requested plan.review "+client); again == task || rep.Applied.Created != rep.Totals.Create+1 || rep.Applied.Moved != 1 {
		t.Errorf("%s, %+v", again, rep.Applied)
	}
	b.singly()
}

func TestATargetThatLosesItsTagIsForeignFromThenOn(t *testing.T) {
	b, m := later(t, sandbox.Options{})
	task := b.find("Task", "plan.review "+b.client(m, "plan-review-overdue"))
	b.once(func() { b.edit(task, func(r map[string]any) { delete(r["meta"].(map[string]any), "tag") }) })
	before, _ := b.server.Get(task)
	rep := b.run(ExitDone)
	after, _ := b.server.Get(task)
	if cut(string(before), `"restriction"`) != cut(string(after), `"restriction"`) {
		t.Errorf("a foreign Task was changed:\n%s\n%s", before, after)
	}
	if rep.Applied.Existed != 1 || rep.Applied.Created != rep.Totals.Create {
		t.Errorf("%+v", rep.Applied)
	}
	b.singly()
}

func cut(s, from string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, "}}")
	return s
}

func TestATargetThatKeepsMovingIsLeftToTheNextRun(t *testing.T) {
	b, m := later(t, sandbox.Options{Terse: true})
	task := b.find("Task", "plan.review "+b.client(m, "plan-review-overdue"))
	id := strings.TrimPrefix(task, "Task/")
	var n atomic.Int32
	b.server.SetFault(func(r *http.Request) *sandbox.Fault {
		if isWrite(r) && strings.Contains(bodyOf(r), id) {
			text := fmt.Sprint("gång ", n.Add(1))
			b.edit(task, func(r map[string]any) { r["note"] = []any{map[string]any{"text": text}} })
		}
		return nil
	})
	rep := b.run(ExitPartly)
	if rep.Applied.Left != 1 || rep.Applied.Updated != rep.Totals.Update-1 {
		t.Errorf("%+v of %+v", rep.Applied, rep.Totals)
	}
	if p := rep.problem("journal", "writes"); p == nil || !strings.Contains(p.What, "next run") {
		t.Errorf("%+v", rep.Problems)
	}
	b.server.SetFault(nil)
	b.run(ExitDone)
	b.written(1)
}

func TestARefusedChangeHoldsUpNobodyElse(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t)
	client := b.client(m, "plan-review-overdue")
	b.server.SetFault(func(r *http.Request) *sandbox.Fault {
		if isWrite(r) && strings.Contains(bodyOf(r), `"`+client+`"`) {
			return &sandbox.Fault{Status: http.StatusUnprocessableEntity}
		}
		return nil
	})
	rep := b.run(ExitFailed)
	if rep.Applied.Refused != 2 || rep.Applied.Created != rep.Totals.Create-2 || rep.Applied.Created == 0 {
		t.Errorf("%+v of %+v", rep.Applied, rep.Totals)
	}
	p := rep.problem("journal", "writes")
	if p == nil || !strings.Contains(p.What, "422") || strings.Contains(p.What, client) {
		t.Errorf("%+v", rep.Problems)
	}
	b.server.SetFault(nil)
	b.run(ExitDone)
	b.written(2)
	b.singly()
}

// The connection is cut when the server has done everything: nobody can know, and
// nothing is written twice.
func TestAConnectionThatIsCutAfterTheServerHasWritten(t *testing.T) {
	cutFirst := func(b *bed, times int32) {
		var n atomic.Int32
		b.server.SetFault(func(r *http.Request) *sandbox.Fault {
			if isWrite(r) && n.Add(1) <= times {
				return &sandbox.Fault{Cut: sandbox.CutAfter}
			}
			return nil
		})
	}
	t.Run("creates", func(t *testing.T) {
		b := newBed(t)
		cutFirst(b, 2)
		rep := b.run(ExitDone)
		if rep.Applied.Created+rep.Applied.Existed != rep.Totals.Create || rep.Applied.Existed == 0 {
			t.Errorf("%+v of %+v", rep.Applied, rep.Totals)
		}
		b.written(rep.Totals.Create)
		b.singly()
		b.run(ExitDone)
		b.written(0)
	})
	t.Run("updates", func(t *testing.T) {
		b, _ := later(t, sandbox.Options{})
		cutFirst(b, 1)
		rep := b.run(ExitDone)
		b.written(rep.Totals.Writes())
		b.server.SetFault(nil)
		b.run(ExitDone)
		b.written(0)
	})
	t.Run("every time", func(t *testing.T) {
		b := newBed(t)
		cutFirst(b, 1<<30)
		rep := b.run(ExitFailed)
		if rep.Applied.Failed == 0 || rep.Applied.Created != 0 {
			t.Errorf("%+v", rep.Applied)
		}
		b.server.SetFault(nil)
		b.clock.Add(int64(time.Minute))
		b.run(ExitDone)
		b.singly()
		b.run(ExitDone)
		b.written(0)
	})
}

// Another run writes one of the same between read and write.
func TestOneOfManyExistsAlready(t *testing.T) {
	b := newBed(t)
	p, err := b.job.Preview(b.ctx(), b.options())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(p.changes, func(c Change) bool { return c.Action == ActCreate && c.Type == fhirmap.TaskType })
	c := p.changes[i]
	body, err := b.job.writer().Create(c.Type, c.Finding, 0, c.Client, c.Rule, c.Content, b.now())
	if err != nil {
		t.Fatal(err)
	}
	b.once(func() { b.putJSON(string(body)) })
	rep := b.run(ExitDone)
	if rep.Applied.Existed != 1 || rep.Applied.Created != rep.Totals.Create-1 {
		t.Errorf("%+v of %+v", rep.Applied, rep.Totals)
	}
	b.singly()
}

func TestARunThatIsStoppedWhileItWrites(t *testing.T) {
	var n, answered atomic.Int32
	b := bedOf(t, people.Small("t-", bedDay), sandbox.Options{Observe: func(s sandbox.Seen) {
		if s.Act == "transaction" {
			answered.Add(1)
		}
	}}, "writes: {mode: write, transaction_size: 2}")
	ctx, stop := context.WithCancel(b.ctx())
	b.server.SetFault(func(r *http.Request) *sandbox.Fault {
		if isWrite(r) && n.Add(1) == 3 {
			stop()
		}
		return nil
	})
	rep, err := b.job.Reconcile(ctx, b.options())
	if !errors.Is(err, context.Canceled) || rep.Exit != ExitFailed || rep.Applied == nil {
		t.Fatalf("%+v, %v", rep, err)
	}
	// The server carries out what it has received, whoever still waits for the answer.
	for answered.Load() < n.Load() {
		time.Sleep(time.Millisecond)
	}
	written := b.server.Requests().Written()
	if written == 0 || written >= rep.Totals.Create {
		t.Fatalf("%d of %d were written: it was not stopped in the middle", written, rep.Totals.Create)
	}
	if runs, err := b.job.Reports(b.ctx(), 1); err != nil || runs[0].Exit != ExitFailed || runs[0].Applied == nil || runs[0].Ended.IsZero() {
		t.Errorf("the record of the run: %+v, %v", runs[0], err)
	}
	b.server.SetFault(nil)
	b.run(ExitDone)
	b.written(rep.Totals.Create - written)
	b.singly()
	b.run(ExitDone)
	b.written(0)
}

// sink is a record system in memory that answers as it is told.
type sink struct {
	answer func(round int, w adapters.Write) adapters.Answer
	rounds int
	got    [][]adapters.Write
}

func (s *sink) Standing(context.Context, string, string, string, adapters.Reader) adapters.Outcome {
	return adapters.Outcome{Complete: true}
}

func (s *sink) Apply(_ context.Context, writes []adapters.Write) []adapters.Answer {
	s.rounds++
	s.got = append(s.got, writes)
	out := make([]adapters.Answer, len(writes))
	for i, w := range writes {
		out[i] = s.answer(s.rounds, w)
	}
	return out
}

func TestWhatAnswersMean(t *testing.T) {
	task := stands(t, overduePlan(), fhirmap.TaskType)
	in := input([]Wanted{overduePlan(onlyTask, func(w *Wanted) { w.TaskContent.Due++ })}, task)
	changes := Diff(in)
	fault := &adapters.Error{System: "journal", What: "answered 500"}
	for _, row := range []struct {
		name   string
		answer func(round int, w adapters.Write) adapters.Answer
		read   func() ([]byte, error)
		want   Applied
		rounds int
	}{
		{"written", func(int, adapters.Write) adapters.Answer { return adapters.Answer{Answered: adapters.Written} }, nil, Applied{Updated: 1}, 1},
		{"failed", func(int, adapters.Write) adapters.Answer {
			return adapters.Answer{Answered: adapters.Failed, Err: fault}
		}, nil, Applied{Failed: 1, Problems: []string{"journal: answered 500"}}, 1},
		{"refused", func(int, adapters.Write) adapters.Answer {
			return adapters.Answer{Answered: adapters.Refused, Err: fault}
		}, nil, Applied{Refused: 1, Problems: []string{"journal: answered 500"}}, 1},
		{"refused without a word", func(int, adapters.Write) adapters.Answer { return adapters.Answer{Answered: adapters.Refused} }, nil, Applied{Refused: 1}, 1},
		{"no answer at all", func(int, adapters.Write) adapters.Answer { return adapters.Answer{} }, nil, Applied{Failed: 1}, 1},
		{"stale, though it stands as it stood: another entry was", func(n int, _ adapters.Write) adapters.Answer {
			if n == 1 {
				return adapters.Answer{Answered: adapters.Stale}
			}
			return adapters.Answer{Answered: adapters.Written}
		}, func() ([]byte, error) { return task.Raw, nil }, Applied{Updated: 1}, 2},
		{
			"stale for ever", func(int, adapters.Write) adapters.Answer { return adapters.Answer{Answered: adapters.Stale} },
			func() ([]byte, error) { return task.Raw, nil },
			Applied{Left: 1},
			applyRounds,
		},
		{
			"stale, and it cannot be read", func(int, adapters.Write) adapters.Answer { return adapters.Answer{Answered: adapters.Stale} },
			func() ([]byte, error) { return nil, fault },
			Applied{Failed: 1, Problems: []string{"journal: answered 500"}},
			1,
		},
		{
			"stale, and it can no longer be understood", func(int, adapters.Write) adapters.Answer { return adapters.Answer{Answered: adapters.Stale} },
			func() ([]byte, error) {
				return []byte(strings.Replace(string(task.Raw), `"requested"`, `7`, 1)), nil
			},
			Applied{Failed: 1, Problems: []string{"read Task/Task-f1 again: JSON of another shape than expected, at status"}},
			1,
		},
		{
			"stale, and somebody wrote just what was meant", func(int, adapters.Write) adapters.Answer { return adapters.Answer{Answered: adapters.Stale} },
			func() ([]byte, error) {
				raw := strings.Replace(string(after(t, changes[0]).Raw), `"versionId":"1"`, `"versionId":"2"`, 1)
				return []byte(raw), nil
			},
			Applied{Moved: 1},
			1,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := &sink{answer: row.answer}
			reads := &tamper{read: func(string) ([]byte, error, bool) {
				if row.read == nil {
					t.Error("it is read again")
					return nil, nil, true
				}
				body, err := row.read()
				return body, err, true
			}}
			told := 0
			a := &applier{sink: s, source: reads, writer: writer, now: func() time.Time { return atNoon }, diff: in, told: func(done, of int) { told = done * 10 / of }}
			got, err := a.apply(t.Context(), changes)
			byKind := 0
			for _, outcomes := range got.Kinds {
				for _, n := range outcomes {
					byKind += n
				}
			}
			if all := got.Written() + got.Existed + got.Left + got.Refused + got.Failed; byKind != all {
				t.Errorf("%d are counted by kind, of %d: %v", byKind, all, got.Kinds)
			}
			got.Kinds = nil
			if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", row.want) || s.rounds != row.rounds {
				t.Errorf("got %+v in %d rounds, %v", got, s.rounds, err)
			}
			if told != 10 {
				t.Errorf("progress ends at %d of 10", told)
			}
		})
	}
}

func TestCreatesThatAreStaleAreTriedAgainAloneAndThenLeft(t *testing.T) {
	var many []Wanted
	for i := range 5 {
		many = append(many, overduePlan(onlyTask, func(w *Wanted) { w.ID = fmt.Sprint("f", i) }))
	}
	in := input(many)
	s := &sink{answer: func(_ int, w adapters.Write) adapters.Answer {
		if strings.HasSuffix(w.Identifier, "|f3") {
			return adapters.Answer{Answered: adapters.Stale} // two of them stand already: the server cannot tell which
		}
		return adapters.Answer{Answered: adapters.Written}
	}}
	a := &applier{sink: s, writer: writer, now: func() time.Time { return atNoon }, diff: in}
	got, err := a.apply(t.Context(), Diff(in))
	if err != nil || got.Created != 4 || got.Left != 1 || got.Written() != 4 {
		t.Errorf("%+v, %v", got, err)
	}
	if n := len(s.got[len(s.got)-1]); n != 1 {
		t.Errorf("the last round holds %d", n)
	}
}

func TestAChangeThatCannotBeWrittenIsToldAndTheOthersAre(t *testing.T) {
	in := input([]Wanted{overduePlan(), overduePlan(onlyTask, func(w *Wanted) { w.ID, w.TaskContent.Owner = "f2", "identifier:0f" })})
	s := &sink{answer: func(int, adapters.Write) adapters.Answer { return adapters.Answer{Answered: adapters.Written} }}
	a := &applier{sink: s, writer: writer, now: func() time.Time { return atNoon }, diff: in}
	got, err := a.apply(t.Context(), Diff(in))
	if err != nil || got.Created != 2 || got.Failed != 1 || len(got.Problems) != 1 || strings.Contains(got.Problems[0], "0f") {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestEachProblemIsToldOnce(t *testing.T) {
	var a applier
	for i := range 100 {
		a.problem("the same")
		a.problem(fmt.Sprint("another ", i))
	}
	if len(a.res.Problems) != 20 || a.res.Problems[0] != "the same" {
		t.Errorf("%d problems: %v", len(a.res.Problems), a.res.Problems)
	}
}

// What staff take over in a protected client's record, brygga still writes no unit.
func TestNothingLocatesAProtectedClient(t *testing.T) {
	m := people.Generate(people.Options{Seed: 2, Clients: 120, AsOf: bedDay, VisitsPerMonth: -1, Months: 1})
	b := bedOf(t, m, sandbox.Options{}, "writes: {mode: write}\nguard: {at_least: 10000}\nrules: {pack: botkyrka, set: {plan.review.months: 1}}")
	protected := map[string]bool{}
	for i, raw := range b.server.All("Patient") {
		if i%3 == 0 {
			continue // the others are not
		}
		ref := "Patient/" + idOf(t, raw)
		b.edit(ref, func(r map[string]any) {
			r["meta"].(map[string]any)["security"] = []any{map[string]any{"system": "http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel", "code": "sekretessmarkering"}}
		})
		protected[ref] = true
	}
	p, err := b.job.Preview(b.ctx(), b.options())
	if err != nil {
		t.Fatal(err)
	}
	file, err := b.job.Save(p)
	if err != nil {
		t.Fatal(err)
	}
	var saved struct {
		Changes []struct {
			Client, Unit string
			Content      fhirmap.Content
		}
	}
	if err := json.Unmarshal(file, &saved); err != nil {
		t.Fatal(err)
	}
	for _, c := range saved.Changes {
		if protected[c.Client] && (c.Unit != "" || c.Content.Owner != "") {
			t.Errorf("the saved preview tells where %s is: %+v", c.Client, c)
		}
	}
	rep := b.run(ExitDone)
	seen := 0
	for _, c := range rep.Changes {
		if protected[string(c.Client)] && c.Unit != "" {
			t.Errorf("the report tells where %s is: %s", c.Client, c.Unit)
		}
	}
	var units []string
	for _, raw := range b.server.All("Organization") {
		_, name, _ := strings.Cut(string(raw), `"name":"`)
		name, _, _ = strings.Cut(name, `"`)
		units = append(units, name, "Organization/"+idOf(t, raw))
	}
	for _, typ := range []string{"Task", "Flag"} {
		for _, raw := range b.server.All(typ) {
			s := string(raw)
			for client := range protected {
				if !strings.Contains(s, `"`+client+`"`) {
					continue
				}
				seen++
				for _, unit := range append(units, "Organization/", "Practitioner/", "PractitionerRole/", `"owner":{`) {
					if strings.Contains(s, unit) {
						t.Errorf("%s is in what is written for a protected client: %s", unit, s)
					}
				}
			}
		}
	}
	if seen < 20 {
		t.Fatal("next to nothing is written for protected clients: the test shows nothing")
	}
	// Nor do the figures per unit count them.
	counted := 0
	for _, c := range rep.Coverage[:len(rep.Coverage)-1] {
		counted += c.Clients
	}
	if all := rep.Coverage[len(rep.Coverage)-1].Clients; counted == 0 || counted >= all || all-counted > len(protected) {
		t.Errorf("%d clients in units, %d in all, %d protected", counted, all, len(protected))
	}
}

// What is foreign is not touched, whatever marks of ours it bears.
func TestForeignResourcesAmongWhatStands(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t)
	client := b.client(m, "settled")
	foreign := func(id, tag, identifier string) {
		meta := ""
		if tag != "" {
			meta = `"meta":{"tag":[` + tag + `]},`
		}
		b.put(`{"resourceType":"Task","id":%q,`+meta+`"identifier":[%s],"status":"requested","intent":"order","for":{"reference":%q},
			"code":{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/rule","code":"plan.review"}]}}`, id, identifier, client)
	}
	ours := `{"system":"https://brygga.example/fhir/tenant","code":"bed"}`
	theirs := `{"system":"https://brygga.example/fhir/tenant","code":"grannkommun"}`
	finding := func(v string) string { return fmt.Sprintf(`{"system":%q,"value":%q}`, fhirmap.FindingSystem, v) }
	foreign("other-tenant", theirs, finding("f-other"))
	foreign("no-tag", "", finding("f-untagged"))
	foreign("no-identifier", ours, `{"system":"theirs","value":"1"}`)
	foreign("no-such-finding", ours, finding("f#one"))
	foreign("orphan", ours, finding("f-orphan")) // ours by both marks: nothing is found any more
	before := map[string]string{}
	for _, raw := range b.server.All("Task") {
		before[idOf(t, raw)] = string(raw)
	}
	b.run(ExitDone)
	for id, was := range before {
		now, _ := b.server.Get("Task/" + id)
		if ended := strings.Contains(string(now), `"completed"`); ended != (id == "orphan") {
			t.Errorf("%s: %s", id, now)
		}
		if id != "orphan" && string(now) != was {
			t.Errorf("%s was changed: %s", id, now)
		}
	}
	b.run(ExitDone)
	b.written(0)
}

// One of ours that can no longer be read is left alone, and nothing stands beside it.
func TestOneOfOursThatCanNoLongerBeRead(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t)
	b.run(ExitDone)
	task := b.find("Task", "plan.review "+b.client(m, "plan-review-overdue"))
	raw, _ := b.server.Get(task)
	if err := b.server.Load([]byte(strings.Replace(string(raw), `"requested"`, `["requested"]`, 1))); err != nil {
		t.Fatal(err)
	}
	rep := b.run(ExitDone)
	b.written(0)
	if rep.Totals.Why[NotOurs] != 1 || !strings.Contains(strings.Join(rep.Warnings, "\n"), task) {
		t.Errorf("%+v, %v", rep.Totals, rep.Warnings)
	}
	act, _ := m.PlanReviewed()
	for _, r := range act.Put {
		b.putJSON(string(r.JSON))
	}
	b.run(ExitDone)
	b.written(1) // its Flag
	if now, _ := b.server.Get(task); !strings.Contains(string(now), `["requested"]`) {
		t.Errorf("it was changed: %s", now)
	}
}

func TestWhatHasLongEndedIsNotKeptInMemory(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t)
	b.run(ExitDone)
	act, _ := m.PlanReviewed()
	for _, r := range act.Put {
		b.putJSON(string(r.JSON))
	}
	b.run(ExitDone)
	b.nextDay()
	p, err := b.job.Preview(b.ctx(), b.options())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range p.diff.Standing {
		if o.Ended() {
			t.Errorf("%s/%s has ended, is not wanted, and is kept", o.Type, o.ID)
		}
	}
	if len(p.diff.Standing) == 0 {
		t.Error("nothing stands")
	}
	for _, r := range act.Put { // back again: now the one that ended counts
		b.server.Delete(r.Ref())
	}
	b.run(ExitDone)
	b.find("Task", "requested plan.review "+b.client(m, "plan-review-overdue"))
	for _, raw := range b.server.All("Task") {
		if strings.Contains(string(raw), `#1"`) {
			return
		}
	}
	t.Error("the second occurrence is not told from the first: ", slices.Collect(maps.Values(b.stands("Task"))))
}

func TestAUnitThatWasNotReadIsNobodysOwner(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t)
	client := b.client(m, "contact-missing-overdue")
	for _, raw := range b.server.All("EpisodeOfCare") {
		if s := string(raw); strings.Contains(s, `"`+client+`"`) {
			_, unit, _ := strings.Cut(s, `"Organization/`)
			unit, _, _ = strings.Cut(unit, `"`)
			if err := b.server.Load([]byte(strings.ReplaceAll(s, `"Organization/`+unit+`"`, `"Organization/nowhere"`))); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.run(ExitDone)
	task := b.find("Task", "contact.missing "+client)
	if raw, _ := b.server.Get(task); strings.Contains(string(raw), "nowhere") || strings.Contains(string(raw), `"owner"`) {
		t.Errorf("%s", raw)
	}
}
