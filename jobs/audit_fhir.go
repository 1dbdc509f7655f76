package jobs

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"brygga/store"
)

// Where the codes of an AuditEvent are from.
const (
	auditDICOM  = "http://dicom.nema.org/resources/ontology/DCM"
	auditTerms  = "http://terminology.hl7.org/CodeSystem/"
	auditTypes  = "http://hl7.org/fhir/resource-types"
	auditBase   = "https://brygga.example/fhir/"
	auditAction = auditBase + "CodeSystem/audit" // what was done, as the log says it
	auditClient = auditBase + "audit-client"     // a client's keyed hash
	auditUser   = auditBase + "user"             // of the operating system
	auditDevice = auditBase + "device"           // brygga itself, by tenant
)

type auditCoding struct {
	System  string `json:"system,omitempty"`
	Code    string `json:"code"`
	Display string `json:"display,omitempty"`
}

type auditConcept struct {
	Coding []auditCoding `json:"coding"`
}

type auditIdentifier struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

type auditRef struct {
	Reference  string           `json:"reference,omitempty"`
	Type       string           `json:"type,omitempty"`
	Identifier *auditIdentifier `json:"identifier,omitempty"`
	Display    string           `json:"display,omitempty"`
}

type auditAgent struct {
	Type      auditConcept `json:"type"`
	Who       auditRef     `json:"who"`
	AltID     string       `json:"altId,omitempty"`
	Name      string       `json:"name,omitempty"`
	Requestor bool         `json:"requestor"`
}

type auditSource struct {
	Site     string        `json:"site"`
	Observer auditRef      `json:"observer"`
	Type     []auditCoding `json:"type"`
}

type auditDetail struct {
	Type  string `json:"type"`
	Value string `json:"valueString"`
}

type auditEntity struct {
	What        *auditRef     `json:"what,omitempty"`
	Type        auditCoding   `json:"type"`
	Role        auditCoding   `json:"role"`
	Name        string        `json:"name,omitempty"`
	Description string        `json:"description,omitempty"`
	Detail      []auditDetail `json:"detail,omitempty"`
}

type auditEvent struct {
	ResourceType string         `json:"resourceType"`
	ID           string         `json:"id"`
	Type         auditCoding    `json:"type"`
	Subtype      []auditCoding  `json:"subtype"`
	Action       string         `json:"action"`
	Recorded     string         `json:"recorded"`
	Outcome      string         `json:"outcome"`
	OutcomeDesc  string         `json:"outcomeDesc,omitempty"`
	Purpose      []auditConcept `json:"purposeOfEvent,omitempty"`
	Agent        []auditAgent   `json:"agent"`
	Source       auditSource    `json:"source"`
	Entity       []auditEntity  `json:"entity"`
}

// AuditEvent gives an entry of the audit log as a FHIR R4 AuditEvent, on one line. Its id
// is the entry's hash, so that it can be found in the log; whether the log is as it was
// written is for the log itself to say. Clients are named as there, by keyed hashes.
func AuditEvent(a store.Audited) ([]byte, error) {
	var e store.AuditEntry
	if err := json.Unmarshal(a.Canonical, &e); err != nil {
		return nil, fmt.Errorf("an entry of the audit log cannot be read: %w", err)
	}
	is := auditKindOf(&e)
	device := auditRef{Type: "Device", Identifier: &auditIdentifier{auditDevice, e.Tenant}, Display: "brygga"}
	ev := auditEvent{
		ResourceType: "AuditEvent", ID: a.Hash, Type: is.typ, Subtype: append([]auditCoding{{auditAction, e.Action, ""}}, is.subtypes...),
		Action: is.action, Recorded: e.At.UTC().Format("2006-01-02T15:04:05.000Z"),
		Outcome: auditOutcome(&e), OutcomeDesc: e.Outcome,
		Agent: []auditAgent{auditAsker(&e, device), {Type: auditRole("dataprocessor", "data processor"), Who: device}},
		Source: auditSource{Site: e.Tenant, Observer: device, Type: []auditCoding{
			{auditTerms + "security-source-type", "4", "Application Server"},
		}},
	}
	if strings.HasPrefix(e.Action, "handover.") {
		ev.Purpose = []auditConcept{{[]auditCoding{{auditTerms + "v3-ActReason", "TREAT", "treatment"}}}}
	}
	ev.Entity = append(ev.Entity, auditSubject(&e))
	for basis := range strings.SplitSeq(e.Basis, ", ") {
		if basis != "" {
			ev.Entity = append(ev.Entity, auditBasis(basis))
		}
	}
	for _, c := range e.Clients {
		ev.Entity = append(ev.Entity, auditEntity{
			What: &auditRef{Type: "Patient", Identifier: &auditIdentifier{auditClient, c}},
			Type: auditCoding{auditTerms + "audit-entity-type", "1", "Person"},
			Role: auditCoding{auditTerms + "object-role", "1", "Patient"},
		})
	}
	return json.Marshal(ev)
}

// auditKind is what sort of event an action is, in the words of DICOM and FHIR.
type auditKind struct {
	typ      auditCoding
	subtypes []auditCoding
	action   string // Create, Read, Update, Delete, Execute
}

func auditKindOf(e *store.AuditEntry) auditKind {
	record := auditCoding{auditDICOM, "110110", "Patient Record"}
	switch {
	case e.Action == auditConfig:
		return auditKind{auditCoding{auditDICOM, "110113", "Security Alert"}, []auditCoding{{auditDICOM, "110131", "Software Configuration"}}, "U"}
	case e.Action == auditBegin, e.Action == auditWrites:
		return auditKind{record, nil, auditWritten(e.Counts)}
	case e.Action == "names.read":
		return auditKind{record, nil, "R"}
	case e.Action == "handover.receipt":
		return auditKind{record, nil, "C"}
	case e.Action == "handover.read":
		return auditKind{auditCoding{auditDICOM, "110112", "Query"}, nil, "R"}
	case strings.HasPrefix(e.Action, "handover."):
		return auditKind{auditCoding{auditDICOM, "110106", "Export"}, nil, "E"}
	}
	return auditKind{auditCoding{auditDICOM, "110100", "Application Activity"}, nil, "E"}
}

// auditWritten is the action of a batch of writes: one that is both new and changed records
// is neither a create nor an update alone.
func auditWritten(counts map[string]int) string {
	creates, updates := false, false
	for what := range counts {
		switch what[strings.LastIndexByte(what, '.')+1:] {
		case "create", "created", "existed", "absent":
			creates = true
		case "update", "updated", "close", "closed", "unwritten":
			updates = true
		}
	}
	switch {
	case creates && !updates:
		return "C"
	case updates && !creates:
		return "U"
	}
	return "E"
}

// auditOutcome says whether it was done: 0 yes, or it begins; 4 in part, not known, or it
// was not permitted; 8 no.
func auditOutcome(e *store.AuditEntry) string {
	switch {
	case e.Outcome == "failed" || e.Outcome == "not written":
		return "8"
	case e.Outcome == "written in part" || e.Outcome == "not known" || e.Action == "handover.refused" || e.Action == "handover.stopped":
		return "4"
	}
	return "0"
}

// auditAsker is who asked for it: a person, or the schedule.
func auditAsker(e *store.AuditEntry, device auditRef) auditAgent {
	if e.By == "" || e.By == "schedule" || e.By == "catch-up" {
		return auditAgent{Type: auditRole("dataprocessor", "data processor"), Who: device, AltID: e.User, Name: e.By, Requestor: true}
	}
	a := auditAgent{Type: auditRole("humanuser", "human user"), Who: auditRef{Display: e.By}, AltID: e.User, Name: e.By, Requestor: true}
	if e.User != "" {
		a.Who.Identifier = &auditIdentifier{auditUser, e.User}
	}
	return a
}

func auditRole(code, display string) auditConcept {
	return auditConcept{[]auditCoding{{auditTerms + "extra-security-role-type", code, display}}}
}

// auditSubject is what it was about, with all that the entry says of it.
func auditSubject(e *store.AuditEntry) auditEntity {
	out := auditEntity{
		Type: auditCoding{auditTerms + "audit-entity-type", "2", "System Object"},
		Role: auditCoding{auditTerms + "object-role", "4", "Domain Resource"},
		Name: e.Resource,
	}
	add := func(what, value string) {
		if value != "" {
			out.Detail = append(out.Detail, auditDetail{what, value})
		}
	}
	add("entry", strconv.FormatInt(e.N, 10))
	add("job", e.Job)
	add("run", e.Run)
	add("clients", strconv.Itoa(e.Count))
	for _, s := range e.Sections {
		add("section", s)
	}
	for _, what := range slices.Sorted(maps.Keys(e.Counts)) {
		add(what, strconv.Itoa(e.Counts[what]))
	}
	add("content", e.Content)
	add("configuration", e.Config)
	add("configuration before", e.Before)
	if e.Of != 0 {
		add("outcome of entry", strconv.FormatInt(e.Of, 10))
	}
	add("found by run", e.Found)
	return out
}

var auditLocal = regexp.MustCompile(`^([A-Z][A-Za-z]{1,63})/[A-Za-z0-9.-]{1,64}(/_history/[A-Za-z0-9.-]{1,64})?$`)

// auditBasis is what it rests on: a record, such as a consent in a version, or in words.
func auditBasis(basis string) auditEntity {
	out := auditEntity{
		Type: auditCoding{auditTerms + "audit-entity-type", "2", "System Object"},
		Role: auditCoding{auditTerms + "object-role", "13", "Security Resource"},
		Name: "basis",
	}
	if m := auditLocal.FindStringSubmatch(basis); m != nil {
		out.What, out.Type = &auditRef{Reference: basis}, auditCoding{auditTypes, m[1], m[1]}
	} else {
		out.Description = basis
	}
	return out
}
