package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/config"
	"brygga/sandbox"
	"brygga/sandbox/people"
)

// bed is a municipality in a record system of our own, and a brygga that is
// configured for it: real HTTP, a real store, a clock that the test sets.
type bed struct {
	*testing.T
	server *sandbox.Server
	url    string
	dir    string
	clock  atomic.Int64
	job    *Opened
	place  string         // of the store, if it is not a file in dir
	log    zerolog.Logger // nobody's, unless a test looks
}

const bedDay = "2026-11-22"

// newBed loads the small municipality, and configures writing without a guard in
// the way; more are lines of YAML that replace the section writes.
func newBed(t *testing.T, more ...string) *bed {
	t.Helper()
	return bedOf(t, people.Small("t-", bedDay), sandbox.Options{}, more...)
}

// bedOf loads a municipality; nil is one with nobody in it.
func bedOf(t *testing.T, m *people.Municipality, opt sandbox.Options, more ...string) *bed {
	t.Helper()
	b := &bed{T: t, dir: t.TempDir()}
	b.set(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)) // everything was written down the day before
	opt.Clock = b.now
	b.server = sandbox.New(opt)
	if m != nil {
		for r := range m.Resources {
			if err := b.server.Load(r.JSON); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.set(time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC))
	url, stop, err := b.server.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	b.url = url
	writes := "writes: {mode: write}"
	if len(more) > 0 {
		writes = strings.Join(more, "\n")
	}
	b.configure("systems:\n  journal: {kind: fhir, url: " + url + ", page_size: 50, receives: [flags, tasks]}\n" + writes)
	return b
}

// configure writes the configuration and opens it.
func (b *bed) configure(text string) {
	b.Helper()
	text = "tenant: bed\nstore: " + cmp.Or(b.place, "sqlite:brygga.db") + "\nkeys: {pseudonym: file:key, audit: file:audit.key}\n" + text + "\n"
	b.write("key", strings.Repeat("7a", 32))
	b.write("audit.key", strings.Repeat("a9", 32))
	b.write("brygga.yaml", text)
	b.reopen()
}

// reopen opens what is configured, as a new process would.
func (b *bed) reopen() {
	b.Helper()
	cfg, problems := config.Load(filepath.Join(b.dir, "brygga.yaml"), os.LookupEnv)
	if err := problems.Err(); err != nil {
		b.Fatal(err)
	}
	if b.job != nil {
		b.job.Close()
	}
	o, err := Open(b.Context(), cfg, Deps{Now: b.now, Log: b.log, Sleep: func(context.Context, time.Duration) error { return nil }})
	if err != nil {
		b.Fatal(err)
	}
	b.job = o
	b.Cleanup(func() { o.Close() })
}

func (b *bed) write(name, text string) {
	b.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

func (b *bed) now() time.Time              { return time.Unix(0, b.clock.Add(int64(time.Millisecond))).UTC() }
func (b *bed) set(t time.Time)             { b.clock.Store(t.UnixNano()) }
func (b *bed) nextDay()                    { b.clock.Add(int64(24 * time.Hour)) }
func (b *bed) options() RunOptions         { return RunOptions{AsOf: b.job.Today(), Trigger: "test"} }
func (b *bed) ctx() context.Context        { return b.Context() }
func (b *bed) put(format string, a ...any) { b.Helper(); b.putJSON(fmt.Sprintf(format, a...)) }

func (b *bed) putJSON(resource string) {
	b.Helper()
	if _, err := b.server.Put(json.RawMessage(resource)); err != nil {
		b.Fatal(err)
	}
}

// edit changes a resource of the record system as staff would.
func (b *bed) edit(ref string, change func(map[string]any)) {
	b.Helper()
	raw, ok := b.server.Get(ref)
	if !ok {
		b.Fatalf("%s is not there", ref)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		b.Fatal(err)
	}
	change(m)
	raw, err := json.Marshal(m)
	if err != nil {
		b.Fatal(err)
	}
	b.putJSON(string(raw))
}

// run is one night; it must end with the exit code.
func (b *bed) run(exit int, change ...func(*RunOptions)) *Report {
	b.Helper()
	opt := b.options()
	for _, c := range change {
		c(&opt)
	}
	b.server.ResetRequests()
	rep, err := b.job.Reconcile(b.ctx(), opt)
	if err != nil {
		b.Fatal(err)
	}
	if rep.Exit != exit {
		b.Fatalf("exit %d, want %d; problems %v, quarantine %v, guard %+v", rep.Exit, exit, rep.Problems, rep.Quarantine, rep.Guard)
	}
	return rep
}

// written asserts how many resources the last run wrote, counted by the server.
func (b *bed) written(want int) {
	b.Helper()
	if got := b.server.Requests().Written(); got != want {
		b.Errorf("%d resources were written, want %d: %v", got, want, b.server.Requests().Writes)
	}
}

// stands gives what brygga has written, as "status rule client" per type, read
// from the server's own memory.
func (b *bed) stands(typ string) map[string]string {
	b.Helper()
	out := map[string]string{}
	for _, raw := range b.server.All(typ) {
		var r struct {
			ID      string
			Status  string
			Code    struct{ Coding []struct{ Code string } }
			For     struct{ Reference string }
			Subject struct{ Reference string }
		}
		if err := json.Unmarshal(raw, &r); err != nil {
			b.Fatal(err)
		}
		out[typ+"/"+r.ID] = fmt.Sprintf("%s %s %s%s", r.Status, r.Code.Coding[0].Code, r.For.Reference, r.Subject.Reference)
	}
	return out
}

// find gives the one resource whose line of stands has this text.
func (b *bed) find(typ, text string) string {
	b.Helper()
	var found []string
	for ref, line := range b.stands(typ) {
		if strings.Contains(line, text) {
			found = append(found, ref)
		}
	}
	if len(found) != 1 {
		b.Fatalf("%d %ss match %q: %v", len(found), typ, text, b.stands(typ))
	}
	return found[0]
}

// client gives the Patient of a story.
func (b *bed) client(m *people.Municipality, story string) string {
	b.Helper()
	for c := range m.Clients {
		if c.Story.Name == story {
			return "Patient/" + c.ID
		}
	}
	b.Fatalf("nobody has the story %s", story)
	return ""
}

func onType(typ string, f sandbox.Fault) func(*http.Request) *sandbox.Fault {
	return sandbox.OnType(typ, f)
}

func idOf(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var r struct{ ID string }
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r.ID
}
