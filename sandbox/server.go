// Package sandbox is a FHIR R4 server in memory, for the demo and for tests. It is
// written apart from the product and shares no reading code with it, so that the
// two can disagree. It behaves like a strict server: unknown search parameters,
// malformed resources and stale updates are refused, and every refusal is an
// OperationOutcome.
//
// What it does not have: PATCH, chained search, _has, _revinclude, $operations,
// system-wide history, XML.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	_ "time/tzdata" // a date without a zone is Stockholm's, also where no zone files are installed
)

// BasePath is where the FHIR API starts.
const BasePath = "/fhir"

// Options says how the server behaves. The zero value, with a Clock, is a strict server
// without sign-in.
type Options struct {
	// Clock gives meta.lastUpdated and Bundle.meta.lastUpdated. The server's time never
	// goes back: a clock that does is waited for. Required.
	Clock func() time.Time
	// Seed makes the ids that the server gives repeatable.
	Seed uint64
	// BaseURL is written into links ("http://127.0.0.1:8080/fhir"). Empty takes it from each request.
	BaseURL string
	// Token is the bearer token demanded of every request but GET metadata. Empty demands none.
	Token string
	// Zone is what a date or time without a zone means. Nil is Europe/Stockholm.
	Zone *time.Location

	// DefaultCount and MaxCount are the page sizes (50 and 1000 if 0).
	DefaultCount, MaxCount int
	// MaxTransaction is how many entries a transaction or batch may have (1000 if 0, no limit if
	// negative); more are answered with TransactionRefusal (413 if 0).
	MaxTransaction     int
	TransactionRefusal int
	// MaxBody limits a request's body in bytes (64 MiB if 0).
	MaxBody int64

	// Lenient ignores unknown search parameters, unless a request says "Prefer: handling=strict".
	Lenient bool
	// NoUpdateCreate answers 404 to a PUT of what is not there.
	NoUpdateCreate bool
	// Terse leaves out which entry of a transaction failed, as many servers do.
	Terse bool
	// Shifting pages over live data by offset, so that rows may come twice or be missed when others
	// change meanwhile. Otherwise a search is a snapshot: its pages show what stood when it began.
	Shifting bool
	// BareBundles leaves out Bundle.meta and Bundle.total.
	BareBundles bool

	// Fault is asked before each request; see SetFault.
	Fault func(*http.Request) *Fault
	// Observe is told of each request after it was answered. It may call the server.
	Observe func(Seen)
}

// Server is the FHIR server. It is safe for concurrent use.
type Server struct {
	opt  Options
	zone *time.Location

	mu    sync.RWMutex // over everything below; every write holds it alone
	kinds map[string]*kind
	ids   *rand.Rand

	last    atomic.Int64 // the server's latest time, in milliseconds
	fault   atomic.Pointer[func(*http.Request) *Fault]
	counts  counter
	cursors cursors
}

// New makes an empty server.
func New(opt Options) *Server {
	if opt.Clock == nil {
		panic("sandbox: Options.Clock is not set")
	}
	setDefault(&opt.DefaultCount, 50)
	setDefault(&opt.MaxCount, 1000)
	setDefault(&opt.MaxTransaction, 1000)
	setDefault(&opt.TransactionRefusal, http.StatusRequestEntityTooLarge)
	if opt.MaxBody == 0 {
		opt.MaxBody = 64 << 20
	}
	opt.BaseURL = strings.TrimSuffix(opt.BaseURL, "/")
	zone := opt.Zone
	if zone == nil {
		var err error
		if zone, err = time.LoadLocation("Europe/Stockholm"); err != nil {
			panic("sandbox: " + err.Error()) // the zone files are compiled in
		}
	}
	s := &Server{opt: opt, zone: zone, kinds: map[string]*kind{}, ids: rand.New(rand.NewPCG(opt.Seed, 0x5a17db0c))}
	s.SetFault(opt.Fault)
	return s
}

func setDefault(n *int, to int) {
	if *n == 0 {
		*n = to
	}
}

// SetFault sets what is asked before each request whether and how it should go
// wrong; nil ends all faults. The function is called from several goroutines.
func (s *Server) SetFault(f func(*http.Request) *Fault) {
	if f == nil {
		s.fault.Store(nil)
		return
	}
	s.fault.Store(&f)
}

// Start listens on the address ("127.0.0.1:0" picks a free port) and serves until
// stop is called or ctx ends. The url is the FHIR base, without a trailing slash.
// stop waits until no request is running and may be called more than once.
func (s *Server) Start(ctx context.Context, addr string) (url string, stop func(), err error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return "", nil, fmt.Errorf("starting the sandbox: %w", err)
	}
	srv := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 30 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0), // requests may name people; faults are meant
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			_ = srv.Close()
		}
	}()
	var once sync.Once
	quit := func() {
		once.Do(func() {
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if srv.Shutdown(end) != nil {
				_ = srv.Close()
			}
			<-served
		})
	}
	unhook := context.AfterFunc(ctx, quit)
	return "http://" + l.Addr().String() + BasePath, func() { unhook(); quit() }, nil
}

// now is the server's time in milliseconds; it never goes back.
func (s *Server) now() int64 {
	t := s.opt.Clock().UnixMilli()
	for {
		last := s.last.Load()
		if t <= last {
			return last
		}
		if s.last.CompareAndSwap(last, t) {
			return t
		}
	}
}

// newID gives an id in the form of a UUID. The caller holds the write lock.
func (s *Server) newID() string {
	a, b := s.ids.Uint64(), s.ids.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}
