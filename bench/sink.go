package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// sink keeps the Flags and Tasks that were written: enough of a FHIR server for
// conditional creates and updates in transactions, and for reading them back.
type sink struct {
	mu    *sync.Mutex
	all   map[string]*kept // by type/id
	order map[string][]*kept
	byKey map[string]*kept // by the condition of the create
}

type kept struct {
	id      string
	version int
	fields  map[string]json.RawMessage
}

func newSink() sink {
	s := sink{mu: &sync.Mutex{}, all: map[string]*kept{}, order: map[string][]*kept{}, byKey: map[string]*kept{}}
	return s
}

func (s *sink) empty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.all)
	clear(s.order)
	clear(s.byKey)
}

// change is one entry of a transaction.
type change struct {
	Resource map[string]json.RawMessage
	Request  struct{ Method, URL, IfNoneExist, IfMatch string }
}

// write does one entry and gives its status and, where it stands now, its place.
func (s *sink) write(c change) (status string, k *kept, wrote bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Request.Method == http.MethodPost {
		typ := c.Request.URL
		key := typ + "?" + c.Request.IfNoneExist
		if k := s.byKey[key]; k != nil {
			return "200 OK", k, false
		}
		k := &kept{id: fmt.Sprintf("own-%d", len(s.all)+1), version: 1, fields: c.Resource}
		s.all[typ+"/"+k.id], s.byKey[key] = k, k
		s.order[typ] = append(s.order[typ], k)
		return "201 Created", k, true
	}
	k = s.all[c.Request.URL]
	if k == nil {
		return "404 Not Found", nil, false
	}
	if c.Request.IfMatch != fmt.Sprintf(`W/"%d"`, k.version) {
		return "412 Precondition Failed", nil, false
	}
	k.version++
	k.fields = c.Resource
	return "200 OK", k, true
}

// page gives the entries of a page of what carries the tag, and how many do.
func (s *sink) page(typ, tag string, offset, count int, now time.Time) (entries string, n, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	match := slices.DeleteFunc(slices.Clone(s.order[typ]), func(k *kept) bool { return !k.tagged(tag) })
	var b strings.Builder
	for _, k := range match[min(offset, len(match)):min(offset+count, len(match))] {
		if n++; n > 1 {
			b.WriteByte(',')
		}
		k.fields["id"], _ = json.Marshal(k.id)
		var meta map[string]any
		_ = json.Unmarshal(k.fields["meta"], &meta)
		if meta == nil {
			meta = map[string]any{}
		}
		meta["versionId"], meta["lastUpdated"] = fmt.Sprint(k.version), now.UTC().Format(time.RFC3339)
		k.fields["meta"], _ = json.Marshal(meta)
		body, _ := json.Marshal(k.fields)
		fmt.Fprintf(&b, `{"resource":%s,"search":{"mode":"match"}}`, body)
	}
	return b.String(), n, len(match)
}

func (k *kept) tagged(tag string) bool {
	var meta struct{ Tag []coding }
	_ = json.Unmarshal(k.fields["meta"], &meta)
	return slices.ContainsFunc(meta.Tag, func(c coding) bool { return c.String() == tag })
}

// own answers a search for Flags or Tasks by tag.
func (s *server) own(w http.ResponseWriter, r *http.Request, typ string, q url.Values) {
	offset, now := number(q, "_offset", 0), s.clock()
	entries, n, total := s.sink.page(typ, q.Get("_tag"), offset, number(q, "_count", 100), now)
	next := ""
	if offset+n < total {
		q.Set("_offset", fmt.Sprint(offset+n))
		next = s.base + "/" + typ + "?" + q.Encode()
	}
	s.note(func(t *traffic) {
		if offset > 0 {
			t.Pages++
		} else {
			t.Searches = append(t.Searches, r.URL.String())
		}
	})
	s.answer(w, http.StatusOK, s.head(r, now, total, next)+entries+foot)
}

// transaction writes its entries one by one; none of them depends on another.
func (s *server) transaction(w http.ResponseWriter, r *http.Request) {
	came := time.Now()
	body, err := io.ReadAll(r.Body)
	var b struct{ Entry []change }
	if err == nil {
		err = json.Unmarshal(body, &b)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.pause()
	var out strings.Builder
	out.WriteString(`{"resourceType":"Bundle","type":"transaction-response","entry":[`)
	written := 0
	for i, c := range b.Entry {
		status, k, wrote := s.sink.write(c)
		if wrote {
			written++
		}
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, `{"response":{"status":%q`, status)
		if k != nil {
			typ, _, _ := strings.Cut(c.Request.URL, "/")
			fmt.Fprintf(&out, `,"location":"%s/%s/_history/%d","etag":"W/\"%d\""`, typ, k.id, k.version, k.version)
		}
		out.WriteString("}}")
	}
	s.answer(w, http.StatusOK, out.String()+foot)
	s.note(func(t *traffic) {
		t.Posts++
		t.Written += written
		t.Bodies = append(t.Bodies, body)
		if t.First.IsZero() || came.Before(t.First) {
			t.First = came
		}
		t.Last = time.Now()
	})
}
