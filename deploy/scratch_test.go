package deploy

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// nobody is the user of the image.
const nobody = 65532

// TestTheBinaryRunsAsInItsImage runs the static binary as the image does: in a root that
// holds nothing but it and its configuration and cannot be written to, as a user who
// owns only its data, without privileges. It asks its health, backs it up while it runs,
// and stops it.
func TestTheBinaryRunsAsInItsImage(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds brygga")
	}
	for _, tool := range []string{"unshare", "setpriv", "chroot", "mount"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	if os.Getuid() != 0 {
		t.Skip("only root can make a root that cannot be written to")
	}
	if out, err := exec.Command("unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", t.TempDir()).CombinedOutput(); err != nil {
		t.Skipf("this machine lets nobody mount: %s", out)
	}
	i := newImage(t)
	daemon, logged := i.start(t, "serve")
	i.untilLive(t, logged)
	for _, c := range []struct {
		name string
		args []string
		exit int
		says string
	}{
		{"it is live", []string{"health", "--live"}, 0, "live"},
		{"it is ready", []string{"health"}, 0, "ready"},
		{"it is asked at an address where nobody is", []string{"health", "--url", "http://127.0.0.1:9"}, 1, "does not answer"},
		{"what is its own can be written", []string{"backup", "/var/lib/brygga/b.age", "--passphrase", "env:PASSPHRASE"}, 0, "The keys are not in it"},
		{"and nothing else", []string{"backup", "/b.age", "--passphrase", "env:PASSPHRASE"}, 1, "read-only file system"},
	} {
		t.Run(c.name, func(t *testing.T) {
			exit, out := i.run(t, c.args...)
			if exit != c.exit || !strings.Contains(out, c.says) {
				t.Errorf("exit %d, want %d with %q: %s", exit, c.exit, c.says, out)
			}
		})
	}
	info, err := os.Stat(filepath.Join(i.data, "brygga.db"))
	if err != nil || info.Sys().(*syscall.Stat_t).Uid != nobody || info.Mode().Perm() != 0o600 {
		t.Errorf("the store: %v, %v", info, err)
	}
	if err := daemon.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := daemon.Wait(); err != nil {
		t.Errorf("told to stop, it ends with %v\n%s", err, logged)
	}
}

// image is what is in the image, on this machine.
type image struct {
	binary, config, data string
	port                 int
}

func newImage(t *testing.T) *image {
	t.Helper()
	dir := t.TempDir()
	i := &image{binary: filepath.Join(dir, "brygga"), config: filepath.Join(dir, "brygga.yaml"), data: filepath.Join(dir, "data"), port: freePort(t)}
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", i.binary, "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	text := fmt.Sprintf("tenant: exempelkommun\nstore: sqlite:/var/lib/brygga/brygga.db\nkeys: {pseudonym: env:BRYGGA_PSEUDONYM_KEY}\n"+
		"systems:\n  journal: {kind: fhir, url: http://127.0.0.1:9/fhir, receives: [flags, tasks]}\nserve: {listen: 127.0.0.1:%d}\n", i.port)
	if err := os.WriteFile(i.config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(i.data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(i.data, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	return i
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// enter makes the root in a namespace of its own, and becomes brygga in it. Its
// arguments are the root, the binary, the configuration, the data, and those of brygga.
const enter = `set -e
root=$1 binary=$2 config=$3 data=$4
shift 4
mount -t tmpfs tmpfs "$root"
mkdir -p "$root/etc/brygga" "$root/var/lib/brygga"
cp "$binary" "$root/brygga"
cp "$config" "$root/etc/brygga/brygga.yaml"
mount --bind "$data" "$root/var/lib/brygga"
mount -o remount,ro "$root"
exec setpriv --clear-groups --no-new-privs chroot --userspec=65532:65532 "$root" /brygga --config /etc/brygga/brygga.yaml "$@"`

func (i *image) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	args = append([]string{"--mount", "sh", "-c", enter, "sh", t.TempDir(), i.binary, i.config, i.data}, args...)
	c := exec.CommandContext(t.Context(), "unshare", args...)
	c.Env = []string{
		"PATH=" + os.Getenv("PATH"), "TMPDIR=/var/lib/brygga", "BRYGGA_PSEUDONYM_KEY=" + strings.Repeat("7a", 32),
		"PASSPHRASE=" + strings.Repeat("sesam ", 5),
	}
	return c
}

func (i *image) run(t *testing.T, args ...string) (exit int, out string) {
	t.Helper()
	b, err := i.command(t, args...).CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !asExit(err, &failed) {
		t.Fatal(err)
	}
	if failed != nil {
		exit = failed.ExitCode()
	}
	return exit, string(b)
}

func asExit(err error, to **exec.ExitError) bool {
	e, ok := err.(*exec.ExitError)
	*to = e
	return ok
}

func (i *image) start(t *testing.T, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	c := i.command(t, args...)
	var log bytes.Buffer
	c.Stdout, c.Stderr = &log, &log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, &log
}

// untilLive waits until somebody listens.
func (i *image) untilLive(t *testing.T, log *bytes.Buffer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", i.port))
		if err == nil {
			conn.Close()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("nobody listens:\n%s", log)
}
