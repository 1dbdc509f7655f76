package sandbox

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func flags(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = flag(fmt.Sprintf("f%03d", i), "active")
	}
	return out
}

func flag(id, status string) string {
	return fmt.Sprintf(`{"resourceType":"Flag","id":%q,"status":%q,"code":{"text":"x"},"subject":{"reference":"Patient/p1"},"identifier":[{"system":"urn:f","value":%q}]}`, id, status, id)
}

// unnumbered is a Flag without id.
func unnumbered(value string) string {
	return strings.Replace(flag(value, "active"), fmt.Sprintf(`"id":%q,`, value), "", 1)
}

func TestPagesTogetherAreTheWholeSearch(t *testing.T) {
	s, c := started(t, Options{DefaultCount: 7, MaxCount: 20})
	load(t, s, flags(45)...)
	for _, row := range []struct {
		name, query string
		pages       int
	}{
		{"the default size", "", 7},
		{"a size that divides the rows", "?_count=15", 3},
		{"a size beyond the largest", "?_count=500", 3},
		{"one at a time", "?_count=1", 45},
		{"sorted backwards", "?_count=20&_sort=-_id", 3},
		{"with a criterion", "?_count=20&subject=Patient/p1", 3},
	} {
		t.Run(row.name, func(t *testing.T) {
			ids, pages := c.all("/Flag" + row.query)
			if pages != row.pages {
				t.Errorf("%d pages, want %d", pages, row.pages)
			}
			if strings.Contains(row.query, "-_id") {
				slices.Reverse(ids)
			}
			if len(ids) != 45 || !slices.IsSorted(ids) || len(slices.Compact(ids)) != 45 {
				t.Errorf("ids %v", ids)
			}
		})
	}
}

func TestASearchsetSaysWhatItIs(t *testing.T) {
	k := newClock()
	s, c := started(t, Options{Clock: k.now, DefaultCount: 10})
	load(t, s, flags(25)...)
	k.advance(time.Hour)
	first := c.want(200, "GET", "/Flag?_tag:missing=true", "")
	if first.body["type"] != "searchset" || first.body["total"] != 25.0 {
		t.Errorf("type %v, total %v", first.body["type"], first.body["total"])
	}
	if at := first.body["meta"].(map[string]any)["lastUpdated"]; at != "2026-11-21T02:30:00.000Z" {
		t.Errorf("Bundle.meta.lastUpdated is %v, want the server's time", at)
	}
	if first.link("self") != c.base+"/Flag?_tag%3Amissing=true" {
		t.Errorf("self %s", first.link("self"))
	}
	k.advance(time.Hour)
	second := c.want(200, "GET", first.link("next"), "")
	if second.body["total"] != 25.0 || second.body["meta"].(map[string]any)["lastUpdated"] != "2026-11-21T02:30:00.000Z" {
		t.Error("a later page is of the search that began earlier")
	}
	last := c.want(200, "GET", second.link("next"), "")
	if last.link("next") != "" || len(last.entries("resource")) != 5 {
		t.Errorf("the last page has %d rows and next %q", len(last.entries("resource")), last.link("next"))
	}
	e := first.body["entry"].([]any)[0].(map[string]any)
	if e["fullUrl"] != c.base+"/Flag/f000" || e["search"].(map[string]any)["mode"] != "match" {
		t.Errorf("entry %v", e)
	}
	if r := c.want(200, "GET", "/Flag?_total=none", ""); r.body["total"] != nil {
		t.Error("_total=none must leave the total out")
	}
	if r := c.want(200, "GET", "/Flag?_count=0", ""); r.body["total"] != 25.0 || r.ids() != "" || r.link("next") != "" {
		t.Error("_count=0 is only the total")
	}
	u, _ := url.Parse(first.link("next"))
	for _, token := range []string{"x", u.Query().Get("_page") + "0", strings.TrimSuffix(u.Query().Get("_page"), "10") + "13"} {
		c.want(410, "GET", "/?_page="+token, "")
	}
}

func TestThePagesOfASearchShowWhatStoodWhenItBegan(t *testing.T) {
	k := newClock()
	s, c := started(t, Options{Clock: k.now, DefaultCount: 10})
	load(t, s, flags(30)...)
	before := c.want(200, "GET", "/Flag", "")
	for _, id := range []string{"f001", "f015", "f025"} {
		if !s.Delete("Flag/" + id) {
			t.Fatal("nothing to delete")
		}
	}
	k.advance(time.Minute)
	if _, err := s.Put([]byte(flag("f016", "inactive"))); err != nil {
		t.Fatal(err)
	}
	load(t, s, flag("f000a", "active"))
	ids, _ := c.all(before.link("next"))
	if len(ids) != 20 || !slices.Contains(ids, "f015") || slices.Contains(ids, "f000a") {
		t.Errorf("the further pages moved: %v", ids)
	}
	page := c.want(200, "GET", before.link("next"), "")
	if f := page.entries("resource")[6]; f["id"] != "f016" || f["status"] != "active" {
		t.Errorf("a page shows a later version: %v", f)
	}
	now, _ := c.all("/Flag")
	if len(now) != 28 {
		t.Errorf("a new search finds %d, want 28", len(now))
	}
	since, _ := c.all("/Flag?_lastUpdated=gt2026-11-21T01:30:00Z")
	if strings.Join(since, " ") != "f016 f000a" {
		t.Errorf("changed since: %v", since)
	}
}

func TestShiftingPagesAreOverLiveData(t *testing.T) {
	s, c := started(t, Options{DefaultCount: 10, Shifting: true})
	load(t, s, flags(30)...)
	before := c.want(200, "GET", "/Flag?status:missing=true", "", "Prefer: handling=lenient")
	if !strings.Contains(before.link("next"), "_offset=10") {
		t.Fatalf("next %s", before.link("next"))
	}
	s.Delete("Flag/f000")
	ids, pages := c.all(before.link("next"))
	if len(ids) != 19 || slices.Contains(ids, "f010") || pages != 2 {
		t.Errorf("f010 moved to the first page and must be missed: %v", ids)
	}
	if r := c.want(200, "GET", "/Flag?_offset=900", ""); r.ids() != "" || r.link("next") != "" {
		t.Error("beyond the end there is nothing")
	}
}

func TestBareBundlesHaveNeitherTimeNorTotal(t *testing.T) {
	s, c := started(t, Options{BareBundles: true})
	load(t, s, flags(3)...)
	r := c.want(200, "GET", "/Flag", "")
	if r.body["meta"] != nil || r.body["total"] != nil || len(r.entries("resource")) != 3 {
		t.Errorf("got %.300s", r.raw)
	}
}

func TestOldListingsMakeRoomForNewOnes(t *testing.T) {
	var k cursors
	first := k.keep(&listing{}, 1)
	for range maxListings - 1 {
		k.keep(&listing{}, 1)
	}
	if k.get(first) == nil {
		t.Fatal("gone too early")
	}
	k.keep(&listing{}, 1)
	if k.get(first) == nil {
		t.Fatal("what was just used must stay")
	}
	big := k.keep(&listing{versions: make([]*version, maxListingRows+1)}, 1)
	if k.used.Len() != 1 || k.get(big) == nil || k.get(first) != nil || k.rows != maxListingRows+1 {
		t.Errorf("%d listings with %d rows are kept", k.used.Len(), k.rows)
	}
}

func TestHistoriesAreLatestFirst(t *testing.T) {
	k := newClock()
	s, c := started(t, Options{Clock: k.now, DefaultCount: 3})
	load(t, s, flag("a", "active"), flag("b", "active"))
	k.advance(time.Hour)
	c.want(200, "PUT", "/Flag/a", flag("a", "inactive"))
	k.advance(time.Hour)
	c.want(204, "DELETE", "/Flag/b", "")
	created := c.want(201, "POST", "/Flag", unnumbered("new"))
	id := created.body["id"].(string)

	steps := func(r reply) string {
		var out []string
		for i, q := range r.entries("request") {
			p := r.entries("response")[i]
			out = append(out, fmt.Sprint(q["method"], " ", strings.ReplaceAll(q["url"].(string), id, "new"), " ", strings.Fields(p["status"].(string))[0], " ", p["etag"]))
		}
		return strings.Join(out, "; ")
	}
	all := c.want(200, "GET", "/Flag/_history?_count=10", "")
	if got, want := steps(all), `POST Flag 201 W/"1"; DELETE Flag/b 204 W/"2"; PUT Flag/a 200 W/"2"; PUT Flag/b 201 W/"1"; PUT Flag/a 201 W/"1"`; got != want {
		t.Errorf("type history\n got %s\nwant %s", got, want)
	}
	if all.body["type"] != "history" || all.body["total"] != 5.0 {
		t.Errorf("type %v total %v", all.body["type"], all.body["total"])
	}
	if all.entries("resource")[1] != nil {
		t.Error("a deletion has no resource")
	}
	since := c.want(200, "GET", "/Flag/_history?_since=2026-11-21T02:30:00Z", "")
	if len(since.entries("request")) != 3 || since.body["total"] != 3.0 {
		t.Errorf("since an hour: %s", steps(since))
	}
	one := c.want(200, "GET", "/Flag/a/_history", "")
	if got := steps(one); got != `PUT Flag/a 200 W/"2"; PUT Flag/a 201 W/"1"` {
		t.Errorf("instance history %s", got)
	}
	if r := c.want(200, "GET", "/Flag/a/_history?_since=2026-11-21T02:30:00Z", ""); steps(r) != `PUT Flag/a 200 W/"2"` {
		t.Errorf("instance history since the very time of a version: %s", steps(r))
	}
	first := c.want(200, "GET", "/Flag/_history", "")
	rest := c.want(200, "GET", first.link("next"), "")
	if len(first.entries("request")) != 3 || len(rest.entries("request")) != 2 || rest.link("next") != "" {
		t.Error("a history is paged like a search")
	}
	c.want(200, "GET", "/Flag/b/_history/1", "")
	c.want(410, "GET", "/Flag/b/_history/2", "")
	c.want(404, "GET", "/Flag/b/_history/3", "")
	c.want(404, "GET", "/Flag/nobody/_history", "")
	c.want(404, "GET", "/Flag/nobody/_history/1", "")
	c.want(400, "GET", "/Flag/_history?_since=yesterday", "")
	c.want(400, "GET", "/Flag/_history?_count=many", "")
	c.want(400, "GET", "/Flag/_history?status=active", "")
	if r := c.want(200, "GET", "/Flag/_history?_count=0&_pretty=true", ""); r.body["total"] != 5.0 || r.link("next") != "" {
		t.Error("_count=0 is only the total")
	}
	if r := c.want(200, "GET", "/Task/_history", ""); r.body["total"] != 0.0 {
		t.Error("a type that has nothing has no history")
	}
}
