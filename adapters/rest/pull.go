package rest

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// Pull streams the list that Query.Type names: changes since the checkpoint where
// the list can tell them, else all of it. Where a list is not there, its
// fallbacks are tried. It sends at most Options.Connections requests at one time
// together with whatever else the System does, and holds two pages per stream,
// and 8 bytes per row.
func (s *System) Pull(ctx context.Context, q adapters.Query, r adapters.Reader) adapters.Outcome {
	list, ok := s.opts.Lists[q.Type]
	if !ok {
		return adapters.Outcome{Fault: s.wire.Fault(wire.Request{Kind: q.Kind}, adapters.Fatal, 0,
			"the mapping has no list for this kind", "describe the list under records in the mapping")}
	}
	tried := list.Fallback
	o := s.read(ctx, list, q, r)
	for i, further := range tried {
		if !missing(o) {
			break
		}
		s.wire.Log().Warn().Str("kind", q.Kind).Int("status", o.Fault.Status).Int("fallback", i+1).Msg("there is no such list; reading its fallback")
		o = s.read(ctx, further, q, r)
	}
	if missing(o) && len(tried) > 0 {
		o.Fault.What += fmt.Sprintf(", as it and its fallbacks all did (%d)", len(tried))
	}
	return o
}

// missing: the system says of the first page that there is no such list.
func missing(o adapters.Outcome) bool {
	return o.Fault != nil && o.Pages == 0 && gone(o.Fault.Status)
}

func gone(status int) bool {
	return status == http.StatusNotFound || status == http.StatusGone || status == http.StatusNotImplemented
}

// read reads one list: its changes if it can tell them all, else the whole.
func (s *System) read(ctx context.Context, list List, q adapters.Query, r adapters.Reader) adapters.Outcome {
	if q.Since == "" {
		return s.whole(ctx, list, q, r)
	}
	since, err := time.Parse(time.RFC3339, q.Since)
	if err == nil && list.Changed.Param != "" {
		delta := list
		if delta.Changed.Path != "" {
			delta.Path = delta.Changed.Path
		}
		p := params(list, q)
		p.Set(list.Changed.Param, instant(since))
		o, old := s.streamed(ctx, delta, q, r, p, since)
		if !old && (list.Changed.Path == "" || !missing(o)) {
			return o
		}
		s.wire.Log().Info().Str("kind", q.Kind).Bool("too_old", old).Msg("the changes since the last pull cannot be told; reading the whole list")
	}
	o := s.whole(ctx, list, q, r)
	o.Whole = true
	return o
}

// whole reads all of a list, or of a bulky one what was modified since the window
// began. A list that can tell changes of a few days only is no measure of a window.
func (s *System) whole(ctx context.Context, list List, q adapters.Query, r adapters.Reader) adapters.Outcome {
	p := params(list, q)
	short := list.Window == list.Changed.Param && list.Changed.Reach > 0
	if list.Window != "" && !q.From.IsZero() && !short {
		p.Set(list.Window, instant(q.From))
	}
	o, _ := s.streamed(ctx, list, q, r, p, time.Time{})
	return o
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// params are those of the list and of the query.
func params(list List, q adapters.Query) url.Values {
	v := url.Values{}
	add(v, list.Params)
	for k := range v {
		for i, value := range v[k] {
			v[k][i] = strings.ReplaceAll(value, from, q.From.Format(time.DateOnly))
		}
	}
	add(v, q.Params)
	return v
}

// from stands in a parameter for the first day that is wanted.
const from = "{from}"

func add(v, further url.Values) {
	for _, k := range slices.Sorted(maps.Keys(further)) {
		v[k] = append(v[k], further[k]...)
	}
}

// streamed reads one stream per range. old says that nothing was handed on, since
// the list cannot tell what changed after so long.
func (s *System) streamed(ctx context.Context, list List, q adapters.Query, r adapters.Reader, p url.Values, since time.Time) (o adapters.Outcome, old bool) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ranges := q.Ranges
	if len(ranges) == 0 {
		ranges = []url.Values{nil}
	}
	streams := make([]*stream, len(ranges))
	var all sync.WaitGroup
	var once sync.Once
	for i, further := range ranges {
		v := url.Values{}
		add(v, p)
		add(v, further)
		st := &stream{s: s, list: &list, query: q, params: v, reader: r, since: since, size: list.Paging.Size}
		streams[i] = st
		all.Go(func() {
			if fault := st.pull(ctx); fault != nil {
				once.Do(func() { o.Fault = fault; stop() })
			}
		})
	}
	all.Wait()
	o.Complete = o.Fault == nil
	s.addUp(&o, list, streams)
	return o, o.Fault != nil && slices.ContainsFunc(streams, func(st *stream) bool { return st.old })
}

// addUp counts over the streams. The checkpoint is that of the stream whose first
// page is the oldest.
func (s *System) addUp(o *adapters.Outcome, list List, streams []*stream) {
	var began time.Time
	known := true
	rows := streams[0].rows
	for i, st := range streams {
		o.Pages += st.pages
		o.Bytes += st.bytes
		if i > 0 {
			for _, run := range st.rows.runs {
				rows.add(run)
			}
		}
		if st.began.IsZero() {
			known = false
		} else if began.IsZero() || st.began.Before(began) {
			began = st.began
		}
	}
	o.Rows = rows.n
	overlap := list.Changed.Overlap
	if overlap == 0 {
		overlap = s.opts.Overlap
	}
	if o.Complete && known {
		o.Checkpoint = began.Add(-overlap).UTC().Format(time.RFC3339)
	}
}
