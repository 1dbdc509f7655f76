package carehome

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"brygga/adapters"
	"brygga/adapters/adaptertest"
)

// What is put in the place of a Task, byte for byte.
func TestACancelledTask(t *testing.T) {
	for _, c := range []struct{ name, task, want string }{
		{
			"what is not there yet is added at the end",
			`{"resourceType":"Task","id":"1","status":"requested"}`,
			`{"resourceType":"Task","id":"1","status":"cancelled","statusReason":{"text":"återkallat"},"lastModified":"2026-11-21T12:00:00Z"}`,
		},
		{
			"what staff and their system wrote stays as it was written",
			`{ "status" : "accepted" ,"x_own":{"n":1.50,"big":12345678901234567890}, "_status":{"extension":[{"url":"u"}]},"note":[ {"text":"a<b"} ],"lastModified":"2026-11-20","contained":[]}`,
			`{"status":"cancelled","x_own":{"n":1.50,"big":12345678901234567890},"_status":{"extension":[{"url":"u"}]},"note":[ {"text":"a<b"} ],"lastModified":"2026-11-21T12:00:00Z","contained":[],"statusReason":{"text":"återkallat"}}`,
		},
		{
			"the reason that staff wrote becomes a note, and its codes stay",
			`{"status":"on-hold","statusReason":{"coding":[{"code":"w"}],"text":"väntar på rum"},"note":[{"text":"ringt"}]}`,
			`{"status":"cancelled","statusReason":{"coding":[{"code":"w"}],"text":"återkallat"},"note":[{"text":"ringt"},{"text":"väntar på rum"}],"lastModified":"2026-11-21T12:00:00Z"}`,
		},
		{
			"a reason that stands already is no note",
			`{"status":"on-hold","statusReason":{"text":"återkallat"}}`,
			`{"status":"cancelled","statusReason":{"text":"återkallat"},"lastModified":"2026-11-21T12:00:00Z"}`,
		},
		{
			"notes that are none are left",
			`{"status":"on-hold","statusReason":{"text":"väntar"},"note":"x"}`,
			`{"status":"cancelled","statusReason":{"text":"återkallat"},"note":"x","lastModified":"2026-11-21T12:00:00Z"}`,
		},
		{
			"it is not changed before it was written, by a clock that goes before ours",
			`{"status":"requested","authoredOn":"2026-11-21T13:00:00.5+00:00"}`,
			`{"status":"cancelled","authoredOn":"2026-11-21T13:00:00.5+00:00","statusReason":{"text":"återkallat"},"lastModified":"2026-11-21T13:00:00.5Z"}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, err := parseObject([]byte(c.task))
			check(t, err)
			if got := string(cancelled(o, "återkallat", noon.Add(time.Millisecond))); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestObjectsThatAreNone(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "a list": "[]", "a text": `"x"`, "null": "null", "half": `{"a":1`, "two": `{}{}`, "a member twice": `{"a":1,"a":2}`, "no UTF-8": "{\"a\":\"\xff\"}", "a member without value": `{"a"}`, "a number as a name": `{1:2}`, "a comma too many": `{"a":1,}`, "a comma too few": `{"a":1"b":2}`,
	} {
		if _, err := parseObject([]byte(text)); err == nil {
			t.Errorf("%s is taken for an object", name)
		}
	}
}

// Whatever a Task holds, cancelling changes the three elements, and notes only by
// adding one.
func TestCancellingLosesNothing(t *testing.T) {
	value := rapid.OneOf(rapid.Just(any("x<&>å")), rapid.Just(any(1.5)), rapid.Just(any(nil)), rapid.Just(any([]any{"a", true})), rapid.Just(any(map[string]any{"text": "gammal"})), rapid.Just(any([]any{map[string]any{"text": "n"}})))
	name := rapid.OneOf(rapid.SampledFrom([]string{"status", "statusReason", "note", "lastModified", "authoredOn", "owner", "id", ""}), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.MapOf(name, value).Draw(t, "task")
		body, err := json.Marshal(before)
		if err != nil {
			t.Fatal(err)
		}
		var same map[string]any
		if json.Unmarshal(body, &same) != nil || len(same) != len(before) {
			t.Skip("names that JSON does not tell apart")
		}
		o, err := parseObject(body)
		if err != nil {
			t.Fatal(err)
		}
		var after map[string]any
		if err := json.Unmarshal(cancelled(o, "återkallat", noon), &after); err != nil {
			t.Fatal(err)
		}
		if after["status"] != "cancelled" || after["statusReason"].(map[string]any)["text"] != "återkallat" {
			t.Fatalf("it is %v, %v", after["status"], after["statusReason"])
		}
		if old, ok := same["note"].([]any); ok {
			now, _ := after["note"].([]any)
			if len(now) < len(old) || len(now) > len(old)+1 {
				t.Fatalf("of %d notes %d are left", len(old), len(now))
			}
		}
		for _, ours := range []string{"status", "statusReason", "lastModified", "note"} {
			delete(after, ours)
			delete(same, ours)
		}
		a, _ := json.Marshal(after)
		b, _ := json.Marshal(same)
		if !bytes.Equal(a, b) {
			t.Fatalf("%s became %s", b, a)
		}
	})
}

// announcedAt is a home with one document and its Task.
func announcedAt(t *testing.T, h *home) (*FHIR, *adaptertest.Server, adapters.Receipt) {
	t.Helper()
	f, s := serve(t, h)
	d := delivery(1)
	r, err := f.Deliver(t.Context(), d, "")
	check(t, err)
	r, err = f.Announce(t.Context(), d.ID, r, taskOf(d.ID, r))
	check(t, err)
	return f, s, r
}

func TestATaskThatKeepsMovingIsGivenUpOn(t *testing.T) {
	h := newHome()
	f, s, r := announcedAt(t, h)
	writes := 0
	s.Fail(func(w http.ResponseWriter, req *http.Request, healthy http.Handler) {
		writes++
		h.staff(r.Task, func(task map[string]any) { task["note"] = []any{map[string]any{"text": "x"}} })
		healthy.ServeHTTP(w, req)
	}, func(_ int, req *http.Request) bool { return req.Method == http.MethodPut })
	said(t, f.Cancel(t.Context(), r, "x"), adapters.Rejected, "keep changing the Task")
	if writes != maxMoves {
		t.Errorf("%d attempts", writes)
	}
}

func TestAServerWithoutVersionsIsNotWrittenOver(t *testing.T) {
	h := newHome()
	h.versions = false
	f, _, r := announcedAt(t, h)
	said(t, f.Cancel(t.Context(), r, "x"), adapters.Protocol, "gives no version")
	if h.asked("PUT") != 0 {
		t.Error("it was written all the same")
	}
}

// A server that was set up anew may have something else at the address of a receipt.
func TestATaskThatIsNotOfAHandoverIsLeft(t *testing.T) {
	h := newHome()
	f, _ := serve(t, h)
	h.put(map[string]any{"resourceType": "Task", "id": "t1", "status": "requested", "identifier": []any{map[string]any{"system": "urn:own", "value": "1"}}})
	r := adapters.Receipt{Document: "Bundle/1", Task: "Task/t1"}
	if reply, err := f.Reply(t.Context(), r); err != nil || reply.Status != "" {
		t.Errorf("%+v, %v", reply, err)
	}
	if err := f.Cancel(t.Context(), r, "x"); err != nil || h.asked("PUT") != 0 {
		t.Errorf("%v, %d writes", err, h.asked("PUT"))
	}
}

func TestWhatStaffAnswer(t *testing.T) {
	known := []any{map[string]any{"system": TaskSystem, "value": delivery(1).ID}}
	for _, c := range []struct {
		name string
		task map[string]any
		want adapters.Reply
		text string
	}{
		{"a status and its time", map[string]any{"status": "accepted", "lastModified": "2026-11-21T13:30:00+01:00"}, adapters.Reply{Status: "accepted", At: noon.Add(30 * time.Minute)}, ""},
		{"no time but the server's own", map[string]any{"status": "accepted"}, adapters.Reply{Status: "accepted", At: noon}, ""},
		{"a day is no time", map[string]any{"status": "accepted", "lastModified": "2026-11-21"}, adapters.Reply{Status: "accepted", At: noon}, ""},
		{"a reason in words", map[string]any{"status": "rejected", "statusReason": map[string]any{"text": " Fullt \n till\x1b[31m jul ", "coding": []any{map[string]any{"display": "Annat"}}}}, adapters.Reply{Status: "rejected", Reason: "Fullt   till[31m jul", At: noon}, ""},
		{"a reason in a code's words", map[string]any{"status": "rejected", "statusReason": map[string]any{"coding": []any{map[string]any{"code": "x", "display": "Annat"}}}}, adapters.Reply{Status: "rejected", Reason: "Annat", At: noon}, ""},
		{"a reason in a code alone", map[string]any{"status": "rejected", "statusReason": map[string]any{"coding": []any{map[string]any{"code": "full"}}}}, adapters.Reply{Status: "rejected", Reason: "full", At: noon}, ""},
		{"a reason of another shape", map[string]any{"status": "rejected", "statusReason": "full"}, adapters.Reply{Status: "rejected", At: noon}, ""},
		{"a reason as long as a book", map[string]any{"status": "rejected", "statusReason": map[string]any{"text": strings.Repeat("å", 9000)}}, adapters.Reply{Status: "rejected", Reason: strings.Repeat("å", maxReason) + "…", At: noon}, ""},
		{"a status that FHIR does not have", map[string]any{"status": "done"}, adapters.Reply{}, "no status that FHIR knows"},
		{"no status", map[string]any{}, adapters.Reply{}, "no status that FHIR knows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHome()
			f, _ := serve(t, h)
			task := map[string]any{"resourceType": "Task", "id": "t1", "identifier": known}
			maps.Copy(task, c.task)
			h.put(task)
			got, err := f.Reply(t.Context(), adapters.Receipt{Task: "Task/t1"})
			if c.text != "" {
				said(t, err, adapters.Protocol, c.text)
				return
			}
			if err != nil || got.Status != c.want.Status || got.Reason != c.want.Reason || !got.At.Equal(c.want.At) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	if !slices.Contains(taskStatuses, over[0]) {
		t.Error("the lists of statuses do not fit")
	}
}
