package jobs

import (
	"context"
	"sync"

	"brygga/adapters"
	fhirmap "brygga/mapping/fhir"
)

// standingReader gathers what brygga itself wrote; what is foreign is passed by.
type standingReader struct {
	writer fhirmap.Writer
	typ    string

	mu   sync.Mutex
	seen map[string]int // id → place in own
	own  []*fhirmap.Own
	bad  []string // ours by its marks, but not readable
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
	case err != nil:
		r.bad = append(r.bad, o.Type+"/"+o.ID)
	default:
		if i, twice := r.seen[o.ID]; twice {
			r.own[i] = o // pages may shift; the later answer is the newer one
			return
		}
		r.seen[o.ID] = len(r.own)
		r.own = append(r.own, o)
	}
}

// ReadStanding reads back every Flag and Task that the tenant's brygga wrote,
// ended ones too. A fault means that nothing may be written in this run.
func ReadStanding(ctx context.Context, sys *System, writer fhirmap.Writer) (own []*fhirmap.Own, bad []string, fault *adapters.Error) {
	for _, typ := range sys.Receives {
		r := &standingReader{writer: writer, typ: typ, seen: map[string]int{}}
		out := sys.Sink.Standing(ctx, typ, writer.Tag(), fhirmap.FindingSystem, r)
		if !out.Complete {
			return nil, nil, out.Fault
		}
		own, bad = append(own, r.own...), append(bad, r.bad...)
	}
	return own, bad, nil
}
