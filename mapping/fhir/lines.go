package fhir

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
)

// blockSize is about how much text is read and handed to a worker at a time.
const blockSize = 256 << 10

// block is some whole lines of a file.
type block struct {
	first int // number of the first line, from 1
	text  []byte
}

// lines reads one resource (or Bundle) a line, on all cores. Lines may be of any
// length; empty ones are passed over. Problems are told in the order of the lines.
func (d *disk) lines(ctx context.Context, name string, r io.Reader) error {
	var (
		mu       sync.Mutex
		problems []Problem
		workers  sync.WaitGroup
	)
	blocks := make(chan block)
	spare := make(chan []byte, runtime.GOMAXPROCS(0)+1) // buffers that are free again
	worker := *d
	worker.problem = func(p Problem) {
		mu.Lock()
		defer mu.Unlock()
		problems = append(problems, p)
	}
	started := 0
	err := splitLines(ctx, r, spare, func(b block) {
		if started < cap(spare)-1 { // one for the first block, more as long as there is more to read
			started++
			workers.Go(func() {
				for b := range blocks {
					worker.block(name, b)
					select {
					case spare <- b.text[:0]:
					default: // there are enough
					}
				}
			})
		}
		blocks <- b
	})
	close(blocks)
	workers.Wait()
	slices.SortFunc(problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	for _, p := range problems {
		d.problem(p)
	}
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	return err
}

func (d *disk) block(name string, b block) {
	for n := b.first; len(b.text) > 0; n++ {
		line := b.text
		if i := bytes.IndexByte(b.text, '\n'); i >= 0 {
			line, b.text = b.text[:i], b.text[i+1:]
		} else {
			b.text = nil
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			d.document(name, n, line)
		}
	}
}

// splitLines hands on a text in blocks of whole lines, and reads into buffers
// that are spare. What was read before an error is handed on.
func splitLines(ctx context.Context, r io.Reader, spare <-chan []byte, give func(block)) error {
	first := 1
	var rest []byte // the beginning of a line whose end has not been read
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var buf []byte
		select {
		case buf = <-spare:
		default: // all are in use
		}
		buf = append(buf[:0], rest...)
		buf = slices.Grow(buf, max(blockSize, len(rest))) // a long line doubles what is read
		buf, err := fill(r, buf)
		if errors.Is(err, io.EOF) {
			if len(buf) > 0 {
				give(block{first, buf})
			}
			return nil
		}
		end := bytes.LastIndexByte(buf, '\n') + 1
		rest = append(rest[:0], buf[end:]...)
		if end > 0 {
			lines := bytes.Count(buf[:end], []byte{'\n'})
			give(block{first, buf[:end]})
			first += lines
		}
		if err != nil {
			return err // what was begun of a line is no line
		}
	}
}

// fill reads until the buffer is full; io.EOF only where the text has ended.
func fill(r io.Reader, buf []byte) ([]byte, error) {
	for len(buf) < cap(buf) {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err != nil {
			return buf, err
		}
	}
	return buf, nil
}
