package fhir

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"brygga/adapters"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is the servers' clock.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const (
	testTag    = "https://brygga.example/fhir/tenant|exempelkommun"
	testSystem = "https://brygga.example/fhir/finding"
)

// memory is a small FHIR server, with switches for what servers do differently.
type memory struct {
	mu        sync.Mutex
	resources []map[string]any
	ids       int
	requests  []string // "GET Task", "POST ", for counting

	url        func() string
	limit      int  // entries of a transaction; 0 has no transactions
	noTag      bool // _tag is refused
	noSearch   bool // _tag and identifier are passed over
	silent     bool // no location, no etag in transaction responses
	blames     bool // names the stale entry
	forgetful  bool // passes over the conditions of writes
	noVersions bool // every version is 1
	total      int  // added to the totals
	token      string
}

func newMemory(limit int) *memory { return &memory{limit: limit, url: func() string { return "" }} }

func (m *memory) Count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.resources)
}

func (m *memory) asked(prefix string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, r := range m.requests {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n
}

// fill puts n Encounters in.
func (m *memory) fill(n int) *memory {
	for i := range n {
		m.put(map[string]any{"resourceType": "Encounter", "id": fmt.Sprintf("e%d", i), "status": "finished"})
	}
	return m
}

func (m *memory) put(r map[string]any) map[string]any {
	if r["id"] == nil {
		m.ids++
		r["id"] = fmt.Sprintf("x%d", m.ids)
	}
	meta, _ := r["meta"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
		r["meta"] = meta
	}
	meta["versionId"] = "1"
	m.resources = append(m.resources, r)
	return r
}

func (m *memory) find(typ, id string) map[string]any {
	for _, r := range m.resources {
		if r["resourceType"] == typ && r["id"] == id {
			return r
		}
	}
	return nil
}

func (m *memory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/")
	m.requests = append(m.requests, r.Method+" "+path)
	if m.token != "" && r.Header.Get("Authorization") != m.token && path != "metadata" {
		w.WriteHeader(401)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	typ, id, _ := strings.Cut(path, "/")
	switch {
	case path == "metadata":
		m.answer(w, 200, m.capabilities())
	case r.Method == "GET" && id == "":
		m.search(w, typ, r.URL.Query())
	case r.Method == "POST" && id == "_search":
		v, _ := url.ParseQuery(string(body))
		m.search(w, typ, v)
	case r.Method == "GET":
		if found := m.find(typ, id); found != nil {
			m.answer(w, 200, found)
			return
		}
		m.refuse(w, 404, "not-found", "")
	case r.Method == "POST" && path == "":
		m.transaction(w, body)
	default:
		res, status := m.write(r.Method, path, r.Header.Get("If-None-Exist"), r.Header.Get("If-Match"), body)
		if status >= 400 {
			m.refuse(w, status, "invalid", "")
			return
		}
		w.Header().Set("Location", m.url()+"/"+typ+"/"+fmt.Sprint(res["id"])+"/_history/"+versionOf(res))
		m.answer(w, status, nil)
	}
}

func versionOf(r map[string]any) string {
	meta, _ := r["meta"].(map[string]any)
	return fmt.Sprint(meta["versionId"])
}

func (m *memory) answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/fhir+json")
	w.Header().Set("Date", noon.Format(http.TimeFormat))
	w.WriteHeader(status)
	if v != nil {
		_ = json.NewEncoder(w).Encode(v)
	}
}

func (m *memory) refuse(w http.ResponseWriter, status int, code, diagnostics string) {
	m.answer(w, status, map[string]any{"resourceType": "OperationOutcome", "issue": []any{
		map[string]any{"severity": "error", "code": code, "diagnostics": diagnostics},
	}})
}

func (m *memory) capabilities() any {
	inter := func(codes ...string) []any {
		var out []any
		for _, c := range codes {
			out = append(out, map[string]any{"code": c})
		}
		return out
	}
	return map[string]any{"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": []any{map[string]any{
		"mode": "server", "interaction": inter("transaction"),
		"resource": []any{map[string]any{"type": "Task", "interaction": inter("create", "update"), "conditionalCreate": true, "versioning": "versioned-update"}},
	}}}
}

func (m *memory) matches(r map[string]any, v url.Values) bool {
	if tag := v.Get("_tag"); tag != "" && !m.noSearch {
		found := false
		meta, _ := r["meta"].(map[string]any)
		tags, _ := meta["tag"].([]any)
		for _, t := range tags {
			t := t.(map[string]any)
			found = found || fmt.Sprint(t["system"], "|", t["code"]) == tag
		}
		if !found {
			return false
		}
	}
	if want := v.Get("identifier"); want != "" && !m.noSearch {
		found := false
		list, _ := r["identifier"].([]any)
		for _, i := range list {
			i := i.(map[string]any)
			full := fmt.Sprint(i["system"], "|", i["value"])
			found = found || full == want || (strings.HasSuffix(want, "|") && strings.HasPrefix(full, want))
		}
		return found
	}
	return true
}

func (m *memory) search(w http.ResponseWriter, typ string, v url.Values) {
	if m.noTag && v.Has("_tag") {
		m.refuse(w, 400, "not-supported", "Unknown search parameter _tag for patient 195009072553 Anna Andersson")
		return
	}
	var found []any
	for _, r := range m.resources {
		if r["resourceType"] == typ && m.matches(r, v) {
			found = append(found, map[string]any{"resource": r, "search": map[string]any{"mode": "match"}})
		}
	}
	count, _ := strconv.Atoi(v.Get("_count"))
	if count <= 0 {
		count = 20
	}
	at, _ := strconv.Atoi(v.Get("at"))
	end := min(at+count, len(found))
	page := map[string]any{"resourceType": "Bundle", "type": "searchset", "total": len(found) + m.total}
	if at < end {
		page["entry"] = found[at:end]
	}
	if end < len(found) {
		next := url.Values{}
		for k, vs := range v {
			next[k] = vs
		}
		next.Set("at", strconv.Itoa(end))
		page["link"] = []any{map[string]any{"relation": "next", "url": m.url() + "/" + typ + "?" + next.Encode()}}
	}
	m.answer(w, 200, page)
}

// write does one conditional write.
func (m *memory) write(method, path, ifNoneExist, ifMatch string, body []byte) (map[string]any, int) {
	var r map[string]any
	if json.Unmarshal(body, &r) != nil || r["description"] == "bad" {
		return nil, 422
	}
	typ, id, _ := strings.Cut(path, "/")
	if method == "POST" {
		if ifNoneExist != "" && !m.forgetful {
			v, err := url.ParseQuery(ifNoneExist)
			if err != nil || v.Get("identifier") == "" {
				return nil, 400
			}
			for _, there := range m.resources {
				if there["resourceType"] == typ && m.matches(there, url.Values{"identifier": v["identifier"]}) {
					return there, 200
				}
			}
		}
		delete(r, "id")
		return m.put(r), 201
	}
	there := m.find(typ, id)
	if there == nil {
		return nil, 404
	}
	if ifMatch != `W/"`+versionOf(there)+`"` && !m.forgetful {
		return nil, 412
	}
	n, _ := strconv.Atoi(versionOf(there))
	if m.noVersions {
		n = 0
	}
	for k := range there {
		delete(there, k)
	}
	for k, v := range r {
		there[k] = v
	}
	there["id"] = id
	meta, _ := r["meta"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
	}
	meta["versionId"] = strconv.Itoa(n + 1)
	there["meta"] = meta
	return there, 200
}

func (m *memory) transaction(w http.ResponseWriter, body []byte) {
	var b struct {
		Entry []struct {
			Resource json.RawMessage
			Request  struct{ Method, URL, IfNoneExist, IfMatch string }
		}
	}
	if m.limit == 0 {
		m.refuse(w, 405, "not-supported", "")
		return
	}
	if json.Unmarshal(body, &b) != nil || len(b.Entry) > m.limit {
		m.refuse(w, 413, "too-costly", "")
		return
	}
	before, err := json.Marshal(m.resources)
	if err != nil {
		panic(err)
	}
	var entries []any
	for i, e := range b.Entry {
		res, status := m.write(e.Request.Method, e.Request.URL, e.Request.IfNoneExist, e.Request.IfMatch, e.Resource)
		if status >= 400 {
			m.resources = nil
			_ = json.Unmarshal(before, &m.resources)
			issue := map[string]any{"severity": "error", "code": "conflict"}
			if m.blames {
				issue["expression"] = []any{fmt.Sprintf("Bundle.entry[%d]", i)}
			}
			m.answer(w, status, map[string]any{"resourceType": "OperationOutcome", "issue": []any{issue}})
			return
		}
		response := map[string]any{"status": fmt.Sprintf("%d %s", status, http.StatusText(status))}
		if !m.silent {
			response["location"] = fmt.Sprintf("%s/%s/%s/_history/%s", m.url(), res["resourceType"], res["id"], versionOf(res))
			response["etag"] = `W/"` + versionOf(res) + `"`
		}
		entries = append(entries, map[string]any{"response": response})
	}
	m.answer(w, 200, map[string]any{"resourceType": "Bundle", "type": "transaction-response", "entry": entries})
}

// scanner is the tests' Reader: it remembers the references that it was given.
type scanner struct {
	mu   sync.Mutex
	seen map[string]int
}

func newScanner() *scanner { return &scanner{seen: map[string]int{}} }

func (s *scanner) Distinct() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

func (s *scanner) Open(body []byte) (adapters.Page, error) {
	var b struct {
		ResourceType, Type string
		Total              *int
		Meta               struct{ LastUpdated time.Time }
		Link               []struct{ Relation, URL string }
		Entry              []struct {
			Resource struct{ ResourceType, ID string }
		}
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return adapters.Page{}, err
	}
	if b.ResourceType != "Bundle" || b.Type != "searchset" {
		return adapters.Page{}, errors.New("no searchset")
	}
	p := adapters.Page{Total: -1, Updated: b.Meta.LastUpdated}
	if b.Total != nil {
		p.Total = *b.Total
	}
	for _, l := range b.Link {
		if l.Relation == "next" {
			p.Next = l.URL
		}
	}
	var refs []string
	for _, e := range b.Entry {
		ref := e.Resource.ResourceType + "/" + e.Resource.ID
		h := fnv.New64a()
		h.Write([]byte(ref))
		p.Keys = append(p.Keys, h.Sum64())
		refs = append(refs, ref)
	}
	p.Take = func() error {
		var again struct{ ResourceType string }
		if json.Unmarshal(body, &again) != nil || again.ResourceType != "Bundle" {
			return errors.New("the body was used again before it was taken")
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, r := range refs {
			s.seen[r]++
		}
		return nil
	}
	return p, nil
}

// noSleep passes the time without waiting, unless the caller has given up.
func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// quick are options for tests: nothing waits.
func quick(address string) Options {
	return Options{
		Name: "journal", URL: address, PageSize: 10, Retries: 2, Sleep: noSleep, Timeout: 5 * time.Second,
		Clock: func() time.Time { return noon },
	}
}

func opened(t testing.TB, o Options) *System {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// serve starts a handler and opens a System on it.
func serve(t testing.TB, h http.Handler, change ...func(*Options)) *System {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	if m, ok := h.(*memory); ok {
		m.url = func() string { return srv.URL }
	}
	o := quick(srv.URL)
	for _, c := range change {
		c(&o)
	}
	return opened(t, o)
}

var encounters = adapters.Query{Kind: "visit", Type: "Encounter"}

func pull(s *System, q adapters.Query) (adapters.Outcome, *scanner) {
	r := newScanner()
	return s.Pull(context.Background(), q, r), r
}
