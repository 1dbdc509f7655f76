package carehome

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"brygga/adapters"
	"brygga/adapters/adaptertest"
)

// FuzzAnswers gives anything as every answer of a server: nothing panics, no receipt
// names what could not be asked for again, and no error repeats what was sent.
func FuzzAnswers(f *testing.F) {
	d := delivery(1)
	for _, seed := range []string{
		``, `{}`, `[]`, `null`, `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":null}]}`,
		`{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Bundle","id":"../x","identifier":{"system":"urn:ietf:rfc:3986","value":"urn:uuid:` + d.ID + `"}}}]}`,
		`{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"?"}]}`,
		`{"resourceType":"Task","id":"1","status":"requested","identifier":[{"system":"` + TaskSystem + `"}]}`,
		`{"resourceType":"Task","status":"requested","identifier":{"system":1}}`,
	} {
		f.Add([]byte(seed), "Bundle/1/_history/1", `W/"1"`, uint16(200))
		f.Add([]byte(seed), "Bundle/../Task/%2e%2e", `W/"1"`, uint16(201))
	}
	var body []byte
	var location, etag string
	var status int
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.Header().Set("ETag", etag)
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
	f.Cleanup(s.Close)
	o := quick(s.URL)
	o.Retries, o.MaxBytes, o.Timeout = -1, adaptertest.MaxBytes, 0
	r, err := NewFHIR(o)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(r.Close)
	f.Fuzz(func(t *testing.T, b []byte, l, e string, code uint16) {
		body, location, etag, status = b, l, e, 200+int(code)%400
		receipt, err := r.Deliver(t.Context(), d, "")
		if err == nil && !idForm.MatchString(receipt.Document[len("Bundle/"):]) {
			t.Errorf("the receipt is %q", receipt.Document)
		}
		receipt, also := r.Announce(t.Context(), d.ID, adapters.Receipt{}, taskOf(d.ID, receipt))
		if also == nil && !taskForm.MatchString(receipt.Task) {
			t.Errorf("the receipt is %q", receipt.Task)
		}
		_, third := r.Reply(t.Context(), adapters.Receipt{Task: "Task/1"})
		for _, err := range []error{err, also, third, r.Cancel(t.Context(), adapters.Receipt{Task: "Task/1"}, "x")} {
			if err != nil && (bytes.Contains([]byte(err.Error()), []byte(d.ID)) || bytes.ContainsAny([]byte(err.Error()), "?\n")) {
				t.Errorf("the error tells too much: %q", err)
			}
		}
	})
}

// FuzzCancelled patches anything: what comes out is JSON and cancelled, and what was
// not ours to change stands in it as it stood.
func FuzzCancelled(f *testing.F) {
	for _, seed := range []string{`{}`, `{"status":"requested"}`, `{"a":1e400,"statusReason":{"text":"x","b":[]},"note":[ ]}`, `{"note":[{"text":"]"}],"statusReason":{"text":"v"}}`, "{\"\\u0000\":\"\\ud800\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := parseObject(body)
		if err != nil {
			return
		}
		if !json.Valid(body) {
			t.Fatal("what is no JSON is taken")
		}
		before := map[string]string{}
		for i, name := range o.names {
			before[name] = string(o.values[i])
		}
		after, err := parseObject(cancelled(o, "återkallat", noon))
		if err != nil || after.text("status") != "cancelled" {
			t.Fatalf("it is not cancelled: %v", err)
		}
		for name, was := range before {
			switch name {
			case "status", "statusReason", "lastModified", "note":
			default:
				if string(after.get(name)) != was {
					t.Fatalf("%q became %q", was, after.get(name))
				}
			}
		}
	})
}
