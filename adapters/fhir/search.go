package fhir

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// search gives the request of a search. One that holds what may be a person's
// identifier goes by POST, since addresses end up in logs on the way.
func (s *System) search(typ string, v url.Values) (method, address string, body []byte) {
	if personal(v) {
		return http.MethodPost, s.address(typ+"/_search", nil), []byte(v.Encode())
	}
	return http.MethodGet, s.address(typ, v), nil
}

func formHeader() http.Header {
	return http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
}

// personNumber is what may be a person's number: 10 or 12 digits, the last four
// perhaps set off. Instants of time are taken for none.
var personNumber = regexp.MustCompile(`(?:^|[^0-9])(?:[0-9]{2})?[0-9]{6}[-+]?[0-9]{3}[0-9A-Za-z](?:[^0-9]|$)`)

// personal says whether a search names a person: any identifier with a value,
// here or along a chain, any name, address or birth date, and whatever looks
// like a person's number.
func personal(v url.Values) bool {
	for key, values := range v {
		name := key
		if i := strings.LastIndexByte(name, '.'); i >= 0 {
			name = name[i+1:]
		}
		name, modifier, _ := strings.Cut(name, ":")
		for _, value := range values {
			switch {
			case (name == "identifier" || modifier == "identifier") && !strings.HasSuffix(value, "|"):
				return true
			case name == "birthdate", name == "name", name == "family", name == "given", name == "phone", name == "email", strings.HasPrefix(name, "address"):
				return true
			case name != "_lastUpdated" && personNumber.MatchString(value):
				return true
			}
		}
	}
	return false
}

func keysOf(v url.Values) []string { return slices.Sorted(maps.Keys(v)) }

// token is a search value "system|code" with what has a meaning in a search
// escaped.
func token(system, code string) string {
	esc := strings.NewReplacer(`\`, `\\`, `,`, `\,`, `$`, `\$`, `|`, `\|`)
	return esc.Replace(system) + "|" + esc.Replace(code)
}

// Read asks for one resource. The body is a copy of the caller's own; it is nil
// with no error if the server says that there is none (404, 410).
func (s *System) Read(ctx context.Context, ref string) ([]byte, error) {
	typ, id, ok := strings.Cut(ref, "/")
	if !ok || !resourceType.MatchString(typ) || !resourceID.MatchString(id) {
		return nil, s.fault(request{}, adapters.Rejected, 0, "a reference that is not of the form Type/id cannot be read", "")
	}
	r := request{Method: http.MethodGet, URL: s.address(typ+"/"+id, nil), Kind: typ}
	a, fault := s.send(ctx, r)
	if fault != nil {
		return nil, fault
	}
	defer a.Free()
	if a.Status == http.StatusNotFound || a.Status == http.StatusGone {
		if wire.WebPage(a) != "" { // no word of the record's: the address is wrong
			return nil, s.refusal(r, a)
		}
		return nil, nil
	}
	if a.Status != http.StatusOK {
		return nil, s.refusal(r, a)
	}
	var got thinResource
	if err := json.Unmarshal(a.Body(), &got); err != nil || got.ResourceType != typ || got.ID != id {
		if page := wire.WebPage(a); page != "" {
			return nil, s.notFHIR(r, a, nil)
		}
		return nil, s.fault(r, adapters.Protocol, a.Status, fmt.Sprintf("a read of one %s answered with something else (%s)", typ, wire.Word(kindOf(a.Body()).ResourceType)), "see the server's log")
	}
	return slices.Clone(a.Body()), nil
}

var (
	resourceType = regexp.MustCompile(`^[A-Z][A-Za-z]{1,63}$`)
	resourceID   = regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`)
)

// Any asks whether at least one resource matches. A server that passes over a
// parameter would answer about something else: where the answer's self link
// shows that it did, that is an error and not a yes.
func (s *System) Any(ctx context.Context, q adapters.Query) (bool, error) {
	ranges := q.Ranges
	if len(ranges) == 0 {
		ranges = []url.Values{nil}
	}
	for _, further := range ranges {
		found, fault := s.any(ctx, q.Kind, q.Type, s.criteria(q, further))
		if fault != nil {
			return false, fault
		}
		if found {
			return true, nil
		}
	}
	return false, nil
}

func (s *System) any(ctx context.Context, kind, typ string, v url.Values) (bool, *adapters.Error) {
	b, fault := s.look(ctx, kind, typ, v)
	if fault != nil {
		return false, fault
	}
	if left := leftOut(b, v); left != "" {
		return false, s.fault(request{Kind: kind}, adapters.Rejected, http.StatusOK, "the server passes over the search parameter "+left, "this server cannot answer the question; have the parameter enabled")
	}
	return b.matches(typ) > 0, nil
}

// look searches for at most one resource, and asks the server not to pass over
// what it does not know.
func (s *System) look(ctx context.Context, kind, typ string, v url.Values) (*thinBundle, *adapters.Error) {
	keys := keysOf(v)
	one := url.Values{}
	maps.Copy(one, v)
	one.Set("_count", "1")
	method, address, body := s.search(typ, one)
	r := request{Method: method, URL: address, Body: body, Kind: kind, Header: http.Header{"Prefer": {"handling=strict"}}}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	a, fault := s.send(ctx, r)
	if fault != nil {
		return nil, fault
	}
	defer a.Free()
	if a.Status != http.StatusOK {
		return nil, s.refusal(r, a, keys...)
	}
	b, ok := parseSearchset(a.Body())
	if !ok {
		return nil, s.notFHIR(r, a, nil)
	}
	if b.broken() {
		return nil, s.fault(r, adapters.Protocol, a.Status, "the answer says that the search failed (an OperationOutcome of severity error)", "see the server's log")
	}
	return b, nil
}

// leftOut names a parameter that was sent and is not in the self link, by which
// a server tells what it searched for; "" if all are there, or no self link has
// any parameter (some servers give a bare one, or none after a POST).
func leftOut(b *thinBundle, v url.Values) string {
	u, err := url.Parse(b.link("self"))
	if err != nil || u.RawQuery == "" {
		return ""
	}
	used := map[string]bool{}
	for k := range u.Query() {
		name, _, _ := strings.Cut(k, ":")
		used[name] = true
	}
	if len(used) == 0 {
		return ""
	}
	for _, k := range keysOf(v) {
		if name, _, _ := strings.Cut(k, ":"); !used[name] && !strings.HasPrefix(name, "_") {
			return k
		}
	}
	return ""
}
