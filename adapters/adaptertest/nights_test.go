package adaptertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"brygga/adapters"
)

// shelf is a source and its stock in one: rows in memory, each with the hour in
// which it changed. lies makes it break the contract.
type shelf struct {
	hour    int
	changed map[int]int // row → hour
	deleted map[int]int
	broken  bool
	whole   bool // it tells no changes
	lies    func(o adapters.Outcome) adapters.Outcome
	can     adapters.Can
}

func newShelf(n int) *shelf {
	s := &shelf{changed: map[int]int{}, deleted: map[int]int{}}
	for i := range n {
		s.changed[i] = 0
	}
	return s
}

func (s *shelf) Change(rows ...int) {
	s.hour++
	for _, r := range rows {
		s.changed[r] = s.hour
	}
}

func (s *shelf) Delete(rows ...int) {
	s.hour++
	for _, r := range rows {
		delete(s.changed, r)
		s.deleted[r] = s.hour
	}
}

func (s *shelf) Break(broken bool) { s.hour++; s.broken = broken }

func (s *shelf) Name() string { return "shelf" }

func (s *shelf) Can() adapters.Can { return s.can }

func (s *shelf) Read(context.Context, string) ([]byte, error) {
	return nil, &adapters.Error{Class: adapters.Fatal}
}

func (s *shelf) Any(context.Context, adapters.Query) (bool, error) {
	return false, &adapters.Error{Class: adapters.Fatal}
}

func (s *shelf) Pull(ctx context.Context, q adapters.Query, r adapters.Reader) adapters.Outcome {
	since, err := strconv.Atoi(q.Since)
	whole := q.Since == "" || s.whole || err != nil
	page := map[string]bool{}
	for row, hour := range s.changed {
		if whole || hour > since {
			page["r"+fmt.Sprint(row)] = true
		}
	}
	for row, hour := range s.deleted {
		if !whole && hour > since {
			page["r"+fmt.Sprint(row)] = false
		}
	}
	o := adapters.Outcome{Complete: true, Checkpoint: fmt.Sprint(s.hour), Whole: whole, Pages: 1}
	body, err := json.Marshal(page)
	if err != nil {
		panic(err)
	}
	p, err := r.Open(body)
	if err == nil {
		err = p.Take()
	}
	class := adapters.Protocol
	if ctx.Err() != nil {
		class = adapters.Retry
	}
	if err != nil || s.broken || ctx.Err() != nil {
		o = adapters.Outcome{Fault: &adapters.Error{Class: class, System: "shelf", Kind: q.Kind, What: "it fell down"}}
	}
	if s.lies != nil {
		o = s.lies(o)
	}
	return o
}

type shelfRows struct {
	seen map[string]bool
	gone int
}

func (r *shelfRows) Distinct() int { return len(r.seen) }

func (r *shelfRows) Open(body []byte) (adapters.Page, error) {
	var page map[string]bool
	err := json.Unmarshal(body, &page)
	return adapters.Page{Total: -1, Take: func() error {
		for row, there := range page {
			if there {
				r.seen[row] = true
			} else {
				r.gone++
			}
		}
		return nil
	}}, err
}

func nightsOf(change func(*shelf)) Nights {
	return Nights{
		Stock: func(_ testing.TB, n int) (adapters.Source, Stock) {
			s := newShelf(n)
			change(s)
			return s, s
		},
		Reader: func() Rows { return &shelfRows{seen: map[string]bool{}} },
		Query:  adapters.Query{Kind: "row"},
		Gone:   func(r Rows) int { return r.(*shelfRows).gone },
		TooOld: "too old",
	}
}

func TestNightsOfASourceThatIsRight(t *testing.T) {
	t.Run("that tells changes", func(t *testing.T) { RunNights(t, nightsOf(func(*shelf) {})) })
	t.Run("that tells none", func(t *testing.T) { RunNights(t, nightsOf(func(s *shelf) { s.whole = true })) })
	t.Run("that has no checkpoint", func(t *testing.T) {
		c := nightsOf(func(s *shelf) {
			s.lies = func(o adapters.Outcome) adapters.Outcome { o.Checkpoint = ""; return o }
		})
		c.TooOld = ""
		RunNights(t, c)
	})
}

func TestNightsCatchASourceThatLies(t *testing.T) {
	for name, change := range map[string]func(*shelf){
		"everything is the same, always": func(s *shelf) { s.lies = func(o adapters.Outcome) adapters.Outcome { o.Same = true; return o } },
		"everything is complete, always": func(s *shelf) {
			s.lies = func(o adapters.Outcome) adapters.Outcome { o.Complete, o.Fault = true, nil; return o }
		},
		"a checkpoint after a failure": func(s *shelf) { s.lies = func(o adapters.Outcome) adapters.Outcome { o.Checkpoint = "9"; return o } },
		"the whole is never said to be whole": func(s *shelf) {
			s.whole = true
			s.lies = func(o adapters.Outcome) adapters.Outcome { o.Whole = false; return o }
		},
		"changes are said to be the whole": func(s *shelf) { s.lies = func(o adapters.Outcome) adapters.Outcome { o.Whole = true; return o } },
		"nothing is ever complete":         func(s *shelf) { s.lies = func(o adapters.Outcome) adapters.Outcome { o.Complete = false; return o } },
		"a failure that says nothing": func(s *shelf) {
			s.lies = func(o adapters.Outcome) adapters.Outcome {
				if o.Fault != nil {
					o.Fault = &adapters.Error{Kind: "row"}
				}
				return o
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			caught := false
			for _, check := range nightsOf(change).checks() {
				caught = check(t) != nil || caught
			}
			if !caught {
				t.Error("was let pass")
			}
		})
	}
	t.Run("a source that can do less than it says", func(t *testing.T) {
		c := nightsOf(func(*shelf) {})
		check := ownChecks(func(testing.TB) adapters.Source { return toy{} }, c.Query, c.Reader, nil)["what a source cannot do besides, it says"]
		if check(t) != nil {
			t.Error("a source that says that it can was asked to fail")
		}
		if fatal(errors.New("x")) || fatal(nil) {
			t.Error("any error is taken for a fatal one")
		}
	})
	t.Run("a log that tells", func(t *testing.T) {
		if silentAbout("a hemlig b", []string{"hemlig"}) == nil || silentAbout("a b", []string{"hemlig", ""}) != nil {
			t.Error("secrets in a log are not seen")
		}
	})
}
