package sandbox

import (
	"crypto/subtle"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// call is one FHIR interaction that is asked for: a request, or an entry of a Bundle.
type call struct {
	method string
	path   []string // below the base
	query  url.Values
	form   url.Values // of POST _search
	body   []byte

	ifMatch, ifNoneMatch, ifNoneExist, prefer string

	base  string
	fault *Fault
	act   string // the FHIR interaction, once it is known
}

func (c *call) stale() bool { return c.fault != nil && c.fault.Stale }

// answer is what a call comes to: a Bundle, or a body that is ready.
type answer struct {
	status   int
	body     string
	bundle   *bundle
	header   http.Header
	version  *version // what was read or written, for ETag and Location
	location string   // "Task/1/_history/2", relative
	wrote    string   // "create Task", where something was
}

// ServeHTTP answers FHIR requests below BasePath.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var fault *Fault
	if f := s.fault.Load(); f != nil {
		fault = (*f)(r)
	}
	c := &call{
		method: r.Method, base: s.base(r), fault: fault,
		ifMatch: r.Header.Get("If-Match"), ifNoneMatch: r.Header.Get("If-None-Match"),
		ifNoneExist: r.Header.Get("If-None-Exist"), prefer: strings.Join(r.Header.Values("Prefer"), ","),
	}
	seen := Seen{Method: r.Method, Query: r.URL.RawQuery}
	tail, below := strings.CutPrefix(r.URL.Path, BasePath)
	if below = below && (tail == "" || tail[0] == '/'); below {
		c.path = strings.FieldsFunc(tail, func(r rune) bool { return r == '/' })
		if len(c.path) > 0 {
			seen.Type = c.path[0]
		}
		if len(c.path) > 1 && !strings.HasPrefix(c.path[1], "_") {
			seen.ID = c.path[1]
		}
	}
	s.counts.request(seen.Method + " " + seen.Type)
	defer func() {
		seen.Act = c.act
		if s.opt.Observe != nil {
			s.opt.Observe(seen)
		}
	}()
	if fault != nil && fault.Delay > 0 {
		select {
		case <-time.After(fault.Delay):
		case <-r.Context().Done():
			return
		}
	}
	if fault != nil && fault.Cut == CutBefore {
		panic(http.ErrAbortHandler)
	}
	a := fault.instead()
	if a == nil {
		var f *refusal
		if below {
			a, f = s.request(w, r, c)
		} else {
			f = refuse(http.StatusNotFound, "not-found", "the FHIR API is below "+BasePath)
		}
		if f != nil {
			a = &answer{status: f.status, body: f.outcome(), header: f.header}
		}
	}
	if fault != nil && fault.Cut == CutAfter {
		panic(http.ErrAbortHandler)
	}
	seen.Status = a.status
	if a.bundle != nil {
		seen.Rows = len(a.bundle.entries)
	}
	seen.Size = s.send(w, c, a)
}

// base is the absolute URL of the API, without a trailing slash.
func (s *Server) base(r *http.Request) string {
	switch {
	case s.opt.BaseURL != "":
		return s.opt.BaseURL
	case r.TLS != nil:
		return "https://" + r.Host + BasePath
	}
	return "http://" + r.Host + BasePath
}

// request checks what HTTP demands of a request and performs it.
func (s *Server) request(w http.ResponseWriter, r *http.Request, c *call) (*answer, *refusal) {
	open := len(c.path) == 1 && c.path[0] == "metadata"
	given := []byte(r.Header.Get("Authorization"))
	if s.opt.Token != "" && !open && subtle.ConstantTimeCompare(given, []byte("Bearer "+s.opt.Token)) != 1 {
		f := refuse(http.StatusUnauthorized, "login", "a valid bearer token is needed")
		f.header = http.Header{"Www-Authenticate": {`Bearer realm="sandbox"`}}
		return nil, f
	}
	if accept := strings.Join(r.Header.Values("Accept"), ","); accept != "" {
		served := false
		for one := range strings.SplitSeq(accept, ",") {
			served = served || jsonMedia(one)
		}
		if !served {
			return nil, refuse(http.StatusNotAcceptable, "not-supported", "only application/fhir+json is served")
		}
	}
	var err error
	if c.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return nil, refuse(http.StatusBadRequest, "invalid", "the query is not well-formed")
	}
	if r.Method != http.MethodPost && r.Method != http.MethodPut {
		return s.perform(c)
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	body, f := s.read(w, r)
	if f != nil {
		return nil, f
	}
	c.body = body
	searching := len(c.path) == 2 && c.path[1] == "_search"
	switch {
	case searching && media == "application/x-www-form-urlencoded":
		if c.form, err = url.ParseQuery(string(c.body)); err != nil {
			return nil, refuse(http.StatusBadRequest, "invalid", "the form is not well-formed")
		}
	case searching && len(c.body) == 0:
	case searching || err != nil || media == "" || !jsonMedia(media):
		return nil, refuse(http.StatusUnsupportedMediaType, "not-supported", "the Content-Type must be %s",
			map[bool]string{true: "application/x-www-form-urlencoded", false: "application/fhir+json"}[searching])
	case params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8"):
		return nil, refuse(http.StatusUnsupportedMediaType, "not-supported", "the charset must be UTF-8")
	}
	return s.perform(c)
}

func (s *Server) read(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.opt.MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, refuse(http.StatusRequestEntityTooLarge, "too-long", "the body is longer than %d bytes", s.opt.MaxBody)
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "structure", "the body could not be read to its end")
	}
	return body, nil
}

// send writes the answer, as the fault wants it, and gives the size of its body.
func (s *Server) send(w http.ResponseWriter, c *call, a *answer) int {
	c.fault.bend(a)
	body := a.body
	if a.bundle != nil {
		body = a.bundle.json()
	}
	h := w.Header()
	if body != "" {
		h.Set("Content-Type", "application/fhir+json; charset=utf-8")
	}
	for k, v := range a.header {
		h[k] = v
	}
	if v := a.version; v != nil {
		h.Set("ETag", v.etag())
		h.Set("Last-Modified", time.UnixMilli(v.at).UTC().Format(http.TimeFormat))
	}
	if a.location != "" {
		h.Set("Location", c.base+"/"+a.location)
	}
	if c.fault != nil && (c.fault.Truncate > 0 || c.fault.Pad > 0) {
		return c.fault.write(w, a.status, body)
	}
	w.WriteHeader(a.status)
	if body == "" || a.status == http.StatusNotModified {
		return 0
	}
	n, _ := io.WriteString(w, body) // a client that went away needs no answer
	return n
}
