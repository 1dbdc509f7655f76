package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"brygga/care"
	"brygga/config"
	"brygga/store"
)

// Stored is the whole municipality as the last pull left it: what forecast and
// report look into. No system is reached.
type Stored struct {
	*care.Snapshot
	Units  *Units
	Params ParamSet
	// Read is when the oldest part of it was read, of the kinds that are still read;
	// VisitsRead when visits were. JudgedOn is the day that the last run judged, no
	// date where none has.
	Read, VisitsRead time.Time
	JudgedOn         care.Date
	// Incomplete are the kinds that the last run could not read whole.
	Incomplete []care.Gap

	there    map[string]map[care.Ref]care.Ref // who people are in each system; nil where there is one
	unjoined []care.Unjoined
	systems  []*System
	receiver *System // nil: no system receives
}

// ownOf tells of which system a reference of the snapshot is, and how that system
// writes it.
func (s *Stored) ownOf(r care.Ref) (string, care.Ref) { return ownIn(s.systems, r) }

// ErrNothingRead is that there is no snapshot yet.
var ErrNothingRead = errors.New("nothing has been read yet: brygga preview, or brygga run, makes the snapshot that this looks into")

// LoadSnapshot puts together everything that is stored. asOf is the day that is
// judged first: an unreadable member of staff makes those unknown who have an
// assignment then. It fails with ErrNothingRead before the first pull.
func LoadSnapshot(ctx context.Context, cfg *config.Config, t *store.Tenant, asOf care.Date, now time.Time) (*Stored, error) {
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
	if f.c.Read.IsZero() {
		return nil, ErrNothingRead
	}
	s := &Stored{Params: params, JudgedOn: f.c.AsOf, Incomplete: f.in.Incomplete}
	if err := f.readAt(ctx, params.Needs(), s); err != nil {
		return nil, err
	}
	if s.there, err = f.everything(ctx, now); err != nil {
		return nil, fmt.Errorf("gather what is stored: %w", err)
	}
	if err := addHandovers(ctx, t, ownFacts(cfg), &f.in); err != nil {
		return nil, err
	}
	s.unjoined, s.systems = f.unjoined, systems
	if i := slices.IndexFunc(systems, func(y *System) bool { return y.Name == cfg.Receiver() }); i >= 0 {
		s.receiver = systems[i]
	}
	s.Snapshot = care.Assemble(f.in)
	s.Units = NewUnits(s.Roster.Units, unitNames(cfg))
	return s, nil
}

// storedSystems are the systems of a configuration as far as what is stored of
// them goes: none of them can be reached.
func storedSystems(ctx context.Context, cfg *config.Config, t *store.Tenant) ([]*System, error) {
	names := systemNames(cfg)
	var out []*System
	for _, name := range names {
		s := newSystem(cfg, name, []byte(name)) // no identifier is read, so no key is needed
		numbered, err := t.Names(ctx, name)
		if err != nil {
			return nil, err
		}
		if err := s.number(numbered); err != nil {
			return nil, fmt.Errorf("systems.%s: %w", name, err)
		}
		out = append(out, s)
	}
	return out, nil
}

// readAt tells when what is needed was read.
func (f *finder) readAt(ctx context.Context, needs care.FactSet, s *Stored) error {
	checkpoints, err := f.t.Checkpoints(ctx)
	if err != nil {
		return err
	}
	for _, cp := range checkpoints {
		facts := f.facts(cp.System, cp.Kind)
		if cp.Kind == store.VisitKind && facts != 0 {
			s.VisitsRead = cp.At
		}
		if facts&needs != 0 && (s.Read.IsZero() || cp.At.Before(s.Read)) {
			s.Read = cp.At
		}
	}
	return nil
}

// everything takes every row of every kind of every system, visits and notes packed
// as they are, and joins them. It tells who is who in each system; nil where one
// FHIR server is all there is.
func (f *finder) everything(ctx context.Context, now time.Time) (there map[string]map[care.Ref]care.Ref, err error) {
	parts := make([]care.Part, len(f.systems))
	for i, s := range f.systems {
		in, err := f.stored(ctx, s)
		if err != nil {
			return nil, err
		}
		for _, g := range f.in.Incomplete {
			if g.Source == s.Name {
				in.Incomplete = append(in.Incomplete, g)
			}
		}
		parts[i] = s.part(in)
	}
	frame := f.in
	if alone(f.systems) {
		f.in = parts[0].Input
	} else {
		joined := care.Join(parts)
		f.in, there, f.unjoined = joined.Input, joined.There, joined.Unjoined
		f.in.System = shown(f.systems)
	}
	f.in.VisitsFrom, f.in.AsOf, f.in.Consent = frame.VisitsFrom, frame.AsOf, frame.Consent
	return there, f.allAnswers(ctx, now)
}

// stored gives every row that is stored of a system.
func (f *finder) stored(ctx context.Context, s *System) (care.Input, error) {
	in := s.input(f.in.AsOf)
	for _, k := range s.Mapper.Kinds() {
		if k.Bulky {
			continue
		}
		state, err := f.t.Kind(ctx, s.Name, k.Name)
		if err != nil {
			return in, err
		}
		in.More = append(in.More, care.Pack(state.Records...))
		in.Unreadable = append(in.Unreadable, state.Unreadable...)
	}
	visits, err := f.t.Visits(ctx, s.Name)
	if err != nil {
		return in, err
	}
	notes, err := f.t.Notes(ctx, s.Name)
	if err != nil {
		return in, err
	}
	in.Visits, in.Notes = visits.ByClient, notes.ByClient
	in.Unreadable = append(append(in.Unreadable, visits.Unreadable...), notes.Unreadable...)
	in.Names, err = f.t.Names(ctx, s.Name) // after visits: names only grow
	return in, err
}

// allAnswers takes what the systems were asked, by client.
func (f *finder) allAnswers(ctx context.Context, now time.Time) error {
	for _, s := range f.systems {
		stored, err := f.t.Answers(ctx, s.Name)
		if err != nil {
			return err
		}
		for client, answers := range answersFor(&f.in, s, stored, alone(f.systems), now) {
			if f.in.Answers == nil {
				f.in.Answers = map[care.Ref][]care.Answer{}
			}
			f.in.Answers[client] = append(f.in.Answers[client], answers...)
		}
	}
	return nil
}
