package files

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"path"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"brygga/adapters"
)

// remote is a folder on an SFTP server, over one connection that is made again
// when it is lost. Links are not followed: where one leads, only the server knows.
type remote struct {
	o      Options
	at     SFTP
	client *sftp.Client // nil while there is no connection
	conn   *ssh.Client
}

// The pause before another attempt doubles from the first to the second.
const (
	firstPause   = 500 * time.Millisecond
	longestPause = 30 * time.Second
)

func (r *remote) close() {
	if r.conn != nil {
		_ = r.conn.Close() // the client's reader ends with it
		_ = r.client.Close()
	}
	r.client, r.conn = nil, nil
}

// do carries out one request, again after a lost connection. op is called anew
// each time, with the connection of then.
func (r *remote) do(ctx context.Context, op func(*sftp.Client) error) error {
	pause := firstPause
	for attempt := 0; ; attempt++ {
		err := r.once(ctx, op)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !lost(err):
			return err
		}
		r.close()
		if attempt >= r.o.Retries {
			return connectionLost(err)
		}
		if err := r.o.Sleep(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, longestPause)
	}
}

func (r *remote) once(ctx context.Context, op func(*sftp.Client) error) error {
	if r.client == nil {
		if err := r.dial(ctx); err != nil {
			return err
		}
	}
	c := r.conn
	done := guard(ctx, r.o.Timeout, func() { _ = c.Close() })
	err := op(r.client)
	if done() && err != nil {
		return errSlow
	}
	return err
}

// guard calls end when ctx ends or d has passed. What it returns stops that, and
// says whether it was the time that ran out.
func guard(ctx context.Context, d time.Duration, end func()) (done func() bool) {
	var late atomic.Bool
	timer := time.AfterFunc(d, func() { late.Store(true); end() })
	stop := context.AfterFunc(ctx, end)
	return func() bool {
		timer.Stop()
		stop()
		return late.Load()
	}
}

var errSlow = errors.New("no answer in time")

// lost says whether an error is that of a connection, and not of a file.
func lost(err error) bool {
	var status *sftp.StatusError
	var known *stray
	switch {
	case errors.As(err, &known), errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, errReplaced):
		return false
	case errors.As(err, &status):
		return status.FxCode() == sftp.ErrSSHFxConnectionLost || status.FxCode() == sftp.ErrSSHFxNoConnection
	}
	return true
}

func connectionLost(err error) *stray {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return &stray{adapters.Fatal, "there is no such host", "check sftp.host of this system, and this machine's DNS", nil}
	case errors.Is(err, errSlow):
		return &stray{adapters.Retry, "the SFTP server does not answer in time, also when asked again", "check the server, and timeout of this system", nil}
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return &stray{adapters.Retry, "the SFTP server cannot be reached", "check that it is up, sftp.host and sftp.port of this system, and the network between", nil}
	}
	return &stray{adapters.Retry, "the connection to the SFTP server was lost, also when made again", "check the server's log, and the network between", nil}
}

// dial connects, with a server whose key is known and no other.
func (r *remote) dial(ctx context.Context) error {
	known, err := knownKeys(r.at.KnownHosts)
	if err != nil {
		return &stray{adapters.Fatal, "sftp.known_hosts: " + err.Error(), "", nil}
	}
	address := net.JoinHostPort(r.at.Host, strconv.Itoa(r.at.Port))
	var refused *stray
	config := &ssh.ClientConfig{
		User: r.at.User, Auth: signIns(r.at), HostKeyAlgorithms: algorithms(known, address),
		HostKeyCallback: func(host string, from net.Addr, key ssh.PublicKey) error {
			err := known(host, from, key)
			if err != nil {
				if refused = refusedHost(err); refused == nil {
					refused = &stray{adapters.Fatal, "the server's key cannot be checked against known_hosts", "check sftp.known_hosts of this system", nil}
				}
			}
			return err
		},
	}
	dialer := net.Dialer{Timeout: r.o.Timeout}
	wire, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	done := guard(ctx, r.o.Timeout, func() { _ = wire.Close() })
	conn, channels, requests, err := ssh.NewClientConn(wire, address, config)
	if err != nil {
		_ = wire.Close()
		return signInFailed(err, refused, done())
	}
	client := ssh.NewClient(conn, channels, requests)
	files, err := sftp.NewClient(client)
	late := done()
	if err != nil {
		_ = client.Close()
		if late {
			return errSlow
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &stray{adapters.Fatal, "the server lets this user in, but not to SFTP", "have SFTP allowed for sftp.user of this system", nil}
	}
	r.conn, r.client = client, files
	return nil
}

// signInFailed sorts the errors of a handshake, whose texts may quote the server.
func signInFailed(err error, refused *stray, late bool) error {
	switch {
	case refused != nil:
		return refused
	case late:
		return errSlow
	case strings.Contains(err.Error(), "unable to authenticate"):
		return &stray{adapters.Credentials, "the SFTP server does not let us in", "check sftp.user, and sftp.password or sftp.key, of this system", nil}
	case strings.Contains(err.Error(), "no common algorithm for host key"):
		return &stray{adapters.Fatal, "the server has no key of the kind that known_hosts has for it: its key may have CHANGED", "ask the server's operator for its key, and put it in sftp.known_hosts of this system", nil}
	case strings.Contains(err.Error(), "no common algorithm"):
		return &stray{adapters.Fatal, "the server speaks only ciphers that are no longer safe", "have the SFTP server renewed", nil}
	}
	return err
}

func signIns(at SFTP) (methods []ssh.AuthMethod) {
	if len(at.Key) > 0 {
		if s, err := signer(at.Key); err == nil { // seen to by Options.check
			methods = append(methods, ssh.PublicKeys(s))
		}
	}
	if at.Password != "" {
		methods = append(methods, ssh.Password(at.Password), ssh.KeyboardInteractive(
			func(_, _ string, questions []string, echoed []bool) ([]string, error) {
				switch {
				case len(questions) == 0:
					return nil, nil
				case len(questions) == 1 && !echoed[0]:
					return []string{at.Password}, nil
				}
				return nil, errors.New("the server asks for more than a password")
			}))
	}
	return methods
}

func (r *remote) path(name string) string { return path.Join(r.at.Path, name) }

func (r *remote) list(ctx context.Context) (found []entry, err error) {
	err = r.do(ctx, func(c *sftp.Client) error {
		found = nil
		all, err := c.ReadDirContext(ctx, r.at.Path)
		for _, info := range all {
			if info.Mode().IsRegular() && !strings.ContainsAny(info.Name(), "/\\") {
				found = append(found, entry{name: info.Name(), size: info.Size(), when: info.ModTime()})
			}
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = &stray{adapters.Fatal, "there is no such folder on the SFTP server", "check sftp.path of this system: it begins where the server puts the user, unless it begins with /", nil}
	}
	return found, err
}

func (r *remote) stat(ctx context.Context, name string) (e entry, err error) {
	err = r.do(ctx, func(c *sftp.Client) error {
		info, err := c.Lstat(r.path(name))
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return fs.ErrNotExist
		}
		e = entry{name: name, size: info.Size(), when: info.ModTime()}
		return nil
	})
	return e, err
}

func (r *remote) open(ctx context.Context, e entry) (io.ReadCloser, error) {
	return newResumed(ctx, r, e), nil
}
