package fhir

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"brygga/adapters"
)

// realServer opens the server that BRYGGA_TEST_FHIR_URL names. Nothing below may
// know which one it is.
func realServer(t *testing.T, seen func(adapters.Seen)) *System {
	url := os.Getenv("BRYGGA_TEST_FHIR_URL")
	if url == "" {
		t.Skip("set BRYGGA_TEST_FHIR_URL to the base of a FHIR R4 server for tests; this writes Tasks there")
	}
	o := Options{Name: "real", URL: url, PageSize: 50, Clock: func() time.Time { return noon }, Wrap: adapters.Observe(seen)}
	if token := os.Getenv("BRYGGA_TEST_FHIR_TOKEN"); token != "" {
		o.Auth = Auth{Kind: AuthBearer, Token: token}
	}
	return opened(t, o)
}

// counted counts the attempts, and those that were refused.
type counted struct {
	mu           sync.Mutex
	all, refused int
}

func (c *counted) seen(s adapters.Seen) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all++
	if s.Status >= 400 {
		c.refused++
	}
}

func (c *counted) reset() (all, refused int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all, refused = c.all, c.refused
	c.all, c.refused = 0, 0
	return all, refused
}

func TestRealServer(t *testing.T) {
	ctx := context.Background()
	var count counted
	s := realServer(t, count.seen)
	run := uuid.NewString()
	tag, system := "https://brygga.example/fhir/tenant|"+run, "https://brygga.example/fhir/finding/"+run
	task := func(n int, id, status string) []byte {
		return []byte(fmt.Sprintf(`{"resourceType":"Task","id":%q,"status":%q,"intent":"order","description":"prov",
			"identifier":[{"system":%q,"value":"f%d"}],"meta":{"tag":[{"system":"https://brygga.example/fhir/tenant","code":%q}]}}`, id, status, system, n, run))
	}
	const n = 120
	writes := make([]adapters.Write, n)
	for i := range writes {
		body := task(i, "", "requested")
		writes[i] = adapters.Write{Op: adapters.Create, Type: "Task", Identifier: fmt.Sprintf("%s|f%d", system, i), Body: body}
	}
	for i := range writes { // an empty id is not allowed
		writes[i].Body = []byte(fmt.Sprintf(`{"resourceType":"Task",%s`, string(writes[i].Body[len(`{"resourceType":"Task","id":"",`):])))
	}
	tally := func(answers []adapters.Answer) map[adapters.Answered]int {
		m := map[adapters.Answered]int{}
		for _, a := range answers {
			m[a.Answered]++
			if a.Err != nil {
				t.Log(a.Err)
			}
		}
		return m
	}
	if got := tally(s.Apply(ctx, writes)); got[adapters.Written] != n {
		t.Fatalf("creates: %v", got)
	}
	all, refused := count.reset()
	t.Logf("%d creates: %d requests, %d of them refused", n, all, refused)
	if got := tally(s.Apply(ctx, writes)); got[adapters.Existed] != n {
		t.Fatalf("the same creates again: %v", got)
	}
	all, refused = count.reset()
	t.Logf("again: %d requests, %d refused", all, refused)
	if refused > 0 {
		t.Errorf("what the server does not take was not remembered: %d refused", refused)
	}

	found := &versions{}
	o := s.Standing(ctx, "Task", tag, system, found)
	if !o.Complete || len(found.of) != n {
		t.Fatalf("standing: complete %v, %d of %d, %v", o.Complete, len(found.of), n, o.Fault)
	}
	byIdentity := &versions{}
	if o := s.Pull(ctx, adapters.Query{Kind: "task", Type: "Task", Params: byIdentifier(system)}, byIdentity); !o.Complete || len(byIdentity.of) != n {
		t.Errorf("by identifier system: complete %v, %d of %d, %v", o.Complete, len(byIdentity.of), n, o.Fault)
	}
	updates := make([]adapters.Write, 0, n)
	for id, version := range found.of {
		updates = append(updates, adapters.Write{Op: adapters.Update, Type: "Task", ID: id, Version: version, Body: task(1, id, "cancelled")})
	}
	if got := tally(s.Apply(ctx, updates)); got[adapters.Written] != n {
		t.Fatalf("updates: %v", got)
	}
	all, refused = count.reset()
	t.Logf("%d updates: %d requests, %d refused", n, all, refused)
	if got := tally(s.Apply(ctx, updates[:60])); got[adapters.Stale] != 60 {
		t.Fatalf("the same updates again: %v", got)
	}
	if body, err := s.Read(ctx, "Task/"+updates[0].ID); err != nil || body == nil {
		t.Errorf("read: %d bytes, %v", len(body), err)
	}
	if body, err := s.Read(ctx, "Task/no-such-task"); err != nil || body != nil {
		t.Errorf("read of none: %d bytes, %v", len(body), err)
	}
	o, _ = pull(s, adapters.Query{Kind: "task", Type: "Task", Since: "2001-01-01T00:00:00Z", Params: withTag(tag)})
	if !o.Complete || o.Rows != n || o.Checkpoint == "" {
		t.Errorf("by change: %+v", o)
	}
	for _, r := range s.Check(ctx, true, CheckProbe{Types: []string{"Patient", "Encounter"}, Writes: []string{"Flag", "Task"}, Tag: tag, IdentifierSystem: system}) {
		t.Logf("%-4s %s: %s; %s", r.Verdict, r.What, r.Seen, r.Do)
		if r.Verdict == Fail {
			t.Errorf("%s failed", r.What)
		}
	}
	if got, want := s.Check(ctx, false, CheckProbe{Types: []string{"NoSuchType"}}), "search NoSuchType"; got[len(got)-1].What != want || got[len(got)-1].Verdict != Fail {
		t.Errorf("a type that no server has: %+v", got[len(got)-1])
	}
}

// versions reads ids and versions.
type versions struct {
	mu sync.Mutex
	of map[string]string
}

func (v *versions) Open(body []byte) (adapters.Page, error) {
	b, ok := parseSearchset(body)
	if !ok {
		return adapters.Page{}, http.ErrNotSupported
	}
	p := adapters.Page{Next: b.link("next"), Total: -1}
	for i := range b.Entry {
		p.Keys = append(p.Keys, uint64(i))
	}
	p.Take = func() error {
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.of == nil {
			v.of = map[string]string{}
		}
		for _, e := range b.Entry {
			v.of[e.Resource.ID] = e.Resource.Meta.VersionID
		}
		return nil
	}
	return p, nil
}
