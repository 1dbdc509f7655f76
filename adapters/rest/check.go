package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// Check asks for a row of each of these lists, or of all where none is named, and
// for changes where a list tells them: one result per list. It stops early where
// nothing further could be learnt. It reads only.
func (s *System) Check(ctx context.Context, names ...string) []adapters.CheckResult {
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(s.opts.Lists))
	}
	if fault := s.wire.SignIn(ctx); fault != nil {
		return []adapters.CheckResult{fault.Checked("sign in")}
	}
	var results []adapters.CheckResult
	for _, name := range names {
		r, fault := s.checkList(ctx, name)
		results = append(results, r)
		if fault != nil && fault.Status == 0 && fault.Class != adapters.Protocol {
			break // there is no answer at all: the other lists have none either
		}
	}
	return results
}

// checkList is the line of one list, and what failed if something did.
func (s *System) checkList(ctx context.Context, name string) (adapters.CheckResult, *adapters.Error) {
	what := "list " + name
	list, ok := s.opts.Lists[name]
	if !ok {
		return adapters.CheckResult{What: what, Verdict: adapters.Fail, Seen: "is not described", Do: "describe the list under records in the mapping"}, nil
	}
	p := s.probe(ctx, name, list, list.Path, nil)
	fell := 0
	first := p.fault
	for i := 0; i < len(list.Fallback) && p.fault != nil && gone(p.fault.Status); i++ {
		if next := s.probe(ctx, name, list.Fallback[i], list.Fallback[i].Path, nil); next.fault == nil || !gone(next.fault.Status) {
			p, fell = next, i+1
		}
	}
	switch {
	case p.fault != nil:
		return p.fault.Checked(what), p.fault
	case fell > 0:
		return adapters.CheckResult{
			What: what, Verdict: adapters.Warn, Seen: fmt.Sprintf("%s; its fallback %d %s", first.What, fell, p.seen),
			Do: "put the fallback in the place of the list in the mapping, if it is gone for good",
		}, nil
	case p.date.IsZero():
		return adapters.CheckResult{
			What: what, Verdict: adapters.Warn, Seen: p.seen + "; it does not tell its time (Date)",
			Do: "have the system, or the proxy before it, send Date; without it every night reads the whole list",
		}, nil
	case p.doubt != "":
		return adapters.CheckResult{What: what, Verdict: adapters.Warn, Seen: p.seen + "; " + p.doubt, Do: "compare paging of the list in the mapping with what the system answers"}, nil
	case list.Changed.Param == "":
		return adapters.CheckResult{What: what, Verdict: adapters.OK, Seen: p.seen + "; read whole every time"}, nil
	}
	path := list.Path
	if list.Changed.Path != "" {
		path = list.Changed.Path
	}
	// Nothing has changed since tomorrow: a list that shows rows all the same does
	// not heed the parameter, and would show no deletion either.
	c := s.probe(ctx, name, list, path, url.Values{list.Changed.Param: {instant(p.date.Add(24 * time.Hour))}})
	switch {
	case c.fault != nil:
		r := c.fault.Checked(what)
		r.Seen = p.seen + "; asked for changes it " + r.Seen
		return r, c.fault
	case c.rows:
		return adapters.CheckResult{
			What: what, Verdict: adapters.Warn, Seen: p.seen + ", but passes over " + list.Changed.Param + ": asked for what changed since tomorrow it gives rows",
			Do: "leave changed out of the list in the mapping, or correct its param: deleted rows would not be seen",
		}, nil
	}
	return adapters.CheckResult{What: what, Verdict: adapters.OK, Seen: p.seen + ", and tells changes"}, nil
}

// probed is the answer to a request for one row.
type probed struct {
	seen  string
	doubt string // what may be wrong with the description
	rows  bool   // there are some, as far as can be seen
	date  time.Time
	fault *adapters.Error
}

func (s *System) probe(ctx context.Context, name string, list List, path string, further url.Values) probed {
	r := wire.Request{Method: http.MethodGet, Kind: name, Header: http.Header{}}
	q := adapters.Query{}
	if s.opts.Clock != nil {
		q.From = s.opts.Clock() // of a list that is bounded by a day, today's rows are enough
	}
	v := params(list, q)
	add(v, further)
	switch p := list.Paging; { // a strict system refuses a request that does not say which page
	case p.Kind == PagingPage:
		(&numbers{list: &list, at: p.First}).ask(v, 1)
	case p.Kind == PagingOffset:
		(&offsets{list: &list}).ask(v, 1)
	case p.Kind != PagingNone && p.Size > 0:
		limit(&list, v, 1)
	}
	s.opts.Auth.sign(list.KeyGroup, v, r.Header)
	r.URL = s.wire.Address(path, v)
	a, fault := s.wire.Send(ctx, r)
	if fault != nil {
		return probed{fault: fault}
	}
	defer a.Free()
	p := probed{seen: "answers", date: wire.Date(a.Header)}
	switch {
	case a.Status == http.StatusNoContent && list.Empty204:
		p.seen = "answers that there are no rows"
		return p
	case a.Status != http.StatusOK:
		return probed{fault: s.refusal(r, a, &list, name)}
	}
	body := bytes.TrimSpace(a.Body())
	if p.fault = s.wire.NotAPage(r, a); p.fault != nil {
		return p
	}
	if !json.Valid(body) || body[0] != '[' && body[0] != '{' {
		p.fault = s.wire.Fault(r, adapters.Protocol, a.Status, "the answer is neither an array nor an object of JSON", "check path of the list "+name+" in the mapping")
		return p
	}
	p.rows = someRows(body)
	if next := list.Paging.Next; next != "" {
		if _, found := valueAt(body, next); !found {
			p.doubt = "the answer to a request for one row has no " + next
		}
	}
	return p
}
