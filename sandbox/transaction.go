package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// batch answers POST [base]: a transaction, which is done whole or not at all, or
// a batch, whose entries stand each for itself.
func (s *Server) batch(c *call) (*answer, *refusal) {
	c.act = "transaction"
	d, err := parse(c.body)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "structure", "%s", err.Error())
	}
	typ := d.get("type").str()
	if d.get("resourceType").str() != "Bundle" || typ != "transaction" && typ != "batch" {
		return nil, refuse(http.StatusBadRequest, "invalid", "the body is not a Bundle of type transaction or batch")
	}
	c.act = typ
	entries := d.get("entry").vals
	if s.opt.MaxTransaction > 0 && len(entries) > s.opt.MaxTransaction {
		return nil, refuse(s.opt.TransactionRefusal, "too-costly", "the Bundle has %d entries, more than %d", len(entries), s.opt.MaxTransaction)
	}
	steps := make([]*step, len(entries))
	for i, e := range entries {
		st, f := s.step(c, e)
		switch {
		case f == nil:
			s.counts.entry(st.call.method + " " + st.typ())
		case typ == "transaction":
			return nil, s.inEntry(i, f)
		}
		steps[i] = st
	}
	out := &bundle{typ: typ + "-response", total: -1, entries: make([]entry, len(steps))}
	if typ == "batch" {
		for i, st := range steps {
			out.entries[i] = s.answered(c, st, entries[i])
		}
		return &answer{status: http.StatusOK, bundle: out}, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.transact(c, steps, out); f != nil {
		return nil, f
	}
	return &answer{status: http.StatusOK, bundle: out}, nil
}

// step is one entry of a Bundle.
type step struct {
	call    *call
	fullURL string
	id      string   // given to what is to be created
	there   *version // what a conditional create found
	twin    *step    // an earlier entry that creates the same
	target  string   // "Type/id" that the fullUrl stands for
	did     *answer
}

func (st *step) typ() string {
	if len(st.call.path) == 0 {
		return ""
	}
	return st.call.path[0]
}

// step reads an entry. It is nil where the entry is refused.
func (s *Server) step(c *call, e doc) (*step, *refusal) {
	r := e.get("request")
	method, address := r.get("method").str(), r.get("url").str()
	if method == "" || address == "" {
		return nil, refuse(http.StatusBadRequest, "required", "an entry has no request.method and request.url")
	}
	path, query, _ := strings.Cut(strings.TrimPrefix(address, c.base), "?")
	one := &call{
		method: method, path: strings.FieldsFunc(path, func(r rune) bool { return r == '/' }),
		body: []byte(e.get("resource").raw), base: c.base, fault: c.fault, prefer: c.prefer,
		ifMatch: r.get("ifMatch").str(), ifNoneMatch: r.get("ifNoneMatch").str(), ifNoneExist: r.get("ifNoneExist").str(),
	}
	var err error
	if one.query, err = url.ParseQuery(query); err != nil || len(one.path) == 0 || defs()[one.path[0]] == nil {
		return nil, refuse(http.StatusBadRequest, "invalid", "an entry's request.url is not an address of this server")
	}
	return &step{call: one, fullURL: e.get("fullUrl").str()}, nil
}

// inEntry says in which entry a refusal arose, unless the server is terse.
func (s *Server) inEntry(i int, f *refusal) *refusal {
	if s.opt.Terse {
		return refuse(f.status, f.code, "the transaction failed, and nothing was written")
	}
	g := *f
	g.text = fmt.Sprintf("entry %d: %s", i, f.Error())
	g.expression = "Bundle.entry[" + strconv.Itoa(i) + "]"
	return &g
}

// transact does all steps or none, in the order of R4 §3.1.0.11.2: deletes, creates, updates, reads.
func (s *Server) transact(c *call, steps []*step, out *bundle) (failed *refusal) {
	var u undo
	defer func() {
		if failed != nil {
			u.run()
		}
	}()
	touched := map[string]bool{}
	targets := map[string]string{}
	for i, st := range steps {
		if f := s.resolve(st, steps[:i], touched); f != nil {
			return s.inEntry(i, f)
		}
		if st.target != "" && st.fullURL != "" {
			targets[st.fullURL] = st.target
		}
	}
	for _, verb := range []string{"DELETE", "POST", "PUT", "GET"} {
		for i, st := range steps {
			if st.call.method != verb {
				continue
			}
			if f := s.take(c, st, targets, &u); f != nil {
				return s.inEntry(i, f)
			}
		}
	}
	for i, st := range steps {
		if st.did == nil {
			return s.inEntry(i, refuse(http.StatusBadRequest, "not-supported", "this method is not offered in a transaction"))
		}
		out.entries[i] = response(st.did, c.base, strings.Contains(c.prefer, "return=representation") || st.call.method == "GET")
	}
	for _, st := range steps {
		if st.did.wrote != "" {
			s.counts.write(st.did.wrote)
		}
	}
	return nil
}

// resolve finds out which resource an entry is about, before anything is written:
// references to its fullUrl are to be rewritten, and no two entries may write the same.
func (s *Server) resolve(st *step, before []*step, touched map[string]bool) *refusal {
	c, typ := st.call, st.typ()
	switch {
	case c.method == http.MethodPost && len(c.path) == 1:
		if c.ifNoneExist != "" {
			var f *refusal
			if st.there, f = s.only(c, typ, condition(c.ifNoneExist)); f != nil {
				return f
			}
			if st.there != nil {
				st.target = typ + "/" + st.there.row.id
				return nil
			}
			for _, other := range before {
				if other.id != "" && other.typ() == typ && condition(other.call.ifNoneExist) == condition(c.ifNoneExist) {
					st.twin, st.target = other, other.target
					return nil
				}
			}
		}
		st.id = s.newID()
		st.target = typ + "/" + st.id
	case c.method == http.MethodPut && len(c.path) == 1:
		v, f := s.only(c, typ, c.query.Encode())
		if f != nil {
			return f
		}
		if v != nil {
			st.target = typ + "/" + v.row.id
		}
	case (c.method == http.MethodPut || c.method == http.MethodDelete) && len(c.path) == 2:
		st.target = typ + "/" + c.path[1]
	}
	if st.target == "" {
		return nil
	}
	if touched[st.target] {
		return refuse(http.StatusBadRequest, "invalid", "two entries write the same resource")
	}
	touched[st.target] = true
	return nil
}

// take does one step.
func (s *Server) take(c *call, st *step, targets map[string]string, u *undo) *refusal {
	one := st.call
	do, writes, f := s.route(one)
	if f != nil {
		return f
	}
	if writes && len(one.body) > 0 && st.typ() != "Bundle" { // a document keeps its own urn:uuid references
		if one.body, f = s.rewritten(c, one.body, targets); f != nil {
			return f
		}
	}
	switch {
	case st.there != nil:
		st.did = written(one, http.StatusOK, st.there, "")
	case st.twin != nil:
		st.did = written(one, http.StatusOK, st.twin.did.version, "")
	case st.id != "":
		d, f := resource(one)
		if f != nil {
			return f
		}
		if st.did, f = s.make(one, st.id, d, u); f != nil {
			return f
		}
	default:
		if st.did, f = do(one, u); f != nil {
			return f
		}
	}
	return nil
}

// answered does one entry of a batch; st is nil where it could not be read.
func (s *Server) answered(c *call, st *step, e doc) entry {
	var a *answer
	var f *refusal
	if st == nil {
		_, f = s.step(c, e)
	} else {
		a, f = s.perform(st.call)
	}
	if f != nil {
		return entry{status: statusLine(f.status), outcome: f.outcome()}
	}
	return response(a, c.base, strings.Contains(c.prefer, "return=representation") || st.call.method == "GET")
}

// response is the entry that answers one of the request's.
func response(a *answer, base string, whole bool) entry {
	e := entry{status: statusLine(a.status)}
	if a.version != nil {
		e.etag, e.modified = a.version.etag(), a.version.at
	}
	if a.location != "" {
		e.location = base + "/" + a.location
	}
	if whole {
		e.raw = a.body
		if a.bundle != nil {
			e.raw = a.bundle.json()
		}
	}
	return e
}

func statusLine(status int) string { return strconv.Itoa(status) + " " + http.StatusText(status) }

// rewritten replaces references to other entries by what they became, and
// conditional references ("Patient?identifier=...") by the one resource that they find.
func (s *Server) rewritten(c *call, body []byte, targets map[string]string) ([]byte, *refusal) {
	d, err := parse(body)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "structure", "%s", err.Error())
	}
	var failed *refusal
	out := d.replace("", func(key, text string) (string, bool) {
		if !slices.Contains([]string{"reference", "valueUri", "valueUrl", "valueUuid"}, key) {
			return "", false
		}
		if to, ok := targets[text]; ok {
			return to, true
		}
		typ, query, ok := strings.Cut(text, "?")
		if key != "reference" {
			return "", false
		}
		if strings.HasPrefix(text, "urn:uuid:") {
			failed = refuse(http.StatusBadRequest, "invalid", "a reference leads to no entry of the Bundle")
		}
		if !ok || defs()[typ] == nil {
			return "", false
		}
		v, f := s.only(c, typ, query)
		switch {
		case f != nil:
			failed = f
		case v == nil:
			failed = refuse(http.StatusPreconditionFailed, "not-found", "a conditional reference finds nothing")
		default:
			return typ + "/" + v.row.id, true
		}
		return "", false
	})
	return []byte(out), failed
}
