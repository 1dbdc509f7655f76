package sandbox

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// post, put and del are entries of a Bundle; extra are further members of the request.
func post(fullURL, resource string, extra ...string) string {
	typ := strings.Split(strings.Split(resource, `"resourceType":"`)[1], `"`)[0]
	return fmt.Sprintf(`{"fullUrl":%q,"resource":%s,"request":{"method":"POST","url":%q%s}}`, fullURL, resource, typ, strings.Join(extra, ""))
}

func put(address, resource string, extra ...string) string {
	return fmt.Sprintf(`{"resource":%s,"request":{"method":"PUT","url":%q%s}}`, resource, address, strings.Join(extra, ""))
}

func other(method, address string) string {
	return fmt.Sprintf(`{"request":{"method":%q,"url":%q}}`, method, address)
}

func bundled(typ string, entries ...string) string {
	return fmt.Sprintf(`{"resourceType":"Bundle","type":%q,"entry":[%s]}`, typ, strings.Join(entries, ","))
}

func ifNone(value string) string { return `,"ifNoneExist":"identifier=urn:f|` + value + `"` }

// statuses are those of a response Bundle, joined.
func statuses(r reply) string {
	var out []string
	for _, e := range r.entries("response") {
		if status, ok := e["status"].(string); ok {
			out = append(out, strings.Fields(status)[0])
		}
	}
	return strings.Join(out, " ")
}

func TestATransactionIsDoneWhole(t *testing.T) {
	s, c := started(t, Options{})
	load(t, s, flag("old", "active"), flag("away", "active"))
	task := `{"resourceType":"Task","status":"requested","intent":"order","for":{"reference":"urn:uuid:p"},"focus":{"reference":"urn:uuid:f"},
		"owner":{"reference":"Organization/1"},"note":[{"text":"urn:uuid:p"}],"extension":[{"url":"urn:x","valueUri":"urn:uuid:f"}]}`
	r := c.want(200, "POST", "", bundled("transaction",
		put("Flag/old", flag("old", "inactive"), `,"ifMatch":"W/\"1\""`),
		post("urn:uuid:t", task),
		post("urn:uuid:f", unnumbered("f1"), ifNone("f1")),
		post("urn:uuid:p", `{"resourceType":"Patient"}`),
		other("DELETE", "Flag/away"),
		other("GET", "Flag?identifier=urn:f%7Cf1"),
		put("Flag/new", flag("new", "active")),
	))
	if got := statuses(r); got != "200 201 201 201 204 200 201" || r.body["type"] != "transaction-response" {
		t.Fatalf("statuses %s of %v", got, r.body["type"])
	}
	e := r.entries("response")
	if e[0]["etag"] != `W/"2"` || e[0]["location"] != c.base+"/Flag/old/_history/2" || e[0]["lastModified"] != "2026-11-21T01:30:00.000Z" {
		t.Errorf("response %v", e[0])
	}
	patientID := strings.Split(e[3]["location"].(string), "/")
	flagID := strings.Split(e[2]["location"].(string), "/")
	pid, fid := patientID[len(patientID)-3], flagID[len(flagID)-3]
	tasks := c.want(200, "GET", "/Task?patient="+pid+"&focus=Flag/"+fid, "").entries("resource")
	if len(tasks) != 1 {
		t.Fatalf("%d Tasks refer to what the transaction created", len(tasks))
	}
	got := tasks[0]
	if got["note"].([]any)[0].(map[string]any)["text"] != "urn:uuid:p" || got["extension"].([]any)[0].(map[string]any)["valueUri"] != "Flag/"+fid {
		t.Errorf("references are rewritten and text is not: %v", got)
	}
	found := r.entries("resource")[5]
	if found["total"] != 1.0 {
		t.Errorf("a read comes after the writes: %v", found)
	}
	c.want(410, "GET", "/Flag/away", "")

	writes := s.Requests()
	if want := map[string]int{"update Flag": 1, "create Task": 1, "create Flag": 2, "create Patient": 1, "delete Flag": 1}; !reflect.DeepEqual(writes.Writes, want) {
		t.Errorf("writes %v, want %v", writes.Writes, want)
	}
	if writes.Entries["POST Flag"] != 1 || writes.Entries["PUT Flag"] != 2 || writes.Requests["POST "] != 1 || writes.Written() != 6 {
		t.Errorf("counts %+v", writes)
	}
	s.ResetRequests()

	c.want(200, "POST", "", bundled("transaction", post("urn:uuid:a", unnumbered("f1"), ifNone("f1"))))
	if n := s.Requests().Writes["create Flag"]; n != 0 {
		t.Errorf("a conditional create that finds one wrote %d", n)
	}
}

func TestAConditionalCreateInATransactionAnswersWhatIsThere(t *testing.T) {
	s, c := started(t, Options{})
	load(t, s, flag("f1", "active"))
	r := c.want(200, "POST", "", bundled("transaction",
		post("urn:uuid:a", unnumbered("f1"), ifNone("f1")),
		post("urn:uuid:b", unnumbered("f2"), ifNone("f2")),
		post("urn:uuid:c", unnumbered("f2"), ifNone("f2")),
		post("urn:uuid:d", `{"resourceType":"Task","status":"requested","intent":"order","focus":{"reference":"urn:uuid:a"},"basedOn":[{"reference":"urn:uuid:c"}]}`),
	), "Prefer: return=representation")
	if got := statuses(r); got != "200 201 200 201" {
		t.Fatalf("statuses %s", got)
	}
	res := r.entries("resource")
	if res[0]["id"] != "f1" || res[1]["id"] != res[2]["id"] {
		t.Errorf("resources %v", res)
	}
	if ref := res[3]["focus"].(map[string]any)["reference"]; ref != "Flag/f1" {
		t.Errorf("the reference became %v", ref)
	}
	if ref := res[3]["basedOn"].([]any)[0].(map[string]any)["reference"]; ref != "Flag/"+res[1]["id"].(string) {
		t.Errorf("the reference became %v", ref)
	}
	if len(s.All("Flag")) != 2 {
		t.Errorf("%d Flags, want 2", len(s.All("Flag")))
	}
}

func TestConditionalReferencesAreResolved(t *testing.T) {
	s, c := started(t, Options{})
	load(t, s, records...)
	task := func(who string) string {
		return bundled("transaction", post("", `{"resourceType":"Task","status":"requested","intent":"order","for":{"reference":"Patient?identifier=`+who+`"}}`))
	}
	r := c.want(200, "POST", "", task("urn:pnr|181902238292"), "Prefer: return=representation")
	if ref := r.entries("resource")[0]["for"].(map[string]any)["reference"]; ref != "Patient/p1" {
		t.Errorf("became %v", ref)
	}
	c.want(412, "POST", "", task("urn:pnr|nobody"))
	c.want(412, "POST", "", task("urn:pnr|"))
	c.want(400, "POST", "", strings.Replace(task("x"), "identifier", "colour", 1))
}

func TestATransactionThatFailsLeavesNothing(t *testing.T) {
	good := []string{
		put("Flag/old", flag("old", "inactive")), other("DELETE", "Flag/away"), post("urn:uuid:1", unnumbered("n1")),
		put("Flag/back", flag("back", "active")), put("Task/first", `{"resourceType":"Task","id":"first","status":"requested","intent":"order"}`),
	}
	for _, row := range []struct {
		name, bad string
		status    int
	}{
		{"a stale version", put("Flag/stale", flag("stale", "inactive"), `,"ifMatch":"W/\"9\""`), 412},
		{"an ambiguous condition", post("", unnumbered("x"), `,"ifNoneExist":"subject=Patient/p1"`), 412},
		{"an unknown condition", post("", unnumbered("x"), `,"ifNoneExist":"colour=1"`), 400},
		{"a resource that is refused", post("", `{"resourceType":"Flag","status":"perhaps"}`), 422},
		{"a resource of another type", put("Task/1", flag("1", "active")), 400},
		{"an id that is another", put("Flag/1", flag("2", "active")), 400},
		{"the same resource twice", put("Flag/old", flag("old", "active")), 400},
		{"the same resource by a condition", put("Flag?identifier=urn:f%7Cold", flag("old", "active")), 400},
		{"an ambiguous conditional update", put("Flag?subject=Patient/p1", flag("old", "active")), 412},
		{"a reference to nowhere", post("", strings.Replace(unnumbered("x"), "Patient/p1", "urn:uuid:none", 1)), 400},
		{"a method that is none", other("BREW", "Flag/1"), 400},
		{"a patch", other("PATCH", "Flag/1"), 400},
		{"a read of what is not there", other("GET", "Flag/none"), 404},
		{"an address that is none", other("PUT", "Flag/1/2/3"), 404},
		{"a post to a resource", strings.Replace(post("", unnumbered("x")), `"url":"Flag"`, `"url":"Flag/1"`, 1), 405},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, c := started(t, Options{})
			load(t, s, flag("old", "active"), flag("away", "active"), flag("stale", "active"), flag("back", "active"))
			s.Delete("Flag/back")
			before, history := dump(t, s), c.want(200, "GET", "/Flag/_history", "").raw
			entries := append(good[:len(good):len(good)], row.bad)
			r := c.want(row.status, "POST", "", bundled("transaction", entries...))
			if !strings.Contains(r.raw, "Bundle.entry[5]") {
				t.Errorf("the outcome must name the entry: %s", r.raw)
			}
			if after := dump(t, s); after != before {
				t.Errorf("something was written\nbefore %s\n after %s", before, after)
			}
			if after := c.want(200, "GET", "/Flag/_history", "").raw; after != history {
				t.Errorf("the history changed\nbefore %s\n after %s", history, after)
			}
			if n := s.Requests().Written(); n != 0 {
				t.Errorf("%d writes are counted", n)
			}
			for search, want := range map[string]string{
				"Flag?identifier=urn:f%7Cold&subject=p1": "old", "Flag?identifier=urn:f%7Cback": "", "Flag?identifier=urn:f%7Cn1": "", "Task?status=requested": "",
				"Flag?_lastUpdated=ge2020": "old away stale",
			} {
				if got := c.want(200, "GET", "/"+search, "").ids(); got != want {
					t.Errorf("%s finds %q, want %q", search, got, want)
				}
			}
			c.want(200, "POST", "", bundled("transaction", good...))
			if s.Version("Flag/old") != 2 || s.Version("Flag/back") != 3 {
				t.Errorf("versions %d and %d after the repeated transaction", s.Version("Flag/old"), s.Version("Flag/back"))
			}
		})
	}
}

func dump(t *testing.T, s *Server) string {
	t.Helper()
	var b strings.Builder
	if err := s.Dump(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestATerseServerDoesNotSayWhichEntryFailed(t *testing.T) {
	s, c := started(t, Options{Terse: true})
	load(t, s, flag("a", "active"), flag("b", "active"))
	r := c.want(412, "POST", "", bundled("transaction", put("Flag/a", flag("a", "inactive")), put("Flag/b", flag("b", "inactive"), `,"ifMatch":"W/\"4\""`)))
	if strings.Contains(r.raw, "entry") || strings.Contains(r.raw, "If-Match") {
		t.Errorf("says %s", r.raw)
	}
}

func TestABundleThatIsTooLargeIsRefused(t *testing.T) {
	for _, status := range []int{413, 400} {
		s, c := started(t, Options{MaxTransaction: 2, TransactionRefusal: status})
		three := []string{post("", unnumbered("1")), post("", unnumbered("2")), post("", unnumbered("3"))}
		c.want(status, "POST", "", bundled("transaction", three...))
		c.want(status, "POST", "", bundled("batch", three...))
		if len(s.All("Flag")) != 0 {
			t.Error("something was written")
		}
		c.want(200, "POST", "", bundled("transaction", three[:2]...))
	}
}

func TestTheEntriesOfABatchStandAlone(t *testing.T) {
	s, c := started(t, Options{})
	load(t, s, flag("a", "active"), flag("b", "active"))
	r := c.want(200, "POST", "", bundled("batch",
		put("Flag/a", flag("a", "inactive"), `,"ifMatch":"W/\"7\""`),
		put("Flag/b", flag("b", "inactive"), `,"ifMatch":"W/\"1\""`),
		post("", unnumbered("c"), ifNone("c")),
		post("", unnumbered("c"), ifNone("c")),
		post("", `{"resourceType":"Flag"}`),
		other("GET", "Flag?status:missing=true"),
		other("GET", "Flag/b"),
		other("DELETE", "Flag/a"),
		other("GET", "Pet/1"),
		`{}`,
	))
	if got := statuses(r); got != "412 200 201 200 422 400 200 204 400 400" || r.body["type"] != "batch-response" {
		t.Errorf("statuses %s of %v", got, r.body["type"])
	}
	e := r.entries("response")
	if e[0]["outcome"].(map[string]any)["resourceType"] != "OperationOutcome" || e[2]["location"] != e[3]["location"] {
		t.Errorf("responses %v", e)
	}
	if r.entries("resource")[6]["status"] != "inactive" {
		t.Error("a batch is done in its order")
	}
	if n := s.Requests().Written(); n != 3 {
		t.Errorf("%d writes, want 3", n)
	}
}

func TestABundleThatIsNoneIsRefused(t *testing.T) {
	_, c := started(t, Options{})
	for _, row := range []struct {
		name, body string
		status     int
	}{
		{"broken", `{`, 400},
		{"another resource", patient, 400},
		{"a document", bundled("document"), 400},
		{"an entry without request", bundled("transaction", `{"resource":`+patient+`}`), 400},
		{"an entry elsewhere", bundled("transaction", other("GET", "https://elsewhere.example/fhir/Patient/1")), 400},
		{"an entry of no type", bundled("transaction", other("GET", "Pet/1")), 400},
		{"a Bundle in a Bundle", bundled("transaction", other("POST", "/")), 400},
		{"nothing in it", bundled("transaction"), 200},
		{"an entry by absolute address", bundled("transaction", other("GET", c.base+"/Patient")), 200},
	} {
		t.Run(row.name, func(t *testing.T) { c.want(row.status, "POST", "", row.body) })
	}
}

func TestADocumentKeepsItsOwnReferences(t *testing.T) {
	_, c := started(t, Options{})
	document := `{"resourceType":"Bundle","type":"document","identifier":{"system":"urn:d","value":"1"},"entry":[{"fullUrl":"urn:uuid:p","resource":{"resourceType":"Composition","subject":{"reference":"urn:uuid:p"}}}]}`
	r := c.want(200, "POST", "", bundled("transaction", post("urn:uuid:p", document, `,"ifNoneExist":"identifier=urn:d|1"`)), "Prefer: return=representation")
	if !strings.Contains(r.raw, `"subject":{"reference":"urn:uuid:p"}`) {
		t.Errorf("the document was changed: %s", r.raw)
	}
	c.want(200, "POST", "/Bundle", document, "If-None-Exist: identifier=urn:d|1")
}
