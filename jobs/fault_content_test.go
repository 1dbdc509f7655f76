package jobs

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"brygga/sandbox"
)

// Tests of faults assert what the servers hold when all is over, and not what brygga
// says of it. What two servers cannot have alike is left out: the ids that they gave,
// versions, and times.

var unlike = []string{"id", "versionId", "lastUpdated", "authoredOn", "lastModified", "sent", "timestamp", "applied"}

// content is what a server holds of some types, each resource with how often it is there.
func content(b *bed, server *sandbox.Server, types ...string) map[string]int {
	b.Helper()
	out := map[string]int{}
	for _, typ := range types {
		for _, raw := range server.All(typ) {
			var m map[string]any
			if err := json.Unmarshal(raw, &m); err != nil {
				b.Fatal(err)
			}
			without(m)
			text, err := json.Marshal(m)
			if err != nil {
				b.Fatal(err)
			}
			out[string(text)]++
		}
	}
	return out
}

func without(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range unlike {
			delete(v, key)
		}
		for _, sub := range v {
			without(sub)
		}
	case []any:
		for _, sub := range v {
			without(sub)
		}
	}
}

// findings is what brygga wrote into the municipality's record.
func (b *bed) findings() map[string]int {
	b.Helper()
	return content(b, b.server, "Flag", "Task")
}

// handed is what two municipalities have alike of what was handed over: the receipts in
// the record, whether each is at its care home once, and how many files lie in the outbox.
func (b *moveBed) handed() map[string]int {
	b.Helper()
	out := content(b.bed, b.server, "Communication")
	for _, raw := range b.home.All("Bundle") {
		var r struct{ Identifier struct{ Value string } }
		b.must(json.Unmarshal(raw, &r))
		out["document "+r.Identifier.Value]++
	}
	for _, raw := range b.home.All("Task") {
		var r struct {
			Status     string
			Identifier []struct{ Value string }
		}
		b.must(json.Unmarshal(raw, &r))
		out["Task "+r.Status+" "+r.Identifier[0].Value]++
	}
	out["files in the outbox"] = len(b.files())
	return out
}

// sameAs asserts that two states are one; what differs is named by its beginning, since
// all of these are about people of the sandbox.
func (b *bed) sameAs(what string, got, want map[string]int) {
	b.Helper()
	if len(want) == 0 {
		b.Fatalf("%s: nothing is to be there, so nothing is shown", what)
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if got[key] != want[key] {
			b.Errorf("%s: there %s %d times, and should be %d times:\n%.1500s", what, plain(got[key]), got[key], want[key], key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if want[key] == 0 && got[key] > 0 {
			b.Errorf("%s: there %s, and should not be:\n%.1500s", what, plain(got[key]), key)
		}
	}
}

func plain(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// unbroken asserts that the audit log is as it was written.
func (b *bed) unbroken() {
	b.Helper()
	key, err := b.job.Config.Keys.Audit.Key(b.ctx())
	if err != nil {
		b.Fatal(err)
	}
	if v, err := b.job.Job.Store.VerifyAudit(b.ctx(), key, nil); err != nil || v.Broken != nil {
		b.Errorf("the audit log: %+v, %v", v, err)
	}
}

// told is what the run says, in one text.
func told(problems []Problem) string {
	var all []string
	for _, p := range problems {
		all = append(all, p.System+" "+p.Kind+" "+p.What)
	}
	return strings.Join(all, "\n")
}
