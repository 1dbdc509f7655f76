package carehome

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// refusal turns an answer that is no success into an error, with what a care home's
// IT can do about it.
func (f *FHIR) refusal(r wire.Request, a *wire.Answer) *adapters.Error {
	e := f.wire.Refusal(r, a)
	typ := document.typ
	if r.Kind == task.name {
		typ = task.typ
	}
	switch {
	case a.Status == http.StatusForbidden:
		do := map[string]string{http.MethodGet: "read and search", http.MethodPost: "create", http.MethodPut: "update"}[r.Method]
		e.Do = "have the care home let this client " + do + " " + typ + " at its server (scopes or roles)"
	case e.Class == adapters.Rejected && a.Status == http.StatusNotFound:
		e.Do = "check url of this care home, and that its server has the type " + typ
	case a.Status == http.StatusRequestEntityTooLarge:
		e.What += fmt.Sprintf(" to %d kB", (len(r.Body)+1023)>>10)
		e.Do = "have the care home raise the limit of its server, and of any proxy before it"
	case e.Class == adapters.Rejected && r.Method == http.MethodGet:
		e.Do = "have the care home's server search " + typ + " by identifier"
	case e.Class == adapters.Rejected:
		e.Do = "ask the care home's IT what its server wants of a " + typ
	}
	if e.Class == adapters.Rejected {
		if codes := outcomeCodes(a.Body()); codes != "" {
			e.What += " (" + codes + ")"
		}
	}
	return e
}

// notFHIR says what a success is that is not what was asked for.
func (f *FHIR) notFHIR(r wire.Request, a *wire.Answer, wanted string) *adapters.Error {
	if e := f.wire.NotAPage(r, a); e != nil {
		return e
	}
	var t struct {
		ResourceType string `json:"resourceType"`
	}
	what := "the answer cannot be read as FHIR"
	if json.Unmarshal(bytes.TrimSpace(a.Body()), &t) == nil && t.ResourceType != "" {
		what = "answered with a resource of type " + wire.Word(t.ResourceType) + " instead of a " + wanted
		if codes := outcomeCodes(a.Body()); codes != "" {
			what += " (" + codes + ")"
		}
	}
	return f.wire.Fault(r, adapters.Protocol, a.Status, what, "check url of this care home: it must be the FHIR base; and see its server's log")
}

var elementPath = regexp.MustCompile(`^[A-Z][A-Za-z]{1,40}(\.[A-Za-z]{1,40}(\[[0-9]{1,4}\])?){0,8}$`)

// outcomeCodes says what an OperationOutcome objects to, in codes and element paths
// alone: its free text may quote what was sent.
func outcomeCodes(body []byte) string {
	var o struct {
		ResourceType string `json:"resourceType"`
		Issue        []struct {
			Severity   string   `json:"severity"`
			Code       string   `json:"code"`
			Expression []string `json:"expression"`
		} `json:"issue"`
	}
	if json.Unmarshal(body, &o) != nil || o.ResourceType != "OperationOutcome" {
		return ""
	}
	var said []string
	add := func(s string) {
		if len(said) < 6 && !slices.Contains(said, s) {
			said = append(said, s)
		}
	}
	for _, i := range o.Issue {
		if i.Severity == "information" || i.Severity == "warning" {
			continue
		}
		if i.Code != "" && strings.ToLower(i.Code) == i.Code {
			add(wire.Word(i.Code))
		}
		for _, p := range i.Expression {
			if elementPath.MatchString(p) {
				add(p)
			}
		}
	}
	return strings.Join(said, ", ")
}
