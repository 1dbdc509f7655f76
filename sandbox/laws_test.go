package sandbox

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A search by its indexes finds what looking at everything finds, whatever was
// written, deleted, loaded and rolled back before.
func TestIndexesNeverHideOrInventAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := newClock()
		s := New(Options{Clock: k.now})
		x := s.indexer("http://h/fhir")
		id := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
		date := rapid.SampledFrom([]string{"2026-01-01", "2026-01-02", "2026-01", "2026-02-01T10:00:00Z", "2025", "none"})
		one := func() string {
			period := ""
			if rapid.Bool().Draw(t, "start") {
				period = `"start":"` + date.Draw(t, "from") + `"`
			}
			if rapid.Bool().Draw(t, "end") {
				period += `,"end":"` + date.Draw(t, "to") + `"`
			}
			return fmt.Sprintf(`{"resourceType":"Encounter","id":%q,"meta":{"lastUpdated":%q,"tag":[{"system":"t","code":%q}]},"identifier":[{"system":%q,"value":%q}],"basedOn":[{"reference":"ServiceRequest/%s"}],"subject":{"reference":%q},"period":{%s}}`,
				id.Draw(t, "id"), rapid.SampledFrom([]string{"2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z", "no"}).Draw(t, "updated"), id.Draw(t, "tag"), id.Draw(t, "system"), id.Draw(t, "value"), id.Draw(t, "request"),
				rapid.SampledFrom([]string{"Patient/a", "Group/a", "http://h/fhir/Patient/b", "http://x/Patient/a", "Patient/a/_history/2"}).Draw(t, "subject"), strings.TrimPrefix(period, ","))
		}
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			k.advance(time.Duration(rapid.IntRange(0, 2).Draw(t, "pass")) * time.Hour)
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				var many []json.RawMessage
				for range rapid.IntRange(1, 20).Draw(t, "many") {
					many = append(many, json.RawMessage(one()))
				}
				if err := s.Load(many...); err != nil {
					t.Fatal(err)
				}
			case 1:
				d := reparse(one())
				s.mu.Lock()
				s.put(s.makeKind("Encounter"), d.get("id").str(), "PUT", d, x, nil)
				s.mu.Unlock()
			case 2:
				s.Delete("Encounter/" + id.Draw(t, "deleted"))
			case 3: // written and taken back
				var u undo
				s.mu.Lock()
				for range rapid.IntRange(1, 4).Draw(t, "undone") {
					d := reparse(one())
					s.put(s.makeKind("Encounter"), d.get("id").str(), "PUT", d, x, &u)
				}
				u.run()
				s.mu.Unlock()
			}
		}
		prefix := rapid.SampledFrom([]string{"", "ge", "gt", "le", "lt", "sa", "eb", "ne", "eq"})
		query := url.Values{}
		for range rapid.IntRange(1, 3).Draw(t, "criteria") {
			switch rapid.IntRange(0, 6).Draw(t, "criterion") {
			case 0:
				query.Add("date", prefix.Draw(t, "p")+"2026-01-02,"+prefix.Draw(t, "p")+"2026-01")
			case 1:
				query.Add("_lastUpdated", prefix.Draw(t, "p")+"2026-11-20T00:00:00Z")
			case 2:
				query.Add("identifier", rapid.SampledFrom([]string{"a|b", "a|", "b", "|b", "c,a|a"}).Draw(t, "identifier"))
			case 3:
				query.Add("based-on", rapid.SampledFrom([]string{"a", "ServiceRequest/b", "ServiceRequest/a,b"}).Draw(t, "ref"))
			case 4:
				query.Add("subject", rapid.SampledFrom([]string{"a", "Patient/a", "Group/a", "http://x/Patient/a", "http://h/fhir/Patient/b"}).Draw(t, "ref"))
			case 5:
				query.Add("_tag", rapid.SampledFrom([]string{"t|a", "t|", "b,t|c"}).Draw(t, "tag"))
			case 6:
				query.Add("_id", "a,c")
			}
		}
		q, f := s.parseSearch("Encounter", query, x, true)
		if f != nil {
			t.Fatal(f)
		}
		var want []string
		enc := s.kinds["Encounter"]
		if enc != nil {
			for _, r := range enc.order {
				if r.cur != nil && !r.cur.deleted() && !slices.ContainsFunc(q.filters, func(f filter) bool { return !f.matches(r.cur) }) {
					want = append(want, r.id)
				}
			}
		}
		var got []string
		for _, v := range enc.find(q) {
			got = append(got, v.row.id)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: found %v, want %v", query.Encode(), got, want)
		}
		if enc != nil && !slices.IsSortedFunc(enc.log, func(a, b *version) int { return int(a.at - b.at) }) {
			t.Fatal("the log is not in order of time")
		}
	})
}

// Sorting only the tail gives what sorting everything gives.
func TestSortTailSorts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		head := rapid.SliceOf(rapid.IntRange(0, 50)).Draw(t, "head")
		slices.Sort(head)
		tail := rapid.SliceOfN(rapid.IntRange(0, 50), 0, 30).Draw(t, "tail")
		all := append(slices.Clone(head), tail...)
		want := slices.Clone(all)
		slices.Sort(want)
		if got := sortTail(all, len(tail), func(a, b int) int { return a - b }); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// ge and lt at one instant part the closed values in two that overlap only where a value spans it.
func TestDatePrefixesAgreeWithEachOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) span {
			lo := rapid.Int64Range(0, 20).Draw(t, name)
			return span{lo, lo + rapid.Int64Range(1, 10).Draw(t, name+" length")}
		}
		of, v := draw("resource"), draw("search")
		m := func(prefix string) bool { return of.matches(prefix, v) }
		overlap := of.lo < v.hi && v.lo < of.hi
		switch {
		case m("eq") == m("ne"):
			t.Fatal("ne is not the opposite of eq")
		case m("eq") && !(m("ge") && m("le")):
			t.Fatal("eq without ge and le")
		case m("gt") && !m("ge"), m("lt") && !m("le"):
			t.Fatal("gt without ge, or lt without le")
		case m("sa") && (!m("gt") || overlap), m("eb") && (!m("lt") || overlap):
			t.Fatal("sa or eb of what overlaps")
		case (m("ge") && m("le")) != overlap:
			t.Fatal("ge and le together are not overlapping")
		}
	})
}
