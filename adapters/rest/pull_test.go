package rest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"brygga/adapters"
)

// offsetsAsked are limit/offset of each request that a shop got.
func offsetsAsked(s *shop) string {
	var all []string
	for _, v := range s.asks {
		all = append(all, v.Get("limit")+"@"+v.Get("offset"))
	}
	return strings.Join(all, " ")
}

func TestPagesByOffset(t *testing.T) {
	for _, tt := range []struct {
		name string
		rows int
		set  func(*shop)
		want string // what was asked for
	}{
		{"an empty list is one request", 0, func(*shop) {}, "10@0"},
		{"a row alone has nothing to overlap with", 1, func(*shop) {}, "10@0 10@1"},
		{"a page within the overlap is no end until nothing follows it", 7, func(*shop) {}, "10@0 10@5 10@7"},
		{"a full page alone is read once", 10, func(*shop) {}, "10@0 10@8 10@10"},
		{"pages overlap, and the list is read twice", 21, func(*shop) {}, "10@0 10@8 10@16 10@19 10@21 10@0 10@8 10@16 10@19 10@21"},
		{"a list that ends with a page is read no further", 18, func(*shop) {}, "10@0 10@8 10@16 10@18 10@0 10@8 10@16 10@18"},
		{
			"a server that gives fewer rows than asked for is read to the end", 12, func(s *shop) { s.cap = 5 },
			"10@0 10@3 10@6 10@9 10@11 10@12 10@0 10@3 10@6 10@9 10@11 10@12",
		},
		{
			"of pages smaller than the overlap half is read again", 4, func(s *shop) { s.cap = 2 },
			"10@0 10@1 10@2 10@3 10@4 10@0 10@1 10@2 10@3 10@4",
		},
		{"a 204 is the end", 7, func(s *shop) { s.none204 = true }, "10@0 10@5 10@7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shop := newShop(tt.rows)
			tt.set(shop)
			o, r := pull(serve(t, shop, byOffset), theRows)
			if !o.Complete || o.Rows != tt.rows || r.Distinct() != tt.rows {
				t.Errorf("complete %v, %d rows, %d taken: %v", o.Complete, o.Rows, r.Distinct(), o.Fault)
			}
			if got := offsetsAsked(shop); got != tt.want {
				t.Errorf("asked %s, want %s", got, tt.want)
			}
		})
	}
}

func TestRowsThatShift(t *testing.T) {
	remove := func(at int) func(*shop, int) {
		return func(s *shop, n int) {
			if n == at {
				s.rows = s.rows[2:]
			}
		}
	}
	for _, tt := range []struct {
		name     string
		before   func(*shop, int)
		requests int
		waited   time.Duration
		complete bool
	}{
		{"a list that stands still is read twice", nil, 12, 0, true},
		{"rows that go in the first reading have it read a third time, a little later", remove(3), 18, 2 * time.Second, true},
		{"rows that go in the last request of the second reading do no harm", remove(12), 12, 0, true},
		{"rows that go and come with every request are given up after four readings", func(s *shop, n int) {
			s.rows = append(s.rows[1:], row{ID: 1000 + n})
		}, 20, 17 * time.Second, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shop := newShop(30)
			shop.before = tt.before
			sys, waited := serve(t, shop, byOffset), time.Duration(0)
			sys.opts.Sleep = func(ctx context.Context, d time.Duration) error {
				waited += d
				return ctx.Err()
			}
			o, _ := pull(sys, theRows)
			if waited != tt.waited {
				t.Errorf("it waited %s between readings, want %s", waited, tt.waited)
			}
			if o.Complete != tt.complete || (tt.complete && shop.n != tt.requests) {
				t.Errorf("complete %v after %d requests: %v", o.Complete, shop.n, o.Fault)
			}
			if !tt.complete && (o.Fault.Class != adapters.Protocol || !strings.Contains(o.Fault.What, "keep shifting") || o.Fault.Do == "" || o.Checkpoint != "") {
				t.Errorf("%+v", o.Fault)
			}
		})
	}
}

// A page that shows only rows that were there before does not end a list: rows may
// have moved so far that the others were passed over.
func TestRowsThatMoveByAWholePage(t *testing.T) {
	st := newShop(15)
	st.cap = 10 // and 20 are asked for, so the first short page is no full one
	st.before = func(s *shop, n int) {
		if n == 2 {
			s.rows = append(slices.Clone(s.rows[8:]), s.rows[:8]...) // the second page shows rows of the first again
		}
	}
	l := byOffset
	l.Paging.Size = 20
	o, r := pull(serve(t, st, l), theRows)
	if o.Complete && r.Distinct() != 15 {
		t.Errorf("complete, with %d of 15 rows after %s", r.Distinct(), offsetsAsked(st))
	}
	if !o.Complete {
		t.Errorf("the list stood still from then on: %v", o.Fault)
	}
}

// TestNoRowIsMissed: as long as no more rows go than pages overlap, a pull that
// says that it is complete has shown every row that stood there all the time.
func TestNoRowIsMissed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := byOffset
		l.Paging.Overlap = rapid.IntRange(0, 4).Draw(rt, "overlap")
		l.Paging.Size = 2*l.Paging.Overlap + rapid.IntRange(1, 6).Draw(rt, "more")
		st := newShop(rapid.IntRange(0, 60).Draw(rt, "rows"))
		st.cap = 2*l.Paging.Overlap + rapid.IntRange(1, 8).Draw(rt, "cap")
		goes := rapid.SliceOfN(rapid.IntRange(1, 40), 0, l.Paging.Overlap).Draw(rt, "goes")
		comes := rapid.SliceOfN(rapid.IntRange(1, 40), 0, 5).Draw(rt, "comes")
		first := rapid.Bool().Draw(rt, "in front")
		st.before = func(s *shop, n int) {
			if slices.Contains(goes, n) && len(s.rows) > 0 {
				at := n * 7 % len(s.rows)
				s.rows = slices.Delete(s.rows, at, at+1)
			}
			if slices.Contains(comes, n) {
				at := len(s.rows)
				if first {
					at = 0
				}
				s.rows = slices.Insert(s.rows, at, row{ID: 1000 + n})
			}
		}
		o, r := pull(serve(t, st, l), theRows)
		if st.n > 2000 {
			rt.Fatalf("%d requests", st.n)
		}
		if !o.Complete {
			if o.Fault == nil || len(goes)+len(comes) == 0 {
				rt.Fatalf("a list that stands still is incomplete: %v", o.Fault)
			}
			return
		}
		for _, row := range st.rows {
			if row.ID < 1000 && r.rows[row.ID] == 0 {
				rt.Fatalf("the row %d was missed", row.ID)
			}
		}
		if o.Rows > r.Distinct() {
			rt.Fatalf("%d rows are counted, and %d were taken", o.Rows, r.Distinct())
		}
	})
}

func TestOtherPagings(t *testing.T) {
	for _, tt := range []struct {
		name string
		list List
		rows int
		set  func(*shop)
		asks int
		want string // in the fault; empty is complete
	}{
		{"one answer holds it all", List{Path: "/api/rows"}, 25, nil, 1, ""},
		{"numbered pages are read until one is empty, twice", List{Path: "/api/rows", Paging: Paging{Kind: PagingPage, Size: 10}}, 25, nil, 8, ""},
		{"one numbered page is read once", List{Path: "/api/rows", Paging: Paging{Kind: PagingPage, Size: 10}}, 5, nil, 2, ""},
		{"numbered pages that repeat are no list", List{Path: "/api/rows", Paging: Paging{Kind: PagingPage, Size: 10}}, 25, func(s *shop) { s.ignores = true }, 6, "the pages repeat"},
		{"offsets that are passed over are no list", byOffset, 25, func(s *shop) { s.ignores = true }, 6, "the pages repeat"},
		{"a cursor is followed once", List{Path: "/api/envelope", Paging: Paging{Kind: PagingCursor, Size: 10, Next: "Paging.Next"}}, 25, nil, 3, ""},
		{"a link is followed once", List{Path: "/api/envelope", Paging: Paging{Kind: PagingLink, Next: "Paging.Link"}}, 25, nil, 1, ""},
		{"a misspelt place of the cursor is found out on a full page", List{Path: "/api/envelope", Paging: Paging{Kind: PagingCursor, Size: 10, Next: "Paging.Nxt"}}, 25, nil, 1, "a full page says nowhere whether another follows"},
		{"a short page without any cursor is the last", List{Path: "/api/envelope", Paging: Paging{Kind: PagingCursor, Size: 10, Next: "Paging.Nxt"}}, 9, nil, 1, ""},
		{"rows without keys are not taken for none", List{Path: "/api/strange", Paging: byOffset.Paging}, 5, nil, 1, "none of them has a key"},
		{"a 204 that is not said to mean no rows", List{Path: "/api/rows"}, 0, func(s *shop) { s.none204 = true }, 1, "answered with nothing (204)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shop := newShop(tt.rows)
			if tt.set != nil {
				tt.set(shop)
			}
			var h http.Handler = shop
			if tt.list.Path == "/api/strange" {
				h = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { shop.n++; fmt.Fprint(w, ` [ {"Nr":7} ]`) })
			}
			o, r := pull(serve(t, h, tt.list, func(o *Options) { shop.url = func() string { return o.URL } }), theRows)
			if shop.n != tt.asks {
				t.Errorf("%d requests, want %d", shop.n, tt.asks)
			}
			if tt.want == "" && (!o.Complete || r.Distinct() != tt.rows || o.Rows != tt.rows) {
				t.Errorf("complete %v, %d rows of %d: %v", o.Complete, r.Distinct(), tt.rows, o.Fault)
			}
			if tt.want != "" && (o.Complete || o.Fault.Class != adapters.Protocol || !strings.Contains(o.Fault.What, tt.want)) {
				t.Errorf("%v", o.Fault)
			}
		})
	}
}

func TestASystemThatSaysHowManyRowsThereAre(t *testing.T) {
	for _, tt := range []struct {
		name        string
		total, asks int
		complete    bool
	}{
		{"as many as were seen", 25, 3, true},
		{"fewer than were seen", 3, 3, true},
		{"more than were seen, however often it is read", 26, 12, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shop, r := newShop(25), newSees()
			r.total = tt.total
			s := serve(t, shop, List{Path: "/api/envelope", Paging: Paging{Kind: PagingCursor, Size: 10, Next: "Paging.Next"}})
			o := s.Pull(t.Context(), theRows, r)
			if o.Complete != tt.complete || shop.n != tt.asks {
				t.Errorf("complete %v after %d requests: %v", o.Complete, shop.n, o.Fault)
			}
		})
	}
}

func TestRanges(t *testing.T) {
	shop := newShop(25)
	s := serve(t, shop, byOffset)
	o, r := pull(s, adapters.Query{Kind: "visit", Type: "rows", Ranges: []url.Values{{"part": {"a"}}, {"part": {"b"}}}})
	if !o.Complete || o.Rows != 25 || r.Distinct() != 25 {
		t.Errorf("%d rows: %v", o.Rows, o.Fault)
	}
	parts := map[string]int{}
	for _, v := range shop.asks {
		parts[v.Get("part")]++
	}
	if parts["a"] != 10 || parts["b"] != 10 {
		t.Errorf("asked %v", parts)
	}
}

func TestAPageThatIsTooBigIsAskedForInSmaller(t *testing.T) {
	shop := newShop(40)
	for i := range shop.rows {
		shop.rows[i].Text = strings.Repeat("x", 100)
	}
	shop.rows[30].Text = strings.Repeat("x", 900)
	s := serve(t, shop, byOffset, func(o *Options) { o.MaxBytes = 1600 })
	o, r := pull(s, theRows)
	if !o.Complete || r.Distinct() != 40 {
		t.Errorf("%d rows: %v", r.Distinct(), o.Fault)
	}
}

func TestWhatIsAsked(t *testing.T) {
	week := byOffset
	week.Window = "gt"
	week.Changed.Reach = 7 * 24 * time.Hour
	windowed := byOffset
	windowed.Window = "gt"
	windowed.Params = url.Values{"status": {"Completed"}}
	for _, tt := range []struct {
		name string
		list List
		q    adapters.Query
		want string // of the first request
	}{
		{"everything", byOffset, adapters.Query{}, "limit=10&offset=0"},
		{"what the list and the query say", windowed, adapters.Query{Params: url.Values{"q": {"a=b"}}}, "limit=10&offset=0&q=a%3Db&status=Completed"},
		{"changes, in UTC whatever the checkpoint's zone", byOffset, adapters.Query{Since: "2026-11-21T12:00:00+01:00"}, "gt=2026-11-21T11%3A00%3A00Z&limit=10&offset=0"},
		{"a window of a bulky list that is read whole", windowed, adapters.Query{From: noon}, "gt=2026-11-21T12%3A00%3A00Z&limit=10&offset=0&status=Completed"},
		{"changes since the checkpoint, not since the window began", windowed, adapters.Query{From: noon.Add(-time.Hour), Since: "2026-11-21T11:59:00Z"}, "gt=2026-11-21T11%3A59%3A00Z&limit=10&offset=0&status=Completed"},
		{"no window of a list that tells a few days only", week, adapters.Query{From: noon.Add(-35 * 24 * time.Hour)}, "limit=10&offset=0"},
		{"no window of a list that has none", byOffset, adapters.Query{From: noon}, "limit=10&offset=0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shop := newShop(3)
			tt.q.Kind, tt.q.Type = "visit", "rows"
			if o, _ := pull(serve(t, shop, tt.list), tt.q); !o.Complete {
				t.Error(o.Fault)
			}
			if got := shop.asks[0].Encode(); got != tt.want {
				t.Errorf("asked %s, want %s", got, tt.want)
			}
		})
	}
	t.Run("parameters have the names that the list gives them", func(t *testing.T) {
		first := func(l List) string {
			shop := newShop(0)
			l.Path = "/api/rows"
			pull(serve(t, shop, l), theRows)
			return shop.asks[0].Encode()
		}
		a := first(List{Paging: Paging{Kind: PagingOffset, Limit: "antal", Offset: "hoppa"}})
		b := first(List{Paging: Paging{Kind: PagingPage, Limit: "-", Page: "sida", First: 1}})
		if a != "antal=500&hoppa=0" || b != "sida=1" {
			t.Errorf("asked %s and %s", a, b)
		}
	})
	t.Run("a kind that has no list is fatal", func(t *testing.T) {
		o, _ := pull(serve(t, newShop(0), byOffset), adapters.Query{Kind: "note", Type: "195009072553"})
		if o.Complete || o.Fault.Class != adapters.Fatal || strings.Contains(o.Fault.Error(), "1950") {
			t.Errorf("%v", o.Fault)
		}
	})
}
