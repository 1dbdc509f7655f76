package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// passes is how often a list is read, at most, for two readings that agree.
const passes = 4

// pause is how long a list is left alone before its third and its last reading: what
// moves its rows (an import, a correction of many) may be over by then. Our default.
func pause(pass int) time.Duration {
	switch pass {
	case 2:
		return 2 * time.Second
	case passes - 1:
		return 15 * time.Second
	}
	return 0
}

// stream is one list, or one range of it.
type stream struct {
	s      *System
	list   *List
	query  adapters.Query
	params url.Values
	reader adapters.Reader
	since  time.Time // of changes; zero for the whole

	began   time.Time // the server's time at the first page; zero where it did not say
	old     bool      // since lies further back than the list tells changes
	pages   int       // over all passes
	bytes   int64
	total   int // what the last page said that there are; -1 if it did not
	size    int // rows asked for per page
	rows    keySet
	several int // pages of this pass that tell more than that the list ends
}

// at is the page that comes next: its address, where the server gave it, else
// what the walk asks for.
type at struct {
	link string
	more url.Values
}

// pull reads the list until it is believed. One that was not a single page, and
// is read by position, is believed when two passes show the same rows; any other
// when it shows as many as the system says that there are.
func (st *stream) pull(ctx context.Context) *adapters.Error {
	select {
	case st.s.streams <- struct{}{}:
		defer func() { <-st.s.streams }()
	case <-ctx.Done():
		return st.s.wire.NetworkError(st.request(0), ctx.Err())
	}
	var seen []mark
	for pass := 1; ; pass++ {
		st.rows.reset()
		st.several, st.total = 0, -1
		if fault := st.pass(ctx); fault != nil {
			return fault
		}
		now := st.rows.mark()
		all := st.total <= now.n
		if all && (!st.list.byPosition() || st.several <= 1 || slices.Contains(seen, now)) {
			return nil
		}
		if pass == passes {
			return st.shifts()
		}
		if pass > 1 || !all {
			st.s.wire.Log().Info().Str("kind", st.query.Kind).Int("pass", pass).Stringer("after", pause(pass)).Msg("rows shifted while they were read; reading once more")
		}
		if fault := st.wait(ctx, pause(pass)); fault != nil {
			return fault
		}
		seen = append(seen, now)
	}
}

func (st *stream) wait(ctx context.Context, d time.Duration) *adapters.Error {
	if d == 0 {
		return nil
	}
	if err := wire.Waiting(st.s.opts.Sleep)(ctx, d); err != nil {
		return st.s.wire.NetworkError(st.request(0), err)
	}
	return nil
}

func (st *stream) shifts() *adapters.Error {
	what := fmt.Sprintf("the rows keep shifting: %d readings of the list, and no two of them agree", passes)
	if st.total > st.rows.n {
		what = fmt.Sprintf("the system says %d rows and gave %d, also when read again", st.total, st.rows.n)
	}
	return st.fault(0, adapters.Protocol, what, "run when the system is quiet, or raise paging.size and paging.overlap of this list in the mapping")
}

func (st *stream) request(no int) wire.Request {
	return wire.Request{Method: http.MethodGet, Kind: st.query.Kind, Page: no}
}

func (st *stream) fault(no int, class adapters.Class, what, do string) *adapters.Error {
	return st.s.wire.Fault(st.request(no), class, 0, what, do)
}

// pass reads the list once.
func (st *stream) pass(ctx context.Context) *adapters.Error {
	w := st.walker()
	return wire.Chain(ctx, at{}, func(ctx context.Context, where at, no int) (*wire.Answer, *adapters.Error) {
		return st.ask(ctx, w, where, no)
	}, func(a *wire.Answer, no int) (wire.Step[at], *adapters.Error) {
		if fault := st.inTime(a, no); fault != nil {
			return wire.Step[at]{}, fault
		}
		st.pages++
		st.bytes += int64(len(a.Body()))
		page, fault := st.open(a, no)
		if fault != nil {
			return wire.Step[at]{}, fault
		}
		next, more, fault := w.after(page, a.Body(), no)
		return wire.Step[at]{
			Take: func() *adapters.Error { return st.s.wire.Take(st.request(no), page) },
			Next: next, More: more,
		}, fault
	})
}

// inTime notes the server's time at the first page, and stops a pull of changes
// that the list cannot tell any more, or not for certain.
func (st *stream) inTime(a *wire.Answer, no int) *adapters.Error {
	if no > 1 || st.pages > 0 {
		return nil
	}
	st.began = wire.Date(a.Header)
	reach := st.list.Changed.Reach
	if reach > 0 && !st.since.IsZero() && (st.began.IsZero() || st.since.Before(st.began.Add(-reach))) {
		st.old = true
		return st.fault(no, adapters.Protocol, "the list does not tell changes from so long ago", "")
	}
	return nil
}

// ask gets one page. Where rows are skipped by number, a page that is too big is
// asked for again with fewer rows.
func (st *stream) ask(ctx context.Context, w walker, where at, no int) (*wire.Answer, *adapters.Error) {
	for {
		r := st.request(no)
		r.Header = http.Header{}
		if where.link != "" {
			r.URL = st.s.signedLink(st.list, where.link, r.Header)
		} else {
			v := url.Values{}
			add(v, st.params)
			w.ask(v, where)
			st.s.opts.Auth.sign(st.list.KeyGroup, v, r.Header)
			r.URL = st.s.wire.Address(st.list.Path, v)
		}
		a, fault := st.s.wire.Send(ctx, r)
		smaller := st.list.Paging.Kind == PagingOffset || st.list.Paging.Kind == PagingPage && st.pages == 0 && no == 1
		if fault != nil && smaller && st.size > 1 && errors.Is(fault, wire.ErrTooBig) {
			st.size = max(st.size/8, 1)
			st.s.wire.Log().Warn().Str("kind", st.query.Kind).Int("size", st.size).Msg("a page is too big; asking for fewer rows")
			continue
		}
		switch {
		case fault != nil:
			return nil, fault
		case a.Status == http.StatusOK, a.Status == http.StatusNoContent && st.list.Empty204:
			return a, nil
		}
		defer a.Free()
		return nil, st.s.refusal(r, a, st.list, st.query.Type)
	}
}

// open has the page read and counts its rows. A page without rows is looked at
// here as well: rows of which the reader tells no key would be taken for the end.
func (st *stream) open(a *wire.Answer, no int) (adapters.Page, *adapters.Error) {
	if a.Status == http.StatusNoContent {
		return adapters.Page{Total: -1}, nil
	}
	page, err := st.reader.Open(a.Body())
	if err != nil {
		if e := st.s.wire.NotAPage(st.request(no), a); e != nil {
			return page, e
		}
		e := st.fault(no, adapters.Protocol, "the page cannot be read as this list: "+err.Error(), "compare the list in the mapping with what the system answers: brygga mapping explain takes a whole answer")
		e.Status, e.Err = a.Status, err
		return page, e
	}
	if len(page.Keys) == 0 && someRows(a.Body()) {
		return page, st.fault(no, adapters.Protocol, "the page has rows, and none of them has a key", "correct key of this list in the mapping")
	}
	st.total = page.Total
	return page, nil
}

// someRows: the body is an array that is not empty.
func someRows(body []byte) bool {
	b := bytes.TrimSpace(body)
	return len(b) > 1 && b[0] == '[' && bytes.TrimLeft(b[1:], " \t\r\n")[0] != ']'
}
