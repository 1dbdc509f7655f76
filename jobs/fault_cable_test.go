package jobs

import (
	"net"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// cable is a stretch of network before a server: it passes bytes on, and knows of HTTP
// only where a request begins. It breaks what passes as it is told.
type cable struct {
	url string
	to  string // host and port

	mu       sync.Mutex
	how      trouble
	where    place // nil: everything
	left     int   // so many requests are still hit; negative: all
	hit      int
	listener net.Listener
	open     map[net.Conn]bool
	done     sync.WaitGroup
}

// trouble is what happens to a request and its answer.
type trouble struct {
	late       time.Duration // before each piece, either way
	perSecond  int           // bytes of answers
	cutRequest bool          // half of it arrives, and the connection is reset
	cutAnswer  bool          // all of it arrives, half of the answer comes back, and the connection is reset
	drip       time.Duration // the answer comes a byte at a time
	silent     bool          // it never comes
}

// place says which requests are hit, by method and path.
type place func(method, path string) bool

// newCable stretches a cable to the server at base.
func newCable(t *testing.T, base string) *cable {
	t.Helper()
	rest, _ := strings.CutPrefix(base, "http://")
	host, path, _ := strings.Cut(rest, "/")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &cable{url: strings.TrimSuffix("http://"+l.Addr().String()+"/"+path, "/"), to: host, listener: l, open: map[net.Conn]bool{}}
	w.done.Go(w.accept)
	t.Cleanup(func() {
		l.Close()
		w.mu.Lock()
		for c := range w.open {
			c.Close()
		}
		w.mu.Unlock()
		w.done.Wait()
	})
	return w
}

// breaks tells what happens from now on, to the first n requests at a place; n < 0 is all.
func (w *cable) breaks(how trouble, where place, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.how, w.where, w.left, w.hit = how, where, n, 0
}

// mended ends the trouble, and says how many requests it hit.
func (w *cable) mended() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.how = trouble{}
	return w.hit
}

// befalls is what happens to a request.
func (w *cable) befalls(method, path string) trouble {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.how == (trouble{}) || w.left == 0 || w.where != nil && !w.where(method, path) {
		return trouble{}
	}
	w.left--
	w.hit++
	return w.how
}

func (w *cable) accept() {
	for {
		in, err := w.listener.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", w.to)
		if err != nil {
			in.Close()
			continue
		}
		w.mu.Lock()
		w.open[in], w.open[out] = true, true
		w.mu.Unlock()
		var now atomic.Pointer[trouble] // of the request that is on its way
		now.Store(&trouble{})
		w.done.Go(func() { w.requests(in, out, &now) })
		w.done.Go(func() { w.answers(out, in, &now) })
	}
}

func (w *cable) close(conns ...net.Conn) {
	for _, c := range conns {
		c.Close()
		w.mu.Lock()
		delete(w.open, c)
		w.mu.Unlock()
	}
}

// reset ends a connection so that the other side is told of an error, and of no end.
func reset(conns ...net.Conn) {
	for _, c := range conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		c.Close()
	}
}

var requestLine = regexp.MustCompile(`^(GET|POST|PUT|DELETE) (\S+) HTTP/1\.1\r\n`)

func (w *cable) requests(in, out net.Conn, now *atomic.Pointer[trouble]) {
	defer w.close(in, out)
	buf := make([]byte, 64<<10)
	for {
		n, err := in.Read(buf)
		if err != nil {
			return
		}
		if m := requestLine.FindSubmatch(buf[:n]); m != nil {
			how := w.befalls(string(m[1]), string(m[2]))
			now.Store(&how)
		}
		how := now.Load()
		time.Sleep(how.late)
		if how.cutRequest {
			_, _ = out.Write(buf[:n/2])
			time.Sleep(10 * time.Millisecond) // a reset takes with it what has not arrived
			reset(in, out)
			return
		}
		if _, err := out.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (w *cable) answers(out, in net.Conn, now *atomic.Pointer[trouble]) {
	defer w.close(in, out)
	buf := make([]byte, 16<<10)
	for {
		n, err := out.Read(buf)
		if err != nil {
			return
		}
		how := now.Load()
		time.Sleep(how.late)
		switch {
		case how.silent:
			continue
		case how.cutAnswer:
			_, _ = in.Write(buf[:n/2])
			time.Sleep(10 * time.Millisecond)
			reset(in, out)
			return
		case how.drip > 0:
			for i := range n {
				if _, err := in.Write(buf[i : i+1]); err != nil {
					return
				}
				time.Sleep(how.drip)
			}
			continue
		case how.perSecond > 0:
			time.Sleep(time.Duration(n) * time.Second / time.Duration(how.perSecond))
		}
		if _, err := in.Write(buf[:n]); err != nil {
			return
		}
	}
}
