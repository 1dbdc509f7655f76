package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"brygga/adapters"
)

// Rows is a Reader that knows what it was given.
type Rows interface {
	adapters.Reader
	Distinct() int // different rows taken so far
}

// SourceContract is what an adapter's test provides.
type SourceContract struct {
	// Healthy serves n rows of the query, a tenth of them to a page, and the
	// record Present.
	Healthy func(url func() string, n int) http.Handler
	// Open opens the adapter on the server: a timeout of about Timeout, two
	// retries, pauses that take no time, answers of at most MaxBytes.
	Open func(t testing.TB, url string) adapters.Source
	// Reader is a new reader of the query's rows.
	Reader func() Rows
	Query  adapters.Query
	// Present and Missing are references of one record each; empty where the
	// source reads no single record.
	Present, Missing string
	// Relink gives the page with its next link set; nil if this kind has none.
	Relink func(page []byte, next string) []byte
	// Shifting serves n rows whose order changes with every page, so that no two
	// readings agree; nil where the source is not read by position.
	Shifting func(url func() string, n int) http.Handler
	// Empty204: a 204 says that there are no rows.
	Empty204 bool
	// Logged is what the sources opened so far have logged; nil leaves it untested.
	Logged func() string
	// Secrets must never stand in an error or a log.
	Secrets []string
}

// What Open is asked for.
const (
	Timeout  = 800 * time.Millisecond
	MaxBytes = 1 << 20
)

// rows is how many the healthy server holds: ten pages.
const rows = 100

// pullCase is one fault and how a pull must end.
type pullCase struct {
	name  string
	fault Fault
	when  func(int, *http.Request) bool
	// classes that the fault may have; none: the pull is complete.
	classes []adapters.Class
	empty   bool // complete, and without rows
	healthy func(url func() string, n int) http.Handler
}

func pullCases(c SourceContract) []pullCase {
	const (
		retry    = adapters.Retry
		protocol = adapters.Protocol
	)
	cases := []pullCase{
		{name: "a healthy system is read to the end"},
		{name: "a slow system is read to the end", fault: Late(30 * time.Millisecond), when: Always},
		{name: "a connection that breaks once in the middle of a page does no harm", fault: Reset, when: Once(3)},
		{name: "a connection that always breaks in the middle of a page makes the pull incomplete", fault: Reset, when: From(3), classes: []adapters.Class{retry, protocol}},
		{name: "a connection that breaks without an answer once does no harm", fault: Dropped, when: Once(3)},
		{name: "a connection that always breaks without an answer makes the pull incomplete", fault: Dropped, when: From(3), classes: []adapters.Class{retry}},
		{name: "a page shorter than its stated length, once, does no harm", fault: Truncated(false), when: Once(3)},
		{name: "pages shorter than their stated length make the pull incomplete", fault: Truncated(false), when: From(3), classes: []adapters.Class{protocol}},
		{name: "a page cut with a right length, once, does no harm", fault: Truncated(true), when: Once(3)},
		{name: "pages cut with a right length make the pull incomplete", fault: Truncated(true), when: From(3), classes: []adapters.Class{protocol}},
		{name: "a 429 that asks for a day is not waited out, and tried again", fault: Status(429, "Retry-After", "86400"), when: Once(3)},
		{name: "nothing but 429 makes the pull incomplete", fault: Status(429, "Retry-After", "86400"), when: From(3), classes: []adapters.Class{adapters.Wait}},
		{name: "a 500 and then 200 does no harm", fault: Status(500), when: Once(3)},
		{name: "nothing but 500 makes the pull incomplete", fault: Status(500), when: From(3), classes: []adapters.Class{retry}},
		{name: "a 502 as a web page and then 200 does no harm", fault: WebPage(502), when: Once(3)},
		{name: "a 401 from the start makes the pull incomplete", fault: Status(401), when: Always, classes: []adapters.Class{adapters.Credentials}},
		{name: "a 401 in mid-pull makes the pull incomplete", fault: Status(401), when: From(3), classes: []adapters.Class{adapters.Credentials}},
		{name: "a 403 makes the pull incomplete", fault: Status(403), when: Always, classes: []adapters.Class{adapters.Credentials}},
		{name: "a 404 makes the pull incomplete, not empty", fault: Status(404), when: Always, classes: []adapters.Class{adapters.Rejected}},
		{name: "a 400 makes the pull incomplete", fault: Status(400), when: Always, classes: []adapters.Class{adapters.Rejected}},
		{name: "a 501 makes the pull incomplete, not empty", fault: Status(501), when: Always, classes: []adapters.Class{adapters.Rejected}},
		{name: "the first page for every page makes the pull incomplete", fault: Repeated(), when: Always, classes: []adapters.Class{protocol}},
		{name: "a 304 makes the pull incomplete, not empty", fault: Status(304), when: Always, classes: []adapters.Class{protocol}},
		{name: "a web page makes the pull incomplete", fault: WebPage(200), when: Always, classes: []adapters.Class{protocol}},
		{name: "a web page in mid-pull makes the pull incomplete", fault: WebPage(200), when: From(3), classes: []adapters.Class{protocol}},
		{name: "an empty body makes the pull incomplete", fault: Body(200, "application/json", ""), when: Once(1), classes: []adapters.Class{protocol}},
		{name: "JSON of something else makes the pull incomplete", fault: Body(200, "application/json", `{"hello":"world"}`), when: Always, classes: []adapters.Class{protocol}},
		{name: "no JSON makes the pull incomplete", fault: Body(200, "application/json", `{"hello":}`), when: Always, classes: []adapters.Class{protocol}},
		{name: "pages that are too big make the pull incomplete", fault: TooBig(2 * MaxBytes), when: From(3), classes: []adapters.Class{protocol}},
		{name: "a first page that is too big makes the pull incomplete", fault: TooBig(2 * MaxBytes), when: Always, classes: []adapters.Class{protocol}},
		{name: "a page that is too big once it is decompressed makes the pull incomplete", fault: Bomb(16 * MaxBytes), when: From(3), classes: []adapters.Class{protocol}},
		{name: "a page that takes longer than the timeout, once, does no harm", fault: Late(3 * Timeout), when: Once(3)},
		{name: "pages that take longer than the timeout make the pull incomplete", fault: Late(3 * Timeout), when: From(3), classes: []adapters.Class{retry}},
		{name: "a redirect to elsewhere makes the pull incomplete", fault: Status(302, "Location", "http://127.0.0.2:9/"), when: From(3), classes: []adapters.Class{protocol}},
	}
	if c.Empty204 {
		cases = append(cases, pullCase{name: "a 204 is no rows", fault: Status(204), when: Always, empty: true})
	} else {
		cases = append(cases, pullCase{name: "a 204 makes the pull incomplete, not empty", fault: Status(204), when: Always, classes: []adapters.Class{adapters.Rejected, protocol}})
	}
	if c.Shifting != nil {
		cases = append(cases, pullCase{name: "rows that shift with every page make the pull incomplete", healthy: c.Shifting, classes: []adapters.Class{protocol}})
	}
	if c.Relink != nil {
		relink := func(next string) Fault {
			return Rewritten(func(b []byte) []byte { return c.Relink(b, next) })
		}
		cases = append(cases,
			pullCase{name: "a next page at another origin makes the pull incomplete", fault: relink("http://127.0.0.2:9/page?secret=1"), when: Once(3), classes: []adapters.Class{protocol}},
			pullCase{name: "a next page that cannot be read makes the pull incomplete", fault: relink("http://[::1/%zz"), when: Once(3), classes: []adapters.Class{protocol}},
			pullCase{name: "pages that go round make the pull incomplete", fault: relink("?round=and-round"), when: Always, classes: []adapters.Class{protocol}},
		)
	}
	return cases
}

// Source runs the contract of a source that reads a server.
func Source(t *testing.T, c SourceContract) {
	run := func(name string, check func(testing.TB) error) {
		t.Run(name, func(t *testing.T) {
			if err := check(t); err != nil {
				t.Error(err)
			}
			if c.Logged != nil {
				if err := silentAbout(c.Logged(), c.Secrets); err != nil {
					t.Errorf("the log: %v", err)
				}
			}
		})
	}
	for _, pc := range pullCases(c) {
		run(pc.name, func(t testing.TB) error { return c.pull(t, pc) })
	}
	for name, check := range c.checks() {
		run(name, check)
	}
}

func (c SourceContract) server(t testing.TB) *Server {
	return serverOf(t, c.Healthy, rows)
}

func serverOf(t testing.TB, healthy func(url func() string, n int) http.Handler, n int) *Server {
	var s *Server
	s = NewServer(t, healthy(func() string { return s.URL }, n))
	return s
}

// pull runs one case and says how the outcome breaks the contract.
func (c SourceContract) pull(t testing.TB, pc pullCase) error {
	s := c.server(t)
	if pc.healthy != nil {
		s = serverOf(t, pc.healthy, rows)
	}
	if pc.fault != nil {
		s.Fail(pc.fault, pc.when)
	}
	r := c.Reader()
	o := c.Open(t, s.URL).Pull(context.Background(), c.Query, r)
	switch {
	case pc.empty && (o.Fault != nil || !o.Complete || o.Rows != 0):
		return fmt.Errorf("the pull should be complete and empty: complete %v, %d rows, %w", o.Complete, o.Rows, o.Fault)
	case pc.empty:
		return nil
	case len(pc.classes) == 0:
		return c.whole(o, r)
	}
	return c.broken(o, pc.classes)
}

func (c SourceContract) whole(o adapters.Outcome, r Rows) error {
	switch {
	case o.Fault != nil:
		return fmt.Errorf("the pull should be complete, but: %w", o.Fault)
	case !o.Complete:
		return errors.New("the pull should be complete; it is not, and says no fault")
	case r.Distinct() != rows || o.Rows != rows:
		return fmt.Errorf("of %d rows the reader got %d, and the outcome says %d", rows, r.Distinct(), o.Rows)
	case o.Pages < 10 || o.Bytes == 0:
		return fmt.Errorf("ten pages should be counted, with their bytes: %d pages, %d bytes", o.Pages, o.Bytes)
	case o.Checkpoint == "":
		return errors.New("a complete pull of a server that tells its time has no checkpoint")
	}
	if _, err := time.Parse(time.RFC3339, o.Checkpoint); err != nil {
		return fmt.Errorf("the checkpoint %q is no instant", o.Checkpoint)
	}
	return nil
}

func (c SourceContract) broken(o adapters.Outcome, classes []adapters.Class) error {
	return broken(o, c.Query, classes, c.Secrets)
}

func broken(o adapters.Outcome, q adapters.Query, classes []adapters.Class, secrets []string) error {
	switch {
	case o.Complete:
		return errors.New("the pull says that it is complete")
	case o.Checkpoint != "":
		return errors.New("an incomplete pull has a checkpoint")
	case o.Fault == nil:
		return errors.New("an incomplete pull has no fault")
	case !slices.Contains(classes, o.Fault.Class):
		return fmt.Errorf("the fault has class %d, want one of %v: %w", o.Fault.Class, classes, o.Fault)
	case o.Fault.Class == adapters.Wait && o.Fault.After <= 0:
		return errors.New("a fault of class Wait does not say how long")
	case o.Fault.Kind != q.Kind:
		return fmt.Errorf("the fault is about %q, not %q", o.Fault.Kind, q.Kind)
	}
	return cleanError(o.Fault, secrets)
}

// clean says whether an error tells what it must not, or too little.
func (c SourceContract) clean(e *adapters.Error) error { return cleanError(e, c.Secrets) }

// checks are the parts of the contract that are no pull from a faulty server.
func (c SourceContract) checks() map[string]func(testing.TB) error {
	open := func(t testing.TB) adapters.Source { return c.Open(t, c.server(t).URL) }
	checks := ownChecks(open, c.Query, c.Reader, c.Secrets)
	maps.Copy(checks, c.faults())
	if c.Present != "" {
		maps.Copy(checks, c.reads())
	}
	return checks
}

// faults are servers that fail in ways that are no answer.
func (c SourceContract) faults() map[string]func(testing.TB) error {
	return map[string]func(testing.TB) error{
		"a pull that is stopped is incomplete": func(t testing.TB) error {
			ctx, stop := context.WithCancel(context.Background())
			s := c.server(t)
			s.Fail(func(w http.ResponseWriter, r *http.Request, h http.Handler) { stop(); h.ServeHTTP(w, r) }, Once(3))
			return c.broken(c.Open(t, s.URL).Pull(ctx, c.Query, c.Reader()), []adapters.Class{adapters.Retry})
		},
		"a system that is down makes the pull incomplete": func(t testing.TB) error {
			s := c.server(t)
			s.server.Close()
			return c.broken(c.Open(t, s.URL).Pull(context.Background(), c.Query, c.Reader()), []adapters.Class{adapters.Retry})
		},
		"a certificate that nobody vouches for is fatal": func(t testing.TB) error {
			s := httptest.NewUnstartedServer(http.NotFoundHandler())
			s.Config.ErrorLog = silentLog()
			s.StartTLS()
			defer s.Close()
			return c.broken(c.Open(t, s.URL).Pull(context.Background(), c.Query, c.Reader()), []adapters.Class{adapters.Fatal})
		},
		"a page is taken while the next one is asked for": c.prefetches,
	}
}

// reads is for sources that read one record, and say whether there is any.
func (c SourceContract) reads() map[string]func(testing.TB) error {
	return map[string]func(testing.TB) error{
		"a record that is there is read": func(t testing.TB) error {
			body, err := c.Open(t, c.server(t).URL).Read(context.Background(), c.Present)
			if err != nil || len(body) == 0 {
				return fmt.Errorf("%d bytes, error %w", len(body), err)
			}
			return nil
		},
		"a record that is not there is nil without an error": func(t testing.TB) error {
			body, err := c.Open(t, c.server(t).URL).Read(context.Background(), c.Missing)
			if err != nil || body != nil {
				return fmt.Errorf("%d bytes, error %w", len(body), err)
			}
			return nil
		},
		"a read that is refused, or fails, is never nil without an error": func(t testing.TB) error {
			for _, f := range []Fault{Status(401), Status(403), Status(400), Status(500), WebPage(200), WebPage(404), Dropped, Truncated(true), Body(200, "application/json", `{}`)} {
				s := c.server(t)
				s.Fail(f, Always)
				_, err := c.Open(t, s.URL).Read(context.Background(), c.Present)
				var e *adapters.Error
				if !errors.As(err, &e) {
					return fmt.Errorf("got the error %v, want one of ours", err)
				}
				if err := c.clean(e); err != nil {
					return err
				}
			}
			return nil
		},
		"any says yes of a system with rows, no of one without, and fails of one that fails": func(t testing.TB) error {
			full := c.server(t)
			if yes, err := c.Open(t, full.URL).Any(context.Background(), c.Query); err != nil || !yes {
				return fmt.Errorf("with rows: %v, error %w", yes, err)
			}
			var none *Server
			none = NewServer(t, c.Healthy(func() string { return none.URL }, 0))
			if yes, err := c.Open(t, none.URL).Any(context.Background(), c.Query); err != nil || yes {
				return fmt.Errorf("without rows: %v, error %w", yes, err)
			}
			for _, f := range []Fault{Status(401), Status(403), Status(404), Status(500), WebPage(200), Dropped, Body(200, "application/json", `{}`)} {
				full.Fail(f, Always)
				if yes, err := c.Open(t, full.URL).Any(context.Background(), c.Query); err == nil {
					return fmt.Errorf("a failing system answered %v", yes)
				}
			}
			return nil
		},
	}
}

// prefetches sees that while a page is being taken, the next is under way.
func (c SourceContract) prefetches(t testing.TB) error {
	var asked atomic.Int32
	s := c.server(t)
	s.Fail(func(w http.ResponseWriter, r *http.Request, h http.Handler) { asked.Add(1); h.ServeHTTP(w, r) }, Always)
	r := &waiting{Reader: c.Reader(), asked: &asked}
	o := c.Open(t, s.URL).Pull(context.Background(), c.Query, r)
	if o.Fault != nil {
		return o.Fault
	}
	if r.late {
		return errors.New("while the first page was taken, the second was not asked for")
	}
	return nil
}

// waiting takes the first page only when a second request has come.
type waiting struct {
	adapters.Reader
	asked *atomic.Int32
	pages int
	late  bool
}

func (w *waiting) Open(body []byte) (adapters.Page, error) {
	p, err := w.Reader.Open(body)
	w.pages++
	if take := p.Take; err == nil && w.pages == 1 {
		p.Take = func() error {
			for i := 0; w.asked.Load() < 2; i++ {
				if i == 200 {
					w.late = true
					break
				}
				time.Sleep(5 * time.Millisecond)
			}
			return take()
		}
	}
	return p, err
}
