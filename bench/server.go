package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// server is the record system that is measured against: FHIR at /fhir, and at
// /bench what the bench itself asks for. It answers from files, without work of
// its own, so that what is measured is brygga and not the other side.
type server struct {
	base string
	town *town
	sink sink

	mu      sync.Mutex
	latency time.Duration
	now     time.Time
	seen    traffic
	results map[string]found
}

// traffic is what was asked since the last reset.
type traffic struct {
	Requests int      // all
	Pages    int      // further pages of a list
	Searches []string // first pages, as they were asked for
	Single   int      // everything else that reads: one resource, one question
	Posts    int      // transactions
	Written  int      // resources that a transaction created or changed
	Rows     int
	Bytes    int64
	// When the first transaction came and the last was answered.
	First, Last time.Time
	Bodies      [][]byte // of the transactions, as they came
}

// setting is what the bench sets before a measurement.
type setting struct {
	Latency time.Duration
	Now     time.Time
	Empty   bool // forget the Flags and Tasks
}

// serve lays a town out below dir, and serves it until ctx ends. The address is
// printed on one line when it is ready.
func serve(ctx context.Context, dir string, clients int, asOf time.Time, out io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	root := "http://" + l.Addr().String()
	s := &server{base: root + "/fhir", now: asOf, results: map[string]found{}, sink: newSink()}
	if s.town, err = layOut(dir, s.base, clients, asOf); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /fhir/{type}", s.list)
	mux.HandleFunc("GET /fhir/{type}/{id}", s.nobody)
	mux.HandleFunc("POST /fhir", s.transaction)
	mux.HandleFunc("POST /bench/set", s.set)
	mux.HandleFunc("GET /bench/traffic", s.traffic)
	mux.HandleFunc("GET /bench/size", s.size)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() {
		<-ctx.Done()
		_ = srv.Close()
	}()
	fmt.Fprintln(out, root)
	if err := srv.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func (s *server) set(w http.ResponseWriter, r *http.Request) {
	var v setting
	if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latency, s.now, s.seen, s.results = v.Latency, v.Now, traffic{}, map[string]found{}
	if v.Empty {
		s.sink.empty()
	}
}

func (s *server) traffic(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = json.NewEncoder(w).Encode(s.seen)
}

func (s *server) size(w http.ResponseWriter, _ *http.Request) {
	_ = json.NewEncoder(w).Encode(traffic{Rows: s.town.rows, Bytes: s.town.bytes})
}

// pause waits as long as the record system is said to take for an answer.
func (s *server) pause() {
	s.mu.Lock()
	d := s.latency
	s.mu.Unlock()
	if d > 0 {
		time.Sleep(d)
	}
}

func (s *server) note(f func(*traffic)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen.Requests++
	f(&s.seen)
}

// list answers a search with one page.
func (s *server) list(w http.ResponseWriter, r *http.Request) {
	s.pause()
	typ, q := r.PathValue("type"), r.URL.Query()
	if typ == "Flag" || typ == "Task" {
		s.own(w, r, typ, q)
		return
	}
	if q.Has("based-on") {
		s.question(w, r, q)
		return
	}
	f, now, err := s.search(typ, q)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	offset, count := number(q, "_offset", 0), number(q, "_count", 100)
	pieces, n := f.page(offset, count)
	next := ""
	if offset+n < f.total {
		q.Set("_offset", fmt.Sprint(offset+n))
		next = s.base + "/" + typ + "?" + q.Encode()
	}
	head := s.head(r, now, f.total, next)
	size := int64(len(head) + len(foot))
	for _, p := range pieces {
		size += p.to - p.from
	}
	s.note(func(t *traffic) {
		t.Rows += n
		t.Bytes += size
		if offset > 0 {
			t.Pages++
		} else {
			t.Searches = append(t.Searches, r.URL.String())
		}
	})
	w.Header().Set("Content-Type", "application/fhir+json; charset=utf-8")
	w.Header().Set("Content-Length", fmt.Sprint(size))
	_, _ = io.WriteString(w, head)
	for _, p := range pieces {
		if send(w, p) != nil {
			return // whoever asked has gone
		}
	}
	_, _ = io.WriteString(w, foot)
}

// search keeps what a query found, for the pages that follow.
func (s *server) search(typ string, q url.Values) (found, time.Time, error) {
	same := maps.Clone(q)
	same.Del("_offset")
	key := typ + "?" + same.Encode()
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.results[key]
	if ok {
		return f, s.now, nil
	}
	f, err := s.town.search(typ, q, s.now)
	if err == nil {
		s.results[key] = f
	}
	return f, s.now, err
}

const foot = "]}"

func (s *server) head(r *http.Request, now time.Time, total int, next string) string {
	if next != "" {
		next = fmt.Sprintf(`{"relation":"next","url":"%s"},`, next)
	}
	return fmt.Sprintf(`{"resourceType":"Bundle","type":"searchset","meta":{"lastUpdated":"%s"},"total":%d,"link":[%s{"relation":"self","url":"%s%s"}],"entry":[`,
		now.UTC().Format(time.RFC3339), total, next, strings.TrimSuffix(s.base, "/fhir"), r.URL.RequestURI())
}

// send copies a piece of a file to the connection; the kernel does it.
func send(w io.Writer, p piece) error {
	f, err := os.Open(p.file)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Seek(p.from, io.SeekStart); err != nil {
		return err
	}
	_, err = io.CopyN(w, f, p.to-p.from)
	return err
}

// question answers whether any visit is based on a service.
func (s *server) question(w http.ResponseWriter, r *http.Request, q url.Values) {
	entries, total := "", 0
	if ref := q.Get("based-on"); s.town.based[ref] {
		total = 1
		entries = fmt.Sprintf(`{"resource":{"resourceType":"Encounter","id":"one","status":"finished","basedOn":[{"reference":%q}]},"search":{"mode":"match"}}`, ref)
	}
	s.note(func(t *traffic) { t.Single++ })
	s.answer(w, http.StatusOK, s.head(r, s.clock(), total, "")+entries+foot)
}

// nobody answers a read of one resource: none is ever gone here, and none is asked for.
func (s *server) nobody(w http.ResponseWriter, _ *http.Request) {
	s.pause()
	s.note(func(t *traffic) { t.Single++ })
	s.answer(w, http.StatusNotFound, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found"}]}`)
}

func (s *server) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *server) answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/fhir+json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
