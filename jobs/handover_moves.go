package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"brygga/care"
	"brygga/config"
	"brygga/mapping"
	"brygga/mapping/fhir/document"
	"brygga/store"
)

// move is a client for whom a care-home service starts near today.
type move struct {
	client  *care.Client
	service *care.Service
	home    *config.CareHome // nil: the care home is not configured
	// As the source of the handover writes them; empty where it does not know them.
	own       care.Ref
	recipient care.Ref
	unit      care.Ref   // that cares for the client until then
	twins     []care.Ref // other clients who have an identifier in common
	elsewhere []recordIn // the client in other FHIR servers
	rolledOut bool       // writes.units names the client's unit, or none
	here      bool       // the service stands in the source
	// off: no such service starts near today; it is here since the ledger is about it.
	off bool
}

// recordIn is a record of another system than the source.
type recordIn struct {
	system *System
	ref    care.Ref
}

// key tells moves apart: in the ledger, where nothing is prepared for one.
func (h *handovers) key(m *move) string {
	return h.Job.Store.KeyedUUID("move", string(m.client.Ref), string(m.service.Ref))
}

// moves finds them in what the last pulls left: clients, units, placements and
// services, of all systems. No system is reached.
func (h *handovers) moves(ctx context.Context) ([]move, error) {
	facts := care.SetOf(care.KindClient, care.KindUnit, care.KindPlacement, care.KindService)
	parts := make([]care.Part, len(h.Job.Systems))
	for i, s := range h.Job.Systems {
		in := s.input(h.asOf)
		for _, k := range s.Mapper.Kinds() {
			if k.Bulky || k.Facts&facts == 0 {
				continue
			}
			state, err := h.Job.Store.Kind(ctx, s.Name, k.Name)
			if err != nil {
				return nil, err
			}
			in.More = append(in.More, care.Pack(state.Records...))
		}
		parts[i] = s.part(in)
	}
	in, there := parts[0].Input, map[string]map[care.Ref]care.Ref{}
	if !h.Job.alone() {
		joined := care.Join(parts)
		in, there = joined.Input, joined.There
	}
	in.AsOf = h.asOf
	snap := care.Assemble(in)
	written := func(s *System, r care.Ref) care.Ref {
		if h.Job.alone() {
			return r
		}
		if to, ok := there[s.Name][r]; ok {
			return to
		}
		to, _ := s.local(r)
		return to
	}
	own := func(r care.Ref) care.Ref { return written(h.source, r) }
	rolledOut := NewUnits(snap.Roster.Units, h.Rollout.Units)
	of := func(c *care.Client) move {
		unit := UnitOf(c, h.asOf)
		m := move{client: c, own: own(c.Ref), unit: own(unit)}
		m.rolledOut = len(h.Rollout.Units) == 0 || slices.Contains(h.Rollout.Units, rolledOut.Key(unit))
		for _, s := range h.Job.Systems {
			if ref := written(s, c.Ref); s != h.source && s.Mapping == nil && ref != "" {
				m.elsewhere = append(m.elsewhere, recordIn{s, ref})
			}
		}
		for _, twin := range snap.Roster.Duplicates(c.Ref) {
			m.twins = append(m.twins, own(twin))
		}
		return m
	}
	var out []move
	for _, c := range snap.Clients {
		for i := range c.Services {
			s := &c.Services[i]
			if c.Deceased || !h.near(s) {
				continue
			}
			m := of(c)
			m.service = s
			_, m.here = h.source.local(s.Ref)
			m.here = m.here || len(parts) == 1
			if u, ok := snap.Roster.Units[s.Performer]; ok {
				m.home, m.recipient = careHome(h.Config.CareHomes, s.Performer, u), own(s.Performer)
			}
			out = append(out, m)
		}
	}
	for _, row := range h.rows() {
		home, configured := h.Config.CareHomes[row.CareHome]
		c := clientIn(snap, row.Client)
		if !underWay(row.State) || !configured || c == nil || moveOf(out, row) != nil {
			continue
		}
		m := of(c)
		m.home, m.recipient, m.off = &home, row.Recipient, true
		out = append(out, m)
	}
	slices.SortStableFunc(out, func(a, b move) int {
		return cmp.Or(cmp.Compare(a.start(), b.start()), cmp.Compare(a.client.Ref, b.client.Ref))
	})
	return out, nil
}

// errMovedOn is that the record has changed since the night that told of a move.
var errMovedOn = errors.New("the client no longer moves to this care home, as the record is now")

// stillMoves fails with errMovedOn where the services that were just read say that the
// client goes to another care home, or to none. Services that are not permitted are not
// read, and other systems are not asked: then what the night left is what is known.
func (h *handovers) stillMoves(c *document.Collection, m *move, d *decided) error {
	if !m.here || !d.permitted.Has(care.SectionServices) {
		return nil
	}
	g := newGatherer(mapping.Kind{Facts: care.SetOf(care.KindClient, care.KindService)}, &care.RefTable{})
	for _, raw := range append([]json.RawMessage{c.Patient}, c.Rows[care.SectionServices]...) {
		if err := h.source.Mapper.Resource(g, raw); err != nil {
			return fmt.Errorf("a service of the client's cannot be read: %w", err)
		}
	}
	in := h.source.input(h.asOf)
	in.Incomplete = nil
	records, unreadable := g.facts()
	in.More, in.Unreadable = [][]care.Packed{records, d.read}, unreadable
	now := clientIn(care.Assemble(in), m.own)
	switch {
	case now != nil && slices.ContainsFunc(now.Services, func(s care.Service) bool { return h.near(&s) && s.Performer == d.recipient }):
		return nil
	case len(in.Unreadable) > 0: // it may be that one
		return errors.New("a service of the client's cannot be read")
	}
	return errMovedOn
}

// start is the day of the move; no date for one that is off.
func (m *move) start() care.Date {
	if m.service == nil {
		return 0
	}
	return m.service.Start
}

// near says whether a service is a move to a care home about now.
func (h *handovers) near(s *care.Service) bool {
	return s.Code&care.CareHomeService != 0 && s.Start.Known() && s.Decided <= h.asOf &&
		s.Start >= h.asOf.AddDays(-handoverDays) && s.Start <= h.asOf.AddDays(handoverDays)
}

// moveOf finds the move that a row of the ledger is about; nil where it is off.
func moveOf(moves []move, row *store.Handover) *move {
	for i := range moves {
		if m := &moves[i]; m.client.Ref == row.Client && m.home != nil && m.home.Name == row.CareHome {
			return m
		}
	}
	return nil
}

// forgetMoves removes what the ledger says of moves that are off, of which nothing
// was sent, and stops what was prepared for them.
func (h *handovers) forgetMoves(ctx context.Context, moves []move) error {
	standing := map[string]bool{}
	for i := range moves {
		if m := &moves[i]; !m.off {
			standing[h.key(m)] = true
		}
	}
	for _, row := range h.rows() {
		switch {
		case row.Document == "" && row.Hash == "" && !standing[row.ID]:
			if err := h.remove(ctx, row.ID); err != nil {
				return err
			}
		case undelivered(row.State) && h.isOff(moves, row):
			if _, err := h.stop(ctx, row, "the move is off: no care-home service for this care home starts within 30 days"); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *handovers) isOff(moves []move, row *store.Handover) bool {
	m := moveOf(moves, row)
	return (m == nil || m.off) && row.State != care.HandoverSending // that may have left: send finds out
}

// where names a client for messages: the record's own reference, which says nothing
// to whom cannot look into the record.
func (m *move) where() string { return strings.TrimPrefix(string(m.client.Ref), "Patient/") }
