package carehome

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"brygga/adapters"
	"brygga/adapters/adaptertest"
	"brygga/adapters/wire"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// home is a small FHIR server, with switches for what servers do differently.
type home struct {
	mu        sync.Mutex
	resources []map[string]any
	sent      [][]byte // the Bundles, as they came
	ids       int
	requests  []string // "GET Task", for counting

	forgetful  bool // passes over If-None-Exist
	unsearched bool // passes over the search by identifier
	silent     bool // says nothing of where it wrote
	mistaken   bool // says that something existed, elsewhere
	atFirst    int  // so many pages of a search are empty
	versions   bool // in the ETag and in meta
	slow       time.Duration
	without    string // an interaction or ability that is not declared
}

func newHome() *home { return &home{versions: true} }

func (h *home) count(typ string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, r := range h.resources {
		if r["resourceType"] == typ {
			n++
		}
	}
	return n
}

func (h *home) asked(prefix string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, r := range h.requests {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n
}

// put enters a resource as it is.
func (h *home) put(r map[string]any) map[string]any {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.insert(r)
}

func (h *home) insert(r map[string]any) map[string]any {
	h.ids++
	if r["id"] == nil {
		r["id"] = fmt.Sprint(h.ids)
	}
	r["meta"] = map[string]any{"versionId": "1", "lastUpdated": "2026-11-21T12:00:00Z"}
	if !h.versions {
		delete(r, "meta")
	}
	h.resources = append(h.resources, r)
	return r
}

func (h *home) find(typ, id string) map[string]any {
	for _, r := range h.resources {
		if r["resourceType"] == typ && r["id"] == id {
			return r
		}
	}
	return nil
}

func versionOf(r map[string]any) string {
	meta, _ := r["meta"].(map[string]any)
	v, _ := meta["versionId"].(string)
	return v
}

// staff changes a Task as staff do.
func (h *home) staff(ref string, change func(task map[string]any)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, id, _ := strings.Cut(ref, "/")
	r := h.find("Task", id)
	change(r)
	n, _ := strconv.Atoi(versionOf(r))
	r["meta"] = map[string]any{"versionId": strconv.Itoa(n + 1), "lastUpdated": "2026-11-21T13:00:00Z"}
}

func (h *home) matching(typ string, v url.Values) []map[string]any {
	system, value, _ := strings.Cut(v.Get("identifier"), "|")
	var found []map[string]any
	for _, r := range h.resources {
		if r["resourceType"] != typ {
			continue
		}
		list, _ := r["identifier"].([]any)
		if one, ok := r["identifier"].(map[string]any); ok {
			list = []any{one}
		}
		for _, i := range list {
			if i, ok := i.(map[string]any); ok && i["system"] == system && i["value"] == value {
				found = append(found, r)
			}
		}
	}
	return found
}

func (h *home) answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/fhir+json")
	w.Header().Set("Date", noon.Format(http.TimeFormat))
	w.WriteHeader(status)
	if v != nil {
		_ = json.NewEncoder(w).Encode(v)
	}
}

func (h *home) refuse(w http.ResponseWriter, status int, code string) {
	h.answer(w, status, map[string]any{"resourceType": "OperationOutcome", "issue": []any{
		map[string]any{"severity": "error", "code": code, "expression": []any{"Bundle.type"}, "diagnostics": "of Anna Andersson 195009072553"},
	}})
}

func (h *home) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	time.Sleep(h.slow)
	h.mu.Lock()
	defer h.mu.Unlock()
	typ, id, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	h.requests = append(h.requests, r.Method+" "+typ)
	switch {
	case typ == "metadata":
		h.answer(w, 200, h.capabilities())
	case r.Method == http.MethodPost:
		h.create(w, typ, r.Header.Get("If-None-Exist"), body)
	case r.Method == http.MethodPut:
		h.update(w, typ, id, r.Header.Get("If-Match"), body)
	case id == "":
		h.search(w, typ, r.URL.Query())
	default:
		found := h.find(typ, id)
		if found == nil {
			h.refuse(w, 404, "not-found")
			return
		}
		if h.versions {
			w.Header().Set("ETag", `W/"`+versionOf(found)+`"`)
		}
		h.answer(w, 200, found)
	}
}

func (h *home) search(w http.ResponseWriter, typ string, v url.Values) {
	page := map[string]any{"resourceType": "Bundle", "type": "searchset"}
	at, _ := strconv.Atoi(v.Get("at"))
	if at < h.atFirst {
		v.Set("at", strconv.Itoa(at+1))
		page["link"] = []any{map[string]any{"relation": "next", "url": typ + "?" + v.Encode()}}
		h.answer(w, 200, page)
		return
	}
	var entries []any
	for _, r := range h.resources {
		if h.unsearched && r["resourceType"] == typ {
			entries = append(entries, map[string]any{"resource": r})
		}
	}
	if !h.unsearched {
		for _, r := range h.matching(typ, v) {
			entries = append(entries, map[string]any{"resource": r, "search": map[string]any{"mode": "match"}})
		}
	}
	page["total"] = len(entries)
	if len(entries) > 0 {
		page["entry"] = entries
	}
	h.answer(w, 200, page)
}

func (h *home) create(w http.ResponseWriter, typ, condition string, body []byte) {
	var r map[string]any
	if json.Unmarshal(body, &r) != nil || r["resourceType"] != typ {
		h.refuse(w, 400, "structure")
		return
	}
	status := 201
	if condition != "" && !h.forgetful {
		v, err := url.ParseQuery(condition)
		if err != nil || v.Get("identifier") == "" {
			h.refuse(w, 400, "invalid")
			return
		}
		there := h.matching(typ, v)
		if len(there) > 1 {
			h.refuse(w, 412, "multiple-matches")
			return
		}
		if len(there) == 1 {
			status, r = 200, there[0]
		}
	}
	if h.mistaken {
		w.Header().Set("Location", "/"+typ+"/elsewhere/_history/1")
		h.answer(w, 200, nil)
		return
	}
	if status == 201 {
		h.insert(r)
		if typ == "Bundle" {
			h.sent = append(h.sent, body)
		}
	}
	if !h.silent {
		w.Header().Set("Location", fmt.Sprintf("https://proxied.example/x/%s/%s/_history/%s", typ, r["id"], versionOf(r)))
	}
	h.answer(w, status, nil)
}

func (h *home) update(w http.ResponseWriter, typ, id, match string, body []byte) {
	var r map[string]any
	there := h.find(typ, id)
	switch {
	case json.Unmarshal(body, &r) != nil || r["id"] != id:
		h.refuse(w, 400, "invalid")
	case there == nil:
		h.refuse(w, 404, "not-found")
	case match != `W/"`+versionOf(there)+`"`:
		h.refuse(w, 412, "conflict")
	default:
		n, _ := strconv.Atoi(versionOf(there))
		clear(there)
		maps.Copy(there, r)
		there["meta"] = map[string]any{"versionId": strconv.Itoa(n + 1), "lastUpdated": "2026-11-21T12:30:00Z"}
		h.answer(w, 200, nil)
	}
}

func (h *home) capabilities() any {
	of := func(typ string) any {
		var acts []any
		for _, c := range []string{"create", "read", "update", "search-type"} {
			if h.without != c+" "+typ {
				acts = append(acts, map[string]any{"code": c})
			}
		}
		return map[string]any{
			"type": typ, "interaction": acts, "conditionalCreate": h.without != "conditional "+typ,
			"versioning": map[bool]string{true: "no-version", false: "versioned-update"}[h.without == "versions "+typ],
		}
	}
	return map[string]any{"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": []any{
		map[string]any{"mode": "client"},
		map[string]any{"mode": "server", "resource": []any{of("Bundle"), of("Task")}},
	}}
}

// delivery is the nth of several.
func delivery(n int) adapters.Delivery {
	id := uuid.NewSHA1(uuid.NameSpaceURL, []byte(strconv.Itoa(n))).String()
	return adapters.Delivery{
		ID: id,
		Document: []byte(fmt.Sprintf(`{ "resourceType": "Bundle", "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:%s"},
	"type": "document", "timestamp": "2026-11-21T12:00:00.000+01:00", "entry": [{"resource": {"resourceType": "Composition", "status": "final",
	"type": {"text": "Överlämning <1> & 2"}, "date": "2026-11-21", "author": [{"display": "x"}], "title": "Överlämning", "extension": [{"url": "urn:x", "valueDecimal": 1.50}]}}] }`, id)),
		Page: []byte("<!DOCTYPE html><html lang=\"sv\"><title>Överlämning</title></html>"),
	}
}

func taskOf(id string, r adapters.Receipt) []byte {
	return []byte(fmt.Sprintf(`{"resourceType":"Task","status":"requested","intent":"order","identifier":[{"system":%q,"value":%q}],
		"focus":{"reference":%q},"authoredOn":"2026-11-21T11:00:00Z","lastModified":"2026-11-21T11:00:00Z"}`, TaskSystem, id, r.Document))
}

// noSleep passes the time without waiting, unless the caller has given up.
func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func quick(address string) FHIROptions {
	return FHIROptions{
		Name: "solgarden", URL: address, Retries: 2, Sleep: noSleep, Timeout: adaptertest.Timeout, MaxBytes: adaptertest.MaxBytes,
		Auth:  wire.Auth{Kind: wire.AuthBearer, Token: "top-secret-token"},
		Clock: func() time.Time { return noon },
	}
}

func opened(t testing.TB, o FHIROptions) *FHIR {
	t.Helper()
	f, err := NewFHIR(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// serve starts a home and opens a FHIR on it.
func serve(t testing.TB, h http.Handler, change ...func(*FHIROptions)) (*FHIR, *adaptertest.Server) {
	t.Helper()
	s := adaptertest.NewServer(t, h)
	o := quick(s.URL)
	for _, c := range change {
		c(&o)
	}
	return opened(t, o), s
}
