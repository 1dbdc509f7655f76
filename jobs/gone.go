package jobs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"brygga/adapters"
	"brygga/care"
	"brygga/mapping"
)

// What a whole read no longer shows is gone only when it is confirmed
// (architecture.md, "Pull"). A pull is incomplete when more than this many rows,
// and more than this share of what was known, are not listed any more: a source
// that suddenly returns next to nothing is a fault more often than a fact.
const (
	goneAtLeast = 20
	goneShare   = 0.1
)

// tooMany says whether so many of the known rows are not believed to be gone.
func tooMany(missing, known int) bool {
	return missing > goneAtLeast && float64(missing) > goneShare*float64(known)
}

func (p *puller) notListed(k mapping.Kind, missing, known int) *adapters.Error {
	return &adapters.Error{
		Class: adapters.Protocol, System: p.sys.Name, Kind: k.Name,
		What: fmt.Sprintf("%d of %d known records are no longer listed", missing, known),
		Do:   "if they are really gone, run again with --accept-gone",
	}
}

// sideBySide is how many records are asked for at one time.
const sideBySide = 4

// confirm makes sure of every known row that the list no longer shows: it is asked
// for, or, where the source has no such question, the list is read once more. What
// is still there is taken as it is now; what is not is gone.
func (p *puller) confirm(ctx context.Context, k mapping.Kind, q adapters.Query, old known, col *gatherer) ([]care.Ref, *adapters.Error) {
	missing, all := map[care.Ref]bool{}, map[care.Ref]bool{}
	note := func(r care.Ref) {
		all[r] = true
		if !col.has(r) && hasID(r) { // without an id it cannot be asked for: the list is all there is
			missing[r] = true
		}
	}
	for _, r := range old.refs {
		note(r)
	}
	for i := range old.records {
		if r := &old.records[i]; k.LastSeen && isEnded(r) { // it is known to be gone
			delete(missing, r.Ref)
			delete(all, r.Ref)
		}
	}
	for i := range old.unreadable {
		note(old.unreadable[i].Ref)
	}
	if tooMany(len(missing), len(all)) && !p.opt.AcceptGone {
		return nil, p.notListed(k, len(missing), len(all))
	}
	if len(missing) == 0 {
		return nil, nil
	}
	if !p.sys.Source.Can().Read {
		return p.secondPass(ctx, k, q, missing, col)
	}
	var gone []care.Ref
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(sideBySide)
	for _, r := range sortedRefs(missing) {
		g.Go(func() error {
			there, err := p.readAgain(ctx, r, col)
			if err == nil && !there {
				mu.Lock()
				gone = append(gone, r)
				mu.Unlock()
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, asFault(err, p.sys.Name, k.Name)
	}
	return gone, nil
}

// secondPass reads the list once more; what it does not show either is gone.
func (p *puller) secondPass(ctx context.Context, k mapping.Kind, q adapters.Query, missing map[care.Ref]bool, col *gatherer) (gone []care.Ref, fault *adapters.Error) {
	q.Since = ""
	out := p.sys.Source.Pull(ctx, q, pageReader{p.sys.Mapper, k, col})
	if !out.Complete {
		return nil, out.Fault
	}
	for _, r := range sortedRefs(missing) {
		if !col.has(r) {
			gone = append(gone, r)
		}
	}
	return gone, nil
}

func isEnded(r *care.Record) bool {
	return len(r.Assignments) > 0 && !slices.ContainsFunc(r.Assignments, func(a care.Assignment) bool { return !a.Inactive })
}

// readAgain asks for one record and hands it on; there is false only if the
// source says that there is no such record.
func (p *puller) readAgain(ctx context.Context, r care.Ref, sink mapping.Sink) (there bool, err error) {
	body, err := p.sys.Source.Read(ctx, string(r))
	if err != nil || body == nil {
		return false, err
	}
	return true, p.sys.Mapper.Resource(sink, body)
}

func hasID(r care.Ref) bool { return strings.Contains(string(r), "/") }

// emptied are the known records that are listed and hold no fact any more. The
// row of one that can no longer be read stays: it says whom it concerned.
func emptied(old known, now []care.Packed, unreadable []care.Unreadable) []care.Ref {
	holds := make(map[care.Ref]bool, len(now)+len(unreadable))
	for i := range now {
		holds[now[i].Ref] = true
	}
	for i := range unreadable {
		holds[unreadable[i].Ref] = true
	}
	var out []care.Ref
	for _, r := range old.refs {
		if !holds[r] {
			out = append(out, r)
		}
	}
	return out
}

// lastReadWell gives the stored rows of what cannot be read now: they name the
// client and the member of staff whom it concerned, who are unknown too
// (domain.md, "Findings"). They count as no reading: they bear no time.
func (p *puller) lastReadWell(ctx context.Context, k mapping.Kind, now []care.Unreadable) ([]care.Packed, error) {
	if len(now) == 0 {
		return nil, nil
	}
	old, err := p.store.Kind(ctx, p.sys.Name, k.Name)
	if err != nil {
		return nil, err
	}
	wanted := make(map[care.Ref]bool, len(now))
	for i := range now {
		wanted[now[i].Ref] = true
	}
	var out []care.Packed
	for i := range old.Records {
		if r := old.Records[i]; wanted[r.Ref] {
			r.Version, r.Updated = "", time.Time{}
			out = append(out, r.Pack())
		}
	}
	return out, nil
}
