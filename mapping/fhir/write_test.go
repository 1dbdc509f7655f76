package fhir

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"brygga/care"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	ourWriter = Writer{Tenant: "exempelkommun"}
	wroteAt   = time.Date(2026, 11, 22, 0, 30, 0, 0, time.UTC) // 01:30 in Stockholm
	findingID = "5a0d1c1e-0000-5000-8000-000000000001"
	flagSays  = Content{Status: FlagActive, Text: "Ingen genomförandeplan är registrerad i Journal", Start: care.NewDate(2026, 11, 22)}
	taskSays  = Content{
		Status: TaskRequested, Text: "Följ upp genomförandeplanen", Due: care.NewDate(2026, 11, 12), Priority: "urgent",
		Focus: "CarePlan/cp1", Owner: "Practitioner/s1", Performer: "contact", Ground: "Lokal rutin: minst var 6:e månad",
	}
)

func ownTask(t testing.TB) []byte { return written(t, TaskType, 0, taskSays) }
func ownFlag(t testing.TB) []byte { return written(t, FlagType, 0, flagSays) }

// written is what stands after a record system has taken what brygga made.
func written(t testing.TB, typ string, occurrence int, c Content) []byte {
	t.Helper()
	rule := "plan.review"
	body, err := ourWriter.Create(typ, findingID, occurrence, "Patient/p1", rule, c, wroteAt)
	if err != nil {
		t.Fatal(err)
	}
	return stored(t, body)
}

func stored(t testing.TB, body []byte) []byte {
	t.Helper()
	m := tree(t, body)
	m["id"] = "own1"
	m["meta"].(map[string]any)["versionId"] = "7"
	m["meta"].(map[string]any)["lastUpdated"] = "2026-11-22T00:30:01Z"
	out, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func tree(t testing.TB, raw []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return m
}

func readOwn(t testing.TB, raw []byte) *Own {
	t.Helper()
	o, ours, err := ourWriter.ReadOwn(raw)
	if err != nil || !ours {
		t.Fatalf("ours %v, %v: %s", ours, err, raw)
	}
	return o
}

func TestWhatIsWrittenIsAsTheProfileSays(t *testing.T) {
	protected := taskSays
	protected.Owner, protected.Due, protected.Priority = "", 0, "routine"
	for name, body := range map[string]func() ([]byte, error){
		"flag": func() ([]byte, error) {
			return ourWriter.Create(FlagType, findingID, 0, "Patient/p1", "plan.missing", flagSays, wroteAt)
		},
		"task": func() ([]byte, error) {
			return ourWriter.Create(TaskType, findingID, 0, "Patient/p1", "plan.review", taskSays, wroteAt)
		},
		"task-open-without-owner-second-time": func() ([]byte, error) {
			return ourWriter.Create(TaskType, findingID, 2, "Patient/p1", "contact.vacant", protected, wroteAt)
		},
		"task-completed": func() ([]byte, error) {
			c := taskSays
			c.Status, c.Reason = TaskCompleted, "resolved in the record"
			return ourWriter.Revise(readOwn(t, ownTask(t)), c, false, wroteAt.Add(24*time.Hour))
		},
		"flag-ended": func() ([]byte, error) {
			c := flagSays
			c.Status, c.End = FlagInactive, care.NewDate(2026, 11, 30)
			return ourWriter.Revise(readOwn(t, ownFlag(t)), c, false, wroteAt)
		},
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := body()
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, raw, "", "  "); err != nil {
				t.Fatal(err)
			}
			got.WriteByte('\n')
			path := filepath.Join("testdata", "own", name+".json")
			if *update {
				if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("got\n%s\nwant\n%s", got.Bytes(), want)
			}
		})
	}
}

func TestWhatMustNotBeWrittenIsRefused(t *testing.T) {
	for name, row := range map[string]struct {
		typ     string
		subject care.Ref
		change  func(*Content)
	}{
		"another type":                         {"Observation", "Patient/p1", nil},
		"nobody":                               {TaskType, "", nil},
		"a client named by a keyed hash":       {TaskType, "identifier:0f0f", nil},
		"an owner named by a keyed hash":       {TaskType, "Patient/p1", func(c *Content) { c.Owner = "identifier:0f0f" }},
		"a fact of another server":             {TaskType, "Patient/p1", func(c *Content) { c.Focus = "https://other.example/fhir/CarePlan/1" }},
		"a fact that is contained in another":  {TaskType, "Patient/p1", func(c *Content) { c.Focus = "CarePlan/1#x" }},
		"a Flag without the day it was found":  {FlagType, "Patient/p1", func(c *Content) { c.Start = 0 }},
		"a reference that ends in white space": {TaskType, "Patient/p1 ", nil},
	} {
		c := taskSays
		if row.typ == FlagType {
			c = flagSays
		}
		if row.change != nil {
			row.change(&c)
		}
		if body, err := ourWriter.Create(row.typ, findingID, 0, row.subject, "plan.review", c, wroteAt); err == nil {
			t.Errorf("%s: written as %s", name, body)
		}
	}
}

// What a server may do to a resource that nobody has touched, and what only a
// person does.
func TestTouched(t *testing.T) {
	type m = map[string]any
	const base = "https://journal.example/fhir/"
	for _, row := range []struct {
		name   string
		raw    []byte
		change func(m)
		want   bool
	}{
		{"a Task as it was written", ownTask(t), func(m) {}, false},
		{"a Flag as it was written", ownFlag(t), func(m) {}, false},
		{"the server made the references absolute", ownTask(t), func(r m) {
			for _, e := range []string{"for", "owner", "focus"} {
				r[e].(m)["reference"] = base + r[e].(m)["reference"].(string)
			}
		}, false},
		{"the server added versions to the references", ownTask(t), func(r m) { r["focus"].(m)["reference"] = "CarePlan/cp1/_history/4" }, false},
		{"the server added a display to the owner", ownTask(t), func(r m) { r["owner"].(m)["display"] = "x" }, false},
		{"the server added a narrative and a profile", ownTask(t), func(r m) {
			r["text"], r["meta"].(m)["profile"] = m{"status": "generated", "div": "<div/>"}, []any{"p"}
		}, false},
		{"the server added another tag", ownTask(t), func(r m) {
			r["meta"].(m)["tag"] = append(r["meta"].(m)["tag"].([]any), m{"system": "s", "code": "c"})
		}, false},
		{"the server made an instant of the Flag's date", ownFlag(t), func(r m) { r["period"].(m)["start"] = "2026-11-21T23:00:00Z" }, false},
		{"another extension was added", ownTask(t), func(r m) {
			r["extension"] = append([]any{m{"url": "x", "valueString": "y"}}, r["extension"].([]any)...)
		}, false},
		{"the due date was moved: that follows the facts anyhow", ownTask(t), func(r m) { r["restriction"].(m)["period"].(m)["end"] = "2027-01-01" }, false},
		{"the priority was changed: that too", ownTask(t), func(r m) { r["priority"] = "asap" }, false},
		{"somebody accepted it", ownTask(t), func(r m) { r["status"] = "accepted" }, true},
		{"somebody took it over", ownTask(t), func(r m) { r["owner"].(m)["reference"] = "Practitioner/s2" }, true},
		{"somebody gave it away", ownTask(t), func(r m) { delete(r, "owner") }, true},
		{"somebody wrote a note", ownTask(t), func(r m) { r["note"] = []any{m{"text": "ringt"}} }, true},
		{"somebody wrote why", ownTask(t), func(r m) { r["statusReason"] = m{"text": "väntar på anhörig"} }, true},
		{"somebody changed the text", ownTask(t), func(r m) { r["description"] = "annat" }, true},
		{"somebody changed whose it is to do", ownTask(t), func(r m) { r["performerType"] = []any{m{"text": "alla"}} }, true},
		{"somebody made the Flag inactive", ownFlag(t), func(r m) { r["status"] = "inactive" }, true},
		{"somebody ended the Flag", ownFlag(t), func(r m) { r["period"].(m)["end"] = "2026-12-01" }, true},
		{"the status of a Flag is gone: it is not active", ownFlag(t), func(r m) { delete(r, "status") }, true},
		{"the mark is gone", ownTask(t), func(r m) { delete(r, "extension") }, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := tree(t, row.raw)
			row.change(r)
			raw, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if o := readOwn(t, raw); o.Touched != row.want {
				t.Errorf("touched %v, want %v: %+v", o.Touched, row.want, o.Content)
			}
		})
	}
}

func TestWhoseAResourceIs(t *testing.T) {
	type m = map[string]any
	tags := func(r m, tags ...any) { r["meta"].(m)["tag"] = tags }
	ids := func(r m, ids ...any) { r["identifier"] = ids }
	ours := m{"system": TenantSystem, "code": "exempelkommun"}
	for _, row := range []struct {
		name   string
		change func(m)
		ours   bool
		bad    bool
	}{
		{"both marks: ours", func(m) {}, true, false},
		{"among other tags: ours", func(r m) { tags(r, m{"system": "x", "code": "y"}, ours) }, true, false},
		{"another tenant's tag: foreign", func(r m) { tags(r, m{"system": TenantSystem, "code": "grannkommun"}) }, false, false},
		{"our code in another system: foreign", func(r m) { tags(r, m{"system": "x", "code": "exempelkommun"}) }, false, false},
		{"our identifier without a tag: foreign", func(r m) { delete(r["meta"].(m), "tag") }, false, false},
		{"our tag without an identifier: foreign", func(r m) { delete(r, "identifier") }, false, false},
		{"our tag with somebody's identifier: foreign", func(r m) { ids(r, m{"system": "x", "value": "f1"}) }, false, false},
		{"an identifier that brygga would not write: foreign", func(r m) { ids(r, m{"system": FindingSystem, "value": "f1#x"}) }, false, false},
		{"an occurrence that brygga would not write: foreign", func(r m) { ids(r, m{"system": FindingSystem, "value": "f1#-2"}) }, false, false},
		{"an occurrence with a leading zero: foreign", func(r m) { ids(r, m{"system": FindingSystem, "value": "f1#01"}) }, false, false},
		{"an empty identifier: foreign", func(r m) { ids(r, m{"system": FindingSystem, "value": ""}) }, false, false},
		{"no id: foreign", func(r m) { delete(r, "id") }, false, false},
		{"another type: foreign", func(r m) { r["resourceType"] = "Observation" }, false, false},
		{"both marks, and a status that is no string: ours, and not to be touched", func(r m) { r["status"] = 5 }, true, true},
		{"both marks, and notes that are no list: ours, and not to be touched", func(r m) { r["note"] = "x" }, true, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := tree(t, ownTask(t))
			row.change(r)
			raw, _ := json.Marshal(r)
			o, ours, err := ourWriter.ReadOwn(raw)
			if ours != row.ours || (err != nil) != row.bad {
				t.Errorf("ours %v, %v", ours, err)
			}
			if ours && (o.Finding != findingID || o.ID != "own1" || o.Subject != "Patient/p1" || o.Rule != "plan.review") {
				t.Errorf("read as %+v", o)
			}
		})
	}
}

func TestAnUpdateKeepsAllThatBryggaDidNotSet(t *testing.T) {
	type m = map[string]any
	foreign := m{
		"text": m{"status": "generated", "div": "<div>x & y</div>"}, "contained": []any{m{"resourceType": "Basic", "id": "b"}},
		"_status": m{"extension": []any{m{"url": "u", "valueCode": "c"}}}, "_description": m{"id": "d1"},
		"businessStatus": m{"text": "hos chefen"}, "output": []any{m{"type": m{"text": "t"}, "valueDecimal": 1.50}},
		"unheardOf": m{"deep": []any{1.0, "2", nil, true}}, "implicitRules": "http://rules", "language": "sv",
	}
	for name, raw := range map[string][]byte{"Task": ownTask(t), "Flag": ownFlag(t)} {
		t.Run(name, func(t *testing.T) {
			before := tree(t, raw)
			for k, v := range foreign {
				before[k] = v
			}
			before["extension"] = append([]any{m{"url": "other", "valueBoolean": true}}, before["extension"].([]any)...)
			before["identifier"] = append(before["identifier"].([]any), m{"system": "theirs", "value": "1"})
			if name == "Task" {
				before["restriction"].(m)["repetitions"] = 3.0
				before["restriction"].(m)["period"].(m)["start"] = "2026-11-01"
				before["reasonCode"].(m)["coding"] = []any{m{"system": "s", "code": "c"}}
			} else {
				before["code"].(m)["coding"] = append(before["code"].(m)["coding"].([]any), m{"system": "s", "code": "c"})
			}
			enriched, _ := json.Marshal(before)
			o := readOwn(t, enriched)
			c := o.Content
			c.Text, c.Due, c.Priority = "ny text", c.Due+1, "routine"
			if name == "Flag" {
				c.Due, c.Priority = 0, ""
			}
			body, err := ourWriter.Revise(o, c, false, wroteAt.Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			after := tree(t, body)
			changed := map[string]bool{"extension": true, "description": true, "restriction": true, "priority": true, "lastModified": true}
			if name == "Flag" {
				changed = map[string]bool{"extension": true, "code": true}
			}
			for k, v := range before {
				if !changed[k] && !reflect.DeepEqual(after[k], v) {
					t.Errorf("%s was %v, and is %v", k, v, after[k])
				}
			}
			for k := range after {
				if _, was := before[k]; !was {
					t.Errorf("%s is new: %v", k, after[k])
				}
			}
			if got := after["extension"].([]any); len(got) != 2 || !reflect.DeepEqual(got[0], before["extension"].([]any)[0]) {
				t.Errorf("extensions %v", got)
			}
			if name == "Task" {
				want := m{"repetitions": 3.0, "period": m{"start": "2026-11-01", "end": "2026-11-13"}}
				if !reflect.DeepEqual(after["restriction"], want) {
					t.Errorf("restriction %v, want %v", after["restriction"], want)
				}
			} else if got := after["code"].(m); got["text"] != "ny text" || len(got["coding"].([]any)) != 2 {
				t.Errorf("code %v", got)
			}
			back := readOwn(t, body)
			if back.Touched || back.Content != c {
				t.Errorf("read back %+v, want %+v, touched %v", back.Content, c, back.Touched)
			}
		})
	}
}

// A Task that staff has taken keeps everything of theirs, and stays theirs.
func TestAnUpdateOfWhatStaffHasTakenFollowsOnlyDueDateAndPriority(t *testing.T) {
	r := tree(t, ownTask(t))
	r["status"], r["description"] = "in-progress", "Anna ringer på torsdag"
	r["owner"] = map[string]any{"reference": "Practitioner/s9", "display": "A"}
	r["note"] = []any{map[string]any{"text": "ringt två gånger"}}
	raw, _ := json.Marshal(r)
	o := readOwn(t, raw)
	c := o.Content
	c.Due, c.Priority = c.Due+10, "routine"
	body, err := ourWriter.Revise(o, c, true, wroteAt)
	if err != nil {
		t.Fatal(err)
	}
	after := tree(t, body)
	for _, k := range []string{"status", "description", "owner", "note", "extension", "performerType", "reasonCode", "authoredOn"} {
		if !reflect.DeepEqual(after[k], r[k]) {
			t.Errorf("%s was %v, and is %v", k, r[k], after[k])
		}
	}
	if back := readOwn(t, body); !back.Touched || back.Due != c.Due || back.Priority != "routine" {
		t.Errorf("read back %+v", back)
	}
}

func TestAFlagThatComesBackHasNoLastDay(t *testing.T) {
	c := flagSays
	c.Status, c.End = FlagInactive, flagSays.Start+8
	ended, err := ourWriter.Revise(readOwn(t, ownFlag(t)), c, false, wroteAt)
	if err != nil {
		t.Fatal(err)
	}
	for name, end := range map[string]any{"a date": "2026-11-30", "what cannot be read": "2026-02-30"} {
		r := tree(t, ended)
		r["period"].(map[string]any)["end"] = end
		raw, _ := json.Marshal(r)
		body, err := ourWriter.Revise(readOwn(t, raw), flagSays, false, wroteAt)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]any{"start": "2026-11-22"}
		if got := tree(t, body)["period"]; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: period %v, want %v", name, got, want)
		}
	}
}

// What nobody wrote must not be written empty: servers refuse "".
func TestAnUpdateWritesNothingEmpty(t *testing.T) {
	for name, spoil := range map[string]func(map[string]any){
		"without a period": func(r map[string]any) { delete(r, "period") },
		"a first day that cannot be read": func(r map[string]any) {
			r["period"] = map[string]any{"start": "någon gång"}
		},
	} {
		r := tree(t, ownFlag(t))
		spoil(r)
		raw, _ := json.Marshal(r)
		o := readOwn(t, raw)
		c := o.Content
		c.Status, c.End = FlagInactive, flagSays.Start+1
		body, err := ourWriter.Revise(o, c, false, wroteAt)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), `""`) || strings.Contains(string(body), `{}`) {
			t.Errorf("%s: %s", name, body)
		}
		if back := readOwn(t, body); back.End != c.End || back.Status != FlagInactive || back.Touched {
			t.Errorf("%s: read back %+v", name, back)
		}
	}
	r := tree(t, ownTask(t))
	delete(r, "restriction")
	raw, _ := json.Marshal(r)
	o := readOwn(t, raw)
	body, err := ourWriter.Revise(o, o.Content, false, wroteAt)
	if err != nil || strings.Contains(string(body), "restriction") {
		t.Errorf("%v: %s", err, body)
	}
	o.Due = 5 // as if there had been one
	if body, err = ourWriter.Revise(o, Content{Status: "requested"}, false, wroteAt); err != nil || strings.Contains(string(body), `""`) || strings.Contains(string(body), `{}`) {
		t.Errorf("%v: %s", err, body)
	}
}

func TestLastModifiedIsNeverBeforeAuthoredOn(t *testing.T) {
	for authored, want := range map[string]string{
		"2026-11-22T00:30:00Z":      "2026-11-22T00:30:00Z",
		"2026-11-21T00:30:00Z":      "2026-11-22T00:30:00Z",
		"2026-11-22T00:30:01Z":      "2026-11-22T00:30:01Z",
		"2026-11-22T01:30:01+01:00": "2026-11-22T01:30:01+01:00",
		"2026-11-23":                "2026-11-23",
		"2026-11-22":                "2026-11-22T00:30:00Z",
		"":                          "2026-11-22T00:30:00Z",
		"igår":                      "2026-11-22T00:30:00Z",
	} {
		r := tree(t, ownTask(t))
		r["authoredOn"] = authored
		raw, _ := json.Marshal(r)
		o := readOwn(t, raw)
		body, err := ourWriter.Revise(o, o.Content, false, wroteAt)
		if err != nil {
			t.Fatal(err)
		}
		if got := tree(t, body)["lastModified"]; got != want {
			t.Errorf("authored %s: last modified %v, want %v", authored, got, want)
		}
	}
}

func TestTheDayATaskWasMade(t *testing.T) {
	for authored, want := range map[string]care.Date{
		"2026-11-21T23:30:00Z": care.NewDate(2026, 11, 22), // it was past midnight in Stockholm
		"2026-11-21":           care.NewDate(2026, 11, 21),
		"":                     0, "x": 0,
	} {
		if got := (&Own{Authored: authored}).AuthoredOn(); got != want {
			t.Errorf("%q: %v, want %v", authored, got, want)
		}
	}
}

// Whose hand was last on what brygga had ended.
func TestWhoEndedItAndWhoOpenedItAgain(t *testing.T) {
	type m = map[string]any
	end := func(raw []byte) []byte {
		o := readOwn(t, raw)
		c := o.Content
		c.Status, c.Reason = TaskCompleted, "resolved in the record"
		if o.Type == FlagType {
			c.Status, c.Reason, c.End = FlagInactive, "", flagSays.Start+3
		}
		body, err := ourWriter.Revise(o, c, false, wroteAt)
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	note := func(r m) { r["note"] = []any{m{"text": "ringt"}} }
	for _, row := range []struct {
		name              string
		raw               []byte
		change            func(m)
		endedByUs, reopen bool
	}{
		{"brygga ended the Task", end(ownTask(t)), func(m) {}, true, false},
		{"brygga ended the Flag", end(ownFlag(t)), func(m) {}, true, false},
		{"a note was written afterwards", end(ownTask(t)), note, true, false},
		{"staff opened it again", end(ownTask(t)), func(r m) { r["status"] = "in-progress" }, false, true},
		{"staff put it back as it was", end(ownTask(t)), func(r m) { r["status"] = "requested"; delete(r, "statusReason") }, false, true},
		{"staff took it over", end(ownTask(t)), func(r m) {
			r["status"], r["owner"] = "accepted", m{"reference": "Practitioner/s9"}
			delete(r, "statusReason")
			note(r)
		}, false, true},
		{"staff made the Flag active again", end(ownFlag(t)), func(r m) { r["status"] = "active"; delete(r["period"].(m), "end") }, false, true},
		{"staff rejected it after all", end(ownTask(t)), func(r m) { r["status"] = "rejected" }, false, false},
		{"staff ended it", ownTask(t), func(r m) { r["status"] = "completed" }, false, false},
		{"staff ended it in our words", ownTask(t), func(r m) { r["status"], r["statusReason"] = "completed", m{"text": "resolved in the record"} }, false, false},
		{"it stands open", ownTask(t), note, false, false},
	} {
		r := tree(t, row.raw)
		row.change(r)
		raw, _ := json.Marshal(r)
		o := readOwn(t, raw)
		if o.EndedByUs != row.endedByUs || o.Reopened != row.reopen {
			t.Errorf("%s: ended by us %v, reopened %v", row.name, o.EndedByUs, o.Reopened)
		}
	}
	// Once it goes on, with the finding back, staff may end it like any other.
	r := tree(t, end(ownTask(t)))
	r["status"] = "in-progress"
	raw, _ := json.Marshal(r)
	o := readOwn(t, raw)
	c := o.Content
	c.Due++
	body, err := ourWriter.Revise(o, c, true, wroteAt)
	if err != nil {
		t.Fatal(err)
	}
	r = tree(t, body)
	r["status"] = "completed"
	raw, _ = json.Marshal(r)
	if o := readOwn(t, raw); !o.Touched || o.EndedByUs || o.Reopened {
		t.Errorf("touched %v, ended by us %v, reopened %v", o.Touched, o.EndedByUs, o.Reopened)
	}
}

func TestEnded(t *testing.T) {
	for status, want := range map[string]bool{
		"active": false, "inactive": true, "requested": false, "accepted": false, "in-progress": false, "on-hold": false, "received": false,
		"ready": false, "draft": false, "completed": true, "cancelled": true, "rejected": true, "failed": true, "entered-in-error": true, "": false,
	} {
		if got := (&Own{Content: Content{Status: status}}).Ended(); got != want {
			t.Errorf("%q: %v", status, got)
		}
	}
}

func TestIdentifierAndBack(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		finding := rapid.StringMatching(`[0-9a-f-]{1,36}`).Draw(r, "finding")
		n := rapid.IntRange(0, 1_000_000).Draw(r, "occurrence")
		f, m, ok := splitIdentifier(Identifier(finding, n))
		if !ok || f != finding || m != n {
			r.Fatalf("%s #%d comes back as %s #%d %v", finding, n, f, m, ok)
		}
	})
}

func TestDiffersNamesEachElement(t *testing.T) {
	v := reflect.TypeFor[Content]()
	for i := range v.NumField() {
		var c Content
		f := reflect.ValueOf(&c).Elem().Field(i)
		if f.Kind() == reflect.String {
			f.SetString("x")
		} else {
			f.SetInt(1)
		}
		want := strings.Split(v.Field(i).Tag.Get("json"), ",")[0]
		if got := c.Differs(Content{}); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v", want, got)
		}
	}
}

func TestOpenPage(t *testing.T) {
	task := string(ownTask(t))
	page := func(entries string) string {
		return `{"resourceType":"Bundle","type":"searchset","total":2,"meta":{"lastUpdated":"2026-11-22T01:00:00Z"},"link":[{"relation":"next","url":"http://x/next"}],"entry":[` + entries + `]}`
	}
	for name, row := range map[string]struct {
		body string
		rows int
		bad  bool
	}{
		"rows":                          {page(`{"resource":` + task + `},{"resource":{"resourceType":"Task","id":"b"},"search":{"mode":"match"}}`), 2, false},
		"an included resource is none":  {page(`{"resource":` + task + `},{"resource":{"resourceType":"Patient","id":"b"},"search":{"mode":"include"}}`), 1, false},
		"a warning is no row":           {page(`{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"x"}]},"search":{"mode":"outcome"}}`), 0, false},
		"an error is no page":           {page(`{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"x"}]}}`), 0, true},
		"another type is no page":       {page(`{"resource":{"resourceType":"Flag","id":"b"}}`), 0, true},
		"an empty entry is no page":     {page(`{}`), 0, true},
		"an OperationOutcome":           {`{"resourceType":"OperationOutcome","issue":[{"severity":"fatal","code":"login"}]}`, 0, true},
		"a Bundle of another kind":      {`{"resourceType":"Bundle","type":"history"}`, 0, true},
		"a sign-in page":                {`<html>`, 0, true},
		"an answer that is broken off":  {page(`{"resource":` + task + `}`)[:300], 0, true},
		"a searchset without any entry": {`{"resourceType":"Bundle","type":"searchset"}`, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := OpenPage(TaskType, []byte(row.body))
			if (err != nil) != row.bad || len(p.Entries) != row.rows || len(p.Keys) != row.rows {
				t.Fatalf("%d rows, %d keys, %v", len(p.Entries), len(p.Keys), err)
			}
			if strings.HasPrefix(row.body, `{"resourceType":"Bundle","type":"searchset","total"`) && !row.bad && (p.Total != 2 || p.Next != "http://x/next" || p.Updated.IsZero()) {
				t.Errorf("%+v", p.Page)
			}
		})
	}
}
