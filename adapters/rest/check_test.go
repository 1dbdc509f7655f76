package rest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"brygga/adapters"
)

// lines shows results one per line.
func lines(results []adapters.CheckResult) string {
	var b strings.Builder
	for _, r := range results {
		fmt.Fprintf(&b, "%s %s: %s", r.Verdict, r.What, r.Seen)
		if r.Do != "" {
			b.WriteString(" -> " + r.Do)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestCheck(t *testing.T) {
	static, envelope, moved := byOffset, List{Path: "/api/envelope", Paging: Paging{Kind: PagingCursor, Size: 10, Next: "Paging.Next"}}, byOffset
	static.Changed = Changed{}
	moved.Path, moved.Fallback = "/api/old", []List{byOffset}
	misspelt := envelope
	misspelt.Paging.Next = "Paging.Nxt"
	changes := byOffset
	changes.Changed.Path = "/api/changed"
	for _, tt := range []struct {
		name string
		list List
		set  func(*shop)
		want string
		asks int
	}{
		{"a list that tells changes", byOffset, nil, "ok list rows: answers, and tells changes\n", 2},
		{"a list that passes over the parameter of changes", byOffset, func(s *shop) { s.timeless = true }, "warn list rows: answers, but passes over gt: asked for what changed since tomorrow it gives rows -> leave changed out of the list in the mapping, or correct its param: deleted rows would not be seen\n", 2},
		{"a list that tells none", static, nil, "ok list rows: answers; read whole every time\n", 1},
		{"a list with cursors", envelope, nil, "ok list rows: answers; read whole every time\n", 1},
		{"a misspelt place of the cursor", misspelt, nil, "warn list rows: answers; the answer to a request for one row has no Paging.Nxt -> compare paging of the list in the mapping with what the system answers\n", 1},
		{"an empty list", static, func(s *shop) { s.rows, s.none204 = nil, true }, "ok list rows: answers that there are no rows; read whole every time\n", 1},
		{"a system that does not tell its time", byOffset, func(s *shop) { s.dateless = true }, "warn list rows: answers; it does not tell its time (Date) -> have the system, or the proxy before it, send Date; without it every night reads the whole list\n", 1},
		{"a list that has moved", moved, func(s *shop) { s.gone = map[string]int{"/old": 404} }, "warn list rows: answered 404 Not Found; its fallback 1 answers -> put the fallback in the place of the list in the mapping, if it is gone for good\n", 2},
		{"a list that is nowhere", moved, func(s *shop) { s.gone = map[string]int{"/old": 404, "/rows": 410} }, "fail list rows: answered 404 Not Found -> check url of this system, and path of the list rows in the mapping; if the list has moved, name it as a fallback\n", 2},
		{"changes that are nowhere", changes, func(s *shop) { s.gone = map[string]int{"/changed": 404} }, "fail list rows: answers; asked for changes it answered 404 Not Found -> check url of this system, and path of the list rows in the mapping; if the list has moved, name it as a fallback\n", 2},
		{"a key that is refused", byOffset, func(s *shop) { s.keys = map[string]string{"/rows": "x"} }, "fail list rows: answered 401 Unauthorized -> this server wants a sign-in: set auth of this system\n", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shop := newShop(3)
			if tt.set != nil {
				tt.set(shop)
			}
			if got := lines(serve(t, shop, tt.list).Check(t.Context())); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
			if shop.n != tt.asks {
				t.Errorf("%d requests, want %d", shop.n, tt.asks)
			}
			for _, v := range shop.asks {
				if v.Get("limit") != "1" {
					t.Errorf("asked for more than a row: %v", v)
				}
			}
		})
	}
}

func TestCheckOfManyLists(t *testing.T) {
	three := func(o *Options) {
		o.Lists["other"], o.Lists["third"] = byOffset, byOffset
		o.Retries = -1
	}
	t.Run("each has its line, by name", func(t *testing.T) {
		got := lines(serve(t, newShop(3), byOffset, three).Check(t.Context()))
		if want := "ok list other: answers, and tells changes\nok list rows: answers, and tells changes\nok list third: answers, and tells changes\n"; got != want {
			t.Errorf("%s", got)
		}
	})
	t.Run("those that are named have theirs, also one that is not described", func(t *testing.T) {
		got := lines(serve(t, newShop(3), byOffset, three).Check(t.Context(), "third", "fourth"))
		if want := "ok list third: answers, and tells changes\nfail list fourth: is not described -> describe the list under records in the mapping\n"; got != want {
			t.Errorf("%s", got)
		}
	})
	t.Run("a list that is refused stops no other", func(t *testing.T) {
		shop := newShop(3)
		shop.broken = func(n int) int {
			if n == 1 {
				return 401
			}
			return 0
		}
		if got := lines(serve(t, shop, byOffset, three).Check(t.Context())); strings.Count(got, "ok ") != 2 || strings.Count(got, "fail ") != 1 {
			t.Errorf("%s", got)
		}
	})
	t.Run("a system that is down is one line", func(t *testing.T) {
		s := serve(t, newShop(3), byOffset, three)
		s.Close()
		down := opened(t, quick("http://127.0.0.1:1", byOffset))
		down.opts.Lists["other"] = byOffset
		if got := lines(down.Check(t.Context())); strings.Count(got, "\n") != 1 || !strings.Contains(got, "127.0.0.1:1 refused the connection -> check that the server is up") {
			t.Errorf("%s", got)
		}
	})
	for body, want := range map[string]string{
		"<!doctype html><html>": "answered with a web page (text/html), not JSON",
		"":                      "answered with nothing",
		"[1,":                   "the answer is truncated, also when asked for again",
		"hello":                 "the answer is neither an array nor an object of JSON",
		"7":                     "the answer is neither an array nor an object of JSON",
	} {
		t.Run("an answer that is no list: "+body, func(t *testing.T) {
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }), byOffset)
			if got := lines(s.Check(t.Context())); !strings.HasPrefix(got, "fail list rows: "+want+" -> ") {
				t.Errorf("%s", got)
			}
		})
	}
}
