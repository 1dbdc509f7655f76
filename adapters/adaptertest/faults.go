// Package adaptertest is the contract that every adapter passes: what a Source
// and a Sink answer while the system behind them misbehaves. An adapter's own
// test gives a healthy server of its kind and a way to open the adapter on it;
// the faults are put in between.
package adaptertest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Fault answers a request in place of the healthy server, which it may ask.
type Fault func(w http.ResponseWriter, r *http.Request, healthy http.Handler)

// Server is a healthy handler on loopback with a fault put before some of its
// requests.
type Server struct {
	URL     string
	healthy http.Handler
	server  *httptest.Server

	mu    sync.Mutex
	n     int
	fault Fault
	when  func(n int, r *http.Request) bool
}

// NewServer starts a server; it stops with the test.
func NewServer(t testing.TB, healthy http.Handler) *Server {
	s := &Server{healthy: healthy}
	s.server = httptest.NewServer(s)
	s.server.Config.ErrorLog = nil
	s.URL = s.server.URL
	t.Cleanup(func() {
		s.server.CloseClientConnections()
		s.server.Close()
	})
	return s
}

// Fail puts the fault before the requests for which when says so; n counts the
// requests from 1.
func (s *Server) Fail(f Fault, when func(n int, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.when, s.n = f, when, 0
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.n++
	n, fault, when := s.n, s.fault, s.when
	s.mu.Unlock()
	if fault != nil && when(n, r) {
		fault(w, r, s.healthy)
		return
	}
	s.healthy.ServeHTTP(w, r)
}

// Always, Once and From say when a fault strikes: each request, the nth alone,
// the nth and all after it.
func Always(int, *http.Request) bool { return true }

// Once is the nth request alone.
func Once(nth int) func(int, *http.Request) bool {
	return func(n int, _ *http.Request) bool { return n == nth }
}

// From is the nth request and all after it.
func From(nth int) func(int, *http.Request) bool {
	return func(n int, _ *http.Request) bool { return n >= nth }
}

// record asks the healthy server and keeps what it says.
func record(r *http.Request, healthy http.Handler) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	healthy.ServeHTTP(rec, r)
	return rec
}

func copyHeader(w http.ResponseWriter, rec *httptest.ResponseRecorder) {
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
}

// Late answers rightly, after d.
func Late(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, healthy http.Handler) {
		select {
		case <-time.After(d):
		case <-r.Context().Done():
		}
		healthy.ServeHTTP(w, r)
	}
}

// Status answers with nothing but a status and headers ("Retry-After", "3600", ...).
func Status(code int, header ...string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

// Body answers with a status, a media type and a body.
func Body(code int, media, body string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", media)
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}
}

// WebPage answers as a login page or a proxy does.
func WebPage(code int) Fault {
	return Body(code, "text/html; charset=utf-8", "<!DOCTYPE html><html><body>Logga in</body></html>")
}

// Truncated gives half of the right answer. If honest, the length that it states
// is that of the half, so that HTTP itself sees nothing wrong.
func Truncated(honest bool) Fault {
	return func(w http.ResponseWriter, r *http.Request, healthy http.Handler) {
		rec := record(r, healthy)
		copyHeader(w, rec)
		whole := rec.Body.Bytes()
		half := whole[:len(whole)/2]
		stated := len(whole)
		if honest {
			stated = len(half)
		}
		w.Header().Set("Content-Length", strconv.Itoa(stated))
		w.WriteHeader(rec.Code)
		w.Write(half)
	}
}

// Reset breaks the connection in the middle of the answer.
func Reset(w http.ResponseWriter, r *http.Request, healthy http.Handler) {
	rec := record(r, healthy)
	conn, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(buf, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n", rec.Header().Get("Content-Type"), rec.Body.Len())
	buf.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
	buf.Flush()
	abort(conn)
}

// Dropped carries the request out and gives no answer: the worst case of a write.
func Dropped(w http.ResponseWriter, r *http.Request, healthy http.Handler) {
	record(r, healthy)
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	abort(conn)
}

func abort(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	conn.Close()
}

// TooBig answers with n bytes that are no end of a page.
func TooBig(n int) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"x":"`)
		w.Write(bytes.Repeat([]byte("x"), n))
		fmt.Fprint(w, `"}`)
	}
}

// Bomb is TooBig in a few compressed bytes.
func Bomb(n int) Fault {
	var small bytes.Buffer
	z, err := gzip.NewWriterLevel(&small, gzip.BestSpeed)
	if err != nil {
		panic(err)
	}
	fmt.Fprint(z, `{"x":"`)
	z.Write(bytes.Repeat([]byte("x"), n))
	fmt.Fprint(z, `"}`)
	z.Close()
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(small.Bytes())
	}
}

// Rewritten answers rightly but for what change does to the body.
func Rewritten(change func([]byte) []byte) Fault {
	return func(w http.ResponseWriter, r *http.Request, healthy http.Handler) {
		rec := record(r, healthy)
		copyHeader(w, rec)
		w.Header().Del("Content-Length")
		w.WriteHeader(rec.Code)
		w.Write(change(rec.Body.Bytes()))
	}
}

// Repeated answers every request as it answered the first one.
func Repeated() Fault {
	var mu sync.Mutex
	var first *httptest.ResponseRecorder
	return func(w http.ResponseWriter, r *http.Request, healthy http.Handler) {
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = record(r, healthy)
		}
		copyHeader(w, first)
		w.WriteHeader(first.Code)
		w.Write(first.Body.Bytes())
	}
}
