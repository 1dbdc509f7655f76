package sandbox

import (
	"bytes"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Faulty serves what h serves, and goes wrong as fault says, for systems that are
// not FHIR: a refusal's body is a short JSON object, and those parts of a Fault that
// bend a FHIR Bundle do nothing. fault is asked before each request and may be nil.
// Where it does not go wrong, nothing of the answer is held back.
func Faulty(h http.Handler, fault func(*http.Request) *Fault) http.Handler {
	if fault == nil {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := fault(r)
		if f == nil {
			h.ServeHTTP(w, r)
			return
		}
		if f.Delay > 0 {
			select {
			case <-time.After(f.Delay):
			case <-r.Context().Done():
				return
			}
		}
		if f.Cut == CutBefore {
			panic(http.ErrAbortHandler)
		}
		answered := &held{header: w.Header(), status: http.StatusOK}
		switch {
		case f.Status != 0:
			if f.RetryAfter != "" {
				answered.header.Set("Retry-After", f.RetryAfter)
			}
			answered.header.Set("Content-Type", "application/json; charset=utf-8")
			answered.status = f.Status
			answered.body.WriteString(`{"Message":"` + http.StatusText(f.Status) + `"}`)
		case f.HTML:
			a := f.instead()
			answered.header.Set("Content-Type", a.header.Get("Content-Type"))
			answered.body.WriteString(a.body)
		default:
			h.ServeHTTP(answered, r)
		}
		if f.Cut == CutAfter {
			panic(http.ErrAbortHandler)
		}
		f.write(w, answered.status, answered.body.String())
	})
}

// held is an answer that is not sent yet.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *held) Header() http.Header         { return a.header }
func (a *held) WriteHeader(status int)      { a.status = status }
func (a *held) Write(b []byte) (int, error) { return a.body.Write(b) }

// OnPath makes a fault function that hits only requests whose path ends so.
func OnPath(suffix string, f Fault) func(*http.Request) *Fault {
	return func(r *http.Request) *Fault {
		if !strings.HasSuffix(r.URL.Path, suffix) {
			return nil
		}
		return &f
	}
}

// After lets the first n of the requests that fault would hit go right: a key that
// is refused in the middle of a list.
func After(n int, fault func(*http.Request) *Fault) func(*http.Request) *Fault {
	var hit atomic.Int64
	return func(r *http.Request) *Fault {
		f := fault(r)
		if f == nil || hit.Add(1) <= int64(n) {
			return nil
		}
		return f
	}
}

// Burst lets only the first n of the requests that fault would hit go wrong: a
// server that is away for a moment.
func Burst(n int, fault func(*http.Request) *Fault) func(*http.Request) *Fault {
	var hit atomic.Int64
	return func(r *http.Request) *Fault {
		f := fault(r)
		if f == nil || hit.Add(1) > int64(n) {
			return nil
		}
		return f
	}
}
