package files

import (
	"bytes"
	"errors"
	"io"
)

// Limits of one record, however the file is written.
const (
	maxRecord = 1 << 20 // bytes
	maxDepth  = 64      // of objects in objects, elements in elements
)

// records are the rows of one file.
type records interface {
	// next appends the next record to dst, as a JSON object. It ends with io.EOF,
	// and only if the file was right to its end; else with a *flaw, or the
	// error of the reader below.
	next(dst []byte) ([]byte, error)
}

// window is a piece of a text that slides over it.
type window struct {
	r          io.Reader
	buf        []byte
	start, end int
	ended      bool
}

// more reads on, keeping what lies between start and end.
func (w *window) more() error {
	switch {
	case w.buf == nil:
		w.buf = make([]byte, 4*chunk)
	case w.start > 0:
		w.end = copy(w.buf, w.buf[w.start:w.end])
		w.start = 0
	case w.end == len(w.buf):
		w.buf = append(w.buf, make([]byte, len(w.buf))...)
	}
	n, err := io.ReadAtLeast(w.r, w.buf[w.end:], 1)
	w.end += n
	if errors.Is(err, io.EOF) {
		w.ended = true
		return nil
	}
	return err
}

// csvReader cuts a text into rows, by the delimiter and the quote of a list. It
// is strict: a quote stands around a whole field or is doubled within one, and a
// line ends in LF or CRLF. Empty lines are no rows.
type csvReader struct {
	window
	delimiter, quote byte // quote 0: none

	line    int  // the next to be read, from 1
	at      int  // where the row that was given began
	open    bool // the row that was given is the last one and has no end of line
	fields  [][]byte
	scratch []byte
}

var errMore = errors.New("the row goes on after the window")

// row gives the next row's fields, which hold until the next call.
func (c *csvReader) row() ([][]byte, error) {
	for {
		err := c.try()
		if !errors.Is(err, errMore) {
			return c.fields, err
		}
		if c.end-c.start > maxRecord {
			do := "set delimiter and quote of this list as the file has them, or have the file written again"
			return nil, &flaw{c.line, "the row does not end within " + size(maxRecord) + "; a quote may be open", do}
		}
		if err := c.more(); err != nil {
			return nil, err
		}
	}
}

func (c *csvReader) try() error {
	for {
		b := c.buf[c.start:c.end]
		n := bytes.IndexByte(b, '\n')
		next := n + 1
		switch {
		case n < 0 && !c.ended:
			return errMore
		case n < 0 && len(b) == 0:
			return io.EOF
		case n < 0:
			n, next = len(b), len(b)
			c.open = true
		}
		line := b[:n]
		if n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		if len(line) == 0 {
			c.start += next
			c.line++
			continue
		}
		c.at = c.line
		if c.quote != 0 && bytes.IndexByte(line, c.quote) >= 0 {
			return c.quoted(b)
		}
		if bytes.IndexByte(line, '\r') >= 0 {
			return c.loneCR(c.line)
		}
		c.fields = c.fields[:0]
		for {
			i := bytes.IndexByte(line, c.delimiter)
			if i < 0 {
				break
			}
			c.fields = append(c.fields, line[:i])
			line = line[i+1:]
		}
		c.fields = append(c.fields, line)
		c.start += next
		c.line++
		return nil
	}
}

// quoted cuts a row that holds quotes.
func (c *csvReader) quoted(b []byte) error {
	c.fields, c.scratch = c.fields[:0], c.scratch[:0]
	at := func(i int) int { return c.line + bytes.Count(b[:i], []byte{'\n'}) }
	for i := 0; ; i++ {
		var field []byte
		var err error
		if i < len(b) && b[i] == c.quote {
			field, i, err = c.within(b, i)
		} else {
			from := i
			for i < len(b) && b[i] != c.delimiter && b[i] != '\n' && b[i] != '\r' && b[i] != c.quote {
				i++
			}
			field = b[from:i]
		}
		if err != nil {
			return err
		}
		c.fields = append(c.fields, field)
		if i == len(b) && !c.ended {
			return errMore
		}
		switch {
		case i == len(b):
			c.open = true
		case b[i] == c.delimiter:
			continue
		case b[i] == '\n':
			i++
		case b[i] == '\r' && i+1 == len(b) && !c.ended:
			return errMore
		case b[i] == '\r' && i+1 == len(b):
			i++
		case b[i] == '\r' && b[i+1] == '\n':
			i += 2
		case b[i] == '\r':
			return c.loneCR(at(i))
		default:
			return &flaw{at(i), "a quote stands within a field without being doubled", "have the file written with quotes doubled, or set quote of this list"}
		}
		c.line = at(i)
		if b[i-1] != '\n' {
			c.line++
		}
		c.start += i
		return nil
	}
}

// within reads a quoted field that begins at b[i], and gives where it ended.
func (c *csvReader) within(b []byte, i int) (field []byte, end int, err error) {
	began := i
	i++
	from, kept := i, len(c.scratch)
	for {
		n := bytes.IndexByte(b[i:], c.quote)
		if n < 0 || i+n+1 == len(b) && !c.ended {
			if c.ended {
				line := c.line + bytes.Count(b[:began], []byte{'\n'})
				return nil, 0, &flaw{line, "a quote is opened and not closed before the file ends", "have the file written again: it may be cut off"}
			}
			return nil, 0, errMore
		}
		i += n
		if i+1 < len(b) && b[i+1] == c.quote {
			c.scratch = append(c.scratch, b[from:i+1]...)
			i += 2
			from = i
			continue
		}
		if from == began+1 {
			return b[from:i], i + 1, nil
		}
		c.scratch = append(c.scratch, b[from:i]...)
		return c.scratch[kept:len(c.scratch):len(c.scratch)], i + 1, nil
	}
}

func (c *csvReader) loneCR(line int) error {
	return &flaw{line, "a carriage return stands alone, outside quotes", "have the file written with lines that end in LF or CRLF"}
}
