package jobs

import (
	"context"
	"maps"
	"slices"
	"sync"

	"brygga/adapters"
	fhirmap "brygga/mapping/fhir"
)

// Standing is what brygga itself wrote, as it stands in the record system.
type Standing struct {
	Own []*fhirmap.Own
	// Unread are ours by their marks, and could not be read: they are left alone.
	Unread []*fhirmap.Own
}

// standingReader gathers what brygga itself wrote; what is foreign is passed by.
type standingReader struct {
	writer fhirmap.Writer
	typ    string
	keep   func(*fhirmap.Own) bool

	mu   sync.Mutex
	seen map[string]int // id → place in own
	own  []*fhirmap.Own // nil where a later answer is not to be kept
	bad  map[string]*fhirmap.Own
}

func (r *standingReader) Open(body []byte) (adapters.Page, error) {
	p, err := fhirmap.OpenPage(r.typ, body)
	if err != nil {
		return adapters.Page{}, err
	}
	return adapters.Page{Next: p.Next, Updated: p.Updated, Total: p.Total, Keys: p.Keys, Take: func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, raw := range p.Entries {
			r.add(raw)
		}
		return nil
	}}, nil
}

func (r *standingReader) add(raw []byte) {
	o, ours, err := r.writer.ReadOwn(raw)
	switch {
	case !ours:
		return
	case err != nil:
		o.Raw = nil
		r.bad[o.ID] = o
		return
	}
	delete(r.bad, o.ID)
	at, twice := r.seen[o.ID]
	if !r.keep(o) {
		o = nil
	}
	switch {
	case twice:
		r.own[at] = o // pages may shift; the later answer is the newer one
	case o != nil:
		r.seen[o.ID] = len(r.own)
		r.own = append(r.own, o)
	}
}

// ReadStanding reads back the Flags and Tasks that the tenant's brygga wrote. Of
// what has ended only that is kept which keep asks for: after years it is nearly
// all that there is, and nothing is done about it. A fault means that nothing may
// be written in this run.
func ReadStanding(ctx context.Context, sys *System, writer fhirmap.Writer, keep func(*fhirmap.Own) bool) (Standing, *adapters.Error) {
	var s Standing
	for _, typ := range sys.Receives {
		r := &standingReader{
			writer: writer, typ: typ, seen: map[string]int{}, bad: map[string]*fhirmap.Own{},
			keep: func(o *fhirmap.Own) bool { return !o.Ended() || keep(o) },
		}
		out := sys.Sink.Standing(ctx, typ, writer.Tag(), fhirmap.FindingSystem, r)
		if !out.Complete {
			if out.Fault == nil {
				out.Fault = &adapters.Error{Class: adapters.Protocol, System: sys.Name, Kind: typ, What: "what stands was not read whole"}
			}
			return Standing{}, out.Fault
		}
		for _, o := range r.own {
			if o != nil {
				s.Own = append(s.Own, o)
			}
		}
		for _, id := range slices.Sorted(maps.Keys(r.bad)) {
			s.Unread = append(s.Unread, r.bad[id])
		}
	}
	return s, nil
}
