package carehome

import (
	"encoding/json"
	"regexp"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// kind is one of the two things that are put at a care home's server.
type kind struct {
	name   string // for messages
	typ    string // of the resource
	system string // of its identifier
	prefix string // of the identifier's value, before the handover's id
}

var (
	document = kind{name: "document", typ: "Bundle", system: DocumentSystem, prefix: "urn:uuid:"}
	task     = kind{name: "task", typ: "Task", system: TaskSystem}
)

// token is how the identifier is searched for. It holds nothing that FHIR escapes.
func (k kind) token(id string) string { return k.system + "|" + k.prefix + id }

// thin is what must be seen of a resource to know it.
type thin struct {
	ResourceType string          `json:"resourceType"`
	ID           string          `json:"id"`
	Type         json.RawMessage `json:"type"` // of a Bundle; of other types it may be anything
	Identifier   json.RawMessage `json:"identifier"`
	Meta         struct {
		VersionID   string `json:"versionId"`
		LastUpdated string `json:"lastUpdated"`
	} `json:"meta"`
	Issue []struct {
		Severity string `json:"severity"`
		Code     string `json:"code"`
	} `json:"issue"` // of an OperationOutcome
}

type identifier struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

// identifiers are those of a resource: a Bundle has one, a Task has a list.
func (t *thin) identifiers() []identifier {
	var one identifier
	if json.Unmarshal(t.Identifier, &one) == nil {
		return []identifier{one}
	}
	var list []identifier
	if json.Unmarshal(t.Identifier, &list) != nil {
		return nil
	}
	return list
}

// carries says whether a resource has the identifier of a handover; with no id, of
// any handover.
func (t *thin) carries(k kind, id string) bool {
	if t.ResourceType != k.typ {
		return false
	}
	for _, i := range t.identifiers() {
		if i.System == k.system && (id == "" || i.Value == k.prefix+id) {
			return true
		}
	}
	return false
}

// ours says why a resource must not be sent: without its identifier it could not be
// found again, and every retry would make one more.
func (f *FHIR) ours(k kind, id string, body []byte) *adapters.Error {
	var t thin
	what := ""
	switch {
	case json.Unmarshal(body, &t) != nil || t.ResourceType != k.typ:
		what = "what is to be sent is no " + k.typ
	case !t.carries(k, id):
		what = "what is to be sent does not carry the identifier of the handover"
	case k == document && string(t.Type) != `"document"`:
		what = "what is to be sent is no Bundle of type document"
	default:
		return nil
	}
	return f.wire.Fault(wire.Request{Kind: k.name}, adapters.Rejected, 0, what, "this is a fault of brygga: report it")
}

var (
	idForm   = regexp.MustCompile(`^[A-Za-z0-9\-.]{1,64}$`)
	taskForm = regexp.MustCompile(`^Task/[A-Za-z0-9\-.]{1,64}$`)
)
