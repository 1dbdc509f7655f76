package wire

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestRepeatable(t *testing.T) {
	for _, tt := range []struct {
		name, method, path string
		header             http.Header
		want               bool
	}{
		{"a read", "GET", "/r4/Patient/1", nil, true},
		{"a search by POST", "POST", "/r4/Patient/_search", nil, true},
		{"a create", "POST", "/r4/Task", nil, false},
		{"a conditional create", "POST", "/r4/Task", http.Header{"If-None-Exist": {"identifier=a%7Cb"}}, true},
		{"an update", "PUT", "/r4/Task/1", nil, false},
		{"an update of a version", "PUT", "/r4/Task/1", http.Header{"If-Match": {`W/"1"`}}, true},
		{"a Bundle, of which nothing is known", "POST", "/r4", nil, false},
		{"a patch", "PATCH", "/r4/Task/1", http.Header{"If-Match": {`W/"1"`}}, false},
		{"a delete", "DELETE", "/r4/Task/1", nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := repeatable(tt.method, tt.path, tt.header); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	date := "Sat, 21 Nov 2026 12:00:00 GMT"
	for _, tt := range []struct {
		header, date string
		want         time.Duration
		ok           bool
	}{
		{"", date, 0, false},
		{"0", date, 0, true},
		{" 120 ", date, 2 * time.Minute, true},
		{"-5", date, 0, false},
		{"1.5", date, 0, false},
		{"99999999999", date, maxStated, true},
		{"99999999999999999999999999", date, maxStated, true},
		{"Sat, 21 Nov 2026 12:01:00 GMT", date, time.Minute, true},
		{"Sat, 21 Nov 2026 11:59:00 GMT", date, 0, true},
		{"Fri, 21 Nov 2036 11:59:00 GMT", date, maxStated, true},
		{"Sat, 21 Nov 2026 12:01:00 GMT", "", 0, false},
		{"Saturday, 21-Nov-26 12:01:00 GMT", date, time.Minute, true},
		{"tomorrow", date, 0, false},
	} {
		t.Run(fmt.Sprintf("%q", tt.header), func(t *testing.T) {
			if got, ok := retryAfter(tt.header, tt.date); got != tt.want || ok != tt.ok {
				t.Errorf("%s %v, want %s %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

// A request that is sent once is told how long to wait, although it is not sent again.
func TestWhatAServerAsksForIsToldOfARequestThatIsSentOnce(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		once   bool
		again  bool
		after  time.Duration
	}{
		{"sent once, and told to come later", 503, true, false, 7 * time.Second},
		{"sent once, and slowed down", 429, true, false, 7 * time.Second},
		{"sent once, and failed", 500, true, false, 0},
		{"sent again, when told to come later", 503, false, true, 7 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			trip := &trip{tries: 1, once: tt.once, repeatable: true}
			resp := &http.Response{StatusCode: tt.status, Header: http.Header{"Retry-After": {"7"}}}
			again, err := checkRetry(Options{MaxRetryAfter: time.Minute})(withTrip(t.Context(), trip), resp, nil)
			if err != nil || again != tt.again || trip.after != tt.after {
				t.Errorf("again %v, after %s, %v", again, trip.after, err)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "0", "120", "-1", "1e9", "99999999999999999999", "Sat, 21 Nov 2026 12:00:00 GMT", "Thu, 01 Jan 9999 00:00:00 GMT", "\x00"} {
		f.Add(s, "Sat, 21 Nov 2026 12:00:00 GMT")
	}
	f.Fuzz(func(t *testing.T, header, date string) {
		d, ok := retryAfter(header, date)
		if d < 0 || d > maxStated || (!ok && d != 0) {
			t.Errorf("%q at %q: %s %v", header, date, d, ok)
		}
	})
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
