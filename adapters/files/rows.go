package files

import (
	"errors"
	"fmt"
	"io"
)

// Rows reads what one file of a list holds, as it lies: a JSON array of the rows, as
// a Reader is handed them. It is for looking at a file, or at a part of one: nothing
// is asked of its name, its age or whether it is complete. An error says what is
// wrong with the file, and never shows any of it.
func Rows(l List, r io.Reader) ([]byte, error) {
	l.Complete, l.Delivery = Complete{}, Whole
	c, err := compile(l)
	if err != nil {
		return nil, err
	}
	out := []byte{'['}
	for from := c.open(r); ; {
		start := len(out)
		if start > 1 {
			out = append(out, ',')
		}
		next, err := from.next(out)
		if errors.Is(err, io.EOF) {
			return append(out[:start], ']'), nil
		}
		var wrong *flaw
		if errors.As(err, &wrong) {
			return nil, fmt.Errorf("%w; %s", err, wrong.do)
		}
		if err != nil {
			return nil, err
		}
		out = next
	}
}
