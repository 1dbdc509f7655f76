package jobs

import (
	"cmp"
	"context"
	"slices"

	"brygga/adapters"
	"brygga/care"
	fhirmap "brygga/mapping/fhir"
	"brygga/store"
)

// bulk is how one bulky kind, visits or notes, is kept: rows by client, each
// with the hash of its source record.
type bulk[T any] struct {
	key  func(T) uint64
	kept func(T) bool // lies in the window
	load func(context.Context) (bulkState[T], error)
	save func(context.Context, bulkPut[T]) (store.Diff, error)
	rows func(*packer) map[care.Ref][]T
	give func(*care.Input, map[care.Ref][]T)
}

type bulkState[T any] struct {
	rows       map[care.Ref][]T
	unreadable []care.Unreadable
	checkpoint store.Checkpoint
}

type bulkPut[T any] struct {
	changed    map[care.Ref][]T
	whole      bool
	unreadable []care.Unreadable
	checkpoint store.Checkpoint
}

func (p *puller) visits(k fhirmap.Kind) bulk[care.Visit] {
	from := uint32(p.windowStart(k).Noon().Unix()/60 - 12*60)
	return bulk[care.Visit]{
		key:  visitKey,
		kept: func(v care.Visit) bool { return v.Start >= from },
		load: func(ctx context.Context) (bulkState[care.Visit], error) {
			s, err := p.store.Visits(ctx, p.sys.Name)
			return bulkState[care.Visit]{s.ByClient, s.Unreadable, s.Checkpoint}, err
		},
		save: func(ctx context.Context, b bulkPut[care.Visit]) (store.Diff, error) {
			return p.store.PutVisits(ctx, p.sys.Name, store.VisitPut{
				Changed: b.changed, Whole: b.whole, Names: p.sys.Names, Unreadable: b.unreadable, Checkpoint: b.checkpoint,
			})
		},
		rows: func(c *packer) map[care.Ref][]care.Visit { return c.visits },
		give: func(in *care.Input, rows map[care.Ref][]care.Visit) {
			in.Visits, in.VisitsFrom = rows, p.windowStart(k)
		},
	}
}

func (p *puller) notes(k fhirmap.Kind) bulk[care.Note] {
	from := p.windowStart(k)
	return bulk[care.Note]{
		key:  func(n care.Note) uint64 { return n.Key },
		kept: func(n care.Note) bool { return n.Date >= from },
		load: func(ctx context.Context) (bulkState[care.Note], error) {
			s, err := p.store.Notes(ctx, p.sys.Name)
			return bulkState[care.Note]{s.ByClient, s.Unreadable, s.Checkpoint}, err
		},
		save: func(ctx context.Context, b bulkPut[care.Note]) (store.Diff, error) {
			return p.store.PutNotes(ctx, p.sys.Name, store.NotePut{
				Changed: b.changed, Whole: b.whole, Names: p.sys.Names, Unreadable: b.unreadable, Checkpoint: b.checkpoint,
			})
		},
		rows: func(c *packer) map[care.Ref][]care.Note { return c.notes },
		give: func(in *care.Input, rows map[care.Ref][]care.Note) { in.Notes = rows },
	}
}

// pullBulk pulls a bulky kind by change since its checkpoint, or whole, and
// folds what came into the stored window.
func pullBulk[T any](ctx context.Context, p *puller, k fhirmap.Kind, b bulk[T]) error {
	old, err := b.load(ctx)
	if err != nil {
		return err
	}
	q, whole := p.bulkQuery(k, old.checkpoint)
	col := newPacker(!whole)
	reader := pageReader{p.sys.Mapper, k, col}
	out := p.sys.Source.Pull(ctx, q, reader)
	rep := KindReport{System: p.sys.Name, Kind: k.Name, Whole: whole, Complete: out.Complete, Rows: out.Rows, Pages: out.Pages, Fault: out.Fault}
	if rep.Complete && whole && b.muchGone(old.rows, b.rows(col)) && !p.opt.AcceptGone {
		p.secondPass(ctx, q, reader, &rep, func() int { return b.gone(old.rows, b.rows(col)) })
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if !rep.Complete {
		p.incomplete(k, rep, nil, old.unreadable)
		return nil
	}
	all := b.rows(col)
	put := bulkPut[T]{whole: whole, unreadable: col.unreadable, checkpoint: p.checkpoint(out, old.checkpoint, whole)}
	if whole {
		all = b.window(all)
		put.changed = all
	} else {
		put.changed = b.fold(old.rows, all, col)
		put.unreadable = stillUnreadable(old.unreadable, put.unreadable, col)
		all = old.rows
	}
	diff, err := b.save(ctx, put)
	if err != nil {
		return err
	}
	rep.Added, rep.Changed, rep.Removed, rep.Quarantined = diff.Added, diff.Changed, diff.Removed, len(put.unreadable)
	p.done(rep, nil, func(in *care.Input) {
		b.give(in, all)
		in.Unreadable = append(in.Unreadable, put.unreadable...)
	})
	return nil
}

// secondPass reads a bulky kind once more when much of what was known is not
// listed: these rows are too many to be asked for one by one, so they count as
// gone only when a second pass does not show them either (architecture.md, "Pull").
func (p *puller) secondPass(ctx context.Context, q adapters.Query, r pageReader, rep *KindReport, gone func() int) {
	before := gone()
	out := p.sys.Source.Pull(ctx, q, r)
	rep.Pages += out.Pages
	rep.Complete, rep.Fault = out.Complete, out.Fault
	if rep.Complete && gone() != before {
		rep.Complete = false
		rep.Fault = &adapters.Error{
			Class: adapters.Protocol, System: rep.System, Kind: rep.Kind,
			What: "two readings of the same list differ by many rows",
			Do:   "see whether the system is being loaded or restored, and run again",
		}
	}
}

// stillUnreadable keeps the quarantine of a pull by change: what was unreadable
// stays so until its id is read again.
func stillUnreadable(old, now []care.Unreadable, col *packer) []care.Unreadable {
	out := slices.Clone(now)
	for _, u := range old {
		if !col.sawKey(fhirmap.Key(u.Ref)) {
			out = append(out, u)
		}
	}
	return out
}

// muchGone says whether so many known rows are not listed that it is not believed at once.
func (b bulk[T]) muchGone(old, now map[care.Ref][]T) bool {
	known := 0
	for _, rows := range old {
		for _, r := range rows {
			if b.kept(r) {
				known++
			}
		}
	}
	n := b.gone(old, now)
	return n > goneAtLeast && float64(n) > goneShare*float64(known)
}

// gone counts the rows of the window that were known and are not listed.
func (b bulk[T]) gone(old, now map[care.Ref][]T) int {
	there := map[uint64]bool{}
	for _, rows := range now {
		for _, r := range rows {
			there[b.key(r)] = true
		}
	}
	n := 0
	for _, rows := range old {
		for _, r := range rows {
			if b.kept(r) && !there[b.key(r)] {
				n++
			}
		}
	}
	return n
}

// window drops what lies before the window, and clients that have nothing left.
func (b bulk[T]) window(m map[care.Ref][]T) map[care.Ref][]T {
	for c, rows := range m {
		if rows = slices.DeleteFunc(rows, func(r T) bool { return !b.kept(r) }); len(rows) == 0 {
			delete(m, c)
		} else {
			slices.SortStableFunc(rows, func(x, y T) int { return cmp.Compare(b.key(x), b.key(y)) })
			m[c] = rows
		}
	}
	return m
}

// fold puts changed rows into all, in place, and gives the clients that changed,
// whole. The old rows of every source record that was seen go, whichever client
// had them.
func (b bulk[T]) fold(all, changed map[care.Ref][]T, col *packer) map[care.Ref][]T {
	out := map[care.Ref][]T{}
	for c, rows := range all {
		n := len(rows)
		kept := slices.DeleteFunc(rows, func(r T) bool { return !b.kept(r) || col.sawKey(b.key(r)) })
		if len(kept) != n {
			all[c], out[c] = kept, kept
		}
	}
	for c, rows := range changed {
		for _, r := range rows {
			if b.kept(r) {
				all[c] = append(all[c], r)
			}
		}
		out[c] = all[c]
	}
	for c, rows := range out {
		// In one order, so that what is the same as before is not written again.
		slices.SortStableFunc(rows, func(x, y T) int { return cmp.Compare(b.key(x), b.key(y)) })
		if len(rows) == 0 {
			delete(all, c)
		}
	}
	return out
}
