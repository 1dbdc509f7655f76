package sandbox

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// search is a parsed search of one type.
type search struct {
	typ      string
	filters  []filter
	sort     []sortKey
	includes []*param
	elements []string
	count    int
	offset   int // only with Options.Shifting
	noTotal  bool
	counting bool       // _summary=count, or _count=0
	used     url.Values // the parameters that were taken into account
}

// filter is one criterion; a resource meets it by one of its alternatives.
type filter struct {
	name     string // "_id", "_lastUpdated", or p.name
	p        *param // nil for these two
	modifier string
	missing  bool // the value of :missing
	alts     []alternative
}

// alternative is one of the comma-separated values of a criterion.
type alternative struct {
	prefix    string // of a date
	at        span
	sys, code string
	anySystem bool // the value was "code", not "system|code"
}

type sortKey struct {
	name string
	p    *param // nil for _id and _lastUpdated
	down bool
}

// maxFilters bounds the work of one search.
const maxFilters = 100

// parseSearch reads search parameters. In strict mode what is not known is refused
// with 400, otherwise it is left out of what is used.
func (s *Server) parseSearch(typ string, q url.Values, x indexer, strict bool) (*search, *refusal) {
	out := &search{typ: typ, count: s.opt.DefaultCount, used: url.Values{}}
	for _, name := range slices.Sorted(maps.Keys(q)) {
		for _, text := range q[name] {
			ok, f := s.control(out, name, text)
			if !ok && f == nil {
				ok, f = out.criterion(name, text, x)
			}
			switch {
			case f != nil:
				return nil, f
			case ok:
				out.used.Add(name, text)
			case strict:
				return nil, refuse(http.StatusBadRequest, "not-supported", "unknown search parameter %s for %s", printable(name), typ)
			}
		}
	}
	if len(out.filters) > maxFilters {
		return nil, refuse(http.StatusBadRequest, "too-costly", "more than %d criteria", maxFilters)
	}
	return out, nil
}

// printable keeps only a parameter's name of what came in its place.
func printable(name string) string {
	name, _, _ = strings.Cut(name, ":")
	for _, r := range name {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' || r == '.') {
			return "(unreadable name)"
		}
	}
	return name
}

// control reads the parameters that say how to answer. It is false for all others.
func (s *Server) control(out *search, name, text string) (bool, *refusal) {
	bad := func() (bool, *refusal) {
		return true, refuse(http.StatusBadRequest, "invalid", "%s has a value that is not supported", name)
	}
	switch name {
	case "_count":
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return bad()
		}
		out.count, out.counting = min(n, s.opt.MaxCount), out.counting || n == 0
	case "_offset":
		n, err := strconv.Atoi(text)
		if !s.opt.Shifting || err != nil || n < 0 {
			return bad()
		}
		out.offset = n
	case "_summary":
		if text != "count" && text != "false" {
			return bad()
		}
		out.counting = out.counting || text == "count"
	case "_total":
		if text != "none" && text != "estimate" && text != "accurate" {
			return bad()
		}
		out.noTotal = text == "none"
	case "_elements":
		out.elements = strings.Split(text, ",")
	case "_format":
		if !jsonMedia(text) {
			return true, refuse(http.StatusNotAcceptable, "not-supported", "only JSON is served")
		}
	case "_pretty":
	case "_sort":
		for key := range strings.SplitSeq(text, ",") {
			k := sortKey{down: strings.HasPrefix(key, "-"), name: strings.TrimPrefix(key, "-")}
			k.p = defs()[out.typ].byName[k.name]
			if k.p == nil && k.name != "_id" && k.name != "_lastUpdated" {
				return bad()
			}
			out.sort = append(out.sort, k)
		}
	case "_include":
		part := strings.Split(text, ":")
		if len(part) < 2 || len(part) > 3 || part[0] != out.typ {
			return bad()
		}
		p := defs()[out.typ].byName[part[1]]
		if p == nil || p.kind != refParam {
			return bad()
		}
		out.includes = append(out.includes, p)
	default:
		return false, nil
	}
	return true, nil
}

// criterion reads a parameter that selects resources. It is false for one that the type does not have.
func (out *search) criterion(name, text string, x indexer) (bool, *refusal) {
	name, modifier, _ := strings.Cut(name, ":")
	f := filter{name: name, modifier: modifier, p: defs()[out.typ].byName[name]}
	kind := dateParam
	switch {
	case name == "_id":
		kind = uriParam
	case f.p != nil:
		kind = f.p.kind
	case name != "_lastUpdated":
		return false, nil
	}
	refType := ""
	switch {
	case modifier == "":
	case modifier == "missing" && f.p != nil:
		if text != "true" && text != "false" {
			return true, refuse(http.StatusBadRequest, "invalid", "%s:missing is true or false", name)
		}
		f.missing = text == "true"
		out.filters = append(out.filters, f)
		return true, nil
	case modifier == "not" && kind == tokenParam:
	case modifier == "identifier" && kind == refParam:
		kind = tokenParam
	case kind == refParam && defs()[modifier] != nil:
		refType, f.modifier = modifier+"/", ""
	default:
		return true, refuse(http.StatusBadRequest, "not-supported", "%s does not have that modifier", name)
	}
	for _, one := range splitEscaped(text, ',') {
		if one == "" {
			return true, refuse(http.StatusBadRequest, "invalid", "%s has an empty value", name)
		}
		a, ok := parseAlternative(kind, one, refType, x)
		if !ok {
			return true, refuse(http.StatusBadRequest, "invalid", "%s has a value that is not well-formed", name)
		}
		f.alts = append(f.alts, a)
	}
	out.filters = append(out.filters, f)
	return true, nil
}

func parseAlternative(kind paramKind, text, refType string, x indexer) (alternative, bool) {
	switch kind {
	case dateParam:
		prefix := "eq"
		if len(text) > 2 && text[0] > '9' {
			prefix, text = text[:2], text[2:]
			if !slices.Contains([]string{"eq", "ne", "gt", "ge", "lt", "le", "sa", "eb"}, prefix) {
				return alternative{}, false
			}
		}
		at, ok := parseSpan(text, x.zone)
		return alternative{prefix: prefix, at: at}, ok
	case tokenParam:
		part := splitEscaped(text, '|')
		switch len(part) {
		case 1:
			return alternative{anySystem: true, code: unescape(part[0])}, true
		case 2:
			a := alternative{sys: unescape(part[0]), code: unescape(part[1])}
			return a, a.sys != "" || a.code != ""
		}
		return alternative{}, false
	case refParam:
		ref := x.target(unescape(text))
		if !strings.Contains(ref, "/") { // an id alone; "/" and the id is how it is listed
			if refType == "" {
				return alternative{code: "/" + ref}, !strings.Contains(ref, ":")
			}
			ref = refType + ref
		}
		return alternative{code: ref}, strings.HasPrefix(ref, refType)
	default:
		return alternative{code: unescape(text)}, true
	}
}

// splitEscaped splits at a character that is not escaped; escapes stay.
func splitEscaped(text string, at byte) []string {
	if !strings.Contains(text, `\`) {
		return strings.Split(text, string(at))
	}
	var out []string
	start := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case at:
			out = append(out, text[start:i])
			start = i + 1
		}
	}
	return append(out, text[start:])
}

var unescape = strings.NewReplacer(`\\`, `\`, `\,`, `,`, `\|`, `|`, `\$`, `$`).Replace

// jsonMedia says whether a media type or _format value asks for JSON.
func jsonMedia(text string) bool {
	media, _, _ := strings.Cut(text, ";")
	switch strings.TrimSpace(media) {
	case "", "json", "application/json", "application/fhir+json", "application/fhir json", "*/*", "application/*", "text/json":
		return true // a "+" in a URL may have become a space
	}
	return false
}
