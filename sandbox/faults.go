package sandbox

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Cut is when a connection is dropped without an answer.
type Cut uint8

// The ways to drop a connection.
const (
	CutNever  Cut = iota
	CutBefore     // before anything is done
	CutAfter      // when all is done and written: the client cannot know
)

// Fault is how one request goes wrong. What is left zero goes right, so several can be combined.
type Fault struct {
	Delay      time.Duration // wait before answering
	Status     int           // answer this status and an OperationOutcome, do nothing else
	RetryAfter string        // the header of that answer
	Cut        Cut
	HTML       bool // a sign-in page with status 200 instead of the answer
	Outcome    bool // an OperationOutcome with status 200 instead of the answer

	// Truncate ends the body after so many bytes. The connection breaks (the client sees an unexpected
	// end), unless Quietly is set: then the answer looks whole to HTTP.
	Truncate int
	Quietly  bool

	BundleType    string // the type of an answered Bundle, instead of its own
	NextElsewhere string // the next link leads to this origin ("http://127.0.0.1:9"), if there is a next page
	NextLoop      bool   // the next link leads to the page itself, also on the last page
	Pad           int    // the answered JSON is made this many bytes longer, with white space
	Mixed         bool   // a searchset also holds an OperationOutcome entry, first
	Stale         bool   // reads and searches show each resource's version before the latest, as a lagging replica does
}

// OnType makes a fault function that hits only requests on one resource type (or
// on "metadata", or "" for transactions).
func OnType(typ string, f Fault) func(*http.Request) *Fault {
	return func(r *http.Request) *Fault {
		first, _, _ := strings.Cut(strings.Trim(strings.TrimPrefix(r.URL.Path, BasePath), "/"), "/")
		if first != typ {
			return nil
		}
		return &f
	}
}

// instead is the answer that a fault gives without doing anything, nil if the request is to be done.
func (f *Fault) instead() *answer {
	switch {
	case f == nil:
		return nil
	case f.Status != 0:
		code := "transient"
		switch f.Status {
		case http.StatusUnauthorized:
			code = "login"
		case http.StatusForbidden:
			code = "forbidden"
		case http.StatusNotFound:
			code = "not-found"
		case http.StatusTooManyRequests:
			code = "throttled"
		case http.StatusInternalServerError:
			code = "exception"
		}
		a := &answer{status: f.Status, body: refuse(f.Status, code, "%s", http.StatusText(f.Status)).outcome()}
		if f.RetryAfter != "" {
			a.header = http.Header{"Retry-After": {f.RetryAfter}}
		}
		return a
	case f.HTML:
		return &answer{
			status: http.StatusOK, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
			body: "<!DOCTYPE html><html><head><title>Logga in</title></head><body><form>Logga in</form></body></html>",
		}
	case f.Outcome:
		return &answer{status: http.StatusOK, body: refuse(http.StatusOK, "exception", "something went wrong").outcome()}
	}
	return nil
}

// bend changes an answered Bundle.
func (f *Fault) bend(a *answer) {
	if f == nil || a.bundle == nil {
		return
	}
	b := a.bundle
	if f.BundleType != "" {
		b.typ = f.BundleType
	}
	next := b.get("next")
	if f.NextElsewhere != "" && next != "" {
		if at := strings.Index(next, BasePath); at >= 0 {
			next = next[at:]
		}
		b.set("next", f.NextElsewhere+next)
	}
	if f.NextLoop {
		b.set("next", b.get("self"))
	}
	if f.Mixed && b.typ == "searchset" {
		note := `{"resourceType":"OperationOutcome","id":"note","issue":[{"severity":"warning","code":"incomplete","diagnostics":"a note from the server"}]}`
		b.entries = append([]entry{{raw: note, mode: "outcome"}}, b.entries...)
	}
}

// write sends a body that is padded, cut short, or both, and gives how much of it was sent.
func (f *Fault) write(w http.ResponseWriter, status int, body string) int {
	pad := 0
	if strings.HasSuffix(body, "}") {
		pad = f.Pad
		body = body[:len(body)-1]
	}
	total := len(body) + pad
	send := total
	if pad > 0 || strings.HasPrefix(body, "{") {
		total++ // the closing brace
		send = total
	}
	if f.Truncate > 0 && f.Truncate < total {
		send = f.Truncate
	}
	promised := total
	if f.Quietly {
		promised = send
	}
	w.Header().Set("Content-Length", strconv.Itoa(promised))
	w.WriteHeader(status)
	blank := strings.Repeat(" ", 64<<10)
	left := send
	out := func(text string) {
		text = text[:min(len(text), left)]
		n, err := io.WriteString(w, text)
		if left -= n; err != nil {
			left = 0
		}
	}
	out(body)
	for ; pad > 0 && left > 0; pad -= len(blank) {
		out(blank[:min(pad, len(blank))])
	}
	if left > 0 {
		out("}")
	}
	if send < promised {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	return send
}
