package lifecare

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhoMayAsk(t *testing.T) {
	groups := map[string]string{"visit": "visits-only"}
	for _, c := range []struct {
		name   string
		opt    Options
		path   string
		params []string
		header string
		want   int
	}{
		{"nothing is demanded", Options{}, "v1/clients", nil, "", 200},
		{"domain and key are right", Options{Domain: "town", Key: "k"}, "v1/clients", []string{"domain", "town", "key", "k"}, "", 200},
		{"the key is missing", Options{Domain: "town", Key: "k"}, "v1/clients", []string{"domain", "town"}, "", 401},
		{"the domain is missing", Options{Domain: "town", Key: "k"}, "v1/clients", []string{"key", "k"}, "", 401},
		{"another domain", Options{Domain: "town", Key: "k"}, "v1/clients", []string{"domain", "city", "key", "k"}, "", 401},
		{"the general key on a group with one of its own", Options{Key: "k", GroupKeys: groups}, "v1/reported_visits", []string{"key", "k"}, "", 401},
		{"the group's own key", Options{Key: "k", GroupKeys: groups}, "v1/reported_visits", []string{"key", "visits-only"}, "", 200},
		{"the group's key on another group", Options{Key: "k", GroupKeys: groups}, "v1/clients", []string{"key", "visits-only"}, "", 401},
		{"the header too, and it is there", Options{Key: "k", HeaderKey: "h"}, "v1/clients", []string{"key", "k"}, "h", 200},
		{"the header too, and it is missing", Options{Key: "k", HeaderKey: "h"}, "v1/clients", []string{"key", "k"}, "", 401},
		{"the header instead of the query", Options{Key: "k", HeaderKey: "h", HeaderInstead: true}, "v1/clients", nil, "h", 200},
		{"the header instead, and wrong", Options{Key: "k", HeaderKey: "h", HeaderInstead: true}, "v1/clients", []string{"key", "k"}, "k", 401},
		{"a key is asked for before what is unknown is told", Options{Key: "k"}, "v1/clients/1", nil, "", 401},
		{"a list that is not there", Options{Key: "k"}, "v1/flags", []string{"key", "k"}, "", 404},
		{"v2 of a list that has none", Options{}, "v2/clients", nil, "", 404},
		{"v2 of staff is of the group of staff", Options{GroupKeys: map[string]string{"personnel": "p"}}, "v2/modified_provider_personnel", nil, "", 401},
		{"offsets are no numbers", Options{}, "v1/clients", []string{"offset", "next"}, "", 400},
		{"a limit below nothing", Options{}, "v1/clients", []string{"limit", "-1"}, "", 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := start(t, c.opt)
			r := httptest.NewRequest(http.MethodGet, BasePath+"/api/"+c.path, nil)
			q := r.URL.Query()
			for i := 0; i < len(c.params); i += 2 {
				q.Set(c.params[i], c.params[i+1])
			}
			r.URL.RawQuery = q.Encode()
			if c.header != "" {
				r.Header.Set("X-API-Key", c.header)
			}
			if got := b.send(r); got.status != c.want {
				t.Errorf("%d, want %d", got.status, c.want)
			}
		})
	}
}

func TestOnlyReadingIsServed(t *testing.T) {
	b := start(t, Options{})
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		if got := b.send(httptest.NewRequest(method, BasePath+"/api/v1/clients", nil)); got.status != 405 {
			t.Errorf("%s: %d", method, got.status)
		}
	}
	if got := b.send(httptest.NewRequest(http.MethodGet, "/api/v1/clients", nil)); got.status != 404 {
		t.Errorf("below another base: %d", got.status)
	}
}

func TestTheTimeOfAnAnswerIsTheSandboxes(t *testing.T) {
	b := start(t, Options{})
	b.clock.advance(90 * time.Minute)
	for _, path := range []string{"v1/clients", "v1/nothing"} {
		if got := b.ask(path).header.Get("Date"); got != "Fri, 20 Nov 2026 04:00:00 GMT" {
			t.Errorf("%s: Date is %s", path, got)
		}
	}
}

func TestOneObjectCanBeAskedFor(t *testing.T) {
	b := start(t, Options{})
	one := b.rows(b.ask("v1/executions", "limit", "1"))[0]
	got := b.ask("v1/executions/" + key(one))
	if got.status != 200 || !strings.HasPrefix(string(got.body), `{"Id":`+key(one)+`,"PersonId":`) {
		t.Errorf("status %d, or another object", got.status)
	}
	if got := b.ask("v1/executions/7"); got.status != 404 {
		t.Errorf("an id that is not there: %d", got.status)
	}
	var gone object
	for _, o := range b.whole("v1/provider_contact_personnels", 500, "gt", "2000-01-01") {
		if o["Deleted"] == true {
			gone = o
		}
	}
	if got := b.ask("v1/provider_contact_personnels/" + key(gone)); got.status != 404 {
		t.Errorf("a deleted object: %d", got.status)
	}
}

func TestListsWithoutChangesIgnoreGt(t *testing.T) {
	b := start(t, Options{})
	for _, name := range []string{"service_plans", "documentations"} {
		if got := len(b.whole("v1/"+name, 500, gt(b.clock.now())...)); got != b.s.Store().Count(name) {
			t.Errorf("%s: %d rows, want all", name, got)
		}
	}
}

func TestStaffOfV2StandInAnEnvelope(t *testing.T) {
	b := start(t, Options{})
	whole := keys(b.whole("v1/provider_personnels", 100))
	v2 := keys(b.whole("v2/provider_units/provider_personnel", 100))
	if len(whole) == 0 || len(v2) != len(whole) {
		t.Errorf("%d in v2, %d in v1", len(v2), len(whole))
	}
	if a := b.ask("v2/provider_units/provider_personnel"); !strings.HasPrefix(string(a.body), `{"Items":[{`) {
		t.Error("no envelope")
	}
}

func TestModifiedStaffReachBackSevenDays(t *testing.T) {
	b := start(t, Options{})
	if err := b.s.Store().TitleChanges(5, "Undersköterska, dag"); err != nil {
		t.Fatal(err)
	}
	at := b.clock.now()
	for _, c := range []struct {
		name  string
		later time.Duration
		since time.Time
		there bool
	}{
		{"changed now, asked from yesterday", time.Minute, at.AddDate(0, 0, -1), true},
		{"changed six days ago, asked from a month ago", 6 * 24 * time.Hour, at.AddDate(0, -1, 0), true},
		{"changed eight days ago, asked from a month ago: silently not there", 8 * 24 * time.Hour, at.AddDate(0, -1, 0), false},
		{"changed before what is asked", time.Minute, at, false},
	} {
		b.clock.ms.Store(at.Add(c.later).UnixMilli())
		got := keys(b.whole("v2/modified_provider_personnel", 100, gt(c.since)...))
		if (got["1005"] == 1) != c.there {
			t.Errorf("%s: %d rows", c.name, len(got))
		}
	}
	if got := keys(b.whole("v1/provider_personnels", 100, gt(at.Add(-time.Hour))...)); got["1005"] != 1 {
		t.Error("v1 does not reach back so far")
	}
}

func TestASearchExpressionChooses(t *testing.T) {
	b := start(t, Options{})
	r := find(t, "settled")
	for _, c := range []struct {
		name, list, q string
		want          func(object) bool
	}{
		{"by person", "executions", "PersonId='" + r.PersonID() + "'", func(o object) bool { return o["PersonId"] == r.PersonID() }},
		{"by a date on or after", "documentations", "CreatedTime>='2026-11-01'", func(o object) bool { return o["CreatedTime"].(string) >= "2026-11-01" }},
		{"by two conditions", "documentations", "CreatedTime>'2026-10-01' and CreatedTime<'2026-11-01'", func(o object) bool {
			at := o["CreatedTime"].(string)
			return at > "2026-10-01" && at < "2026-11-01"
		}},
		{"by a field that is not there", "executions", "Colour='red'", func(object) bool { return false }},
	} {
		var want []string
		for _, o := range b.whole("v1/"+c.list, 500) {
			if c.want(o) {
				want = append(want, key(o))
			}
		}
		var got []string
		for _, o := range b.whole("v1/"+c.list, 500, "q", c.q) {
			got = append(got, key(o))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d rows, want %d", c.name, len(got), len(want))
		}
	}
	for _, bad := range []string{"PersonId", "PersonId=", "PersonId='1", "='1'", "PersonId='1' or PersonId='2'", "PersonId='1' and ", "PersonId like 'x'"} {
		if got := b.ask("v1/executions", "q", bad); got.status != 400 {
			t.Errorf("%s: %d", bad, got.status)
		}
	}
}

func TestKeysOfGroupsAreNamedAsTheListsSay(t *testing.T) {
	n := 0
	for _, names := range Groups() {
		n += len(names)
	}
	if n != len(lists) || lists[staffList].name != "provider_personnels" {
		t.Errorf("%d lists in groups, %d in all", n, len(lists))
	}
}

func FuzzQuery(f *testing.F) {
	for _, q := range []string{"limit=5&offset=2", "gt=2026-11-20T02:30:00Z", "q=PersonId%3D%271%27%20and%20Id%3E%3D%273%27", "q=%27", "lt=x&limit=-1", "q=a='b' and"} {
		f.Add(q)
	}
	whole := start(f, Options{})
	f.Fuzz(func(t *testing.T, query string) {
		b := &bed{t, whole.clock, whole.s}
		r := httptest.NewRequest(http.MethodGet, BasePath+"/api/v1/provider_units", nil)
		r.URL.RawQuery = query
		a := b.send(r)
		if a.status != 200 && a.status != 400 {
			t.Errorf("status %d", a.status)
		}
		if a.status == 200 && len(b.rows(a)) > b.s.Store().Count("provider_units") {
			t.Error("more rows than there are")
		}
	})
}
