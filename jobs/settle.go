package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	fhirmap "brygga/mapping/fhir"
	"brygga/store"
)

// doubtFor is how long a write that was not there is looked for: what was on its way when
// its sender died, or got no answer, is carried out within minutes or never.
const doubtFor = 7 * 24 * time.Hour

// unsettled is of which earlier writes the audit log does not say for sure what became.
type unsettled struct {
	begun  []begunBatch // by processes that died over them
	doubts map[string]doubt
}

type begunBatch struct {
	store.Begun
	of begunWrites
}

// doubt is a write that was not there when it was looked for, or was not answered.
type doubt struct {
	store.Doubt
	of begunWrites // of one
}

func (d *doubt) write() *begunWrite { return &d.of.Writes[0] }

// unsettled reads what earlier runs have left. It is called with the lease of the job, when
// nobody writes any more; a nil log leaves nothing.
func (j *Job) unsettled(ctx context.Context, log *audit) (*unsettled, error) {
	if log == nil {
		return &unsettled{}, nil
	}
	begun, err := j.Store.Begun(ctx)
	if err != nil {
		return nil, err
	}
	doubts, err := j.doubts(ctx)
	if err != nil {
		return nil, err
	}
	return readUnsettled(begun, doubts)
}

func (j *Job) doubts(ctx context.Context) (map[string]doubt, error) {
	all, err := j.Store.Doubts(ctx)
	if err != nil {
		return nil, err
	}
	doubts := make(map[string]doubt, len(all))
	for _, one := range all {
		d := doubt{Doubt: one}
		if err := readWrites(one.What, one.Entry, &d.of); err != nil {
			return nil, err
		}
		if len(d.of.Writes) == 1 {
			doubts[one.Name] = d
		}
	}
	return doubts, nil
}

func readUnsettled(begun []store.Begun, doubts map[string]doubt) (*unsettled, error) {
	u := &unsettled{doubts: doubts}
	for _, b := range begun {
		batch := begunBatch{Begun: b}
		if b.Entry != 0 {
			if err := readWrites(b.What, b.Entry, &batch.of); err != nil {
				return nil, err
			}
		}
		u.begun = append(u.begun, batch)
	}
	return u, nil
}

func readWrites(what []byte, entry int64, into *begunWrites) error {
	if err := json.Unmarshal(what, into); err != nil {
		return fmt.Errorf("what is kept of entry %d of the audit log cannot be read: %w", entry, err)
	}
	return nil
}

// BegunFor gives the entries of the audit log that say that something of a client was about
// to be written, and of which none says yet what became of it. The client is named as there.
func BegunFor(ctx context.Context, t *store.Tenant, client string) (map[int64]bool, error) {
	begun, err := t.Begun(ctx)
	if err != nil {
		return nil, err
	}
	u, err := readUnsettled(begun, nil)
	if err != nil {
		return nil, err
	}
	out := map[int64]bool{}
	for i := range u.begun {
		b := &u.begun[i]
		if slices.ContainsFunc(b.of.Writes, func(w begunWrite) bool { return w.Client == client }) {
			out[b.Entry] = true
		}
	}
	return out, nil
}

// findings are those of which has to be read what stands.
func (u *unsettled) findings() map[string]bool {
	out := map[string]bool{}
	for i := range u.begun {
		for k := range u.begun[i].of.Writes {
			out[u.begun[i].of.Writes[k].Finding] = true
		}
	}
	for _, d := range u.doubts {
		out[d.write().Finding] = true
	}
	return out
}

// settle says in the audit log what became of earlier writes, by what stands, and gives
// what is still in doubt. It is called before anything is written.
func (j *Job) settle(ctx context.Context, log *audit, u *unsettled, standing Standing) (map[string]doubt, error) {
	if len(u.begun)+len(u.doubts) == 0 {
		return nil, nil
	}
	f := newFound(standing)
	doubts := maps.Clone(u.doubts)
	if doubts == nil {
		doubts = map[string]doubt{}
	}
	for i := range u.begun {
		if b := &u.begun[i]; b.Entry != 0 {
			if err := j.settleBatch(ctx, log, b, f, doubts); err != nil {
				return nil, err
			}
		}
	}
	return doubts, j.settleDoubts(ctx, log, f, doubts)
}

// settleBatch says what became of a batch, and brings the doubts up to date.
func (j *Job) settleBatch(ctx context.Context, log *audit, b *begunBatch, f *found, doubts map[string]doubt) error {
	if b.of.System != j.Receiver.Name {
		f = nil // the configuration has changed: it cannot be asked any more
	}
	e := log.foundEntry(&b.of)
	e.Run = b.Run
	var left []store.Doubt
	var sure []string
	for i := range b.of.Writes {
		w := &b.of.Writes[i]
		what := f.became(w)
		e.Counts[w.Type+"."+what]++
		switch what {
		case becameAbsent, becameUnwritten:
			d, err := newDoubt(&b.of, w, b.Run, b.Entry, e.At)
			if err != nil {
				return err
			}
			left, doubts[d.Name] = append(left, d.Doubt), d
		case becameUnclear:
		default:
			sure = append(sure, w.key())
			delete(doubts, w.key())
		}
	}
	e.Outcome = outcomeOf(e.Counts)
	if err := j.Store.AuditSettle(context.WithoutCancel(ctx), log.key, b.Begun, *e, left, sure); err != nil {
		return fmt.Errorf("what an earlier run wrote could not be written into the audit log: %w", err)
	}
	j.Log.Warn().Str("run", b.Run).Int64("entry", b.Entry).
		Msg("somebody died while writing; the audit log says now what became of it")
	return nil
}

// settleDoubts says which of the doubts are there now, by the entry that began them, and
// gives up those that are old.
func (j *Job) settleDoubts(ctx context.Context, log *audit, f *found, doubts map[string]doubt) error {
	byEntry := map[int64][]doubt{}
	var old []string
	for name, d := range doubts {
		switch {
		case d.of.System == j.Receiver.Name && f.stands(d.write()):
			byEntry[d.Entry] = append(byEntry[d.Entry], d)
			delete(doubts, name)
		case log.now().Sub(d.At) > doubtFor:
			old = append(old, name)
			delete(doubts, name)
		}
	}
	for _, entry := range slices.Sorted(maps.Keys(byEntry)) {
		all := byEntry[entry]
		of := all[0].of
		of.Writes = nil
		var sure []string
		for _, d := range all {
			of.Writes = append(of.Writes, *d.write())
			sure = append(sure, d.Name)
		}
		e := log.foundEntry(&of)
		e.Run, e.Of = all[0].Run, entry
		for i := range of.Writes {
			e.Counts[of.Writes[i].Type+"."+written[of.Writes[i].Action]]++
		}
		e.Outcome = outcomeOf(e.Counts)
		if err := j.Store.AuditSure(context.WithoutCancel(ctx), log.key, *e, sure); err != nil {
			return fmt.Errorf("what an earlier run wrote could not be written into the audit log: %w", err)
		}
	}
	if len(old) == 0 {
		return nil
	}
	return j.Store.ForgetDoubts(ctx, old)
}

// foundEntry is an entry about writes of an earlier run that this one has found, but for
// how many of what.
func (a *audit) foundEntry(w *begunWrites) *store.AuditEntry {
	e := a.entry
	e.At, e.Action, e.Basis, e.By, e.User, e.Found = a.now(), auditWrites, w.Basis, w.By, w.User, a.entry.Run
	e.Counts = map[string]int{}
	types := map[string]bool{}
	for i := range w.Writes {
		types[w.Writes[i].Type] = true
		e.Clients = append(e.Clients, w.Writes[i].Client)
	}
	slices.Sort(e.Clients)
	e.Clients = slices.Compact(e.Clients)
	e.Count, e.Resource = len(e.Clients), resourceOf(types, w.System)
	return &e
}

// newDoubt is a write of a batch that is in doubt.
func newDoubt(of *begunWrites, w *begunWrite, run string, entry int64, at time.Time) (doubt, error) {
	d := doubt{of: *of}
	d.of.Writes = []begunWrite{*w}
	what, err := json.Marshal(d.of)
	if err != nil {
		return d, fmt.Errorf("tell what is in doubt: %w", err)
	}
	d.Doubt = store.Doubt{Name: w.key(), Run: run, Entry: entry, At: at.UTC(), What: what}
	return d, nil
}

// takeOver does for a part of a run what settle does for earlier runs, if somebody who
// died had begun it, and lets the log know which of its changes stand. It is called with
// the lease of the part. The fault is why what stands could not be read.
func (j *Job) takeOver(ctx context.Context, notes *writeLog, changes []Change) error {
	if notes.audit == nil {
		return nil
	}
	doubts, err := j.doubts(ctx)
	if err != nil {
		return err
	}
	mine := map[string]bool{}
	for i := range changes {
		mine[changes[i].Finding] = true
	}
	maps.DeleteFunc(doubts, func(_ string, d doubt) bool { return !mine[d.write().Finding] })
	notes.doubts = doubts
	b, begun, err := j.Store.BegunPart(ctx, notes.entry.Run, notes.part)
	if err != nil || !begun {
		return err
	}
	u, err := readUnsettled([]store.Begun{b}, doubts)
	if err != nil {
		return err
	}
	maps.Copy(mine, u.findings())
	standing, fault := ReadStanding(ctx, j.Receiver, j.writer(), func(o *fhirmap.Own) bool { return mine[o.Finding] })
	if fault != nil {
		return cmp.Or(ctx.Err(), error(fault))
	}
	if notes.doubts, err = j.settle(ctx, notes.audit, u, standing); err != nil {
		return err
	}
	f := newFound(standing)
	notes.stood = map[string]bool{}
	for i := range changes {
		if c := &changes[i]; c.Writes() {
			w := notes.line(c)
			notes.stood[w.key()] = f.stands(&w)
		}
	}
	return nil
}

// found is what stands, by what a write names.
type found struct {
	byName map[string]bool         // type and identifier
	byID   map[string]*fhirmap.Own // type and id; not what cannot be read
}

func newFound(s Standing) *found {
	f := &found{byName: map[string]bool{}, byID: map[string]*fhirmap.Own{}}
	for _, o := range slices.Concat(s.Own, s.Unread) {
		f.byName[key(o.Type, fhirmap.Identifier(o.Finding, o.Occurrence))] = true
	}
	for _, o := range s.Own {
		f.byID[key(o.Type, o.ID)] = o
	}
	return f
}

// stands says whether what a write was to write is there: what is created by its
// identifier, and what is revised by what it says.
func (f *found) stands(w *begunWrite) bool {
	if w.Action == ActCreate {
		return f.byName[key(w.Type, fhirmap.Identifier(w.Finding, w.Occurrence))]
	}
	o := f.byID[key(w.Type, w.ID)]
	return o != nil && w.saidBy(o)
}

// What is said of a write that is looked for, besides what an answer may say.
const (
	becameAbsent    = "absent"    // created, and nothing stands of it
	becameUnwritten = "unwritten" // revised, and what was to be revised stands as it stood
	becameUnclear   = "unclear"   // revised, and it stands otherwise: a person was there, before or after
)

// became says what became of a write; a nil f: it cannot be found out.
func (f *found) became(w *begunWrite) string {
	if f == nil {
		return becameUnclear
	}
	stands := f.stands(w)
	o := f.byID[key(w.Type, w.ID)]
	switch {
	case stands && w.Stood && w.Action == ActCreate:
		return "existed"
	case stands && w.Stood:
		return "stale"
	case stands:
		return written[w.Action]
	case w.Action == ActCreate:
		return becameAbsent
	case o != nil && o.Version == w.Version:
		return becameUnwritten
	}
	return becameUnclear
}
