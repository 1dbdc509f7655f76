package jobs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"brygga/adapters"
	"brygga/care"
	"brygga/mapping"
	fhirmap "brygga/mapping/fhir"
	"brygga/store"
)

// KindReport says how the pull of one kind went.
type KindReport struct {
	System      string          `json:"system"`
	Kind        string          `json:"kind"`
	Complete    bool            `json:"complete"`
	Whole       bool            `json:"whole"` // read whole, not by change
	Rows        int             `json:"rows"`
	Pages       int             `json:"pages"`
	Added       int             `json:"added"`
	Changed     int             `json:"changed"`
	Removed     int             `json:"removed"`
	Quarantined int             `json:"quarantined"`
	Fault       *adapters.Error `json:"-"`
	What        string          `json:"what,omitempty"` // the fault in words: what, where and what to do
}

// Pulled is what a run read.
type Pulled struct {
	Kinds []KindReport
	Input care.Input
	// PatientsListed: the list of clients was read whole, so who is not in it may
	// be asked for, and be confirmed gone.
	PatientsListed bool
}

// PullOptions say how much is read.
type PullOptions struct {
	AsOf      care.Date
	Now       time.Time
	Full      bool          // read visits and notes whole
	FullAfter time.Duration // read them whole when the last time is longer ago
	// AcceptGone takes rows as gone that a complete list no longer shows, however
	// many they are; each is still confirmed.
	AcceptGone bool
	Needs      care.FactSet
	Progress   func(KindReport)
}

type puller struct {
	sys   *System
	store *store.Tenant
	opt   PullOptions

	mu  sync.Mutex
	out Pulled
}

// Pull reads every kind of which some enabled rule or status needs facts, kinds
// side by side, stores what was complete, and gives what is to be judged. A kind
// that could not be read whole leaves what is stored as it is, is reported with
// its fault, and makes every client unknown (care.Input.Incomplete). The error
// is about our own store or the context, never about the source.
func Pull(ctx context.Context, sys *System, t *store.Tenant, opt PullOptions) (*Pulled, error) {
	p := &puller{sys: sys, store: t, opt: opt}
	p.out.Input = care.Input{
		System: sys.Display, Provides: sys.Provides, Names: sys.Names, AsOf: opt.AsOf,
		Visits: map[care.Ref][]care.Visit{}, Notes: map[care.Ref][]care.Note{},
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, k := range fhirmap.Kinds(sys.Codes) {
		if k.Facts&opt.Needs&sys.Provides == 0 {
			continue
		}
		g.Go(func() error {
			var err error
			switch {
			case k.Name == store.VisitKind:
				err = pullBulk(ctx, p, p.visits(k))
			case k.Name == store.NoteKind:
				err = pullBulk(ctx, p, p.notes(k))
			default:
				err = p.small(ctx, k)
			}
			if err != nil {
				return fmt.Errorf("%s, %s: %w", sys.Name, k.Name, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	slices.SortFunc(p.out.Kinds, func(a, b KindReport) int { return cmp.Compare(a.Kind, b.Kind) })
	return &p.out, nil
}

// known is what of a small kind is stored, as far as a whole read needs it.
type known struct {
	refs       []care.Ref
	unreadable []care.Unreadable
}

// small reads a kind whole, confirms what is gone, and stores the result. What is
// stored is looked up while the first pages are on their way, and only as
// references: the rows themselves are needed where the read fails.
func (p *puller) small(ctx context.Context, k mapping.Kind) error {
	var old known
	looking := make(chan error, 1)
	go func() {
		var err error
		old.refs, old.unreadable, err = p.store.Refs(ctx, p.sys.Name, k.Name)
		looking <- err
	}()
	col := newGatherer(k.Facts)
	out := p.sys.Source.Pull(ctx, adapters.Query{Kind: k.Name, Type: k.Type, Params: k.Params}, pageReader{p.sys.Mapper, k, col})
	if err := <-looking; err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	rep := KindReport{System: p.sys.Name, Kind: k.Name, Whole: true, Complete: out.Complete, Rows: out.Rows, Pages: out.Pages, Fault: out.Fault}
	var gone []care.Ref
	if rep.Complete {
		gone, rep.Fault = p.confirm(ctx, k, old, col)
		rep.Complete = rep.Fault == nil
	}
	if !rep.Complete {
		return p.asStored(ctx, k, rep)
	}
	records, unreadable := col.facts()
	before, err := p.lastReadWell(ctx, k, unreadable)
	if err != nil {
		return err
	}
	diff, err := p.store.PutKind(ctx, p.sys.Name, k.Name, store.KindPut{
		Upserts: records, Gone: append(gone, emptied(old, records, unreadable)...), Unreadable: unreadable,
		Checkpoint: store.Checkpoint{Value: out.Checkpoint, At: p.opt.Now, WholeAt: p.opt.Now},
	})
	if err != nil {
		return err
	}
	rep.Added, rep.Changed, rep.Removed = diff.Added, diff.Changed, diff.Removed
	rep.Quarantined = quarantineOf(unreadable).records()
	p.done(rep, func(in *care.Input) {
		in.More = append(in.More, records, before)
		in.Unreadable = append(in.Unreadable, unreadable...)
		p.out.PatientsListed = p.out.PatientsListed || k.Facts.Has(care.SetOf(care.KindClient))
	})
	return nil
}

// asStored is what becomes of a small kind that was not read whole.
func (p *puller) asStored(ctx context.Context, k mapping.Kind, rep KindReport) error {
	old, err := p.store.Kind(ctx, p.sys.Name, k.Name)
	if err != nil {
		return err
	}
	p.incomplete(k, rep, old.Records, old.Unreadable)
	return ctx.Err()
}

// incomplete takes what is stored as the facts, and every client as unknown.
func (p *puller) incomplete(k mapping.Kind, rep KindReport, records []care.Record, unreadable []care.Unreadable) {
	if rep.Fault != nil {
		rep.What = rep.Fault.Error()
	}
	p.done(rep, func(in *care.Input) {
		in.More = append(in.More, records)
		in.Unreadable = append(in.Unreadable, unreadable...)
		in.Incomplete = append(in.Incomplete, care.Gap{Source: p.sys.Name, Facts: k.Facts, Reason: k.Name + " was not read whole"})
	})
}

func (p *puller) done(rep KindReport, add func(*care.Input)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out.Kinds = append(p.out.Kinds, rep)
	add(&p.out.Input)
	if p.opt.Progress != nil {
		p.opt.Progress(rep)
	}
}
