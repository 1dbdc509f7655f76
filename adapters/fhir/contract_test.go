package fhir

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"brygga/adapters"
	"brygga/adapters/adaptertest"
)

func openForContract(t testing.TB, url string) *System {
	o := quick(url)
	o.Timeout, o.MaxPageBytes = adaptertest.Timeout, adaptertest.MaxBytes
	o.Auth = Auth{Kind: AuthBearer, Token: "top-secret-token"}
	return opened(t, o)
}

func TestSource(t *testing.T) {
	adaptertest.Source(t, adaptertest.SourceContract{
		Healthy: func(url func() string, n int) http.Handler {
			m := newMemory(50).fill(n)
			m.url = url
			return m
		},
		Open:    func(t testing.TB, url string) adapters.Source { return openForContract(t, url) },
		Reader:  func() adaptertest.Rows { return newScanner() },
		Query:   adapters.Query{Kind: "visit", Type: "Encounter", Params: map[string][]string{"status": {"finished"}}},
		Present: "Encounter/e7", Missing: "Encounter/e7000",
		Relink:  relink,
		Secrets: []string{"top-secret-token", "finished", "_count", "e7"},
	})
}

func relink(page []byte, next string) []byte {
	var b map[string]any
	if json.Unmarshal(page, &b) != nil {
		panic("the healthy server gave no JSON")
	}
	b["link"] = []any{map[string]any{"relation": "next", "url": next}}
	out, err := json.Marshal(b)
	if err != nil {
		panic(err)
	}
	return out
}

func testTask(n int, id, description string) []byte {
	return []byte(fmt.Sprintf(`{"resourceType":"Task","id":%q,"status":"requested","intent":"order","description":%q,
		"identifier":[{"system":%q,"value":"f%d"}],"meta":{"tag":[{"system":"https://brygga.example/fhir/tenant","code":"exempelkommun"}]}}`, id, description, testSystem, n))
}

func creation(n int) adapters.Write {
	return adapters.Write{Op: adapters.Create, Type: "Task", Identifier: fmt.Sprintf("%s|f%d", testSystem, n), Body: testTask(n, "", "ny")}
}

func TestSink(t *testing.T) {
	adaptertest.Sink(t, adaptertest.SinkContract{
		Healthy: func(limit int) adaptertest.Stored { return newMemory(limit) },
		Open:    func(t testing.TB, url string) adapters.Sink { return openForContract(t, url) },
		Create:  creation,
		Update: func(n int, id, version string) adapters.Write {
			return adapters.Write{Op: adapters.Update, Type: "Task", ID: id, Version: version, Body: testTask(n, id, "changed")}
		},
		Bad:  adapters.Write{Op: adapters.Create, Type: "Task", Identifier: testSystem + "|bad", Body: testTask(999, "", "bad")},
		Type: "Task", Tag: testTag, System: testSystem,
		Reader:  func() adaptertest.Rows { return newScanner() },
		Secrets: []string{"top-secret-token", "changed", "f3"},
	})
}
