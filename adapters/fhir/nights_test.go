package fhir

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"brygga/adapters"
	"brygga/adapters/adaptertest"
)

// shelf is a FHIR server of Encounters that knows when each one changed. As
// servers do, it says nothing of what was deleted.
type shelf struct {
	mu      sync.Mutex
	now     time.Time
	changed []time.Time // by row; zero is deleted
	broken  bool
}

func (s *shelf) later(do func(now time.Time)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(time.Hour)
	do(s.now)
}

func (s *shelf) Change(rows ...int) {
	s.later(func(now time.Time) {
		for _, r := range rows {
			s.changed[r] = now
		}
	})
}

func (s *shelf) Delete(rows ...int) {
	s.later(func(time.Time) {
		for _, r := range rows {
			s.changed[r] = time.Time{}
		}
	})
}

func (s *shelf) Break(broken bool) { s.later(func(time.Time) { s.broken = broken }) }

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	var since time.Time
	if v := r.URL.Query().Get("_lastUpdated"); v != "" {
		since, _ = time.Parse(time.RFC3339, strings.TrimPrefix(v, "ge"))
	}
	entries := []any{}
	for i, at := range s.changed {
		if !at.IsZero() && !at.Before(since) {
			entries = append(entries, map[string]any{"resource": map[string]any{"resourceType": "Encounter", "id": fmt.Sprintf("e%d", i)}})
		}
	}
	w.Header().Set("Content-Type", "application/fhir+json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries,
		"meta": map[string]any{"lastUpdated": s.now.Format(time.RFC3339)},
	})
}

func TestNights(t *testing.T) {
	adaptertest.RunNights(t, adaptertest.Nights{
		Stock: func(t testing.TB, n int) (adapters.Source, adaptertest.Stock) {
			s := &shelf{now: noon, changed: make([]time.Time, n)}
			for i := range s.changed {
				s.changed[i] = noon.Add(-24 * time.Hour)
			}
			srv := httptest.NewServer(s)
			t.Cleanup(srv.Close)
			return openForContract(t, srv.URL), s
		},
		Reader:  func() adaptertest.Rows { return newScanner() },
		Query:   encounters,
		Secrets: []string{"top-secret-token", "_lastUpdated"},
	})
}
