package files

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"

	"brygga/adapters"
)

// counted gives so many records, and says how many it gave.
type counted struct {
	left  int
	given atomic.Int32
}

func (c *counted) next(dst []byte) ([]byte, error) {
	if c.left == 0 {
		return dst, io.EOF
	}
	c.left--
	c.given.Add(1)
	return append(dst, "{}"...), nil
}

func TestLinksAreFollowedOnlyWithinTheFolder(t *testing.T) {
	w := newWorld(t, visits())
	outside := filepath.Join(t.TempDir(), "besok_hemlig.csv")
	if err := os.WriteFile(outside, []byte(csvOf("hemlig")), 0o600); err != nil {
		t.Fatal(err)
	}
	w.put("arkiv.csv", csvOf("1"), day)
	link := func(to, name string) {
		t.Helper()
		if err := os.Symlink(to, filepath.Join(w.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	link(outside, "besok_2.csv")
	link("../../../../../../etc/passwd", "besok_3.csv")
	link("besok_4.csv", "besok_4.csv") // in a circle
	link("nowhere", "besok_5.csv")
	w.refused(adapters.Rejected, "there is no file")
	link("arkiv.csv", "besok_1.csv")
	if _, r := w.complete(""); r.column("Id") != "1" {
		t.Errorf("rows %s", r.column("Id"))
	}
}

func TestWhatIsNoFileIsPassedOver(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("pipes are Unix's")
	}
	w := newWorld(t, visits())
	w.put("besok_1.csv", csvOf("1"), day)
	if err := syscall.Mkfifo(filepath.Join(w.dir, "besok_2.csv"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, r := w.complete(""); r.column("Id") != "1" {
		t.Errorf("rows %s", r.column("Id"))
	}
}

func TestWhatMayNotBeReadIsAMatterOfCredentials(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Log("root may read everything: the folder is stood in for")
		w := newWorld(t, visits())
		p := &pull{s: w.system(), l: compiled(t, visits())}
		for _, err := range []error{fmt.Errorf("open: %w", os.ErrPermission), &os.PathError{Op: "open", Path: "/hemligt", Err: syscall.EACCES}} {
			e := p.failed(err, "besok_1.csv")
			if e.Class != adapters.Credentials || e.Do == "" {
				t.Errorf("%v", e)
			}
			w.silent(e, "hemligt")
		}
		return
	}
	w := newWorld(t, visits())
	w.put("besok_1.csv", csvOf("1"), day)
	if err := os.Chmod(filepath.Join(w.dir, "besok_1.csv"), 0); err != nil {
		t.Fatal(err)
	}
	w.refused(adapters.Credentials, "besok_1.csv: may not be read")
	if err := os.Chmod(w.dir, 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(w.dir, 0o700)
	w.refused(adapters.Credentials, "may not be read")
}

func TestNothingOfNamesIsToldThatCouldBeAboutAPerson(t *testing.T) {
	tests := []struct {
		name  string
		file  string
		shown string
	}{
		{"a plain name", "besok_20261128.csv", "besok_20261128.csv"},
		{"a name with ten digits in a row", "besok_1811218989.csv", `a file of "besok_*.csv"`},
		{"a number written with a hyphen", "besok_181121-8989.csv", `a file of "besok_*.csv"`},
		{"letters beyond ASCII", "besok_Åsa.csv", `a file of "besok_*.csv"`},
		{"spaces", "besok_Anna Ek.csv", `a file of "besok_*.csv"`},
		{"an end of line", "besok_\n.csv", `a file of "besok_*.csv"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, visits())
			w.put(tt.file, "Id;Namn\n1\n", day)
			e := w.refused(adapters.Protocol, tt.shown+": line 2")
			if tt.shown != tt.file {
				w.silent(e, tt.file)
			}
		})
	}
}
