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

type (
	object = map[string]any
	list   = []any
)

// HandoverReceipt is the Communication that tells in the sender's record that a
// document was handed over: to whom and when, and nothing of what it holds.
func (w Writer) HandoverReceipt(id string, client, recipient care.Ref, sent time.Time) ([]byte, error) {
	return json.Marshal(object{
		"resourceType": CommunicationType,
		"meta":         object{"tag": list{object{"system": TenantSystem, "code": w.Tenant}}},
		"identifier":   list{object{"system": HandoverSystem, "value": id}},
		"status":       "completed",
		"topic":        object{"coding": list{object{"system": base + "/CodeSystem/information", "code": handoverTopic}}},
		"subject":      object{"reference": string(client)},
		"recipient":    list{object{"reference": string(recipient)}},
		"medium": list{object{"coding": list{object{
			"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode", "code": "ELECTRONIC",
		}}}},
		"sent": sent.UTC().Format(time.RFC3339),
	})
}

// HandoverTask is the Task that tells the recipient's staff that a document has come:
// document is its reference there, sender the name of who sent it. It names nobody.
func (w Writer) HandoverTask(id, document, sender string, now time.Time) ([]byte, error) {
	at := now.UTC().Format(time.RFC3339)
	return json.Marshal(object{
		"resourceType": TaskType,
		"meta":         object{"tag": list{object{"system": TenantSystem, "code": w.Tenant}}},
		"identifier":   list{object{"system": HandoverSystem, "value": id}},
		"status":       "requested",
		"intent":       "order",
		"priority":     "routine",
		"code":         object{"coding": list{object{"system": base + "/CodeSystem/task", "code": handoverTopic}}},
		"description":  "Ta emot information från hemtjänsten inför en flytt till särskilt boende.",
		"focus":        object{"reference": document},
		"requester":    object{"display": sender},
		"authoredOn":   at,
		"lastModified": at,
	})
}
