package jobs

import (
	"context"

	"brygga/adapters"
	"brygga/care"
	"brygga/mapping"
	"brygga/store"
)

// known is what of a small kind is stored, as far as a read of it needs it.
type known struct {
	refs       []care.Ref
	unreadable []care.Unreadable
	checkpoint store.Checkpoint
	ok         bool          // the kind has been read whole before
	records    []care.Record // only where the read builds on them
}

// small reads a small kind and stores the result. It is read whole, unless the
// system can tell what changed since the last time.
func (p *puller) small(ctx context.Context, k mapping.Kind) error {
	q := adapters.Query{Kind: k.Name, Type: k.Type, Params: k.Params}
	builds := k.ByChange || k.FirstSeen || k.LastSeen
	var old known
	looking := make(chan error, 1)
	look := func() { looking <- p.look(ctx, k, builds, &old) }
	if builds || p.sys.Source.Can().Same {
		if look(); !p.wholeIsDue(old.checkpoint) && (k.ByChange || p.sys.Source.Can().Same) {
			q.Since = old.checkpoint.Value
		}
	} else {
		go look() // while the first pages are on their way
	}
	col := newGatherer(k, &p.refs)
	out := p.sys.Source.Pull(ctx, q, pageReader{p.sys.Mapper, k, col})
	if err := <-looking; err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	whole := !k.ByChange || q.Since == "" || out.Whole
	rep := KindReport{System: p.sys.Name, Kind: k.Name, Whole: whole, Complete: out.Complete, Rows: out.Rows, Pages: out.Pages, Fault: out.Fault}
	var gone []care.Ref
	if rep.Complete && whole && !out.Same {
		gone, rep.Fault = p.confirm(ctx, k, q, old, col)
		rep.Complete = rep.Fault == nil
	}
	switch {
	case !rep.Complete:
		return p.asStored(ctx, k, rep)
	case out.Same:
		return p.stillThere(ctx, k, rep, out)
	}
	empty, unseen := col.emptyOf(old.refs), col.unseen(old.unreadable)
	records, unreadable := col.facts()
	rep.codes = p.counted(k, old.checkpoint, rep)
	put := store.KindPut{
		Upserts: records, Unreadable: unreadable,
		Checkpoint: p.checkpoint(out, old.checkpoint, rep),
	}
	if whole {
		put.Gone = append(gone, emptied(old, records, unreadable)...)
	} else {
		put.Gone = empty
		put.Unreadable = append(put.Unreadable, unseen...)
	}
	put = p.dated(k, old, put)
	before, err := p.lastReadWell(ctx, k, put.Unreadable)
	if err != nil {
		return err
	}
	p.opt.at(stepPulled)
	diff, err := p.store.PutKind(ctx, p.sys.Name, k.Name, put)
	if err != nil {
		return err
	}
	p.opt.at(stepStored)
	rep.Added, rep.Changed, rep.Removed = diff.Added, diff.Changed, diff.Removed
	rep.Quarantined = quarantineOf(put.Unreadable).records()
	all := put.Upserts
	if !whole {
		all = folded(old.records, put)
	}
	p.done(rep, func(in *care.Input) {
		in.More = append(in.More, all, before)
		in.Unreadable = append(in.Unreadable, put.Unreadable...)
		p.out.listed = p.out.listed || whole && k.Facts.Has(care.SetOf(care.KindClient))
	})
	return nil
}

// look finds what is stored: the records themselves only where the read builds on
// them.
func (p *puller) look(ctx context.Context, k mapping.Kind, builds bool, old *known) (err error) {
	if builds {
		state, err := p.store.Kind(ctx, p.sys.Name, k.Name)
		*old = known{unreadable: state.Unreadable, checkpoint: state.Checkpoint, ok: state.OK, records: state.Records}
		for i := range state.Records {
			old.refs = append(old.refs, state.Records[i].Ref)
		}
		old.checkpoint = p.believed(old.checkpoint)
		return err
	}
	old.refs, old.unreadable, old.checkpoint, err = p.store.Refs(ctx, p.sys.Name, k.Name)
	old.checkpoint = p.believed(old.checkpoint)
	return err
}

// stillThere takes what is stored: the source has nothing else.
func (p *puller) stillThere(ctx context.Context, k mapping.Kind, rep KindReport, out adapters.Outcome) error {
	old, err := p.store.Kind(ctx, p.sys.Name, k.Name)
	if err != nil {
		return err
	}
	rep.Same, rep.Rows, rep.Quarantined = true, len(old.Records), quarantineOf(old.Unreadable).records()
	rep.codes = p.counted(k, p.believed(old.Checkpoint), rep)
	put := store.KindPut{Unreadable: old.Unreadable, Checkpoint: p.checkpoint(out, old.Checkpoint, rep)}
	if _, err := p.store.PutKind(ctx, p.sys.Name, k.Name, put); err != nil {
		return err
	}
	p.done(rep, func(in *care.Input) {
		in.More = append(in.More, care.Pack(old.Records...))
		in.Unreadable = append(in.Unreadable, old.Unreadable...)
		p.out.listed = p.out.listed || k.Facts.Has(care.SetOf(care.KindClient))
	})
	return nil
}

// folded puts what changed into what was stored.
func folded(old []care.Record, put store.KindPut) []care.Packed {
	gone := make(map[care.Ref]bool, len(put.Gone)+len(put.Upserts))
	for _, r := range put.Gone {
		gone[r] = true
	}
	for i := range put.Upserts {
		gone[put.Upserts[i].Ref] = true
	}
	all := make([]care.Packed, 0, len(old)+len(put.Upserts))
	for i := range old {
		if !gone[old[i].Ref] {
			all = append(all, old[i].Pack())
		}
	}
	return append(all, put.Upserts...)
}
