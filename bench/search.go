package main

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// found is what a search found: rows of several days, in order.
type found struct {
	days  []*day
	total int
}

// searchAsked are the parameters that searches of a nightly run use. Any other is
// refused: an answer that passes over a criterion would measure something else.
var searchAsked = map[string]bool{
	"class": true, "code": true, "type": true, "date": true, "_lastUpdated": true,
	"_count": true, "_offset": true, "based-on": true, "status": true, "_tag": true, "identifier": true,
}

// search selects what is visible at now. It knows the tokens of class, code and
// type, dates with ge and lt, and _lastUpdated with ge.
func (t *town) search(typ string, q url.Values, now time.Time) (found, error) {
	for k := range q {
		if !searchAsked[k] {
			return found{}, fmt.Errorf("the search parameter %q is not served here", k)
		}
	}
	var tokens map[string]bool
	for _, k := range []string{"class", "code", "type"} {
		if v := q.Get(k); v != "" {
			tokens = map[string]bool{}
			for _, one := range strings.Split(v, ",") {
				tokens[one] = true
			}
		}
	}
	var since time.Time
	if v := q.Get("_lastUpdated"); v != "" {
		var err error
		if since, err = time.Parse(time.RFC3339, strings.TrimPrefix(v, "ge")); err != nil {
			return found{}, fmt.Errorf("_lastUpdated: %w", err)
		}
	}
	var f found
	for _, g := range t.groups {
		if g.typ != typ || tokens != nil && !tokens[g.token] {
			continue
		}
		for _, d := range g.days {
			if d.updated.After(now) || d.updated.Before(since) || !within(d.date, q["date"]) {
				continue
			}
			f.days = append(f.days, d)
			f.total += d.rows()
		}
	}
	return f, nil
}

// within says whether a date lies within every bound, "ge2026-10-18" or "lt2026-10-25".
func within(date string, bounds []string) bool {
	for _, b := range bounds {
		if v, ok := strings.CutPrefix(b, "ge"); ok && date < v {
			return false
		}
		if v, ok := strings.CutPrefix(b, "lt"); ok && date >= v {
			return false
		}
	}
	return true
}

// piece is bytes of a file that hold whole entries, separated by commas.
type piece struct {
	file     string
	from, to int64
}

// page gives the pieces of the rows from offset on, at most count of them. The
// first piece has no comma before it.
func (f found) page(offset, count int) (pieces []piece, n int) {
	for _, d := range f.days {
		rows := d.rows()
		if offset >= rows {
			offset -= rows
			continue
		}
		take := min(rows-offset, count-n)
		p := piece{d.file, d.at[offset], d.at[offset+take]}
		if len(pieces) == 0 {
			p.from++
		}
		pieces = append(pieces, p)
		offset = 0
		if n += take; n == count {
			break
		}
	}
	return pieces, n
}

// number reads a parameter that is a number; otherwise if it is not given.
func number(q url.Values, name string, otherwise int) int {
	if n, err := strconv.Atoi(q.Get(name)); err == nil && n >= 0 {
		return n
	}
	return otherwise
}
