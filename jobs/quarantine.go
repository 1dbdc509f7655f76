package jobs

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"brygga/care"
)

// quarantine is what could not be read, by record. One record may stand in it
// for several clients: the one that it names, and the one that it named when it
// was last read well.
type quarantine map[care.Ref][]care.Unreadable

func (q quarantine) add(u care.Unreadable) {
	if !slices.Contains(q[u.Ref], u) {
		q[u.Ref] = append(q[u.Ref], u)
	}
}

// settle takes out what is certainly older than a reading that went well.
func (q quarantine) settle(ref care.Ref, updated time.Time, version string) {
	if len(q) == 0 || len(q[ref]) == 0 {
		return
	}
	q[ref] = slices.DeleteFunc(q[ref], func(u care.Unreadable) bool {
		return care.Older(u.Updated, u.Version, updated, version)
	})
	if len(q[ref]) == 0 {
		delete(q, ref)
	}
}

// alsoFor lets a record stand for a further client, who had it when it was last
// read well.
func (q quarantine) alsoFor(ref, client care.Ref) {
	if len(q[ref]) == 0 || slices.ContainsFunc(q[ref], func(u care.Unreadable) bool { return u.Client == client }) {
		return
	}
	u := q[ref][0]
	u.Client = client
	q.add(u)
}

// records is how many records stand in it.
func (q quarantine) records() int { return len(q) }

// all gives everything, in one order.
func (q quarantine) all() []care.Unreadable {
	var out []care.Unreadable
	for _, ref := range slices.Sorted(maps.Keys(q)) {
		of := q[ref]
		slices.SortFunc(of, func(a, b care.Unreadable) int {
			return cmp.Or(cmp.Compare(a.Client, b.Client), cmp.Compare(a.Staff, b.Staff), a.Updated.Compare(b.Updated),
				cmp.Compare(a.Version, b.Version), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason))
		})
		out = append(out, of...)
	}
	return out
}

func quarantineOf(list []care.Unreadable) quarantine {
	q := quarantine{}
	for _, u := range list {
		q.add(u)
	}
	return q
}
