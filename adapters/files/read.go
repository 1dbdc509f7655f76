package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"brygga/adapters"
)

// measured reads a file, counting and hashing it as it goes.
type measured struct {
	ctx context.Context
	r   io.Reader
	sum hash.Hash
	n   int64
	max int64 // its size, as it was listed; more means that it grows
}

var errGrew = errors.New("the file has grown")

func (m *measured) Read(p []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(p)
	m.n += int64(n)
	if m.n > m.max {
		return 0, errGrew
	}
	m.sum.Write(p[:n])
	return n, err
}

// digest reads a file through and gives its hash, if it is left alone meanwhile.
func (p *pull) digest(ctx context.Context, e entry) ([]byte, error) {
	file, err := p.f.open(ctx, e)
	if err != nil {
		return nil, p.failed(err, e.name)
	}
	defer file.Close()
	m := &measured{ctx: ctx, r: file, sum: sha256.New(), max: e.size}
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, m, make([]byte, 4*chunk))
	if err := p.undisturbed(ctx, e, m, err); err != nil {
		return nil, err
	}
	return m.sum.Sum(nil), nil
}

// undisturbed says whether the file that was just read is still the one that was
// listed. err is how the reading ended: where the file was not left alone, that
// is the reason, whatever it looked like.
func (p *pull) undisturbed(ctx context.Context, e entry, m *measured, err error) error {
	if ctx.Err() != nil {
		return p.failed(ctx.Err(), e.name)
	}
	var lost *stray
	if errors.As(err, &lost) {
		return p.failed(err, e.name)
	}
	if errors.Is(err, errGrew) || errors.Is(err, errReplaced) || err == nil && m.n != e.size {
		return p.changed(e.name)
	}
	now, statErr := p.f.stat(ctx, e.name)
	switch {
	case statErr != nil:
		return p.failed(statErr, e.name)
	case !now.same(e):
		return p.changed(e.name)
	case err != nil:
		return p.failed(err, e.name)
	}
	return nil
}

// read hands a file's rows on, page by page. The file must be what it was when it
// was examined, to the last byte.
func (p *pull) read(ctx context.Context, c candidate) error {
	file, err := p.f.open(ctx, c.entry)
	if err != nil {
		return p.failed(err, c.name)
	}
	defer file.Close()
	m := &measured{ctx: ctx, r: file, sum: sha256.New(), max: c.size}
	rows := p.out.Rows
	fault, err := p.hand(ctx, p.l.open(m))
	p.out.Bytes += m.n
	if fault != nil {
		return fault
	}
	if err == nil {
		_, err = io.Copy(io.Discard, m) // what a format does not look at belongs to the hash
	}
	if err := p.undisturbed(ctx, c.entry, m, err); err != nil {
		return err
	}
	if !bytes.Equal(m.sum.Sum(nil), c.sum) {
		return p.changed(c.name)
	}
	if n := p.out.Rows - rows; c.said.rows >= 0 && c.said.rows != n {
		return p.fault(adapters.Protocol, fmt.Sprintf("%s: has %d rows, and its manifest says %d", p.l.names.shown(c.name), n, c.said.rows), "have both written again; a header is no row")
	}
	p.s.log.Info().Str("kind", p.q.Kind).Str("file", p.l.names.shown(c.name)).Int("rows", p.out.Rows-rows).Int64("bytes", m.n).Msg("read a file")
	return nil
}

// open reads the records of a file.
func (c *list) open(r io.Reader) records {
	if c.Format == XML {
		return newXMLRows(newText(r, c.Encoding), c)
	}
	enc := c.Encoding
	if enc == "" {
		enc = UTF8
	}
	t := newText(r, enc)
	switch c.Format {
	case JSON:
		return newElements(t, c)
	case NDJSON:
		return newLineObjects(t)
	}
	return newTable(t, c)
}

// pageBytes is about how big a page grows.
const pageBytes = 1 << 20

// body is a page that was read ahead.
type body struct {
	json []byte
	rows int
}

// hand reads pages and gives each to the reader while the next is read. fault is
// that of the reader; err says how reading ended, nil at the right end. Both
// sides have stopped when it returns.
func (p *pull) hand(ctx context.Context, from records) (fault *adapters.Error, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	pages, spare := make(chan body), make(chan []byte, 2)
	spare <- nil
	spare <- nil
	go func() {
		defer close(pages)
		err = produce(ctx, from, p.s.opts.PageRows, pages, spare)
	}()
	for b := range pages {
		if fault == nil {
			if fault = p.take(b); fault != nil {
				stop()
			}
		}
		spare <- b.json
	}
	return fault, err
}

// produce fills pages until the records end.
func produce(ctx context.Context, from records, most int, pages chan<- body, spare <-chan []byte) error {
	for {
		var b body
		select {
		case b.json = <-spare:
		case <-ctx.Done():
			return ctx.Err()
		}
		if b.json == nil {
			b.json = make([]byte, 0, pageBytes/4)
		}
		b.json = append(b.json[:0], '[')
		var err error
		for err == nil && b.rows < most && len(b.json) < pageBytes {
			at := len(b.json)
			if b.rows > 0 {
				b.json = append(b.json, ',')
			}
			if b.json, err = from.next(b.json); err != nil {
				b.json = b.json[:at]
				break
			}
			b.rows++
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if b.rows > 0 {
			b.json = append(b.json, ']')
			select {
			case pages <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err != nil {
			return nil
		}
	}
}

// take gives a page to the reader.
func (p *pull) take(b body) *adapters.Error {
	p.out.Pages++
	p.out.Rows += b.rows
	failed := func(what string, err error) *adapters.Error {
		e := p.fault(adapters.Protocol, what, "see what the mapping says of this list")
		e.Page, e.Err = p.out.Pages, err
		var known *adapters.Error
		if errors.As(err, &known) {
			e.What, e.Do = known.What, known.Do
		}
		return e
	}
	page, err := p.r.Open(b.json)
	if err != nil {
		return failed("the page cannot be read by the mapping", err)
	}
	if page.Take == nil {
		return nil
	}
	if err := page.Take(); err != nil {
		return failed("the rows of the page could not be taken in", err)
	}
	return nil
}
