package jobs

import (
	"cmp"
	"context"
	"slices"
	"time"

	"brygga/adapters"
	"brygga/care"
	"brygga/mapping"
	"brygga/store"
)

// bulk is how one bulky kind, visits or notes, is kept: rows by client, each
// with the hash of its source record.
type bulk[T comparable] struct {
	k    mapping.Kind
	w    window
	key  func(T) uint64
	kept func(T) bool // lies in the window
	day  func(T) care.Date
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

func (p *puller) visits(k mapping.Kind) bulk[care.Visit] {
	w := p.window(k)
	return bulk[care.Visit]{
		k: k, w: w, key: visitKey, kept: w.keepsVisit,
		day: func(v care.Visit) care.Date { return care.DateOf(time.Unix(int64(v.Start)*60, 0)) },
		load: func(ctx context.Context) (bulkState[care.Visit], error) {
			s, err := p.store.Visits(ctx, p.sys.Name)
			return bulkState[care.Visit]{s.ByClient, s.Unreadable, s.Checkpoint}, err
		},
		save: func(ctx context.Context, b bulkPut[care.Visit]) (store.Diff, error) {
			return p.store.PutVisits(ctx, p.sys.Name, store.VisitPut{
				Changed: b.changed, Whole: b.whole, Names: p.sys.Names, Unreadable: b.unreadable, Checkpoint: b.checkpoint,
			})
		},
		rows: func(c *packer) map[care.Ref][]care.Visit { return c.visits.done() },
		give: func(in *care.Input, rows map[care.Ref][]care.Visit) { in.Visits, in.VisitsFrom = rows, w.from },
	}
}

func (p *puller) notes(k mapping.Kind) bulk[care.Note] {
	w := p.window(k)
	return bulk[care.Note]{
		k: k, w: w, key: noteKey, kept: w.keepsNote,
		day: func(n care.Note) care.Date { return n.Date },
		load: func(ctx context.Context) (bulkState[care.Note], error) {
			s, err := p.store.Notes(ctx, p.sys.Name)
			return bulkState[care.Note]{s.ByClient, s.Unreadable, s.Checkpoint}, err
		},
		save: func(ctx context.Context, b bulkPut[care.Note]) (store.Diff, error) {
			return p.store.PutNotes(ctx, p.sys.Name, store.NotePut{
				Changed: b.changed, Whole: b.whole, Names: p.sys.Names, Unreadable: b.unreadable, Checkpoint: b.checkpoint,
			})
		},
		rows: func(c *packer) map[care.Ref][]care.Note { return c.notes.done() },
		give: func(in *care.Input, rows map[care.Ref][]care.Note) { in.Notes = rows },
	}
}

// pullBulk pulls a bulky kind by change since its checkpoint, or whole, folds
// what came into the stored window, and stores the result: all of it or nothing.
func pullBulk[T comparable](ctx context.Context, p *puller, b bulk[T]) error {
	old, err := b.load(ctx)
	if err != nil {
		return err
	}
	old.checkpoint = p.believed(old.checkpoint)
	q, whole := p.bulkQuery(b.k, b.w, old.checkpoint)
	r := b.read(ctx, p, q, old, whole)
	whole = whole || r.out.Whole
	if r.out.Complete && !whole && wentBack(r.out.Checkpoint, old.checkpoint.Value) {
		q.Since, q.Ranges = "", b.w.ranges(b.k.DateParam, care.DateOf(p.opt.Now), nil)
		whole = true
		r = b.read(ctx, p, q, old, whole)
	}
	rep := KindReport{
		System: p.sys.Name, Kind: b.k.Name, Whole: whole, Complete: r.out.Complete, Rows: r.out.Rows, Pages: r.out.Pages, Fault: r.out.Fault,
	}
	if rep.Complete && whole && b.w.stored {
		if rep.Fault = b.confirm(ctx, p, q, r, old.rows, &rep.Pages); rep.Fault != nil {
			rep.Complete = false
		}
	}
	if rep.Complete {
		p.askQuarantine(ctx, r.col, old.unreadable, whole)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if !rep.Complete {
		rep.codes = p.counted(b.k, old.checkpoint, rep)
		p.incomplete(b.k, rep, nil, old.unreadable)
		return nil
	}
	all, unreadable, err := b.keep(ctx, p, r, old, whole, &rep)
	if err != nil {
		return err
	}
	rep.Quarantined = quarantineOf(unreadable).records()
	p.done(rep, func(in *care.Input) {
		b.give(in, all)
		in.Unreadable = append(in.Unreadable, unreadable...)
	})
	return nil
}

// bulkRead is what one pull brought.
type bulkRead struct {
	col    *packer
	reader pageReader
	out    adapters.Outcome
}

// doubtful is how long before a whole pull a record may have been changed and
// still be read in two versions, as far as clocks can be trusted.
const doubtful = 24 * time.Hour

func (b bulk[T]) read(ctx context.Context, p *puller, q adapters.Query, old bulkState[T], whole bool) bulkRead {
	var keys []uint64
	for _, rows := range old.rows {
		for _, r := range rows {
			keys = append(keys, b.key(r))
		}
	}
	for _, u := range old.unreadable {
		keys = append(keys, mapping.Key(u.Ref))
	}
	since := time.Time{}
	if whole {
		since = p.opt.Now.Add(-doubtful)
	}
	r := bulkRead{col: newPacker(b.k.Facts, b.w, newKeySet(keys), since)}
	r.reader = pageReader{p.sys.Mapper, b.k, r.col}
	r.out = p.sys.Source.Pull(ctx, q, r.reader)
	return r
}

// confirm reads the days once more of which known rows were not listed: a packed
// row does not say its id, so it counts as gone when a second pass does not show
// it either. Many at once make the pull incomplete.
func (b bulk[T]) confirm(ctx context.Context, p *puller, q adapters.Query, r bulkRead, old map[care.Ref][]T, pages *int) *adapters.Error {
	days := map[care.Date]bool{}
	known, missing := 0, 0
	for _, rows := range old {
		for _, row := range rows {
			if !b.kept(row) {
				continue
			}
			known++
			if !r.col.known.has(b.key(row)) {
				missing++
				days[b.day(row)] = true
			}
		}
	}
	switch {
	case missing == 0:
		return nil
	case tooMany(missing, known) && !p.opt.AcceptGone:
		return p.notListed(b.k, missing, known)
	}
	q.Ranges = b.w.ranges(b.k.DateParam, care.DateOf(p.opt.Now), days)
	out := p.sys.Source.Pull(ctx, q, r.reader)
	*pages += out.Pages
	return out.Fault
}

// askAtMost is how many quarantined records are asked for in one night.
const askAtMost = 200

// askQuarantine asks for the records that could not be read on earlier nights and
// did not come now: one that is read well leaves the quarantine, and so does one
// that is confirmed gone. Of any other nothing is known, and it stays.
func (p *puller) askQuarantine(ctx context.Context, col *packer, old []care.Unreadable, whole bool) {
	asked := 0
	for _, u := range old {
		key := mapping.Key(u.Ref)
		switch {
		case col.known.has(key):
		case !hasID(u.Ref) || !p.sys.Source.Can().Read:
			if whole { // it cannot be asked for: the list is all there is
				col.known.mark(key)
			}
		case asked < askAtMost && ctx.Err() == nil:
			asked++
			if there, err := p.readAgain(ctx, u.Ref, col); err == nil && !there {
				col.known.mark(key)
			}
		}
	}
}

// keep puts together what is judged, and stores it where it is of now.
func (b bulk[T]) keep(ctx context.Context, p *puller, r bulkRead, old bulkState[T], whole bool, rep *KindReport) (map[care.Ref][]T, []care.Unreadable, error) {
	all := b.rows(r.col)
	q := r.col.unreadable
	for _, u := range old.unreadable {
		if !r.col.known.has(mapping.Key(u.Ref)) {
			q.add(u)
		}
	}
	b.keepOld(q, old.rows, all, whole)
	unreadable := q.all()
	rep.codes = p.counted(b.k, old.checkpoint, *rep)
	put := bulkPut[T]{changed: all, whole: whole, unreadable: unreadable, checkpoint: p.checkpoint(r.out, old.checkpoint, *rep)}
	if whole {
		for _, rows := range all {
			b.sort(rows)
		}
	} else {
		put.changed = b.fold(old.rows, all, r.col.known, q)
		all = old.rows
	}
	if !b.w.stored {
		return all, unreadable, nil
	}
	p.opt.at(stepPulled)
	diff, err := b.save(ctx, put)
	p.opt.at(stepStored)
	rep.Added, rep.Changed, rep.Removed = diff.Added, diff.Changed, diff.Removed
	return all, unreadable, err
}

// keepOld keeps the clients unknown who had a record that cannot be read now, and
// leaves them its rows: they say so on the next night too.
func (b bulk[T]) keepOld(q quarantine, old, all map[care.Ref][]T, whole bool) {
	if len(q) == 0 {
		return
	}
	refs := make(map[uint64]care.Ref, len(q))
	for ref := range q {
		refs[mapping.Key(ref)] = ref
	}
	for client, rows := range old {
		for _, row := range rows {
			ref, is := refs[b.key(row)]
			if !is || !b.kept(row) {
				continue
			}
			q.alsoFor(ref, client)
			same := func(other T) bool { return b.key(other) == b.key(row) && other != row }
			if whole && !slices.ContainsFunc(all[client], same) && !slices.Contains(all[client], row) {
				all[client] = append(all[client], row)
			}
		}
	}
}

// sort puts rows in one order, so that what is the same as before is not written again.
func (b bulk[T]) sort(rows []T) {
	slices.SortStableFunc(rows, func(x, y T) int { return cmp.Compare(b.key(x), b.key(y)) })
}

// fold puts changed rows into all, in place, and gives the clients that changed,
// whole. The old rows of every record that was seen go, whichever client had them,
// but for those that cannot be read now.
func (b bulk[T]) fold(all, changed map[care.Ref][]T, seen *keySet, q quarantine) map[care.Ref][]T {
	broken := make(map[uint64]bool, len(q))
	for ref := range q {
		broken[mapping.Key(ref)] = true
	}
	out := map[care.Ref][]T{}
	for c, rows := range all {
		n := len(rows)
		kept := slices.DeleteFunc(rows, func(r T) bool {
			key := b.key(r)
			return !b.kept(r) || seen.has(key) && !broken[key]
		})
		if len(kept) != n {
			all[c], out[c] = kept, kept
		}
	}
	for c, rows := range changed {
		all[c] = append(all[c], rows...)
		out[c] = all[c]
	}
	for c, rows := range out {
		b.sort(rows)
		if len(rows) == 0 {
			delete(all, c)
		}
	}
	return out
}
