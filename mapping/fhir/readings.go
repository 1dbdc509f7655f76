package fhir

import (
	"cmp"
	"slices"
	"time"

	"brygga/care"
	"brygga/mapping"
)

// readings are all readings of the bulky records, of which there are millions:
// about 70 bytes each, besides their rows, and nothing for the collector of
// garbage to follow.
type readings[T comparable] struct {
	heads    []bulkHead
	rows     []T
	refs     []byte // the references, one after the other
	clients  interned[care.Ref]
	versions interned[string]
	sorted   bool
}

// bulkHead is one reading: whose it is, how new it is, and where its rows are.
type bulkHead struct {
	key             uint64 // Key of the reference
	seconds         int64  // meta.lastUpdated, since 1970
	nanos           uint32
	client, version uint32
	from            uint64 // of rows
	ref             uint64 // of refs
	rows            uint32
	refLength       uint16
	holds           bool // it is a visit, or a note; else it says that there is none
}

// interned gives each value a number, from 0.
type interned[V comparable] struct {
	values  []V
	numbers map[V]uint32
}

func (x *interned[V]) number(v V) uint32 {
	n, ok := x.numbers[v]
	if !ok {
		if x.numbers == nil {
			x.numbers = map[V]uint32{}
		}
		n = uint32(len(x.values))
		x.numbers[v], x.values = n, append(x.values, v)
	}
	return n
}

// add keeps one reading. A reference that no server can have is cut: it is only shown.
func (r *readings[T]) add(ref, client care.Ref, version string, updated time.Time, holds bool, rows ...T) {
	name := ref[:min(len(ref), 1<<16-1)]
	r.heads = append(r.heads, bulkHead{
		key: mapping.Key(ref), seconds: updated.Unix(), nanos: uint32(updated.Nanosecond()),
		client: r.clients.number(client), version: r.versions.number(version),
		from: uint64(len(r.rows)), rows: uint32(len(rows)), ref: uint64(len(r.refs)), refLength: uint16(len(name)), holds: holds,
	})
	r.rows = append(r.rows, rows...)
	r.refs = append(r.refs, name...)
	r.sorted = false
}

// sort puts the readings of one record together. Its order depends on nothing
// but what was read.
func (r *readings[T]) sort() {
	if r.sorted {
		return
	}
	slices.SortFunc(r.heads, func(a, b bulkHead) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.from, b.from), cmp.Compare(a.ref, b.ref))
	})
	r.sorted = true
}

// of gives the readings of one record.
func (r *readings[T]) of(ref care.Ref) []bulkHead {
	r.sort()
	key := mapping.Key(ref)
	i, found := slices.BinarySearchFunc(r.heads, key, func(h bulkHead, k uint64) int { return cmp.Compare(h.key, k) })
	if !found {
		return nil
	}
	return r.from(i)
}

// from gives the readings of the record whose first reading is i.
func (r *readings[T]) from(i int) []bulkHead {
	end := i + 1
	for end < len(r.heads) && r.heads[end].key == r.heads[i].key {
		end++
	}
	return r.heads[i:end]
}

func (r *readings[T]) content(h *bulkHead) []T { return r.rows[h.from : h.from+uint64(h.rows)] }

func (r *readings[T]) name(h *bulkHead) care.Ref {
	return care.Ref(r.refs[h.ref : h.ref+uint64(h.refLength)])
}

func (r *readings[T]) whose(h *bulkHead) care.Ref   { return r.clients.values[h.client] }
func (r *readings[T]) versionOf(h *bulkHead) string { return r.versions.values[h.version] }
func (h *bulkHead) updated() time.Time              { return time.Unix(h.seconds, int64(h.nanos)).UTC() }

func (r *readings[T]) older(a, b *bulkHead) bool {
	return care.Older(a.updated(), r.versionOf(a), b.updated(), r.versionOf(b))
}

// newest leaves out the readings that are certainly older than another.
func (r *readings[T]) newest(all []bulkHead) []bulkHead {
	if len(all) == 1 {
		return all
	}
	var left []bulkHead
	for i := range all {
		if !slices.ContainsFunc(all, func(o bulkHead) bool { return r.older(&all[i], &o) }) {
			left = append(left, all[i])
		}
	}
	if left == nil { // times and versions contradict each other
		return all
	}
	return left
}

// settle gives the rows that count, by client, and the unreadable records that
// stand: those of unreadable that no newer reading has replaced, and records
// that were read twice with different content that cannot be ordered.
func settle[T comparable](r *readings[T], unreadable []care.Unreadable, kind care.FactKind) (map[care.Ref][]T, []care.Unreadable) {
	r.sort()
	broken := map[uint64]bool{}
	stand := unreadable[:0]
	for _, u := range unreadable {
		if slices.ContainsFunc(r.of(u.Ref), func(h bulkHead) bool {
			return care.Older(u.Updated, u.Version, h.updated(), r.versionOf(&h))
		}) {
			continue
		}
		stand = append(stand, u)
		broken[mapping.Key(u.Ref)] = true
	}
	var counts []*bulkHead
	n := make([]int, len(r.clients.values))
	for i := 0; i < len(r.heads); {
		all := r.from(i)
		i += len(all)
		if broken[all[0].key] {
			continue
		}
		left := r.newest(all)
		first := &left[0]
		if slices.ContainsFunc(left, func(h bulkHead) bool { return r.differs(first, &h) }) {
			for k := range left {
				stand = append(stand, r.conflict(&left[k], kind))
			}
			continue
		}
		if first.holds {
			counts = append(counts, first)
			n[first.client] += int(first.rows)
		}
	}
	out := make(map[care.Ref][]T, len(n))
	for client, rows := range n {
		if rows > 0 {
			out[r.clients.values[client]] = make([]T, 0, rows)
		}
	}
	for _, h := range counts {
		client := r.whose(h)
		out[client] = append(out[client], r.content(h)...)
	}
	return out, stand
}

// differs says whether two readings say different things. Two that hold nothing
// say the same.
func (r *readings[T]) differs(a, b *bulkHead) bool {
	if a.holds != b.holds || !a.holds {
		return a.holds != b.holds
	}
	return a.client != b.client || !slices.Equal(r.content(a), r.content(b))
}

func (r *readings[T]) conflict(h *bulkHead, kind care.FactKind) care.Unreadable {
	return care.Unreadable{
		Ref: r.name(h), Version: r.versionOf(h), Updated: h.updated(), Client: r.whose(h), Facts: care.SetOf(kind),
		Reason: "read twice with different content, and neither meta.lastUpdated nor versionId tells which is newer",
	}
}
