package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"brygga/adapters"
)

// ownChecks are what a source must do that has nothing to do with what lies
// behind it.
func ownChecks(open func(testing.TB) adapters.Source, q adapters.Query, reader func() Rows, secrets []string) map[string]func(testing.TB) error {
	incomplete := func(o adapters.Outcome, class adapters.Class) error {
		return broken(o, q, []adapters.Class{class}, secrets)
	}
	return map[string]func(testing.TB) error{
		"a page that the reader does not know makes the pull incomplete": func(t testing.TB) error {
			return incomplete(open(t).Pull(context.Background(), q, refusing{open: true}), adapters.Protocol)
		},
		"rows that the reader cannot take make the pull incomplete": func(t testing.TB) error {
			return incomplete(open(t).Pull(context.Background(), q, refusing{reader: reader()}), adapters.Protocol)
		},
		"a pull that is stopped from the start is incomplete": func(t testing.TB) error {
			ctx, stop := context.WithCancel(context.Background())
			stop()
			return incomplete(open(t).Pull(ctx, q, reader()), adapters.Retry)
		},
		"what a source cannot do besides, it says": func(t testing.TB) error {
			s := open(t)
			can := s.Can()
			if !can.Read {
				if body, err := s.Read(context.Background(), "row/1"); body != nil || !fatal(err) {
					return fmt.Errorf("a source that reads no single record answered %d bytes, error %w", len(body), err)
				}
			}
			if !can.Any {
				if yes, err := s.Any(context.Background(), q); yes || !fatal(err) {
					return fmt.Errorf("a source that answers no question answered %v, error %w", yes, err)
				}
			}
			return nil
		},
	}
}

func fatal(err error) bool {
	var e *adapters.Error
	return errors.As(err, &e) && e.Class == adapters.Fatal
}

// refusing fails in Open or in Take.
type refusing struct {
	open   bool
	reader adapters.Reader
}

func (r refusing) Open(body []byte) (adapters.Page, error) {
	if r.open {
		return adapters.Page{}, errors.New("no such page")
	}
	p, err := r.reader.Open(body)
	p.Take = func() error { return errors.New("no room") }
	return p, err
}

// cleanError says whether an error tells what it must not, or too little.
func cleanError(e *adapters.Error, secrets []string) error {
	text := e.Error()
	for err := e.Unwrap(); err != nil; err = errors.Unwrap(err) {
		text += " | " + err.Error()
	}
	if err := silentAbout(text, append([]string{"?", "\n"}, secrets...)); err != nil {
		return fmt.Errorf("the error: %w", err)
	}
	if e.System == "" || e.What == "" {
		return fmt.Errorf("the error does not say what and where: %s", text)
	}
	return nil
}

// silentAbout says which of the secrets stands in a text.
func silentAbout(text string, secrets []string) error {
	for _, s := range append([]string{"secret="}, secrets...) {
		if s != "" && strings.Contains(text, s) {
			return fmt.Errorf("it holds %q: %s", s, text)
		}
	}
	return nil
}
