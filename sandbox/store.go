package sandbox

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// kind holds all resources of one type. Everything in it is guarded by Server.mu.
type kind struct {
	name string
	def  *typeDef

	rows  map[string]*row
	order []*row     // as they were first created
	log   []*version // every version there ever was, by time: the type's history
	lists map[posting][]*row
	dates map[uint8][]dated
	fresh map[uint8]int // how many entries at the end of each date index are not yet in order
}

// row is one resource with all its versions.
type row struct {
	id  string
	ord int
	cur *version // the latest; nil only while a transaction is undone
}

// version is one state of a resource. It never changes once it stands.
type version struct {
	row  *row
	prev *version
	num  int
	at   int64  // meta.lastUpdated, ms
	verb string // POST, PUT, DELETE
	raw  string // "" for a deletion
	vals []value
}

func (v *version) deleted() bool { return v.raw == "" }
func (v *version) etag() string  { return `W/"` + strconv.Itoa(v.num) + `"` }

// kindOf gives the type's resources, nil where there have never been any. The caller holds a lock.
func (s *Server) kindOf(typ string) *kind { return s.kinds[typ] }

// makeKind is kindOf for writing.
func (s *Server) makeKind(typ string) *kind {
	k := s.kinds[typ]
	if k == nil {
		k = &kind{name: typ, def: defs()[typ], rows: map[string]*row{}, lists: map[posting][]*row{}, dates: map[uint8][]dated{}, fresh: map[uint8]int{}}
		s.kinds[typ] = k
	}
	return k
}

// live gives the current version of a resource, nil if there is none or it is deleted.
func (k *kind) live(id string) *version {
	if v := k.latest(id); v != nil && !v.deleted() {
		return v
	}
	return nil
}

// latest is live, but also gives a deletion.
func (k *kind) latest(id string) *version {
	if k == nil {
		return nil
	}
	if r := k.rows[id]; r != nil {
		return r.cur
	}
	return nil
}

// stamp writes a resource with its id and the meta that the server gives it: what
// the sender wrote there about version and time is replaced, all else is kept.
func stamp(typ, id string, num int, at int64, d doc) string {
	var b strings.Builder
	b.Grow(len(d.raw) + 128)
	b.WriteString(`{"resourceType":` + quote(typ) + `,"id":` + quote(id))
	b.WriteString(`,"meta":{"versionId":"` + strconv.Itoa(num) + `","lastUpdated":"` + instant(at) + `"`)
	meta := d.get("meta")
	for i, key := range meta.keys {
		if key != "versionId" && key != "lastUpdated" {
			b.WriteString("," + quote(key) + ":" + meta.vals[i].raw)
		}
	}
	b.WriteByte('}')
	for i, key := range d.keys {
		if key != "resourceType" && key != "id" && key != "meta" {
			b.WriteString("," + quote(key) + ":" + d.vals[i].raw)
		}
	}
	b.WriteByte('}')
	return b.String()
}

// undo takes back what a failed transaction did, latest first.
type undo []func()

func (u *undo) run() {
	for _, f := range slices.Backward(*u) {
		f()
	}
	*u = nil
}

// put makes a new version of a resource the current one. The caller holds the write lock.
func (s *Server) put(k *kind, id, verb string, d doc, x indexer, u *undo) *version {
	at := s.now()
	num, prev := 1, k.latest(id)
	if prev != nil {
		num = prev.num + 1
	}
	raw := stamp(k.name, id, num, at, d)
	v := &version{num: num, at: at, verb: verb, raw: raw, prev: prev}
	v.vals = x.values(k.def, reparse(raw))
	k.add(id, v, u)
	k.sortFrom(1)
	return v
}

// remove makes a deletion the current version of what is there.
func (s *Server) remove(k *kind, v *version, u *undo) *version {
	gone := &version{num: v.num + 1, at: s.now(), verb: "DELETE", prev: v}
	k.add(v.row.id, gone, u)
	return gone
}

// add enters a version everywhere. Date indexes and log are in order again after sortFrom.
func (k *kind) add(id string, v *version, u *undo) {
	r := k.rows[id]
	if r == nil {
		r = &row{id: id, ord: len(k.order)}
		k.rows[id] = r
		k.order = append(k.order, r)
		if u != nil {
			*u = append(*u, func() {
				delete(k.rows, id)
				k.order = k.order[:r.ord]
			})
		}
	}
	v.row, v.prev, r.cur = r, r.cur, v
	k.log = append(k.log, v)
	if u != nil {
		length := len(k.log) - 1
		*u = append(*u, func() { r.cur = v.prev; k.log = k.log[:length] })
	}
	// Entries of earlier versions stay in lists and indexes: what they lead to is
	// always tested against the current version.
	k.def.postings(v.vals, func(p posting) {
		if l := k.lists[p]; len(l) == 0 || l[len(l)-1] != r {
			k.lists[p] = append(l, r)
		}
	})
	for _, val := range v.vals {
		if k.def.params[val.param].kind == dateParam {
			k.dates[val.param] = append(k.dates[val.param], dated{val.at, v})
			k.fresh[val.param]++
		}
	}
}

// sortFrom puts the date indexes and the log in order after n versions were added.
func (k *kind) sortFrom(n int) {
	for p, fresh := range k.fresh {
		index := sortTail(k.dates[p], fresh, byStart)
		if len(index) > 64 && len(index) > 3*len(k.order) {
			index = slices.DeleteFunc(index, func(e dated) bool { return e.v.row.cur != e.v })
		}
		k.dates[p] = index
	}
	clear(k.fresh)
	k.log = sortTail(k.log, n, func(a, b *version) int { return cmp.Compare(a.at, b.at) })
}

// sortTail sorts a slice of which at most the last n items are out of place. Few
// are moved one by one, many by sorting everything. It is stable.
func sortTail[T any](all []T, n int, order func(a, b T) int) []T {
	if n > 16 {
		slices.SortStableFunc(all, order)
		return all
	}
	for i := max(len(all)-n, 1); i < len(all); i++ {
		item := all[i]
		if order(all[i-1], item) <= 0 {
			continue
		}
		to, _ := slices.BinarySearchFunc(all[:i], item, func(e, item T) int {
			if order(e, item) <= 0 {
				return -1
			}
			return 1
		})
		copy(all[to+1:i+1], all[to:i])
		all[to] = item
	}
	return all
}

func (s *Server) indexer(base string) indexer { return indexer{zone: s.zone, base: base} }
