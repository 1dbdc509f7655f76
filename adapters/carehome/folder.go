package carehome

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"brygga/adapters"
)

// A token is the mark of the folder and a random name.
var tokenForm = regexp.MustCompile(`^[A-Z2-7]{13}-[A-Z2-7]{26}$`)

func (o *Outbox) fault(class adapters.Class, what, do string) *adapters.Error {
	return &adapters.Error{Class: class, System: o.opts.Name, What: what, Do: do}
}

// failed says why the folder does not do what is asked. Of the error only its number
// is kept: its text would name files.
func (o *Outbox) failed(doing string, err error) *adapters.Error {
	folder := o.opts.Path
	e := o.fault(adapters.Retry, doing+" "+folder+" failed", "see the system's log for this disk or share")
	var number syscall.Errno
	if errors.As(err, &number) {
		e.Err, e.What = number, doing+" "+folder+" failed: "+number.Error()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		e.What, e.Do = "there is no folder "+folder, "make it, or mount its share, or correct path of this care home"
	case errors.Is(err, syscall.EROFS):
		e.Class, e.What, e.Do = adapters.Fatal, folder+" is read-only", "mount it so that it can be written"
	case errors.Is(err, fs.ErrPermission):
		e.Class, e.What, e.Do = adapters.Fatal, doing+" "+folder+" is not allowed", "let the user that brygga runs as write in it"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		e.What, e.Do = "no room is left in "+folder, "free space there, or have the care home fetch what waits"
	case errors.Is(err, syscall.ESTALE):
		e.Do = "mount its share again"
	}
	return e
}

// sync makes names that came and went in the folder last over a power cut. Some
// shares cannot, and need not be asked.
func (o *Outbox) sync() *adapters.Error {
	d, err := os.Open(o.opts.Path)
	if err != nil {
		return o.failed("opening", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return o.failed("writing in", err)
	}
	return nil
}

// names gives the names that begin so, sorted. The folder is read in pieces.
func (o *Outbox) names(prefix string) ([]string, *adapters.Error) {
	d, err := os.Open(o.opts.Path)
	if err != nil {
		return nil, o.failed("opening", err)
	}
	defer d.Close()
	var found []string
	for {
		some, err := d.Readdirnames(512)
		for _, name := range some {
			if strings.HasPrefix(name, prefix) {
				found = append(found, name)
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			slices.Sort(found)
			return found, nil
		case err != nil:
			return nil, o.failed("reading", err)
		}
	}
}

// mark gives the folder's mark, and makes one where there is none.
func (o *Outbox) mark() (string, *adapters.Error) {
	for {
		there, fault := o.names(markPrefix)
		if fault != nil {
			return "", fault
		}
		for _, name := range there {
			if mark := strings.TrimPrefix(name, markPrefix); tokenForm.MatchString(mark + "-" + strings.Repeat("A", 26)) {
				return mark, nil
			}
		}
		f, err := os.OpenFile(o.path(markPrefix+rand.Text()[:13]), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return "", o.failed("writing in", err)
		}
		if err := f.Close(); err != nil {
			return "", o.failed("writing in", err)
		}
	}
}

// marked says whether this is the folder in which a token was given.
func (o *Outbox) marked(token string) (bool, *adapters.Error) {
	mark, _, _ := strings.Cut(token, "-")
	return o.is(markPrefix + mark)
}

// is says whether there is a file of that name.
func (o *Outbox) is(name string) (bool, *adapters.Error) {
	info, err := os.Lstat(o.path(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, o.failed("reading", err)
	case !info.Mode().IsRegular():
		return false, o.fault(adapters.Rejected, "in "+o.opts.Path+" something that is no file has the name of a handover", "look at what it is, and move it away: "+name)
	}
	return true, nil
}

// remove removes files, those that are gone too.
func (o *Outbox) remove(names ...string) *adapters.Error {
	for _, name := range names {
		if err := os.Remove(o.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return o.failed("removing from", err)
		}
	}
	return nil
}
