package fhir

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"brygga/adapters"
	"brygga/adapters/wire"
)

func (s *System) fault(r request, class adapters.Class, status int, what, do string) *adapters.Error {
	return s.wire.Fault(r, class, status, what, do)
}

// refusal turns an answer that is no success into an error. keys are the search
// parameters that were sent: the one that the server objects to is named.
func (s *System) refusal(r request, a *answer, keys ...string) *adapters.Error {
	e := s.wire.Refusal(r, a)
	switch {
	case a.Status == http.StatusForbidden:
		e.Do = "let this client read and search this type at the server (scopes or roles)"
		if r.Method != http.MethodGet && !strings.HasSuffix(r.URL, "/_search") {
			e.Do = "let this client write this type at the server (scopes or roles)"
		}
	case a.Status == http.StatusNotFound && e.Class == adapters.Rejected:
		e.Do = "check url of this system, and that the server has this type"
	}
	if e.Class == adapters.Rejected {
		if codes := outcomeCodes(a.Body(), keys); codes != "" {
			e.What += " (" + codes + ")"
		}
	}
	return e
}

// notFHIR says what a 200 is that is not what was asked for. body may be an
// OperationOutcome, a web page, XML, another Bundle, or anything.
func (s *System) notFHIR(r request, a *answer, err error) *adapters.Error {
	if e := s.wire.NotAPage(r, a); e != nil {
		return e
	}
	e := s.fault(r, adapters.Protocol, a.Status, "", "")
	trimmed := bytes.TrimSpace(a.Body())
	switch k := kindOf(trimmed); {
	case k.ResourceType == "OperationOutcome":
		e.What = "answered with an OperationOutcome instead of a page"
		if codes := outcomeCodes(trimmed, nil); codes != "" {
			e.What += " (" + codes + ")"
		}
		e.Do = "see the server's log"
	case k.ResourceType == "":
		e.What, e.Do = "the answer cannot be read as FHIR", "check url of this system, and see the server's log"
	case k.ResourceType == "Bundle" && k.Type != "searchset":
		e.What, e.Do = fmt.Sprintf("answered with a Bundle of type %s instead of searchset", wire.Word(k.Type)), "see the server's log"
	case k.ResourceType != "Bundle":
		e.What, e.Do = fmt.Sprintf("answered with a resource of type %s instead of a page", wire.Word(k.ResourceType)), "check url of this system: it must be the FHIR base"
	default:
		e.What, e.Do = "the page cannot be read", "see the server's log"
		e.Err = err
	}
	return e
}
