package fhir

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"

	"brygga/adapters"
)

// Pull streams every page of the query to the reader: one stream per range side
// by side, the next page of each fetched while one is taken. The first fault of
// any stream stops the others. It sends at most Options.Connections requests at
// one time together with whatever else the System does, and holds at most two
// pages per stream.
func (s *System) Pull(ctx context.Context, q adapters.Query, r adapters.Reader) adapters.Outcome {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ranges := q.Ranges
	if len(ranges) == 0 {
		ranges = []url.Values{nil}
	}
	streams := make([]*stream, len(ranges))
	var all sync.WaitGroup
	var once sync.Once
	var first *adapters.Error
	for i, further := range ranges {
		st := &stream{s: s, kind: q.Kind, typ: q.Type, params: s.criteria(q, further), reader: r}
		streams[i] = st
		all.Go(func() {
			if fault := st.pull(ctx); fault != nil {
				once.Do(func() { first = fault; stop() })
			}
		})
	}
	all.Wait()
	return s.outcome(streams, first)
}

// outcome adds the streams up. The checkpoint is that of the stream whose first
// page is the oldest.
func (s *System) outcome(streams []*stream, fault *adapters.Error) adapters.Outcome {
	o := adapters.Outcome{Fault: fault, Complete: fault == nil}
	var since time.Time
	known := true
	lists := make([][]uint64, 0, len(streams))
	for _, st := range streams {
		o.Pages += st.pages
		o.Bytes += st.bytes
		lists = append(lists, st.rows.distinct())
		if st.began.IsZero() {
			known = false
		} else if since.IsZero() || st.began.Before(since) {
			since = st.began
		}
	}
	o.Rows = union(lists)
	if o.Complete && known {
		o.Checkpoint = since.Add(-s.opts.Overlap).UTC().Format(time.RFC3339)
	}
	return o
}

// criteria are the search parameters of one stream.
func (s *System) criteria(q adapters.Query, further url.Values) url.Values {
	v := url.Values{}
	for _, from := range []url.Values{q.Params, further} {
		for _, k := range slices.Sorted(maps.Keys(from)) {
			v[k] = append(v[k], from[k]...)
		}
	}
	if q.Since != "" {
		v.Add("_lastUpdated", "ge"+q.Since)
	}
	return v
}
