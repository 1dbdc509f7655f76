package sandbox

import (
	"slices"
	"strings"
	"time"
)

// value is one thing that a search parameter sees in one version of a resource.
type value struct {
	param uint8
	form  form
	sys   string // of a token, or of a logical reference's identifier
	code  string // of a token; the target of a reference ("Patient/1", or an absolute URL elsewhere)
	at    span   // of a date
}

// form tells a reference's target from its logical identifier.
type form uint8

const (
	plain form = iota
	logical
)

// indexer finds the searchable values of resources.
type indexer struct {
	zone *time.Location
	base string // our own base, stripped from absolute references
}

// values gives what can be searched in a resource. What is malformed is not found by searching.
func (x indexer) values(def *typeDef, d doc) []value {
	out := make([]value, 0, 12)
	for _, p := range def.params {
		for _, path := range p.paths {
			d.at(path.elements, func(v doc) { out = x.append(out, p, path.only, v) })
		}
	}
	return slices.Clip(out)
}

func (x indexer) append(out []value, p *param, only string, v doc) []value {
	switch p.kind {
	case dateParam:
		if at, ok := spanOf(v, x.zone); ok {
			out = append(out, value{param: p.n, at: at})
		}
	case uriParam:
		out = append(out, value{param: p.n, code: v.str()})
	case refParam:
		if r := v.get("reference"); r.isString() {
			target := x.target(r.str())
			if only == "" || strings.HasPrefix(target, only+"/") {
				out = append(out, value{param: p.n, code: target})
			}
		}
		if id := v.get("identifier"); id.isObject() && (only == "" || v.get("type").str() == only) {
			out = append(out, value{param: p.n, form: logical, sys: id.get("system").str(), code: id.get("value").str()})
		}
	case tokenParam:
		switch {
		case v.isString():
			out = append(out, value{param: p.n, code: v.str()})
		case !v.isObject():
			out = append(out, value{param: p.n, code: v.raw}) // a boolean
		case v.get("coding").isArray():
			for _, c := range v.get("coding").vals {
				out = append(out, value{param: p.n, sys: c.get("system").str(), code: c.get("code").str()})
			}
		case v.get("code").exists():
			out = append(out, value{param: p.n, sys: v.get("system").str(), code: v.get("code").str()})
		case v.get("value").exists():
			out = append(out, value{param: p.n, sys: v.get("system").str(), code: v.get("value").str()})
		}
	}
	return out
}

// target is a reference without our base and without a version.
func (x indexer) target(ref string) string {
	if x.base != "" {
		ref = strings.TrimPrefix(ref, x.base+"/")
	}
	ref, _, _ = strings.Cut(ref, "/_history/")
	return ref
}

// posting is where the rows with one value of one parameter are listed.
type posting struct {
	param uint8
	key   string
}

// postings are the keys under which a version is listed: identifiers and tags by
// value, by system and by both, references by target. Other tokens have too few
// values for a list to help.
func (def *typeDef) postings(vals []value, f func(posting)) {
	for _, v := range vals {
		p := def.params[v.param]
		switch {
		case p.kind == refParam && v.form == plain:
			f(posting{p.n, v.code})
			if _, id, ok := strings.Cut(v.code, "/"); ok && !strings.Contains(v.code, "//") {
				f(posting{p.n, "/" + id})
			}
		case p.name == "identifier" || p.name == "_tag":
			f(posting{p.n, v.sys + "|" + v.code})
			f(posting{p.n, v.sys + "|"})
			f(posting{p.n, "?" + v.code})
		}
	}
}

// dated is an entry of a date index, sorted by start. It counts only while its
// version is the current one.
type dated struct {
	at span
	v  *version
}

func byStart(a, b dated) int {
	switch {
	case a.at.lo < b.at.lo:
		return -1
	case a.at.lo > b.at.lo:
		return 1
	}
	return 0
}
