package jobs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"brygga/care"
	"brygga/care/rules"
	"brygga/config"
	"brygga/store"
)

// Case is one client as the last pull left it: what an explanation needs, put
// together without any system being reached.
type Case struct {
	Client *care.Client // nil: the client is not in the snapshot
	Roster *care.Roster
	Unit   care.Ref
	Label  string        // of the unit, for views
	Params *rules.Params // in force for the unit
	// Unreadable are the quarantined records that concern the client, one of its
	// staff, or nobody that can be told.
	Unreadable []care.Unreadable
	// Read is when the oldest part of the snapshot was read; zero where nothing
	// ever was. AsOf is the day that the last run judged.
	Read time.Time
	AsOf care.Date
}

// FindCase gathers one client from the store: the client's own rows, those of
// staff and units, and the clients who share an identifier. A kind that the last
// run could not read whole makes the client unknown here as it did there.
func FindCase(ctx context.Context, cfg *config.Config, t *store.Tenant, client care.Ref, asOf care.Date, now time.Time) (*Case, error) {
	params, err := Params(cfg)
	if err != nil {
		return nil, err
	}
	systems, err := storedSystems(ctx, cfg, t)
	if err != nil {
		return nil, err
	}
	f := &finder{t: t, systems: systems, c: &Case{}}
	f.in.AsOf, f.in.Consent = asOf, ConsentTerms(cfg)
	if err := f.lastRun(ctx); err != nil {
		return nil, err
	}
	if client, err = f.gather(ctx, client, now); err != nil {
		return nil, fmt.Errorf("gather what is stored of one client: %w", err)
	}
	if err := addHandovers(ctx, t, ownFacts(cfg), &f.in); err != nil {
		return nil, err
	}
	snap := care.Assemble(f.in)
	c := f.c
	c.Roster = snap.Roster
	i := slices.IndexFunc(snap.Clients, func(k *care.Client) bool { return k.Ref == client })
	if i < 0 {
		return c, nil
	}
	c.Client = snap.Clients[i]
	for _, u := range snap.Unreadable {
		if Concerns(u, c.Client, snap.Unplaced) {
			c.Unreadable = append(c.Unreadable, u)
		}
	}
	units := NewUnits(snap.Roster.Units, unitNames(cfg))
	c.Unit = UnitOf(c.Client, asOf)
	c.Label, c.Params = units.Label(c.Unit), params.In(units).For(c.Client, asOf)
	return c, nil
}

// Concerns says whether a record that cannot be read is about the client, keeps
// the client unknown, or may be about anybody.
func Concerns(u care.Unreadable, c *care.Client, unplaced []care.Unreadable) bool {
	return u.Client == c.Ref || slices.Contains(unplaced, u) ||
		slices.ContainsFunc(c.Gaps, func(g care.Gap) bool { return g.Record != "" && g.Record == u.Ref })
}

// finder gathers the facts of one client.
type finder struct {
	t       *store.Tenant
	systems []*System
	in      care.Input
	c       *Case
	// unjoined are those of several systems who are nobody in the others.
	unjoined []care.Unjoined
	hashes   map[[16]byte]bool // the client's identifiers
	self     care.Ref
}

// gather takes what is stored of a client, and says by which reference the client
// is judged. Where several systems are joined a client may be named as any of them
// does, and everything has to be joined to find out what is whose.
func (f *finder) gather(ctx context.Context, client care.Ref, now time.Time) (care.Ref, error) {
	if !alone(f.systems) {
		there, err := f.everything(ctx, now)
		if err != nil {
			return client, err
		}
		return named(there, client)
	}
	frame := f.in
	f.in = f.systems[0].input(frame.AsOf)
	f.in.Incomplete, f.in.VisitsFrom, f.in.Consent = frame.Incomplete, frame.VisitsFrom, frame.Consent
	if err := f.client(ctx, client); err != nil {
		return client, err
	}
	if err := f.others(ctx); err != nil {
		return client, err
	}
	return client, f.answers(ctx, client, now)
}

// named gives the joined reference of whom a reference names: by that itself, or by
// the one that a single system has. What several systems have is nobody's.
func named(there map[string]map[care.Ref]care.Ref, client care.Ref) (care.Ref, error) {
	var could []string
	for _, refs := range there {
		if _, is := refs[client]; is {
			return client, nil
		}
		for joined, own := range refs {
			if own == client && !slices.Contains(could, string(joined)) {
				could = append(could, string(joined))
			}
		}
	}
	switch len(could) {
	case 0:
		return client, nil
	case 1:
		return care.Ref(could[0]), nil
	}
	slices.Sort(could)
	return client, fmt.Errorf("%s may be %s: say which of them", client, strings.Join(could, " or "))
}

// lastRun notes when the snapshot was read, and what the last run lacked.
func (f *finder) lastRun(ctx context.Context) error {
	checkpoints, err := f.t.Checkpoints(ctx)
	if err != nil {
		return err
	}
	for _, cp := range checkpoints {
		if f.facts(cp.System, cp.Kind) != 0 && (f.c.Read.IsZero() || cp.At.Before(f.c.Read)) {
			f.c.Read = cp.At
		}
	}
	reports, err := Reports(ctx, f.t, 10)
	if err != nil {
		return err
	}
	seen := f.in.AsOf
	if i := slices.IndexFunc(reports, func(r *Report) bool { return !r.Ended.IsZero() && len(r.Kinds) > 0 }); i >= 0 {
		last := reports[i]
		f.c.AsOf, seen = last.AsOf, max(seen, last.AsOf)
		for _, k := range last.Kinds {
			if facts := f.facts(k.System, k.Kind); facts != 0 && !k.Complete {
				f.in.Incomplete = append(f.in.Incomplete, care.Gap{Source: k.System, Facts: facts, Reason: k.Kind + " was not read whole"})
			}
		}
	}
	for _, s := range f.systems {
		for _, k := range s.Mapper.Kinds() {
			if k.Facts.Has(care.SetOf(care.KindVisit)) && s.Authority.Has(care.SetOf(care.KindVisit)) {
				f.in.VisitsFrom = seen.AddDays(-k.WindowDays)
			}
		}
	}
	return nil
}

// facts are the facts that a stored kind may hold; 0 for one that nobody reads.
// Visits and notes are stored under names of ours.
func (f *finder) facts(system, kind string) care.FactSet {
	for _, s := range f.systems {
		if s.Name != system {
			continue
		}
		for _, k := range s.Mapper.Kinds() {
			bulky := kind == store.VisitKind && k.Facts.Has(care.SetOf(care.KindVisit)) || kind == store.NoteKind && k.Facts.Has(care.SetOf(care.KindNote))
			if k.Name == kind || bulky {
				return k.Facts
			}
		}
	}
	return 0
}

// client takes the client's own rows, also those that name the client by an
// identifier.
func (f *finder) client(ctx context.Context, client care.Ref) error {
	f.self, f.hashes = client, map[[16]byte]bool{}
	if err := f.rows(ctx, client); err != nil {
		return err
	}
	for _, r := range f.in.Records {
		if r.Person == nil || r.Ref != client {
			continue
		}
		for _, id := range r.Person.Identifiers {
			f.hashes[id.Hash] = true
			if err := f.rows(ctx, care.LogicalRef(id)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *finder) rows(ctx context.Context, owner care.Ref) error {
	rows, err := f.t.ClientRecords(ctx, f.systems[0].Name, owner)
	if err != nil {
		return err
	}
	f.in.Records = append(f.in.Records, rows.Records...)
	f.in.Unreadable = append(f.in.Unreadable, rows.Unreadable...)
	if len(rows.Visits) > 0 {
		f.in.Visits[owner] = rows.Visits
	}
	if len(rows.Notes) > 0 {
		f.in.Notes[owner] = rows.Notes
	}
	return nil
}

// others takes what the client shares with everyone: units, the staff that the client
// is concerned with, and the clients who have an identifier in common.
func (f *finder) others(ctx context.Context) error {
	var staff []string
	for _, k := range f.systems[0].Mapper.Kinds() {
		switch {
		case k.Bulky:
		case k.Facts.Has(care.SetOf(care.KindUnit)):
			state, err := f.t.Kind(ctx, f.systems[0].Name, k.Name)
			if err != nil {
				return err
			}
			f.in.More = append(f.in.More, care.Pack(state.Records...))
			f.in.Unreadable = append(f.in.Unreadable, state.Unreadable...)
		case k.Facts.Has(care.SetOf(care.KindClient)):
			if err := f.carriers(ctx, k.Name); err != nil {
				return err
			}
		case k.Facts&staffFacts != 0:
			staff = append(staff, k.Name)
		}
	}
	if err := f.staff(ctx, staff); err != nil {
		return err
	}
	return f.qualified(ctx, staff)
}

// staffFacts are those of members of staff.
var staffFacts = care.SetOf(care.KindStaff, care.KindQualification, care.KindEmployment, care.KindStaffAbsence)

// carriers takes the clients who share an identifier with the client.
func (f *finder) carriers(ctx context.Context, kind string) error {
	if len(f.hashes) == 0 {
		return nil
	}
	var refs []care.Ref
	for hash := range f.hashes {
		refs = append(refs, care.LogicalRef(care.Identifier{Hash: hash}))
	}
	found, err := f.t.Named(ctx, f.systems[0].Name, kind, refs...)
	if err != nil {
		return err
	}
	for _, r := range found.Records {
		if r.Ref != f.self {
			f.in.Records = append(f.in.Records, r)
		}
	}
	return nil
}

// staff takes those members of staff, with their employments, whom the client's rows
// name or who could be the same as one of them, and whom a record is about that cannot
// be read: nobody else is of any account to the client.
func (f *finder) staff(ctx context.Context, kinds []string) error {
	asked := map[care.Ref]bool{}
	var next []care.Ref
	name := func(ref care.Ref) bool {
		if ref != "" && !asked[ref] {
			asked[ref] = true
			next = append(next, ref)
		}
		return true
	}
	nameAll := func(r *care.Record) {
		r.Refs(name)
		if r.Staff != nil {
			for _, id := range r.Staff.Identifiers {
				name(care.LogicalRef(id))
			}
		}
	}
	for i := range f.in.Records {
		nameAll(&f.in.Records[i])
	}
	for _, visits := range f.in.Visits {
		for i := range visits {
			name(f.in.Names.Ref(visits[i].Staff[0]))
			name(f.in.Names.Ref(visits[i].Staff[1]))
		}
	}
	for _, notes := range f.in.Notes {
		for i := range notes {
			name(f.in.Names.Ref(notes[i].Author))
		}
	}
	type row struct {
		kind string
		ref  care.Ref
	}
	there := map[row]bool{}
	for first := true; first || len(next) > 0; first = false {
		refs := next
		next = nil
		for _, kind := range kinds {
			found, err := f.t.Named(ctx, f.systems[0].Name, kind, refs...)
			if err != nil {
				return err
			}
			for i := range found.Records {
				if r := &found.Records[i]; !there[row{kind, r.Ref}] {
					there[row{kind, r.Ref}] = true
					f.in.Records = append(f.in.Records, *r)
					nameAll(r)
				}
			}
			if !first {
				continue
			}
			for _, u := range found.Unreadable {
				f.in.Unreadable = append(f.in.Unreadable, u)
				name(u.Ref)
				name(u.Staff)
			}
		}
	}
	return nil
}

// qualified takes one more member of staff with a qualification: whether any are known
// at all is a question to everybody.
func (f *finder) qualified(ctx context.Context, kinds []string) error {
	for _, kind := range kinds {
		r, err := f.t.Qualified(ctx, f.systems[0].Name, kind, f.in.AsOf)
		if err != nil {
			return err
		}
		if r != nil && !slices.ContainsFunc(f.in.Records, func(o care.Record) bool { return o.Ref == r.Ref }) {
			f.in.Records = append(f.in.Records, *r)
		}
	}
	return nil
}

// answers takes what the source was asked about the client's services.
func (f *finder) answers(ctx context.Context, client care.Ref, now time.Time) error {
	stored, err := f.t.Answers(ctx, f.systems[0].Name)
	if err != nil {
		return err
	}
	for i := range f.in.Records {
		for _, s := range f.in.Records[i].Services {
			if a, ok := stored[s.Ref]; ok && believed(a, now) {
				f.in.Answers[client] = append(f.in.Answers[client], care.Answer{Service: s.Ref, Found: a.Found})
			}
		}
	}
	return nil
}
