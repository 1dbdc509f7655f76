package files

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// server is an SFTP server on loopback over a real folder, with faults.
type server struct {
	t    testing.TB
	dir  string
	host string
	port int

	keys   []ssh.Signer
	user   ssh.PublicKey // who may sign in by key
	asking bool          // for the password by keyboard-interactive only
	noSFTP bool

	// cut is after how many bytes sent a connection is cut; negative never. How many
	// connections are cut so is cuts.
	cut  atomic.Int64
	cuts atomic.Int64
	// mute: nothing is answered any more.
	mute atomic.Bool
	// dials counts connections.
	dials atomic.Int64

	mu    sync.Mutex // also of keys, user, asking and noSFTP
	conns map[net.Conn]bool
}

func ed25519Key(t testing.TB) (ssh.Signer, []byte) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	return s, pem.EncodeToMemory(block)
}

func rsaKey(t testing.TB) ssh.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newServer(t testing.TB, dir string) *server {
	s := &server{t: t, dir: dir, conns: map[net.Conn]bool{}}
	s.cut.Store(-1)
	key, _ := ed25519Key(t)
	s.keys = []ssh.Signer{key}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().(*net.TCPAddr)
	s.host, s.port = at.IP.String(), at.Port
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.dials.Add(1)
			s.mu.Lock()
			s.conns[c] = true
			s.mu.Unlock()
			all.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		s.hangUp()
		all.Wait()
	})
	return s
}

// hangUp cuts every connection.
func (s *server) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
		delete(s.conns, c)
	}
}

// faulty is a connection that may be cut, or fall silent.
type faulty struct {
	net.Conn
	s    *server
	sent atomic.Int64
}

func (f *faulty) Write(p []byte) (int, error) {
	if f.s.mute.Load() {
		return len(p), nil
	}
	if after := f.s.cut.Load(); after >= 0 && f.sent.Add(int64(len(p))) > after {
		if f.s.cuts.Add(-1) >= 0 {
			f.Conn.Close()
			return 0, io.ErrClosedPipe
		}
		f.s.cut.Store(-1)
	}
	return f.Conn.Write(p)
}

func (s *server) serve(c net.Conn) {
	defer c.Close()
	s.mu.Lock()
	keys, user, asking, noSFTP := s.keys, s.user, s.asking, s.noSFTP
	s.mu.Unlock()
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if user != nil && string(key.Marshal()) == string(user.Marshal()) {
				return nil, nil
			}
			return nil, errors.New("no")
		},
	}
	if asking {
		config.KeyboardInteractiveCallback = func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			answers, err := ask("", "", []string{"Password:"}, []bool{false})
			if err != nil || len(answers) != 1 || answers[0] != "sesam" {
				return nil, errors.New("no")
			}
			return nil, nil
		}
	} else {
		config.PasswordCallback = func(m ssh.ConnMetadata, p []byte) (*ssh.Permissions, error) {
			if m.User() == "brygga" && string(p) == "sesam" {
				return nil, nil
			}
			return nil, errors.New("no")
		}
	}
	for _, k := range keys {
		config.AddHostKey(k)
	}
	conn, channels, requests, err := ssh.NewServerConn(&faulty{Conn: c, s: s}, config)
	if err != nil {
		return
	}
	defer conn.Close()
	go ssh.DiscardRequests(requests)
	var all sync.WaitGroup
	defer all.Wait()
	for ch := range channels {
		channel, asked, err := ch.Accept()
		if err != nil {
			continue
		}
		all.Go(func() {
			for r := range asked {
				ok := r.Type == "subsystem" && !noSFTP
				_ = r.Reply(ok, nil)
				if !ok {
					continue
				}
				files, err := sftp.NewServer(channel, sftp.ReadOnly(), sftp.WithServerWorkingDirectory(s.dir))
				if err != nil {
					continue
				}
				all.Go(func() {
					_ = files.Serve()
					files.Close()
					channel.Close()
				})
			}
		})
	}
}

// known writes a file of known hosts with these keys for the server.
func (s *server) known(keys ...ssh.Signer) string {
	s.t.Helper()
	var b []byte
	for _, k := range keys {
		address := knownhosts.Normalize(net.JoinHostPort(s.host, itoa(s.port)))
		b = append(b, knownhosts.Line([]string{address}, k.PublicKey())+"\n"...)
	}
	path := filepath.Join(s.t.TempDir(), "known_hosts")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// remoteWorld is a world whose folder is on the server.
func remoteWorld(t testing.TB, l List) (*world, *server) {
	w := newWorld(t, l)
	s := newServer(t, w.dir)
	w.o.Folder = ""
	w.o.SFTP = &SFTP{Host: s.host, Port: s.port, User: "brygga", Password: "sesam", KnownHosts: s.known(s.keys[0])}
	return w, s
}
