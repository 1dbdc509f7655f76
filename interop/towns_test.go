package interop

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// together puts municipalities into one folder of configurations.
func together(t *testing.T, all ...*installation) *installation {
	t.Helper()
	folder := &installation{t: t, dir: t.TempDir(), many: true}
	for _, in := range all {
		to := filepath.Join(folder.dir, in.tenant)
		if err := os.Rename(in.dir, to); err != nil {
			t.Fatal(err)
		}
		in.dir = to
	}
	return folder
}

// ran waits until a night of the tenant is done, as the list of its runs shows it.
func (in *installation) ran(tenant string) {
	in.t.Helper()
	var last ended
	for end := time.Now().Add(100 * time.Second); time.Now().Before(end); time.Sleep(time.Second) {
		last = in.brygga("run", "list", "--tenant", tenant)
		if last.exit == 0 && strings.Contains(last.out, " done") {
			return
		}
	}
	in.t.Fatalf("no night of %s is done: exit %d\n%s%s", tenant, last.exit, last.out, last.err)
}

// Somebody edits the file of one municipality, and the daemon is started anew in the
// night: the other has its night, and this one has none until its file is mended.
func TestAMunicipalityWhoseFileIsWrongStopsNobodyElse(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for whole minutes")
	}
	t.Parallel()
	m := unchanging(t)
	reference := newTenant()
	install(t, settings{tenant: reference, unit: m.unit()}).night()
	want := standing(t, reference)

	right := install(t, settings{tenant: newTenant(), unit: m.unit()})
	wrong := install(t, settings{tenant: newTenant(), unit: m.unit()})
	folder := together(t, right, wrong)
	every := "jobs: {reconcile: {schedule: '* * * * *'}, retention: {schedule: off}}\nserve: {listen: '127.0.0.1:0'}\n"
	right.file("brygga.yaml", right.config()+every)
	mended := wrong.config() + every
	wrong.file("brygga.yaml", strings.Replace(mended, "receives:", "receivs:", 1))

	c := folder.start("serve")
	folder.ran(right.tenant)
	stands := standing(t, right.tenant)
	once(t, stands)
	m.alike(t, stands, want)
	if left := standing(t, wrong.tenant); len(left) > 0 {
		t.Errorf("%d stand of whom the daemon was to leave out", len(left))
	}
	e := folder.brygga("status")
	first, second := strings.Index(e.out, "! "+wrong.tenant), strings.Index(e.out, right.tenant)
	if e.exit != 2 || first < 0 || second < first || !strings.Contains(e.out, "systems.journal.receivs: unknown key; did you mean systems.journal.receives?") {
		t.Errorf("status: exit %d\n%s%s", e.exit, e.out, e.err)
	}
	c.signal(syscall.SIGTERM)
	if e, _ := c.over(90 * time.Second); e.exit != 0 || !strings.Contains(e.err, `"tenant":"`+wrong.tenant+`","problems":["`) || !strings.Contains(e.err, "did you mean systems.journal.receives?") {
		t.Errorf("the daemon: exit %d\n%s", e.exit, e.err)
	}

	wrong.file("brygga.yaml", mended)
	c = folder.start("serve")
	folder.ran(wrong.tenant)
	stands = standing(t, wrong.tenant)
	once(t, stands)
	m.alike(t, stands, want)
	if e := folder.brygga("status"); e.exit == 2 || strings.Contains(e.out, "LEFT OUT") {
		t.Errorf("status: exit %d\n%s%s", e.exit, e.out, e.err)
	}
	c.signal(syscall.SIGTERM)
	if e, _ := c.over(90 * time.Second); e.exit != 0 {
		t.Errorf("the daemon: exit %d\n%s", e.exit, e.err)
	}

	wrong.file("brygga.yaml", "tenant: [\n")
	right.file("brygga.yaml", "tenant: [\n")
	if e := folder.brygga("serve"); e.exit != 2 || strings.Count(e.err, "close the bracket") != 2 {
		t.Errorf("where no file is right: exit %d\n%s", e.exit, e.err)
	}
}
