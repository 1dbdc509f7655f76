package rest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"brygga/adapters"
)

// benchServer serves rows of about 400 bytes, in pages as they are asked for.
func benchServer(b *testing.B, rows int) *httptest.Server {
	filler := strings.Repeat("x", 380)
	all := make([]string, rows)
	for i := range all {
		all[i] = fmt.Sprintf(`{"Id":%07d,"x":%q}`, i, filler)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		size, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		page := all[min(at, rows):min(at+size, rows)]
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "["+strings.Join(page, ",")+"]")
	}))
	b.Cleanup(srv.Close)
	return srv
}

// opener finds a row's key at its fixed place, so that what is measured is ours.
type opener struct{}

func (opener) Open(body []byte) (adapters.Page, error) {
	p := adapters.Page{Total: -1, Take: func() error { return nil }}
	n := len(body) / 400
	p.Keys = make([]uint64, 0, n)
	for rest := body; ; {
		i := strings.Index(string(rest[:min(len(rest), 32)]), `{"Id":`)
		if i < 0 {
			return p, nil
		}
		id, err := strconv.Atoi(string(rest[i+6 : i+13]))
		if err != nil {
			return p, err
		}
		p.Keys = append(p.Keys, uint64(id)*0x9e3779b97f4a7c15)
		rest = rest[min(len(rest), i+len(`{"Id":0000000,"x":""}`)+381):]
	}
}

// BenchmarkPull sets a pull of 100,000 rows, read twice, beside merely draining
// the same pages over one connection.
func BenchmarkPull(b *testing.B) {
	const rows, size, overlap = 100_000, 500, 20
	l := List{Path: "/rows", Paging: Paging{Kind: PagingOffset, Size: size, Overlap: overlap}}
	b.Run("pull", func(b *testing.B) {
		s := opened(b, quick(benchServer(b, rows).URL, l))
		b.ReportAllocs()
		pages := 0
		for b.Loop() {
			o := s.Pull(b.Context(), theRows, opener{})
			if !o.Complete || o.Rows != rows {
				b.Fatalf("%d rows: %v", o.Rows, o.Fault)
			}
			pages += o.Pages
			b.SetBytes(o.Bytes)
		}
		b.ReportMetric(float64(pages)/b.Elapsed().Seconds(), "pages/s")
	})
	b.Run("drain", func(b *testing.B) {
		srv := benchServer(b, rows)
		client := srv.Client()
		b.ReportAllocs()
		pages := 0
		for b.Loop() {
			var n int64
			for pass := range 2 {
				for at := 0; at < rows; at += size - overlap {
					resp, err := client.Get(fmt.Sprintf("%s/rows?limit=%d&offset=%d&pass=%d", srv.URL, size, at, pass))
					if err != nil {
						b.Fatal(err)
					}
					m, _ := io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
					n += m
					pages++
				}
			}
			b.SetBytes(n)
		}
		b.ReportMetric(float64(pages)/b.Elapsed().Seconds(), "pages/s")
	})
}

// BenchmarkPage is what one page costs beyond its bytes: of a list that is a
// single page, so that nothing overlaps.
func BenchmarkPage(b *testing.B) {
	const rows = 500
	s := opened(b, quick(benchServer(b, rows).URL, List{Path: "/rows", Paging: Paging{Kind: PagingOffset, Size: 1000}}))
	b.ReportAllocs()
	for b.Loop() {
		if o := s.Pull(b.Context(), theRows, opener{}); !o.Complete || o.Rows != rows || o.Pages != 2 {
			b.Fatalf("%+v", o)
		}
	}
}

func BenchmarkKeySet(b *testing.B) {
	page := make([]uint64, 500)
	b.ReportAllocs()
	for b.Loop() {
		var set keySet
		for at := range 200 {
			for i := range page {
				page[i] = uint64(at*480+i) * 0x9e3779b97f4a7c15
			}
			set.add(page)
		}
	}
	b.ReportMetric(float64(200*b.N)/b.Elapsed().Seconds(), "pages/s")
}

func BenchmarkValueAt(b *testing.B) {
	body := []byte(`{"Items":[` + strings.TrimSuffix(strings.Repeat(`{"Id":1,"Text":"`+strings.Repeat("x", 370)+`"},`, 500), ",") + `],"Paging":{"Next":"x"}}`)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if v, _ := valueAt(body, "Paging.Next"); v != "x" {
			b.Fatal(v)
		}
	}
}
