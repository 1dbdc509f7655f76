package carehome

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// maxPages bounds a search for one identifier: servers that filter a page after
// cutting it can show empty ones first.
const maxPages = 20

// searchset is what is read of the answer to a search.
type searchset struct {
	ResourceType string `json:"resourceType"`
	Type         string `json:"type"`
	Total        int    `json:"total"`
	Link         []struct {
		Relation string `json:"relation"`
		URL      string `json:"url"`
	} `json:"link"`
	Entry []struct {
		Search struct {
			Mode string `json:"mode"`
		} `json:"search"`
		Resource thin `json:"resource"`
	} `json:"entry"`
}

func (s *searchset) next() string {
	for _, l := range s.Link {
		if l.Relation == "next" {
			return l.URL
		}
	}
	return ""
}

// matches divides the entries that answer the search by whether they carry the
// identifier. What is only included, or says something of the search, is neither.
func (s *searchset) matches(k kind, id string) (ours []string, others int) {
	for _, e := range s.Entry {
		switch r := &e.Resource; {
		case e.Search.Mode == "include" || e.Search.Mode == "outcome" || r.ResourceType == "OperationOutcome":
		case r.carries(k, id) && idForm.MatchString(r.ID):
			ours = append(ours, r.ID)
		default:
			others++
		}
	}
	return ours, others
}

// find asks which resource carries the identifier of a handover: "" where the server
// says that there is none. Of several the first by id is given, whoever asks.
func (f *FHIR) find(ctx context.Context, k kind, id string) (ref string, fault *adapters.Error) {
	r := wire.Request{
		Method: http.MethodGet, Kind: k.name,
		URL: f.wire.Address(k.typ, url.Values{"identifier": {k.token(id)}, "_count": {"50"}}),
	}
	var found []string
	seen, total := 0, 0
	for r.Page = 1; r.Page <= maxPages; r.Page++ {
		s, fault := f.page(ctx, r)
		if fault != nil {
			return "", fault
		}
		ours, others := s.matches(k, id)
		found, seen, total = append(found, ours...), seen+len(ours)+others, max(total, s.Total)
		if len(ours) == 0 && others > 0 && len(found) == 0 {
			return "", f.wire.Fault(r, adapters.Protocol, 0, "the search by identifier gives others than asked for",
				"have the server search "+k.typ+" by identifier; without it nothing is sent, since it might be sent twice")
		}
		next := s.next()
		if next == "" || len(found) > 0 {
			break
		}
		address, wrong := wire.ResolveNext(f.wire.Base(), next)
		if wrong != "" {
			return "", f.wire.Fault(r, adapters.Protocol, 0, string(wrong), "have the server's base address set right")
		}
		if r.URL = address; r.Page == maxPages {
			return "", f.wire.Fault(r, adapters.Protocol, 0, "the search by identifier does not come to an end", "see the server's log")
		}
	}
	switch {
	case len(found) == 0 && total > seen:
		return "", f.wire.Fault(r, adapters.Protocol, 0, "the search by identifier counts what it does not show",
			"let this client read "+k.typ+" at the server (scopes or roles)")
	case len(found) == 0:
		return "", nil
	}
	slices.Sort(found)
	if found = slices.Compact(found); len(found) > 1 {
		f.wire.Log().Warn().Str("kind", k.name).Int("found", len(found)).Str("taken", k.typ+"/"+found[0]).
			Msg("several stand for one handover; the first by id is taken. The care home should remove the others")
	}
	return k.typ + "/" + found[0], nil
}

func (f *FHIR) page(ctx context.Context, r wire.Request) (*searchset, *adapters.Error) {
	a, fault := f.wire.Send(ctx, r)
	if fault != nil {
		return nil, fault
	}
	defer a.Free()
	if a.Status != http.StatusOK {
		return nil, f.refusal(r, a)
	}
	var s searchset
	if err := json.Unmarshal(a.Body(), &s); err != nil || s.ResourceType != "Bundle" || s.Type != "searchset" {
		return nil, f.notFHIR(r, a, "searchset")
	}
	for _, e := range s.Entry {
		for _, i := range e.Resource.Issue {
			// A server that could not do the whole search may say so within the page.
			if e.Resource.ResourceType == "OperationOutcome" && (i.Severity == "error" || i.Severity == "fatal") {
				return nil, f.wire.Fault(r, adapters.Protocol, a.Status, "the search by identifier failed in part ("+wire.Word(i.Code)+")", "see the care home's server's log")
			}
		}
	}
	return &s, nil
}

// stands reads a resource and says whether it carries the identifier.
func (f *FHIR) stands(ctx context.Context, k kind, id, ref string) (bool, *adapters.Error) {
	r := wire.Request{Method: http.MethodGet, URL: f.wire.Address(ref, nil), Kind: k.name}
	a, fault := f.wire.Send(ctx, r)
	if fault != nil {
		return false, fault
	}
	defer a.Free()
	var t thin
	switch {
	case a.Status == http.StatusNotFound || a.Status == http.StatusGone:
		return false, nil
	case a.Status != http.StatusOK:
		return false, f.refusal(r, a)
	case json.Unmarshal(a.Body(), &t) != nil:
		return false, f.notFHIR(r, a, k.typ)
	}
	return t.carries(k, id), nil
}

// placed is the id that a server says it wrote, or found, a resource at; "" where it
// does not say.
func placed(typ string, h http.Header, body []byte) string {
	for _, location := range []string{h.Get("Location"), h.Get("Content-Location")} {
		u, err := url.Parse(location)
		if err != nil {
			continue
		}
		parts := strings.Split(u.Path, "/")
		for i := len(parts) - 2; i >= 0; i-- {
			if parts[i] == typ && idForm.MatchString(parts[i+1]) {
				return parts[i+1]
			}
		}
	}
	var t thin
	if json.Unmarshal(body, &t) == nil && t.ResourceType == typ && idForm.MatchString(t.ID) {
		return t.ID
	}
	return ""
}
