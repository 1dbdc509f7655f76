package fhir

import (
	"encoding/json"
	"time"

	"brygga/care"
)

// What a handover leaves in record systems: a Communication in the sender's, and a
// Task at the recipient's.
const (
	// HandoverSystem is the identifier system of both; the value is the handover's id.
	HandoverSystem = base + "/handover"
	// CommunicationType is the resource type of the receipt.
	CommunicationType = "Communication"

	handoverTopic = "care-home-handover"
)

// el and els write JSON down as it will stand.
type (
	el  = map[string]any
	els = []any
)

// HandoverReceipt is the Communication that tells in the sender's record that a
// document was handed over: to whom and when, and nothing of what it holds.
func (w Writer) HandoverReceipt(id string, client, recipient care.Ref, sent time.Time) ([]byte, error) {
	return json.Marshal(el{
		"resourceType": CommunicationType,
		"meta":         el{"tag": els{el{"system": TenantSystem, "code": w.Tenant}}},
		"identifier":   els{el{"system": HandoverSystem, "value": id}},
		"status":       "completed",
		"topic":        el{"coding": els{el{"system": base + "/CodeSystem/information", "code": handoverTopic}}},
		"subject":      el{"reference": string(client)},
		"recipient":    els{el{"reference": string(recipient)}},
		"medium": els{el{"coding": els{el{
			"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode", "code": "ELECTRONIC",
		}}}},
		"sent": sent.UTC().Format(time.RFC3339),
	})
}

// HandoverTask is the Task that tells the recipient's staff that a document has come:
// document is its reference there, sender the name of who sent it. It names nobody.
func (w Writer) HandoverTask(id, document, sender string, now time.Time) ([]byte, error) {
	at := now.UTC().Format(time.RFC3339)
	return json.Marshal(el{
		"resourceType": TaskType,
		"meta":         el{"tag": els{el{"system": TenantSystem, "code": w.Tenant}}},
		"identifier":   els{el{"system": HandoverSystem, "value": id}},
		"status":       "requested",
		"intent":       "order",
		"priority":     "routine",
		"code":         el{"coding": els{el{"system": base + "/CodeSystem/task", "code": handoverTopic}}},
		"description":  "Ta emot information från hemtjänsten inför en flytt till särskilt boende.",
		"focus":        el{"reference": document},
		"requester":    el{"display": sender},
		"authoredOn":   at,
		"lastModified": at,
	})
}
