package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"brygga/care"
	"brygga/config"
	fhirmap "brygga/mapping/fhir"
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
}

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
	f := &finder{t: t, system: cfg.Source(), kinds: fhirmap.Kinds(fhirmap.DefaultCodes()), c: &Case{}}
	f.in = care.Input{System: cfg.Systems[f.system].DisplayName, Provides: cfg.Provides(), AsOf: asOf}
	if err := f.lastRun(ctx); err != nil {
		return nil, err
	}
	if f.c.Read.IsZero() {
		return nil, ErrNothingRead
	}
	if err := f.everything(ctx, now); err != nil {
		return nil, fmt.Errorf("gather what is stored: %w", err)
	}
	s := &Stored{Params: params, JudgedOn: f.c.AsOf, Incomplete: f.in.Incomplete}
	if err := f.readAt(ctx, params.Needs()&cfg.Provides(), s); err != nil {
		return nil, err
	}
	s.Snapshot = care.Assemble(f.in)
	s.Units = NewUnits(s.Roster.Units, unitNames(cfg))
	return s, nil
}

// readAt tells when what is needed was read.
func (f *finder) readAt(ctx context.Context, needs care.FactSet, s *Stored) error {
	checkpoints, err := f.t.Checkpoints(ctx)
	if err != nil {
		return err
	}
	for _, cp := range checkpoints {
		if cp.System != f.system {
			continue
		}
		if cp.Kind == store.VisitKind {
			s.VisitsRead = cp.At
		}
		if f.facts(cp.Kind)&needs != 0 && (s.Read.IsZero() || cp.At.Before(s.Read)) {
			s.Read = cp.At
		}
	}
	return nil
}

// everything takes every row of every kind, visits and notes packed as they are.
func (f *finder) everything(ctx context.Context, now time.Time) error {
	for _, k := range f.kinds {
		if k.Bulky {
			continue
		}
		state, err := f.t.Kind(ctx, f.system, k.Name)
		if err != nil {
			return err
		}
		f.in.Records = append(f.in.Records, state.Records...)
		f.in.Unreadable = append(f.in.Unreadable, state.Unreadable...)
	}
	visits, err := f.t.Visits(ctx, f.system)
	if err != nil {
		return err
	}
	notes, err := f.t.Notes(ctx, f.system)
	if err != nil {
		return err
	}
	f.in.Visits, f.in.Notes = visits.ByClient, notes.ByClient
	f.in.Unreadable = append(append(f.in.Unreadable, visits.Unreadable...), notes.Unreadable...)
	if f.in.Names, err = f.t.Names(ctx, f.system); err != nil { // after visits: names only grow
		return err
	}
	return f.allAnswers(ctx, now)
}

// allAnswers takes what the source was asked, by client.
func (f *finder) allAnswers(ctx context.Context, now time.Time) error {
	stored, err := f.t.Answers(ctx, f.system)
	if err != nil {
		return err
	}
	f.in.Answers = map[care.Ref][]care.Answer{}
	for i := range f.in.Records {
		for _, s := range f.in.Records[i].Services {
			if a, ok := stored[s.Ref]; ok && believed(a, now) {
				client := f.in.Records[i].Client
				f.in.Answers[client] = append(f.in.Answers[client], care.Answer{Service: s.Ref, Found: a.Found})
			}
		}
	}
	return nil
}
