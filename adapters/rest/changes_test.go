package rest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"brygga/adapters"
)

func TestCheckpoint(t *testing.T) {
	own := byOffset
	own.Changed.Overlap = 3 * time.Minute
	for _, tt := range []struct {
		name string
		list List
		set  func(*shop)
		want string
	}{
		{"is the server's time minus the overlap", byOffset, nil, "2026-11-21T11:50:00Z"},
		{"is by the list's own overlap, where it has one", own, nil, "2026-11-21T11:57:00Z"},
		{"is of the first page, whatever time the later ones bear", byOffset, func(s *shop) {
			s.before = func(s *shop, n int) { s.now = noon.Add(time.Duration(n-1) * time.Hour) }
		}, "2026-11-21T11:50:00Z"},
		{"is none where the server does not tell its time", byOffset, func(s *shop) { s.dateless = true }, ""},
		{"is none of a pull that failed", byOffset, func(s *shop) {
			s.broken = func(n int) int {
				if n > 2 {
					return 401
				}
				return 0
			}
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shop := newShop(25)
			if tt.set != nil {
				tt.set(shop)
			}
			if o, _ := pull(serve(t, shop, tt.list), theRows); o.Checkpoint != tt.want {
				t.Errorf("%q, want %q (%v)", o.Checkpoint, tt.want, o.Fault)
			}
		})
	}
}

func TestReach(t *testing.T) {
	const day = 24 * time.Hour
	week := byOffset
	week.Changed.Reach = 7 * day
	elsewhere := week
	elsewhere.Changed.Path = "/api/changed"
	for _, tt := range []struct {
		name  string
		list  List
		since time.Duration // before the server's time
		set   func(*shop)
		whole bool
		asks  int
	}{
		{"a checkpoint within the reach gives changes", week, 6 * day, nil, false, 2},
		{"one at the very end of the reach does", week, 7 * day, nil, false, 2},
		{"an older one has the list read whole", week, 7*day + time.Second, nil, true, 9},
		{"without the server's time nothing is certain, and the list is read whole", week, day, func(s *shop) { s.dateless = true }, true, 9},
		{"a list without a limit tells changes of any time", byOffset, 90 * day, nil, false, 2},
		{"changes at another place are asked for there", elsewhere, day, nil, false, 2},
		{"a place of changes that is gone has the list read whole", elsewhere, day, func(s *shop) { s.gone = map[string]int{"/changed": 404} }, true, 9},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shop := newShop(15)
			shop.reach = tt.list.Changed.Reach
			shop.rows[3].modified = noon.Add(-time.Hour)
			if tt.set != nil {
				tt.set(shop)
			}
			q := theRows
			q.Since = noon.Add(-tt.since).Format(time.RFC3339)
			o, r := pull(serve(t, shop, tt.list), q)
			want := 1
			if tt.whole {
				want = 15
			}
			if !o.Complete || o.Whole != tt.whole || r.Distinct() != want {
				t.Errorf("complete %v, whole %v, %d rows: %v", o.Complete, o.Whole, r.Distinct(), o.Fault)
			}
			if shop.n != tt.asks {
				t.Errorf("%d requests, want %d", shop.n, tt.asks)
			}
		})
	}
}

func TestFallback(t *testing.T) {
	l := byOffset
	l.Path = "/api/old"
	second, third := byOffset, byOffset
	second.Path, third.Path = "/api/second", "/api/rows"
	l.Fallback = []List{second, third}
	for _, tt := range []struct {
		name string
		gone map[string]int
		want string // in the fault; empty is complete
		asks int
	}{
		{"a list that is there is read", map[string]int{"/second": 404}, "", 3},
		{"a list that is gone is replaced by its fallback", map[string]int{"/old": 404}, "", 4},
		{"410 and 501 are as good as 404", map[string]int{"/old": 410, "/second": 501}, "", 5},
		{"none of them is there", map[string]int{"/old": 404, "/second": 404, "/rows": 404}, "answered 404 Not Found, as it and its fallbacks all did (2)", 3},
		{"401 is never a reason to read another list", map[string]int{"/old": 401}, "answered 401", 1},
		{"500 is never a reason either", map[string]int{"/old": 500}, "answered 500", 3},
		{"the fallback's own fault is told", map[string]int{"/old": 404, "/second": 403}, "answered 403", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shop := newShop(5)
			shop.gone = tt.gone
			o, r := pull(serve(t, shop, l), theRows)
			if tt.want == "" && (!o.Complete || r.Distinct() != 5) {
				t.Errorf("%d rows: %v", r.Distinct(), o.Fault)
			}
			if tt.want != "" && (o.Complete || !strings.Contains(o.Fault.What, tt.want)) {
				t.Errorf("%v", o.Fault)
			}
			if shop.n != tt.asks {
				t.Errorf("%d requests, want %d", shop.n, tt.asks)
			}
		})
	}
	t.Run("a 404 in the middle of a list is no missing list", func(t *testing.T) {
		shop := newShop(25)
		shop.broken = func(n int) int {
			if n == 2 {
				return 404
			}
			return 0
		}
		of := l
		of.Path = "/api/rows"
		o, _ := pull(serve(t, shop, of), theRows)
		if o.Complete || o.Fault.Status != 404 || o.Fault.Page != 2 {
			t.Errorf("%+v", o.Fault)
		}
	})
	t.Run("a list of no fallback says that it may have one", func(t *testing.T) {
		shop := newShop(1)
		shop.gone = map[string]int{"/rows": 404}
		o, _ := pull(serve(t, shop, byOffset), theRows)
		if want := "lifecare, visit, page 1: answered 404 Not Found; check url of this system, and path of the list rows in the mapping; if the list has moved, name it as a fallback"; o.Fault.Error() != want {
			t.Errorf("%v", o.Fault)
		}
	})
}

func TestNothingHalfIsComplete(t *testing.T) {
	for _, status := range []int{401, 403, 404, 429, 500, 503} {
		for _, at := range []int{1, 2, 3, 5, 8} {
			t.Run(fmt.Sprintf("%d from request %d on", status, at), func(t *testing.T) {
				shop := newShop(25)
				shop.broken = func(n int) int {
					if n >= at {
						return status
					}
					return 0
				}
				o, _ := pull(serve(t, shop, byOffset), theRows)
				if o.Complete || o.Checkpoint != "" || o.Fault == nil || o.Fault.Status != status || o.Fault.Do == "" {
					t.Errorf("%+v", o)
				}
				if (status == 401 || status == 403) != (o.Fault.Class == adapters.Credentials) {
					t.Errorf("class %d", o.Fault.Class)
				}
			})
		}
	}
	t.Run("a redirect elsewhere", func(t *testing.T) {
		other := newShop(5)
		s := serve(t, other, byOffset)
		o, _ := pull(serve(t, http.RedirectHandler(s.opts.URL+"/api/rows", http.StatusFound), byOffset), theRows)
		if o.Complete || other.n > 0 {
			t.Errorf("%d requests went elsewhere", other.n)
		}
	})
}
