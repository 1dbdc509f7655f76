package files

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"brygga/adapters"
)

// entry is a file as it lies in the folder.
type entry struct {
	name string
	size int64
	when time.Time // of its last change, by the clock of the machine that holds it
}

func (e entry) same(other entry) bool {
	return e.name == other.name && e.size == other.size && e.when.Equal(other.when)
}

// folder is where the files are, for one pull. Errors are a *stray, or one that
// wraps fs.ErrPermission or fs.ErrNotExist.
type folder interface {
	// list gives the regular files, in no order; a link that leads out of the
	// folder is none.
	list(ctx context.Context) ([]entry, error)
	// stat looks at one file again.
	stat(ctx context.Context, name string) (entry, error)
	// open reads a file from its beginning.
	open(ctx context.Context, e entry) (io.ReadCloser, error)
	close()
}

// local is a folder on this machine. Links are followed as long as they stay in
// it: os.Root sees to that.
type local struct{ root *os.Root }

func openLocal(path string) (folder, error) {
	root, err := os.OpenRoot(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, &stray{adapters.Credentials, "the folder may not be read", "let the user that brygga runs as read path of this system", nil}
	case err != nil:
		return nil, &stray{adapters.Fatal, "there is no such folder", "check path of this system, and that it is mounted", nil}
	}
	return &local{root}, nil
}

func (l *local) close() { _ = l.root.Close() }

func (l *local) list(ctx context.Context) ([]entry, error) {
	dir, err := l.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	var found []entry
	for {
		some, err := dir.ReadDir(1000)
		for _, d := range some {
			if d.IsDir() {
				continue
			}
			// One that is gone meanwhile, or leads outside, is not there for us.
			if e, err := l.stat(ctx, d.Name()); err == nil {
				found = append(found, e)
			} else if ctx.Err() != nil {
				return nil, ctx.Err()
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return found, nil
		case err != nil:
			return nil, err
		}
	}
}

func (l *local) stat(ctx context.Context, name string) (entry, error) {
	if err := ctx.Err(); err != nil {
		return entry{}, err
	}
	info, err := l.root.Stat(name)
	if err != nil {
		return entry{}, err
	}
	if !info.Mode().IsRegular() {
		return entry{}, fs.ErrNotExist
	}
	return entry{name: name, size: info.Size(), when: info.ModTime()}, nil
}

func (l *local) open(ctx context.Context, e entry) (io.ReadCloser, error) {
	if _, err := l.stat(ctx, e.name); err != nil { // a pipe would keep us waiting
		return nil, err
	}
	return l.root.Open(e.name)
}
