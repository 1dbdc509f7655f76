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
	"brygga/store"
)

// KindReport says how the pull of one kind went.
type KindReport struct {
	System      string          `json:"system"`
	Kind        string          `json:"kind"`
	Complete    bool            `json:"complete"`
	Whole       bool            `json:"whole"`          // read whole, not by change
	Same        bool            `json:"same,omitempty"` // and is what was read before, so that nothing was read
	Rows        int             `json:"rows"`
	Pages       int             `json:"pages"`
	Added       int             `json:"added"`
	Changed     int             `json:"changed"`
	Removed     int             `json:"removed"`
	Quarantined int             `json:"quarantined"`
	Fault       *adapters.Error `json:"-"`
	What        string          `json:"what,omitempty"` // the fault in words: what, where and what to do

	codes tableCodes // of what is stored of the kind now
}

// pulled is what a run read of one system, by its own references.
type pulled struct {
	kinds []KindReport
	input care.Input
	// listed: the list of people was read whole, so who is not in it may be asked
	// for, and be confirmed gone.
	listed bool
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
	// Joined: what is read will be joined with other systems, so people and units are
	// read also where others are the authority for them.
	Joined   bool
	Progress func(KindReport)
	step     func(name string) // see Job.step; nil: nobody looks
}

// at names a step of the night.
func (o *PullOptions) at(step string) {
	if o.step != nil {
		o.step(step)
	}
}

type puller struct {
	sys   *System
	store *store.Tenant
	opt   PullOptions
	refs  care.RefTable

	mu  sync.Mutex
	out pulled
}

// pullSystem reads every kind of which some enabled rule or status needs facts, kinds
// side by side, stores what was complete, and gives what is to be judged. A kind
// that could not be read whole leaves what is stored as it is, is reported with
// its fault, and makes every client unknown (care.Input.Incomplete). The error
// is about our own store or the context, never about the source.
func pullSystem(ctx context.Context, sys *System, t *store.Tenant, opt PullOptions) (*pulled, error) {
	p := &puller{sys: sys, store: t, opt: opt}
	p.out.input = sys.input(opt.AsOf)
	g, ctx := errgroup.WithContext(ctx)
	for _, k := range sys.kinds(opt.Needs, opt.Joined) {
		g.Go(func() error {
			var err error
			switch {
			case k.Facts.Has(care.SetOf(care.KindVisit)):
				err = pullBulk(ctx, p, p.visits(k))
			case k.Facts.Has(care.SetOf(care.KindNote)):
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
	slices.SortFunc(p.out.kinds, func(a, b KindReport) int { return cmp.Compare(a.Kind, b.Kind) })
	return &p.out, nil
}

// asStored is what becomes of a small kind that was not read whole.
func (p *puller) asStored(ctx context.Context, k mapping.Kind, rep KindReport) error {
	old, err := p.store.Kind(ctx, p.sys.Name, k.Name)
	if err != nil {
		return err
	}
	rep.codes = p.counted(k, p.believed(old.Checkpoint), rep)
	p.incomplete(k, rep, old.Records, old.Unreadable)
	return ctx.Err()
}

// incomplete takes what is stored as the facts, and every client as unknown.
func (p *puller) incomplete(k mapping.Kind, rep KindReport, records []care.Record, unreadable []care.Unreadable) {
	if rep.Fault != nil {
		rep.What = rep.Fault.Error()
	}
	p.done(rep, func(in *care.Input) {
		in.More = append(in.More, care.Pack(records...))
		in.Unreadable = append(in.Unreadable, unreadable...)
		in.Incomplete = append(in.Incomplete, care.Gap{Source: p.sys.Name, Facts: k.Facts, Reason: k.Name + " was not read whole"})
	})
}

func (p *puller) done(rep KindReport, add func(*care.Input)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out.kinds = append(p.out.kinds, rep)
	add(&p.out.input)
	if p.opt.Progress != nil {
		p.opt.Progress(rep)
	}
}
