package rest

import (
	"fmt"
	"net/http"
	"net/url"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// walker goes over the pages of a list once.
type walker interface {
	// ask adds to v what asks for a page that the server gave no address of.
	ask(v url.Values, where at)
	// after is told of the page that came and says where the next one is.
	after(page adapters.Page, body []byte, no int) (next at, more bool, fault *adapters.Error)
}

func (st *stream) walker() walker {
	switch st.list.Paging.Kind {
	case PagingOffset:
		return &positions{st: st, walk: &offsets{list: st.list}}
	case PagingPage:
		return &positions{st: st, walk: &numbers{list: st.list, at: st.list.Paging.First}}
	case PagingCursor, PagingLink:
		return &followed{st: st}
	}
	return &single{st}
}

// counted notes the rows of a page and says how many the pass had not shown. A page
// that repeats more than the overlap is one of several, and not the end of a list
// of one page: rows have moved.
func (st *stream) counted(page adapters.Page) int {
	fresh := st.rows.add(page.Keys)
	if fresh > 0 || len(page.Keys) > st.list.Paging.Overlap {
		st.several++
	}
	return fresh
}

// single is a list without pages.
type single struct{ st *stream }

func (w *single) ask(url.Values, at) {}

func (w *single) after(page adapters.Page, _ []byte, _ int) (at, bool, *adapters.Error) {
	w.st.counted(page)
	return at{}, false, nil
}

// positions asks by number of row or page. It stops a system that gives the same
// rows over and over.
type positions struct {
	st    *stream
	walk  walk
	stale int
}

func (w *positions) ask(v url.Values, _ at) { w.walk.ask(v, w.st.size) }

func (w *positions) after(page adapters.Page, _ []byte, no int) (at, bool, *adapters.Error) {
	n, fresh := len(page.Keys), w.st.counted(page)
	if w.stale++; fresh > 0 || n == 0 {
		w.stale = 0
	}
	if w.stale > stalled {
		p := w.st.list.Paging
		name := p.Offset
		if p.Kind == PagingPage {
			name = p.Page
		}
		return at{}, false, w.st.fault(no, adapters.Protocol, "the pages repeat: the last ones brought no new row, and yet the list does not end",
			fmt.Sprintf("the system may not heed the parameter %s: correct paging of this list in the mapping", name))
	}
	return at{}, w.walk.after(n, fresh), nil
}

// followed goes where the answers say.
type followed struct {
	st    *stream
	seen  wire.LoopGuard
	found bool // some answer has had the next one's place
}

func (w *followed) ask(v url.Values, where at) {
	limit(w.st.list, v, w.st.size)
	for name, value := range where.more {
		v[name] = value
	}
}

func (w *followed) after(page adapters.Page, body []byte, no int) (at, bool, *adapters.Error) {
	st, p := w.st, w.st.list.Paging
	st.counted(page)
	next := page.Next
	if p.Next != "" {
		value, found := valueAt(body, p.Next)
		next, w.found = value, w.found || found
	}
	if next == "" {
		// A misspelt path would make the first page pass for all of them.
		if p.Next != "" && !w.found && p.Size > 0 && len(page.Keys) >= p.Size {
			return at{}, false, st.fault(no, adapters.Protocol, "a full page says nowhere whether another follows", "correct paging.next of this list in the mapping")
		}
		return at{}, false, nil
	}
	if w.seen.Again(next, page.Keys) {
		return at{}, false, st.fault(no, adapters.Protocol, "the next page is one that was read before: the pages go round", "see the system's log; another paging.size may help")
	}
	if p.Kind == PagingCursor {
		return at{more: url.Values{p.Cursor: {next}}}, true, nil
	}
	link, why := wire.ResolveNext(st.s.wire.Base(), next)
	if why == "" {
		return at{link: link}, true, nil
	}
	e := st.fault(no, adapters.Protocol, string(why), "set url of this system to the address that the system itself uses")
	if why == wire.NextElsewhere {
		e.What += " (" + wire.OriginOf(next) + ")"
	}
	return at{}, false, e
}

// signedLink is the address that a server gave, with our key where it has none.
func (s *System) signedLink(list *List, link string, h http.Header) string {
	u, err := url.Parse(link)
	if err != nil {
		return link // it was read once; the request says what is wrong
	}
	has := u.Query()
	with := url.Values{}
	for k := range has {
		with[k] = nil
	}
	s.opts.Auth.sign(list.KeyGroup, with, h)
	for k := range has {
		delete(with, k)
	}
	switch extra := with.Encode(); {
	case extra == "":
	case u.RawQuery == "":
		u.RawQuery = extra
	default:
		u.RawQuery += "&" + extra
	}
	return u.String()
}
