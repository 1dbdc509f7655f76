package jobs

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"brygga/sandbox"
)

// nameServer answers every question of a name alike: with this machine's address, with an
// error, or not at all.
type nameServer struct {
	conn net.PacketConn
	told atomic.Int32 // questions that went wrong
	code atomic.Int32
	of   atomic.Pointer[string] // the first part of the one name that is answered so
}

// What a name server answers (RFC 1035, 4.1.1).
const (
	nameFound   = 0
	nameFails   = 2
	nameUnknown = 3
	nameSilent  = -1
)

// hasty waits a moment for an answer, and not five seconds.
type hasty struct{ *net.UDPConn }

func (h hasty) SetDeadline(time.Time) error {
	return h.UDPConn.SetDeadline(time.Now().Add(100 * time.Millisecond))
}

// newNameServer is asked by everybody in this process until the test ends.
func newNameServer(t *testing.T) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &nameServer{conn: conn}
	done := make(chan struct{})
	go func() { defer close(done); s.serve() }()
	was := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
		if err != nil {
			return nil, err
		}
		return hasty{c.(*net.UDPConn)}, nil
	}}
	t.Cleanup(func() {
		net.DefaultResolver = was
		conn.Close()
		<-done
	})
	return s
}

// lacks says which name is answered with a code from now on.
func (s *nameServer) lacks(name string, code int32) {
	s.told.Store(0)
	s.of.Store(nil)
	s.code.Store(code)
	if name != "" {
		s.of.Store(&name)
	}
}

func (s *nameServer) serve() {
	buf := make([]byte, 1500)
	for {
		n, from, err := s.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		code := s.code.Load()
		if of := s.of.Load(); of == nil || !bytes.Contains(buf[:n], []byte(*of+"\x07example")) {
			code = nameFound
		}
		if code != nameFound {
			s.told.Add(1)
		}
		end := 12
		for end < n && buf[end] != 0 {
			end += int(buf[end]) + 1
		}
		if end += 5; code == nameSilent || end > n {
			continue
		}
		answer := append([]byte{}, buf[:end]...)
		answer[2], answer[3] = 0x84|buf[2]&1, 0x80|byte(code)
		copy(answer[4:12], []byte{0, 1, 0, 0, 0, 0, 0, 0})
		if code == nameFound && buf[end-3] == 1 { // an IPv4 address is asked for
			answer[7] = 1
			answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
		}
		_, _ = s.conn.WriteTo(answer, from)
	}
}

// secured puts TLS before a server, under a name that only a name server knows.
func (b *bed) secured(server *sandbox.Server, name string) (url string) {
	b.Helper()
	s := httptest.NewUnstartedServer(server)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{}
	s.StartTLS()
	b.Cleanup(s.Close)
	b.write("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	return "https://" + name + ":" + port + "/fhir"
}

// The names of the record system and of the care home cannot be looked up: nothing is
// written or sent, it is said which name, and when they can be again all is done.
func TestNamesThatCannotBeLookedUp(t *testing.T) {
	if testing.Short() {
		t.Skip("a name server that is silent is waited for")
	}
	names := newNameServer(t) // it is everybody's, so these do not run side by side
	findings, handed := undisturbed(t)
	for _, row := range []struct {
		name string
		code int32
		says string
	}{
		{"there is no such name", nameUnknown, "there is no host"},
		{"the name server fails", nameFails, "name could not be looked up"},
		{"the name server is silent", nameSilent, "name could not be looked up"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newMoveTown(t)
			lines := b.lines
			home := lines[strings.Index(lines, "http://"):]
			home = home[:strings.Index(home, ",")]
			b.lines = strings.Replace(lines, "url: "+home, "timeout: 1s, tls: {ca: ca.pem}, url: "+b.secured(b.home, "home.example.com"), 1)
			b.url = b.secured(b.server, "journal.example.com")
			b.configure("systems:\n  journal: {kind: fhir, url: '" + b.url + "', tls: {ca: ca.pem}, timeout: 1s, page_size: 50, receives: [flags, tasks]}\n" + b.lines + townSettings)

			names.lacks("journal", row.code)
			rep := b.reconcile()
			if rep.Exit != ExitPartly || !strings.Contains(told(rep.Problems), row.says) || names.told.Load() == 0 {
				t.Errorf("exit %d, %d questions, %s", rep.Exit, names.told.Load(), told(rep.Problems))
			}
			if n := len(b.findings()); n > 0 {
				t.Errorf("%d Flags and Tasks were written", n)
			}
			names.lacks("", 0)
			b.reopen()
			b.run(ExitDone)
			for _, gone := range []string{"journal", "home"} {
				b.reopen() // what is connected needs no name
				names.lacks(gone, row.code)
				hand, err := b.job.RunHandover(b.ctx(), HandoverOptions{Trigger: "test", By: Asker{By: "schedule"}})
				b.must(err)
				if hand.Exit != ExitPartly || !strings.Contains(told(hand.Problems), row.says) || names.told.Load() == 0 {
					t.Errorf("without %s: exit %d, %d questions, %s", gone, hand.Exit, names.told.Load(), told(hand.Problems))
				}
				if n := len(b.home.All("Bundle")); n > 0 {
					t.Errorf("without %s %d documents were sent", gone, n)
				}
			}
			names.lacks("", 0)
			b.reopen()
			b.asUndisturbed(findings, handed)
		})
	}
}
