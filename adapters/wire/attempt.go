package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// ErrTooBig: an answer is larger than Options.MaxBytes.
var ErrTooBig = errors.New("the answer is larger than is read")

// ErrTruncated: an answer ended before its end. It wraps the reader's own error.
var ErrTruncated = errors.New("the answer is truncated")

// maxRefusal bounds the body of an answer that is an error.
const maxRefusal = 1 << 20

// attempt sends one request and reads its answer to the end, into the trip's
// buffer, within one timeout. Since this lies below the retries, a body that
// breaks off is a failed attempt like any other. The limit holds for the bytes
// after decompression.
type attempt struct {
	next    http.RoundTripper
	limit   int64
	timeout time.Duration
	pool    *bufferPool
}

func (a *attempt) RoundTrip(req *http.Request) (*http.Response, error) {
	t := tripOf(req.Context())
	t.tries++
	a.pool.put(t.body)
	t.body = nil
	ctx, cancel := context.WithTimeout(req.Context(), a.timeout)
	defer cancel()
	resp, err := a.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	good := resp.StatusCode < 300
	limit := a.limit
	if !good {
		limit = min(limit, maxRefusal)
	}
	buf := a.pool.get()
	err = buf.fill(resp.Body, resp.ContentLength, limit)
	if err == nil && good && t.json && !endsAsJSON(buf.bytes) {
		// A connection that closes without a length ends like a whole body does.
		err = fmt.Errorf("%w: it does not end as JSON", ErrTruncated)
	}
	if err != nil && good {
		a.pool.put(buf)
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, err
	}
	t.body = buf // of a refusal, whatever could be read
	resp.Body = http.NoBody
	resp.ContentLength = 0
	resp.Request = req
	return resp, nil
}

// endsAsJSON tells a body that was cut off from a whole one, in no time. It lets
// pass what is no JSON from its start (a web page, XML): that is judged later.
func endsAsJSON(b []byte) bool {
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return true
	}
	switch b[0] {
	case '{':
		return b[len(b)-1] == '}'
	case '[':
		return len(b) > 1 && b[len(b)-1] == ']'
	}
	return true
}

// buffer holds one answer. Its bytes are valid until it is given back.
type buffer struct{ bytes []byte }

// fill reads all of r, at most limit bytes. size is what the answer says its
// length is, -1 if it does not.
func (b *buffer) fill(r io.Reader, size, limit int64) error {
	b.bytes = b.bytes[:0]
	if size > limit {
		return ErrTooBig
	}
	if want := int(size) + 1; size > 0 && cap(b.bytes) < want {
		b.bytes = make([]byte, 0, want) // one more, to see the end without growing
	}
	for {
		if len(b.bytes) == cap(b.bytes) {
			grown := make([]byte, len(b.bytes), max(2*cap(b.bytes), 64<<10))
			copy(grown, b.bytes)
			b.bytes = grown
		}
		n, err := r.Read(b.bytes[len(b.bytes):cap(b.bytes)])
		b.bytes = b.bytes[:len(b.bytes)+n]
		switch {
		case int64(len(b.bytes)) > limit:
			return ErrTooBig
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%w: %w", ErrTruncated, err)
		}
	}
}

// bufferPool keeps the buffers of answers that have been taken. Of those that an
// unusual answer made very large, none is kept.
type bufferPool struct{ pool sync.Pool }

const maxPooled = 16 << 20

func (p *bufferPool) get() *buffer {
	if b, ok := p.pool.Get().(*buffer); ok {
		return b
	}
	return new(buffer)
}

func (p *bufferPool) put(b *buffer) {
	if b != nil && cap(b.bytes) <= maxPooled {
		p.pool.Put(b)
	}
}
