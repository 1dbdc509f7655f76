package notify

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// postOffice is a small SMTP server over real sockets, with the faults that mail
// servers have.
type postOffice struct {
	addr  string
	roots *x509.CertPool
	cert  tls.Certificate
	post  postOfficeFaults

	mu      sync.Mutex
	letters []string
	heard   []string // commands, with what followed AUTH
	clear   []string // commands that came before the connection was encrypted
}

type postOfficeFaults struct {
	tlsFromStart, noSTARTTLS, silent bool
	refuseAuth, refuseFrom           bool
	refuse                           map[string]bool // recipients
	refuseData, dropAtData           bool
}

func newPostOffice(t *testing.T, f postOfficeFaults) *postOffice {
	t.Helper()
	p := &postOffice{post: f, roots: x509.NewCertPool()}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "post"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	p.cert = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	leaf, _ := x509.ParseCertificate(der)
	p.roots.AddCert(leaf)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = l.Addr().String()
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { p.serve(conn) })
		}
	})
	return p
}

func (p *postOffice) serve(conn net.Conn) {
	defer func() { conn.Close() }()
	_ = conn.SetDeadline(deadline)
	if p.post.silent {
		_, _ = io.Copy(io.Discard, conn)
		return
	}
	encrypted := p.post.tlsFromStart
	if encrypted {
		conn = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{p.cert}})
	}
	in := bufio.NewReader(conn)
	say := func(s string) { _, _ = io.WriteString(conn, s+"\r\n") }
	say("220 post")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		p.mu.Lock()
		p.heard = append(p.heard, line)
		if !encrypted {
			p.clear = append(p.clear, line)
		}
		p.mu.Unlock()
		verb, rest, _ := strings.Cut(line, " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			say("250-post")
			if !encrypted && !p.post.noSTARTTLS {
				say("250-STARTTLS")
			}
			say("250 AUTH PLAIN")
		case "STARTTLS":
			say("220 go on")
			conn, encrypted = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{p.cert}}), true
			in = bufio.NewReader(conn)
		case "AUTH":
			if p.post.refuseAuth {
				say("535 no: " + rest)
				return
			}
			say("235 welcome")
		case "MAIL":
			if p.post.refuseFrom {
				say("550 not you: " + rest)
				continue
			}
			say("250 ok")
		case "RCPT":
			if a, _, _ := strings.Cut(strings.TrimPrefix(rest, "TO:<"), ">"); p.post.refuse[a] {
				say("550 nobody here: " + a)
				continue
			}
			say("250 ok")
		case "DATA":
			if p.post.refuseData {
				say("554 spam")
				continue
			}
			say("354 go on")
			var letter strings.Builder
			for {
				l, err := in.ReadString('\n')
				if err != nil || p.post.dropAtData {
					return
				}
				if l == ".\r\n" {
					break
				}
				letter.WriteString(strings.TrimPrefix(l, "."))
			}
			p.mu.Lock()
			p.letters = append(p.letters, letter.String())
			p.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("502 what?")
		}
	}
}

// deadline is far off, and keeps a test that hangs from hanging for ever.
var deadline = time.Unix(1<<33, 0)

func mailTo(t *testing.T, p *postOffice, change ...func(*Mail)) *Mail {
	t.Helper()
	m := &Mail{
		To: []string{"it@exempel.se", "Drift <drift@exempel.se>"}, From: "brygga@exempel.se", Server: p.addr, Security: STARTTLS,
		User: "brygga", Password: func(context.Context) (string, error) { return "lösenord", nil },
		Roots: p.roots, Timeout: 5 * time.Second, Language: "sv", Zone: zone(t), Now: func() time.Time { return night },
	}
	for _, c := range change {
		c(m)
	}
	return m
}

func TestMailIsSent(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults postOfficeFaults
		change func(*Mail)
	}{
		{"with STARTTLS", postOfficeFaults{}, func(*Mail) {}},
		{"where nothing is said of encryption, with STARTTLS", postOfficeFaults{}, func(m *Mail) { m.Security = "" }},
		{"encrypted from the first byte", postOfficeFaults{tlsFromStart: true}, func(m *Mail) { m.Security = TLS }},
		{"in clear to this machine, without signing in", postOfficeFaults{noSTARTTLS: true}, func(m *Mail) { m.Security, m.User = Plain, "" }},
		{"to those whom the server takes", postOfficeFaults{refuse: map[string]bool{"it@exempel.se": true}}, func(*Mail) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPostOffice(t, c.faults)
			m := aMessage()
			if err := mailTo(t, p, c.change).Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			if len(p.letters) != 1 {
				t.Fatalf("%d letters", len(p.letters))
			}
			l, err := mail.ReadMessage(strings.NewReader(p.letters[0]))
			if err != nil {
				t.Fatal(err)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(l.Header.Get("Subject"))
			if err != nil || subject != "brygga exempelkommun: reconcile har fått ett nytt fel" {
				t.Errorf("subject %q, %v", subject, err)
			}
			if id := l.Header.Get("Message-ID"); id != "<"+m.ID+"@exempel.se>" {
				t.Errorf("Message-ID %s", id)
			}
			if sent, err := l.Header.Date(); err != nil || !sent.Equal(night) {
				t.Errorf("date %v, %v", sent, err)
			}
			body, err := io.ReadAll(quotedprintable.NewReader(l.Body))
			if err != nil || !strings.Contains(string(body), "visit kan inte läsas från journal") {
				t.Errorf("body %q, %v", body, err)
			}
		})
	}
}

func TestMailThatCannotBeSentSaysWhy(t *testing.T) {
	secret := base64.StdEncoding.EncodeToString([]byte("\x00brygga\x00lösenord"))
	for _, c := range []struct {
		name   string
		faults postOfficeFaults
		change func(*Mail)
		says   string
	}{
		{"a server without STARTTLS gets nothing in clear", postOfficeFaults{noSTARTTLS: true}, nil, "no STARTTLS"},
		{"a certificate that nobody vouches for", postOfficeFaults{}, func(m *Mail) { m.Roots = x509.NewCertPool() }, "certificate"},
		{"the same, encrypted from the first byte", postOfficeFaults{tlsFromStart: true}, func(m *Mail) { m.Security, m.Roots = TLS, x509.NewCertPool() }, "certificate"},
		{"none to another machine", postOfficeFaults{}, func(m *Mail) { m.Security, m.Server = Plain, "post.exempel.se:25" }, "not this machine"},
		{"a wrong password", postOfficeFaults{refuseAuth: true}, nil, "did not let brygga sign in (535)"},
		{"a password that cannot be fetched", postOfficeFaults{}, func(m *Mail) { m.Password = func(context.Context) (string, error) { return "", io.EOF } }, "notify.mail.password"},
		{"a sender that is refused", postOfficeFaults{refuseFrom: true}, nil, "refuses the sender of notify.mail.from (550)"},
		{"recipients who are all refused", postOfficeFaults{refuse: map[string]bool{"it@exempel.se": true, "drift@exempel.se": true}}, nil, "refuses all 2 recipients"},
		{"a message that is refused", postOfficeFaults{refuseData: true}, nil, "did not take the message (554)"},
		{"a connection that breaks in the message", postOfficeFaults{dropAtData: true}, nil, "did not take the message"},
		{"a server that says nothing", postOfficeFaults{silent: true}, func(m *Mail) { m.Timeout = 100 * time.Millisecond }, "did not answer in time"},
		{"a recipient who is no address", postOfficeFaults{}, func(m *Mail) { m.To = []string{"hej"} }, "notify.mail.to"},
		{"a sender who is no address", postOfficeFaults{}, func(m *Mail) { m.From = "hej" }, "notify.mail.from"},
		{"a server without a port", postOfficeFaults{}, func(m *Mail) { m.Server = "post" }, "not host:port"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPostOffice(t, c.faults)
			m := mailTo(t, p)
			if c.change != nil {
				c.change(m)
			}
			err := m.Send(t.Context(), aMessage())
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("error %v, want %q", err, c.says)
			}
			for _, hidden := range []string{"lösenord", secret, "exempel.se>"} {
				if strings.Contains(err.Error(), hidden) {
					t.Errorf("the error tells what it must not: %v", err)
				}
			}
			if len(p.letters) > 0 {
				t.Error("a letter was taken")
			}
			for _, line := range p.clear {
				if strings.HasPrefix(line, "AUTH") || strings.HasPrefix(line, "MAIL") {
					t.Errorf("in clear: %s", line)
				}
			}
		})
	}
}
