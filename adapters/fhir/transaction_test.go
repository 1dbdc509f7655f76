package fhir

import (
	"fmt"
	"strings"
	"testing"

	"brygga/adapters"
)

func TestByStatus(t *testing.T) {
	s := opened(t, quick("http://127.0.0.1:1"))
	create, change := creation(1), update(1, "t1", "1")
	for _, tt := range []struct {
		name  string
		w     adapters.Write
		said  string
		want  adapters.Answered
		class adapters.Class
	}{
		{"a create with 201 was written", create, "201 Created", adapters.Written, 0},
		{"a create with 200 was there", create, "200 OK", adapters.Existed, 0},
		{"a create with a bare number", create, "201", adapters.Written, 0},
		{"a create of which several exist must be thought about again", create, "412 Precondition Failed", adapters.Stale, 0},
		{"a create with 404 is refused", create, "404 Not Found", adapters.Refused, adapters.Rejected},
		{"a create with 204 says nothing that we know", create, "204", adapters.Failed, adapters.Protocol},
		{"an update with 200 was written", change, "200 OK", adapters.Written, 0},
		{"an update with 201 was written", change, "201 Created", adapters.Written, 0},
		{"an update with 204 was written", change, "204 No Content", adapters.Written, 0},
		{"an update with 412 is stale", change, "412", adapters.Stale, 0},
		{"an update with 409 is stale", change, "409 Conflict", adapters.Stale, 0},
		{"an update of what is gone is stale", change, "410 Gone", adapters.Stale, 0},
		{"an update of what is not there is stale", change, "404 Not Found", adapters.Stale, 0},
		{"422 is refused", change, "422 Unprocessable Entity", adapters.Refused, adapters.Rejected},
		{"400 is refused", create, "400 Bad Request", adapters.Refused, adapters.Rejected},
		{"401 is not known", create, "401", adapters.Failed, adapters.Credentials},
		{"403 is not known", change, "403", adapters.Failed, adapters.Credentials},
		{"429 may be sent again", create, "429", adapters.Failed, adapters.Wait},
		{"503 may be sent again", create, "503", adapters.Failed, adapters.Wait},
		{"500 may be sent again", create, "500 Internal", adapters.Failed, adapters.Retry},
		{"no status", create, "", adapters.Failed, adapters.Protocol},
		{"a status that is none", create, "Created", adapters.Failed, adapters.Protocol},
		{"a status that is a sentence", create, "99999 195009072553", adapters.Failed, adapters.Protocol},
	} {
		t.Run(tt.name, func(t *testing.T) {
			entries, err := parseResponse([]byte(`{"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{"status":`+fmt.Sprintf("%q", tt.said)+`}}]}`), 1)
			if err != nil {
				t.Fatal(err)
			}
			a := s.answered(tt.w, entries[0])
			if a.Answered != tt.want || (a.Err == nil) != (tt.class == 0) || (a.Err != nil && a.Err.Class != tt.class) {
				t.Errorf("%+v %v", a, a.Err)
			}
		})
	}
}

func TestPlaced(t *testing.T) {
	create, change := creation(1), update(1, "t1", "1")
	for _, tt := range []struct {
		name                     string
		w                        adapters.Write
		location, etag, resource string
		id, version              string
	}{
		{"relative, with a history", create, "Task/7/_history/3", "", "", "7", "3"},
		{"absolute", create, "https://a.se/r4/Task/7/_history/3/", "", "", "7", "3"},
		{"without a history, and an etag", create, "Task/7", `W/"4"`, "", "7", "4"},
		{"a strong etag", create, "Task/7", `"4"`, "", "7", "4"},
		{"only the resource", create, "", "", `{"resourceType":"Task","id":"7","meta":{"versionId":"5"}}`, "7", "5"},
		{"a resource of another type says nothing", create, "", "", `{"resourceType":"Patient","id":"7","meta":{"versionId":"5"}}`, "", ""},
		{"nothing at all", create, "", "", "", "", ""},
		{"an update knows its id", change, "", `W/"2"`, "", "t1", "2"},
		{"a location of another type says nothing", create, "Patient/195009072553", "", "", "", ""},
		{"a location that is no address", create, "Task/a b/_history/../x", `W/"a b"`, "", "", ""},
		{"a base that is named like the type", create, "https://a.se/Task/Task/7", "", "", "7", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id, version := placed(tt.w, tt.location, tt.etag, []byte(tt.resource))
			if id != tt.id || version != tt.version {
				t.Errorf("%q %q, want %q %q", id, version, tt.id, tt.version)
			}
		})
	}
}

func TestBlamed(t *testing.T) {
	for _, tt := range []struct {
		name, issues string
		want         int
	}{
		{"by expression", `{"expression":["Bundle.entry[3]"]}`, 3},
		{"by an element within", `{"expression":["Bundle.entry[0].resource.status"]}`, 0},
		{"by location", `{"location":["/Bundle/entry[2]"]}`, 2},
		{"twice the same", `{"expression":["Bundle.entry[1].request"]},{"expression":["Bundle.entry[1]"]}`, 1},
		{"two of them", `{"expression":["Bundle.entry[1]"]},{"expression":["Bundle.entry[2]"]}`, -1},
		{"one that is not there", `{"expression":["Bundle.entry[10]"]}`, -1},
		{"none", `{"code":"conflict"}`, -1},
		{"another list", `{"expression":["Task.reentry[1]"]}`, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := blamed([]byte(`{"resourceType":"OperationOutcome","issue":[`+tt.issues+`]}`), 10); got != tt.want {
				t.Errorf("%d, want %d", got, tt.want)
			}
		})
	}
	if blamed([]byte(`<html>`), 10) != -1 {
		t.Error("a web page blames an entry")
	}
}

func TestOutcomeCodes(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"codes and paths", `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"required","expression":["Task.intent","Task.input[2].value"]}]}`, "required, Task.intent, Task.input[2].value"},
		{"a search parameter of ours that is mentioned", `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-supported","diagnostics":"unknown: based-on for Anna"}]}`, "not-supported, based-on"},
		{"warnings are left out", `{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"informational"}]}`, ""},
		{"a path with a value in it is left out", `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","expression":["Patient.where(name='Anna')"]}]}`, "invalid"},
		{"a code that is a name is left out", `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"Andersson"}]}`, ""},
		{"no outcome", `{"resourceType":"Patient"}`, ""},
		{"no JSON", `<html>`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := outcomeCodes([]byte(tt.body), []string{"based-on"}); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzTransactionResponse(f *testing.F) {
	for _, s := range []string{
		`{"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{"status":"201 Created","location":"Task/1/_history/1","etag":"W/\"1\""}}]}`,
		`{"resourceType":"Bundle","type":"transaction-response","entry":[{"resource":{"resourceType":"Task","id":"7","meta":{"versionId":"5"}},"response":{"status":"200"}}]}`,
		`{"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{"status":"412","outcome":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"conflict"}]}}}]}`,
		`{"resourceType":"Bundle","type":"transaction-response","entry":[null]}`,
		`{"resourceType":"OperationOutcome","issue":[{"expression":["Bundle.entry[0]"]}]}`, `{}`, `[]`, `<html>`, ``,
	} {
		f.Add([]byte(s))
	}
	s := opened(f, quick("http://127.0.0.1:1"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if at := blamed(body, 1); at != 0 && at != -1 {
			t.Errorf("blames %d of 1", at)
		}
		if codes := outcomeCodes(body, []string{"_tag"}); strings.ContainsAny(codes, "\n'\"?") {
			t.Errorf("tells %q", codes)
		}
		entries, err := parseResponse(body, 1)
		if err != nil {
			return
		}
		for _, w := range []adapters.Write{creation(1), update(1, "t1", "1")} {
			a := s.answered(w, entries[0])
			if a.Answered < adapters.Written || a.Answered > adapters.Failed {
				t.Errorf("answered %d", a.Answered)
			}
			if (a.Err != nil) != (a.Answered == adapters.Refused || a.Answered == adapters.Failed) {
				t.Errorf("answered %d with %v", a.Answered, a.Err)
			}
			if a.ID != "" && !resourceID.MatchString(a.ID) || a.Version != "" && !resourceID.MatchString(a.Version) {
				t.Errorf("placed at %q %q", a.ID, a.Version)
			}
		}
	})
}
