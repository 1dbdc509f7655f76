package sandbox

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// resource parses the body of a write and checks that it is of the type that the address names.
func resource(c *call) (doc, *refusal) {
	d, err := parse(c.body)
	switch {
	case err != nil:
		return doc{}, refuse(http.StatusBadRequest, "structure", "%s", err.Error())
	case !d.isObject():
		return doc{}, refuse(http.StatusBadRequest, "structure", "the body is not a resource")
	case d.repeated() != "":
		return doc{}, refuse(http.StatusBadRequest, "structure", "an element stands twice in the resource")
	case d.get("resourceType").str() != c.path[0]:
		return doc{}, refuse(http.StatusBadRequest, "invalid", "the resource is not of the type that the address names")
	}
	return d, nil
}

// only gives the one resource that a condition names; none is nil, several are
// refused with 412. A condition is always read strictly: a parameter that is ignored would match too much.
func (s *Server) only(c *call, typ, condition string) (*version, *refusal) {
	q, err := url.ParseQuery(condition)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "invalid", "the condition is not well-formed")
	}
	want, f := s.parseSearch(typ, q, s.indexer(c.base), true)
	if f != nil {
		return nil, f
	}
	if len(want.filters) == 0 {
		return nil, refuse(http.StatusPreconditionFailed, "multiple-matches", "the condition selects nothing in particular")
	}
	found := s.kindOf(typ).find(want)
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	return nil, refuse(http.StatusPreconditionFailed, "multiple-matches", "%d resources meet the condition", len(found))
}

// condition is the query of an If-None-Exist, which may stand with or without "?" and type.
func condition(header string) string {
	if _, query, ok := strings.Cut(header, "?"); ok {
		return query
	}
	return header
}

// create answers POST Type, conditional with If-None-Exist.
func (s *Server) create(c *call, u *undo) (*answer, *refusal) {
	d, f := resource(c)
	if f != nil {
		return nil, f
	}
	if c.ifNoneExist != "" {
		there, f := s.only(c, c.path[0], condition(c.ifNoneExist))
		if f != nil {
			return nil, f
		}
		if there != nil {
			return written(c, http.StatusOK, there, ""), nil
		}
	}
	return s.make(c, s.newID(), d, u)
}

// make creates a resource under an id.
func (s *Server) make(c *call, id string, d doc, u *undo) (*answer, *refusal) {
	if f := s.validate(c.path[0], id, d, nil); f != nil {
		return nil, f
	}
	v := s.put(s.makeKind(c.path[0]), id, "POST", d, s.indexer(c.base), u)
	return written(c, http.StatusCreated, v, "create "), nil
}

// update answers PUT Type/id, with If-Match only on the version it names.
func (s *Server) update(c *call, u *undo) (*answer, *refusal) {
	d, f := resource(c)
	if f != nil {
		return nil, f
	}
	typ, id := c.path[0], c.path[1]
	if d.get("id").str() != id {
		return nil, refuse(http.StatusBadRequest, "invalid", "the resource's id is not the one of the address")
	}
	was := s.kindOf(typ).live(id)
	if f := s.current(c, was); f != nil {
		return nil, f
	}
	if was == nil && s.opt.NoUpdateCreate {
		return nil, refuse(http.StatusNotFound, "not-found", "there is no such resource, and an update does not create one")
	}
	if f := s.validate(typ, id, d, was); f != nil {
		return nil, f
	}
	v := s.put(s.makeKind(typ), id, "PUT", d, s.indexer(c.base), u)
	if was == nil {
		return written(c, http.StatusCreated, v, "create "), nil
	}
	return written(c, http.StatusOK, v, "update "), nil
}

// current refuses with 412 what If-Match does not allow.
func (s *Server) current(c *call, was *version) *refusal {
	if c.ifMatch == "" {
		return nil
	}
	for one := range strings.SplitSeq(c.ifMatch, ",") {
		one = strings.TrimSpace(one)
		if was != nil && (one == "*" || one == was.etag() || one == `"`+strconv.Itoa(was.num)+`"`) {
			return nil
		}
	}
	return refuse(http.StatusPreconditionFailed, "conflict", "the resource is not of the version that If-Match names")
}

// updateWhere answers PUT Type?condition.
func (s *Server) updateWhere(c *call, u *undo) (*answer, *refusal) {
	d, f := resource(c)
	if f != nil {
		return nil, f
	}
	typ := c.path[0]
	was, f := s.only(c, typ, c.query.Encode())
	if f != nil {
		return nil, f
	}
	id := d.get("id").str()
	switch {
	case was == nil && id == "":
		return s.make(c, s.newID(), d, u)
	case was == nil && s.kindOf(typ).live(id) != nil:
		return nil, refuse(http.StatusConflict, "conflict", "the resource's id exists and does not meet the condition")
	case was == nil && !idForm.MatchString(id):
		return nil, invalid(typ+".id", "the id is not well-formed")
	case was == nil:
		return s.make(c, id, d, u)
	case id != "" && id != was.row.id:
		return nil, refuse(http.StatusBadRequest, "invalid", "the resource's id is not the one of what meets the condition")
	}
	if f := s.current(c, was); f != nil {
		return nil, f
	}
	if f := s.validate(typ, was.row.id, d, was); f != nil {
		return nil, f
	}
	return written(c, http.StatusOK, s.put(s.makeKind(typ), was.row.id, "PUT", d, s.indexer(c.base), u), "update "), nil
}

// remove1 answers DELETE Type/id. Deleting what is not there, or no longer, is no error.
func (s *Server) remove1(c *call, u *undo) (*answer, *refusal) {
	k := s.kindOf(c.path[0])
	v := k.live(c.path[1])
	if f := s.current(c, v); f != nil {
		return nil, f
	}
	if v == nil {
		return &answer{status: http.StatusNoContent}, nil
	}
	gone := s.remove(k, v, u)
	return &answer{status: http.StatusNoContent, version: gone, wrote: "delete " + k.name}, nil
}

// removeWhere answers DELETE Type?condition; several that meet it are refused.
func (s *Server) removeWhere(c *call, u *undo) (*answer, *refusal) {
	v, f := s.only(c, c.path[0], c.query.Encode())
	if f != nil || v == nil {
		return &answer{status: http.StatusNoContent}, f
	}
	one := *c
	one.path = []string{c.path[0], v.row.id}
	return s.remove1(&one, u)
}

// written is the answer to a write: with the resource, or without where the request prefers that.
func written(c *call, status int, v *version, did string) *answer {
	typ := c.path[0]
	a := &answer{status: status, version: v, location: typ + "/" + v.row.id + "/_history/" + strconv.Itoa(v.num)}
	if did != "" {
		a.wrote = did + typ
	}
	switch {
	case strings.Contains(c.prefer, "return=minimal"):
	case strings.Contains(c.prefer, "return=OperationOutcome"):
		a.body = `{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational","diagnostics":"done"}]}`
	default:
		a.body = v.raw
	}
	return a
}
