package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the product, built once from the repository around this package.
var binary struct {
	dir  string
	once sync.Once
	path string
	err  error
}

func built(t testing.TB) string {
	t.Helper()
	binary.once.Do(func() {
		dependOnTheProduct()
		binary.path = filepath.Join(binary.dir, "brygga")
		cmd := exec.Command("go", "build", "-o", binary.path, ".")
		if raceDetector && !testing.Short() {
			cmd = exec.Command("go", "build", "-race", "-o", binary.path, ".")
		}
		cmd.Dir = ".."
		if out, err := cmd.CombinedOutput(); err != nil {
			binary.err = errors.New("go build: " + string(out))
		}
	})
	if binary.err != nil {
		t.Fatal(binary.err)
	}
	return binary.path
}

// dependOnTheProduct lets the go command see what these tests depend on, so that
// it does not show an old result after the product has changed: it notes which
// files and variables a test looks at, and nothing imports the product here.
func dependOnTheProduct() {
	_, _ = os.Getenv(envURL), os.Getenv(envToken)
	_ = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // what cannot be looked at, the build will complain of
		}
		if ext := filepath.Ext(path); ext == ".go" || ext == ".yaml" || ext == ".sql" || ext == ".mod" {
			_, err = os.Stat(path)
		}
		return err
	})
}

// installation is brygga on a machine of its own: a configuration and a store.
type installation struct {
	t      testing.TB
	dir    string
	tenant string
	proxy  *proxy // what stands between it and the server; nil where nothing does
	many   bool   // dir holds folders of several municipalities, each with its configuration
	token  string // for the server; that of the server under test where nothing is said
}

// at is what stands after -c.
func (in *installation) at() string {
	if in.many {
		return in.dir
	}
	return filepath.Join(in.dir, "brygga.yaml")
}

// settings are what tests vary in a configuration.
type settings struct {
	tenant string
	unit   string // the one unit that is written for
	mode   string // write where nothing is said
	pack   string // national where nothing is said
	guard  string // the section's content; the default where nothing is said
	// size is writes.transaction_size, page is page_size; 0 is the default.
	size, page int
	proxy      *proxy
}

// install writes a configuration as an IT department would.
func install(t testing.TB, s settings) *installation {
	t.Helper()
	in := &installation{t: t, dir: t.TempDir(), tenant: s.tenant, proxy: s.proxy}
	in.file("pseudonym.key", strings.Repeat("5c", 32))
	base := under.base
	if s.proxy != nil {
		base = s.proxy.base
	}
	y := []string{
		"tenant: " + s.tenant,
		"store: sqlite:brygga.db",
		"keys: {pseudonym: file:pseudonym.key}",
		"systems:",
		"  journal:",
		"    kind: fhir",
		"    url: " + base,
		"    display_name: Provjournalen",
		"    receives: [flags, tasks]",
	}
	if under.token != "" {
		y = append(y, "    auth: {kind: bearer, token: env:"+envToken+"}")
	}
	if s.page > 0 {
		y = append(y, "    page_size: "+number(s.page))
	}
	y = append(y, "rules: {pack: "+or(s.pack, "national")+"}", "writes:", "  mode: "+or(s.mode, "write"), "  units: ["+s.unit+"]")
	if s.size > 0 {
		y = append(y, "  transaction_size: "+number(s.size))
	}
	if s.guard != "" {
		y = append(y, "guard: {"+s.guard+"}")
	}
	in.file("brygga.yaml", strings.Join(y, "\n")+"\n")
	return in
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func (in *installation) file(name, content string) string {
	in.t.Helper()
	path := filepath.Join(in.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		in.t.Fatal(err)
	}
	return path
}

// config is the text of the configuration.
func (in *installation) config() string {
	in.t.Helper()
	content, err := os.ReadFile(filepath.Join(in.dir, "brygga.yaml"))
	if err != nil {
		in.t.Fatal(err)
	}
	return string(content)
}

// ended is a call of brygga that is over.
type ended struct {
	exit     int // -1 where it was killed
	out, err string
	rep      report // where -o json was asked for
}

// report is what the tests read of the JSON that run and preview print.
type report struct {
	Exit     int
	Hash     string
	Problems []struct{ System, Kind, What string }
	Totals   struct{ Create, Update, Close, Keep, Hold int }
	Changes  []struct{ Action, Reason, Type, Client, Rule string }
	Guard    *struct{ Hash string }
	Applied  *struct{ Created, Updated, Closed, Existed, Moved, Left, Refused, Failed int }

	Quarantine []struct{ Record string }
}

// call is a call of brygga that is under way.
type call struct {
	t        testing.TB
	cmd      *exec.Cmd
	out, err bytes.Buffer
	json     bool
	stop     context.CancelFunc
}

// start begins a call; what it reads of the environment is what a machine needs,
// and the token.
func (in *installation) start(args ...string) *call {
	in.t.Helper()
	ctx, stop := context.WithTimeout(in.t.Context(), 2*time.Minute)
	c := &call{t: in.t, stop: stop, cmd: exec.CommandContext(ctx, built(in.t), append(args, "-c", in.at())...)}
	for i, a := range args {
		c.json = c.json || a == "json" && i > 0 && args[i-1] == "-o"
	}
	c.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + in.dir, "TMPDIR=" + in.dir, envToken + "=" + or(in.token, under.token)}
	c.cmd.Stdout, c.cmd.Stderr = &c.out, &c.err
	if err := c.cmd.Start(); err != nil {
		in.t.Fatal(err)
	}
	if in.proxy != nil {
		in.proxy.child.Store(c.cmd.Process)
	}
	return c
}

// wait waits for the end of a call.
func (c *call) wait() ended {
	c.t.Helper()
	err := c.cmd.Wait()
	c.stop()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	e := ended{exit: c.cmd.ProcessState.ExitCode(), out: c.out.String(), err: c.err.String()}
	if c.json && e.exit >= 0 && e.out != "" {
		if err := json.Unmarshal(c.out.Bytes(), &e.rep); err != nil {
			c.t.Fatalf("-o json printed something else (%v): %s", err, e.out)
		}
	}
	return e
}

// killed says whether a call ended by SIGKILL.
func (c *call) killed() bool {
	s, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && s.Signaled() && s.Signal() == syscall.SIGKILL
}

func (in *installation) brygga(args ...string) ended {
	in.t.Helper()
	return in.start(args...).wait()
}

// reconcile runs the nightly job and reads its report.
func (in *installation) reconcile(args ...string) ended {
	in.t.Helper()
	return in.brygga(append([]string{"run", "reconcile", "-o", "json"}, args...)...)
}

// night runs the job and demands that it went well.
func (in *installation) night(args ...string) ended {
	in.t.Helper()
	e := in.reconcile(args...)
	e.well(in.t)
	return e
}

// well demands exit code 0. Records of others on the server that cannot be read
// give 3, and are not ours to mind.
func (e ended) well(t testing.TB) {
	t.Helper()
	if e.exit == 0 || e.exit == 3 && len(e.rep.Problems) == 0 && len(e.rep.Quarantine) > 0 && !loaded.anyOf(e.rep.Quarantine) {
		return
	}
	t.Fatalf("brygga ended with %d\n%s%s", e.exit, e.out, e.err)
}
