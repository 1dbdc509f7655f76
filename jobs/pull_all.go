package jobs

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"brygga/adapters"
	"brygga/care"
	"brygga/store"
)

// Pulled is what a run read of all systems.
type Pulled struct {
	Kinds []KindReport
	// Input is what is to be judged: the one FHIR server's records, or those of all
	// systems joined on people and units.
	Input care.Input
	// There tells who somebody is in each system; nil where one FHIR server is all there is.
	There    map[string]map[care.Ref]care.Ref
	Unjoined []care.Unjoined

	listed map[string]bool // systems whose list of people was read whole
}

// Pull reads every kind of every system of which some enabled rule or status needs
// facts, side by side, stores what was complete, and gives what is to be judged.
// A kind that could not be read whole leaves what is stored as it is, is reported
// with its fault, and makes every client unknown (care.Input.Incomplete). The
// error is about our own store or the context, never about the systems.
func Pull(ctx context.Context, systems []*System, t *store.Tenant, opt PullOptions) (*Pulled, error) {
	opt.Joined = !alone(systems)
	each := make([]*pulled, len(systems))
	g, gctx := errgroup.WithContext(ctx)
	for i, s := range systems {
		g.Go(func() error {
			names, err := t.Names(gctx, s.Name)
			if err != nil {
				return err
			}
			if err := s.number(names); err != nil {
				return fmt.Errorf("%s: %w", s.Name, err)
			}
			each[i], err = pullSystem(gctx, s, t, opt)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := &Pulled{listed: map[string]bool{}}
	for i, p := range each {
		out.Kinds = append(out.Kinds, p.kinds...)
		out.listed[systems[i].Name] = p.listed
	}
	slices.SortStableFunc(out.Kinds, func(a, b KindReport) int {
		return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Kind, b.Kind))
	})
	if !opt.Joined {
		out.Input = each[0].input
		return out, nil
	}
	parts := make([]care.Part, len(systems))
	for i, s := range systems {
		parts[i] = s.part(each[i].input)
	}
	joined := care.Join(parts)
	joined.System = shown(systems)
	out.Input, out.There, out.Unjoined = joined.Input, joined.There, joined.Unjoined
	return out, nil
}

// shown is what staff call the systems that provide facts, for texts.
func shown(systems []*System) string {
	text := ""
	for _, s := range systems {
		switch {
		case s.Authority == 0:
		case text == "":
			text = s.Display
		default:
			text += ", " + s.Display
		}
	}
	return text
}

// peopleFault is why the list of people or units of a system could not be read
// whole; nil where it was.
func (p *Pulled) peopleFault(s *System) *adapters.Error {
	for _, k := range p.Kinds {
		if k.System != s.Name || k.Complete {
			continue
		}
		for _, kind := range s.Mapper.Kinds() {
			if kind.Name == k.Kind && kind.Facts&subjectFacts != 0 {
				if k.Fault != nil {
					return k.Fault
				}
				return &adapters.Error{Class: adapters.Protocol, System: s.Name, Kind: k.Kind, What: "was not read whole"}
			}
		}
	}
	return nil
}
