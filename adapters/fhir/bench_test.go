package fhir

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"brygga/adapters"
)

// benchServer serves chains of pages of about 400 kB, after a pause each.
func benchServer(b *testing.B, pages int, pause time.Duration) *httptest.Server {
	filler := strings.Repeat("x", 700)
	entries := make([]string, 500)
	for i := range entries {
		entries[i] = fmt.Sprintf(`{"resource":{"resourceType":"Encounter","id":"e%d","x":%q}}`, i, filler)
	}
	body := strings.Join(entries, ",")
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(pause)
		at, _ := strconv.Atoi(r.URL.Query().Get("at"))
		next := ""
		if at+1 < pages {
			next = fmt.Sprintf(`"link":[{"relation":"next","url":"Encounter?date=%s&at=%d"}],`, r.URL.Query().Get("date"), at+1)
		}
		w.Header().Set("Content-Type", "application/fhir+json")
		_, _ = io.WriteString(w, `{"resourceType":"Bundle","type":"searchset",`+next+`"entry":[`+body+`]}`)
	}))
	b.Cleanup(srv.Close)
	return srv
}

// opener takes pages without reading them, so that what is measured is ours.
type opener struct{}

func (opener) Open(body []byte) (adapters.Page, error) {
	p := adapters.Page{Total: -1, Keys: make([]uint64, 500), Take: func() error { return nil }}
	for i := range p.Keys {
		p.Keys[i] = uint64(i) * 7919
	}
	head := body[:200]
	if i := strings.Index(string(head), `"url":"`); i >= 0 {
		rest := string(head[i+7:])
		p.Next = rest[:strings.IndexByte(rest, '"')]
	}
	return p, nil
}

// BenchmarkPull sets a pull of four ranges beside merely draining the same pages
// over as many connections.
func BenchmarkPull(b *testing.B) {
	const pages = 20
	ranges := []url.Values{{"date": {"1"}}, {"date": {"2"}}, {"date": {"3"}}, {"date": {"4"}}}
	for _, pause := range []time.Duration{0, 20 * time.Millisecond} {
		b.Run(fmt.Sprintf("pull, %s per page", pause), func(b *testing.B) {
			srv := benchServer(b, pages, pause)
			s := opened(b, quick(srv.URL))
			for b.Loop() {
				o := s.Pull(b.Context(), adapters.Query{Kind: "visit", Type: "Encounter", Ranges: ranges}, opener{})
				if !o.Complete || o.Pages != 4*pages {
					b.Fatal(o.Fault)
				}
				b.SetBytes(o.Bytes)
			}
		})
		b.Run(fmt.Sprintf("drain, %s per page", pause), func(b *testing.B) {
			srv := benchServer(b, pages, pause)
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}
			defer client.CloseIdleConnections()
			for b.Loop() {
				var all sync.WaitGroup
				for _, v := range ranges {
					all.Go(func() {
						for at := range pages {
							resp, err := client.Get(fmt.Sprintf("%s/Encounter?%s&at=%d", srv.URL, v.Encode(), at))
							if err != nil {
								b.Error(err)
								return
							}
							_, _ = io.Copy(io.Discard, resp.Body)
							resp.Body.Close()
						}
					})
				}
				all.Wait()
			}
		})
	}
}
