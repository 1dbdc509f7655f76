package fhir

import (
	"context"
	"net/url"
	"strings"
	"sync"

	"brygga/adapters"
)

// nonsense is a code and a value that nobody has: a server that heeds the
// criterion answers it with nothing.
const nonsense = "brygga-probe-7f3c0e5a"

// probe remembers which search finds our own resources of one type. Only an
// answer is remembered, so that a server that was down is asked again.
type probe struct {
	mu    sync.Mutex
	known bool
	byTag bool
	fault *adapters.Error // neither works
}

// Standing streams the resources of the type that carry the tag. Where an empty
// probe shows that the server does not search by tag, it streams those with an
// identifier of the system. A server that can do neither is Rejected.
func (s *System) Standing(ctx context.Context, typ, tag, identifierSystem string, r adapters.Reader) adapters.Outcome {
	byTag, fault := s.howToFind(ctx, typ, tag, identifierSystem)
	if fault != nil {
		return adapters.Outcome{Fault: fault}
	}
	q := adapters.Query{Kind: typ, Type: typ, Params: byIdentifier(identifierSystem)}
	if byTag {
		q.Params = withTag(tag)
	}
	return s.Pull(ctx, q, r)
}

func withTag(tag string) url.Values {
	system, code, _ := strings.Cut(tag, "|")
	return url.Values{"_tag": {token(system, code)}}
}

func byIdentifier(system string) url.Values {
	return url.Values{"identifier": {token(system, "")}}
}

func (s *System) howToFind(ctx context.Context, typ, tag, identifierSystem string) (bool, *adapters.Error) {
	v, _ := s.probes.LoadOrStore(typ, new(probe))
	p := v.(*probe)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known {
		return p.byTag, p.fault
	}
	tagSystem, _, _ := strings.Cut(tag, "|")
	heeds, why, fault := s.heeds(ctx, typ, withTag(tagSystem+"|"+nonsense))
	if fault != nil {
		return false, fault
	}
	if heeds {
		p.known, p.byTag = true, true
		return true, nil
	}
	s.log().Info().Str("type", typ).Str("why", why).Msg("no search by tag here; searching by identifier system")
	heeds, whyNot, fault := s.heeds(ctx, typ, byIdentifier(identifierSystem+"/"+nonsense))
	if fault != nil {
		return false, fault
	}
	p.known = true
	if !heeds {
		p.fault = s.fault(request{Kind: typ}, adapters.Rejected, 0,
			"the server finds "+typ+" neither by _tag ("+why+") nor by identifier system ("+whyNot+")",
			"have the search parameter _tag enabled for this type; without it what brygga wrote cannot be read back")
	}
	return false, p.fault
}

// heeds asks for what cannot exist. The fault is for a server that could not be
// asked; why says what a server that was asked does instead of heeding.
func (s *System) heeds(ctx context.Context, typ string, v url.Values) (ok bool, why string, fault *adapters.Error) {
	b, fault := s.look(ctx, typ, typ, v)
	if fault != nil {
		if fault.Class == adapters.Rejected {
			return false, fault.What, nil
		}
		return false, "", fault
	}
	if b.matches(typ) > 0 || (b.Total != nil && *b.Total > 0) {
		return false, "passed over", nil
	}
	if u, err := url.Parse(b.link("self")); err == nil && u.RawQuery != "" {
		for k := range v {
			if !u.Query().Has(k) {
				return false, "passed over", nil
			}
		}
	}
	return true, "", nil
}
