package jobs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"brygga/care"
	"brygga/config"
	"brygga/sandbox"
	"brygga/sandbox/people"
	"brygga/store"
)

// retaining gives a bed with an audit log, and what is kept how long.
func retaining(t *testing.T) (*bed, *people.Municipality) {
	t.Helper()
	m := people.Small("t-", bedDay)
	b := bedOf(t, m, sandbox.Options{})
	b.write("auditkey", strings.Repeat("6b", 32))
	b.write("brygga.yaml", "tenant: bed\nstore: sqlite:brygga.db\nkeys: {pseudonym: file:key, audit: file:auditkey}\nsystems:\n  journal: {kind: fhir, url: "+b.url+", page_size: 50, receives: [flags, tasks]}\nwrites: {mode: report}\n")
	b.reopen()
	return b, m
}

func (b *bed) keeps(r config.Retention) {
	c := *b.job.Config
	c.Jobs.Retention = r
	b.job.Config = &c
}

func (b *bed) retain(dry bool) *RetentionReport {
	b.Helper()
	rep, err := b.job.Retain(b.ctx(), RetentionOptions{Trigger: "test", DryRun: dry, By: Asker{By: "schedule"}})
	if err != nil {
		b.Fatal(err)
	}
	return rep
}

// leaves deletes a Patient from the record system, and leaves all that is about them.
func (b *bed) leaves(client string) {
	b.Helper()
	if !b.server.Delete(client) {
		b.Fatalf("%s is not there", client)
	}
}

func TestRetentionRemovesWhoLeftAndNobodyElse(t *testing.T) {
	b, m := retaining(t)
	b.keeps(config.Retention{Gone: 90 * 24 * time.Hour})
	b.run(ExitDone)
	var client care.Ref
	for c := range m.Clients {
		client = care.Ref("Patient/" + c.ID)
		break
	}
	rows := func(c care.Ref) int {
		got, err := b.job.Job.Store.ClientRecords(b.ctx(), "journal", c)
		if err != nil {
			t.Fatal(err)
		}
		return len(got.Records) + len(got.Visits) + len(got.Notes)
	}
	if rows(client) < 2 {
		t.Fatalf("the client has %d rows", rows(client))
	}
	if rep := b.retain(false); rep.Removed() || rep.Away > 0 {
		t.Fatalf("while everybody is there, %+v", rep)
	}
	b.leaves(string(client))
	b.nextDay()
	b.run(ExitDone)
	before := rows(client)
	if rep := b.retain(false); rep.Clients != 0 || rep.Away != 1 || rows(client) != before || before == 0 {
		t.Fatalf("a day after, %+v and %d rows", rep, rows(client))
	}
	b.clock.Add(int64(91 * 24 * time.Hour))
	if rep := b.retain(false); rep.Clients != 0 {
		t.Fatalf("without another pull, %+v", rep)
	}
	b.run(ExitDone)
	before = rows(client)
	if dry := b.retain(true); dry.Clients != 1 || dry.Run != "" || rows(client) != before {
		t.Fatalf("a dry run says %+v, and leaves %d rows", dry, rows(client))
	}
	rep := b.retain(false)
	if rep.Clients != 1 || rep.Rows != before || rows(client) != 0 || rep.Exit != ExitDone {
		t.Errorf("after 91 days, %+v and %d rows", rep, rows(client))
	}
	b.run(ExitDone) // everything that is left can be read and judged

	var entries []string
	if err := b.job.Job.Store.EachAudit(b.ctx(), func(a store.Audited) error {
		if strings.Contains(string(a.Canonical), `"retention.remove"`) {
			entries = append(entries, string(a.Canonical))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || !strings.Contains(entries[0], "1 clients") || !strings.Contains(entries[0], rep.Run) {
		t.Errorf("the audit log has %v", entries)
	}
	runs, err := b.job.Job.Store.LastRuns(b.ctx())
	if err != nil || runs[JobRetention].Good.ID != rep.Run {
		t.Errorf("the run is recorded as %+v, %v", runs[JobRetention], err)
	}
}

func TestRetentionRemovesOldRuns(t *testing.T) {
	b, _ := retaining(t)
	b.run(ExitDone)
	b.nextDay()
	b.run(ExitDone)
	b.keeps(config.Retention{Runs: time.Hour})
	b.nextDay()
	if rep := b.retain(false); rep.Runs != 1 {
		t.Errorf("%+v", rep)
	}
	if rep := b.retain(false); rep.Runs != 0 {
		t.Errorf("at once again, %+v", rep)
	}
}

const (
	old    = "11111111-1111-4111-8111-111111111111"
	young  = "22222222-2222-4222-8222-222222222222"
	onWay  = "33333333-3333-4333-8333-333333333333"
	sent   = "44444444-4444-4444-8444-444444444444"
	staged = "55555555-5555-4555-8555-555555555555"
)

func TestRetentionRemovesFilesThatNobodyFetched(t *testing.T) {
	b, _ := retaining(t)
	folder := filepath.Join(b.dir, "outbox")
	elsewhere := filepath.Join(b.dir, "elsewhere.age")
	long, now := b.now().Add(-40*24*time.Hour), b.now()
	files := map[string]struct {
		at   time.Time
		stay bool
	}{
		old + ".age":                          {long, false},
		young + ".age":                        {now, true},
		onWay + ".age":                        {long, true}, // its handover may still have to know that it was delivered
		sent + ".age":                         {long, false},
		"." + staged + ".tmp-MARK-TOKEN":      {long, false},
		"." + onWay + ".tmp-MARK-TOKEN":       {long, true},
		"." + staged + ".dropped-MARK-TOKEN":  {long, false},
		"." + onWay + ".dropped-MARK-TOKEN":   {long, true},
		"." + young + ".tmp-MARK-TOKEN":       {now, true},
		".brygga-outbox-MARK":                 {long, true},
		"anteckningar.age":                    {long, true},
		strings.ToUpper(sent) + ".AGE":        {long, true},
		old + ".age.txt":                      {long, true},
		"." + old + ".age":                    {long, true},
		old + ".tmp-x":                        {long, true},
		"x" + old + ".age":                    {long, true},
		"." + staged + ".tmp-../../elsewhere": {},
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, f := range files {
		if strings.Contains(name, "/") {
			continue
		}
		b.write(filepath.Join("outbox", name), "sealed")
		if err := os.Chtimes(filepath.Join(folder, name), f.at, f.at); err != nil {
			t.Fatal(err)
		}
	}
	b.write("elsewhere.age", "not of the outbox")
	link := "66666666-6666-4666-8666-666666666666.age"
	if err := os.Symlink(elsewhere, filepath.Join(folder, link)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, "77777777-7777-4777-8777-777777777777.age"), 0o700); err != nil {
		t.Fatal(err)
	}
	for id, state := range map[string]care.HandoverState{onWay: care.HandoverSending, sent: care.HandoverSent} {
		if err := b.job.Job.Store.PutHandover(b.ctx(), store.Handover{ID: id, Client: "Patient/x", State: state, Begun: now}); err != nil {
			t.Fatal(err)
		}
	}
	b.keeps(config.Retention{Outbox: 30 * 24 * time.Hour})
	b.job.Config.CareHomes = map[string]config.CareHome{
		"linden": {Name: "linden", Kind: config.CareHomeOutbox, Path: folder},
		"eken":   {Name: "eken", Kind: config.CareHomeFHIR, URL: "http://127.0.0.1:1"},
	}
	if rep := b.retain(true); rep.Files != 4 {
		t.Errorf("a dry run says %d files", rep.Files)
	}
	rep := b.retain(false)
	if rep.Files != 4 || rep.Exit != ExitDone {
		t.Errorf("%+v", rep)
	}
	for name, f := range files {
		if strings.Contains(name, "/") {
			continue
		}
		_, err := os.Lstat(filepath.Join(folder, name))
		if there := err == nil; there != f.stay {
			t.Errorf("%s is there: %v, want %v", name, there, f.stay)
		}
	}
	for _, path := range []string{elsewhere, filepath.Join(folder, link)} {
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("%s is gone", path)
		}
	}
}

func TestAnOutboxThatIsNotThereIsSaidAndHoldsNothingUp(t *testing.T) {
	b, _ := retaining(t)
	b.run(ExitDone)
	b.nextDay()
	b.run(ExitDone)
	b.nextDay()
	b.keeps(config.Retention{Outbox: time.Hour, Runs: time.Hour})
	b.job.Config.CareHomes = map[string]config.CareHome{"linden": {Name: "linden", Kind: config.CareHomeOutbox, Path: filepath.Join(b.dir, "none")}}
	rep := b.retain(false)
	if rep.Exit != ExitFailed || len(rep.Problems) != 1 || !strings.Contains(rep.Problems[0].What, "carehomes.linden") || rep.Runs != 1 {
		t.Errorf("%+v", rep)
	}
}

func TestNothingIsRemovedThatCannotBeWrittenDown(t *testing.T) {
	b, _ := retaining(t)
	b.run(ExitDone)
	b.nextDay()
	b.run(ExitDone)
	b.nextDay()
	b.write("auditkey", strings.Repeat("5c", 32))
	b.keeps(config.Retention{Runs: time.Hour})
	rep := b.retain(false)
	if rep.Exit != ExitFailed || rep.Runs != 0 || !strings.Contains(rep.Problems[0].What, "brygga audit verify") {
		t.Errorf("with an audit log of another key, %+v", rep)
	}
}

// The row of a handover is what keeps it from being sent twice: it goes when it has
// ended long ago, and its client too.
func TestHandoversAreForgottenWithTheirClients(t *testing.T) {
	b, m := retaining(t)
	b.run(ExitDone)
	var there care.Ref
	for c := range m.Clients {
		there = care.Ref("Patient/" + c.ID)
	}
	long, now := b.now().Add(-400*24*time.Hour), b.now()
	rows := []struct {
		store.Handover
		stay bool
	}{
		{store.Handover{State: care.HandoverAnswered, Client: "Patient/away", Begun: long}, false},
		{store.Handover{State: care.HandoverStopped, Client: "Patient/away", Begun: long}, false},
		{store.Handover{State: care.HandoverSent, Client: "Patient/away", Begun: long, Checked: long}, false},
		{store.Handover{State: care.HandoverSent, Client: "Patient/away", Begun: long, Checked: now}, true},
		{store.Handover{State: care.HandoverAnswered, Client: there, Begun: long}, true},
		{store.Handover{State: care.HandoverPrepared, Client: "Patient/away", Begun: long}, true},
		{store.Handover{State: care.HandoverSending, Client: "Patient/away", Begun: long}, true},
	}
	for i, r := range rows {
		r.ID = fmt.Sprintf("h%d", i)
		if err := b.job.Job.Store.PutHandover(b.ctx(), r.Handover); err != nil {
			t.Fatal(err)
		}
	}
	b.keeps(config.Retention{Gone: 90 * 24 * time.Hour})
	if rep := b.retain(false); rep.Handovers != 3 {
		t.Errorf("%+v", rep)
	}
	left, err := b.job.Job.Store.Handovers(b.ctx())
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		kept := slices.ContainsFunc(left, func(h store.Handover) bool { return h.ID == fmt.Sprintf("h%d", i) })
		if kept != r.stay {
			t.Errorf("%s of %s, begun %v: kept %v, want %v", r.State, r.Client, r.Begun, kept, r.stay)
		}
	}
}

func FuzzOutboxFile(f *testing.F) {
	for _, s := range []string{old + ".age", "." + old + ".tmp-A-B", "../" + old + ".age", "." + old + ".age", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		id, ours := outboxID(name)
		if ours && (strings.ContainsAny(name, "/\\\x00\n") || len(id) != 36 || name != id+".age" && !strings.HasPrefix(name, "."+id+".tmp-") && !strings.HasPrefix(name, "."+id+".dropped-")) {
			t.Errorf("%q is taken for a file of ours", name)
		}
	})
}
