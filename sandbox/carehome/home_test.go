package carehome

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const (
	handover = "5f0c8e0a-7a4e-4d5c-8b3f-2d1e0c9b8a7f"
	bundle   = `{"resourceType":"Bundle","identifier":{"system":"urn:ietf:rfc:3986","value":"urn:uuid:` + handover + `"},"type":"document",
		"timestamp":"2026-11-21T12:00:00+01:00","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Composition","status":"final","title":"Överlämning",
		"section":[{"title":"Genomförandeplan"},{"title":"Risker"}]}},{"resource":{"resourceType":"CarePlan","id":"1"}}]}`
	aTask = `{"resourceType":"Task","identifier":[{"system":"https://brygga.example/fhir/handover","value":"` + handover + `"}],"status":"requested",
		"intent":"order","focus":{"reference":"Bundle/x"},"authoredOn":"2026-11-21T11:00:00Z","lastModified":"2026-11-21T11:00:00Z"}`
	own = `{"resourceType":"Task","identifier":[{"system":"urn:own","value":"1"}],"status":"requested","intent":"order"}`
)

// client speaks to a home's server as any sender does.
type client struct {
	t   *testing.T
	url string
}

func started(t *testing.T) (*Home, client) {
	t.Helper()
	h := New(Options{Clock: func() time.Time { return noon }, Token: "care-home-token"})
	base, stop, err := h.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return h, client{t, base}
}

func (c client) do(method, path, body string, header ...string) (int, http.Header, map[string]any) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer care-home-token")
	if body != "" {
		req.Header.Set("Content-Type", "application/fhir+json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	var v map[string]any
	if len(raw) > 0 && json.Unmarshal(raw, &v) != nil {
		c.t.Fatalf("%s %s is answered with no JSON", method, path)
	}
	return resp.StatusCode, resp.Header, v
}

func condition(identifier string) string {
	return url.Values{"identifier": {identifier}}.Encode()
}

// What a sender relies on of a care home's server.
func TestDocumentsAreTakenOnce(t *testing.T) {
	h, c := started(t)
	once := condition("urn:ietf:rfc:3986|urn:uuid:" + handover)
	status, header, _ := c.do("POST", "/Bundle", bundle, "If-None-Exist", once)
	if status != 201 || !strings.HasPrefix(header.Get("Location"), c.url+"/Bundle/") {
		t.Fatalf("the first is answered %d, %q", status, header.Get("Location"))
	}
	status, again, _ := c.do("POST", "/Bundle", bundle, "If-None-Exist", once)
	if status != 200 || again.Get("Location") != header.Get("Location") {
		t.Errorf("the second is answered %d, %q", status, again.Get("Location"))
	}
	status, _, found := c.do("GET", "/Bundle?"+once, "")
	if status != 200 || found["total"] != 1.0 {
		t.Errorf("the search gives %d, %v", status, found["total"])
	}
	status, _, found = c.do("POST", "/Bundle/_search", once, "Content-Type", "application/x-www-form-urlencoded")
	if status != 200 || found["total"] != 1.0 {
		t.Errorf("the search by POST gives %d, %v", status, found["total"])
	}
	docs := h.Documents()
	if len(docs) != 1 || docs[0].Handover != handover || docs[0].Title != "Överlämning" || docs[0].Entries != 2 || strings.Join(docs[0].Sections, ",") != "Genomförandeplan,Risker" {
		t.Fatalf("the care home has %+v", docs)
	}
	var entry struct{ Entry json.RawMessage }
	if err := json.Unmarshal(docs[0].JSON, &entry); err != nil || !bytes.Contains(entry.Entry, []byte(`"fullUrl":"urn:uuid:1"`)) {
		t.Errorf("the document changed: %s, %v", entry.Entry, err)
	}
}

func TestWhoHasNoTokenIsNotLetIn(t *testing.T) {
	h, c := started(t)
	for _, path := range []string{"/Bundle", "/Task"} {
		if status, _, _ := c.do("GET", path, "", "Authorization", "Bearer of-the-municipality"); status != 401 {
			t.Errorf("GET %s is answered %d", path, status)
		}
	}
	if status, _, _ := c.do("POST", "/Bundle", bundle, "Authorization", "Bearer x"); status != 401 || len(h.Documents()) != 0 {
		t.Errorf("a document is answered %d", status)
	}
	if status, _, can := c.do("GET", "/metadata", "", "Authorization", ""); status != 200 || can["fhirVersion"] != "4.0.1" {
		t.Errorf("metadata is answered %d", status)
	}
}

func TestStaffAnswerTasks(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     func(h *Home, task string) error
		status string
		reason string
	}{
		{"they accept", (*Home).Accept, "accepted", ""},
		{"they complete", (*Home).Complete, "completed", ""},
		{"they reject, and say why", func(h *Home, task string) error { return h.Reject(task, "Platsen är tackad nej till") }, "rejected", "Platsen är tackad nej till"},
		{"they accept, and complete later", func(h *Home, task string) error {
			if err := h.Accept(task); err != nil {
				return err
			}
			return h.Complete(task)
		}, "completed", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, s := started(t)
			_, _, made := s.do("POST", "/Task", aTask)
			_, _, _ = s.do("POST", "/Task", own)
			tasks := h.Tasks()
			if len(tasks) != 1 || tasks[0].Handover != handover || tasks[0].Document != "Bundle/x" || tasks[0].Status != "requested" {
				t.Fatalf("the Tasks are %+v", tasks)
			}
			if err := c.do(h, tasks[0].Ref); err != nil {
				t.Fatal(err)
			}
			if got := h.Tasks()[0]; got.Status != c.status || got.Reason != c.reason {
				t.Errorf("it is %+v", got)
			}
			_, _, now := s.do("GET", "/"+tasks[0].Ref, "")
			if now["lastModified"] != "2026-11-21T12:00:00Z" {
				t.Errorf("lastModified is %v", now["lastModified"])
			}
			// Who read it before they answered cannot write over it.
			made["status"] = "cancelled"
			body, err := json.Marshal(made)
			if err != nil {
				t.Fatal(err)
			}
			if status, _, _ := s.do("PUT", "/"+tasks[0].Ref, string(body), "If-Match", `W/"1"`); status != 412 {
				t.Errorf("an update of what was read before is answered %d", status)
			}
			if status, _, _ := s.do("PUT", "/"+tasks[0].Ref, string(body), "If-Match", `W/"`+now["meta"].(map[string]any)["versionId"].(string)+`"`); status != 200 {
				t.Errorf("an update of what stands is answered %d", status)
			}
		})
	}
}

func TestWhatStaffCannotDo(t *testing.T) {
	h, s := started(t)
	s.do("POST", "/Task", aTask)
	task := h.Tasks()[0].Ref
	if err := h.Reject(task, "nej"); err != nil {
		t.Fatal(err)
	}
	if err := h.Accept(task); err == nil || h.Tasks()[0].Status != "rejected" {
		t.Errorf("a Task that is over is moved: %v", err)
	}
	if err := h.Accept("Task/none"); err == nil {
		t.Error("a Task that is not there is accepted")
	}
	if status, _, _ := s.do("PUT", "/Task/none", strings.Replace(aTask, `"status"`, `"id":"none","status"`, 1)); status != 404 {
		t.Errorf("an update of no Task is answered %d", status)
	}
}
