package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"brygga/care"
	"brygga/sandbox"
	"brygga/sandbox/exports"
	"brygga/sandbox/mixed"
	"brygga/sandbox/people"
	"brygga/store"
)

var chef = Asker{By: "Enhetschef Norra", User: "anna", Job: "report worklist"}

// audited gives a configuration a key for the audit log.
func (b *bed) audited() {
	b.Helper()
	file := filepath.Join(b.dir, "brygga.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	b.write("audit.key", strings.Repeat("c3", 32))
	b.write("brygga.yaml", strings.Replace(string(text), "keys: {pseudonym: file:key}", "keys: {pseudonym: file:key, audit: file:audit.key}", 1))
	b.reopen()
}

func (b *bed) stored() *Stored {
	b.Helper()
	s, err := LoadSnapshot(b.ctx(), b.job.Config, b.job.Job.Store, b.job.Today(), b.now())
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func (b *bed) entries() (n int64, last string) {
	b.Helper()
	key, err := b.job.Config.Keys.Audit.Key(b.ctx())
	if err != nil {
		b.Fatal(err)
	}
	s, err := b.job.Job.Store.VerifyAudit(b.ctx(), key, nil)
	if err != nil || s.Broken != nil {
		b.Fatalf("%v %+v", err, s.Broken)
	}
	err = b.job.Job.Store.EachAudit(b.ctx(), func(a store.Audited) error { last = string(a.Canonical); return nil })
	if err != nil {
		b.Fatal(err)
	}
	return s.Count, last
}

func (b *bed) requests() (n int) {
	for _, times := range b.server.Requests().Requests {
		n += times
	}
	return n
}

// withoutFHIR reads a municipality from Lifecare and lists, and none receives.
const withoutFHIR = `
systems:
  lifecare:
    kind: rest
    mapping: lifecare
    display_name: Lifecare
    url: %s
    auth: {kind: query-key, domain: file:domain, key: file:lifecare.key}
    settings: {contact_personnel_is: fast-omsorgskontakt}
  export: {kind: files, mapping: procapita-example, path: exports}
writes: {mode: report}
facts: {client: %[2]s, unit: %[2]s, staff: %[2]s, placement: %[2]s, service: %[2]s, visit: %[2]s, employment: export, note: export, contact-decision: export}
`

// calls counts who is asked for what.
type calls struct {
	mu    sync.Mutex
	paths map[string]int
}

func (c *calls) note(r *http.Request) *sandbox.Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paths[r.URL.Path]++
	return nil
}

func (c *calls) to(part string) (n int) {
	for path, times := range c.paths {
		if strings.Contains(path, part) {
			n += times
		}
	}
	return n
}

// Names come from wherever the client is: from a FHIR server one by one, from
// Lifecare and exports from their lists. Each way nobody with a protected identity
// is told, nothing is kept, and the use is written down.
func TestNamesComeFromWhereverTheClientIs(t *testing.T) {
	for _, c := range []struct {
		name, config, from string
		patients           bool // are asked for one by one
	}{
		{"from the FHIR server that receives, and from Lifecare who is not there", "", "names in journal, lifecare", true},
		{"from Lifecare", "lifecare", "names in lifecare", false},
		{"from exports", "export", "names in export", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			o := people.Options{Seed: 1, Clients: 300, AsOf: bedDay, VisitsPerMonth: 4, Months: 1}
			b, town := newTown(t, mixed.Options{People: o, Exports: exports.Options{Whole: true}}, "")
			if c.config != "" {
				b.configure(fmt.Sprintf(withoutFHIR, town.LifecareURL, c.config))
			}
			b.log = zerolog.New(zerolog.SyncWriter(&log)).Level(zerolog.TraceLevel)
			b.audited()
			if _, err := b.job.Preview(b.ctx(), b.options()); err != nil {
				t.Fatal(err)
			}
			s := b.stored()
			list := MakeWorklist(s, b.job.Today(), "sv")
			for _, u := range list.Units {
				for _, i := range u.Items {
					// An export has numbers of its own; else the system that receives is asked first.
					if shown := i.Shown(); c.patients && !strings.HasPrefix(shown, "Patient/") && !strings.HasPrefix(shown, "lifecare:") || c.config == "export" && !strings.HasPrefix(shown, "B") {
						t.Errorf("a client stands on the list as %s", shown)
					}
				}
			}
			var everybody []care.Ref
			open := map[care.Ref]bool{}
			protected := 0
			for _, k := range s.Clients {
				everybody = append(everybody, k.Ref)
				if open[k.Ref] = !k.Protected; k.Protected {
					protected++
				}
			}
			asked := &calls{paths: map[string]int{}}
			town.FHIR.SetFault(asked.note)
			names, err := b.job.Names(b.ctx(), s, append(everybody, everybody[0]), chef)
			if err != nil {
				t.Fatal(err)
			}
			given := map[string]bool{}
			narrow := strings.NewReplacer("č", "c", "ć", "c") // there is no place for them in exports
			town.Municipality.Records(func(r *people.Record) bool {
				given[r.Given+" "+r.Family], given[narrow.Replace(r.Given+" "+r.Family)] = true, true
				return true
			})
			for client, name := range names {
				if !open[client] || !given[name] {
					t.Errorf("%s, protected %v, has a name that nobody has: %v", client, !open[client], !given[name])
				}
			}
			list.Name(names)
			for _, u := range list.Units {
				for _, i := range u.Items {
					if i.Name == "" {
						t.Errorf("%s stands on the list without a name", i.Client)
					}
				}
			}
			if protected == 0 || len(names) != len(everybody)-protected {
				t.Errorf("%d of %d have a name, and %d are protected", len(names), len(everybody), protected)
			}
			if n := asked.to("/Patient/"); (n > 0) != c.patients {
				t.Errorf("%d Patients were asked for", n)
			}
			n, last := b.entries()
			if n != 1 || !strings.Contains(last, c.from) || !strings.Contains(last, `"by":"Enhetschef Norra","user":"anna"`) || !strings.Contains(last, fmt.Sprintf(`"count":%d,`, len(everybody)-protected)) {
				t.Errorf("%d entries, the last: %.300s", n, last)
			}
			for _, k := range s.Clients {
				if in := strings.Contains(last, b.job.Job.Store.AuditClient(k.Ref)); in == k.Protected {
					t.Errorf("%s, protected %v, is in the entry: %v", k.Ref, k.Protected, in)
				}
			}
			b.job.Close()
			nothingKept(t, b, log.Bytes(), given)
		})
	}
}

func nothingKept(t *testing.T, b *bed, log []byte, names map[string]bool) {
	t.Helper()
	kept := map[string][]byte{"the log": log}
	for _, file := range []string{"brygga.db", "brygga.db-wal"} {
		if content, err := os.ReadFile(filepath.Join(b.dir, file)); err == nil {
			kept[file] = content
		}
	}
	for where, content := range kept {
		for name := range names {
			if bytes.Contains(content, []byte(name)) {
				t.Errorf("%s holds a name", where)
			}
		}
	}
}

func TestNamesAreNotReadWhereThatCannotBeWrittenDown(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t, "writes: {mode: report}")
	b.unaudited()
	b.run(ExitDone)
	s := b.stored()
	everybody := []care.Ref{care.Ref(b.client(m, "plan-review-overdue"))}
	b.server.ResetRequests()
	if _, err := b.job.Names(b.ctx(), s, everybody, chef); !errors.Is(err, ErrNoAuditKey) {
		t.Errorf("without a key: %v", err)
	}
	b.audited()
	if _, err := b.job.Names(b.ctx(), s, everybody, chef); err != nil {
		t.Fatal(err)
	}
	b.write("audit.key", strings.Repeat("d4", 32))
	before := b.requests()
	if _, err := b.job.Names(b.ctx(), s, everybody, chef); !errors.Is(err, store.ErrAuditBroken) {
		t.Errorf("with another key: %v", err)
	}
	b.write("audit.key", "short")
	if _, err := b.job.Names(b.ctx(), s, everybody, chef); err == nil || !strings.Contains(err.Error(), "keys.audit") {
		t.Errorf("with a short key: %v", err)
	}
	ctx, cancel := context.WithCancel(b.ctx())
	cancel()
	b.write("audit.key", strings.Repeat("c3", 32))
	if _, err := b.job.Names(ctx, s, everybody, chef); err == nil {
		t.Error("who gave up gets names")
	}
	if n := b.requests(); n != before {
		t.Errorf("%d requests were made all the same", n-before)
	}
}

// A system that cannot be asked gives no names, and the log says that it failed.
func TestNamesOfASystemThatFails(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*bed, *mixed.Town)
		says  string
	}{
		{"Lifecare refuses the key", func(_ *bed, town *mixed.Town) {
			town.Lifecare.SetFault(func(*http.Request) *sandbox.Fault { return &sandbox.Fault{Status: 401} })
		}, "401"},
		{"Lifecare's answer is cut off", func(_ *bed, town *mixed.Town) {
			town.Lifecare.SetFault(func(*http.Request) *sandbox.Fault { return &sandbox.Fault{Truncate: 30, Quietly: true} })
		}, "lifecare"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, town := newTown(t, mixed.Options{Exports: exports.Options{Whole: true}}, "")
			b.configure(fmt.Sprintf(withoutFHIR, town.LifecareURL, "lifecare"))
			b.audited()
			if _, err := b.job.Preview(b.ctx(), b.options()); err != nil {
				t.Fatal(err)
			}
			s := b.stored()
			c.spoil(b, town)
			names, err := b.job.Names(b.ctx(), s, []care.Ref{s.Clients[0].Ref, s.Clients[1].Ref}, chef)
			if err == nil || names != nil || !strings.Contains(err.Error(), "read names from lifecare") || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%d names, %v", len(names), err)
			}
			if n, last := b.entries(); n != 2 || !strings.Contains(last, `"outcome":"failed"`) {
				t.Errorf("%d entries, the last %.200s", n, last)
			}
		})
	}
}

// An export without the column for names is read every night, and gives no names.
func TestAnExportWithoutNames(t *testing.T) {
	b, town := newTown(t, mixed.Options{Exports: exports.Options{Whole: true}}, "")
	b.configure(fmt.Sprintf(withoutFHIR, town.LifecareURL, "export"))
	b.audited()
	files, err := filepath.Glob(filepath.Join(b.dir, "exports", "brukare_*.csv"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], bytes.Replace(text, []byte(";Namn\r\n"), []byte(";Kallas\r\n"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(files[0], b.now().Add(-3600e9), b.now().Add(-3600e9)); err != nil {
		t.Fatal(err)
	}
	p, err := b.job.Preview(b.ctx(), b.options())
	if err != nil || p.Report.Exit != ExitDone {
		t.Fatalf("exit %d, %v, %v", p.Report.Exit, p.Report.Problems, err)
	}
	s := b.stored()
	_, err = b.job.Names(b.ctx(), s, []care.Ref{s.Clients[0].Ref, s.Clients[1].Ref, s.Clients[2].Ref}, chef)
	if err == nil || !strings.Contains(err.Error(), `lacks "Namn"`) {
		t.Errorf("%v", err)
	}
}
