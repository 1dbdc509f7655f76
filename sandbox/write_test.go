package sandbox

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

const patient = `{"resourceType":"Patient","id":"p1","birthDate":"1939-02-23"}`

func TestWhatIsWrittenIsReadBackAsItWas(t *testing.T) {
	k := newClock()
	_, c := started(t, Options{Clock: k.now})
	body := `{"resourceType":"Observation","id":"ignored","meta":{"versionId":"77","lastUpdated":"2001-01-01T00:00:00Z","tag":[{"code":"kept"}]},` +
		`"status":"final","code":{"text":"å\u00e4 <b> & \ud83d\ude00"},"_issued":{"extension":[{"url":"urn:x","valueBoolean":true}]},` +
		`"component":[{"code":{"text":"n"},"valueQuantity":{"value":1.500e2}}],"contained":[{"resourceType":"Patient","id":"c"}]}`
	made := c.want(201, "POST", "/Observation", body)
	id := made.body["id"].(string)
	if id == "ignored" || len(id) != 36 {
		t.Errorf("the server gives the id, not %s", id)
	}
	if got, want := made.header.Get("Location"), c.base+"/Observation/"+id+"/_history/1"; got != want {
		t.Errorf("Location %s, want %s", got, want)
	}
	if made.header.Get("ETag") != `W/"1"` || made.header.Get("Last-Modified") != "Sat, 21 Nov 2026 01:30:00 GMT" {
		t.Errorf("headers %v", made.header)
	}
	if got := made.header.Get("Content-Type"); got != "application/fhir+json; charset=utf-8" {
		t.Errorf("Content-Type %s", got)
	}
	read := c.want(200, "GET", "/Observation/"+id, "")
	want := `{"resourceType":"Observation","id":"` + id + `","meta":{"versionId":"1","lastUpdated":"2026-11-21T01:30:00.000Z","tag":[{"code":"kept"}]},` + body[strings.Index(body, `"status"`):]
	if read.raw != want {
		t.Errorf("read back\n got %s\nwant %s", read.raw, want)
	}
	if r := c.want(304, "GET", "/Observation/"+id, "", `If-None-Match: W/"1"`); r.raw != "" {
		t.Error("304 has no body")
	}
	if r := c.want(200, "HEAD", "/Observation/"+id, ""); r.raw != "" || r.header.Get("ETag") == "" {
		t.Error("HEAD has the headers of GET and no body")
	}
}

func TestAnUpdateMakesTheNextVersion(t *testing.T) {
	k := newClock()
	s, c := started(t, Options{Clock: k.now})
	if r := c.want(201, "PUT", "/Patient/p1", patient); r.header.Get("ETag") != `W/"1"` {
		t.Errorf("ETag %s", r.header.Get("ETag"))
	}
	k.advance(time.Minute)
	r := c.want(200, "PUT", "/Patient/p1", `{"resourceType":"Patient","id":"p1","active":false}`, `If-Match: W/"1"`)
	if r.header.Get("ETag") != `W/"2"` || r.body["birthDate"] != nil || r.body["meta"].(map[string]any)["lastUpdated"] != "2026-11-21T01:31:00.000Z" {
		t.Errorf("got %s", r.raw)
	}
	c.want(412, "PUT", "/Patient/p1", patient, `If-Match: W/"1"`)
	c.want(412, "PUT", "/Patient/nobody", strings.Replace(patient, "p1", "nobody", 1), `If-Match: W/"1"`)
	c.want(200, "PUT", "/Patient/p1", patient, `If-Match: "2"`)
	c.want(200, "PUT", "/Patient/p1", patient, `If-Match: *`)
	c.want(200, "PUT", "/Patient/p1", patient, `If-Match: W/"9", W/"4"`)
	c.want(400, "PUT", "/Patient/p2", patient)
	c.want(400, "PUT", "/Patient/p1", `{"resourceType":"Patient"}`)
	if v := s.Version("Patient/p1"); v != 5 {
		t.Errorf("version %d, want 5", v)
	}
	if r := c.want(200, "GET", "/Patient/p1/_history/2", ""); r.body["active"] != false {
		t.Errorf("vread gives %s", r.raw)
	}
}

func TestWhatIsDeletedIsGoneAndCanComeBack(t *testing.T) {
	s, c := started(t, Options{})
	c.want(201, "PUT", "/Patient/p1", patient)
	c.want(412, "DELETE", "/Patient/p1", "", `If-Match: W/"7"`)
	if r := c.want(204, "DELETE", "/Patient/p1", ""); r.header.Get("ETag") != `W/"2"` {
		t.Errorf("ETag %s", r.header.Get("ETag"))
	}
	c.want(410, "GET", "/Patient/p1", "")
	c.want(404, "GET", "/Patient/p2", "")
	c.want(204, "DELETE", "/Patient/p1", "")
	c.want(204, "DELETE", "/Patient/p2", "")
	if ids, _ := c.all("/Patient"); len(ids) != 0 {
		t.Errorf("a search finds %v", ids)
	}
	if _, there := s.Get("Patient/p1"); there || s.Delete("Patient/p1") || s.Version("Patient/p1") != 0 {
		t.Error("it is still there")
	}
	if r := c.want(201, "PUT", "/Patient/p1", patient); r.header.Get("ETag") != `W/"3"` {
		t.Errorf("it comes back as version %s", r.header.Get("ETag"))
	}
	if ids, _ := c.all("/Patient?birthdate=1939-02-23"); len(ids) != 1 {
		t.Errorf("a search finds %v", ids)
	}
}

func TestWithoutUpdateCreateAPutNeedsWhatItUpdates(t *testing.T) {
	_, c := started(t, Options{NoUpdateCreate: true})
	c.want(404, "PUT", "/Patient/p1", patient)
	id := c.want(201, "POST", "/Patient", patient).body["id"].(string)
	c.want(200, "PUT", "/Patient/"+id, strings.Replace(patient, "p1", id, 1))
}

func TestConditionalWrites(t *testing.T) {
	s, c := started(t, Options{})
	two := unnumbered
	first := c.want(201, "POST", "/Flag", two("1"), "If-None-Exist: identifier=urn:f|1")
	again := c.want(200, "POST", "/Flag", two("1"), "If-None-Exist: identifier=urn:f|1")
	if again.header.Get("Location") != first.header.Get("Location") || again.body["id"] != first.body["id"] {
		t.Errorf("the second create answers %s", again.raw)
	}
	c.want(200, "POST", "/Flag", two("1"), "If-None-Exist: Flag?identifier=urn%3Af%7C1")
	c.want(201, "POST", "/Flag", two("1"))
	c.want(412, "POST", "/Flag", two("1"), "If-None-Exist: identifier=urn:f|1")
	c.want(412, "POST", "/Flag", two("1"), "If-None-Exist: _count=1")
	c.want(400, "POST", "/Flag", two("1"), "If-None-Exist: colour=1")
	c.want(400, "POST", "/Flag", two("1"), "If-None-Exist: identifier=%zz")
	c.want(412, "PUT", "/Flag?identifier=urn:f%7C1", two("1"))
	c.want(412, "DELETE", "/Flag?identifier=urn:f%7C1", "")

	made := c.want(201, "PUT", "/Flag?identifier=urn:f%7C2", two("2"))
	id := made.body["id"].(string)
	if r := c.want(200, "PUT", "/Flag?identifier=urn:f%7C2", two("2")); r.body["id"] != id || r.header.Get("ETag") != `W/"2"` {
		t.Errorf("a conditional update makes %s", r.raw)
	}
	c.want(412, "PUT", "/Flag?identifier=urn:f%7C2", two("2"), `If-Match: W/"1"`)
	c.want(422, "PUT", "/Flag?identifier=urn:f%7C2", `{"resourceType":"Flag"}`)
	c.want(400, "PUT", "/Flag?identifier=urn:f%7C2", flag("other", "active"))
	c.want(201, "PUT", "/Flag?identifier=urn:f%7Cown", flag("own", "active"))
	c.want(409, "PUT", "/Flag?identifier=urn:f%7Cnone", flag("own", "active"))
	c.want(422, "PUT", "/Flag?identifier=urn:f%7Cnone", flag("not/well", "active"))
	c.want(400, "PUT", "/Flag?colour=1", two("2"))
	c.want(204, "DELETE", "/Flag?identifier=urn:f%7C2", "")
	c.want(204, "DELETE", "/Flag?identifier=urn:f%7C2", "")
	c.want(410, "GET", "/Flag/"+id, "")
	c.want(201, "POST", "/Flag", two("2"), "If-None-Exist: identifier=urn:f|2")
	if n := s.Requests().Writes["create Flag"]; n != 5 {
		t.Errorf("%d creates are counted, want 5", n)
	}
}

func TestOfConditionalCreatesAtOnceOneWrites(t *testing.T) {
	s, c := started(t, Options{})
	body := unnumbered("1")
	bundle := `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":` + body + `,"request":{"method":"POST","url":"Flag","ifNoneExist":"identifier=urn:f|1"}}]}`
	var wg sync.WaitGroup
	var mu sync.Mutex
	statuses := map[string]int{}
	for i := range 40 {
		wg.Go(func() {
			var r reply
			var err error
			status := ""
			if i%2 == 0 {
				r, err = c.try("POST", "/Flag", body, "If-None-Exist: identifier=urn:f|1")
				status = fmt.Sprint(r.status)
			} else {
				r, err = c.try("POST", "", bundle)
				if e := r.entries("response"); len(e) == 1 {
					status = fmt.Sprint(e[0]["status"])[:3]
				}
			}
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			statuses[status]++
		})
	}
	wg.Wait()
	if statuses["201"] != 1 || statuses["200"] != 39 {
		t.Errorf("statuses %v, want one 201 and 39 of 200", statuses)
	}
	if n := len(s.All("Flag")); n != 1 {
		t.Errorf("%d Flags, want 1", n)
	}
}

func TestOfUpdatesOfOneVersionAtOnceOneWins(t *testing.T) {
	s, c := started(t, Options{})
	load(t, s, flag("a", "active"))
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 20 {
		wg.Go(func() {
			r, err := c.try("PUT", "/Flag/a", flag("a", "inactive"), `If-Match: W/"1"`)
			if err != nil || r.status != 200 && r.status != 412 {
				t.Errorf("status %d, %v", r.status, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if r.status == 200 {
				won++
			}
		})
		wg.Go(func() { // searching meanwhile
			if _, err := c.try("GET", "/Flag?identifier=urn:f%7Ca&_lastUpdated=ge2020", ""); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won != 1 || s.Version("Flag/a") != 2 {
		t.Errorf("%d updates won, and the version is %d", won, s.Version("Flag/a"))
	}
}

func TestWhatARequestMayPrefer(t *testing.T) {
	_, c := started(t, Options{})
	if r := c.want(201, "POST", "/Patient", patient, "Prefer: return=minimal"); r.raw != "" || r.header.Get("Location") == "" {
		t.Errorf("minimal answers %q", r.raw)
	}
	if r := c.want(201, "POST", "/Patient", patient, "Prefer: return=OperationOutcome"); r.body["resourceType"] != "OperationOutcome" {
		t.Errorf("answers %s", r.raw)
	}
}

func TestARequestThatIsNotFHIRIsRefused(t *testing.T) {
	_, c := started(t, Options{MaxBody: 1000})
	for _, row := range []struct {
		name, method, path, body string
		status                   int
		headers                  []string
	}{
		{"broken JSON", "POST", "/Patient", `{"resourceType":"Patient"`, 400, nil},
		{"an element twice", "POST", "/Patient", `{"resourceType":"Patient","active":true,"active":false}`, 400, nil},
		{"not UTF-8", "POST", "/Patient", "{\"resourceType\":\"Patient\",\"language\":\"\xff\"}", 400, nil},
		{"no object", "POST", "/Patient", `[]`, 400, nil},
		{"no body", "POST", "/Patient", ``, 415, nil},
		{"an empty body", "POST", "/Patient", ``, 400, []string{"Content-Type: application/json"}},
		{"another type", "POST", "/Patient", `{"resourceType":"Flag"}`, 400, nil},
		{"XML", "POST", "/Patient", `<Patient/>`, 415, []string{"Content-Type: application/fhir+xml"}},
		{"another charset", "POST", "/Patient", patient, 415, []string{"Content-Type: application/fhir+json; charset=iso-8859-1"}},
		{"UTF-8 said", "POST", "/Patient", patient, 201, []string{"Content-Type: application/fhir+json; charset=UTF-8"}},
		{"plain JSON", "POST", "/Patient", patient, 201, []string{"Content-Type: application/json"}},
		{"a body that is too long", "POST", "/Patient", `{"resourceType":"Patient","x":"` + strings.Repeat("x", 1000) + `"}`, 413, nil},
		{"XML wanted", "GET", "/Patient", "", 406, []string{"Accept: application/fhir+xml"}},
		{"one of several wanted", "GET", "/Patient", "", 200, []string{"Accept: text/html, application/fhir+json;q=0.9"}},
		{"a search in JSON", "POST", "/Patient/_search", `{}`, 415, nil},
		{"a search with nothing", "POST", "/Patient/_search", "", 200, nil},
		{"a search with a broken form", "POST", "/Patient/_search", "a=%zz", 400, []string{"Content-Type: application/x-www-form-urlencoded"}},
		{"a type that is none", "POST", "/Pet", `{"resourceType":"Pet"}`, 404, nil},
		{"an id that is none", "GET", "/Patient/a_b", "", 404, nil},
		{"an address too long", "GET", "/Patient/1/_history/1/2", "", 404, nil},
		{"a patch", "PATCH", "/Patient/p1", "", 405, nil},
		{"a post to a resource", "POST", "/Patient/p1", patient, 405, nil},
		{"a search by GET of _search", "GET", "/Patient/_search", "", 405, nil},
		{"a method that is none", "BREW", "/Patient", "", 405, nil},
		{"the system's history", "GET", "/_history", "", 404, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := c.want(row.status, row.method, row.path, row.body, row.headers...)
			if row.status == 405 && r.header.Get("Allow") == "" {
				t.Error("405 must say what is allowed")
			}
		})
	}
	c.base = strings.TrimSuffix(c.base, BasePath)
	c.want(404, "GET", "/", "")
	c.want(404, "GET", "/fhirs/Patient", "")
}

func TestATokenIsDemandedWhereOneIsSet(t *testing.T) {
	_, c := started(t, Options{Token: "s3cret"})
	if r := c.want(401, "GET", "/Patient", ""); r.header.Get("WWW-Authenticate") == "" {
		t.Error("401 must say how to sign in")
	}
	c.want(401, "GET", "/Patient", "", "Authorization: Bearer other")
	c.want(401, "POST", "/Patient", patient, "Authorization: Basic s3cret")
	c.want(200, "GET", "/Patient", "", "Authorization: Bearer s3cret")
	c.want(200, "GET", "/metadata", "")
}

func TestTheCapabilityStatementSaysWhatIsTrue(t *testing.T) {
	_, c := started(t, Options{Token: "s3cret", NoUpdateCreate: true})
	r := c.want(200, "GET", "/metadata", "")
	rest := r.body["rest"].([]any)[0].(map[string]any)
	types := rest["resource"].([]any)
	if r.body["fhirVersion"] != "4.0.1" || len(types) != len(defs()) || rest["security"] == nil {
		t.Errorf("version %v, %d types", r.body["fhirVersion"], len(types))
	}
	auth := "Authorization: Bearer s3cret"
	for _, one := range types {
		m := one.(map[string]any)
		typ := m["type"].(string)
		if m["conditionalCreate"] != true || m["updateCreate"] != false {
			t.Fatalf("%s: %v", typ, m)
		}
		for _, p := range m["searchParam"].([]any) {
			name, kind := p.(map[string]any)["name"].(string), p.(map[string]any)["type"].(string)
			c.want(200, "GET", "/"+typ+"?"+name+"="+map[string]string{"date": "2026", "reference": "Patient/1"}[kind]+map[string]string{"token": "x", "uri": "x"}[kind], "", auth)
		}
		if includes, ok := m["searchInclude"].([]any); ok {
			c.want(200, "GET", "/"+typ+"?_include="+includes[0].(string), "", auth)
		}
	}
}
