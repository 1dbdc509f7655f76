package sandbox

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"
)

// noFHIR is a system that is not FHIR.
var noFHIR = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("X-Mark", "it")
	_, _ = io.WriteString(w, `[{"Id":1},{"Id":2}]`)
})

func TestFaultyServesWhatItServes(t *testing.T) {
	always := func(f Fault) func(*http.Request) *Fault { return func(*http.Request) *Fault { return &f } }
	for _, c := range []struct {
		name   string
		fault  func(*http.Request) *Fault
		status int
		body   string
		broken bool
	}{
		{"nothing is asked", nil, 200, `[{"Id":1},{"Id":2}]`, false},
		{"nothing is wrong", func(*http.Request) *Fault { return nil }, 200, `[{"Id":1},{"Id":2}]`, false},
		{"a fault that says nothing", always(Fault{}), 200, `[{"Id":1},{"Id":2}]`, false},
		{"a refusal", always(Fault{Status: 403}), 403, `{"Message":"Forbidden"}`, false},
		{"cut short, quietly", always(Fault{Truncate: 5, Quietly: true}), 200, `[{"Id`, false},
		{"cut short", always(Fault{Truncate: 5}), 200, `[{"Id`, true},
		{"a limit beyond the end cuts nothing", always(Fault{Truncate: 500}), 200, `[{"Id":1},{"Id":2}]`, false},
		{"what bends a FHIR Bundle does nothing", always(Fault{Mixed: true, NextLoop: true, BundleType: "x", Outcome: true}), 200, `[{"Id":1},{"Id":2}]`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := httptest.NewServer(Faulty(noFHIR, c.fault))
			defer srv.Close()
			resp, err := srv.Client().Get(srv.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if errors.Is(err, io.ErrUnexpectedEOF) != c.broken || resp.StatusCode != c.status || string(body) != c.body {
				t.Errorf("%d %q (%v)", resp.StatusCode, body, err)
			}
		})
	}
}

func TestWhoGivesUpOnASlowAnswerIsNotWaitedFor(t *testing.T) {
	h := Faulty(noFHIR, func(*http.Request) *Fault { return &Fault{Delay: time.Hour} })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
	if w.Body.Len() != 0 {
		t.Error("it was answered")
	}
}

func TestFaultsInTime(t *testing.T) {
	on := OnPath("/clients", Fault{Status: 503})
	for _, c := range []struct {
		name  string
		fault func(*http.Request) *Fault
		paths []string
		want  []bool
	}{
		{"on one path", on, []string{"/v1/clients", "/v1/visits", "/v1/clients"}, []bool{true, false, true}},
		{"after two", After(2, on), []string{"/clients", "/clients", "/clients", "/clients"}, []bool{false, false, true, true}},
		{"after two of those that it would hit", After(2, on), []string{"/clients", "/visits", "/clients", "/clients"}, []bool{false, false, false, true}},
		{"the first two", Burst(2, on), []string{"/clients", "/visits", "/clients", "/clients"}, []bool{true, false, true, false}},
		{"one, after one", After(1, Burst(2, on)), []string{"/clients", "/clients", "/clients"}, []bool{false, true, false}},
		{"none of none", Burst(0, on), []string{"/clients"}, []bool{false}},
	} {
		var got []bool
		for _, p := range c.paths {
			got = append(got, c.fault(httptest.NewRequest(http.MethodGet, p, nil)) != nil)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
