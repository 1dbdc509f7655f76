package carehome

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// capability is what is looked at of a CapabilityStatement.
type capability struct {
	ResourceType string `json:"resourceType"`
	FHIRVersion  string `json:"fhirVersion"`
	Rest         []struct {
		Mode     string    `json:"mode"`
		Resource []ability `json:"resource"`
	} `json:"rest"`
}

type ability struct {
	Type              string   `json:"type"`
	Interaction       []codeOf `json:"interaction"`
	Versioning        string   `json:"versioning"`
	ConditionalCreate bool     `json:"conditionalCreate"`
}

type codeOf struct {
	Code string `json:"code"`
}

// of gives what a server says it can do with a type.
func (c *capability) of(typ string) ability {
	for _, r := range c.Rest {
		if r.Mode != "" && r.Mode != "server" {
			continue
		}
		for _, a := range r.Resource {
			if a.Type == typ {
				return a
			}
		}
	}
	return ability{}
}

// lacks lists the interactions that are not declared.
func (a ability) lacks(wanted ...string) string {
	var missing []string
	for _, w := range wanted {
		if !slices.Contains(a.Interaction, codeOf{w}) {
			missing = append(missing, w)
		}
	}
	return strings.Join(missing, ", ")
}

// nobody is the id of no handover.
const nobody = "00000000-0000-0000-0000-000000000000"

// Check looks whether the server lets us in and can do what a handover needs. It reads
// only, and stops early where nothing further could be learnt.
func (f *FHIR) Check(ctx context.Context) []adapters.CheckResult {
	const reach, in = "reach the server", "sign in"
	can, fault := f.capabilities(ctx)
	if fault != nil {
		return []adapters.CheckResult{fault.Checked(reach)}
	}
	results := []adapters.CheckResult{{What: reach, Verdict: adapters.OK, Seen: "speaks FHIR R4"}}
	if fault := f.wire.SignIn(ctx); fault != nil {
		return append(results, fault.Checked(in))
	}
	for _, k := range []kind{document, task} {
		_, fault := f.find(ctx, k, nobody)
		if fault != nil && fault.Class == adapters.Credentials && fault.Status == http.StatusUnauthorized {
			return append(results, fault.Checked(in))
		}
		if k == document {
			results = append(results, adapters.CheckResult{What: in, Verdict: adapters.OK, Seen: "let in (" + f.opts.Auth.Kind + ")"})
		}
		what := "search " + k.typ + " by identifier"
		if fault != nil {
			results = append(results, fault.Checked(what))
		} else {
			results = append(results, adapters.CheckResult{What: what, Verdict: adapters.OK, Seen: "allowed"})
		}
	}
	return append(results, declared(can)...)
}

// declared compares what the server says of itself with what a handover needs. Nothing
// is tried: a trial would be a document that somebody reads.
func declared(can *capability) []adapters.CheckResult {
	var results []adapters.CheckResult
	say := func(what, missing string, verdict adapters.Verdict, do string) {
		r := adapters.CheckResult{What: what, Verdict: adapters.OK, Seen: "declared, not tried"}
		if missing != "" {
			r = adapters.CheckResult{What: what, Verdict: verdict, Seen: "the server does not declare " + missing, Do: do}
		}
		results = append(results, r)
	}
	unless := func(yes bool, missing string) string {
		if yes {
			return ""
		}
		return missing
	}
	bundle, tasks := can.of(document.typ), can.of(task.typ)
	say("take documents", bundle.lacks("create"), adapters.Fail,
		"have the care home let its server store Bundle by POST [base]/Bundle, or use kind: outbox")
	say("take a document once", unless(bundle.ConditionalCreate, "conditionalCreate of Bundle"), adapters.Warn,
		"have conditional create switched on; without it two machines that send at one moment could leave two documents")
	say("give staff a Task", tasks.lacks("create", "read", "update"), adapters.Fail,
		"have the care home let its server create, read and update Task; without it nobody is told, and no answer is seen")
	say("give a Task once", unless(tasks.ConditionalCreate, "conditionalCreate of Task"), adapters.Warn,
		"have conditional create switched on; without it two machines that send at one moment could leave two Tasks")
	say("cancel a Task without undoing what staff do", unless(tasks.Versioning == "versioned-update" || tasks.Versioning == "versioned", "versions of Task"), adapters.Warn,
		"have versions (If-Match) switched on; else a Task may not be cancelled when consent is taken back")
	return results
}

// capabilities reads the CapabilityStatement, first without signing in, as servers
// must allow.
func (f *FHIR) capabilities(ctx context.Context) (*capability, *adapters.Error) {
	r := wire.Request{Method: http.MethodGet, URL: f.wire.Address("metadata", nil)}
	a, fault := f.wire.Exchange(ctx, r, "")
	if fault == nil && (a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden) {
		a.Free()
		a, fault = f.wire.Send(ctx, r)
	}
	if fault != nil {
		return nil, fault
	}
	defer a.Free()
	const do = "check url of this care home: it must be the FHIR base"
	if a.Status != http.StatusOK {
		e := f.refusal(r, a)
		if a.Status == http.StatusNotFound {
			e.Do = do
		}
		return nil, e
	}
	var can capability
	if json.Unmarshal(a.Body(), &can) != nil || can.ResourceType != "CapabilityStatement" {
		return nil, f.notFHIR(r, a, "CapabilityStatement")
	}
	if can.FHIRVersion != "4.0" && !strings.HasPrefix(can.FHIRVersion, "4.0.") {
		return nil, f.wire.Fault(r, adapters.Protocol, a.Status, "the server does not speak FHIR R4 (4.0.1)", "set url of this care home to the server's R4 base")
	}
	return &can, nil
}
