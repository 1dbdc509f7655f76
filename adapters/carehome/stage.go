package carehome

import (
	"archive/zip"
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"filippo.io/age"

	"brygga/adapters"
)

// Stage writes the encrypted archive under a hidden name, and gives the token by
// which it is found. It is on the disk when this returns. Only then is what earlier
// calls left removed, so that a token that is known always says the truth.
func (o *Outbox) Stage(ctx context.Context, d adapters.Delivery) (string, error) {
	if fault := o.ready(ctx, d.ID, ""); fault != nil {
		return "", fault
	}
	if len(d.Document) == 0 || len(d.Page) == 0 {
		return "", o.fault(adapters.Rejected, "a handover has no document, or no page", "this is a fault of brygga: report it")
	}
	if _, fault := o.is(final(d.ID)); fault != nil {
		return "", fault
	}
	o.at("mark")
	mark, fault := o.mark()
	if fault != nil {
		return "", fault
	}
	old, fault := o.left(d.ID)
	if fault != nil {
		return "", fault
	}
	token := mark + "-" + rand.Text()
	name := stagedName(d.ID, token)
	if fault := o.write(ctx, name, d); fault != nil {
		_ = o.remove(name)
		return "", fault
	}
	o.at("sync folder")
	if fault := o.sync(); fault != nil {
		_ = o.remove(name)
		return "", fault
	}
	o.at("remove old")
	if fault := o.remove(old...); fault != nil {
		o.log.Warn().Str("failed", fault.What).Msg("what an earlier attempt left in the outbox could not be removed; the next one tries again")
	}
	return token, nil
}

// left is what earlier calls of Stage and Drop left of a delivery.
func (o *Outbox) left(id string) ([]string, *adapters.Error) {
	staged, fault := o.names("." + id + stagedPart)
	if fault != nil {
		return nil, fault
	}
	dropped, fault := o.names("." + id + droppedPart)
	return append(staged, dropped...), fault
}

// write makes one file of a delivery, whole and on the disk, or says why not.
func (o *Outbox) write(ctx context.Context, name string, d adapters.Delivery) *adapters.Error {
	o.at("create")
	f, err := os.OpenFile(o.path(name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return o.failed("writing in", err)
	}
	defer f.Close()
	o.at("write")
	err = o.seal(ctx, f, d)
	if err == nil {
		o.at("sync file")
		err = errors.Join(f.Chmod(o.opts.Mode), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return o.ready(ctx, d.ID, "")
	}
	return o.failed("writing in", err)
}

// seal streams the archive through the encryption.
func (o *Outbox) seal(ctx context.Context, to io.Writer, d adapters.Delivery) error {
	out := bufio.NewWriter(to)
	sealed, err := age.Encrypt(out, o.keys...)
	if err != nil {
		return err
	}
	archive := zip.NewWriter(sealed)
	for _, file := range []struct {
		name string
		body []byte
	}{{DocumentFile, d.Document}, {PageFile, d.Page}} {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		w, err := archive.CreateHeader(&zip.FileHeader{Name: file.name, Method: zip.Deflate, Modified: o.opts.Clock()})
		if err != nil {
			return err
		}
		if _, err := w.Write(file.body); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	if err := sealed.Close(); err != nil {
		return err
	}
	return out.Flush()
}

// Drop removes everything staged of a delivery. What had the token leaves an empty
// file, which tells a later Delivered that it was dropped, and not delivered and
// fetched. What was delivered stays.
func (o *Outbox) Drop(ctx context.Context, id, token string) error {
	if fault := o.ready(context.WithoutCancel(ctx), id, token); fault != nil {
		return fault
	}
	staged, fault := o.names("." + id + stagedPart)
	if fault != nil {
		return fault
	}
	if token != "" {
		o.at("drop")
		if fault := o.drop(id, token); fault != nil {
			return fault
		}
	}
	for _, name := range staged {
		if !strings.HasSuffix(name, stagedPart+token) || token == "" {
			if fault := o.remove(name); fault != nil {
				return fault
			}
		}
	}
	return result(o.sync())
}

func (o *Outbox) drop(id, token string) *adapters.Error {
	gone := o.path(droppedName(id, token))
	if err := os.Rename(o.path(stagedName(id, token)), gone); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return o.failed("writing in", err)
	}
	if err := os.Truncate(gone, 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return o.failed("writing in", err)
	}
	return nil
}
