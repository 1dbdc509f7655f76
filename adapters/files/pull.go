package files

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"brygga/adapters"
)

// pull is one reading of one list.
type pull struct {
	s   *System
	q   adapters.Query
	l   *list
	f   folder
	r   adapters.Reader
	out adapters.Outcome
}

// Pull reads the list that Query.Type names: the newest complete file of a list
// that is delivered whole, or every complete file not yet taken, oldest first, of
// one that is delivered as changes. Params and Ranges are not looked at: more rows
// than were asked for may come.
//
// It is incomplete if there is no such file; if the newest complete one is too
// old; if a file is broken, has another header, or changes while it is read; and
// if a complete file lies after one that is not, whose rows would come too late.
// A file that is not complete, and newest, is left alone.
//
// The checkpoint says which contents were taken. Given again as Since, a whole
// list with the same content is Same, and of changes only what is new is read. A
// new file that belongs between files already taken is read with all that come
// after it, so that later rows still win. Of changes nothing is ever Whole: also
// where the checkpoint is not ours and every file that is there is read, files
// that were taken may have been cleared away since.
func (s *System) Pull(ctx context.Context, q adapters.Query, r adapters.Reader) adapters.Outcome {
	p := &pull{s: s, q: q, r: r, l: s.lists[q.Type]}
	err := p.run(ctx)
	if err == nil {
		p.out.Complete = true
		return p.out
	}
	p.out.Checkpoint, p.out.Same, p.out.Whole = "", false, false
	var fault *adapters.Error
	if !errors.As(err, &fault) {
		fault = p.failed(err, "")
	}
	p.out.Fault = fault
	return p.out
}

func (p *pull) run(ctx context.Context) error {
	if p.l == nil {
		return p.fault(adapters.Rejected, "there is no list of that name", "correct the name of the list in the mapping")
	}
	f, leave, err := p.s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	p.f = f
	found, err := p.survey(ctx)
	if err != nil {
		return err
	}
	if p.l.Delivery == Changes {
		return p.changes(ctx, found)
	}
	return p.whole(ctx, found)
}

// whole takes the newest complete file.
func (p *pull) whole(ctx context.Context, found []candidate) error {
	c, err := p.newest(ctx, found)
	if err != nil {
		return err
	}
	if err := p.recent(c); err != nil {
		return err
	}
	now := checkpoint{settings: p.l.settings, whole: wholeContent(c.sum)}
	if p.out.Checkpoint = now.String(); p.out.Checkpoint == p.q.Since {
		p.out.Same = true
		return nil
	}
	p.out.Whole = p.q.Since != ""
	return p.read(ctx, c)
}

// newest gives the newest complete file, read through.
func (p *pull) newest(ctx context.Context, found []candidate) (candidate, error) {
	for i := len(found) - 1; i >= 0; i-- {
		c := &found[i]
		if err := p.examine(ctx, c); err != nil {
			return *c, err
		}
		if c.why == "" {
			return *c, nil
		}
		p.leftAlone(*c)
	}
	return candidate{}, p.noneComplete(found)
}

func (p *pull) leftAlone(c candidate) {
	p.s.log.Info().Str("kind", p.q.Kind).Str("file", p.l.names.shown(c.name)).Str("why", c.why).Msg("a file that is not complete is left alone")
}

func (p *pull) noneComplete(found []candidate) error {
	last := found[len(found)-1]
	what := fmt.Sprintf("of %d files %q none is complete; %s %s", len(found), p.l.names.glob, p.l.names.shown(last.name), last.why)
	return p.fault(adapters.Retry, what, "run again when it has been delivered; check complete of this list")
}

// recent says if the newest complete file is older than the list allows.
func (p *pull) recent(c candidate) error {
	now := p.s.opts.Clock()
	old := now.Sub(c.asOf(now.Location()))
	if p.l.MaxAge <= 0 || old <= p.l.MaxAge {
		return nil
	}
	what := fmt.Sprintf("the newest complete file %q is %s old, and at most %s is allowed", p.l.names.glob, age(old), age(p.l.MaxAge))
	return p.fault(adapters.Rejected, what, "check that the export runs, or raise max_age of this list")
}

// changes takes every complete file that was not taken.
func (p *pull) changes(ctx context.Context, found []candidate) error {
	before, known := parseCheckpoint(p.q.Since, p.l)
	before.settings = p.l.settings
	if !known && !p.q.From.IsZero() {
		found = p.from(found, &before)
	}
	t := taking{contents: map[[8]byte]bool{}, states: map[[6]byte]mark{}}
	for _, m := range before.taken {
		t.contents[m.content], t.states[m.state] = true, m
	}
	ready, err := p.ready(ctx, found, before.floor, &t)
	if err != nil {
		return err
	}
	p.out.Checkpoint = before.with(ready).String()
	first := slices.IndexFunc(ready, func(c taken) bool { return c.fresh })
	if first < 0 {
		p.out.Same = p.q.Since != "" && known
		return nil
	}
	for _, c := range ready[first:] {
		if c.again {
			continue
		}
		if c.sum == nil { // taken before, and read again since something came before it
			if err := p.examine(ctx, &c.candidate); err != nil {
				return err
			}
			if c.why != "" {
				return p.changed(c.name)
			}
		}
		if err := p.read(ctx, c.candidate); err != nil {
			return err
		}
	}
	return nil
}

// from leaves out the files of before the window, which count as passed over.
func (p *pull) from(found []candidate, c *checkpoint) []candidate {
	y, m, d := p.q.From.Date()
	return slices.DeleteFunc(found, func(f candidate) bool {
		first := time.Date(y, m, d, 0, 0, 0, 0, p.q.From.Location())
		if !f.date.IsZero() {
			first = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
		}
		if !f.order().Before(first) {
			return false
		}
		c.floor = f.order() // they are sorted
		return true
	})
}

// taking is what was taken before or in this pull.
type taking struct {
	contents map[[8]byte]bool
	states   map[[6]byte]mark
}

// taken is a complete file of changes.
type taken struct {
	candidate
	mark  mark
	fresh bool // not taken before
	again bool // its content stands under another name as well
}

// ready gives the complete files in order. It reads through only what is not
// known by name, size and time. A complete file after one that is not is an
// error: the rows of the other would come after those that should replace them.
func (p *pull) ready(ctx context.Context, found []candidate, floor time.Time, t *taking) ([]taken, error) {
	var out []taken
	var gap *candidate
	seen := map[[8]byte]bool{}
	newest := -1
	for i := range found {
		c := &found[i]
		m, known := t.states[stateOf(c.entry)]
		switch {
		case known:
		case !floor.IsZero() && !c.order().After(floor):
			newest = i
			continue
		default:
			if err := p.examine(ctx, c); err != nil {
				return nil, err
			}
			if c.why != "" {
				p.leftAlone(*c)
				gap = c
				continue
			}
			m = mark{contentOf(c.sum), stateOf(c.entry)}
		}
		if gap != nil {
			what := fmt.Sprintf("%s: %s, although a later file is complete", p.l.names.shown(gap.name), gap.why)
			return nil, p.fault(adapters.Retry, what, "have it delivered whole, or taken away; until then nothing after it is read")
		}
		newest = i
		out = append(out, taken{candidate: *c, mark: m, fresh: !t.contents[m.content], again: seen[m.content]})
		seen[m.content] = true
	}
	if newest < 0 {
		if len(found) == 0 {
			return nil, p.fault(adapters.Rejected, fmt.Sprintf("there is no file %q of the days that are wanted", p.l.names.glob), "check that the export runs")
		}
		return nil, p.noneComplete(found)
	}
	return out, p.recent(found[newest])
}

// with is the checkpoint after these were taken. Of more than mostMarks the
// oldest are forgotten one by one, and known by their age.
func (c checkpoint) with(now []taken) checkpoint {
	next := checkpoint{settings: c.settings, floor: c.floor}
	here := map[mark]bool{}
	for _, t := range now {
		here[t.mark] = true
	}
	for _, m := range c.taken { // what was moved away since, and may come back
		if !here[m] {
			next.taken = append(next.taken, m)
		}
	}
	gone := len(next.taken)
	for _, t := range now {
		next.taken = append(next.taken, t.mark)
	}
	if over := len(next.taken) - mostMarks; over > 0 {
		if over > gone {
			if last := now[over-gone-1].order(); last.After(next.floor) {
				next.floor = last
			}
		}
		next.taken = next.taken[over:]
	}
	return next
}
