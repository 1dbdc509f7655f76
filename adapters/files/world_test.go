package files

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/rs/zerolog"
	"golang.org/x/text/encoding/charmap"

	"brygga/adapters"
)

// tonight is when all tests take place.
var tonight = time.Date(2026, 11, 29, 2, 0, 0, 0, time.UTC)

// world is a folder of files, a clock, and a system that reads them.
type world struct {
	t      testing.TB
	dir    string
	now    time.Time
	o      Options
	log    *logged
	slept  []time.Duration
	asleep func() // what happens while one waits
}

type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newWorld(t testing.TB, l List) *world {
	w := &world{t: t, dir: t.TempDir(), now: tonight, log: &logged{}}
	w.o = Options{
		Name: "exporten", Folder: w.dir, Lists: map[string]List{"besok": l}, PageRows: 10,
		Logger: zerolog.New(w.log), Clock: func() time.Time { return w.now },
		Sleep: func(ctx context.Context, d time.Duration) error {
			w.slept = append(w.slept, d)
			w.now = w.now.Add(d)
			if w.asleep != nil {
				w.asleep()
			}
			return ctx.Err()
		},
	}
	return w
}

// put writes a file that was last changed so long ago.
func (w *world) put(name, content string, ago time.Duration) {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Time{}, w.now.Add(-ago)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) remove(name string) {
	w.t.Helper()
	if err := os.Remove(filepath.Join(w.dir, name)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) system() *System {
	w.t.Helper()
	s, err := New(w.o)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) pull(since string) (adapters.Outcome, *rows) {
	w.t.Helper()
	r := &rows{}
	return w.system().Pull(context.Background(), adapters.Query{Kind: "visit", Type: "besok", Since: since}, r), r
}

// complete pulls and demands that it went well.
func (w *world) complete(since string) (adapters.Outcome, *rows) {
	w.t.Helper()
	o, r := w.pull(since)
	if o.Fault != nil || !o.Complete || o.Checkpoint == "" {
		w.t.Fatalf("the pull should be complete: %+v, %v", o, o.Fault)
	}
	return o, r
}

// refused pulls and demands that it did not, for a reason that says all of this.
func (w *world) refused(class adapters.Class, says ...string) *adapters.Error {
	w.t.Helper()
	o, _ := w.pull("")
	if o.Complete || o.Same || o.Checkpoint != "" || o.Fault == nil {
		w.t.Fatalf("the pull should be incomplete: %+v", o)
	}
	if o.Fault.Class != class {
		w.t.Errorf("class %d, want %d: %v", o.Fault.Class, class, o.Fault)
	}
	for _, s := range says {
		if !strings.Contains(o.Fault.Error(), s) {
			w.t.Errorf("the error does not say %q: %v", s, o.Fault)
		}
	}
	if o.Fault.Kind != "visit" || o.Fault.System != "exporten" {
		w.t.Errorf("the error does not say where: %v", o.Fault)
	}
	return o.Fault
}

// silent demands that nothing of this was told.
func (w *world) silent(e *adapters.Error, secrets ...string) {
	w.t.Helper()
	text := w.log.String()
	for err := error(e); e != nil && err != nil; {
		text += "\n" + err.Error()
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			break
		}
		err = u.Unwrap()
	}
	for _, s := range secrets {
		if strings.Contains(text, s) {
			w.t.Errorf("%q is told: %s", s, text)
		}
	}
}

// rows is a reader that keeps what it is given, as rows of strings.
type rows struct {
	mu    sync.Mutex
	all   []map[string]any
	pages int
	most  int // bytes of a page
	slow  func()
}

func (r *rows) Open(body []byte) (adapters.Page, error) {
	var some []map[string]any
	if err := json.Unmarshal(body, &some); err != nil {
		return adapters.Page{}, fmt.Errorf("the page is no array of objects: %w", err)
	}
	copied := bytes.Clone(body)
	return adapters.Page{Total: -1, Keys: make([]uint64, len(some)), Take: func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.slow != nil {
			r.slow()
		}
		if !bytes.Equal(copied, body) {
			return fmt.Errorf("the page changed before it was taken")
		}
		r.pages++
		r.most = max(r.most, len(body))
		r.all = append(r.all, some...)
		return nil
	}}, nil
}

// Distinct implements adaptertest.Rows: rows by their Id, the later one counts,
// and one that is marked as deleted is none.
func (r *rows) Distinct() int {
	there := map[any]bool{}
	for _, row := range r.all {
		there[row["Id"]] = row["Borttagen"] != "ja"
	}
	n := 0
	for _, is := range there {
		if is {
			n++
		}
	}
	return n
}

// column gives the values of one column, with commas between.
func (r *rows) column(name string) string {
	var all []string
	for _, row := range r.all {
		all = append(all, fmt.Sprint(row[name]))
	}
	return strings.Join(all, ",")
}

// visits is a list as CSV, as most tests use it.
func visits(change ...func(*List)) List {
	l := List{Glob: "besok_*.csv", Format: CSV, Header: true, Columns: []string{"Id", "Namn"}}
	for _, c := range change {
		c(&l)
	}
	return l
}

// encode writes a text in one of the encodings.
func encode(t testing.TB, s, enc string) string {
	switch enc {
	case UTF8, "":
		return s
	case "utf-8 with mark":
		return "\xef\xbb\xbf" + s
	case "utf-16 le", "utf-16 be":
		big := enc == "utf-16 be"
		var b []byte
		for _, u := range utf16.Encode([]rune("\ufeff" + s)) {
			if big {
				b = append(b, byte(u>>8), byte(u))
			} else {
				b = append(b, byte(u), byte(u>>8))
			}
		}
		return string(b)
	}
	m := charmap.ISO8859_1
	if enc == Win1252 {
		m = charmap.Windows1252
	}
	out, err := m.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// drain reads records to their end.
func drain(from records) (all []string, err error) {
	for {
		var one []byte
		if one, err = from.next(nil); err != nil {
			if err == io.EOF {
				err = nil
			}
			return all, err
		}
		all = append(all, string(one))
	}
}

func compiled(t testing.TB, l List) *list {
	t.Helper()
	c, err := compile(l)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
