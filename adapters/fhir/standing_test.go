package fhir

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"brygga/adapters"
)

func standing(s *System) (adapters.Outcome, *scanner) {
	r := newScanner()
	return s.Standing(context.Background(), "Task", testTag, testSystem, r), r
}

func TestStanding(t *testing.T) {
	foreign := map[string]any{"resourceType": "Task", "id": "foreign", "status": "requested"}
	for _, tt := range []struct {
		name     string
		set      func(*memory)
		requests []string // of a first and a second Standing
		rows     int
		fault    string
	}{
		{"by tag", func(*memory) {}, []string{"GET Task", "GET Task", "GET Task"}, 2, ""},
		{"by identifier system, where a search by tag is refused", func(m *memory) { m.noTag = true }, []string{"GET Task", "GET Task", "GET Task", "GET Task"}, 2, ""},
		{
			"not at all, where the server passes over both", func(m *memory) { m.noSearch = true },
			[]string{"GET Task", "GET Task"},
			0,
			"journal, Task: the server finds Task neither by _tag (passed over) nor by identifier system (passed over); have the search parameter _tag enabled for this type; without it what brygga wrote cannot be read back",
		},
		{
			"not at all, where the one is refused and the other passed over", func(m *memory) { m.noTag, m.noSearch = true, true },
			[]string{"GET Task", "GET Task"},
			0,
			"journal, Task: the server finds Task neither by _tag (answered 400 Bad Request (not-supported, _tag)) nor by identifier system (passed over); have the search parameter _tag enabled for this type; without it what brygga wrote cannot be read back",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMemory(50)
			s := serve(t, m)
			s.Apply(context.Background(), creations(0, 2))
			m.put(foreign)
			tt.set(m)
			m.requests = nil
			for range 2 {
				o, r := standing(s)
				if tt.fault != "" {
					if o.Complete || o.Fault == nil || o.Fault.Error() != tt.fault || o.Fault.Class != adapters.Rejected {
						t.Errorf("%v", o.Fault)
					}
					continue
				}
				if !o.Complete || r.Distinct() != tt.rows {
					t.Errorf("%d rows, %v", r.Distinct(), o.Fault)
				}
			}
			if !slices.Equal(m.requests, tt.requests) {
				t.Errorf("requests %v, want %v", m.requests, tt.requests)
			}
		})
	}
	t.Run("a server that was down when it was probed is probed again", func(t *testing.T) {
		m := newMemory(50)
		var down atomic.Bool
		down.Store(true)
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if down.Load() {
				w.WriteHeader(503)
				return
			}
			m.ServeHTTP(w, r)
		}))
		if o, _ := standing(s); o.Complete || o.Fault.Class != adapters.Wait {
			t.Errorf("%v", o.Fault)
		}
		down.Store(false)
		if o, _ := standing(s); !o.Complete {
			t.Error(o.Fault)
		}
	})
	t.Run("a server whose self link leaves the tag out has passed over it", func(t *testing.T) {
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			self := "Task?_count=1"
			if r.URL.Query().Has("identifier") {
				self = "Task?identifier=x&_count=1"
			}
			fmt.Fprintf(w, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":%q}]}`, self)
		}))
		if byTag, fault := s.howToFind(context.Background(), "Task", testTag, testSystem); byTag || fault != nil {
			t.Errorf("%v %v", byTag, fault)
		}
	})
}

func TestAny(t *testing.T) {
	match := `{"search":{"mode":"match"},"resource":{"resourceType":"Encounter","id":"e1"}}`
	for _, tt := range []struct {
		name, bundle string
		want         bool
		fault        string
	}{
		{"a match", `"entry":[` + match + `]`, true, ""},
		{"none", `"total":0`, false, ""},
		{"only what was included", `"entry":[{"search":{"mode":"include"},"resource":{"resourceType":"Encounter","id":"e1"}}]`, false, ""},
		{"only another type", `"entry":[{"resource":{"resourceType":"Patient","id":"e1"}}]`, false, ""},
		{"a warning beside a match", `"entry":[{"search":{"mode":"outcome"},"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning"}]}},` + match + `]`, true, ""},
		{"a search that failed half-way", `"entry":[{"search":{"mode":"outcome"},"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"fatal"}]}}]`, false, "search failed"},
		{"a self link with the parameter", `"link":[{"relation":"self","url":"https://a/Encounter?based-on=ServiceRequest%2F1&_count=1"}],"entry":[` + match + `]`, true, ""},
		{"a self link with the parameter and a modifier", `"link":[{"relation":"self","url":"https://a/Encounter?based-on:ServiceRequest=1"}],"entry":[` + match + `]`, true, ""},
		{"a bare self link", `"link":[{"relation":"self","url":"https://a/Encounter"}],"entry":[` + match + `]`, true, ""},
		{"a self link that shows the parameter was passed over", `"link":[{"relation":"self","url":"https://a/Encounter?_count=1"}],"entry":[` + match + `]`, false, "passes over the search parameter based-on"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if v := r.URL.Query(); v.Get("_count") != "1" || v.Get("based-on") != "ServiceRequest/1" || r.Header.Get("Prefer") != "handling=strict" {
					t.Errorf("asked %s", r.URL)
				}
				fmt.Fprint(w, `{"resourceType":"Bundle","type":"searchset",`+tt.bundle+`}`)
			}))
			q := adapters.Query{Kind: "visit", Type: "Encounter", Params: url.Values{"based-on": {"ServiceRequest/1"}}}
			got, err := s.Any(context.Background(), q)
			var e *adapters.Error
			switch {
			case tt.fault == "" && (err != nil || got != tt.want):
				t.Errorf("%v %v", got, err)
			case tt.fault != "" && (got || !errors.As(err, &e) || !strings.Contains(e.What, tt.fault)):
				t.Errorf("%v %v", got, err)
			}
		})
	}
	t.Run("of several ranges, one is enough", func(t *testing.T) {
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			entry := ""
			if r.URL.Query().Get("date") == "2" {
				entry = match
			}
			fmt.Fprint(w, `{"resourceType":"Bundle","type":"searchset","entry":[`+entry+`]}`)
		}))
		q := adapters.Query{Kind: "visit", Type: "Encounter", Ranges: []url.Values{{"date": {"1"}}, {"date": {"2"}}}}
		if yes, err := s.Any(context.Background(), q); err != nil || !yes {
			t.Error(yes, err)
		}
	})
}

func TestRead(t *testing.T) {
	m := newMemory(50).fill(1)
	s := serve(t, m)
	for _, ref := range []string{"", "Patient", "Patient/", "/1", "Patient/a/b", "Patient/1?x=y", "Patient/../Task/1", "https://b.se/Patient/1", "patient/1"} {
		if body, err := s.Read(context.Background(), ref); err == nil || body != nil {
			t.Errorf("%q was read", ref)
		}
	}
	if len(m.requests) != 0 {
		t.Errorf("asked %v", m.requests)
	}
	if s.Name() != "journal" {
		t.Error(s.Name())
	}
	for _, status := range []int{404, 410} {
		gone := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		if body, err := gone.Read(context.Background(), "Task/1"); body != nil || err != nil {
			t.Errorf("%d: %v", status, err)
		}
	}
	for name, body := range map[string]string{"another": `{"resourceType":"Task","id":"2"}`, "another type": `{"resourceType":"Patient","id":"1"}`} {
		other := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }))
		if got, err := other.Read(context.Background(), "Task/1"); err == nil {
			t.Errorf("%s was taken for it: %s", name, got)
		}
	}
}

func TestDistinctRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lists := rapid.SliceOfN(rapid.SliceOfN(rapid.Uint64Range(0, 60), 0, 80), 1, 5).Draw(t, "lists")
		repeat := rapid.SampledFrom([]int{1, 300}).Draw(t, "repeat") // over several pieces
		all := map[uint64]bool{}
		var sorted [][]uint64
		for _, l := range lists {
			var k rowKeys
			own := map[uint64]bool{}
			for range repeat {
				k.add(l)
			}
			if asked := rapid.Bool().Draw(t, "asked in between"); asked {
				k.distinct()
				k.add(l)
			}
			for _, key := range l {
				own[key], all[key] = true, true
			}
			got := k.distinct()
			if len(got) != len(own) || !slices.IsSorted(got) {
				t.Fatalf("%d distinct, want %d", len(got), len(own))
			}
			sorted = append(sorted, got)
		}
		if got := union(sorted); got != len(all) {
			t.Fatalf("union %d, want %d", got, len(all))
		}
	})
}
