package lifecare

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"brygga/sandbox"
)

func TestQuirks(t *testing.T) {
	ids := func(b *bed, offset string) []string {
		var all []string
		for _, o := range b.rows(b.ask("v1/executions", "limit", "20", "offset", offset)) {
			all = append(all, key(o))
		}
		return all
	}
	for _, c := range []struct {
		name  string
		quirk Quirks
		holds func(b *bed) bool
	}{
		{"none: the same page twice", Quirks{}, func(b *bed) bool { return slices.Equal(ids(b, "40"), ids(b, "40")) }},
		{"an empty page is 204", Quirks{NoContent: true}, func(b *bed) bool {
			return b.ask("v1/executions", "offset", "100000").status == 204 && b.ask("v1/executions").status == 200
		}},
		{"an empty page is 200 otherwise", Quirks{}, func(b *bed) bool {
			a := b.ask("v1/executions", "offset", "100000")
			return a.status == 200 && string(a.body) == "[]"
		}},
		{"v1's staff are gone, v2's are there", Quirks{StaffGone: true}, func(b *bed) bool {
			return b.ask("v1/provider_personnels").status == 404 && b.ask("v2/provider_units/provider_personnel").status == 200
		}},
		{"a page repeats", Quirks{Repeats: Lists{"executions"}}, func(b *bed) bool {
			return slices.Equal(ids(b, "0"), ids(b, "40"))
		}},
		{"pages of another list do not", Quirks{Repeats: Lists{"clients"}}, func(b *bed) bool {
			return !slices.Equal(ids(b, "0"), ids(b, "40"))
		}},
		{"rows are shuffled anew", Quirks{Shuffled: Lists{"*"}}, func(b *bed) bool {
			return !slices.Equal(ids(b, "0"), ids(b, "0"))
		}},
		{"rows shift on", Quirks{Shift: 3}, func(b *bed) bool {
			first, second := ids(b, "0"), ids(b, "0")
			return slices.Equal(first[3:], second[:17])
		}},
		{"rows shift back", Quirks{Shift: -3}, func(b *bed) bool {
			first, second := ids(b, "0"), ids(b, "0")
			return slices.Equal(first[:17], second[3:])
		}},
		{"nothing is told of what changed too long ago", Quirks{Window: 24 * time.Hour}, func(b *bed) bool {
			old := b.whole("v1/executions", 500, gt(b.clock.now().AddDate(0, 0, -30))...)
			b.s.SetQuirks(Quirks{})
			return len(old) == 0 && len(b.whole("v1/executions", 500, gt(b.clock.now().AddDate(0, 0, -30))...)) > 0
		}},
		{"a page without gt is whole all the same", Quirks{Window: time.Hour}, func(b *bed) bool {
			return len(b.whole("v1/executions", 500)) == b.s.Store().Count("executions")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := start(t, Options{Quirks: c.quirk})
			if !c.holds(b) {
				t.Error("it does not hold")
			}
		})
	}
}

// Rows that shift by few are all seen where pages overlap by more, and some are
// missed where they do not: that is what an overlap is for.
func TestAnOverlapMakesUpForRowsThatShift(t *testing.T) {
	for _, c := range []struct {
		name    string
		shift   int
		overlap int
		all     bool
	}{
		{"shifting on, without overlap", 4, 0, false},
		{"shifting back, without overlap: the circle is not closed at the end", -4, 0, false},
		{"shifting on, with a larger overlap", 4, 20, true},
	} {
		b := start(t, Options{Quirks: Quirks{Shift: c.shift}})
		seen := map[string]int{}
		total := b.s.Store().Count("provider_contact_personnels")
		for at := 0; at < total; at += 50 - c.overlap {
			for _, o := range b.rows(b.ask("v1/provider_contact_personnels", "limit", "50", "offset", strconv.Itoa(at))) {
				seen[key(o)]++
			}
		}
		if all := len(seen) == total; all != c.all {
			t.Errorf("%s: %d of %d rows seen", c.name, len(seen), total)
		}
	}
}

func TestFaults(t *testing.T) {
	on := func(f sandbox.Fault) func(*http.Request) *sandbox.Fault { return sandbox.OnPath("/executions", f) }
	for _, c := range []struct {
		name  string
		fault func(*http.Request) *sandbox.Fault
		want  []int // status of each of three calls in a row
	}{
		{"no fault", nil, []int{200, 200, 200}},
		{"401 in the middle", sandbox.After(1, on(sandbox.Fault{Status: 401})), []int{200, 401, 401}},
		{"a burst of 503", sandbox.Burst(2, on(sandbox.Fault{Status: 503})), []int{503, 503, 200}},
		{"429 once, in the middle", sandbox.After(1, sandbox.Burst(2, on(sandbox.Fault{Status: 429}))), []int{200, 429, 200}},
		{"another list is hit", sandbox.OnPath("/clients", sandbox.Fault{Status: 500}), []int{200, 200, 200}},
	} {
		b := start(t, Options{Fault: c.fault})
		var got []int
		for range 3 {
			got = append(got, b.ask("v1/executions").status)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// get asks over a real connection, which faults may break.
func get(t *testing.T, b *bed) (*http.Response, []byte, error) {
	t.Helper()
	srv := httptest.NewServer(b.s)
	defer srv.Close()
	resp, err := srv.Client().Get(srv.URL + BasePath + "/api/v1/executions?limit=50")
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, body, err
}

func TestBrokenAnswers(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault sandbox.Fault
		holds func(resp *http.Response, body []byte, err error) bool
	}{
		{"429 says to come back in a day", sandbox.Fault{Status: 429, RetryAfter: "86400"}, func(r *http.Response, _ []byte, err error) bool {
			return err == nil && r.StatusCode == 429 && r.Header.Get("Retry-After") == "86400"
		}},
		{"a body that breaks off", sandbox.Fault{Truncate: 900}, func(_ *http.Response, body []byte, err error) bool {
			return errors.Is(err, io.ErrUnexpectedEOF) && len(body) == 900
		}},
		{"a body that breaks off and looks whole", sandbox.Fault{Truncate: 900, Quietly: true}, func(_ *http.Response, body []byte, err error) bool {
			return err == nil && len(body) == 900 && !json.Valid(body)
		}},
		{"a sign-in page", sandbox.Fault{HTML: true}, func(r *http.Response, body []byte, err error) bool {
			return err == nil && r.StatusCode == 200 && strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") && strings.HasPrefix(string(body), "<!DOCTYPE")
		}},
		{"no answer", sandbox.Fault{Cut: sandbox.CutBefore}, func(_ *http.Response, _ []byte, err error) bool { return err != nil }},
		{"no answer, though it was made", sandbox.Fault{Cut: sandbox.CutAfter}, func(_ *http.Response, _ []byte, err error) bool { return err != nil }},
		{"slow, and right", sandbox.Fault{Delay: 20 * time.Millisecond}, func(_ *http.Response, body []byte, err error) bool {
			var rows []object
			return err == nil && json.Unmarshal(body, &rows) == nil && len(rows) == 50
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := start(t, Options{Fault: sandbox.OnPath("/executions", c.fault)})
			if !c.holds(get(t, b)) {
				t.Error("it does not hold")
			}
		})
	}
}

func TestAFaultMayChangeWhatIsPaged(t *testing.T) {
	b := start(t, Options{})
	n := 0
	b.s.SetFault(func(*http.Request) *sandbox.Fault {
		n++
		_ = b.s.Store().ContactLeaves(n) // rows vanish between pages
		return nil
	})
	before := b.s.Store().Count("provider_contact_personnels")
	got := len(b.whole("v1/provider_contact_personnels", 25))
	if after := b.s.Store().Count("provider_contact_personnels"); after >= before || got >= before {
		t.Errorf("%d rows before, %d after, %d read", before, after, got)
	}
	b.s.SetFault(nil)
}
