package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"brygga/adapters"
)

// Stock is what lies behind a source, of whatever kind: rows on a server, or a
// folder of files. Each call is a new hour there, so that what it does lies
// clearly after every pull before it.
type Stock interface {
	// Change alters these rows, numbered from 0.
	Change(rows ...int)
	// Delete takes these rows away.
	Delete(rows ...int)
	// Break makes every pull fail, some of its pages having been read where there
	// are several, until it is mended.
	Break(broken bool)
}

// Nights is what a source's test provides for the contract of several pulls, one
// after the other. Nothing in it is about HTTP.
type Nights struct {
	// Stock is n rows, and the source that reads them.
	Stock func(t testing.TB, n int) (adapters.Source, Stock)
	// Reader is a new reader of the query's rows. Distinct leaves out rows that it
	// was told are deleted.
	Reader func() Rows
	Query  adapters.Query
	// Gone is how many rows the reader was told are deleted; nil where a pull of
	// changes does not tell of them.
	Gone func(Rows) int
	// TooOld is a checkpoint from so long ago that the source cannot tell any more
	// what changed since; empty where there is no such thing.
	TooOld string
	// Logged is what the sources opened so far have logged; nil if nothing can be.
	Logged func() string
	// Secrets must never stand in an error or a log.
	Secrets []string
}

// stocked is how many rows the nights begin with.
const stocked = 100

// RunNights runs the contract.
func RunNights(t *testing.T, c Nights) {
	for name, check := range c.checks() {
		t.Run(name, func(t *testing.T) {
			if err := check(t); err != nil {
				t.Error(err)
			}
			if c.Logged != nil {
				if err := silentAbout(c.Logged(), c.Secrets); err != nil {
					t.Errorf("the log: %v", err)
				}
			}
		})
	}
}

func (c Nights) pull(s adapters.Source, since string) (adapters.Outcome, Rows) {
	r, q := c.Reader(), c.Query
	q.Since = since
	return s.Pull(context.Background(), q, r), r
}

// gave says how a complete pull breaks the contract: changed rows were to be
// shown if the source told what changed, all of them if it read the whole.
func (c Nights) gave(o adapters.Outcome, r Rows, since string, changed, all int) error {
	switch {
	case o.Fault != nil:
		return fmt.Errorf("the pull should be complete, but: %w", o.Fault)
	case !o.Complete:
		return errors.New("the pull should be complete; it is not, and says no fault")
	case o.Same && (since == "" || changed > 0):
		return errors.New("the pull says that all is the same, and it is not")
	case o.Same && (r.Distinct() > 0 || o.Whole):
		return errors.New("the pull says that all is the same, and yet gave rows")
	case o.Same:
		return nil
	}
	if since == "" || o.Whole {
		changed = all
	}
	if r.Distinct() != changed {
		return fmt.Errorf("%d rows were shown, want %d (whole: %v)", r.Distinct(), changed, o.Whole)
	}
	return nil
}

func (c Nights) failed(o adapters.Outcome) error {
	switch {
	case o.Complete || o.Same:
		return errors.New("a broken source says that its pull is complete")
	case o.Checkpoint != "":
		return errors.New("an incomplete pull has a checkpoint")
	case o.Fault == nil:
		return errors.New("an incomplete pull has no fault")
	case o.Fault.Kind != c.Query.Kind:
		return fmt.Errorf("the fault is about %q, not %q", o.Fault.Kind, c.Query.Kind)
	}
	return cleanError(o.Fault, c.Secrets)
}

// first is a stock after its first night.
func (c Nights) first(t testing.TB) (adapters.Source, Stock, string, error) {
	s, stock := c.Stock(t, stocked)
	o, r := c.pull(s, "")
	return s, stock, o.Checkpoint, c.gave(o, r, "", stocked, stocked)
}

// checks are the contract's parts.
func (c Nights) checks() map[string]func(testing.TB) error {
	after := func(do func(Stock), changed, all int) func(testing.TB) error {
		return func(t testing.TB) error {
			s, stock, since, err := c.first(t)
			if err != nil {
				return err
			}
			do(stock)
			o, r := c.pull(s, since)
			return c.gave(o, r, since, changed, all)
		}
	}
	checks := map[string]func(testing.TB) error{
		"a night without changes shows nothing, or everything and says so": after(func(Stock) {}, 0, stocked),
		"a night after changes shows what changed":                         after(func(s Stock) { s.Change(3, 4, 99) }, 3, stocked),
		"a night after many changes shows all of them": after(func(s Stock) {
			for i := range 60 {
				s.Change(i)
			}
		}, 60, stocked),
		"a deleted row is told, or missing where everything is read": c.deleted,
		"a night that fails is made good by the next":                c.resumes,
		"a first night that fails is made good by the next":          c.resumesFirst,
	}
	for name, check := range ownChecks(c.open, c.Query, c.Reader, c.Secrets) {
		checks[name] = check
	}
	if c.TooOld != "" {
		checks["a checkpoint from too long ago has everything read, and says so"] = func(t testing.TB) error {
			s, _, _, err := c.first(t)
			if err != nil {
				return err
			}
			o, r := c.pull(s, c.TooOld)
			if !o.Whole {
				return errors.New("the pull took a checkpoint that is too old for one that is not")
			}
			return c.gave(o, r, c.TooOld, stocked, stocked)
		}
	}
	return checks
}

func (c Nights) open(t testing.TB) adapters.Source {
	s, _ := c.Stock(t, stocked)
	return s
}

func (c Nights) deleted(t testing.TB) error {
	s, stock, since, err := c.first(t)
	if err != nil {
		return err
	}
	stock.Delete(1, 2)
	o, r := c.pull(s, since)
	left := stocked - 2
	if err := c.gave(o, r, since, 0, left); err != nil {
		return err
	}
	if since != "" && !o.Whole && c.Gone != nil && c.Gone(r) != 2 {
		return fmt.Errorf("of 2 deleted rows %d were told", c.Gone(r))
	}
	o, r = c.pull(s, "")
	return c.gave(o, r, "", left, left)
}

func (c Nights) resumes(t testing.TB) error {
	s, stock, since, err := c.first(t)
	if err != nil {
		return err
	}
	stock.Change(7, 8)
	stock.Break(true)
	if o, _ := c.pull(s, since); c.failed(o) != nil {
		return c.failed(o)
	}
	stock.Break(false)
	stock.Change(8, 9)
	o, r := c.pull(s, since)
	return c.gave(o, r, since, 3, stocked)
}

func (c Nights) resumesFirst(t testing.TB) error {
	s, stock := c.Stock(t, stocked)
	stock.Break(true)
	if o, _ := c.pull(s, ""); c.failed(o) != nil {
		return c.failed(o)
	}
	stock.Break(false)
	o, r := c.pull(s, "")
	return c.gave(o, r, "", stocked, stocked)
}
