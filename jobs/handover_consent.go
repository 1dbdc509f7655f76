package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"brygga/adapters"
	"brygga/care"
	"brygga/mapping"
	fhirmap "brygga/mapping/fhir"
)

// consentsRead is every consent of the source, and every organization, as they were a
// moment ago. All are read, and not one client's: a consent may name the client, or
// be taken back, in ways that no search for one client finds.
type consentsRead struct {
	records    []care.Packed
	unreadable []care.Unreadable
	unplaced   int // unreadable, and nobody can tell whose
}

// readConsents reads consents and organizations from the source, now.
func (h *handovers) readConsents(ctx context.Context) (*consentsRead, error) {
	out := &consentsRead{}
	for _, kind := range h.source.Mapper.Kinds() {
		if kind.Facts&care.SetOf(care.KindConsent, care.KindUnit) == 0 {
			continue
		}
		g := newGatherer(kind, &care.RefTable{})
		if err := whole(ctx, h.source, adapters.Query{Kind: kind.Name, Type: kind.Type, Params: kind.Params}, pageReader{h.source.Mapper, kind, g}); err != nil {
			return nil, err
		}
		records, unreadable := g.facts()
		out.records = append(out.records, records...)
		if kind.Facts.Has(care.SetOf(care.KindConsent)) {
			out.unreadable = unreadable
		}
	}
	for _, u := range out.unreadable {
		if u.Client == "" {
			out.unplaced++
		}
	}
	return out, nil
}

// whole pulls everything, or fails.
func whole(ctx context.Context, s *System, q adapters.Query, r adapters.Reader) error {
	out := s.Source.Pull(ctx, q, r)
	switch {
	case out.Complete:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case out.Fault != nil:
		return out.Fault
	}
	return fmt.Errorf("%s was not read whole", q.Kind)
}

// decided is what may be handed over of one client to one care home, now.
type decided struct {
	care.ConsentDecision
	permitted care.SectionSet // of the sections that are offered
	consents  []care.Consent  // of the client, as they were read
	recipient care.Ref
	read      []care.Packed // consents and organizations of the source
	request   care.ConsentRequest
	protected bool
	died      bool
	gone      bool // the client is not in the record any more
}

// decide reads the client, and who gave the consents where that matters, and decides.
func (h *handovers) decide(ctx context.Context, read *consentsRead, m *move) (*decided, error) {
	out := &decided{read: read.records}
	in := h.source.input(h.asOf)
	in.Incomplete = nil
	g := newGatherer(mapping.Kind{Facts: care.SetOf(care.KindClient, care.KindRelative)}, &care.RefTable{})
	for _, ref := range append([]care.Ref{m.own}, m.twins...) {
		there, err := h.one(ctx, g, ref)
		if err != nil {
			return nil, err
		}
		if ref == m.own && !there {
			out.gone = true
			return out, nil
		}
	}
	records, unreadable := g.facts()
	in.More = [][]care.Packed{records, read.records}
	in.Unreadable = unreadable
	for _, u := range read.unreadable {
		if u.Client == m.own || !strings.HasPrefix(string(u.Client), "Patient/") {
			in.Unreadable = append(in.Unreadable, u)
		}
	}
	c := clientIn(care.Assemble(in), m.own)
	if c == nil {
		return nil, errors.New("the client's own record cannot be read")
	}
	relatives, err := h.givers(ctx, c)
	if err != nil {
		return nil, err
	}
	in.More = append(in.More, relatives)
	snap := care.Assemble(in)
	c = clientIn(snap, m.own)
	out.recipient = h.recipientIn(snap.Roster.Units, m)
	out.protected, out.died, out.consents = c.Protected, c.Deceased, c.Consents
	if err := h.elsewhere(ctx, m, out); err != nil {
		return nil, err
	}
	if out.recipient == "" {
		return out, nil
	}
	req := snap.Roster.ConsentRequest(c, out.recipient, h.Now())
	req.Sections = h.offered()
	req.AcceptUnnamed, req.MaxAge = h.Config.Consent.AcceptUnnamedRecipient, int(h.Config.Consent.MaxAge/(24*time.Hour))
	out.request, out.ConsentDecision = req, care.Decide(c.Consents, req)
	out.permitted = out.Permitted() & h.offered()
	return out, nil
}

// recipientIn is the care home's organization, as the source has it now. It is none
// where that cannot be read, since nobody can tell then which consents name it, and
// none where several could be meant.
func (h *handovers) recipientIn(units map[care.Ref]care.Unit, m *move) care.Ref {
	if _, there := units[m.recipient]; there || m.recipient != "" || m.home == nil {
		if !there {
			return ""
		}
		return m.recipient
	}
	var found care.Ref
	for ref, u := range units {
		if home := careHome(h.Config.CareHomes, ref, u); home != nil && home.Name == m.home.Name {
			if found != "" {
				return ""
			}
			found = ref
		}
	}
	return found
}

// elsewhere asks the other FHIR servers what they know of the client's protection and
// death by now: any of them may have been told first.
func (h *handovers) elsewhere(ctx context.Context, m *move, out *decided) error {
	for _, in := range m.elsewhere {
		body, err := in.system.Source.Read(ctx, string(in.ref))
		if err != nil {
			return err
		}
		if body == nil {
			continue
		}
		g := newGatherer(mapping.Kind{Facts: care.SetOf(care.KindClient)}, &care.RefTable{})
		if err := in.system.Mapper.Resource(g, body); err != nil {
			return fmt.Errorf("the client's record in %s cannot be read: %w", in.system.Name, err)
		}
		records, unreadable := g.facts()
		if len(unreadable) > 0 {
			return errors.New("the client's record in " + in.system.Name + " cannot be read")
		}
		for _, r := range records {
			if p := r.Open().Person; p != nil {
				out.protected, out.died = out.protected || p.Protected, out.died || p.Deceased
			}
		}
	}
	return nil
}

func clientIn(s *care.Snapshot, ref care.Ref) *care.Client {
	if i := slices.IndexFunc(s.Clients, func(c *care.Client) bool { return c.Ref == ref }); i >= 0 {
		return s.Clients[i]
	}
	return nil
}

// one reads a record by its reference into the sink; there is false where the source
// has none.
func (h *handovers) one(ctx context.Context, sink mapping.Sink, ref care.Ref) (there bool, err error) {
	if !fhirmap.Local(ref) {
		return false, nil
	}
	body, err := h.source.Source.Read(ctx, string(ref))
	if err != nil || body == nil {
		return false, err
	}
	return true, h.source.Mapper.Resource(sink, body)
}

// givers reads those relatives, and no others, who gave a consent of the client's:
// they may decide for the client, or not.
func (h *handovers) givers(ctx context.Context, c *care.Client) ([]care.Packed, error) {
	kind := mapping.Kind{Facts: care.SetOf(care.KindRelative)}
	g := newGatherer(kind, &care.RefTable{})
	byIdentifier := false
	for _, consent := range c.Consents {
		for _, giver := range consent.Givers {
			switch {
			case giver == c.Ref:
			case strings.HasPrefix(string(giver), "RelatedPerson/"):
				if _, err := h.one(ctx, g, giver); err != nil {
					return nil, err
				}
			case strings.HasPrefix(string(giver), "identifier:"):
				byIdentifier = true
			}
		}
	}
	if byIdentifier { // whose identifier it is can only be told by looking at all of the client's
		for _, k := range h.source.Mapper.Kinds() {
			if k.Type != "RelatedPerson" {
				continue
			}
			q := adapters.Query{Kind: k.Name, Type: k.Type, Params: map[string][]string{"patient": {string(c.Ref)}}}
			if err := whole(ctx, h.source, q, pageReader{h.source.Mapper, k, g}); err != nil {
				return nil, err
			}
		}
	}
	records, _ := g.facts() // who cannot be read may not decide for anybody
	return records, nil
}

// sectionFacts is the kind of fact that each section holds, by which it is known
// which system is its authority.
var sectionFacts = map[care.Section]care.FactKind{
	care.SectionContact: care.KindAssignment, care.SectionRelatives: care.KindRelative, care.SectionServices: care.KindService,
	care.SectionPlan: care.KindPlan, care.SectionJournal: care.KindNote, care.SectionDeviations: care.KindDeviation,
	care.SectionRisks: care.KindRisk, care.SectionSIP: care.KindPlan,
}

// offered are the sections that the municipality hands over, as far as the source has them.
func (h *handovers) offered() (set care.SectionSet) {
	for _, s := range care.Sections() {
		if h.Config.Jobs.Handover.Sections.Has(s) && h.source.Authority.Has(care.SetOf(sectionFacts[s])) {
			set |= care.SetOfSections(s)
		}
	}
	return set
}
