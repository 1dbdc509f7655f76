package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"brygga/adapters"
)

// Check looks at each of the lists, or at all where none is named: whether there
// is a complete file, how old it is, and whether its first rows are what the
// mapping expects. It hands nothing on and waits for nothing.
func (s *System) Check(ctx context.Context, lists ...string) []adapters.CheckResult {
	if len(lists) == 0 {
		lists = slices.Sorted(maps.Keys(s.lists))
	}
	var out []adapters.CheckResult
	f, leave, err := s.enter(ctx)
	if err == nil {
		defer leave()
		_, err = f.list(ctx)
	}
	what := "reach the folder"
	if s.opts.SFTP != nil {
		what = "reach the SFTP server and its folder"
	}
	if err != nil {
		p := &pull{s: s}
		return append(out, p.failed(err, "").Checked(what))
	}
	out = append(out, adapters.CheckResult{What: what, Verdict: adapters.OK, Seen: "it can be listed"})
	for _, name := range lists {
		p := &pull{s: s, q: adapters.Query{Kind: name, Type: name}, l: s.lists[name], f: f}
		out = append(out, p.check(ctx, "list "+name))
	}
	return out
}

// check looks at one list.
func (p *pull) check(ctx context.Context, what string) adapters.CheckResult {
	fail := func(err error, name string) adapters.CheckResult { return p.failed(err, name).Checked(what) }
	if p.l == nil {
		return fail(p.fault(adapters.Rejected, "there is no list of that name", "correct the name of the list"), "")
	}
	found, all, err := p.look(ctx)
	if err != nil {
		return fail(err, "")
	}
	if len(found) == 0 {
		return fail(p.nothing(all), "")
	}
	c := found[len(found)-1]
	for i := len(found) - 1; i >= 0; i-- {
		if c = found[i]; c.why == "" && p.l.Complete.How == Manifest {
			if err := p.manifest(ctx, &c); err != nil {
				return fail(err, c.name)
			}
		}
		if c.why == "" {
			break
		}
	}
	now := p.s.opts.Clock()
	seen := fmt.Sprintf("%s, the newest complete one %s old", files(len(found)), age(now.Sub(c.asOf(now.Location()))))
	if c.why != "" {
		return adapters.CheckResult{
			What: what, Verdict: adapters.Warn, Seen: fmt.Sprintf("%s, none complete; %s %s", files(len(found)), p.l.names.shown(c.name), c.why),
			Do: "look again when it has been delivered; check complete of this list",
		}
	}
	rows, err := p.glance(ctx, c)
	if err != nil {
		return fail(err, c.name)
	}
	if err := p.recent(c); err != nil {
		return fail(err, c.name)
	}
	if rows == 0 {
		return adapters.CheckResult{What: what, Verdict: adapters.Warn, Seen: seen + ", without rows", Do: "if there should be some, check the export"}
	}
	return adapters.CheckResult{What: what, Verdict: adapters.OK, Seen: seen + "; its first rows are as expected"}
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// firstRows is how many rows are looked at.
const firstRows = 100

// glance reads the first rows, and gives how many there were.
func (p *pull) glance(ctx context.Context, c candidate) (rows int, err error) {
	if c.size == 0 && c.said.size != 0 && c.said.rows != 0 {
		return 0, &flaw{0, "is empty (0 bytes)", "check the export"}
	}
	file, err := p.f.open(ctx, c.entry)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	from := p.l.open(file)
	var one []byte
	for rows < firstRows {
		if one, err = from.next(one[:0]); err != nil {
			break
		}
		rows++
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return rows, err
}
