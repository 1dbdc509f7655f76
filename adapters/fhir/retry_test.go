package fhir

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// TestWhatIsNotRepeatableIsSentOnce sends a request that brygga itself never
// makes: a create without a condition.
func TestWhatIsNotRepeatableIsSentOnce(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int // 0 drops the connection
		header http.Header
		want   int
	}{
		{"a create whose answer is lost", 0, nil, 1},
		{"a create that fails", 500, nil, 1},
		{"a create that may have been done by the one behind a proxy", 503, nil, 1},
		{"a create that was not done, since there were too many", 429, nil, 3},
		{"a conditional create whose answer is lost", 0, http.Header{"If-None-Exist": {"identifier=a%7Cb"}}, 3},
		{"a conditional create that fails", 500, http.Header{"If-None-Exist": {"identifier=a%7Cb"}}, 3},
		{"a conditional create that the server refuses", 400, http.Header{"If-None-Exist": {"identifier=a%7Cb"}}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var n atomic.Int32
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if n.Add(1); tt.status == 0 {
					hijack(w, "")
					return
				}
				w.WriteHeader(tt.status)
			}))
			_, _ = s.send(context.Background(), request{Method: "POST", URL: s.address("Task", nil), Body: []byte(`{}`), Header: tt.header})
			if int(n.Load()) != tt.want {
				t.Errorf("sent %d times, want %d", n.Load(), tt.want)
			}
		})
	}
}

func TestPauses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		header []string
		want   []time.Duration
		after  time.Duration
	}{
		{"double from half a second", 500, nil, []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second}, 0},
		{"are what the server asks", 429, []string{"Retry-After", "7"}, []time.Duration{7 * time.Second, 7 * time.Second, 7 * time.Second}, 7 * time.Second},
		{"are capped, and the fault tells what was asked", 503, []string{"Retry-After", "86400"}, []time.Duration{2 * time.Minute, 2 * time.Minute, 2 * time.Minute}, 24 * time.Hour},
		{"until a date are measured by the server's own clock", 429, []string{"Retry-After", "Sat, 21 Nov 2026 12:00:30 GMT", "Date", "Sat, 21 Nov 2026 12:00:00 GMT"}, []time.Duration{30 * time.Second, 30 * time.Second, 30 * time.Second}, 30 * time.Second},
		{"of nonsense are our own", 429, []string{"Retry-After", "soon"}, []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var slept []time.Duration
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for i := 0; i+1 < len(tt.header); i += 2 {
					w.Header().Set(tt.header[i], tt.header[i+1])
				}
				w.WriteHeader(tt.status)
			}), func(o *Options) {
				o.Retries = 3
				o.Sleep = func(_ context.Context, d time.Duration) error { slept = append(slept, d); return nil }
			})
			o, _ := pull(s, encounters)
			if !slices.Equal(slept, tt.want) || o.Fault == nil || o.Fault.After != tt.after {
				t.Errorf("slept %v, after %v", slept, o.Fault.After)
			}
		})
	}
	t.Run("never grow beyond half a minute", func(t *testing.T) {
		longest := time.Duration(0)
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }), func(o *Options) {
			o.Retries = 90
			o.Sleep = func(_ context.Context, d time.Duration) error { longest = max(longest, d); return nil }
		})
		if o, _ := pull(s, encounters); o.Complete || longest != 30*time.Second {
			t.Errorf("the longest was %s", longest)
		}
	})
	t.Run("end when the caller gives up", func(t *testing.T) {
		ctx, stop := context.WithCancel(context.Background())
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }), func(o *Options) {
			o.Sleep = func(ctx context.Context, d time.Duration) error { stop(); return wire.Sleep(ctx, time.Hour) }
		})
		o := s.Pull(ctx, encounters, newScanner())
		if o.Complete || o.Fault.What != "was stopped before an answer came" {
			t.Errorf("%v", o.Fault)
		}
	})
	t.Run("by the real clock are real", func(t *testing.T) {
		if err := wire.Sleep(context.Background(), time.Millisecond); err != nil {
			t.Error(err)
		}
	})
	t.Run("of zero retries there are none", func(t *testing.T) {
		n := 0
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { n++; w.WriteHeader(500) }), func(o *Options) { o.Retries = -1 })
		if pull(s, encounters); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestSearchesThatNameAPersonGoByPost(t *testing.T) {
	for _, tt := range []struct {
		name string
		v    url.Values
		want bool
	}{
		{"a person number", url.Values{"identifier": {"http://electronichealth.se/identifier/personnummer|195009072553"}}, true},
		{"any identifier, since a reserve number has no form", url.Values{"identifier": {"urn:oid:1.2.752.74.9.1|AB12"}}, true},
		{"an identifier at the end of a chain", url.Values{"subject:Patient.identifier": {"x"}}, true},
		{"a reference by identifier", url.Values{"subject:identifier": {"x"}}, true},
		{"a number with a dash", url.Values{"_content": {"500907-2553"}}, true},
		{"a number among others", url.Values{"_filter": {"a eq 19500907-2553 or b"}}, true},
		{"a samordningsnummer", url.Values{"x": {"195009672553"}}, true},
		{"a name", url.Values{"patient.name": {"Anna"}}, true},
		{"an address", url.Values{"address-city": {"Tumba"}}, true},
		{"a birth date", url.Values{"birthdate": {"1950-09-07"}}, true},
		{"an identifier system without a value names nobody", url.Values{"identifier": {"https://brygga.example/fhir/finding|"}}, false},
		{"dates are no numbers", url.Values{"date": {"ge2026-10-01", "lt2026-11-21"}}, false},
		{"instants are no numbers", url.Values{"_lastUpdated": {"ge2026-11-21T10:00:00.123456789Z"}}, false},
		{"codes and tags", url.Values{"_tag": {testTag}, "class": {"HH"}, "category": {"http://x|y"}}, false},
		{"a reference", url.Values{"based-on": {"ServiceRequest/sr17"}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var method, path, query, form, media string
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_ = r.ParseForm()
				method, path, query, form, media = r.Method, r.URL.Path, r.URL.RawQuery, r.PostForm.Encode(), r.Header.Get("Content-Type")
				fmt.Fprint(w, page("", -1, "", "a"))
			}))
			want := url.Values{"_count": {"10"}}
			for k, v := range tt.v {
				want[k] = v
			}
			ask := func() {
				if tt.want && (method != "POST" || path != "/Encounter/_search" || query != "" || form != want.Encode() || media != "application/x-www-form-urlencoded") {
					t.Errorf("%s %s?%s with %s (%s)", method, path, query, form, media)
				}
				if !tt.want && (method != "GET" || path != "/Encounter" || query != want.Encode()) {
					t.Errorf("%s %s?%s", method, path, query)
				}
			}
			if o, _ := pull(s, adapters.Query{Kind: "k", Type: "Encounter", Params: tt.v}); !o.Complete {
				t.Fatal(o.Fault)
			}
			ask()
			want.Set("_count", "1")
			if yes, err := s.Any(context.Background(), adapters.Query{Kind: "k", Type: "Encounter", Params: tt.v}); err != nil || !yes {
				t.Fatal(yes, err)
			}
			ask()
		})
	}
}
