package fhir

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"brygga/adapters"
)

// A server that keeps the answers to searches for a while must not be asked so
// that it may: a run would not see what the run before it wrote.
func TestNothingIsReadFromACache(t *testing.T) {
	var mu sync.Mutex
	kept := map[string]int{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Header.Get("Cache-Control") != "no-cache" {
			kept[r.Method+" "+r.URL.Path]++
		}
		w.Header().Set("Content-Type", fhirJSON)
		if r.URL.Path == "/fhir/Task/1" {
			_, _ = w.Write([]byte(`{"resourceType":"Task","id":"1"}`))
			return
		}
		_, _ = w.Write([]byte(`{"resourceType":"Bundle","type":"searchset","total":0}`))
	}))
	defer srv.Close()
	s := opened(t, Options{Name: "cached", URL: srv.URL + "/fhir"})
	if o, _ := pull(s, adapters.Query{Kind: "Task", Type: "Task"}); !o.Complete {
		t.Fatalf("the pull: %v", o.Fault)
	}
	if _, err := s.Any(context.Background(), adapters.Query{Kind: "visit", Type: "Encounter"}); err != nil {
		t.Fatalf("the question: %v", err)
	}
	if body, err := s.Read(context.Background(), "Task/1"); err != nil || body == nil {
		t.Fatalf("the read: %v", err)
	}
	if len(kept) > 0 {
		t.Errorf("these may be answered from a cache: %v", kept)
	}
}
