package sandbox

import (
	"strings"
	"testing"
	"time"
)

func TestWhatAWriterMayNotWrite(t *testing.T) {
	s, c := started(t, Options{})
	load(t, s, `{"resourceType":"Task","id":"t","status":"requested","intent":"order"}`)
	for _, row := range []struct {
		name, resource string
		status         int
		at             string // what the outcome points to
	}{
		{"a Flag as it should be", unnumbered("1"), 201, ""},
		{"a Flag without status", `{"resourceType":"Flag","code":{"text":"x"},"subject":{"reference":"Patient/1"}}`, 422, "Flag.status"},
		{"a Flag without code", `{"resourceType":"Flag","status":"active","subject":{"reference":"Patient/1"}}`, 422, "Flag.code"},
		{"a Flag without subject", `{"resourceType":"Flag","status":"active","code":{"text":"x"}}`, 422, "Flag.subject"},
		{"a Flag with a status that is none", flag("x", "resolved"), 422, "Flag.status"},
		{"a Flag with a status that is no string", `{"resourceType":"Flag","id":"x","status":["active"],"code":{"text":"x"},"subject":{"reference":"Patient/1"}}`, 422, "Flag.status"},
		{"a Flag with an unknown element", strings.Replace(unnumbered("1"), `"code"`, `"priority":"high","code"`, 1), 422, "Flag"},
		{"a Flag with one category instead of several", strings.Replace(unnumbered("1"), `"code"`, `"category":{"text":"x"},"code"`, 1), 422, "Flag.category"},
		{"a Flag with several codes", strings.Replace(unnumbered("1"), `{"text":"x"}`, `[{"text":"x"}]`, 1), 422, "Flag.code"},
		{"a Flag with an extension of a primitive", strings.Replace(unnumbered("1"), `"code"`, `"_status":{"extension":[{"url":"urn:x","valueCode":"y"}]},"code"`, 1), 201, ""},
		{"a Flag whose period ends before it starts", strings.Replace(unnumbered("1"), `"code"`, `"period":{"start":"2026-02-02","end":"2026-02-01"},"code"`, 1), 422, "Flag.period"},
		{"a Flag whose period is one day", strings.Replace(unnumbered("1"), `"code"`, `"period":{"start":"2026-02-02","end":"2026-02-02"},"code"`, 1), 201, ""},
		{"a Flag with a day that is none", strings.Replace(unnumbered("1"), `"code"`, `"period":{"start":"2026-02-30"},"code"`, 1), 422, "Flag.period.start"},
		{"a Flag with an empty identifier", strings.Replace(unnumbered("1"), `"value":"1"`, `"value":""`, 1), 422, "Flag.identifier[0].value"},
		{"a Flag with an empty array", strings.Replace(unnumbered("1"), `"code"`, `"category":[],"code"`, 1), 422, "Flag.category"},
		{"a Flag with an empty object", strings.Replace(unnumbered("1"), `"code"`, `"period":{},"code"`, 1), 422, "Flag.period"},
		{"a Flag with null", strings.Replace(unnumbered("1"), `"code"`, `"period":null,"code"`, 1), 422, "Flag.period"},
		{"a Flag whose meta is no object", strings.Replace(unnumbered("1"), `"code"`, `"meta":"x","code"`, 1), 422, "Flag.meta"},
		{"a Task as it should be", `{"resourceType":"Task","status":"requested","intent":"order","authoredOn":"2026-11-21","lastModified":"2026-11-21T01:30:00Z"}`, 201, ""},
		{"a Task without intent", `{"resourceType":"Task","status":"requested"}`, 422, "Task.intent"},
		{"a Task with a status that is none", `{"resourceType":"Task","status":"open","intent":"order"}`, 422, "Task.status"},
		{"a Task with a priority that is none", `{"resourceType":"Task","status":"draft","intent":"order","priority":"high"}`, 422, "Task.priority"},
		{"a Task modified before it was authored", `{"resourceType":"Task","status":"draft","intent":"order","authoredOn":"2026-11-21T02:00:00Z","lastModified":"2026-11-21T01:30:00Z"}`, 422, "Task.lastModified"},
		{"a Task with a time without zone", `{"resourceType":"Task","status":"draft","intent":"order","authoredOn":"2026-11-21T02:00:00"}`, 422, "Task.authoredOn"},
		{"a Task with a date that is a number", `{"resourceType":"Task","status":"draft","intent":"order","authoredOn":2026}`, 422, "Task.authoredOn"},
		{"a Task with a due date", `{"resourceType":"Task","status":"draft","intent":"order","restriction":{"period":{"end":"2026-12-01"}}}`, 201, ""},
		{"an Encounter without class", `{"resourceType":"Encounter","status":"finished"}`, 422, "Encounter.class"},
		{"a CarePlan with an unknown status", `{"resourceType":"CarePlan","status":"running","intent":"plan","subject":{"reference":"Patient/1"}}`, 422, "CarePlan.status"},
		{"a Patient with a null among its names' extensions", `{"resourceType":"Patient","name":[{"given":["A",null],"_given":[null,{"id":"x"}]}]}`, 201, ""},
		{"a birth date with a time", `{"resourceType":"Patient","birthDate":"today"}`, 422, "Patient.birthDate"},
		{"a Device as brygga's", `{"resourceType":"Device","identifier":[{"system":"urn:d","value":"1"}],"status":"active","deviceName":[{"name":"brygga","type":"user-friendly-name"}]}`, 201, ""},
		{"a Provenance without agent", `{"resourceType":"Provenance","target":[{"reference":"Task/1"}],"recorded":"2026-11-21T01:30:00Z"}`, 422, "Provenance.agent"},
		{"a timing with a time of day", `{"resourceType":"ServiceRequest","status":"active","intent":"order","subject":{"reference":"Patient/1"},"occurrenceTiming":{"repeat":{"timeOfDay":["08:00:00"]}}}`, 201, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			typ := strings.Split(strings.Split(row.resource, `"resourceType":"`)[1], `"`)[0]
			r := c.want(row.status, "POST", "/"+typ, row.resource)
			if row.status == 201 {
				return
			}
			issue := r.body["issue"].([]any)[0].(map[string]any)
			if at := issue["expression"].([]any)[0]; at != row.at {
				t.Errorf("points to %v, want %s", at, row.at)
			}
		})
	}
	c.want(422, "PUT", "/Task/t", `{"resourceType":"Task","id":"t","status":"requested","intent":"plan"}`)
	c.want(200, "PUT", "/Task/t", `{"resourceType":"Task","id":"t","status":"accepted","intent":"order"}`)
	c.want(422, "PUT", "/Task/"+strings.Repeat("x", 64), `{"resourceType":"Task","id":"`+strings.Repeat("x", 64)+`"}`)
}

func TestTheTimeThatADateCovers(t *testing.T) {
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, text, from, to string }{
		{"a year", "2026", "2025-12-31T23:00:00.000Z", "2026-12-31T23:00:00.000Z"},
		{"a month across the change of clocks", "2026-03", "2026-02-28T23:00:00.000Z", "2026-03-31T22:00:00.000Z"},
		{"the day of 23 hours", "2026-03-29", "2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"},
		{"the day of 25 hours", "2026-10-25", "2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"},
		{"the last of February in a leap year", "2028-02-29", "2028-02-28T23:00:00.000Z", "2028-02-29T23:00:00.000Z"},
		{"a minute", "2026-07-01T08:00Z", "2026-07-01T08:00:00.000Z", "2026-07-01T08:01:00.000Z"},
		{"a second with a zone", "2026-07-01T08:00:00+02:00", "2026-07-01T06:00:00.000Z", "2026-07-01T06:00:01.000Z"},
		{"a second with a zone west", "2026-07-01T08:00:00-02:30", "2026-07-01T10:30:00.000Z", "2026-07-01T10:30:01.000Z"},
		{"a second without a zone", "2026-07-01T08:00:00", "2026-07-01T06:00:00.000Z", "2026-07-01T06:00:01.000Z"},
		{"a tenth", "2026-07-01T08:00:00.2Z", "2026-07-01T08:00:00.200Z", "2026-07-01T08:00:00.300Z"},
		{"a hundredth", "2026-07-01T08:00:00.25Z", "2026-07-01T08:00:00.250Z", "2026-07-01T08:00:00.260Z"},
		{"nanoseconds are cut", "2026-07-01T08:00:00.250999999Z", "2026-07-01T08:00:00.250Z", "2026-07-01T08:00:00.251Z"},
	} {
		t.Run(row.name, func(t *testing.T) {
			at, ok := parseSpan(row.text, stockholm)
			if !ok || instant(at.lo) != row.from || instant(at.hi) != row.to {
				t.Errorf("%s is %s to %s (%v), want %s to %s", row.text, instant(at.lo), instant(at.hi), ok, row.from, row.to)
			}
		})
	}
	for _, bad := range []string{
		"", "26", "0000", "2026-13", "2026-00", "2026-02-30", "2026-02-29", "2026-1-1", "2026-01-01T", "2026-01-01T24:00:00Z", "2026-01-01T10:60:00Z",
		"2026-01-01T10:00:60Z", "2026-01-01T10:00:00+15:00", "2026-01-01T10:00:00+01:60", "2026-01-01T10:00:00z", "2026-01-01 10:00:00", " 2026", "2026-01-01T10", "20260101", "2026-01-01T10:00:00.Z",
	} {
		if at, ok := parseSpan(bad, stockholm); ok {
			t.Errorf("%q is read as %s", bad, instant(at.lo))
		}
	}
}
