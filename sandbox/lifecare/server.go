// Package lifecare is a simulated care record system with an API in the style of
// Lifecare's for elderly care, for the demo and for tests: REST with JSON, lists of
// objects with PascalCase fields, paged by limit and offset in no promised order,
// with gt and lt on the time of change. It is made from the public facts that the
// design's lifecare.md states, and from nothing else; what those leave open (the
// envelope of the v2 lists, the words of code lists) is made up here.
//
// It shares no reading code with the product, so that the two can disagree.
package lifecare

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"brygga/sandbox"
)

// BasePath is where the API starts.
const BasePath = "/WE.EC.Integration.Host"

// Options says how the server behaves.
type Options struct {
	// Clock gives the Date header and the time of changes. Required.
	Clock func() time.Time
	// Domain and Key are demanded of every call, as query parameters; empty is not demanded.
	Domain, Key string
	// GroupKeys are the keys of API groups that are licensed on their own ("visit"):
	// the general key is refused there with 401. See Groups.
	GroupKeys map[string]string
	// HeaderKey is demanded as X-API-Key; empty is not demanded. With HeaderInstead a
	// key in the query is not asked for.
	HeaderKey     string
	HeaderInstead bool
	// MaxLimit caps limit silently: 500 if 0.
	MaxLimit int
	// Dates is how dates are written.
	Dates Dates
	// Quirks are those that it begins with.
	Quirks Quirks
	// Fault is asked before each request; see SetFault.
	Fault func(*http.Request) *sandbox.Fault
	// Observe is told of each request before it is answered.
	Observe func(list string)
}

// defaultLimit is the page size where none is asked for.
const defaultLimit = 100

// reach is how far back modified staff can be asked for.
const reach = 7 * 24 * time.Hour

// Server answers for a store. It is safe for concurrent use.
type Server struct {
	opt    Options
	store  *Store
	quirks atomic.Pointer[Quirks]
	fault  atomic.Pointer[func(*http.Request) *sandbox.Fault]
	calls  atomic.Int64 // of lists, to shift pages by
	open   http.Handler
}

// New makes a server for a store, whose clock and dates are to be the same.
func New(store *Store, opt Options) *Server {
	if opt.Clock == nil {
		panic("lifecare: Options.Clock is not set")
	}
	if opt.MaxLimit == 0 {
		opt.MaxLimit = 500
	}
	s := &Server{opt: opt, store: store}
	s.SetQuirks(opt.Quirks)
	s.SetFault(opt.Fault)
	s.open = sandbox.Faulty(http.HandlerFunc(s.answer), func(r *http.Request) *sandbox.Fault {
		if f := s.fault.Load(); f != nil {
			return (*f)(r)
		}
		return nil
	})
	return s
}

// Store is what the server answers for.
func (s *Server) Store() *Store { return s.store }

// SetFault sets what is asked before each request whether and how it should go
// wrong; nil ends all faults. It is called from several goroutines, and may change
// the store: rows then come and go while somebody pages.
func (s *Server) SetFault(f func(*http.Request) *sandbox.Fault) {
	if f == nil {
		s.fault.Store(nil)
		return
	}
	s.fault.Store(&f)
}

// SetQuirks replaces the quirks.
func (s *Server) SetQuirks(q Quirks) { s.quirks.Store(&q) }

// Groups names the API groups with their lists.
func Groups() map[string][]string {
	all := map[string][]string{}
	for _, l := range lists {
		all[l.group] = append(all[l.group], l.name)
	}
	return all
}

// ServeHTTP answers requests below BasePath.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", s.opt.Clock().UTC().Format(http.TimeFormat))
	s.open.ServeHTTP(w, r)
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, BasePath+"/api/")
	if !ok {
		refuse(w, http.StatusNotFound)
		return
	}
	p := place(path)
	if s.opt.Observe != nil {
		s.opt.Observe(p.name)
	}
	quirks := s.quirks.Load()
	switch {
	case p.list == nil, p.name == "provider_personnels" && quirks.StaffGone:
		refuse(w, http.StatusNotFound)
	case r.Method != http.MethodGet:
		refuse(w, http.StatusMethodNotAllowed)
	case !s.allowed(r, p.list.group):
		refuse(w, http.StatusUnauthorized)
	case p.id != "":
		s.one(w, p)
	default:
		s.page(w, r, p, quirks)
	}
}

// allowed checks domain and keys.
func (s *Server) allowed(r *http.Request, group string) bool {
	q := r.URL.Query()
	if s.opt.Domain != "" && q.Get("domain") != s.opt.Domain {
		return false
	}
	if s.opt.HeaderKey != "" && !same(r.Header.Get("X-API-Key"), s.opt.HeaderKey) {
		return false
	}
	if s.opt.HeaderInstead {
		return true
	}
	key := s.opt.Key
	if own, ok := s.opt.GroupKeys[group]; ok {
		key = own
	}
	return key == "" || same(q.Get("key"), key)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// refuse answers a status, and nothing of what was asked.
func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"Message":"` + http.StatusText(status) + `"}`))
}
