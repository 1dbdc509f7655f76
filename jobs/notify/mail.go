package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"
)

// The ways to reach a mail server.
const (
	STARTTLS = "starttls" // in clear until the server has been asked to encrypt; it must
	TLS      = "tls"      // encrypted from the first byte
	Plain    = "none"     // only to this machine
)

// Mail sends messages by SMTP, as text.
type Mail struct {
	To       []string
	From     string
	Server   string // host:port
	Security string // one of the above; empty is STARTTLS
	User     string // empty: without signing in
	Password func(context.Context) (string, error)
	Roots    *x509.CertPool // nil: the system's
	Timeout  time.Duration  // for all of one message; 0 is 30 seconds
	Language string
	Zone     *time.Location
	Now      func() time.Time
}

// Name implements Sender.
func (m *Mail) Name() string { return "mail" }

// Send implements Sender. It has sent when one recipient was accepted; those that the
// server refuses while it takes others are named by their number only, in the error of
// none: a misspelt one must not keep the rest from hearing.
func (m *Mail) Send(ctx context.Context, msg Message) error {
	host, _, err := net.SplitHostPort(m.Server)
	if err != nil {
		return errors.New("notify.mail.smtp is not host:port")
	}
	if m.Security == Plain && !loopback(host) {
		return errors.New("notify.mail.tls is none, and the server is not this machine; use starttls or tls")
	}
	from, to, err := m.addresses()
	if err != nil {
		return err
	}
	timeout := m.Timeout
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	c, closed, err := m.dial(ctx, host)
	if err != nil {
		return fmt.Errorf("the mail server of notify.mail.smtp cannot be reached: %w", err)
	}
	defer closed()
	if err := m.signIn(ctx, c, host); err != nil {
		return err
	}
	return m.hand(c, from, to, msg)
}

func (m *Mail) addresses() (from *mail.Address, to []*mail.Address, err error) {
	if from, err = mail.ParseAddress(m.From); err != nil {
		return nil, nil, errors.New("notify.mail.from is no mail address")
	}
	for _, t := range m.To {
		a, err := mail.ParseAddress(t)
		if err != nil {
			return nil, nil, errors.New("notify.mail.to holds what is no mail address")
		}
		to = append(to, a)
	}
	return from, to, nil
}

// dial connects; the connection ends with ctx, so that a server that says nothing
// does not hold a run.
func (m *Mail) dial(ctx context.Context, host string) (*smtp.Client, func(), error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", m.Server)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	fail := func(err error) (*smtp.Client, func(), error) {
		stop()
		_ = conn.Close()
		if ctx.Err() != nil {
			err = errors.New("it did not answer in time")
		}
		return nil, nil, err
	}
	settings := &tls.Config{ServerName: host, RootCAs: m.Roots, MinVersion: tls.VersionTLS12}
	if m.Security == TLS {
		t := tls.Client(conn, settings)
		if err := t.HandshakeContext(ctx); err != nil {
			return fail(err)
		}
		conn = t
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return fail(err)
	}
	if m.Security == STARTTLS || m.Security == "" {
		if offered, _ := c.Extension("STARTTLS"); !offered {
			return fail(errors.New("it offers no STARTTLS; use tls, or another port, in notify.mail"))
		}
		if err := c.StartTLS(settings); err != nil {
			return fail(err)
		}
	}
	return c, func() { stop(); _ = c.Close() }, nil
}

func (m *Mail) signIn(ctx context.Context, c *smtp.Client, host string) error {
	if m.User == "" {
		return nil
	}
	password, err := m.Password(ctx)
	if err != nil {
		return fmt.Errorf("notify.mail.password: %w", err)
	}
	if err := c.Auth(smtp.PlainAuth("", m.User, password, host)); err != nil {
		// The server's words may repeat what it was given.
		return fmt.Errorf("the mail server did not let brygga sign in%s; check user and password of notify.mail", code(err))
	}
	return nil
}

// hand gives the message to the server.
func (m *Mail) hand(c *smtp.Client, from *mail.Address, to []*mail.Address, msg Message) error {
	if err := c.Mail(from.Address); err != nil {
		return fmt.Errorf("the mail server refuses the sender of notify.mail.from%s", code(err))
	}
	accepted, last := 0, error(nil)
	for _, t := range to {
		if err := c.Rcpt(t.Address); err != nil {
			last = err
			continue
		}
		accepted++
	}
	if accepted == 0 {
		return fmt.Errorf("the mail server refuses all %d recipients of notify.mail.to%s", len(to), code(last))
	}
	w, err := c.Data()
	if err == nil {
		_, err = w.Write(m.letter(from, to, msg))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return fmt.Errorf("the mail server did not take the message%s", code(err))
	}
	_ = c.Quit() // it has the message; how it says goodbye changes nothing
	return nil
}

// code is the server's number for an error, without its words, which may hold addresses.
func code(err error) string {
	var p *textproto.Error
	if errors.As(err, &p) {
		return fmt.Sprintf(" (%d)", p.Code)
	}
	return ""
}

// letter writes headers and text. Message-ID is that of the message, so that one that
// is sent again is known to be the same.
func (m *Mail) letter(from *mail.Address, to []*mail.Address, msg Message) []byte {
	text := Render(msg, m.Language, m.Zone)
	var names []string
	for _, t := range to {
		names = append(names, t.String())
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	var b bytes.Buffer
	for _, h := range [][2]string{
		{"From", from.String()},
		{"To", strings.Join(names, ", ")},
		{"Subject", mime.QEncoding.Encode("utf-8", text.Subject)},
		{"Date", m.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 -0700")},
		{"Message-ID", "<" + msg.ID + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	_, _ = q.Write([]byte(strings.ReplaceAll(text.Body, "\n", "\r\n") + "\r\n"))
	_ = q.Close()
	return b.Bytes()
}
