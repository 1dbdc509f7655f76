package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"time"

	"brygga/care"
	"brygga/config"
	"brygga/store"
)

// The files of an outbox that brygga made (adapters/carehome): ID.age, and what was
// left of attempts that never came to that. Nothing else in the folder is touched.
var outboxFile = regexp.MustCompile(`^(?:\.?)([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:(\.age)|\.(?:tmp|dropped)-[A-Za-z0-9-]+)$`)

// outboxID gives the handover that a file of an outbox is of; ok is false for a file
// that is not one of ours.
func outboxID(name string) (id string, ok bool) {
	m := outboxFile.FindStringSubmatch(name)
	if m == nil || (m[2] != "") == (name[0] == '.') { // delivered ones are seen, the others hidden
		return "", false
	}
	return m[1], true
}

// retainFiles removes files of outboxes that nobody has fetched for so long. One whose
// handover is on its way is left: it is how brygga knows that it was delivered.
func (o *Opened) retainFiles(ctx context.Context, old time.Duration, dry bool, rep *RetentionReport) error {
	homes := outboxes(o.Config)
	if len(homes) == 0 {
		return nil
	}
	rows, err := o.Job.Store.Handovers(ctx)
	if err != nil {
		return err
	}
	busy, waiting := map[string]bool{}, map[string]*store.Handover{}
	for i := range rows {
		if _, over := closed(rows[i]); !over {
			busy[rows[i].ID] = true
		} else if rows[i].State == care.HandoverSent {
			waiting[rows[i].ID] = &rows[i]
		}
	}
	// What is not there any more counts as fetched: that nobody took it is kept first.
	unclaimed := func(id string) error {
		h := waiting[id]
		if h == nil || h.Answer != "" || dry {
			return nil
		}
		h.Answer = unfetched
		return o.Job.Store.PutHandover(ctx, *h)
	}
	var failed []error
	for _, c := range homes {
		n, err := removeOld(c, o.Now().Add(-old), busy, unclaimed, dry)
		rep.Files += n
		if err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// removeOld removes files of one outbox that were last changed before an instant. The
// folder is opened once, and no link leads out of it. Of each delivered one unclaimed is
// told first.
func removeOld(c config.CareHome, before time.Time, busy map[string]bool, unclaimed func(id string) error, dry bool) (removed int, err error) {
	explain := func(err error) error {
		return fmt.Errorf("carehomes.%s: the outbox %s: %w; check that it is mounted and that brygga may write in it", c.Name, c.Path, bare(err))
	}
	root, err := os.OpenRoot(c.Path)
	if err != nil {
		return 0, explain(err)
	}
	defer root.Close()
	folder, err := root.Open(".")
	if err != nil {
		return 0, explain(err)
	}
	defer folder.Close()
	for {
		entries, err := folder.ReadDir(256)
		if errors.Is(err, io.EOF) {
			return removed, nil
		}
		if err != nil {
			return removed, explain(err)
		}
		for _, e := range entries {
			id, ours := outboxID(e.Name())
			if !ours || busy[id] || !e.Type().IsRegular() {
				continue
			}
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) || err == nil && !info.ModTime().Before(before) {
				continue // fetched just now, or young
			}
			if err == nil && e.Name()[0] != '.' {
				if err := unclaimed(id); err != nil {
					return removed, err
				}
			}
			if err == nil && !dry {
				err = root.Remove(e.Name())
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return removed, explain(err)
			}
			removed++
		}
	}
}

// bare takes the path off an error of the file system.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
