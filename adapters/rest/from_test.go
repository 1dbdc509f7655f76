package rest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"brygga/adapters"
)

// asked notes every query, and answers that there is nothing.
type asked struct {
	mu      sync.Mutex
	queries []string
}

func (a *asked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q, err := url.QueryUnescape(r.URL.RawQuery)
	if err != nil {
		q = "?"
	}
	a.queries = append(a.queries, q)
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write([]byte("[]"))
	if err != nil {
		a.queries = append(a.queries, err.Error())
	}
}

func TestABulkyListIsBoundedByADay(t *testing.T) {
	stockholm := time.FixedZone("", 3600)
	day := time.Date(2026, 9, 20, 0, 0, 0, 0, stockholm)
	for _, c := range []struct {
		name  string
		query adapters.Query
		want  string
	}{
		{"the day is that of the zone of the query", adapters.Query{Type: "rows", From: day}, "q=Created>'2026-09-20'"},
		{"whatever day it is in UTC", adapters.Query{Type: "rows", From: day.UTC()}, "q=Created>'2026-09-19'"},
		{"what the query adds is left as it is", adapters.Query{Type: "rows", From: day, Params: url.Values{"p": {"{from}"}}}, "p={from}&q=Created>'2026-09-20'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &asked{}
			list := List{Path: "/api/rows", Params: url.Values{"q": {"Created>'{from}'"}}}
			o, _ := pull(serve(t, a, list), c.query)
			if !o.Complete || !slices.Equal(a.queries, []string{c.want}) {
				t.Errorf("%v %v, want %s", o.Fault, a.queries, c.want)
			}
			if list.Params.Get("q") != "Created>'{from}'" {
				t.Error("the description of the list was changed")
			}
		})
	}
}

func TestCheckAsksForAPageAsAPullDoes(t *testing.T) {
	for _, c := range []struct {
		name string
		list List
		want string
	}{
		{"the first page", List{Paging: Paging{Kind: PagingPage, First: 1, Limit: "size"}}, "page=1&size=1"},
		{"the first page, from 0", List{Paging: Paging{Kind: PagingPage}}, "limit=1&page=0"},
		{"the first rows", List{Paging: Paging{Kind: PagingOffset}}, "limit=1&offset=0"},
		{"a list without pages", List{}, ""},
		{"a day is put in", List{Params: url.Values{"d": {"{from}"}}}, "d=20"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &asked{}
			c.list.Path = "/api/rows"
			s := serve(t, a, c.list, func(o *Options) { o.Clock = func() time.Time { return time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC) } })
			s.Check(t.Context())
			if len(a.queries) != 1 || !strings.HasPrefix(a.queries[0], c.want) || c.want == "" && a.queries[0] != "" {
				t.Errorf("%v, want %s", a.queries, c.want)
			}
		})
	}
}
