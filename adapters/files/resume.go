package files

import (
	"context"
	"errors"
	"io"

	"github.com/pkg/sftp"
)

// resumed reads a remote file from its beginning to its end over as many
// connections as that takes. After a lost one it goes on where it was, if the
// file is still the same; whether it was is seen by its hash once more at the end.
type resumed struct {
	ctx  context.Context
	r    *remote
	e    entry
	file *sftp.File   // nil: not open on the connection of now
	of   *sftp.Client // the connection that it is open on
	read int64
	buf  []byte
	rest []byte // of buf, not yet given
}

// errReplaced: while the connection was lost, another file took its place.
var errReplaced = errors.New("the file was replaced")

// ahead is how much is asked for at one time: the client divides it into
// requests side by side, so that a distant server is not waited for each time.
const ahead = 512 << 10

func newResumed(ctx context.Context, r *remote, e entry) *resumed {
	return &resumed{ctx: ctx, r: r, e: e, buf: make([]byte, ahead)}
}

func (f *resumed) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		n, err := f.more()
		if n == 0 {
			return 0, err
		}
		f.rest = f.buf[:n]
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// more fills buf. io.EOF is the end of the file: one that ends before its size
// has been cut, which whoever reads it sees by its length.
func (f *resumed) more() (n int, err error) {
	ended := false
	err = f.r.do(f.ctx, func(c *sftp.Client) error {
		if f.file == nil || f.of != c {
			if err := f.again(c); err != nil {
				return err
			}
		}
		var err error
		n, err = f.file.ReadAt(f.buf, f.read)
		if n > 0 || errors.Is(err, io.EOF) {
			ended = n == 0
			return nil // an error comes again with the next
		}
		return err
	})
	f.read += int64(n)
	if err == nil && ended {
		err = io.EOF
	}
	return n, err
}

// again opens the file on a connection.
func (f *resumed) again(c *sftp.Client) error {
	f.file = nil
	info, err := c.Lstat(f.r.path(f.e.name))
	if err != nil {
		return err
	}
	if now := (entry{f.e.name, info.Size(), info.ModTime()}); !info.Mode().IsRegular() || f.read > 0 && !now.same(f.e) {
		return errReplaced
	}
	file, err := c.Open(f.r.path(f.e.name))
	if err != nil {
		return err
	}
	f.file, f.of = file, c
	return nil
}

func (f *resumed) Close() error {
	if f.file == nil || f.of != f.r.client {
		return nil
	}
	file := f.file
	f.file = nil
	return f.r.once(f.ctx, func(*sftp.Client) error { return file.Close() })
}
