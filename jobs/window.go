package jobs

import (
	"net/url"
	"strings"
	"time"

	"brygga/adapters"
	"brygga/care"
	"brygga/mapping"
	"brygga/store"
)

// window is the days for which a bulky kind is read and kept.
//
// What is stored is always of now, whatever day is judged: a preview of another
// day must not take away what the next night needs. A day in the past is judged
// by a window of its own, which is read whole and not stored.
type window struct {
	from, to care.Date // to is no date where nothing bounds it
	stored   bool
	// the same in minutes since 1970, as visits have it
	first, last uint32
}

func (p *puller) window(k mapping.Kind) window {
	today := care.DateOf(p.opt.Now)
	if p.opt.AsOf < today {
		return newWindow(p.opt.AsOf.AddDays(-k.WindowDays), p.opt.AsOf)
	}
	w := newWindow(today.AddDays(-k.WindowDays), 0)
	w.stored = true
	return w
}

func newWindow(from, to care.Date) window {
	w := window{from: from, to: to, first: max(midnight(from), 1), last: 1<<32 - 1}
	if to != 0 {
		w.last = midnight(to+1) - 1
	}
	return w
}

// midnight is when a day begins in Stockholm, in minutes since 1970; 0 before that.
func midnight(d care.Date) uint32 {
	y, m, day := d.Calendar()
	return uint32(max(time.Date(y, m, day, 0, 0, 0, 0, care.Stockholm).Unix()/60, 0))
}

// keepsVisit says whether a visit lies in the window; one of which nobody knows
// when it was lies in none.
func (w window) keepsVisit(v care.Visit) bool { return v.Start >= w.first && v.Start <= w.last }

func (w window) keepsNote(n care.Note) bool {
	return n.Date >= w.from && (w.to == 0 || n.Date <= w.to)
}

// rangeDays is the length of one range of a bulky pull: a week keeps a few
// streams busy and does not make many small requests.
const rangeDays = 7

// ranges cuts the window into date ranges, to be read side by side. A server may
// reckon days in a zone of its own, so the window is read a day wider than it is.
// only, where given, leaves out the ranges in which none of its days lies.
//
// A source that cannot be asked for days (param is empty) is asked for all.
func (w window) ranges(param string, today care.Date, only map[care.Date]bool) (out []url.Values) {
	if param == "" {
		return nil
	}
	first, last := w.from-1, today
	if w.to != 0 {
		last = w.to + 1
	}
	for d := first; d <= last; d = d.AddDays(rangeDays) {
		r := url.Values{param: {"ge" + d.String()}}
		end := d.AddDays(rangeDays)
		if end <= last {
			r.Add(param, "lt"+end.String())
		} else if end = last + 1; w.to != 0 {
			r.Add(param, "lt"+end.String())
		} else {
			end = 1 << 30
		}
		if only == nil || anyWithin(only, d, end) {
			out = append(out, r)
		}
	}
	return out
}

// anyWithin says whether a day, give or take one, lies from a to before b.
func anyWithin(days map[care.Date]bool, a, b care.Date) bool {
	for d := range days {
		if d+1 >= a && d-1 < b {
			return true
		}
	}
	return false
}

// bulkQuery asks for what changed since the checkpoint, or for the window whole.
// It is read whole on first sight, when asked to, when the last time is long ago,
// when it is not what is stored, and when this machine's clock has gone back since
// the last pull: what is stored is then a window of other days.
func (p *puller) bulkQuery(k mapping.Kind, w window, cp store.Checkpoint) (q adapters.Query, whole bool) {
	q = adapters.Query{Kind: k.Name, Type: k.Type, Params: k.Params, Since: cp.Value}
	q.From = time.Unix(int64(w.first)*60, 0).In(care.Stockholm)
	whole = p.wholeIsDue(cp) || !w.stored
	if whole {
		q.Since = ""
		q.Ranges = w.ranges(k.DateParam, care.DateOf(p.opt.Now), nil)
	}
	return q, whole
}

// wholeIsDue says whether a kind that can be read by change has to be read whole.
func (p *puller) wholeIsDue(cp store.Checkpoint) bool {
	// Files say themselves whether they are the whole list or changes, and those that
	// were taken may have been cleared away.
	due := p.opt.FullAfter > 0 && p.opt.Now.Sub(cp.WholeAt) >= p.opt.FullAfter && !p.sys.Source.Can().Same
	return cp.Value == "" || p.opt.Full || due || p.opt.Now.Before(cp.At)
}

// between separates the version of the mapping from what the source gave.
const between = " "

// believed is a stored checkpoint as the source gave it; without a value if it was
// made under another mapping, by which what is stored may mean something else.
func (p *puller) believed(cp store.Checkpoint) store.Checkpoint {
	if v := p.sys.version(); v != "" {
		rest, same := strings.CutPrefix(cp.Value, v+between)
		if cp.Value = rest; !same {
			cp.Value, cp.Codes = "", ""
		}
	}
	return cp
}

// checkpoint is what the next pull goes by.
func (p *puller) checkpoint(out adapters.Outcome, old store.Checkpoint, rep KindReport) store.Checkpoint {
	value := out.Checkpoint
	if v := p.sys.version(); v != "" && value != "" {
		value = v + between + value
	}
	cp := store.Checkpoint{Value: value, At: p.opt.Now, WholeAt: old.WholeAt, Codes: rep.codes.text()}
	if rep.Whole {
		cp.WholeAt = p.opt.Now
	}
	return cp
}

// wentBack says whether the source's own clock has gone back since the last
// checkpoint: what it changed in between may bear times before the checkpoint,
// and would never be seen.
func wentBack(now, before string) bool {
	a, errA := time.Parse(time.RFC3339, now)
	b, errB := time.Parse(time.RFC3339, before)
	return errA == nil && errB == nil && a.Before(b.Add(-time.Minute))
}
