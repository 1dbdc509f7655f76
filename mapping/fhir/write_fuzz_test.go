package fhir

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// ownSeeds are resources that brygga wrote, as they stood and as they may stand
// after a server and people have had them.
func ownSeeds(f *testing.F) []string {
	task, flag := string(ownTask(f)), string(ownFlag(f))
	var out []string
	for _, s := range []string{task, flag} {
		out = append(out, s, s[:len(s)/2],
			strings.Replace(s, `"status":"`, `"status":5,"x":"`, 1),
			strings.Replace(s, `"extension":[`, `"extension":[null,5,{"url":"x"},`, 1),
			strings.Replace(s, `"meta":{`, `"meta":{"tag":null,`, 1),
			strings.Replace(s, `Patient/p1`, `https://h/fhir/Patient/p1/_history/3`, 1),
			strings.Replace(s, `"2026-11-`, `"2026-02-30T25:00:00-`, 1),
			strings.Replace(s, `-000000000001"`, `-000000000001#12"`, 1))
	}
	return append(out, "", "null", "[]", "{}", `{"resourceType":"Task"}`, "\xff{", task+task)
}

// FuzzReadOwn: whatever stands there is read without a panic; what is not JSON is
// never ours; what is ours can be ended, is then read back as that, and has lost
// nothing of what brygga did not set.
func FuzzReadOwn(f *testing.F) {
	for _, s := range ownSeeds(f) {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, ours, err := ourWriter.ReadOwn(raw)
		if !ours {
			if o != nil || err != nil {
				t.Fatalf("foreign, and %+v, %v", o, err)
			}
			return
		}
		if o.ID == "" || o.Finding == "" || Identifier(o.Finding, o.Occurrence) == "" {
			t.Fatalf("ours without a name: %+v", o)
		}
		if err != nil {
			return
		}
		if odd(raw) || twoCases(raw) {
			return // the same element twice: which one counts is anybody's guess
		}
		c := o.Content
		if o.Type == FlagType {
			c.Status, c.End = FlagInactive, flagSays.Start
		} else {
			c.Status, c.Reason = TaskCompleted, "resolved in the record"
		}
		body, err := ourWriter.Revise(o, c, false, time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatalf("cannot be revised: %v", err)
		}
		back, ours, err := ourWriter.ReadOwn(body)
		if err != nil || !ours || back.Touched || back.Content != c || back.Finding != o.Finding || back.Occurrence != o.Occurrence || back.Subject != o.Subject {
			t.Fatalf("read back as %+v (ours %v, %v), want %+v\n%s", back, ours, err, c, body)
		}
		set := map[string]bool{"extension": true, "status": true, "statusReason": true, "period": true, "lastModified": true}
		var before, after map[string]json.RawMessage
		if json.Unmarshal(raw, &before) != nil || json.Unmarshal(body, &after) != nil {
			t.Fatal("what was read, or what was made of it, is no JSON object")
		}
		for k, v := range before {
			var a, b bytes.Buffer
			_, _ = json.Compact(&a, v), json.Compact(&b, after[k])
			var x, y bytes.Buffer
			json.HTMLEscape(&x, a.Bytes())
			json.HTMLEscape(&y, b.Bytes())
			if !set[k] && !bytes.Equal(x.Bytes(), y.Bytes()) {
				t.Errorf("%s was %s, and is %s", k, x.Bytes(), y.Bytes())
			}
		}
	})
}

// twoCases says whether an object anywhere has two names that differ only in
// letter case: encoding/json takes either for the other.
func twoCases(raw []byte) bool {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return true
	}
	known := strings.Fields("resourceType id meta versionId tag extension url valueString identifier system value status statusReason code subject period start end priority description focus for owner performerType reasonCode authoredOn note restriction coding text reference lastModified")
	var walk func(any) bool
	walk = func(v any) bool {
		switch x := v.(type) {
		case []any:
			for _, c := range x {
				if walk(c) {
					return true
				}
			}
		case map[string]any:
			for k, c := range x {
				for _, name := range known {
					if k != name && strings.EqualFold(k, name) {
						return true
					}
				}
				if walk(c) {
					return true
				}
			}
		}
		return false
	}
	return walk(v)
}

// FuzzOpenPage: a page is opened without a panic, its rows are JSON, and there is
// a key for each.
func FuzzOpenPage(f *testing.F) {
	for _, s := range ownSeeds(f) {
		f.Add([]byte(`{"resourceType":"Bundle","type":"searchset","entry":[{"resource":` + s + `}]}`))
	}
	f.Add([]byte(`{"resourceType":"Bundle","type":"searchset","total":1e3,"link":[{"relation":"next","url":"x"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := OpenPage(TaskType, body)
		if err != nil {
			if len(p.Entries) > 0 {
				t.Fatal("rows of what is no page")
			}
			return
		}
		if len(p.Entries) != len(p.Keys) || !json.Valid(body) {
			t.Fatalf("%d rows, %d keys", len(p.Entries), len(p.Keys))
		}
		for _, e := range p.Entries {
			if o, ours, _ := ourWriter.ReadOwn(e); ours && o.Type != TaskType {
				t.Fatalf("a page of Tasks holds a %s", o.Type)
			}
		}
	})
}
