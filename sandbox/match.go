package sandbox

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"
)

// matches says whether a version meets a criterion.
func (f *filter) matches(v *version) bool {
	switch {
	case f.name == "_id":
		return slices.ContainsFunc(f.alts, func(a alternative) bool { return a.code == v.row.id })
	case f.p == nil:
		return slices.ContainsFunc(f.alts, func(a alternative) bool { return span{v.at, v.at + 1}.matches(a.prefix, a.at) })
	}
	found := false
	for i := range v.vals {
		val := &v.vals[i]
		if val.param != f.p.n {
			continue
		}
		if f.modifier == "missing" {
			return !f.missing
		}
		for j := range f.alts {
			if f.fits(val, &f.alts[j]) {
				found = true
				break
			}
		}
	}
	switch f.modifier {
	case "missing":
		return f.missing
	case "not": // also what has no such element at all
		return !found
	}
	return found
}

// fits compares one value of the resource with one of the search.
func (f *filter) fits(val *value, a *alternative) bool {
	switch {
	case f.p.kind == dateParam:
		return val.at.matches(a.prefix, a.at)
	case f.p.kind == uriParam:
		return val.code == a.code
	case f.p.kind == refParam && f.modifier != "identifier":
		if val.form != plain {
			return false
		}
		if strings.HasPrefix(a.code, "/") {
			return strings.HasSuffix(val.code, a.code) && !strings.Contains(val.code, "//")
		}
		return val.code == a.code
	case f.p.kind == refParam && val.form != logical:
		return false
	}
	return (a.anySystem || val.sys == a.sys) && (a.code == "" || val.code == a.code)
}

// find gives the current versions that match, sorted as asked, else in the order of
// creation. The caller holds a lock.
func (k *kind) find(q *search) []*version {
	if k == nil {
		return nil
	}
	var out []*version
	take := func(v *version) {
		if v == nil || v.deleted() || v.row.cur != v {
			return
		}
		for i := range q.filters {
			if !q.filters[i].matches(v) {
				return
			}
		}
		out = append(out, v)
	}
	way, size := k.all, len(k.order)
	for i := range q.filters {
		if w, n := k.way(&q.filters[i]); n < size {
			way, size = w, n
		}
	}
	way(take)
	slices.SortFunc(out, func(a, b *version) int { return cmp.Compare(a.row.ord, b.row.ord) })
	out = slices.Compact(out)
	if len(q.sort) > 0 {
		slices.SortStableFunc(out, q.compare)
	}
	return out
}

// way is how the resources that may meet a criterion can be walked through, and
// about how many they are. It may lead to one twice and to some that do not meet it.
func (k *kind) way(f *filter) (func(func(*version)), int) {
	switch {
	case f.name == "_id":
		return func(take func(*version)) {
			for _, a := range f.alts {
				take(k.latest(a.code))
			}
		}, len(f.alts)
	case f.name == "_lastUpdated":
		from := k.since(lowest(f.alts))
		return func(take func(*version)) {
			for _, v := range k.log[from:] {
				take(v)
			}
		}, len(k.log) - from
	case f.modifier == "missing" || f.modifier == "not" || f.modifier == "identifier":
	case f.p.kind == dateParam:
		index := k.dates[f.p.n]
		upTo := int64(always)
		for _, a := range f.alts {
			upTo = max(upTo, a.before())
		}
		index = index[:sort.Search(len(index), func(i int) bool { return index[i].at.lo >= upTo })]
		return func(take func(*version)) {
			for i := range index {
				for _, a := range f.alts {
					if index[i].at.matches(a.prefix, a.at) {
						take(index[i].v)
						break
					}
				}
			}
		}, len(index)
	case f.p.kind == refParam || f.p.name == "identifier" || f.p.name == "_tag":
		var lists [][]*row
		n := 0
		for _, a := range f.alts {
			key := a.code
			switch {
			case f.p.kind == refParam:
			case a.anySystem:
				key = "?" + a.code
			default:
				key = a.sys + "|" + a.code
			}
			l := k.lists[posting{f.p.n, key}]
			lists, n = append(lists, l), n+len(l)
		}
		return func(take func(*version)) {
			for _, l := range lists {
				for _, r := range l {
					take(r.cur)
				}
			}
		}, n
	}
	return k.all, math.MaxInt
}

func (k *kind) all(take func(*version)) {
	for _, r := range k.order {
		take(r.cur)
	}
}

// since is the place in the log of the first version at or after a time.
func (k *kind) since(at int64) int {
	return sort.Search(len(k.log), func(i int) bool { return k.log[i].at >= at })
}

// before is the time that a matching value starts before.
func (a alternative) before() int64 {
	switch a.prefix {
	case "lt":
		return a.at.lo
	case "le", "eq":
		return a.at.hi
	}
	return forever
}

// lowest is the earliest instant that one of the alternatives may still match.
func lowest(alts []alternative) int64 {
	low := int64(forever)
	for _, a := range alts {
		switch a.prefix {
		case "ge", "eq":
			low = min(low, a.at.lo)
		case "gt", "sa":
			low = min(low, a.at.hi)
		default:
			return always
		}
	}
	return low
}

// compare orders versions by _sort. What lacks the element comes last, whichever the direction.
func (q *search) compare(a, b *version) int {
	for _, key := range q.sort {
		var c int
		switch {
		case key.name == "_id":
			c = strings.Compare(a.row.id, b.row.id)
		case key.p == nil:
			c = cmp.Compare(a.at, b.at)
		default:
			x, y := key.of(a), key.of(b)
			if x == nil || y == nil {
				if x == y {
					continue
				}
				if x == nil {
					return 1
				}
				return -1
			}
			c = cmp.Or(cmp.Compare(x.at.lo, y.at.lo), strings.Compare(x.code, y.code))
		}
		if key.down {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func (key sortKey) of(v *version) *value {
	for i := range v.vals {
		if v.vals[i].param == key.p.n {
			return &v.vals[i]
		}
	}
	return nil
}
