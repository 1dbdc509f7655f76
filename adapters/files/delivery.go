package files

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"brygga/adapters"
)

// candidate is a file whose name fits.
type candidate struct {
	entry
	date time.Time // in the name; zero where the pattern has none
	why  string    // it is not complete; empty if it may be
	said stated    // by its manifest
	sum  []byte    // SHA-256, once it was read
}

// order is by what the files of a list are sorted: the date in the name, else
// the time of change.
func (c candidate) order() time.Time {
	if !c.date.IsZero() {
		return c.date
	}
	return c.when
}

// asOf is how recent the content can be at best: a file copied anew with an old
// date in its name is old.
func (c candidate) asOf(zone *time.Location) time.Time {
	if !c.date.IsZero() {
		y, m, d := c.date.Date()
		if end := time.Date(y, m, d+1, 0, 0, 0, 0, zone); end.Before(c.when) {
			return end
		}
	}
	return c.when
}

// longestQuiet is how long a pull waits at most for files to have been quiet; what
// needs longer is left for the next night.
const longestQuiet = 2 * time.Minute

// survey lists the files of the list, oldest first, each with why it is not
// complete as far as that is seen from outside. Files that may still be written
// are waited for, once.
func (p *pull) survey(ctx context.Context) ([]candidate, error) {
	found, all, err := p.look(ctx)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, p.nothing(all)
	}
	if wait := p.unquiet(found); wait > 0 && wait <= longestQuiet {
		if err := p.s.opts.Sleep(ctx, wait); err != nil {
			return nil, err
		}
		before := found
		if found, all, err = p.look(ctx); err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, p.nothing(all)
		}
		for i := range found {
			if found[i].why == whyYoung && slices.ContainsFunc(before, func(b candidate) bool { return b.same(found[i].entry) }) {
				found[i].why = ""
			}
		}
	}
	return found, nil
}

const whyYoung = "may still be written"

// look lists once. all has every name in the folder.
func (p *pull) look(ctx context.Context) (found []candidate, all []string, err error) {
	entries, err := p.f.list(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		all = append(all, e.name)
		if date, ok := p.l.names.match(e.name); ok {
			found = append(found, candidate{entry: e, date: date, said: stated{size: -1, rows: -1}})
		}
	}
	if p.l.Complete.How == Manifest { // a pattern may fit the manifests as well
		manifests := map[string]bool{}
		for _, c := range found {
			name, _ := p.l.manifestOf(c.name)
			manifests[name] = true
		}
		found = slices.DeleteFunc(found, func(c candidate) bool { return manifests[c.name] })
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(a.order().Compare(b.order()), a.when.Compare(b.when), cmp.Compare(a.name, b.name))
	})
	now := p.s.opts.Clock()
	for i := range found {
		c := &found[i]
		young := now.Sub(c.when) < p.l.Complete.Quiet
		switch p.l.Complete.How {
		case Quiet:
			if young {
				c.why = whyYoung
			}
		case Pattern:
			if young && !c.date.Before(found[len(found)-1].date) {
				c.why = whyYoung
			}
		case Manifest:
			if name, _ := p.l.manifestOf(c.name); !slices.Contains(all, name) {
				c.why = "has no manifest yet"
			}
		}
	}
	return found, all, nil
}

// unquiet is how long to wait until the files that matter have been quiet. A time
// of change that lies ahead of the clock tells nothing: the whole time is waited.
func (p *pull) unquiet(found []candidate) (wait time.Duration) {
	now := p.s.opts.Clock()
	for i, c := range found {
		if c.why != whyYoung || p.l.Delivery == Whole && i < len(found)-1 {
			continue
		}
		wait = max(wait, p.l.Complete.Quiet-max(now.Sub(c.when), 0))
	}
	return wait
}

// nothing says that no file is there: that is no empty list.
func (p *pull) nothing(all []string) error {
	what := fmt.Sprintf("there is no file %q among the %d files of the folder", p.l.names.glob, len(all))
	do := "check that the export runs, and glob of this list"
	for _, name := range all {
		switch {
		case temporary(name):
		case p.l.names.exact.MatchString(name):
			do = "a date in a name is none that the calendar has; check the export"
		case p.l.names.anyCap.MatchString(name):
			do = "there is one whose name differs in capitals: correct glob of this list"
		}
	}
	return p.fault(adapters.Rejected, what, do)
}

// examine reads the file through and says for certain whether it is complete. It
// sets sum, what the manifest says, and why. An error makes the pull incomplete.
func (p *pull) examine(ctx context.Context, c *candidate) error {
	if c.why != "" {
		return nil
	}
	if p.l.Complete.How == Manifest {
		if err := p.manifest(ctx, c); err != nil || c.why != "" {
			return err
		}
	}
	if c.size > p.s.opts.MaxBytes {
		return p.fault(adapters.Rejected, fmt.Sprintf("%s: has %s, more than is allowed (%s)", p.l.names.shown(c.name), size(c.size), size(p.s.opts.MaxBytes)), "have it delivered in parts, or raise max_bytes of this system")
	}
	if c.size == 0 && c.said.size != 0 && c.said.rows != 0 {
		return p.fault(adapters.Protocol, p.l.names.shown(c.name)+": is empty (0 bytes); an empty list is not read out of that", "check the export; if nothing happened, take the file away, or have a manifest say rows=0")
	}
	sum, err := p.digest(ctx, c.entry)
	if err != nil {
		return err
	}
	c.sum = sum
	c.why = c.said.disagrees(c.entry, sum)
	return nil
}

func (p *pull) manifest(ctx context.Context, c *candidate) error {
	name, own := p.l.manifestOf(c.name)
	e, err := p.f.stat(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		c.why = "has no manifest yet"
		return nil
	}
	if err != nil {
		return p.failed(err, c.name)
	}
	file, err := p.f.open(ctx, e)
	if err != nil {
		return p.failed(err, c.name)
	}
	defer file.Close()
	b, err := readManifest(file)
	if err == nil {
		var listed bool
		c.said, listed, err = parseManifest(b, c.name, own)
		if err == nil && !listed {
			c.why = "is not in its manifest"
		}
	}
	if errors.Is(err, errHalf) {
		c.why, err = "has a manifest that is cut off or cannot be read", nil
	}
	if err != nil {
		return p.failed(err, c.name)
	}
	if c.why == "" {
		c.why = c.said.disagrees(c.entry, nil)
	}
	return nil
}
