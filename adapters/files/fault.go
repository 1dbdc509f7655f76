package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"brygga/adapters"
)

// flaw is what is wrong with a file's content. It tells nothing of the content
// but the line, and names that the mapping itself gives.
type flaw struct {
	line int // 0: not about a line
	what string
	do   string
}

func (f *flaw) Error() string {
	if f.line > 0 {
		return fmt.Sprintf("line %d: %s", f.line, f.what)
	}
	return f.what
}

// stray is a failure to get at a file or folder, not yet said of which list.
type stray struct {
	class    adapters.Class
	what, do string
	err      error
}

func (s *stray) Error() string { return s.what }
func (s *stray) Unwrap() error { return s.err }

func (p *pull) fault(class adapters.Class, what, do string) *adapters.Error {
	return &adapters.Error{Class: class, System: p.s.opts.Name, Kind: p.q.Kind, What: what, Do: do}
}

// failed turns a failure into a fault. name is the file that it is about, empty
// for the folder.
func (p *pull) failed(err error, name string) *adapters.Error {
	about := ""
	if name != "" {
		about = p.l.names.shown(name) + ": "
	}
	var (
		known *adapters.Error
		bad   *flaw
		lost  *stray
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return p.fault(adapters.Retry, "was stopped before everything was read", "")
	case errors.As(err, &bad):
		return p.fault(adapters.Protocol, about+bad.Error(), bad.do)
	case errors.As(err, &lost):
		return p.fault(lost.class, about+lost.what, lost.do)
	case errors.Is(err, fs.ErrPermission):
		return p.fault(adapters.Credentials, about+"may not be read", "let the user that brygga runs as (or signs in as) read the folder and its files")
	case errors.Is(err, fs.ErrNotExist):
		return p.fault(adapters.Retry, about+"vanished while it was to be read", "run again; if it happens every night, have files moved away at another time")
	}
	return p.fault(adapters.Retry, about+"could not be read", "check the disk or the server on which the folder lies")
}

// changed is the fault of a file that was not left alone while it was read.
func (p *pull) changed(name string) *adapters.Error {
	return p.fault(adapters.Retry, p.l.names.shown(name)+": changed while it was read",
		"run again when it has been delivered; if it happens every night, raise quiet of this list, or have it written under a name ending in .tmp and renamed")
}

func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d bytes", n)
}
