package rest

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/adapters"
	"brygga/adapters/wire"
)

func TestOptions(t *testing.T) {
	list := func(change func(*List)) func(*Options) {
		return func(o *Options) {
			l := byOffset
			change(&l)
			o.Lists = map[string]List{"rows": l}
		}
	}
	for _, tt := range []struct {
		name   string
		change func(*Options)
		want   string // in the error; empty is none
	}{
		{"an address and a list are enough", func(*Options) {}, ""},
		{"no lists at all are a System that answers nothing", func(o *Options) { o.Lists = nil }, ""},
		{"http to another machine", func(o *Options) { o.URL = "http://lifecare.example/hemlig" }, "url: is http:// to another machine"},
		{"a key in the address", func(o *Options) { o.URL = "https://lifecare.example/?key=hemlig" }, "url: must not hold a query"},
		{"no name", func(o *Options) { o.Name = "" }, "name: is missing"},
		{"a sign-in that nobody knows", func(o *Options) { o.Auth.Kind = "hemlig" }, "auth.kind: is none of"},
		{"query-key without a key", func(o *Options) { o.Auth.Kind = AuthQueryKey }, "auth.key: is needed by auth.kind query-key"},
		{"query-key with a key", func(o *Options) { o.Auth = queryKey("hemlig") }, ""},
		{"a key with the newline of its file", func(o *Options) { o.Auth = queryKey("hemlig\n") }, "auth.key: holds a line break"},
		{"a domain with a newline", func(o *Options) { o.Auth = queryKey("x"); o.Auth.Domain = "hemlig\n" }, "auth.domain: holds a line break"},
		{"a group's key with a newline", func(o *Options) { o.Auth = queryKey("x"); o.Auth.Keys = map[string]string{"staff": "hemlig\r"} }, "auth.keys, staff: holds a line break"},
		{"a group that is called as a person", func(o *Options) {
			o.Auth = queryKey("x")
			o.Auth.Keys = map[string]string{"195009072553": "y"}
		}, "auth.keys: a group has a name"},
		{"a key sent in a way that nobody knows", func(o *Options) { o.Auth = queryKey("x"); o.Auth.Send = "hemlig" }, "auth.send: is none of query, header, both"},
		{"a pace below zero", func(o *Options) { o.PerSecond = -1 }, "requests_per_second: is below zero"},
		{"a pace without a clock", func(o *Options) { o.PerSecond, o.Clock = 5, nil }, "requests_per_second: needs a clock"},
		{"a list that is called as a person", func(o *Options) { o.Lists = map[string]List{"195009072553": byOffset} }, "lists: one has a name"},
		{"a list without a path", list(func(l *List) { l.Path = "" }), "list rows: path: is missing"},
		{"a path that is an address", list(func(l *List) { l.Path = "https://b.se/hemlig" }), "list rows: path: is no path"},
		{"a path to another host", list(func(l *List) { l.Path = "//b.se/hemlig" }), "list rows: path: is no path"},
		{"a path with a query", list(func(l *List) { l.Path = "/x?hemlig" }), "list rows: path: must not hold a query"},
		{"a path that climbs", list(func(l *List) { l.Path = "/../hemlig" }), "list rows: path: must not climb"},
		{"a path that climbs by escapes", list(func(l *List) { l.Path = "/%2e%2e/hemlig" }), "list rows: path: must not climb"},
		{"a place of changes that climbs", list(func(l *List) { l.Changed.Path = "/../hemlig" }), "list rows: changed.path: must not climb"},
		{"a paging that nobody knows", list(func(l *List) { l.Paging.Kind = "hemlig" }), "list rows: paging.kind: is none of"},
		{"a cursor that is nowhere", list(func(l *List) { l.Paging = Paging{Kind: PagingCursor} }), "list rows: paging.next: is needed"},
		{"a link that the reader finds", list(func(l *List) { l.Paging = Paging{Kind: PagingLink} }), ""},
		{"an overlap as large as a page", list(func(l *List) { l.Paging.Overlap = 10 }), "list rows: paging.overlap: must be less than paging.size"},
		{"a size below zero", list(func(l *List) { l.Paging.Size = -1 }), "list rows: paging: size and overlap are not below zero"},
		{"a reach without a parameter", list(func(l *List) { l.Changed = Changed{Reach: time.Hour} }), "list rows: changed.param: is missing"},
		{"a reach below zero", list(func(l *List) { l.Changed.Reach = -1 }), "list rows: changed: reach and overlap"},
		{"a group without any key", func(o *Options) {
			list(func(l *List) { l.KeyGroup = "staff" })(o)
			o.Auth = Auth{Auth: wire.Auth{Kind: AuthQueryKey}, Keys: map[string]string{"other": "x"}}
		}, "list rows: key_group: there is no key for it"},
		{"a fallback that is wrong", list(func(l *List) { l.Fallback = []List{{}} }), "list rows: fallback 1: path: is missing"},
		{"a fallback of a fallback", list(func(l *List) { f := byOffset; f.Fallback = []List{byOffset}; l.Fallback = []List{f} }), "list rows: fallback 1: has fallbacks of its own"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := quick("https://lifecare.example/api", byOffset)
			tt.change(&o)
			_, err := New(o)
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hemlig") || strings.Contains(err.Error(), "1950") {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	t.Run("defaults", func(t *testing.T) {
		o := Options{Lists: map[string]List{
			"a": {Path: "/a", Paging: Paging{Kind: PagingOffset}, Fallback: []List{{Path: "/c", Paging: Paging{Kind: PagingPage}}}}, "b": {Path: "/b"},
		}}.withDefaults()
		a, b := o.Lists["a"], o.Lists["b"]
		if o.Overlap != 10*time.Minute || o.Connections != 4 || o.MaxBytes != 64<<20 || a.Paging.Size != 500 || a.Paging.Limit != "limit" || a.Paging.Offset != "offset" ||
			a.Fallback[0].Paging.Size != 500 || a.Fallback[0].Paging.Page != "page" || b.Paging.Kind != PagingNone || b.Paging.Size != 0 {
			t.Errorf("%+v", o)
		}
	})
	t.Run("the lists that were given are not changed", func(t *testing.T) {
		given := map[string]List{"rows": {Path: "/rows", Params: url.Values{"a": {"b"}}, Fallback: []List{{Path: "/x"}}}}
		s := opened(t, Options{Name: "x", URL: "https://x.example", Lists: given})
		p := params(s.opts.Lists["rows"], adapters.Query{Params: url.Values{"a": {"c"}}})
		if len(p["a"]) != 2 || len(given["rows"].Params["a"]) != 1 || given["rows"].Fallback[0].Paging.Kind != "" {
			t.Errorf("%v, %+v", p, given)
		}
	})
}

func queryKey(key string) Auth { return Auth{Auth: wire.Auth{Kind: AuthQueryKey, Key: []byte(key)}} }

func TestPace(t *testing.T) {
	var waits []time.Duration
	s := serve(t, newShop(25), byOffset, func(o *Options) {
		o.PerSecond = 4
		o.Sleep = func(ctx context.Context, d time.Duration) error { waits = append(waits, d); return ctx.Err() }
	})
	if o, _ := pull(s, theRows); !o.Complete {
		t.Fatal(o.Fault)
	}
	if len(waits) != 9 || waits[0] != 250*time.Millisecond || waits[8] != 2250*time.Millisecond {
		t.Errorf("waited %v", waits)
	}
}

func TestKind(t *testing.T) {
	l := byOffset
	l.KeyGroup = "staff"
	r := adapters.Registry{"rest": Kind(map[string]List{"rows": l})}
	env := adapters.Env{Logger: zerolog.Nop(), Clock: func() time.Time { return noon }}
	for _, tt := range []struct {
		name string
		set  map[string]string
		want string
	}{
		{"an address is enough", map[string]string{"url": "https://lifecare.example"}, ""},
		{"everything", map[string]string{
			"url": "https://lifecare.example", "auth.kind": "query-key", "auth.domain": "d", "auth.keys": "\n staff = k=1 \nother=k2\n", "auth.send": "both",
			"connections": "2", "overlap": "5m", "timeout": "30s", "requests_per_second": "10",
		}, ""},
		{"no address", map[string]string{}, "url: is missing"},
		{"keys that are none", map[string]string{"url": "https://lifecare.example", "auth.keys": "hemlig"}, "auth.keys: a line is not of the form group=key"},
		{"no key for a list's group", map[string]string{"url": "https://lifecare.example", "auth.kind": "query-key", "auth.keys": "other=hemlig"}, "list rows: key_group: there is no key"},
		{"a pace that is none", map[string]string{"url": "https://lifecare.example", "requests_per_second": "hemlig"}, "requests_per_second: is not a number"},
		{"a way of sending that nobody knows", map[string]string{"url": "https://lifecare.example", "auth.send": "hemlig"}, "auth.send: is none of"},
		{"an address that New refuses", map[string]string{"url": "http://lifecare.example"}, "url: is http://"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := r.Open("rest", "lifecare", tt.set, env)
			if tt.want == "" {
				if err != nil || got.Source.Name() != "lifecare" || got.Sink != nil {
					t.Fatalf("%+v %v", got, err)
				}
				if keys := got.Source.(*System).opts.Auth.Keys; tt.set["auth.keys"] != "" && keys["staff"] != "k=1" {
					t.Error("the key of the group was not read")
				}
				got.Close()
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hemlig") {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	shown := Kind(nil).Redacted(map[string]string{"auth.key": "hemlig", "auth.keys": "a=hemlig", "auth.domain": "hemlig", "proxy": "http://u:hemlig@p", "auth.send": "both"})
	for k, v := range shown {
		if strings.Contains(v, "hemlig") {
			t.Errorf("%s is shown", k)
		}
	}
	if shown["auth.send"] != "both" {
		t.Error("what is no secret is hidden")
	}
}
