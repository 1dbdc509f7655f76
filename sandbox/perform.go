package sandbox

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// perform finds the interaction that is asked for and does it, under the lock it needs.
func (s *Server) perform(c *call) (*answer, *refusal) {
	if c.method == http.MethodHead {
		c.method = http.MethodGet // net/http leaves the body out
	}
	switch {
	case len(c.path) == 0 && c.method == http.MethodPost:
		return s.batch(c)
	case len(c.path) == 0 && c.method == http.MethodGet && c.query.Has("_page"):
		c.act = "page"
		s.mu.RLock()
		defer s.mu.RUnlock()
		b, f := s.next(c.query.Get("_page"), c)
		return &answer{status: http.StatusOK, bundle: b}, f
	case len(c.path) == 0 || c.path[0] == "_history":
		return nil, refuse(http.StatusNotFound, "not-supported", "searches and histories are asked of a resource type")
	case len(c.path) == 1 && c.path[0] == "metadata" && c.method == http.MethodGet:
		c.act = "capabilities"
		return &answer{status: http.StatusOK, body: s.capability(c.base)}, nil
	case defs()[c.path[0]] == nil:
		return nil, refuse(http.StatusNotFound, "not-supported", "the first part of the path is no resource type of R4")
	}
	do, writes, f := s.route(c)
	if f != nil {
		return nil, f
	}
	if !writes {
		s.mu.RLock()
		defer s.mu.RUnlock()
		return do(c, nil)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, f := do(c, nil)
	if f == nil && a.wrote != "" {
		s.counts.write(a.wrote)
	}
	return a, f
}

// interaction does one thing. The caller holds the lock; u takes down how to undo it, where that may be asked.
type interaction func(c *call, u *undo) (*answer, *refusal)

// route finds the interaction with a resource type, and says whether it needs the write lock.
func (s *Server) route(c *call) (do interaction, writes bool, f *refusal) {
	shape := c.method
	for i, p := range c.path {
		switch {
		case i == 0:
			shape += " type"
		case p == "_search" || p == "_history":
			shape += " " + p
		case i == 1 && idForm.MatchString(p):
			shape += " id"
		case i == 3:
			shape += " version"
		default:
			return nil, false, refuse(http.StatusNotFound, "not-found", "there is no such address")
		}
	}
	acts := map[string]struct {
		act string
		do  interaction
	}{
		"GET type":                     {"search", s.search},
		"POST type _search":            {"search", s.search},
		"GET type id":                  {"read", s.readOne},
		"GET type id _history version": {"vread", s.readVersion},
		"GET type id _history":         {"history", s.history},
		"GET type _history":            {"history", s.history},
		"POST type":                    {"create", s.create},
		"PUT type id":                  {"update", s.update},
		"PUT type":                     {"update", s.updateWhere},
		"DELETE type id":               {"delete", s.remove1},
		"DELETE type":                  {"delete", s.removeWhere},
	}
	one, ok := acts[shape]
	if !ok {
		f := refuse(http.StatusMethodNotAllowed, "not-supported", "%s is not offered here", verbName(c.method))
		verb, rest, _ := strings.Cut(shape, " ")
		allowed := []string{}
		for known := range maps.Keys(acts) {
			if v, r, _ := strings.Cut(known, " "); r == rest && v != verb {
				allowed = append(allowed, v)
			}
		}
		slices.Sort(allowed)
		f.header = http.Header{"Allow": {strings.Join(allowed, ", ")}}
		return nil, false, f
	}
	c.act = one.act
	return one.do, slices.Contains([]string{"create", "update", "delete"}, one.act), nil
}

func verbName(method string) string {
	if slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, method) {
		return method
	}
	return "this method"
}

// strict says whether unknown search parameters are refused: as the request wants, else as the server is set.
func (s *Server) strict(c *call) bool {
	switch {
	case strings.Contains(c.prefer, "handling=strict"):
		return true
	case strings.Contains(c.prefer, "handling=lenient"):
		return false
	}
	return !s.opt.Lenient
}

// search answers GET Type?... and POST Type/_search.
func (s *Server) search(c *call, _ *undo) (*answer, *refusal) {
	all := url.Values{}
	for _, from := range []url.Values{c.query, c.form} {
		for k, v := range from {
			all[k] = append(all[k], v...)
		}
	}
	typ := c.path[0]
	q, f := s.parseSearch(typ, all, s.indexer(c.base), s.strict(c))
	if f != nil {
		return nil, f
	}
	l := &listing{
		typ: typ, bundle: "searchset", at: s.now(), count: q.count,
		includes: q.includes, elements: q.elements, self: c.base + "/" + typ,
		versions: s.kindOf(typ).find(q), noTotal: q.noTotal || s.opt.BareBundles,
	}
	l.total = len(l.versions)
	if len(q.used) > 0 {
		l.self += "?" + q.used.Encode()
	}
	if q.counting {
		l.count, l.versions = 0, nil
	}
	var b *bundle
	if s.opt.Shifting {
		b = s.shifting(l, q, c)
	} else {
		b = s.first(l, c)
	}
	if s.opt.BareBundles {
		b.at = 0
	}
	return &answer{status: http.StatusOK, bundle: b}, nil
}

// readOne answers GET Type/id.
func (s *Server) readOne(c *call, _ *undo) (*answer, *refusal) {
	v := s.kindOf(c.path[0]).latest(c.path[1])
	if v == nil {
		return nil, refuse(http.StatusNotFound, "not-found", "there is no such resource")
	}
	if c.stale() && v.prev != nil {
		v = v.prev
	}
	return shown(c, v)
}

// readVersion answers GET Type/id/_history/n.
func (s *Server) readVersion(c *call, _ *undo) (*answer, *refusal) {
	for v := s.kindOf(c.path[0]).latest(c.path[1]); v != nil; v = v.prev {
		if v.etag() == `W/"`+c.path[3]+`"` {
			return shown(c, v)
		}
	}
	return nil, refuse(http.StatusNotFound, "not-found", "there is no such version")
}

func shown(c *call, v *version) (*answer, *refusal) {
	switch {
	case v.deleted():
		return nil, refuse(http.StatusGone, "deleted", "the resource has been deleted")
	case c.ifNoneMatch != "" && c.ifNoneMatch == v.etag():
		return &answer{status: http.StatusNotModified, version: v}, nil
	}
	return &answer{status: http.StatusOK, body: v.raw, version: v}, nil
}
