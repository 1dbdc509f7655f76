package rest

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// How a list is paged.
const (
	PagingNone   = "none"   // one answer holds it all
	PagingOffset = "offset" // rows are skipped and counted: limit, offset
	PagingPage   = "page"   // pages are numbered
	PagingCursor = "cursor" // the answer gives a value to ask for the next page with
	PagingLink   = "link"   // the answer gives the address of the next page
)

// List is where the records of one kind are.
type List struct {
	Path string // below Options.URL: "/api/v1/clients"
	// Params are sent with every request. {from} in a value becomes the day on which
	// Query.From lies, in its own time zone: a bulky list that is bounded by a query.
	Params url.Values
	Paging Paging
	// Changed says how changes alone are asked for; without it the list is read
	// whole every time.
	Changed Changed
	// Window is a parameter that bounds a bulky list by time of modification when
	// it is read whole: Query.From is sent in it. Where it is also Changed.Param, and
	// that reaches back for some days only, it is not used.
	Window string
	// KeyGroup names the key of Auth.Keys that opens this list; empty takes Auth.Key.
	KeyGroup string
	// Fallback are lists that are read instead, in this order, where the system says
	// of the first page that there is no such list (404, 410, 501). Each is read as
	// it is itself described.
	Fallback []List
	// Empty204: the system answers 204 where there are no rows. Otherwise a 204 makes
	// the pull incomplete.
	Empty204 bool
}

// Paging is how one asks for the next rows. Parameter names that are empty are
// limit, offset, page and cursor.
type Paging struct {
	Kind    string // none (also empty), offset, page, cursor, link
	Size    int    // rows asked for per page; 500, or none at all for cursor and link
	Overlap int    // offset: rows that a page shares with the one before it

	Limit  string // parameter of the size; "-" sends none
	Offset string
	Page   string
	First  int // page: the number of the first one
	Cursor string
	// Next is where an answer has the next cursor or link: "paging.next". A link may
	// also be left to the Reader (adapters.Page.Next).
	Next string
}

// Changed is how one asks for what was modified after an instant.
type Changed struct {
	Param string // the parameter; the instant is sent as RFC 3339 in UTC
	Path  string // of the list of changes, where it is another one
	// Overlap is taken from the server's time to make the next checkpoint;
	// Options.Overlap where it is zero.
	Overlap time.Duration
	// Reach is how far back the system can tell changes. A checkpoint that is older,
	// by the system's own time, has the list read whole. Zero is without limit.
	Reach time.Duration
}

func (l List) withDefaults() List {
	p := &l.Paging
	or := func(v *string, otherwise string) {
		if *v == "" {
			*v = otherwise
		}
	}
	or(&p.Kind, PagingNone)
	or(&p.Limit, "limit")
	or(&p.Offset, "offset")
	or(&p.Page, "page")
	or(&p.Cursor, "cursor")
	if p.Size == 0 && l.byPosition() {
		p.Size = 500
	}
	l.Fallback = slices.Clone(l.Fallback)
	for i := range l.Fallback {
		l.Fallback[i] = l.Fallback[i].withDefaults()
	}
	return l
}

// byPosition: rows that come or go while the list is read shift its pages.
func (l List) byPosition() bool {
	return l.Paging.Kind == PagingOffset || l.Paging.Kind == PagingPage
}

// check says what is wrong with the list, by setting.
func (l List) check(auth Auth) error {
	var errs []error
	bad := func(setting, what string) { errs = append(errs, fmt.Errorf("%s: %s", setting, what)) }
	p := l.Paging
	if wrong := badPath(l.Path); wrong != "" {
		bad("path", wrong)
	}
	if wrong := badPath(l.Changed.Path); l.Changed.Path != "" && wrong != "" {
		bad("changed.path", wrong)
	}
	switch p.Kind {
	case "", PagingNone, PagingOffset, PagingPage, PagingLink:
	case PagingCursor:
		if p.Next == "" {
			bad("paging.next", "is needed by paging.kind cursor: where the answer has the next cursor")
		}
	default:
		bad("paging.kind", "is none of none, offset, page, cursor, link")
	}
	if p.Size < 0 || p.Overlap < 0 {
		bad("paging", "size and overlap are not below zero")
	}
	if size := l.withDefaults().Paging.Size; p.Overlap > 0 && p.Overlap >= size {
		bad("paging.overlap", "must be less than paging.size")
	}
	if l.Changed.Param == "" && (l.Changed.Path != "" || l.Changed.Reach != 0) {
		bad("changed.param", "is missing")
	}
	if l.Changed.Reach < 0 || l.Changed.Overlap < 0 {
		bad("changed", "reach and overlap are not below zero")
	}
	if auth.Kind == AuthQueryKey && auth.key(l.KeyGroup) == "" {
		bad("key_group", "there is no key for it: set auth.keys for this group, or auth.key")
	}
	for i, f := range l.Fallback {
		if err := f.check(auth); err != nil {
			bad(fmt.Sprintf("fallback %d", i+1), err.Error())
		}
		if len(f.Fallback) > 0 {
			bad(fmt.Sprintf("fallback %d", i+1), "has fallbacks of its own; put them all in one list")
		}
	}
	return errors.Join(errs...)
}

// badPath says why a path cannot be asked for. What follows the base is fixed: no
// query, and nothing that climbs out of it.
func badPath(p string) string {
	u, err := url.Parse(p)
	switch {
	case p == "":
		return "is missing"
	case err != nil || u.IsAbs() || u.Host != "" || strings.HasPrefix(p, "//"):
		return "is no path such as /api/v1/clients"
	case u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(p, "?#"):
		return "must not hold a query; use params"
	case slices.Contains(strings.Split(u.Path, "/"), ".."):
		return "must not climb out of the base (..)"
	}
	return ""
}
