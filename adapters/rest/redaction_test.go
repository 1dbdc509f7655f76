package rest

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// TestNothingPersonalIsTold goes through ways to fail with keys and a person's
// number everywhere that they may stand, and reads every error, every log line
// and what an observer is told.
func TestNothingPersonalIsTold(t *testing.T) {
	leak := `{"Message":"no key hemlig-nyckel for PersonId='195009072553', Anna Andersson"}`
	says := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); fmt.Fprint(w, leak) }
	}
	raw := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			conn, buf, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = buf.WriteString(strings.ReplaceAll(text, "$", r.URL.String()))
			_ = buf.Flush()
			conn.Close()
		}
	}
	for name, h := range map[string]http.Handler{
		"200": says(200), "204": says(204), "304": says(304), "400": says(400), "401": says(401), "403": says(403),
		"404": says(404), "410": says(410), "429": says(429), "500": says(500), "501": says(501), "503": says(503),
		"a web page":        raw("HTTP/1.1 200 OK\r\nContent-Type: text/html; x=195009072553\r\n\r\n<html>hemlig-nyckel $"),
		"a bad header":      raw("HTTP/1.1 200 OK\r\nX 195009072553 $\r\n\r\n"),
		"a bad status":      raw("HTTP/1.1 hemlig-nyckel 195009072553 $\r\n\r\n"),
		"a chunk":           raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n195009072553 hemlig-nyckel $\r\n"),
		"a truncated array": raw("HTTP/1.1 200 OK\r\n\r\n[{\"PersonId\":\"195009072553\""),
		"no answer":         raw(""),
		"a redirect elsewhere": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://195009072553.example/?key="+r.URL.Query().Get("key"), http.StatusFound)
		}),
		"a redirect round and round": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Referer() != "" {
				w.Header().Set("X-Referer", r.Referer())
			}
			http.Redirect(w, r, r.URL.String(), http.StatusFound)
		}),
		"a redirect that is none": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://[195009072553"+r.URL.RawQuery)
			w.WriteHeader(302)
		}),
		"a next page elsewhere": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"Items":[{"Id":1}],"Paging":{"Link":"https://b.se/195009072553?%s"}}`, r.URL.RawQuery)
		}),
		"a next page that cannot be read": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"Items":[{"Id":1}],"Paging":{"Link":"http://[195009072553?%s"}}`, r.URL.RawQuery)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			var lines bytes.Buffer
			var said strings.Builder
			link := List{Path: "/api/envelope", Paging: Paging{Kind: PagingLink, Next: "Paging.Link"}, KeyGroup: "staff"}
			groups := byOffset
			groups.KeyGroup = "staff"
			groups.Fallback = []List{byOffset, link}
			s := serve(t, h, groups, func(o *Options) {
				o.Logger = zerolog.New(zerolog.SyncWriter(&lines)).Level(zerolog.TraceLevel)
				o.Auth = Auth{
					Auth: wire.Auth{Kind: AuthQueryKey, Key: []byte("hemlig-nyckel")}, Domain: "doman",
					Keys: map[string]string{"staff": "hemlig-nyckel-2"}, Send: SendBoth,
				}
				o.Lists["link"] = link
				o.Wrap = adapters.Observe(func(seen adapters.Seen) { fmt.Fprintf(&said, "%+v\n", seen) })
				o.Connections, o.Circuit.After = 1, -1
			})
			for _, typ := range []string{"rows", "link", "195009072553"} {
				q := adapters.Query{Kind: "visit", Type: typ, Params: url.Values{"q": {"PersonId='195009072553'"}}}
				o, _ := pull(s, q)
				fmt.Fprintf(&said, "%v\n", o.Fault)
				for err := error(o.Fault); o.Fault != nil && err != nil; {
					fmt.Fprintf(&said, "%+v\n", err)
					u, ok := err.(interface{ Unwrap() error })
					if !ok {
						break
					}
					err = u.Unwrap()
				}
				_, err := s.Any(t.Context(), q)
				fmt.Fprintf(&said, "%v\n", err)
			}
			_, err := s.Read(t.Context(), "clients/195009072553")
			fmt.Fprintf(&said, "%v\n", err)
			for _, r := range s.Check(t.Context()) {
				fmt.Fprintf(&said, "%+v\n", r)
			}
			said.WriteString(lines.String())
			for _, secret := range []string{"195009072553", "Andersson", "hemlig-nyckel", "doman", "PersonId", "q="} {
				if strings.Contains(said.String(), secret) {
					t.Errorf("%q is told:\n%s", secret, said.String())
				}
			}
			if lines.Len() == 0 {
				t.Error("nothing was logged, so that nothing was tested")
			}
		})
	}
}

func TestKeysAreSentAsTheyShould(t *testing.T) {
	both := byOffset
	both.KeyGroup = "staff"
	for _, tt := range []struct {
		name             string
		list             List
		send             string
		key, head, query string
	}{
		{"as a parameter", byOffset, "", "k1", "", "k1"},
		{"as a header alone", byOffset, SendHeader, "k1", "k1", ""},
		{"as both", byOffset, SendBoth, "k1", "k1", "k1"},
		{"a group has its own", both, SendBoth, "k2", "k2", "k2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shop := newShop(25)
			shop.keys = map[string]string{"/rows": tt.key}
			s := serve(t, shop, tt.list, func(o *Options) {
				o.Auth = Auth{Auth: wire.Auth{Kind: AuthQueryKey, Key: []byte("k1")}, Domain: "d", Keys: map[string]string{"staff": "k2"}, Send: tt.send}
			})
			if o, _ := pull(s, theRows); !o.Complete {
				t.Fatal(o.Fault)
			}
			for i, v := range shop.asks {
				if v.Get("domain") != "d" || v.Get("key") != tt.query || shop.head[i].Get("X-API-Key") != tt.head {
					t.Errorf("request %d: %v, header %q", i, v, shop.head[i].Get("X-API-Key"))
				}
			}
		})
	}
	t.Run("a link of the server gets what it lacks, and keeps what it has", func(t *testing.T) {
		shop := newShop(25)
		shop.keys = map[string]string{"/envelope": "k1"}
		link := List{Path: "/api/envelope", Paging: Paging{Kind: PagingLink, Size: 10, Next: "Paging.Link"}}
		s := serve(t, shop, link, func(o *Options) {
			o.Auth = Auth{Auth: wire.Auth{Kind: AuthQueryKey, Key: []byte("k1")}, Domain: "d"}
		})
		if o, r := pull(s, theRows); !o.Complete || r.Distinct() != 25 {
			t.Fatal(o.Fault)
		}
		for given, want := range map[string]string{
			"https://a.se/x":               "https://a.se/x?domain=d&key=k1",
			"https://a.se/x?b=%2f&a=+1":    "https://a.se/x?b=%2f&a=+1&domain=d&key=k1",
			"https://a.se/x?key=s&z":       "https://a.se/x?key=s&z&domain=d",
			"https://a.se/x?domain=&key=s": "https://a.se/x?domain=&key=s",
		} {
			if got := s.signedLink(&link, given, http.Header{}); got != want {
				t.Errorf("%s: %s, want %s", given, got, want)
			}
		}
	})
}

func TestAdviceOnCredentials(t *testing.T) {
	group := byOffset
	group.KeyGroup = "staff"
	query := Auth{Auth: wire.Auth{Kind: AuthQueryKey, Key: []byte("k1")}}
	grouped := query
	grouped.Keys = map[string]string{"staff": "k2"}
	for _, tt := range []struct {
		name   string
		list   List
		auth   Auth
		status int
		want   string
	}{
		{"a key that is refused", byOffset, query, 401, "renew auth.key of this system, and see that it is licensed for the list rows"},
		{"a group's key that is refused", group, grouped, 401, "renew auth.keys, group staff, of this system, and see that it is licensed for the list rows"},
		{"a list of a group that has no key of its own", group, query, 401, "renew auth.key of this system, and see that it is licensed for the list rows"},
		{"a key without the licence", group, grouped, 403, "have auth.keys, group staff, of this system licensed for the list rows"},
		{"a token that is refused", byOffset, Auth{Auth: wire.Auth{Kind: AuthBearer, Token: "t"}}, 401, "renew auth.token of this system"},
		{"a client without the right", byOffset, Auth{}, 403, "let this client read the list rows at the system"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shop := newShop(5)
			shop.broken = func(int) int { return tt.status }
			o, _ := pull(serve(t, shop, tt.list, func(o *Options) { o.Auth = tt.auth }), theRows)
			if o.Complete || o.Fault.Class != adapters.Credentials || o.Fault.Do != tt.want || shop.n != 1 {
				t.Errorf("%d requests, %v", shop.n, o.Fault)
			}
		})
	}
}
