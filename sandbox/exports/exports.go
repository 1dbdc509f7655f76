// Package exports writes the folder of files that systems without an API leave
// behind every night: journal notes, contact decisions, staff and units of a care
// record system, a list of certificates kept by HR, and a register of information
// given, reviews and consents. The columns are examples, as every municipality has
// its own.
//
// A file is written to a temporary name and renamed, so that a reader never sees
// half of one, unless it is told to go wrong.
package exports

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"brygga/sandbox/people"
)

// Options says how the folder is written.
type Options struct {
	// Dir is made if need be; files in it are readable by their owner alone. Required.
	Dir string
	// Encodings are those of single kinds of files. By default the record system's are
	// Windows-1252, the list of certificates is UTF-8 with a byte order mark, as
	// spreadsheets write it, and the register UTF-8.
	Encodings map[string]Encoding
	// Whole adds the files of clients, placements, services and visits: a municipality
	// that is read from files alone.
	Whole bool
	// Manifest adds a file NAME.ok after each file, which says in JSON how many rows
	// and bytes the file has, and its SHA-256.
	Manifest bool
	// Faults are what goes wrong; nothing in the zero value.
	Faults Faults
}

// Folder is a folder of exports of one municipality. It is safe for concurrent use.
type Folder struct {
	opt Options

	mu      sync.Mutex
	records map[int]*people.Record
	first   map[int]*people.Record // as it was when it was first seen
	staff   []people.Member
	units   []people.Unit
	number  func(int) string // person numbers of staff, and of nobody past them
	asOf    time.Time
}

// New prepares the exports of a municipality; nothing is written yet.
func New(m *people.Municipality, opt Options) (*Folder, error) {
	if opt.Dir == "" {
		return nil, errors.New("exports: the folder is not named")
	}
	asOf, err := time.Parse(time.DateOnly, m.Options().AsOf)
	if err != nil {
		return nil, errors.New("exports: the municipality stands on no day")
	}
	f := &Folder{opt: opt, records: map[int]*people.Record{}, first: map[int]*people.Record{}, staff: m.Staff(), units: m.Units(), number: m.StaffNumber, asOf: asOf}
	m.Records(func(r *people.Record) bool {
		f.records[r.Index], f.first[r.Index] = r, r
		return true
	})
	return f, nil
}

// SetFaults replaces what goes wrong with the next files.
func (f *Folder) SetFaults(faults Faults) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opt.Faults = faults
}

// Act lets something happen; the next files show it. Notes of a client who was
// there before stay as they were.
func (f *Folder) Act(a people.Act) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range a.Records {
		after := *r
		if before, ok := f.records[r.Index]; ok {
			after.Notes = before.Notes
		} else {
			f.first[r.Index] = r
		}
		f.records[r.Index] = &after
	}
	for i, p := range a.Staff {
		f.staff[i] = p
	}
}

// Dir is the folder.
func (f *Folder) Dir() string { return f.opt.Dir }

// Write writes every file, as exported on that date, and gives their names, without
// those of manifests. Each holds everything, not only what is new. Where a file of
// that name is there it is replaced. Files bear the time of change at, where it is not
// zero: a reader that waits until files have been quiet need not wait for these.
func (f *Folder) Write(on, at time.Time) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := os.MkdirAll(f.opt.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of exports: %w", err)
	}
	var names []string
	for _, t := range f.tables() {
		d, err := f.write(t, on)
		if err != nil {
			return names, fmt.Errorf("write %s: %w", t.fileName(on), err)
		}
		names = append(names, d.name)
		if !at.IsZero() {
			if err := os.Chtimes(filepath.Join(f.opt.Dir, d.name), at, at); err != nil {
				return names, fmt.Errorf("date %s: %w", d.name, err)
			}
		}
		if f.opt.Manifest {
			if err := f.manifest(d); err != nil {
				return names, fmt.Errorf("write the manifest of %s: %w", d.name, err)
			}
		}
	}
	return names, nil
}

// Grow writes one file as Write does, but under its own name, and only to the
// middle of a row; finish writes the rest. Between the two it is a file that is
// still being written.
func (f *Folder) Grow(kind string, on time.Time) (name string, finish func() error, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t, ok := f.tableOf(kind)
	if !ok {
		return "", nil, fmt.Errorf("exports: no file of the kind %q", kind)
	}
	name = t.fileName(on)
	if err := os.MkdirAll(f.opt.Dir, 0o700); err != nil {
		return "", nil, fmt.Errorf("make the folder of exports: %w", err)
	}
	d, err := f.write(t, on)
	if err != nil {
		return "", nil, fmt.Errorf("write %s: %w", name, err)
	}
	path := filepath.Join(f.opt.Dir, d.name)
	whole, err := os.ReadFile(path)
	if err != nil {
		return "", nil, err
	}
	half := len(whole)/2 + 1
	if err := os.WriteFile(path, whole[:half], 0o600); err != nil {
		return "", nil, err
	}
	return name, func() error {
		out, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = out.Write(whole[half:])
		return errors.Join(err, out.Close())
	}, nil
}

// sorted is the clients in the order of their index.
func (f *Folder) sorted(yield func(*people.Record) bool) {
	for _, i := range slices.Sorted(maps.Keys(f.records)) {
		if !yield(f.records[i]) {
			return
		}
	}
}
