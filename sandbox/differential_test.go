package sandbox

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// The same requests, to the sandbox and to another FHIR R4 server, must have the same status and
// find as much. Where the standard lets servers differ, or the other is known to be wrong, a row
// says so in differs, and both answers are only logged. BRYGGA_TEST_FHIR_URL names the other server; what
// is written there stays there, under ids and a tag of its own.
func TestTheSandboxAnswersAsAnotherServerDoes(t *testing.T) {
	there := strings.TrimSuffix(os.Getenv("BRYGGA_TEST_FHIR_URL"), "/")
	if there == "" {
		t.Skip("BRYGGA_TEST_FHIR_URL is not set")
	}
	_, ours := started(t, Options{Clock: time.Now})
	theirs := newClient(t, there)
	run := fmt.Sprintf("%x", time.Now().UnixNano())
	fill := strings.NewReplacer("$R", run, "|", "%7C")
	plain := strings.NewReplacer("$R", run)

	for _, row := range []struct{ name, method, path, body, header, differs string }{
		// What is written.
		{name: "a Patient by PUT", method: "PUT", path: "/Patient/p1-$R", body: `{"resourceType":"Patient","id":"p1-$R","active":true,"birthDate":"1939-02-23",@TAG,"identifier":[{"system":"urn:pnr","value":"1-$R"},{"system":"urn:other-$R","value":"x"}]}`},
		{name: "another Patient", method: "PUT", path: "/Patient/p2-$R", body: `{"resourceType":"Patient","id":"p2-$R","active":false,@TAG,"identifier":[{"system":"urn:pnr","value":"2-$R"}]}`},
		{name: "a visit", method: "PUT", path: "/Encounter/e1-$R", body: `{"resourceType":"Encounter","id":"e1-$R",@TAG,"status":"finished","class":{"system":"urn:act","code":"HH"},"type":[{"coding":[{"system":"urn:svc","code":"cleaning"}]}],"subject":{"reference":"Patient/p1-$R"},"basedOn":[{"reference":"ServiceRequest/r1-$R"}],"participant":[{"individual":{"reference":"Practitioner/s1-$R"}}],"period":{"start":"2026-07-01T08:00:00Z","end":"2026-07-01T08:30:00Z"}}`},
		{name: "a stay", method: "PUT", path: "/Encounter/e2-$R", body: `{"resourceType":"Encounter","id":"e2-$R",@TAG,"status":"in-progress","class":{"system":"urn:act","code":"IMP"},"subject":{"reference":"Patient/p2-$R"},"period":{"start":"2026-07-02T08:00:00Z"}}`},
		{name: "a note", method: "PUT", path: "/DocumentReference/d1-$R", body: `{"resourceType":"DocumentReference","id":"d1-$R",@TAG,"status":"current","type":{"coding":[{"system":"urn:doc","code":"journal"}]},"subject":{"reference":"Patient/p1-$R"},"date":"2026-11-02T10:00:00Z","content":[{"attachment":{"title":"x"}}]}`},
		{name: "a Task", method: "PUT", path: "/Task/t1-$R", body: `{"resourceType":"Task","id":"t1-$R",@TAG,"status":"requested","intent":"order","owner":{"reference":"Practitioner/s1-$R"},"for":{"reference":"Patient/p1-$R"},"authoredOn":"2026-01-01T00:00:00Z","identifier":[{"system":"urn:f","value":"t1-$R"}]}`},
		{name: "a Flag", method: "PUT", path: "/Flag/f1-$R", body: `{"resourceType":"Flag","id":"f1-$R",@TAG,"status":"active","code":{"text":"x"},"subject":{"reference":"Patient/p1-$R"},"period":{"start":"2026-10-01"},"identifier":[{"system":"urn:f","value":"f1-$R"}]}`},
		{name: "a Flag to update and delete", method: "PUT", path: "/Flag/f2-$R", body: `{"resourceType":"Flag","id":"f2-$R",@TAG,"status":"active","code":{"text":"x"},"subject":{"reference":"Patient/p2-$R"}}`},

		// What is read.
		{name: "a read", method: "GET", path: "/Patient/p1-$R"},
		{name: "a read of nothing", method: "GET", path: "/Patient/none-$R", differs: "an id that is no UUID is not found by 404 or refused by 400"},
		{name: "an unknown type", method: "GET", path: "/Pet/1"},
		{name: "the history of one", method: "GET", path: "/Patient/p1-$R/_history"},
		{name: "the capabilities", method: "GET", path: "/metadata"},

		// What is found.
		{name: "everything of the tag", method: "GET", path: "/Encounter?_tag=urn:run|$R"},
		{name: "another tag", method: "GET", path: "/Encounter?_tag=urn:run|none"},
		{name: "a tag without system", method: "GET", path: "/Encounter?_tag=$R"},
		{name: "an identifier", method: "GET", path: "/Patient?identifier=urn:pnr|1-$R"},
		{name: "an identifier of another system", method: "GET", path: "/Patient?identifier=urn:other-$R|1-$R"},
		{name: "an identifier without system", method: "GET", path: "/Patient?identifier=1-$R"},
		{name: "all identifiers of a system", method: "GET", path: "/Patient?identifier=urn:other-$R|"},
		{name: "either of two identifiers", method: "GET", path: "/Patient?identifier=urn:pnr|1-$R,urn:pnr|2-$R"},
		{name: "two identifiers at once", method: "GET", path: "/Patient?identifier=urn:pnr|1-$R&identifier=urn:pnr|2-$R"},
		{name: "ids", method: "GET", path: "/Patient?_id=p1-$R,p2-$R"},
		{name: "a boolean", method: "GET", path: "/Patient?active=true&_tag=urn:run|$R"},
		{name: "not", method: "GET", path: "/Patient?active:not=true&_tag=urn:run|$R"},
		{name: "missing", method: "GET", path: "/Patient?birthdate:missing=true&_tag=urn:run|$R"},
		{name: "a class with system", method: "GET", path: "/Encounter?class=urn:act|HH&_tag=urn:run|$R"},
		{name: "a class", method: "GET", path: "/Encounter?class=IMP&_tag=urn:run|$R"},
		{name: "two classes", method: "GET", path: "/Encounter?class=IMP,HH&_tag=urn:run|$R"},
		{name: "a type", method: "GET", path: "/Encounter?type=urn:svc|cleaning&_tag=urn:run|$R"},
		{name: "a status", method: "GET", path: "/Encounter?status=finished&_tag=urn:run|$R"},
		{name: "a patient", method: "GET", path: "/Encounter?patient=Patient/p1-$R"},
		{name: "a patient by id", method: "GET", path: "/Encounter?patient=p1-$R", differs: "the other finds a patient by id alone or not"},
		{name: "a subject", method: "GET", path: "/Encounter?subject=Patient/p2-$R"},
		{name: "based-on", method: "GET", path: "/Encounter?based-on=ServiceRequest/r1-$R&_count=1"},
		{name: "a practitioner", method: "GET", path: "/Encounter?practitioner=Practitioner/s1-$R"},
		{name: "an owner", method: "GET", path: "/Task?owner=Practitioner/s1-$R"},
		{name: "a date: ge, inside", method: "GET", path: "/Encounter?date=ge2026-07-01&_tag=urn:run|$R"},
		{name: "a date: ge, after the visit", method: "GET", path: "/Encounter?date=ge2026-07-02&_tag=urn:run|$R"},
		{name: "a date: ge, long after an open stay began", method: "GET", path: "/Encounter?date=ge2027-07-02&_tag=urn:run|$R", differs: "an open period reaches into the future, R4 3.1.1.5.7; the other may look at its start"},
		{name: "a date: lt, before all", method: "GET", path: "/Encounter?date=lt2026-07-01&_tag=urn:run|$R"},
		{name: "a date: lt, between", method: "GET", path: "/Encounter?date=lt2026-07-02&_tag=urn:run|$R"},
		{name: "a date: a window", method: "GET", path: "/Encounter?date=ge2026-07-01&date=lt2026-07-02&_tag=urn:run|$R"},
		{name: "a date: a window of instants", method: "GET", path: "/Encounter?date=ge2026-07-01T08:00:00Z&date=lt2026-07-01T09:00:00Z&_tag=urn:run|$R"},
		{name: "a date of a note", method: "GET", path: "/DocumentReference?date=ge2026-11-02&date=lt2026-11-03&_tag=urn:run|$R"},
		{name: "a day of a note", method: "GET", path: "/DocumentReference?date=2026-11-02&_tag=urn:run|$R", differs: "eq of a day contains its instants, R4 3.1.1.5.7; the other may compare texts"},
		{name: "changed since long ago", method: "GET", path: "/Encounter?_lastUpdated=ge2020-01-01&_tag=urn:run|$R"},
		{name: "changed in the future", method: "GET", path: "/Encounter?_lastUpdated=ge2090-01-01&_tag=urn:run|$R"},
		{name: "a Flag's status", method: "GET", path: "/Flag?status=active", differs: "status is a parameter of Flag in R5, not in R4"},
		{name: "an unknown parameter", method: "GET", path: "/Patient?colour=blue"},
		{name: "a count of nothing", method: "GET", path: "/Encounter?_count=0&_tag=urn:run|$R"},
		{name: "a summary", method: "GET", path: "/Encounter?_summary=count&_tag=urn:run|$R"},
		{name: "sorted", method: "GET", path: "/Encounter?_sort=-_lastUpdated&_tag=urn:run|$R"},
		{name: "a search by POST", method: "POST", path: "/Patient/_search", body: "identifier=urn:pnr%7C1-$R", header: "Content-Type: application/x-www-form-urlencoded"},

		// What is written on conditions.
		{name: "a conditional create of what is there", method: "POST", path: "/Flag", header: "If-None-Exist: identifier=urn:f|f1-$R", body: `{"resourceType":"Flag",@TAG,"status":"active","code":{"text":"x"},"subject":{"reference":"Patient/1"},"identifier":[{"system":"urn:f","value":"f1-$R"}]}`},
		{name: "a conditional create of what is not", method: "POST", path: "/Flag", header: "If-None-Exist: identifier=urn:f|f3-$R", body: `{"resourceType":"Flag",@TAG,"status":"active","code":{"text":"x"},"subject":{"reference":"Patient/1"},"identifier":[{"system":"urn:f","value":"f3-$R"}]}`},
		{name: "a conditional create of what is ambiguous", method: "POST", path: "/Flag", header: "If-None-Exist: _tag=urn:run|$R", body: `{"resourceType":"Flag",@TAG,"status":"active","code":{"text":"x"},"subject":{"reference":"Patient/1"}}`},
		{name: "three Flags now", method: "GET", path: "/Flag?_tag=urn:run|$R"},
		{name: "an update of a stale version", method: "PUT", path: "/Flag/f2-$R", header: `If-Match: W/"999"`, body: `{"resourceType":"Flag","id":"f2-$R",@TAG,"status":"inactive","code":{"text":"x"},"subject":{"reference":"Patient/1"}}`},
		{name: "an update", method: "PUT", path: "/Flag/f2-$R", body: `{"resourceType":"Flag","id":"f2-$R",@TAG,"status":"inactive","code":{"text":"x"},"subject":{"reference":"Patient/1"}}`},
		{name: "an update under another id", method: "PUT", path: "/Flag/f2-$R", body: `{"resourceType":"Flag","id":"other","status":"inactive","code":{"text":"x"},"subject":{"reference":"Patient/1"}}`},
		{name: "its history", method: "GET", path: "/Flag/f2-$R/_history"},
		{name: "broken JSON", method: "POST", path: "/Flag", body: `{"resourceType":`},
		{name: "a resource of another type", method: "POST", path: "/Flag", body: `{"resourceType":"Patient"}`},
		{name: "a Flag without status", method: "POST", path: "/Flag", body: `{"resourceType":"Flag","code":{"text":"x"},"subject":{"reference":"Patient/1"}}`, differs: "422 or 400"},
		{name: "a Flag with an unknown element", method: "POST", path: "/Flag", body: `{"resourceType":"Flag","colour":"red","status":"active","code":{"text":"x"},"subject":{"reference":"Patient/1"}}`, differs: "422 or 400"},
		{name: "a Flag with a code instead of a category list", method: "POST", path: "/Flag", body: `{"resourceType":"Flag","category":{"text":"x"},"status":"active","code":{"text":"x"},"subject":{"reference":"Patient/1"}}`, differs: "422 or 400"},
		{name: "a Flag with an unknown status", method: "POST", path: "/Flag", body: `{"resourceType":"Flag","status":"perhaps","code":{"text":"x"},"subject":{"reference":"Patient/1"}}`, differs: "the other may not check codes"},
		{name: "a Task of another intent", method: "PUT", path: "/Task/t1-$R", body: `{"resourceType":"Task","id":"t1-$R",@TAG,"status":"requested","intent":"plan"}`, differs: "the other may not hold intent immutable"},
		{name: "a delete", method: "DELETE", path: "/Flag/f2-$R", differs: "204 or 200"},
		{name: "a read of what was deleted", method: "GET", path: "/Flag/f2-$R"},
		{name: "two Flags now", method: "GET", path: "/Flag?_tag=urn:run|$R"},

		// Transactions.
		{name: "a transaction", method: "POST", path: "", body: `{"resourceType":"Bundle","type":"transaction","entry":[
			{"fullUrl":"urn:uuid:6a4b1cde-0000-4000-8000-000000000001","resource":{"resourceType":"Patient",@TAG,"identifier":[{"system":"urn:pnr","value":"3-$R"}]},"request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=urn:pnr|3-$R"}},
			{"resource":{"resourceType":"Flag",@TAG,"status":"active","code":{"text":"x"},"subject":{"reference":"urn:uuid:6a4b1cde-0000-4000-8000-000000000001"},"identifier":[{"system":"urn:f","value":"f4-$R"}]},"request":{"method":"POST","url":"Flag","ifNoneExist":"identifier=urn:f|f4-$R"}}]}`},
		{name: "its Patient", method: "GET", path: "/Patient?identifier=urn:pnr|3-$R"},
		{name: "its Flag", method: "GET", path: "/Flag?identifier=urn:f|f4-$R"},
		{name: "a transaction that fails", method: "POST", path: "", body: `{"resourceType":"Bundle","type":"transaction","entry":[
			{"resource":{"resourceType":"Flag",@TAG,"status":"active","code":{"text":"x"},"subject":{"reference":"Patient/1"},"identifier":[{"system":"urn:f","value":"f5-$R"}]},"request":{"method":"POST","url":"Flag"}},
			{"resource":{"resourceType":"Flag","id":"f1-$R",@TAG,"status":"inactive","code":{"text":"x"},"subject":{"reference":"Patient/1"}},"request":{"method":"PUT","url":"Flag/f1-$R","ifMatch":"W/\"999\""}}]}`},
		{name: "it wrote nothing", method: "GET", path: "/Flag?identifier=urn:f|f5-$R"},
		{name: "a batch with one failure", method: "POST", path: "", body: `{"resourceType":"Bundle","type":"batch","entry":[
			{"resource":{"resourceType":"Flag",@TAG,"status":"active","code":{"text":"x"},"subject":{"reference":"Patient/1"},"identifier":[{"system":"urn:f","value":"f6-$R"}]},"request":{"method":"POST","url":"Flag"}},
			{"request":{"method":"GET","url":"Pet/1"}}]}`, differs: "an address that is none is 400 or 404"},
		{name: "a Bundle of another type", method: "POST", path: "", body: `{"resourceType":"Bundle","type":"collection"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := fill.Replace(row.path)
			body := plain.Replace(strings.ReplaceAll(row.body, "@TAG", `"meta":{"tag":[{"system":"urn:run","code":"$R"}]}`))
			var headers []string
			if row.header != "" {
				headers = []string{plain.Replace(row.header)}
			}
			a, b := ours.do(row.method, path, body, headers...), theirs.do(row.method, path, body, headers...)
			got, want := gist(a), gist(b)
			switch {
			case got == want:
			case row.differs != "":
				t.Logf("sandbox: %s; the other: %s (%s)", got, want, row.differs)
			default:
				t.Errorf("sandbox: %s; the other: %s\n%.400s", got, want, b.raw)
			}
		})
	}
}

// gist is what two servers must agree on: the status, and how much a Bundle holds.
func gist(r reply) string {
	out := fmt.Sprint("status ", r.status)
	if r.status == 200 && r.body["resourceType"] == "Bundle" {
		if total, ok := r.body["total"]; ok {
			out += fmt.Sprint(", total ", total)
		}
		out += fmt.Sprint(", entries ", len(r.entries("resource")))
		if s := statuses(r); len(s) > 0 && r.body["type"] != "history" { // R4 does not demand responses there
			out += ", responses"
			for code := range strings.FieldsSeq(s) {
				out += " " + code[:3]
			}
		}
	}
	return out
}
