package interop

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy stands between brygga and the server. What the server says of its own
// address is told as the proxy's, so that brygga stays on the way through it.
type proxy struct {
	base string // what brygga is told
	up   string // the server's
	// child is the call of brygga that is under way, for those who kill it.
	child atomic.Pointer[os.Process]

	mu     sync.Mutex
	step   func(x *exchange, forward func() reply) reply
	nexts  map[string]place // by the address that was given as next link
	writes int
}

// place is where a page stands in a search: next links may say anything.
type place struct {
	typ  string
	page int // from 1
}

// exchange is one request on its way to the server.
type exchange struct {
	method, path string // the path below the base
	query        string
	body         []byte
	// typ is the resource type that a request is about; "" for a transaction.
	// page is the number of a search's page, and 0 for everything else.
	place
}

func (x *exchange) search() bool { return x.page > 0 }

// writing says whether a request changes anything.
func (x *exchange) writing() bool {
	return x.method != http.MethodGet && x.method != http.MethodHead && !strings.HasSuffix(x.path, "/_search")
}

// updates names what a request would update: "Type/id", in its order.
func (x *exchange) updates() []string {
	if x.method == http.MethodPut {
		return []string{strings.TrimPrefix(x.path, "/")}
	}
	var bundle resource
	if !x.writing() || x.typ != "" || json.Unmarshal(x.body, &bundle) != nil {
		return nil
	}
	var out []string
	for _, e := range list(bundle, "entry") {
		if text(e, "request", "method") == http.MethodPut {
			out = append(out, text(e, "request", "url"))
		}
	}
	return out
}

// reply is what brygga is answered.
type reply struct {
	answer
	drop bool // the connection is cut without an answer
	cut  int  // so many bytes of the body are sent, and then the connection breaks
}

// between starts a proxy in front of the server.
func between(t testing.TB) *proxy {
	t.Helper()
	p := &proxy{up: under.base, nexts: map[string]place{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	path := ""
	if u, err := url.Parse(p.up); err == nil {
		path = u.Path
	}
	p.base = "http://" + l.Addr().String() + path
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(t, path, w, r) })}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(l) // ends when it is closed
	}()
	t.Cleanup(func() {
		_ = s.Close()
		<-done
	})
	return p
}

// on sets what happens to each request; nil forwards them all. step is called
// from several goroutines.
func (p *proxy) on(step func(x *exchange, forward func() reply) reply) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step = step
}

// written is how many requests would have changed something, since it was last asked.
func (p *proxy) written() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.writes
	p.writes = 0
	return n
}

func (p *proxy) serve(t testing.TB, path string, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // brygga is gone
	}
	body = bytes.ReplaceAll(body, []byte(p.base), []byte(p.up))
	x := &exchange{method: r.Method, path: strings.TrimPrefix(r.URL.Path, path), query: r.URL.RawQuery, body: body}
	p.mu.Lock()
	x.place = p.nexts["http://"+r.Host+r.URL.RequestURI()]
	if x.page == 0 {
		x.place = first(r.Method, x.path)
	}
	if x.writing() {
		p.writes++
	}
	step := p.step
	p.mu.Unlock()

	forward := func() reply { return p.forward(t, r, x) }
	var a reply
	if step == nil {
		a = forward()
	} else {
		a = step(x, forward)
	}
	p.send(w, a, x)
}

// first tells what a request is that no next link led to.
func first(method, path string) place {
	typ, rest, _ := strings.Cut(strings.Trim(path, "/"), "/")
	if method == http.MethodGet && rest == "" && typ != "" && typ != "metadata" {
		return place{typ, 1}
	}
	return place{typ: typ}
}

func (p *proxy) forward(t testing.TB, r *http.Request, x *exchange) reply {
	// A child that was killed must not take a request back that is on its way.
	address := p.up + x.path
	if x.query != "" {
		address += "?" + x.query
	}
	req, err := http.NewRequest(r.Method, address, bytes.NewReader(x.body))
	if err != nil {
		t.Error(err)
		return reply{drop: true}
	}
	for name, values := range r.Header {
		if name != "Accept-Encoding" && name != "Connection" {
			req.Header[name] = values
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{drop: true}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return reply{drop: true}
	}
	return reply{answer: answer{res.StatusCode, res.Header, body}}
}

func (p *proxy) send(w http.ResponseWriter, a reply, x *exchange) {
	if a.drop {
		panic(http.ErrAbortHandler)
	}
	body := bytes.ReplaceAll(a.body, []byte(p.up), []byte(p.base))
	if x.search() {
		p.remember(body, place{x.typ, x.page + 1})
	}
	for name, values := range a.header {
		for _, v := range values {
			if name != "Content-Length" && name != "Connection" && name != "Transfer-Encoding" {
				w.Header().Add(name, strings.ReplaceAll(v, p.up, p.base))
			}
		}
	}
	if len(body) > 0 || a.status == http.StatusOK {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(a.status)
	if a.cut > 0 && a.cut < len(body) {
		_, _ = w.Write(body[:a.cut])
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(body) // brygga may be gone
}

// remember keeps which page a next link leads to.
func (p *proxy) remember(body []byte, page place) {
	var b resource
	if json.Unmarshal(body, &b) != nil {
		return
	}
	if next := nextLink(b); next != "" {
		p.mu.Lock()
		p.nexts[next] = page
		p.mu.Unlock()
	}
}
