package store

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func lastEntry(t *testing.T, tenant *Tenant) (e AuditEntry) {
	t.Helper()
	ok(t, tenant.EachAudit(context.Background(), func(a Audited) error {
		e = AuditEntry{}
		return json.Unmarshal(a.Canonical, &e)
	}))
	return e
}

func writing(what string) *AuditEntry { return &AuditEntry{At: noon, Action: what, Run: "r"} }

func TestWhatIsBegunIsOpenUntilItIsSaidWhatBecameOfIt(t *testing.T) {
	ctx, path := context.Background(), pathIn(t)
	tenant := openAt(t, path).Tenant("exempelkommun")
	other := openAt(t, path).Tenant("exempelkommun") // as another process has it
	auditedTo(t, tenant, 1)
	stands := func(when string, count int64, open []int64, want []Begun) {
		t.Helper()
		s := verified(t, other, nil)
		if s.Broken != nil || s.Count != count || !reflect.DeepEqual(s.Open, open) {
			t.Errorf("%s: %d entries, open are %v; and should be %d and %v: %+v", when, s.Count, s.Open, count, open, s.Broken)
		}
		got, err := other.Begun(ctx)
		ok(t, err)
		if len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("%s, begun are %+v, and should be %+v", when, got, want)
		}
	}
	turn := func(part string, done, next *AuditEntry, what string) int64 {
		t.Helper()
		n, err := tenant.AuditTurn(ctx, auditKey, Turn{Run: "r", Part: part, Done: done, Next: next, What: []byte(what)})
		ok(t, err)
		return n
	}
	stands("at first", 1, nil, nil)
	if n := turn("", nil, writing("one"), "first"); n != 2 {
		t.Errorf("the first that is begun is entry %d", n)
	}
	if e := lastEntry(t, other); e.Outcome != AuditBegun || e.Action != "one" {
		t.Errorf("the entry is %+v", e)
	}
	stands("with one begun", 2, []int64{2}, []Begun{{Run: "r", Entry: 2, What: []byte("first")}})
	done := writing("one done")
	done.Of = 2
	turn("", done, writing("two"), "second")
	stands("when it is done, and another begun", 4, []int64{4}, []Begun{{Run: "r", Entry: 4, What: []byte("second")}})
	done.Of = 4
	turn("", done, nil, "")
	stands("when all is said", 5, nil, nil)

	turn("3", nil, writing("of a part"), "third")
	stands("with a part that has begun something", 6, []int64{6}, []Begun{{Run: "r", Part: "3", Entry: 6, What: []byte("third")}})
	ok(t, tenant.ForgetShards(ctx, "r"))
	stands("when the run is forgotten, what is open is not", 6, []int64{6}, []Begun{{Run: "r", Part: "3", Entry: 6, What: []byte("third")}})
	done.Of = 6
	turn("3", done, nil, "")
	stands("when all of a part is said, and it is not over", 7, nil, []Begun{{Run: "r", Part: "3"}})
	if b, there, err := other.BegunPart(ctx, "r", "3"); err != nil || !there || b.Entry != 0 {
		t.Errorf("the part is %+v, %v, %v", b, there, err)
	}
	if _, there, err := other.BegunPart(ctx, "r", "4"); err != nil || there {
		t.Errorf("another part has begun something: %v, %v", there, err)
	}
	ok(t, tenant.ForgetShards(ctx, "q"))
	stands("when another run is forgotten", 7, nil, []Begun{{Run: "r", Part: "3"}})
	ok(t, tenant.ForgetShards(ctx, "r"))
	stands("when the run is over", 7, nil, nil)
}

// What somebody began who died is said once, whoever says it, and what is in doubt stays
// until it is said.
func TestWhatSomebodyBeganWhoDiedIsSaidOnce(t *testing.T) {
	ctx, tenant := context.Background(), newTenant(t)
	names := func(when string, want ...string) {
		t.Helper()
		all, err := tenant.Doubts(ctx)
		ok(t, err)
		got := map[string]bool{}
		for _, d := range all {
			if got[d.Name] = true; d.Run != "r" || d.Entry != 1 || !d.At.Equal(noon) || string(d.What) != "of "+d.Name {
				t.Errorf("%s: a doubt is %+v", when, d)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s in doubt are %v, and should be %v", when, got, want)
		}
		for _, name := range want {
			if !got[name] {
				t.Errorf("%s %s is not in doubt", when, name)
			}
		}
	}
	var doubts []Doubt
	for _, name := range []string{"a", "b", "c", "d"} {
		doubts = append(doubts, Doubt{Name: name, Run: "r", Entry: 1, At: noon, What: []byte("of " + name)})
	}
	_, err := tenant.AuditTurn(ctx, auditKey, Turn{Run: "r", Next: writing("one"), What: []byte("Patient/secret")})
	ok(t, err)
	all, err := tenant.Begun(ctx)
	ok(t, err)
	for range 2 { // the second time it was said already
		ok(t, tenant.AuditSettle(ctx, auditKey, all[0], *writing("found"), doubts, nil))
	}
	if s := verified(t, tenant, nil); s.Broken != nil || s.Count != 2 || s.Open != nil {
		t.Errorf("the log is %+v", s)
	}
	if e := lastEntry(t, tenant); e.Of != 1 || e.Action != "found" {
		t.Errorf("the entry is %+v", e)
	}
	names("at first", "a", "b", "c", "d")
	_, err = tenant.AuditTurn(ctx, auditKey, Turn{Run: "s", Done: writing("by another"), Sure: []string{"b", "none"}})
	ok(t, err)
	names("when an answer cleared one up", "a", "c", "d")
	ok(t, tenant.AuditSure(ctx, auditKey, *writing("found later"), []string{"c"}))
	names("when one was found", "a", "d")
	ok(t, tenant.ForgetDoubts(ctx, []string{"d"}))
	names("when one is old", "a")
	if s := verified(t, tenant, nil); s.Broken != nil || s.Count != 4 {
		t.Errorf("the log is %+v", s)
	}
	if neighbour, err := tenant.store.Tenant("grannkommun").Doubts(ctx); err != nil || len(neighbour) > 0 {
		t.Errorf("the neighbour has %v, %v", neighbour, err)
	}
}

// Where the log cannot be added to nothing of a step is stored.
func TestAStepThatCannotBeWrittenDownIsNotTaken(t *testing.T) {
	ctx, tenant := context.Background(), newTenant(t)
	_, err := tenant.AuditTurn(ctx, auditKey, Turn{Run: "r", Next: writing("one"), What: []byte("x")})
	ok(t, err)
	b, err := tenant.Begun(ctx)
	ok(t, err)
	doubts := []Doubt{{Name: "a"}}
	for name, key := range map[string][]byte{"another key": bytes.Repeat([]byte("o"), 32), "no key": nil} {
		if _, err := tenant.AuditTurn(ctx, key, Turn{Run: "r", Done: writing("done"), Next: writing("two"), Doubts: doubts}); err == nil {
			t.Errorf("with %s a step is taken", name)
		}
		if err := tenant.AuditSettle(ctx, key, b[0], *writing("found"), doubts, nil); err == nil {
			t.Errorf("with %s it is settled", name)
		}
		if err := tenant.AuditSure(ctx, key, *writing("found"), nil); err == nil {
			t.Errorf("with %s it is sure", name)
		}
	}
	now, err := tenant.Begun(ctx)
	ok(t, err)
	left, err := tenant.Doubts(ctx)
	ok(t, err)
	if s := verified(t, tenant, nil); s.Count != 1 || len(left) > 0 || !reflect.DeepEqual(now, b) {
		t.Errorf("%d entries, %v in doubt, begun are %+v", s.Count, left, now)
	}
}

// What is kept beside the log tells a reader of the file nothing.
func TestWhatIsBegunIsSealed(t *testing.T) {
	ctx, path := context.Background(), pathIn(t)
	s := openAt(t, path)
	_, err := s.Tenant("exempelkommun").AuditTurn(ctx, auditKey, Turn{
		Run: "r", Next: writing("one"), What: []byte("Patient/secret"),
		Doubts: []Doubt{{Name: "Task/secret", What: []byte("Patient/secret")}},
	})
	ok(t, err)
	var contents []string
	rows, err := s.DB().QueryContext(ctx, `SELECT content FROM item`)
	ok(t, err)
	defer rows.Close()
	for rows.Next() {
		var c []byte
		ok(t, rows.Scan(&c))
		contents = append(contents, string(c))
	}
	ok(t, rows.Err())
	if len(contents) != 2 || strings.Contains(strings.Join(contents, ""), "secret") {
		t.Errorf("%d are kept: %q", len(contents), contents)
	}
}
