package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// The bench starts itself again, as the record system and as the one who pulls.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "-serve" || os.Args[1] == "-pull") {
		main()
		return
	}
	os.Exit(m.Run())
}

// Times of a small municipality mean nothing; what is counted must be right.
func TestEveryMeasurementRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	var out strings.Builder
	if err := bench(t.Context(), []string{"-quick", "-dir", t.TempDir()}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"full pull, 20 ms per page", "nightly pull against the full one, requests", "full pull without latency",
		"first write, 20 ms per request", "trace off", "trace on", "brygga status", "brygga explain", "first night of 300 clients", "peak memory of the whole program",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no figure of %q", want)
		}
	}
	for _, line := range strings.Split(out.String(), "\n") {
		if strings.Contains(line, "nothing changed") && !strings.Contains(line, " met ") {
			t.Errorf("a count that does not depend on the machine misses its goal: %s", line)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

var day1 = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func smallTown(t *testing.T) *town {
	t.Helper()
	town, err := layOut(t.TempDir(), "http://127.0.0.1/fhir", 12, day1)
	if err != nil {
		t.Fatal(err)
	}
	return town
}

func TestSearchesFindWhatTheyAskFor(t *testing.T) {
	town := smallTown(t)
	visits := "class=" + url.QueryEscape("http://terminology.hl7.org/CodeSystem/v3-ActCode|HH")
	all := count(t, town, "Encounter", visits, day1)
	if all < 100 {
		t.Fatalf("%d visits", all)
	}
	first := count(t, town, "Encounter", visits+"&date=lt2026-11-10", day1)
	second := count(t, town, "Encounter", visits+"&date=ge2026-11-10", day1)
	if first == 0 || second == 0 || first+second != all {
		t.Errorf("%d before a date and %d from then on are not %d", first, second, all)
	}
	before := count(t, town, "Encounter", visits, day1.Add(-25*time.Hour))
	changed := count(t, town, "Encounter", visits+"&_lastUpdated="+url.QueryEscape("ge2026-11-20T22:50:00Z"), day1)
	if changed == 0 || before+changed != all {
		t.Errorf("%d known the night before and %d changed since are not %d", before, changed, all)
	}
	if n := count(t, town, "Patient", "", day1); n != 12 {
		t.Errorf("%d Patients", n)
	}
	if n := count(t, town, "Encounter", "class=other", day1); n != 0 {
		t.Errorf("%d Encounters of a class that nobody has", n)
	}
	if _, err := town.search("Patient", url.Values{"name": {"x"}}, day1); err == nil {
		t.Error("a criterion that is not understood is passed over")
	}
}

func count(t *testing.T, town *town, typ, query string, now time.Time) int {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	f, err := town.search(typ, q, now)
	if err != nil {
		t.Fatal(err)
	}
	return f.total
}

func TestPagesHoldEveryRowOnce(t *testing.T) {
	town := smallTown(t)
	f, err := town.search("Encounter", nil, day1)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 7, 500, 100_000} {
		var bytes int64
		rows := 0
		for rows < f.total {
			pieces, n := f.page(rows, size)
			if n == 0 || n > size {
				t.Fatalf("a page of %d rows at %d", n, rows)
			}
			for _, p := range pieces {
				bytes += p.to - p.from
			}
			bytes++ // the comma that the first row of the page goes without
			rows += n
		}
		var want int64
		for _, d := range f.days {
			want += d.at[d.rows()]
		}
		if rows != f.total || bytes != want {
			t.Errorf("pages of %d: %d rows of %d, %d bytes of %d", size, rows, f.total, bytes, want)
		}
	}
}

func TestASinkCreatesOnceAndUpdatesOneVersion(t *testing.T) {
	s := newSink()
	create := change{}
	create.Request.Method, create.Request.URL, create.Request.IfNoneExist = http.MethodPost, "Flag", "identifier=s%7C1"
	var statuses []string
	put := func(c change) {
		status, _, wrote := s.write(c)
		statuses = append(statuses, status)
		if wrote != (status == "201 Created" || c.Request.Method == http.MethodPut && status == "200 OK") {
			t.Errorf("%s, and wrote: %v", status, wrote)
		}
	}
	put(create)
	put(create)
	update := change{}
	update.Request.Method, update.Request.URL, update.Request.IfMatch = http.MethodPut, "Flag/own-1", `W/"1"`
	put(update)
	put(update)
	update.Request.URL = "Flag/own-2"
	put(update)
	if want := []string{"201 Created", "200 OK", "200 OK", "412 Precondition Failed", "404 Not Found"}; !slices.Equal(statuses, want) {
		t.Errorf("%v, and should be %v", statuses, want)
	}
}

func TestDrainingFollowsEveryNextLink(t *testing.T) {
	s := &server{town: smallTown(t), now: day1, results: map[string]found{}, sink: newSink()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /fhir/{type}", s.list)
	srv := httptest.NewServer(mux)
	defer srv.Close()
	s.base = srv.URL + "/fhir"
	_, pages, err := drain(context.Background(), srv.URL, []string{"/fhir/Patient?_count=5", "/fhir/Organization?_count=1000"})
	if err != nil || pages != 4 {
		t.Errorf("%d pages (%v), and should be 3 of 12 Patients and one more", pages, err)
	}
	if s.seen.Requests != 4 || s.seen.Pages != 2 || len(s.seen.Searches) != 2 {
		t.Errorf("the server counted %+v", s.seen)
	}
}

func TestVerdicts(t *testing.T) {
	var out strings.Builder
	print(&out, []row{atMost("a", 1, 1, "%.0f s", ""), atMost("b", 1.01, 1, "%.2f", "why"), plain("c", "9")})
	want := "Measure  Goal                  Figure\n" +
		"a        at most 1 s   met     1 s\n" +
		"b        at most 1.00  MISSED  1.01  (why)\n" +
		"c                              9\n"
	if out.String() != want {
		t.Errorf("\n%s\nand should be\n%s", out.String(), want)
	}
	if got := percentile([]float64{3, 1, 2}, 99); got != 3 {
		t.Errorf("percentile: %v", got)
	}
}
