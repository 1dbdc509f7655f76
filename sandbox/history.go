package sandbox

import (
	"net/http"
	"slices"
	"strconv"
)

// history answers GET Type/_history and GET Type/id/_history: every version, latest first, of
// _since or later. It knows _count and is paged like a search.
func (s *Server) history(c *call, _ *undo) (*answer, *refusal) {
	typ, one := c.path[0], ""
	if c.path[1] != "_history" {
		one = c.path[1]
	}
	l := &listing{typ: typ, bundle: "history", at: s.now(), count: s.opt.DefaultCount, self: c.base + "/" + typ}
	since := int64(always)
	for name, v := range c.query {
		switch name {
		case "_count":
			n, err := strconv.Atoi(v[0])
			if err != nil || n < 0 {
				return nil, refuse(http.StatusBadRequest, "invalid", "_count is not a number")
			}
			l.count = min(n, s.opt.MaxCount)
		case "_since":
			at, ok := parseSpan(v[0], s.zone)
			if !ok {
				return nil, refuse(http.StatusBadRequest, "invalid", "_since is not an instant")
			}
			since = at.lo
		case "_format", "_pretty":
		default:
			if s.strict(c) {
				return nil, refuse(http.StatusBadRequest, "not-supported", "unknown parameter %s for a history", printable(name))
			}
		}
	}
	k := s.kindOf(typ)
	if one != "" {
		l.self += "/" + one
		v := k.latest(one)
		if v == nil {
			return nil, refuse(http.StatusNotFound, "not-found", "there is no such resource")
		}
		for ; v != nil && v.at >= since; v = v.prev {
			l.versions = append(l.versions, v)
		}
	} else if k != nil {
		l.versions = slices.Clone(k.log[k.since(since):])
		slices.Reverse(l.versions)
	}
	l.self += "/_history"
	if len(c.query) > 0 {
		l.self += "?" + c.query.Encode()
	}
	l.total = len(l.versions)
	if l.count == 0 {
		l.versions = nil
	}
	return &answer{status: http.StatusOK, bundle: s.first(l, c)}, nil
}

func historyEntry(typ string, v *version, base string) entry {
	e := entry{
		url: base + "/" + typ + "/" + v.row.id, raw: v.raw, verb: v.verb, path: typ + "/" + v.row.id,
		status: "200 OK", etag: v.etag(), modified: v.at,
	}
	switch {
	case v.verb == "POST":
		e.path, e.status = typ, "201 Created"
	case v.deleted():
		e.status = "204 No Content"
	case v.prev == nil || v.prev.deleted():
		e.status = "201 Created"
	}
	return e
}
