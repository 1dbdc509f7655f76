package cli

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// process is one call of brygga in a test: no real time, no real environment.
type process struct {
	now      time.Time
	in       string
	env      map[string]string
	terminal bool
}

// testNow is when tests are: 2026-11-21 at 07:30 in Stockholm.
var testNow = time.Date(2026, 11, 21, 6, 30, 0, 0, time.UTC)

// call runs one command and gives its exit code and what it printed.
func call(t *testing.T, p process, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	if p.now.IsZero() {
		p.now = testNow
	}
	code = Main(t.Context(), args, Process{
		In: strings.NewReader(p.in), Out: &o, Err: &e, Now: func() time.Time { return p.now },
		LookupEnv:   func(name string) (string, bool) { v, ok := p.env[name]; return v, ok },
		OutTerminal: p.terminal,
	})
	return code, o.String(), e.String()
}

// golden compares with a file, or writes it with -update. An empty text has no file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		var err error
		if got == "" {
			if err = os.Remove(file); os.IsNotExist(err) {
				err = nil
			}
		} else if err = os.MkdirAll(filepath.Dir(file), 0o755); err == nil {
			err = os.WriteFile(file, []byte(got), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if want := string(b); want != got {
		t.Errorf("%s differs (see it with -update and git diff)\n%s", file, firstDifference(want, got))
	}
}

// firstDifference shows the first line that differs.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		a, b := "(nothing)", "(nothing)"
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return "want " + a + "\ngot  " + b
		}
	}
	return ""
}

func mustWrite(t *testing.T, file, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
