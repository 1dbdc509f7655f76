package jobs

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"brygga/store"
)

// shape is what FHIR R4 says of an element: how often it stands, and what it is. It is
// written down here from the definition of AuditEvent (4.0.1), for what brygga uses.
type shape struct {
	min, max int // max 1: no array
	is       *regexp.Regexp
	of       map[string]shape
}

const many0 = 1 << 20

var (
	fhirCode    = regexp.MustCompile(`^\S+( \S+)*$`)
	fhirString  = regexp.MustCompile(`(?s)^\S(.*\S)?$`)
	fhirURI     = regexp.MustCompile(`^\S+$`)
	fhirID      = regexp.MustCompile(`^[A-Za-z0-9\-.]{1,64}$`)
	fhirInstant = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d\d:\d\d)$`)
	fhirBoolean = regexp.MustCompile(`^(true|false)$`)

	shapeOfCoding = map[string]shape{
		"system": {0, 1, fhirURI, nil}, "code": {0, 1, fhirCode, nil}, "display": {0, 1, fhirString, nil},
	}
	shapeOfConcept   = map[string]shape{"coding": {0, many0, nil, shapeOfCoding}, "text": {0, 1, fhirString, nil}}
	shapeOfReference = map[string]shape{
		"reference": {0, 1, fhirString, nil}, "type": {0, 1, fhirURI, nil}, "display": {0, 1, fhirString, nil},
		"identifier": {0, 1, nil, map[string]shape{"system": {0, 1, fhirURI, nil}, "value": {0, 1, fhirString, nil}}},
	}
	shapeOfEvent = map[string]shape{
		"resourceType":   {1, 1, regexp.MustCompile(`^AuditEvent$`), nil},
		"id":             {0, 1, fhirID, nil},
		"type":           {1, 1, nil, shapeOfCoding},
		"subtype":        {0, many0, nil, shapeOfCoding},
		"action":         {0, 1, regexp.MustCompile(`^[CRUDE]$`), nil},
		"recorded":       {1, 1, fhirInstant, nil},
		"outcome":        {0, 1, regexp.MustCompile(`^(0|4|8|12)$`), nil},
		"outcomeDesc":    {0, 1, fhirString, nil},
		"purposeOfEvent": {0, many0, nil, shapeOfConcept},
		"agent": {1, many0, nil, map[string]shape{
			"type": {0, 1, nil, shapeOfConcept}, "who": {0, 1, nil, shapeOfReference}, "altId": {0, 1, fhirString, nil},
			"name": {0, 1, fhirString, nil}, "requestor": {1, 1, fhirBoolean, nil},
		}},
		"source": {1, 1, nil, map[string]shape{
			"site": {0, 1, fhirString, nil}, "observer": {1, 1, nil, shapeOfReference}, "type": {0, many0, nil, shapeOfCoding},
		}},
		"entity": {0, many0, nil, map[string]shape{
			"what": {0, 1, nil, shapeOfReference}, "type": {0, 1, nil, shapeOfCoding}, "role": {0, 1, nil, shapeOfCoding},
			"name": {0, 1, fhirString, nil}, "description": {0, 1, fhirString, nil},
			"detail": {0, many0, nil, map[string]shape{"type": {1, 1, fhirString, nil}, "valueString": {1, 1, fhirString, nil}}},
		}},
	}
)

// misfits tells where a resource is not of its shape: an element that is unknown, is
// missing, stands too often, is empty, or is of another kind.
func misfits(at string, v any, of map[string]shape) (out []string) {
	m, ok := v.(map[string]any)
	if !ok || len(m) == 0 {
		return []string{at + " is no object, or an empty one"}
	}
	for name, value := range m {
		s, known := of[name]
		list, isList := value.([]any)
		switch {
		case !known:
			out = append(out, at+"."+name+" is unknown")
			continue
		case isList != (s.max > 1):
			out = append(out, at+"."+name+" is an array where it should be none, or none where it should be one")
			continue
		case isList && len(list) == 0:
			out = append(out, at+"."+name+" is an empty array")
		case !isList:
			list = []any{value}
		}
		for i, item := range list {
			where := fmt.Sprintf("%s.%s[%d]", at, name, i)
			if s.of != nil {
				out = append(out, misfits(where, item, s.of)...)
			} else if !s.is.MatchString(fmt.Sprint(item)) {
				out = append(out, fmt.Sprintf("%s is %q", where, item))
			}
		}
	}
	for name, s := range of {
		if _, there := m[name]; !there && s.min > 0 {
			out = append(out, at+"."+name+" is missing")
		}
	}
	return out
}

func event(t interface{ Fatal(...any) }, e store.AuditEntry) map[string]any {
	canonical, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	line, err := AuditEvent(store.Audited{Canonical: canonical, Hash: strings.Repeat("ab", 32), MAC: strings.Repeat("cd", 32)})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(line), "\n") {
		t.Fatal("it is more than one line")
	}
	var m map[string]any
	if err := json.Unmarshal(line, &m); err != nil {
		t.Fatal(err)
	}
	if bad := misfits("AuditEvent", m, shapeOfEvent); len(bad) > 0 {
		t.Fatal(strings.Join(bad, "\n"), "\n", string(line))
	}
	return m
}

// get walks to an element: "agent.0.who.display".
func get(v any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			i := int(step[0] - '0')
			if i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

var shared = store.AuditEntry{
	N: 7, At: time.Date(2026, 11, 22, 1, 30, 0, 5e8, time.UTC), Tenant: "exempelkommun", Job: "reconcile", Run: "r1",
	By: "anna", User: "anna", Config: "c0ffee",
}

func entryOf(change func(*store.AuditEntry)) store.AuditEntry {
	e := shared
	change(&e)
	return e
}

func TestEntriesAsAuditEvents(t *testing.T) {
	for _, c := range []struct {
		name string
		e    store.AuditEntry
		want map[string]any
	}{
		{"every entry says who, where, when and about what", entryOf(func(e *store.AuditEntry) {
			e.Action, e.Resource, e.Outcome, e.Clients, e.Count = "names.read", "names in journal", "asked", []string{"aa", "bb"}, 2
		}), map[string]any{
			"id": strings.Repeat("ab", 32), "recorded": "2026-11-22T01:30:00.500Z", "outcome": "0", "outcomeDesc": "asked", "action": "R",
			"type.code": "110110", "subtype.0.code": "names.read", "agent.0.requestor": true, "agent.0.who.display": "anna",
			"agent.0.who.identifier.value": "anna", "agent.0.altId": "anna", "agent.1.requestor": false,
			"agent.1.who.identifier.value": "exempelkommun", "source.observer.identifier.value": "exempelkommun", "source.site": "exempelkommun",
			"entity.0.name": "names in journal", "entity.0.detail.0.valueString": "7", "entity.1.what.identifier.value": "aa",
			"entity.1.what.identifier.system": "https://brygga.example/fhir/audit-client", "entity.2.what.identifier.value": "bb",
			"entity.1.role.code": "1", "entity.3": nil, "purposeOfEvent": nil,
		}},
		{"somebody who says another name than the machine", entryOf(func(e *store.AuditEntry) { e.By, e.Action = "Enhetschef Norra", "names.read" }), map[string]any{
			"agent.0.who.display": "Enhetschef Norra", "agent.0.name": "Enhetschef Norra", "agent.0.who.identifier.value": "anna", "agent.0.type.coding.0.code": "humanuser",
		}},
		{"the schedule is no person", entryOf(func(e *store.AuditEntry) { e.By, e.User, e.Action = "schedule", "", "records.written" }), map[string]any{
			"agent.0.type.coding.0.code": "dataprocessor", "agent.0.who.type": "Device", "agent.0.name": "schedule", "agent.0.requestor": true, "agent.0.altId": nil,
		}},
		{"a batch that only made new records is a create", entryOf(func(e *store.AuditEntry) {
			e.Action, e.Outcome, e.Counts = "records.written", "written", map[string]int{"Task.created": 3, "Flag.created": 1}
		}), map[string]any{"action": "C", "outcome": "0", "entity.0.detail.4.type": "Flag.created", "entity.0.detail.4.valueString": "1", "entity.0.detail.5.valueString": "3"}},
		{"one that only changed some is an update", entryOf(func(e *store.AuditEntry) {
			e.Action, e.Outcome, e.Counts = "records.written", "written", map[string]int{"Task.closed": 3}
		}), map[string]any{"action": "U"}},
		{"one that did both is an execution", entryOf(func(e *store.AuditEntry) {
			e.Action, e.Outcome, e.Counts = "records.written", "written in part", map[string]int{"Task.closed": 3, "Task.created": 1, "Task.failed": 1}
		}), map[string]any{"action": "E", "outcome": "4"}},
		{"one of which nothing was written failed", entryOf(func(e *store.AuditEntry) {
			e.Action, e.Outcome, e.Counts = "records.written", "not written", map[string]int{"Task.failed": 1}
		}), map[string]any{"outcome": "8"}},
		{"what is about to be written is told as it begins", entryOf(func(e *store.AuditEntry) {
			e.Action, e.Outcome, e.Counts = "records.writing", "begun", map[string]int{"Task.create": 3}
		}), map[string]any{"type.code": "110110", "action": "C", "outcome": "0", "outcomeDesc": "begun"}},
		{"what is about to be closed is an update", entryOf(func(e *store.AuditEntry) {
			e.Action, e.Counts = "records.writing", map[string]int{"Task.close": 3, "Flag.update": 1}
		}), map[string]any{"action": "U"}},
		{"what became of it says of which entry, and who found it", entryOf(func(e *store.AuditEntry) {
			e.Action, e.Outcome, e.Counts, e.Of, e.Found = "records.written", "written", map[string]int{"Task.created": 3}, 6, "later"
		}), map[string]any{
			"entity.0.detail.4.type": "Task.created", "entity.0.detail.5.type": "configuration",
			"entity.0.detail.6.type": "outcome of entry", "entity.0.detail.6.valueString": "6", "entity.0.detail.7.type": "found by run", "entity.0.detail.7.valueString": "later",
		}},
		{"what nobody can tell was perhaps done", entryOf(func(e *store.AuditEntry) {
			e.Action, e.Outcome, e.Counts = "records.written", "not known", map[string]int{"Task.unclear": 1}
		}), map[string]any{"outcome": "4"}},
		{"what was not there failed as what it was to be", entryOf(func(e *store.AuditEntry) {
			e.Action, e.Outcome, e.Counts = "records.written", "not written", map[string]int{"Task.absent": 1}
		}), map[string]any{"outcome": "8", "action": "C"}},
		{"a changed configuration", entryOf(func(e *store.AuditEntry) {
			e.Action, e.Resource, e.Before, e.Outcome = "configuration.changed", "configuration", "decaf", "changed"
		}), map[string]any{
			"type.code": "110113", "subtype.1.code": "110131", "action": "U", "entity.0.detail.4.valueString": "c0ffee", "entity.0.detail.5.type": "configuration before", "entity.0.detail.5.valueString": "decaf", "entity.1": nil,
		}},
		{"a baseline", entryOf(func(e *store.AuditEntry) { e.Action, e.Outcome = "baseline.taken", "taken" }), map[string]any{"type.code": "110100", "action": "E"}},
		{"a handover rests on a consent in its version", entryOf(func(e *store.AuditEntry) {
			e.Action, e.Outcome, e.Sections, e.Basis = "handover.sending", "about to send", []string{"contact", "plan"}, "Consent/c1, Consent/c2/_history/3"
			e.Content = "183c1ce8"
		}), map[string]any{
			"entity.0.detail.6.type": "content", "entity.0.detail.6.valueString": "183c1ce8",
			"type.code": "110106", "purposeOfEvent.0.coding.0.code": "TREAT", "entity.0.detail.4.type": "section", "entity.0.detail.5.valueString": "plan",
			"entity.1.what.reference": "Consent/c1", "entity.1.type.code": "Consent", "entity.2.what.reference": "Consent/c2/_history/3",
		}},
		{"a receipt is a new record of the client's", entryOf(func(e *store.AuditEntry) { e.Action = "handover.receipt" }), map[string]any{"type.code": "110110", "action": "C"}},
		{"what is not permitted was not done", entryOf(func(e *store.AuditEntry) { e.Action, e.Outcome = "handover.refused", "no consent" }), map[string]any{"outcome": "4", "outcomeDesc": "no consent"}},
		{"a basis in words is no reference", entryOf(func(e *store.AuditEntry) { e.Action, e.Basis = "records.written", "preview 5f3a" }), map[string]any{"entity.1.what": nil, "entity.1.description": "preview 5f3a"}},
		{"a basis that is an address is no reference either", entryOf(func(e *store.AuditEntry) { e.Action, e.Basis = "records.written", "https://x/Consent/1" }), map[string]any{"entity.1.what": nil}},
		{"an action of a later version", entryOf(func(e *store.AuditEntry) { e.Action = "something.new" }), map[string]any{"type.code": "110100", "subtype.0.code": "something.new", "outcome": "0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := event(t, c.e)
			for path, want := range c.want {
				if got := get(m, path); got != want {
					t.Errorf("%s is %v, want %v", path, got, want)
				}
			}
		})
	}
}

// Whatever an entry holds, it is an AuditEvent.
func TestEveryEntryIsAnAuditEvent(t *testing.T) {
	word := rapid.StringMatching(`[A-Za-zåäö0-9./:]{1,20}( [A-Za-zåäö0-9]{1,9})?`)
	some := rapid.OneOf(rapid.Just(""), word)
	rapid.Check(t, func(t *rapid.T) {
		e := store.AuditEntry{
			N: rapid.Int64Range(1, 1<<40).Draw(t, "n"), At: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "at"), 0), Tenant: "t",
			Job: some.Draw(t, "job"), Run: some.Draw(t, "run"), By: some.Draw(t, "by"), User: some.Draw(t, "user"),
			Action:   rapid.OneOf(word, rapid.SampledFrom([]string{"names.read", "records.writing", "records.written", "configuration.changed", "handover.read", "handover.receipt", "handover.sent"})).Draw(t, "action"),
			Resource: some.Draw(t, "resource"), Sections: rapid.SliceOfN(word, 0, 3).Draw(t, "sections"), Basis: some.Draw(t, "basis"),
			Clients: rapid.SliceOfN(word, 0, 3).Draw(t, "clients"), Outcome: some.Draw(t, "outcome"), Config: some.Draw(t, "config"),
			Counts: rapid.MapOfN(word, rapid.IntRange(0, 9), 0, 3).Draw(t, "counts"),
			Of:     rapid.Int64Range(0, 9).Draw(t, "of"), Found: some.Draw(t, "found"),
		}
		m := event(t, e)
		if n := len(get(m, "entity").([]any)); n < 1+len(e.Clients) {
			t.Fatalf("%d entities, and %d clients", n, len(e.Clients))
		}
	})
}

func TestTheShapeOfAnAuditEventIsNoFormality(t *testing.T) {
	whole := func() map[string]any { return event(t, entryOf(func(e *store.AuditEntry) { e.Action = "names.read" })) }
	for name, spoil := range map[string]func(map[string]any){
		"no type":                 func(m map[string]any) { delete(m, "type") },
		"no agent":                func(m map[string]any) { m["agent"] = []any{} },
		"an unknown element":      func(m map[string]any) { m["what"] = "x" },
		"a date for an instant":   func(m map[string]any) { m["recorded"] = "2026-11-22" },
		"an outcome that is none": func(m map[string]any) { m["outcome"] = "1" },
		"one subtype for a list":  func(m map[string]any) { m["subtype"] = map[string]any{"code": "x"} },
		"an empty name":           func(m map[string]any) { get(m, "agent.0").(map[string]any)["name"] = "" },
		"nobody observed it":      func(m map[string]any) { delete(m["source"].(map[string]any), "observer") },
	} {
		m := whole()
		spoil(m)
		if len(misfits("AuditEvent", m, shapeOfEvent)) == 0 {
			t.Errorf("%s is taken", name)
		}
	}
	if _, err := AuditEvent(store.Audited{Canonical: []byte("{")}); err == nil {
		t.Error("what cannot be read is an event")
	}
}
