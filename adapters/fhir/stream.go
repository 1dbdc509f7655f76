package fhir

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// stream is one chain of pages, from a search to the last next link.
type stream struct {
	s      *System
	kind   string
	typ    string
	params url.Values
	reader adapters.Reader

	began time.Time // the server's time at the first page; zero where it did not say
	pages int       // over both passes
	bytes int64
	rows  rowKeys
	total int // what the last page said that there are; -1 if it did not
}

// pull reads the chain, and once more if the server says that there are more
// rows than were seen: rows that came or went in between shift the pages. If the
// two passes together still lack some, the stream is incomplete.
func (st *stream) pull(ctx context.Context) *adapters.Error {
	select {
	case st.s.streams <- struct{}{}:
		defer func() { <-st.s.streams }()
	case <-ctx.Done():
		return st.s.wire.NetworkError(request{Kind: st.kind}, ctx.Err())
	}
	if fault := st.pass(ctx); fault != nil || !st.short() {
		return fault
	}
	st.s.log().Info().Str("kind", st.kind).Msg("pages shifted while they were read; reading once more")
	if fault := st.pass(ctx); fault != nil || !st.short() {
		return fault
	}
	e := st.fault(adapters.Protocol, fmt.Sprintf("the server says %d rows and gave %d, also when read again: pages shift while they are read", st.total, len(st.rows.distinct())),
		"run when the system is quiet, or set page_size as high as the server allows")
	e.Page = 0
	return e
}

// short: fewer distinct rows than the last page's total.
func (st *stream) short() bool { return st.total >= 0 && st.total > len(st.rows.distinct()) }

func (st *stream) fault(class adapters.Class, what, do string) *adapters.Error {
	return st.s.fault(request{Kind: st.kind, Page: st.pages}, class, 0, what, do)
}

// pass reads the chain once.
func (st *stream) pass(ctx context.Context) *adapters.Error {
	var seen wire.LoopGuard
	ask := func(ctx context.Context, at string, no int) (*answer, *adapters.Error) {
		if no == 1 {
			return st.first(ctx, st.s.opts.PageSize)
		}
		return st.ask(ctx, http.MethodGet, at, nil, no)
	}
	return wire.Chain(ctx, "", ask, func(a *answer, no int) (wire.Step[string], *adapters.Error) {
		st.pages++
		st.bytes += int64(len(a.Body()))
		page, fault := st.open(a, no)
		if fault != nil {
			return wire.Step[string]{}, fault
		}
		if no == 1 && st.began.IsZero() {
			st.began = serverTime(page, a.Header)
		}
		next, fault := st.follow(page, &seen, no)
		return wire.Step[string]{Take: func() *adapters.Error { return st.s.wire.Take(request{Kind: st.kind, Page: no}, page) }, Next: next, More: next != ""}, fault
	})
}

// first asks for the first page, of fewer rows each time that it is too big.
func (st *stream) first(ctx context.Context, count int) (*answer, *adapters.Error) {
	for {
		v := url.Values{}
		for k, vs := range st.params {
			v[k] = vs
		}
		v.Set("_count", fmt.Sprint(count))
		method, address, body := st.s.search(st.typ, v)
		a, fault := st.ask(ctx, method, address, body, 1)
		if fault == nil || count == 1 || !errors.Is(fault, wire.ErrTooBig) {
			return a, fault
		}
		count = max(count/8, 1)
		st.s.log().Warn().Str("kind", st.kind).Int("count", count).Msg("the first page is too big; asking for fewer rows")
	}
}

// ask gets one page; an answer other than 200 is a fault.
func (st *stream) ask(ctx context.Context, method, address string, body []byte, no int) (*answer, *adapters.Error) {
	r := request{Method: method, URL: address, Body: body, Kind: st.kind, Page: no}
	if body != nil {
		r.Header = formHeader()
	}
	a, fault := st.s.send(ctx, r)
	if fault != nil {
		return nil, fault
	}
	if a.Status != http.StatusOK {
		defer a.Free()
		return nil, st.s.refusal(r, a, keysOf(st.params)...)
	}
	return a, nil
}

// open has the reader parse the page. A page without rows is looked at here as
// well: nothing else would tell an empty result from an answer that is none.
func (st *stream) open(a *answer, no int) (adapters.Page, *adapters.Error) {
	r := request{Kind: st.kind, Page: no}
	page, err := st.reader.Open(a.Body())
	if err != nil {
		return page, st.s.notFHIR(r, a, err)
	}
	st.total = page.Total
	if len(page.Keys) == 0 {
		b, ok := parseSearchset(a.Body())
		if !ok {
			return page, st.s.notFHIR(r, a, nil)
		}
		if b.broken() {
			e := st.fault(adapters.Protocol, "the page says that the search failed (an OperationOutcome of severity error)", "see the server's log")
			e.Page = no
			return page, e
		}
	}
	st.rows.add(page.Keys)
	return page, nil
}

// follow gives the address of the next page, empty after the last.
func (st *stream) follow(page adapters.Page, seen *wire.LoopGuard, no int) (string, *adapters.Error) {
	if page.Next == "" {
		return "", nil
	}
	next, why := wire.ResolveNext(st.s.wire.Base(), page.Next)
	e := st.s.fault(request{Kind: st.kind, Page: no}, adapters.Protocol, 0, string(why), "")
	switch {
	case why == wire.NextElsewhere:
		e.What += " (" + wire.OriginOf(page.Next) + ")"
		e.Do = "set url of this system to the address that the server itself uses, or correct the server's own base address"
		return "", e
	case why != "":
		e.Do = "set url of this system to the base that the server itself uses"
		return "", e
	case seen.Again(next, page.Keys):
		e.What, e.Do = "the next page is one that was read before: the pages go round", "see the server's log; another page_size may help"
		return "", e
	}
	return next, nil
}

// serverTime is when the server says that it made the page.
func serverTime(page adapters.Page, h http.Header) time.Time {
	if !page.Updated.IsZero() {
		return page.Updated
	}
	return wire.Date(h)
}
