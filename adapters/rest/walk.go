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
	after(n, fresh int) bool
}

// stalled is how many pages in a row may bring no row that is new: one at the
// end that lies within the overlap, and some that shifted. More are a server that
// does not heed what it is asked for.
const stalled = 4

// offsets skips rows. Each page overlaps the one before it, also the last: a row
// that moves up by a few places while the list is read is not missed. A server may
// give fewer rows than it is asked for without saying so; therefore only an empty
// page is the end, and what is beyond a page that shows nothing new is asked for.
type offsets struct {
	list *List
	at   int
}

func (w *offsets) ask(v url.Values, size int) {
	limit(w.list, v, size)
	v.Set(w.list.Paging.Offset, strconv.Itoa(w.at))
}

func (w *offsets) after(n, fresh int) bool {
	if w.at += n; fresh > 0 {
		w.at -= min(w.list.Paging.Overlap, n/2)
	}
	return n > 0
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

func (w *numbers) after(n, _ int) bool {
	w.at++
	return n > 0
}

func limit(l *List, v url.Values, size int) {
	if size > 0 && l.Paging.Limit != "-" {
		v.Set(l.Paging.Limit, strconv.Itoa(size))
	}
}
