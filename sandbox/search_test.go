package sandbox

import (
	"net/url"
	"sort"
	"strings"
	"testing"
)

// records are what the search tables search in.
var records = []string{
	`{"resourceType":"Patient","id":"p1","meta":{"tag":[{"system":"urn:t","code":"a"}]},"active":true,"birthDate":"1939-02-23",
	  "identifier":[{"system":"urn:pnr","value":"181902238292"},{"system":"urn:other","value":"x|y,z"}],"managingOrganization":{"reference":"Organization/o1"}}`,
	`{"resourceType":"Patient","id":"p2","active":false,"identifier":[{"system":"urn:pnr","value":"189002029800"}]}`,
	`{"resourceType":"Patient","id":"p3","identifier":[{"value":"189002029800"}],"meta":{"tag":[{"system":"urn:t","code":"b"}]}}`,
	`{"resourceType":"Organization","id":"o1"}`,
	`{"resourceType":"Practitioner","id":"s1"}`,
	`{"resourceType":"Encounter","id":"e1","status":"finished","class":{"system":"urn:act","code":"HH"},"subject":{"reference":"Patient/p1"},
	  "type":[{"coding":[{"system":"urn:svc","code":"cleaning"},{"system":"urn:svc","code":"shopping"}]}],"basedOn":[{"reference":"ServiceRequest/r1"}],
	  "participant":[{"individual":{"reference":"Practitioner/s1"}}],"period":{"start":"2026-06-30T23:30:00Z","end":"2026-07-01T00:30:00Z"}}`,
	`{"resourceType":"Encounter","id":"e2","status":"planned","class":{"system":"urn:act","code":"IMP"},"subject":{"reference":"Group/p1"},
	  "period":{"start":"2026-07-02"},"basedOn":[{"reference":"ServiceRequest/r2"},{"reference":"ServiceRequest/r1"}]}`,
	`{"resourceType":"Encounter","id":"e3","status":"finished","class":{"code":"HH"},"subject":{"reference":"https://elsewhere.example/fhir/Patient/p1"},
	  "period":{"start":"2026-07-01T08:00:00+02:00","end":"2026-07-03T08:00:00+02:00"},"participant":[{"individual":{"reference":"PractitionerRole/s1"}}]}`,
	`{"resourceType":"Encounter","id":"e4","status":"finished","class":{"system":"urn:act","code":"HH"},"subject":{"identifier":{"system":"urn:pnr","value":"181902238292"},"type":"Patient"},
	  "period":{"end":"2026-06-15"}}`,
	`{"resourceType":"Encounter","id":"e5","status":"finished","class":{"system":"urn:act","code":"HH"},"subject":{"reference":"Patient/p2/_history/3"},"period":{"start":"2026-02-30"}}`,
	`{"resourceType":"DocumentReference","id":"d1","status":"current","type":{"coding":[{"system":"urn:doc","code":"social-journal"}]},"date":"2026-11-02T10:00:00.250+01:00"}`,
	`{"resourceType":"DocumentReference","id":"d2","status":"superseded","type":{"coding":[{"system":"urn:doc","code":"other"}]},"date":"2026-11-02T23:30:00Z","masterIdentifier":{"system":"urn:m","value":"7"}}`,
	`{"resourceType":"Observation","id":"b1","status":"final","code":{"coding":[{"system":"urn:o","code":"decision"}]},"effectiveDateTime":"2026-10"}`,
	`{"resourceType":"Observation","id":"b2","status":"final","code":{"coding":[{"code":"decision"}]},"effectivePeriod":{"start":"2026-10-05","end":"2026-10-06"}}`,
	`{"resourceType":"Communication","id":"c1","status":"completed","sent":"2026-09-01T00:00:00Z"}`,
	`{"resourceType":"ServiceRequest","id":"r1","status":"active","intent":"order","authoredOn":"2026-01-10","subject":{"reference":"Patient/p1"}}`,
	`{"resourceType":"Task","id":"t1","status":"requested","intent":"order","owner":{"reference":"PractitionerRole/s1"},"for":{"reference":"Patient/p1"},"authoredOn":"2026-01-01T00:00:00Z","focus":{"reference":"CarePlan/1"}}`,
	`{"resourceType":"Task","id":"t2","status":"in-progress","intent":"order","owner":{"reference":"Organization/o1"},"for":{"reference":"Group/p1"}}`,
}

func TestASearchFindsWhatItsParametersSay(t *testing.T) {
	s, c := started(t, Options{})
	load(t, s, records...)
	for _, row := range []struct{ name, search, want string }{
		{"no parameter finds everything of the type", "Patient", "p1 p2 p3"},
		{"an id", "Patient?_id=p2", "p2"},
		{"a list of ids, one of them twice and one unknown", "Patient?_id=p3,p1,p3,nobody", "p1 p3"},
		{"an identifier of a system", "Patient?identifier=urn:pnr|189002029800", "p2"},
		{"an identifier of any system", "Patient?identifier=189002029800", "p2 p3"},
		{"an identifier without a system", "Patient?identifier=|189002029800", "p3"},
		{"any identifier of a system", "Patient?identifier=urn:pnr|", "p1 p2"},
		{"an identifier with escaped separators", `Patient?identifier=urn:other|x\|y\,z`, "p1"},
		{"an identifier must be whole", "Patient?identifier=urn:pnr|1819", ""},
		{"either of two identifiers", "Patient?identifier=urn:pnr|181902238292,urn:pnr|189002029800", "p1 p2"},
		{"two identifiers at once", "Patient?identifier=urn:pnr|181902238292&identifier=urn:other|", "p1"},
		{"a masterIdentifier is an identifier", "DocumentReference?identifier=urn:m|7", "d2"},
		{"a tag", "Patient?_tag=urn:t|a", "p1"},
		{"any tag of a system", "Patient?_tag=urn:t|", "p1 p3"},
		{"a boolean", "Patient?active=true", "p1"},
		{"what is not so, and what does not say", "Patient?active:not=true", "p2 p3"},
		{"what is missing", "Patient?active:missing=true", "p3"},
		{"what is not missing", "Patient?active:missing=false", "p1 p2"},
		{"a reference by type and id", "Patient?organization=Organization/o1", "p1"},
		{"a code of a system", "Encounter?class=urn:act|HH", "e1 e4 e5"},
		{"a code of any system", "Encounter?class=HH", "e1 e3 e4 e5"},
		{"a code without a system", "Encounter?class=|HH", "e3"},
		{"the second coding of a concept", "Encounter?type=urn:svc|shopping", "e1"},
		{"a status", "Encounter?status=planned", "e2"},
		{"two statuses", "Encounter?status=planned,finished", "e1 e2 e3 e4 e5"},
		{"a patient is a Patient only", "Encounter?patient=p1", "e1"},
		{"a subject by id is of any type", "Encounter?subject=p1", "e1 e2"},
		{"a subject of one type", "Encounter?subject:Group=p1", "e2"},
		{"an absolute reference to this server", "Encounter?subject=" + c.base + "/Patient/p1", "e1"},
		{"an absolute reference elsewhere", "Encounter?subject=https://elsewhere.example/fhir/Patient/p1", "e3"},
		{"a reference with a version is to the resource", "Encounter?patient=Patient/p2", "e5"},
		{"a reference by the identifier it names", "Encounter?patient:identifier=urn:pnr|181902238292", "e4"},
		{"a practitioner is a Practitioner only", "Encounter?practitioner=s1", "e1"},
		{"a participant is of any type", "Encounter?participant=s1", "e1 e3"},
		{"based-on", "Encounter?based-on=ServiceRequest/r1", "e1 e2"},
		{"based-on one of several", "Encounter?based-on=ServiceRequest/r2,ServiceRequest/r3", "e2"},
		{"based-on and a status", "Encounter?based-on=r1&status=finished", "e1"},
		{"an owner", "Task?owner=Organization/o1", "t2"},
		{"a Task's patient is in for", "Task?patient=Patient/p1", "t1"},
		{"a Task's focus", "Task?focus=CarePlan/1", "t1"},
		{"a period that reaches into what follows a date", "Encounter?date=ge2026-07-02", "e2 e3"},
		{"ge is met by a period that ends on that day", "Encounter?date=ge2026-07-03", "e2 e3"},
		{"ge is met by an open period", "Encounter?date=ge2030", "e2"},
		{"gt wants something after the day", "Encounter?date=gt2026-07-03", "e2"},
		{"lt is met by what began before", "Encounter?date=lt2026-07-01T08:00:00%2B02:00", "e1 e4"},
		{"le is met by what begins then", "Encounter?date=le2026-07-01T08:00:00%2B02:00", "e1 e3 e4"},
		{"a period without start began always", "Encounter?date=lt1990", "e4"},
		{"eq wants the period inside", "Encounter?date=2026-07-01", "e1"},
		{"eq and a year", "Encounter?date=2026", "e1 e3"},
		{"a day is a day in Stockholm", "Encounter?date=lt2026-07-01", "e4"},
		{"a range of dates", "Encounter?date=ge2026-07-01&date=lt2026-07-02", "e1 e3"},
		{"two ranges at once", "Encounter?date=lt1990,ge2030", "e2 e4"},
		{"sa begins after", "Encounter?date=sa2026-07-01", "e2"},
		{"eb ends before", "Encounter?date=eb2026-07-01", "e4"},
		{"ne is not inside", "Encounter?date=ne2026-07-01", "e2 e3 e4"},
		{"what has no readable date is missing one", "Encounter?date:missing=true", "e5"},
		{"an instant on a day", "DocumentReference?date=2026-11-02", "d1"},
		{"an instant after midnight in Stockholm", "DocumentReference?date=2026-11-03", "d2"},
		{"an instant to the second", "DocumentReference?date=2026-11-02T10:00:00%2B01:00", "d1"},
		{"an instant to the millisecond", "DocumentReference?date=gt2026-11-02T09:00:00.249Z", "d1 d2"},
		{"a minute", "DocumentReference?date=2026-11-02T09:00Z", "d1"},
		{"a document type", "DocumentReference?type=urn:doc|social-journal&status=current", "d1"},
		{"a month that is all of the value", "Observation?date=2026-10", "b1 b2"},
		{"a month that only overlaps a day", "Observation?date=2026-10-05", ""},
		{"a month that only overlaps, asked with ge", "Observation?date=ge2026-10-20", "b1"},
		{"a code", "Observation?code=urn:o|decision", "b1"},
		{"sent", "Communication?sent=ge2026-09-01", "c1"},
		{"authored", "ServiceRequest?authored=2026-01-10", "r1"},
		{"authored-on of a Task", "Task?authored-on=lt2026-01-02", "t1"},
		{"a birth date", "Patient?birthdate=lt1940", "p1"},
		{"_lastUpdated of now", "Patient?_lastUpdated=ge2026-11-21T01:30:00Z", "p1 p2 p3"},
		{"_lastUpdated later", "Patient?_lastUpdated=gt2026-11-21T01:30:00Z", ""},
		{"_lastUpdated after the second before", "Patient?_lastUpdated=gt2026-11-21T01:29:59Z", "p1 p2 p3"},
		{"_lastUpdated of a day", "Patient?_lastUpdated=2026-11-21", "p1 p2 p3"},
		{"_lastUpdated before", "Patient?_lastUpdated=lt2026-11-21", ""},
		{"sorted by id, backwards", "Patient?_sort=-_id", "p3 p2 p1"},
		{"sorted by date, those without last", "DocumentReference?_sort=-date,_id", "d2 d1"},
		{"sorted by a code", "Encounter?_sort=status,-_id&date:missing=false", "e4 e3 e1 e2"},
		{"a type that has nothing", "Flag?subject=Patient/p1", ""},
		{"an included resource follows", "Patient?_id=p1&_include=Patient:organization", "p1 o1"},
		{"included once, also for two", "Encounter?based-on=r1&_include=Encounter:based-on&_include=Encounter:patient", "e1 e2 p1 r1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := c.want(200, "GET", "/"+escaped(row.search), "")
			ids := got.ids()
			if !strings.Contains(row.search, "_sort") {
				ids = sorted(ids, strings.Contains(row.search, "_include"))
			}
			if ids != row.want {
				t.Errorf("GET %s\n got %q\nwant %q", row.search, ids, row.want)
			}
			typ, query, _ := strings.Cut(escaped(row.search), "?")
			form := c.want(200, "POST", "/"+typ+"/_search", query, "Content-Type: application/x-www-form-urlencoded")
			if form.ids() != got.ids() {
				t.Errorf("POST _search found %q, GET %q", form.ids(), got.ids())
			}
			if count := c.want(200, "GET", "/"+typ+"?"+query+"&_summary=count", ""); count.body["total"] != got.body["total"] || count.ids() != "" {
				t.Errorf("_summary=count: total %v, want %v, and ids %q", count.body["total"], got.body["total"], count.ids())
			}
		})
	}
}

// escaped makes the URL that a client would write; what is escaped already stays.
func escaped(search string) string {
	return strings.NewReplacer("|", "%7C", `\`, "%5C").Replace(search)
}

func sorted(ids string, included bool) string {
	part := strings.Fields(ids)
	if !included {
		sort.Strings(part)
	} else if len(part) > 2 {
		sort.Strings(part[2:])
	}
	return strings.Join(part, " ")
}

func TestASearchThatCannotBeUnderstoodIsRefused(t *testing.T) {
	s, c := started(t, Options{})
	load(t, s, records...)
	for _, row := range []struct {
		name, search string
		status       int
	}{
		{"an unknown parameter", "Patient?colour=blue", 400},
		{"a parameter of another type", "Flag?status=active", 400},
		{"a chained parameter", "Encounter?patient.identifier=urn:pnr|1", 400},
		{"a reverse chain", "Patient?_has:Encounter:patient:status=finished", 400},
		{"an unknown modifier", "Patient?identifier:of-kind=1", 400},
		{"a modifier of another kind", "Encounter?date:not=2026", 400},
		{"an impossible date", "Encounter?date=ge2026-02-30", 400},
		{"a date in words", "Encounter?date=today", 400},
		{"an unknown prefix", "Encounter?date=ap2026", 400},
		{"an empty value", "Patient?identifier=", 400},
		{"an empty alternative", "Patient?_id=p1,,p2", 400},
		{"nothing on either side of the bar", "Patient?identifier=|", 400},
		{"three parts", "Patient?identifier=a|b|c", 400},
		{"missing without truth", "Patient?active:missing=perhaps", 400},
		{"a negative count", "Patient?_count=-1", 400},
		{"a count in words", "Patient?_count=ten", 400},
		{"an offset that was not given out", "Patient?_offset=2", 400},
		{"an unknown sort key", "Patient?_sort=shoe-size", 400},
		{"an unknown summary", "Patient?_summary=short", 400},
		{"an unknown total", "Patient?_total=roughly", 400},
		{"an include of nothing", "Patient?_include=Patient:shoe", 400},
		{"XML", "Patient?_format=xml", 406},
		{"an unknown type", "Pet", 404},
		{"a page that is no longer kept", "?_page=0123456789abcdef.50", 410},
		{"a search of everything", "", 404},
		{"a broken escape", "Patient?_id=%zz", 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := c.want(row.status, "GET", "/"+escaped(row.search), "")
			if strings.Contains(r.raw, "2026") || strings.Contains(r.raw, "urn:pnr") {
				t.Errorf("the refusal repeats what was asked: %s", r.raw)
			}
		})
	}
}

func TestALenientSearchLeavesOutWhatItDoesNotKnow(t *testing.T) {
	s, c := started(t, Options{Lenient: true})
	load(t, s, records...)
	r := c.want(200, "GET", "/Patient?colour=blue&_id=p1", "")
	if r.ids() != "p1" {
		t.Errorf("found %q", r.ids())
	}
	self, err := url.Parse(r.link("self"))
	if err != nil || self.Query().Has("colour") || self.Query().Get("_id") != "p1" {
		t.Errorf("the self link must say what was taken into account: %s", r.link("self"))
	}
	c.want(400, "GET", "/Patient?colour=blue", "", "Prefer: handling=strict")
	c.want(400, "POST", "/Patient", `{"resourceType":"Patient"}`, "If-None-Exist: colour=blue")

	_, c = started(t, Options{})
	c.want(200, "GET", "/Patient?colour=blue", "", "Prefer: handling=lenient")
}

func TestElementsLeaveTheRestOutAndSaySo(t *testing.T) {
	s, c := started(t, Options{})
	load(t, s, records...)
	r := c.want(200, "GET", "/Patient?_id=p1&_elements=birthDate", "")
	p := r.entries("resource")[0]
	if p["birthDate"] != "1939-02-23" || p["identifier"] != nil || p["active"] != nil {
		t.Errorf("got %v", p)
	}
	tags := p["meta"].(map[string]any)["tag"].([]any)
	if len(tags) != 2 || tags[1].(map[string]any)["code"] != "SUBSETTED" {
		t.Errorf("tags %v", tags)
	}
}
