package fhir

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// CheckProbe says what Check looks for.
type CheckProbe struct {
	Types            []string // resource types that are read ("Patient", "Encounter")
	Writes           []string // resource types that are written ("Flag", "Task")
	Tag              string   // "system|code" that our own resources carry
	IdentifierSystem string   // of our own resources
}

// What a check says is the same of every system.
type (
	Verdict     = adapters.Verdict
	CheckResult = adapters.CheckResult
)

// The verdicts.
const (
	OK   = adapters.OK
	Warn = adapters.Warn
	Fail = adapters.Fail
)

// capability is what we look at of a CapabilityStatement.
type capability struct {
	ResourceType string `json:"resourceType"`
	FHIRVersion  string `json:"fhirVersion"`
	Software     struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	} `json:"software"`
	Rest []struct {
		Mode        string    `json:"mode"`
		Interaction []codeOf  `json:"interaction"`
		Resource    []ability `json:"resource"`
	} `json:"rest"`
}

type codeOf struct {
	Code string `json:"code"`
}

type ability struct {
	Type              string   `json:"type"`
	Interaction       []codeOf `json:"interaction"`
	Versioning        string   `json:"versioning"`
	ConditionalCreate bool     `json:"conditionalCreate"`
}

// Check compares the server with what brygga needs, one result per thing. It
// reads only, unless write is true: then it writes three Tasks of its own, with
// the probe's tag and identifier system, without a patient, and leaves them
// cancelled, since nothing is ever deleted. It stops early where nothing further
// could be learnt.
func (s *System) Check(ctx context.Context, write bool, probe CheckProbe) []CheckResult {
	c := &checking{s: s, probe: probe}
	can, ok := c.reach(ctx)
	if !ok || !c.signIn(ctx) {
		return c.results
	}
	for _, typ := range probe.Types {
		c.searchable(ctx, typ)
	}
	for _, typ := range probe.Writes {
		c.findable(ctx, typ)
	}
	switch {
	case len(probe.Writes) == 0:
	case write:
		c.tryWrites(ctx)
	default:
		c.declared(can)
	}
	return c.results
}

type checking struct {
	s       *System
	probe   CheckProbe
	results []CheckResult
}

func (c *checking) add(v Verdict, what, seen, do string) {
	c.results = append(c.results, CheckResult{What: what, Verdict: v, Seen: seen, Do: do})
}

func (c *checking) fault(what string, e *adapters.Error) {
	c.results = append(c.results, e.Checked(what))
}

// reach reads the CapabilityStatement, first without signing in, as servers must
// allow.
func (c *checking) reach(ctx context.Context) (*capability, bool) {
	const what = "reach the server"
	r := request{Method: http.MethodGet, URL: c.s.address("metadata", nil)}
	a, fault := c.s.wire.Exchange(ctx, r, "")
	if fault == nil && (a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden) {
		a.Free()
		a, fault = c.s.send(ctx, r)
	}
	if fault != nil {
		c.fault(what, fault)
		return nil, false
	}
	defer a.Free()
	if a.Status != http.StatusOK {
		e := c.s.refusal(r, a)
		if a.Status == http.StatusNotFound {
			e.Do = "check url of this system: it must be the FHIR base"
		}
		c.fault(what, e)
		return nil, false
	}
	var can capability
	if err := json.Unmarshal(a.Body(), &can); err != nil || can.ResourceType != "CapabilityStatement" {
		e := c.s.notFHIR(r, a, nil)
		if wire.WebPage(a) == "" {
			e.What, e.Do = "metadata is no CapabilityStatement", "check url of this system: it must be the FHIR base"
		}
		c.fault(what, e)
		return nil, false
	}
	if can.FHIRVersion != "4.0" && !strings.HasPrefix(can.FHIRVersion, "4.0.") {
		c.add(Fail, what, "speaks FHIR "+version(can.FHIRVersion)+", not R4 (4.0.1)", "set url of this system to the server's R4 base")
		return nil, false
	}
	c.add(OK, what, "speaks FHIR "+version(can.FHIRVersion), "")
	return &can, true
}

// version lets through only what can be a version.
func version(v string) string {
	if v == "" {
		return "of an unstated version"
	}
	if len(v) > 20 || strings.Trim(v, "0123456789.abcdefghijklmnopqrstuvwxyz-") != "" {
		return "of an unreadable version"
	}
	return v
}

func (c *checking) signIn(ctx context.Context) bool {
	const what = "sign in"
	kind := c.s.opts.Auth.Kind
	if fault := c.s.wire.SignIn(ctx); fault != nil {
		c.fault(what, fault)
		return false
	}
	switch kind {
	case AuthNone:
		c.add(OK, what, "no sign-in is set", "")
	case AuthClientCredentials, AuthSmartBackend:
		c.add(OK, what, "got a token ("+kind+")", "")
	default:
		c.add(OK, what, "sends "+kind+"; the searches show whether it is let in", "")
	}
	return true
}

func (c *checking) searchable(ctx context.Context, typ string) {
	what := "search " + typ
	b, fault := c.s.look(ctx, typ, typ, nil)
	if fault != nil {
		c.fault(what, fault)
		return
	}
	seen := "allowed"
	switch {
	case b.Total != nil && *b.Total > 0:
		seen = fmt.Sprintf("allowed, %d there", *b.Total)
	case b.matches(typ) == 0:
		c.add(Warn, what, "allowed, none there", "if there should be some, check what this client may see at the server")
		return
	}
	c.add(OK, what, seen, "")
}

func (c *checking) findable(ctx context.Context, typ string) {
	what := "find our own " + typ
	byTag, fault := c.s.howToFind(ctx, typ, c.probe.Tag, c.probe.IdentifierSystem)
	switch {
	case fault != nil:
		c.fault(what, fault)
	case byTag:
		c.add(OK, what, "search by tag", "")
	default:
		c.add(Warn, what, "search by identifier system; no search by tag", "have the search parameter _tag enabled, if several installations write to this server")
	}
}

// declared compares what the server says of itself. What it does not say may
// still work, so that nothing here is worse than a warning.
func (c *checking) declared(can *capability) {
	const do = "try it: brygga check --write"
	var server []codeOf
	abilities := map[string]ability{}
	for _, r := range can.Rest {
		if r.Mode != "" && r.Mode != "server" {
			continue
		}
		server = append(server, r.Interaction...)
		for _, a := range r.Resource {
			abilities[a.Type] = a
		}
	}
	say := func(what string, yes bool) {
		if yes {
			c.add(OK, what, "declared, not tried", "")
		} else {
			c.add(Warn, what, "not declared by the server", do)
		}
	}
	has := func(codes []codeOf, code string) bool { return slices.Contains(codes, codeOf{code}) }
	say("transaction", has(server, "transaction"))
	for _, typ := range c.probe.Writes {
		a := abilities[typ]
		say("create and update "+typ, has(a.Interaction, "create") && has(a.Interaction, "update"))
		say("conditional create of "+typ, a.ConditionalCreate)
		say("update of "+typ+" by version (If-Match)", a.Versioning == "versioned-update")
	}
}
