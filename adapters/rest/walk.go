package rest

import (
	"net/url"
	"strconv"
)

// walk goes over the pages of a list once. One is made for each pass.
type walk interface {
	// ask adds what asks for the page that comes next, of size rows.
	ask(v url.Values, size int)
	// after is told of the page that came: its rows, and how many of them this pass
	// had not shown. It says whether there may be another page.
	after(n, fresh, size int) bool
}

// stalled is how many pages in a row may bring no row that is new: one at the
// end that lies within the overlap, and some that shifted. More are a server that
// does not heed what it is asked for.
const stalled = 4

// offsets skips rows. Pages overlap, so that a row which moves up by a few places
// while the list is read is not missed. A server may give fewer rows than it is
// asked for without saying so: a short page is the last only if nothing follows.
type offsets struct {
	list    *List
	cap     *int // rows that the server gives at most, once that is known; 0 before
	at      int
	last    int  // rows of the page before
	confirm bool // the page that comes should be empty
}

func (w *offsets) ask(v url.Values, size int) {
	limit(w.list, v, size)
	v.Set(w.list.Paging.Offset, strconv.Itoa(w.at))
}

func (w *offsets) after(n, fresh, size int) bool {
	if n == 0 {
		return false
	}
	full := size
	if *w.cap > 0 {
		full = min(full, *w.cap)
	}
	if w.confirm && fresh > 0 && w.last < full {
		*w.cap, full = w.last, w.last
	}
	w.last = n
	w.confirm = fresh == 0 || n < full
	if w.at += n; !w.confirm {
		w.at -= min(w.list.Paging.Overlap, n/2)
	}
	return true
}

// numbers asks for page after page, until one is empty.
type numbers struct {
	list *List
	at   int
}

func (w *numbers) ask(v url.Values, size int) {
	limit(w.list, v, size)
	v.Set(w.list.Paging.Page, strconv.Itoa(w.at))
}

func (w *numbers) after(n, _, _ int) bool {
	w.at++
	return n > 0
}

func limit(l *List, v url.Values, size int) {
	if size > 0 && l.Paging.Limit != "-" {
		v.Set(l.Paging.Limit, strconv.Itoa(size))
	}
}
