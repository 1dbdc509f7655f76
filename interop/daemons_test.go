package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"brygga/sandbox"
	"brygga/sandbox/people"
)

// envPostgres holds the URL of a database to test in; .ci/postgres makes one.
const envPostgres = "BRYGGA_TEST_POSTGRES"

// patience is how long anything is waited for: nothing here depends on it but how long a
// test that fails takes.
const patience = 5 * time.Minute

// daemon is a `brygga serve` of its own process. It says who it is by the token with which
// it asks the record system.
type daemon struct {
	name string
	cmd  *exec.Cmd
	log  shout
	over chan struct{}
}

// shout is a log that may be read while it is written.
type shout struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *shout) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *shout) says(words string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Count(s.buf.String(), words)
}

// fleet is several daemons on one PostgreSQL, and the record system that they write to,
// which lets them write step by step.
type fleet struct {
	*testing.T
	in     *installation
	server *sandbox.Server

	mu     sync.Mutex
	all    map[string]*daemon
	reads  map[string]int       // of the municipality, by daemon
	writes map[string]int       // by daemon, those included that wait
	may    func(d *daemon) bool // whose writes go on; the others wait
	passed int                  // how many went on since a daemon was to die
	dies   func(d *daemon) bool // whether a daemon dies at this write
	killed []string
}

// request is what the record system does first with each request: it counts whose it is,
// lets those wait that write, and kills who is to die before it carries the request out.
func (f *fleet) request(r *http.Request) *sandbox.Fault {
	f.mu.Lock()
	d := f.all[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	reads := r.Method == http.MethodGet || strings.Contains(r.URL.Path, "_search")
	switch {
	case d != nil && !reads:
		f.writes[d.name]++
	case d != nil && !strings.Contains(r.URL.Path, "/Flag") && !strings.Contains(r.URL.Path, "/Task"):
		f.reads[d.name]++
	}
	f.mu.Unlock()
	if d == nil || reads {
		return nil
	}
	for {
		f.mu.Lock()
		if d.dead() {
			f.mu.Unlock()
			return &sandbox.Fault{Cut: sandbox.CutBefore} // it was not on its way yet
		}
		if f.may(d) {
			break
		}
		f.mu.Unlock()
		time.Sleep(20 * time.Millisecond)
	}
	defer f.mu.Unlock()
	f.passed++
	if !f.dies(d) {
		return nil
	}
	_ = d.cmd.Process.Kill()
	<-d.over
	f.killed, f.may, f.dies = append(f.killed, d.name), nobody, nobody
	if len(f.killed)%2 == 0 {
		return &sandbox.Fault{Cut: sandbox.CutBefore} // it never came there
	}
	return nil
}

func nobody(*daemon) bool    { return false }
func everybody(*daemon) bool { return true }

func (d *daemon) dead() bool {
	select {
	case <-d.over:
		return true
	default:
		return false
	}
}

// until waits for what is asked with mu.
func (f *fleet) until(what string, is func() bool) {
	f.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		f.mu.Lock()
		ok := is()
		f.mu.Unlock()
		if ok {
			return
		}
	}
	f.Fatalf("waited in vain until %s", what)
}

// kill lets those write who may, until a daemon was killed at the first write for which
// dies says so; then nobody writes.
func (f *fleet) kill(what string, may, dies func(d *daemon) bool) {
	f.Helper()
	f.mu.Lock()
	n := len(f.killed)
	f.may, f.dies, f.passed = may, dies, 0
	f.mu.Unlock()
	f.until(what, func() bool { return len(f.killed) > n })
}

// serve starts a daemon.
func (f *fleet) serve(name string) *daemon {
	f.Helper()
	d := &daemon{name: name, over: make(chan struct{})}
	d.cmd = exec.CommandContext(f.Context(), built(f), "serve", "-c", f.in.dir)
	d.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + f.in.dir, "TMPDIR=" + f.in.dir, envToken + "=" + name}
	d.cmd.Stdout, d.cmd.Stderr = &d.log, &d.log
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := d.cmd.Start(); err != nil {
		f.Fatal(err)
	}
	f.all[name] = d
	go func() {
		_ = d.cmd.Wait()
		close(d.over)
	}()
	f.Cleanup(func() {
		_ = d.cmd.Process.Kill() // it may be over
		<-d.over
		if f.Failed() {
			f.Logf("%s said\n%s", name, d.log.buf.String())
		}
	})
	return d
}

// newFleet is a municipality whose first night writes much, and a configuration for
// daemons whose nights come every minute.
func newFleet(t *testing.T, dsn string) *fleet {
	t.Helper()
	f := &fleet{T: t, all: map[string]*daemon{}, reads: map[string]int{}, writes: map[string]int{}, may: nobody, dies: nobody}
	f.server = largeTown(t)
	base, stop, err := f.server.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	place, err := url.Parse(dsn)
	if err != nil {
		t.Fatalf("%s cannot be read", envPostgres)
	}
	q := place.Query()
	schema := "interop_" + mark()
	q.Set("search_path", schema)
	place.RawQuery = q.Encode()
	t.Cleanup(func() {
		c, err := pgx.Connect(context.Background(), dsn)
		if err != nil {
			return // a server that was thrown away
		}
		defer c.Close(context.Background())
		if _, err := c.Exec(context.Background(), `DROP SCHEMA IF EXISTS `+schema+` CASCADE`); err != nil {
			t.Error(err)
		}
	})
	f.in = townsite(t, place.String(), base)
	return f
}

func largeTown(t *testing.T) *sandbox.Server {
	t.Helper()
	server := sandbox.New(sandbox.Options{Clock: time.Now})
	m := people.Generate(people.Options{Seed: 7, Clients: 1600, AsOf: today().String(), VisitsPerMonth: -1, Prefix: "t-"})
	for r := range m.Resources {
		if err := server.Load(r.JSON); err != nil {
			t.Fatal(err)
		}
	}
	return server
}

func townsite(t *testing.T, place, base string) *installation {
	t.Helper()
	in := &installation{t: t, dir: t.TempDir(), tenant: "a-kommun", token: "somebody"}
	in.file("keys", strings.Repeat("5c", 32))
	in.file("brygga.yaml", fmt.Sprintf("tenant: a-kommun\nstore: %s\nkeys: {pseudonym: file:keys, audit: file:keys}\n"+
		"systems:\n  journal: {kind: fhir, url: %s, receives: [flags, tasks], auth: {kind: bearer, token: env:%s}, connections: 1, timeout: 600s}\n"+
		"rules: {pack: botkyrka}\nwrites: {mode: write, transaction_size: 2}\nguard: {at_least: 100000}\n"+
		"jobs: {reconcile: {schedule: \"* * * * *\"}}\nserve: {listen: \"127.0.0.1:0\"}\n", place, base, envToken))
	return in
}

// stood are the Flags and Tasks that stand, without what differs from server to server.
func stood(t *testing.T, server *sandbox.Server) (out map[string]int, byType map[string]int) {
	t.Helper()
	out, byType = map[string]int{}, map[string]int{}
	for _, typ := range []string{"Flag", "Task"} {
		for _, raw := range server.All(typ) {
			var r resource
			if err := json.Unmarshal(raw, &r); err != nil {
				t.Fatal(err)
			}
			if v := text(r, "meta", "versionId"); v != "1" {
				t.Errorf("a %s was written %s times", typ, v)
			}
			byType[typ]++
			rule := ""
			for _, c := range list(r, "code", "coding") {
				rule += text(c, "code")
			}
			for _, id := range list(r, "identifier") {
				rule += " " + text(id, "value")
			}
			out[fmt.Sprint(typ, " ", text(r, "status"), " ", subject(r), " ", rule)]++
		}
	}
	return out, byType
}

// told reads the audit log as an auditor does, and adds up what became of the writes of
// each run.
func (f *fleet) told() (counts map[string]int, byRun map[string]map[string]int, found int) {
	f.Helper()
	e := f.in.brygga("audit", "verify", "-o=json")
	var v struct {
		Broken any
		Open   []int
	}
	if err := json.Unmarshal([]byte(e.out), &v); err != nil || e.exit != 0 || v.Broken != nil || len(v.Open) > 0 {
		f.Errorf("audit verify: exit %d: %s%s", e.exit, e.out, e.err)
	}
	e = f.in.brygga("audit", "export")
	counts, byRun = map[string]int{}, map[string]map[string]int{}
	for line := range strings.Lines(e.out) {
		var l struct {
			Entry struct {
				Action, Run, Found string
				Counts             map[string]int
			}
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			f.Fatal(err)
		}
		if l.Entry.Action != "records.written" {
			continue
		}
		if l.Entry.Found != "" {
			found++
		}
		if byRun[l.Entry.Run] == nil {
			byRun[l.Entry.Run] = map[string]int{}
		}
		for what, n := range l.Entry.Counts {
			counts[what] += n
			byRun[l.Entry.Run][what] += n
		}
	}
	return counts, byRun, found
}

// Three daemons on one PostgreSQL write one large night. One who helps is killed in the
// middle of a write, then the one whose run it is, then the one who has taken the run over;
// a fourth comes and ends it. The same stands as after an undisturbed night, everything
// once, the audit log tells of each write, once, and the records of the runs say what
// happened.
func TestThreeDaemonsOfWhomOneAfterTheOtherIsKilled(t *testing.T) {
	dsn := os.Getenv(envPostgres)
	if dsn == "" {
		t.Skipf("%s is not set: .ci/postgres run go test ./interop -run Daemons", envPostgres)
	}
	if testing.Short() {
		t.Skip("nights of a town of 1600")
	}
	quiet := largeTown(t)
	base, stop, err := quiet.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	if e := townsite(t, "sqlite:brygga.db", base).reconcile(); e.exit != 0 {
		t.Fatalf("the undisturbed night ended with %d: %s%s", e.exit, e.out, e.err)
	}
	want, _ := stood(t, quiet)
	if len(want) < 500 {
		t.Fatalf("%d Flags and Tasks stand after an undisturbed night: too few to be shared", len(want))
	}

	f := newFleet(t, dsn)
	f.server.SetFault(f.request)
	for _, name := range []string{"one", "two", "three"} {
		f.serve(name)
	}
	f.until("all three are about to write", func() bool { return len(f.writes) == 3 })
	f.mu.Lock()
	runs, last := "", ""
	for name := range f.reads {
		runs = name // who has read the municipality
	}
	if len(f.reads) != 1 {
		t.Errorf("it was read by each of %v", f.reads)
	}
	f.mu.Unlock()

	f.kill("one who helps is in the middle of a write", everybody, func(d *daemon) bool { return d.name != runs && f.passed > 5 })
	f.kill("the one whose run it is is in the middle of a write",
		func(d *daemon) bool { return d.name == runs },
		func(*daemon) bool { return f.passed > 3 })
	for name, d := range f.all {
		if !d.dead() {
			last = name
		}
	}
	// The third goes on with what it helps with until it has taken the run over, and reads:
	// slowly, so that it does not end all of it before.
	begun := f.all[last].log.says(`"the job begins"`)
	own := 0
	var before time.Time
	f.kill("the one who has taken the run over is in the middle of a write",
		func(d *daemon) bool {
			if d.log.says(`"the job begins"`) == begun || time.Since(before) < 100*time.Millisecond {
				return false
			}
			before = time.Now()
			return true
		},
		func(d *daemon) bool {
			if f.reads[last] > 0 {
				own++
			}
			return own > 3
		})
	left, _ := stood(t, f.server)
	t.Logf("killed were %v; %d of %d stand", f.killed, len(left), len(want))
	if len(left) >= len(want) {
		t.Error("nothing was left to the fourth: this test has shown too little")
	}
	f.mu.Lock()
	f.may = everybody
	f.mu.Unlock()
	fourth := f.serve("four")
	f.until("the fourth has ended a night", func() bool { return fourth.log.says(`"the job is done"`) > 0 })
	if fourth.log.says(`"exit":0`) == 0 {
		t.Errorf("the night of the fourth did not end well")
	}
	_ = fourth.cmd.Process.Signal(os.Interrupt)
	<-fourth.over

	stands, byType := stood(t, f.server)
	if !maps.Equal(stands, want) {
		t.Errorf("%d stand, and should be %d as after an undisturbed night", len(stands), len(want))
	}
	for line, n := range stands {
		if n != 1 {
			t.Errorf("%d times there stands %s", n, line)
		}
	}
	counts, byRun, found := f.told()
	for typ, n := range byType {
		if counts[typ+".created"] != n {
			t.Errorf("%d %ss stand, and the audit log tells of %d: %v", n, typ, counts[typ+".created"], counts)
		}
	}
	if found == 0 {
		t.Error("nothing was found of what those who were killed had written: this test has shown too little")
	}
	f.story(byRun)
}

// story asserts that the records of the runs say what happened: two that never ended, and
// one that ended well and wrote the rest; after them there was nothing to write.
func (f *fleet) story(byRun map[string]map[string]int) {
	f.Helper()
	var runs []struct {
		Run            string
		Started, Ended time.Time
		Exit           int
		Skipped        string
		Applied        *struct{ Created, Updated, Closed, Failed, Left int }
	}
	e := f.in.brygga("run", "list", "-n", "1000", "-o=json")
	if err := json.Unmarshal([]byte(e.out), &runs); err != nil {
		f.Fatalf("run list: %v: %s%s", err, e.out, e.err)
	}
	var died, wrote int
	slices.Reverse(runs) // the oldest first
	for _, r := range runs {
		told := byRun[r.Run]
		switch {
		case r.Skipped != "":
		case r.Ended.IsZero():
			if died++; told["Task.created"]+told["Flag.created"] == 0 {
				f.Errorf("the run %s died while it wrote, and the audit log tells of nothing that it wrote: %v", r.Run, told)
			}
		case r.Exit != 0 && wrote > 0 && r.Applied == nil: // the next night, which was told to stop
		case r.Exit != 0:
			f.Errorf("the run %s ended with %d", r.Run, r.Exit)
		case r.Applied != nil:
			if wrote++; r.Applied.Created == 0 || r.Applied.Failed+r.Applied.Left > 0 || told["Task.created"]+told["Flag.created"] < r.Applied.Created {
				f.Errorf("the run %s says that it wrote %+v, and the audit log %v", r.Run, *r.Applied, told)
			}
		}
	}
	if died != 2 || wrote != 1 {
		f.Errorf("%d runs are recorded that began and did not end, and %d that wrote; two died, and one wrote the rest: %s", died, wrote, e.out)
	}
}
