package jobs

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"brygga/adapters"
	"brygga/care"
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

// A pull is incomplete when more than this many rows, and more than this share
// of what was known, are gone at once: a source that suddenly returns next to
// nothing is a fault more often than a fact (architecture.md, "Guard").
const (
	goneAtLeast = 20
	goneShare   = 0.1
)

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
				err = pullBulk(ctx, p, k, p.visits(k))
			case k.Name == store.NoteKind:
				err = pullBulk(ctx, p, k, p.notes(k))
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
	slices.SortFunc(p.out.Kinds, func(a, b KindReport) int { return compareText(a.Kind, b.Kind) })
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
func (p *puller) small(ctx context.Context, k fhirmap.Kind) error {
	var old known
	looking := make(chan error, 1)
	go func() {
		var err error
		old.refs, old.unreadable, err = p.store.Refs(ctx, p.sys.Name, k.Name)
		looking <- err
	}()
	col := newGatherer()
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
	records := col.facts()
	// A record that cannot be read now keeps its old client unknown too, if its
	// subject changed: the old row says who that was.
	unreadable, err := p.keepOldClients(ctx, k, col.unreadable)
	if err != nil {
		return err
	}
	diff, err := p.store.PutKind(ctx, p.sys.Name, k.Name, store.KindPut{
		Upserts: records, Gone: append(gone, emptied(old, records, col.unreadable)...), Unreadable: col.unreadable,
		Checkpoint: store.Checkpoint{Value: out.Checkpoint, At: p.opt.Now, WholeAt: p.opt.Now},
	})
	if err != nil {
		return err
	}
	rep.Added, rep.Changed, rep.Removed, rep.Quarantined = diff.Added, diff.Changed, diff.Removed, len(col.unreadable)
	p.done(rep, records, func(in *care.Input) {
		in.Unreadable = append(in.Unreadable, unreadable...)
		p.out.PatientsListed = p.out.PatientsListed || k.Facts.Has(care.SetOf(care.KindClient))
	})
	return nil
}

// asStored is what becomes of a small kind that was not read whole.
func (p *puller) asStored(ctx context.Context, k fhirmap.Kind, rep KindReport) error {
	old, err := p.store.Kind(ctx, p.sys.Name, k.Name)
	if err != nil {
		return err
	}
	p.incomplete(k, rep, old.Records, old.Unreadable)
	return ctx.Err()
}

// confirm asks for every known row that the list no longer shows. What is still
// there is taken as it is now; what is not is gone.
func (p *puller) confirm(ctx context.Context, k fhirmap.Kind, old known, col *gatherer) ([]care.Ref, *adapters.Error) {
	missing := map[care.Ref]bool{}
	all := 0
	note := func(r care.Ref) {
		all++
		if !col.has(r) {
			missing[r] = true
		}
	}
	for _, r := range old.refs {
		note(r)
	}
	for i := range old.unreadable {
		note(old.unreadable[i].Ref)
	}
	if n := len(missing); n > goneAtLeast && float64(n) > goneShare*float64(all) && !p.opt.AcceptGone {
		return nil, &adapters.Error{
			Class: adapters.Protocol, System: p.sys.Name, Kind: k.Name,
			What: fmt.Sprintf("%d of %d known records are no longer listed", n, all),
			Do:   "if they are really gone, run again with --accept-gone",
		}
	}
	var gone []care.Ref
	for _, r := range sortedRefs(missing) {
		body, err := p.sys.Source.Read(ctx, string(r))
		if err == nil && body != nil {
			err = p.sys.Mapper.Resource(col, body)
		}
		if err != nil {
			return nil, asFault(err, p.sys.Name, k.Name)
		}
		if !col.has(r) {
			gone = append(gone, r)
		}
	}
	return gone, nil
}

// emptied are the known records that are listed and hold no fact any more. The
// row of one that can no longer be read stays: it says whom it concerned.
// now is sorted by Ref.
func emptied(old known, now []care.Record, unreadable []care.Unreadable) []care.Ref {
	var out []care.Ref
	for _, r := range old.refs {
		_, holds := slices.BinarySearchFunc(now, r, func(n care.Record, r care.Ref) int { return compareText(string(n.Ref), string(r)) })
		if !holds && !slices.ContainsFunc(unreadable, func(u care.Unreadable) bool { return u.Ref == r }) {
			out = append(out, r)
		}
	}
	return out
}

// keepOldClients adds, for each unreadable record whose old row names another
// client, that client.
func (p *puller) keepOldClients(ctx context.Context, k fhirmap.Kind, now []care.Unreadable) ([]care.Unreadable, error) {
	if len(now) == 0 {
		return nil, nil
	}
	old, err := p.store.Kind(ctx, p.sys.Name, k.Name)
	if err != nil {
		return nil, err
	}
	was := map[care.Ref]care.Ref{}
	for i := range old.Records {
		was[old.Records[i].Ref] = old.Records[i].Client
	}
	out := slices.Clone(now)
	for _, u := range now {
		if c := was[u.Ref]; c != "" && c != u.Client {
			u.Client = c
			out = append(out, u)
		}
	}
	return out, nil
}

// bulkQuery asks for what changed since the checkpoint, or for the window whole,
// in several date ranges side by side.
func (p *puller) bulkQuery(k fhirmap.Kind, cp store.Checkpoint) (q adapters.Query, whole bool) {
	q = adapters.Query{Kind: k.Name, Type: k.Type, Params: k.Params, Since: cp.Value}
	due := p.opt.FullAfter > 0 && p.opt.Now.Sub(cp.WholeAt) >= p.opt.FullAfter
	if cp.Value != "" && !p.opt.Full && !due {
		return q, false
	}
	q.Since = ""
	from := p.windowStart(k)
	for d := from; d <= p.opt.AsOf; d = d.AddDays(rangeDays) {
		r := url.Values{k.DateParam: {"ge" + d.String()}}
		if end := d.AddDays(rangeDays); end <= p.opt.AsOf {
			r.Add(k.DateParam, "lt"+end.String())
		}
		q.Ranges = append(q.Ranges, r)
	}
	return q, true
}

// rangeDays is the length of one range of a bulky pull: a week keeps a few
// streams busy and does not make many small requests.
const rangeDays = 7

// windowStart is the first day that a bulky kind is kept for.
func (p *puller) windowStart(k fhirmap.Kind) care.Date { return p.opt.AsOf.AddDays(-k.WindowDays) }

func (p *puller) checkpoint(out adapters.Outcome, old store.Checkpoint, whole bool) store.Checkpoint {
	cp := store.Checkpoint{Value: out.Checkpoint, At: p.opt.Now, WholeAt: old.WholeAt}
	if whole {
		cp.WholeAt = p.opt.Now
	}
	return cp
}

// incomplete takes what is stored as the facts, and every client as unknown.
func (p *puller) incomplete(k fhirmap.Kind, rep KindReport, records []care.Record, unreadable []care.Unreadable) {
	if rep.Fault != nil {
		rep.What = rep.Fault.Error()
	}
	p.done(rep, records, func(in *care.Input) {
		in.Unreadable = append(in.Unreadable, unreadable...)
		in.Incomplete = append(in.Incomplete, care.Gap{Source: p.sys.Name, Facts: k.Facts, Reason: k.Name + " was not read whole"})
	})
}

func (p *puller) done(rep KindReport, records []care.Record, add func(*care.Input)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out.Input.More = append(p.out.Input.More, records)
	p.out.Kinds = append(p.out.Kinds, rep)
	add(&p.out.Input)
	if p.opt.Progress != nil {
		p.opt.Progress(rep)
	}
}
