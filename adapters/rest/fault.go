package rest

import (
	"net/http"
	"regexp"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// plainName is what a list or a group of keys may be called, since it stands in
// messages and logs.
var plainName = regexp.MustCompile(`^[A-Za-z][A-Za-z_.-]*([0-9]{1,4}[A-Za-z_.-]*){0,4}$`)

// refusal turns an answer that is no page into an error. name is the list's in
// the mapping.
func (s *System) refusal(r wire.Request, a *wire.Answer, list *List, name string) *adapters.Error {
	e := s.wire.Refusal(r, a)
	switch a.Status {
	case http.StatusUnauthorized:
		if s.opts.Auth.Kind == AuthQueryKey {
			e.Do = "renew " + s.keySetting(list) + " of this system, and see that it is licensed for the list " + name
		}
	case http.StatusForbidden:
		e.Do = "let this client read the list " + name + " at the system"
		if s.opts.Auth.Kind == AuthQueryKey {
			e.Do = "have " + s.keySetting(list) + " of this system licensed for the list " + name
		}
	case http.StatusNoContent:
		e.Class, e.What = adapters.Protocol, "answered with nothing (204)"
		e.Do = "if that means no rows, say so in the mapping: empty_204 of the list " + name
	case http.StatusNotFound, http.StatusGone, http.StatusNotImplemented:
		e.Do = "check url of this system, and path of the list " + name + " in the mapping; if the list has moved, name it as a fallback"
	default:
		if e.Class == adapters.Rejected {
			e.Do = "check params, paging and changed of the list " + name + " in the mapping"
		}
	}
	return e
}

// keySetting names the setting that holds the key of a list; never the key.
func (s *System) keySetting(list *List) string {
	if list.KeyGroup != "" && s.opts.Auth.Keys[list.KeyGroup] != "" {
		return "auth.keys, group " + list.KeyGroup + ","
	}
	return "auth.key"
}
