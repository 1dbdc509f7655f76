package carehome

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"filippo.io/age"

	"brygga/adapters"
)

func TestOptionsOfAnOutbox(t *testing.T) {
	pq, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	public, secret, hybrid := keys[0].Recipient().String(), keys[0].String(), pq.Recipient().String()
	for _, c := range []struct {
		name   string
		change func(*OutboxOptions)
		want   string // in the error; empty: it is taken
	}{
		{"a key", func(o *OutboxOptions) { o.Recipients = []string{public} }, ""},
		{"a post-quantum key", func(o *OutboxOptions) { o.Recipients = []string{hybrid} }, ""},
		{"a file that its group may read", func(o *OutboxOptions) { o.Mode = 0o640 }, ""},
		{"a file that everybody may read", func(o *OutboxOptions) { o.Mode = 0o644 }, "mode: is neither 0600 nor 0640"},
		{"no keys", func(o *OutboxOptions) { o.Recipients = nil }, "recipients: is empty"},
		{"a mistyped key", func(o *OutboxOptions) { o.Recipients[1] = strings.Replace(public, "age1", "age1q", 1) }, "recipients[1]: is no age public key"},
		{"a private key", func(o *OutboxOptions) { o.Recipients[0] = secret }, "recipients[0]: is a private key"},
		{"an SSH key", func(o *OutboxOptions) { o.Recipients[0] = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" }, "recipients[0]: is no age public key"},
		{"keys of two kinds", func(o *OutboxOptions) { o.Recipients = []string{public, hybrid} }, "cannot be mixed"},
		{"no folder", func(o *OutboxOptions) { o.Path = "" }, "path: is missing"},
		{"no clock", func(o *OutboxOptions) { o.Clock = nil }, "clock: is missing"},
		{"no name", func(o *OutboxOptions) { o.Name = "" }, "name: is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := outboxIn(t.TempDir())
			c.change(&o)
			_, err := NewOutbox(o)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			case err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), public[4:])):
				t.Errorf("the error repeats a key")
			}
		})
	}
}

// staged makes an outbox with one staged delivery.
func staged(t *testing.T, change ...func(*OutboxOptions)) (o *Outbox, folder, token string) {
	t.Helper()
	folder = t.TempDir()
	options := outboxIn(folder)
	for _, c := range change {
		c(&options)
	}
	o = openOutbox(t, options)
	token, err := o.Stage(t.Context(), delivery(1))
	if err != nil {
		t.Fatal(err)
	}
	return o, folder, token
}

func TestWhoMayReadADeliveredFile(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	for _, mode := range []fs.FileMode{0, 0o600, 0o640} {
		o, folder, token := staged(t, func(o *OutboxOptions) { o.Mode = mode })
		if _, err := o.Deliver(t.Context(), delivery(1), token); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(waiting(t, folder)[0])
		if want := max(mode, 0o600); err != nil || info.Mode().Perm() != want {
			t.Errorf("%o, want %o, %v", info.Mode().Perm(), want, err)
		}
	}
}

func TestNothingReadableIsInTheFolder(t *testing.T) {
	o, folder, token := staged(t)
	look := func() {
		t.Helper()
		all, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			b, err := os.ReadFile(filepath.Join(folder, e.Name()))
			if err != nil || bytes.Contains(b, []byte("Composition")) || bytes.Contains(b, []byte("DOCTYPE")) || bytes.Contains(b, []byte(DocumentFile)) {
				t.Errorf("%s can be read: %v", e.Name(), err)
			}
		}
	}
	look()
	if _, err := o.Deliver(t.Context(), delivery(1), token); err != nil {
		t.Fatal(err)
	}
	look()
	stranger, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := unsealed(waiting(t, folder)[0], stranger); err == nil {
		t.Error("a stranger's key decrypts it")
	}
}

// What stands in the way of an outbox, and what is said of it.
func TestFoldersThatDoNotTakeAHandover(t *testing.T) {
	d := delivery(1)
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, folder string)
		class adapters.Class
		want  string
	}{
		{"a folder that is not there", func(t *testing.T, folder string) { check(t, os.Remove(folder)) }, adapters.Retry, "there is no folder"},
		{"a file in the folder's place", func(t *testing.T, folder string) {
			check(t, os.Remove(folder))
			check(t, os.WriteFile(folder, nil, 0o600))
		}, adapters.Retry, "there is no folder"},
		{"a folder that has the name of the file", func(t *testing.T, folder string) {
			check(t, os.Mkdir(filepath.Join(folder, final(d.ID)), 0o700))
		}, adapters.Rejected, "no file has the name of a handover"},
		{"a link that has the name of the file", func(t *testing.T, folder string) {
			check(t, os.Symlink("/etc/passwd", filepath.Join(folder, final(d.ID))))
		}, adapters.Rejected, "no file has the name of a handover"},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "outbox")
			check(t, os.Mkdir(folder, 0o700))
			o := openOutbox(t, outboxIn(folder))
			c.spoil(t, folder)
			_, staging := o.Stage(t.Context(), d)
			_, _, asking := o.Delivered(t.Context(), d.ID, "")
			for _, err := range []error{staging, asking} {
				said(t, err, c.class, c.want)
			}
		})
	}
	t.Run("a folder that came in the way after staging", func(t *testing.T) {
		o, folder, token := staged(t)
		check(t, os.Mkdir(filepath.Join(folder, final(d.ID)), 0o700))
		_, err := o.Deliver(t.Context(), d, token)
		said(t, err, adapters.Rejected, "no file has the name of a handover")
		check(t, os.Remove(filepath.Join(folder, final(d.ID))))
		if _, err := o.Deliver(t.Context(), d, token); err != nil || len(waiting(t, folder)) != 1 {
			t.Errorf("when it is out of the way: %v", err)
		}
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func said(t *testing.T, err error, class adapters.Class, want string) {
	t.Helper()
	var e *adapters.Error
	if !errors.As(err, &e) || e.Class != class || !strings.Contains(e.Error(), want) || e.Do == "" {
		t.Errorf("got %v, want %q of class %d with something to do", err, want, class)
	}
	if err != nil && strings.Contains(err.Error(), "\n") {
		t.Errorf("more than a line: %v", err)
	}
}

// A share that is not mounted looks like a folder from which all was fetched.
func TestAShareThatIsNotMountedIsNotTakenForAnEmptyOutbox(t *testing.T) {
	o, folder, token := staged(t)
	away := folder + ".away"
	check(t, os.Rename(folder, away))
	check(t, os.Mkdir(folder, 0o700))
	_, there, err := o.Delivered(t.Context(), delivery(1).ID, token)
	if there {
		t.Error("it is said to have been delivered")
	}
	said(t, err, adapters.Retry, "is not the folder in which")
	_, err = o.Deliver(t.Context(), delivery(1), token)
	said(t, err, adapters.Retry, "is not the folder in which")

	// Another outbox is not it either.
	if _, err := o.Stage(t.Context(), delivery(2)); err != nil {
		t.Fatal(err)
	}
	_, _, err = o.Delivered(t.Context(), delivery(1).ID, token)
	said(t, err, adapters.Retry, "is not the folder in which")

	check(t, os.RemoveAll(folder))
	check(t, os.Rename(away, folder))
	if _, err := o.Deliver(t.Context(), delivery(1), token); err != nil || len(waiting(t, folder)) != 1 {
		t.Errorf("when it is mounted again: %v", err)
	}
}

func TestWhatIsLeftIsRemoved(t *testing.T) {
	d := delivery(1)
	plant := func(folder string, ids ...string) {
		for _, id := range ids {
			check(t, os.WriteFile(filepath.Join(folder, "."+id+stagedPart+"left"), []byte("half"), 0o600))
		}
	}
	for _, c := range []struct {
		name string
		do   func(o *Outbox, token string) error
		left int // of this delivery
	}{
		{"by staging again", func(o *Outbox, _ string) error { _, err := o.Stage(t.Context(), d); return err }, 1},
		{"by delivering", func(o *Outbox, token string) error { _, err := o.Deliver(t.Context(), d, token); return err }, 0},
		{"by dropping, but for what tells that it was dropped", func(o *Outbox, token string) error { return o.Drop(t.Context(), d.ID, token) }, 1},
		{"by dropping whatever there is", func(o *Outbox, _ string) error { return o.Drop(t.Context(), d.ID, "") }, 0},
		{"by dropping and staging again", func(o *Outbox, token string) error {
			check(t, o.Drop(t.Context(), d.ID, token))
			_, err := o.Stage(t.Context(), d)
			return err
		}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, folder, token := staged(t)
			plant(folder, d.ID, delivery(2).ID)
			check(t, c.do(o, token))
			left := slices.DeleteFunc(leftovers(t, folder), func(p string) bool { return strings.Contains(p, delivery(2).ID) })
			if len(left) != c.left {
				t.Errorf("%d are left", len(left))
			}
			if len(leftovers(t, folder)) != c.left+1 {
				t.Error("what is of another delivery is gone")
			}
		})
	}
	t.Run("what was dropped holds nothing", func(t *testing.T) {
		o, folder, token := staged(t)
		check(t, o.Drop(t.Context(), d.ID, token))
		for _, p := range leftovers(t, folder) {
			if info, err := os.Stat(p); err != nil || info.Size() != 0 {
				t.Errorf("%d bytes, %v", info.Size(), err)
			}
		}
	})
}

func TestTokensThatAreNone(t *testing.T) {
	o, _, token := staged(t)
	for _, c := range []string{"x", token + "x", "../" + token, strings.ToLower(token), token[1:]} {
		_, delivering := o.Deliver(t.Context(), delivery(1), c)
		_, _, asking := o.Delivered(t.Context(), delivery(1).ID, c)
		for _, err := range []error{delivering, asking, o.Drop(t.Context(), delivery(1).ID, c)} {
			said(t, err, adapters.Rejected, "no token")
		}
	}
	_, err := o.Deliver(t.Context(), delivery(2), "")
	said(t, err, adapters.Rejected, "nothing is made ready")
	_, err = o.Stage(t.Context(), adapters.Delivery{ID: delivery(1).ID, Document: []byte("{}")})
	said(t, err, adapters.Rejected, "no page")
}

func TestCheckOfAnOutbox(t *testing.T) {
	o, folder, token := staged(t)
	if _, err := o.Deliver(t.Context(), delivery(1), token); err != nil {
		t.Fatal(err)
	}
	check(t, os.WriteFile(filepath.Join(folder, "other.age"), nil, 0o600))
	before, _ := os.ReadDir(folder)
	check(t, os.WriteFile(filepath.Join(folder, ".check"+stagedPart+"killed"), nil, 0o600))
	results := o.Check(t.Context())
	after, _ := os.ReadDir(folder)
	if len(before) != len(after) {
		t.Error("the check left something")
	}
	first := keys[0].Recipient().String()
	if len(results) != 2 || results[0].Seen != "allowed; 1 waiting to be fetched" || !strings.Contains(results[1].Seen, "to "+first[:14]+"…"+first[len(first)-8:]+", age1") {
		t.Errorf("%+v", results)
	}
	check(t, os.RemoveAll(folder))
	if r := o.Check(t.Context())[0]; r.Verdict != adapters.Fail || !strings.Contains(r.Seen, "there is no folder") || !strings.Contains(r.Do, "mount") {
		t.Errorf("%+v", r)
	}
	check(t, os.WriteFile(folder, nil, 0o600))
	if r := o.Check(t.Context())[0]; r.Verdict != adapters.Fail || !strings.Contains(r.Seen, "no folder") {
		t.Errorf("%+v", r)
	}
}

// A full disk is a small one: a file system in memory, where this machine lets us make one.
func TestAFullDisk(t *testing.T) {
	folder := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "none", folder).CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", folder).Run() })
	o := openOutbox(t, outboxIn(folder))
	token, err := o.Stage(t.Context(), delivery(1))
	check(t, err)
	filler := filepath.Join(folder, "filler")
	check(t, os.WriteFile(filler, nil, 0o600))
	f, err := os.OpenFile(filler, os.O_WRONLY, 0)
	check(t, err)
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	check(t, f.Close())

	_, err = o.Stage(t.Context(), delivery(1))
	said(t, err, adapters.Retry, "no room is left")
	if left := leftovers(t, folder); len(left) != 1 || filepath.Base(left[0]) != stagedName(delivery(1).ID, token) {
		t.Errorf("%d hidden files are left, of which the one that was staged should stay", len(left))
	}
	if r := o.Check(t.Context())[0]; r.Verdict != adapters.Fail || !strings.Contains(r.Seen, "no room") {
		t.Errorf("the check says %+v", r)
	}
	if names := waiting(t, folder); len(names) != 0 {
		t.Errorf("%d files stand", len(names))
	}
	// What was staged before is whole, and needs no room to be delivered.
	if _, err := o.Deliver(t.Context(), delivery(1), token); err != nil {
		t.Error(err)
	}
	check(t, os.Remove(filler))
	if _, err := o.Stage(t.Context(), delivery(2)); err != nil {
		t.Error(err)
	}
}

func TestAReadOnlyDisk(t *testing.T) {
	folder := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=256k", "none", folder).CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", folder).Run() })
	o := openOutbox(t, outboxIn(folder))
	token, err := o.Stage(t.Context(), delivery(1))
	check(t, err)
	check(t, exec.Command("mount", "-o", "remount,ro", folder).Run())
	_, staging := o.Stage(t.Context(), delivery(1))
	_, delivering := o.Deliver(t.Context(), delivery(1), token)
	for _, err := range []error{staging, delivering, o.Drop(t.Context(), delivery(1).ID, token)} {
		said(t, err, adapters.Fatal, "is read-only")
	}
	if _, there, err := o.Delivered(t.Context(), delivery(1).ID, token); err != nil || there {
		t.Errorf("delivered %v, %v", there, err)
	}
	check(t, exec.Command("mount", "-o", "remount,rw", folder).Run())
	if _, err := o.Deliver(t.Context(), delivery(1), token); err != nil {
		t.Error(err)
	}
}

// A folder in which another user may write, tried as a user who may not.
func TestAFolderThatMayNotBeWritten(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can try it as another user")
	}
	parent, err := os.MkdirTemp("", "brygga-outbox-")
	check(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(parent) })
	check(t, os.Chmod(parent, 0o755))
	folder, binary := filepath.Join(parent, "outbox"), filepath.Join(parent, "test")
	check(t, os.Mkdir(folder, 0o755))
	b, err := os.ReadFile(os.Args[0])
	check(t, err)
	check(t, os.WriteFile(binary, b, 0o755))
	cmd := exec.Command(binary)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	cmd.Env = []string{roleVariable + "=outbox", whereVariable + "=" + folder, ledgerVariable + "=/nowhere/ledger", keyVariable + "=" + keys[0].Recipient().String(), dieVariable + "=0"}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "is not allowed; let the user that brygga runs as write in it") {
		t.Errorf("%v: %s", err, out)
	}
	if names, _ := os.ReadDir(folder); len(names) != 0 {
		t.Errorf("%d files stand", len(names))
	}
}
