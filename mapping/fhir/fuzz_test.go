package fhir

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"brygga/care"
	"brygga/mapping"
)

// seeds are resources of every type that is read, whole and broken in the ways
// that have been thought of.
func seeds() []string {
	whole := []string{
		wholePatient, wholePractitioner, wholeRole, wholeEpisode, wholeService, wholeTeam, wholeDecision, wholeTalk,
		barePlan, wholePlan, wholeReview, wholeVisit,
		with(wholeVisit, "class", class("IMP")),
		`{"resourceType":"DocumentReference","id":"n1","status":"current","type":` + ours("document", "social-journal") + `,"subject":{"reference":"Patient/p1"},"date":"2026-09-30T22:30:00Z"}`,
		`{"resourceType":"DetectedIssue","id":"d1","status":"final","code":` + ours("deviation", "fall") + `,"patient":{"reference":"Patient/p1"},"identifiedDateTime":"2026-10","mitigation":[{"date":"2026"}]}`,
		`{"resourceType":"RiskAssessment","id":"k1","status":"final","subject":{"reference":"Patient/p1"},"occurrenceDateTime":"2026-10-01","prediction":[{"qualitativeRisk":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/risk-probability","code":"high"}]}}]}`,
		`{"resourceType":"RelatedPerson","id":"r1","patient":{"identifier":{"system":"urn:oid:1.2.752.129.2.1.3.1","value":"181902238292"}}}`,
		`{"resourceType":"Organization","id":"u1","name":"Norra","identifier":[{"system":"urn:oid:2.5.4.97","value":"2120000000"}]}`,
	}
	out := append([]string(nil), whole...)
	for _, s := range whole {
		s = oneLine(s)
		out = append(out, s, s[:len(s)/2], with(s, "status", `"x"`), with(s, "id", "5"), with(s, "meta", `{"lastUpdated":"2026-02-30"}`),
			with(s, "period", `{"start":"2026-02-30"}`), with(s, "subject", `[]`, "patient", `"x"`), strings.Replace(s, ":", ":null,\"x\":", 1))
	}
	return append(out, "", "null", "[]", "{}", `{"resourceType":"Goal"}`, "\xff{", `{"resourceType":"CarePlan","resourceType":"Patient","id":"\u0061"}`)
}

// datesIn are all dates that the strings of a JSON value can mean.
func datesIn(raw []byte) map[care.Date]bool {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	dates := map[care.Date]bool{0: true}
	var walk func(any)
	walk = func(v any) {
		switch x := v.(type) {
		case string:
			if m, ok := parseMoment(x); ok {
				dates[m.first()], dates[m.last()] = true, true
			}
		case []any:
			for _, c := range x {
				walk(c)
			}
		case map[string]any:
			for _, c := range x {
				walk(c)
			}
		}
	}
	walk(v)
	return dates
}

// datesOf are all dates of a value, found by reflection: none can be forgotten.
func datesOf(v reflect.Value, found func(care.Date)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			datesOf(v.Elem(), found)
		}
	case reflect.Slice:
		for i := range v.Len() {
			datesOf(v.Index(i), found)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			datesOf(v.Field(i), found)
		}
	case reflect.Int32:
		if d, ok := v.Interface().(care.Date); ok {
			found(d)
		}
	}
}

// checkHeard holds what was read against the laws of reading.
func checkHeard(t *testing.T, raw []byte, h *heard) {
	t.Helper()
	known := datesIn(raw)
	for _, r := range h.Records {
		datesOf(reflect.ValueOf(r.Facts), func(d care.Date) {
			if !known[d] {
				t.Errorf("%s has the date %s, which is not in it", r.Ref, d)
			}
		})
		if !strings.Contains(string(r.Ref), "/") {
			t.Errorf("a record is named %q", r.Ref)
		}
	}
	for _, n := range h.Notes {
		if !known[n.Note.Date] {
			t.Errorf("%s has the date %s, which is not in it", n.Ref, n.Note.Date)
		}
	}
	for _, v := range h.Visits {
		for _, one := range v.Visits {
			if key := mapping.Key(v.Ref); one.KeyHi != uint32(key>>32) || one.KeyLo != uint32(key) {
				t.Errorf("%s has another key", v.Ref)
			}
		}
	}
	for _, u := range h.Unread {
		if u.Reason == "" || u.Path == "" || u.Ref == "" {
			t.Errorf("unreadable, and nobody knows why: %+v", u)
		}
	}
}

// odd says whether a resource has a key twice, or one that differs from what is
// read only in case: there the two ways of reading may differ, and may.
func odd(raw []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(raw))
	var walk func() bool
	walk = func() bool {
		token, err := dec.Token()
		if err != nil {
			return true
		}
		switch token {
		case json.Delim('{'):
			seen := map[string]bool{}
			for dec.More() {
				key, err := dec.Token()
				name, _ := key.(string)
				if err != nil || seen[strings.ToLower(name)] || !readName(name) {
					return true
				}
				seen[strings.ToLower(name)] = true
				if walk() {
					return true
				}
			}
			_, err = dec.Token()
		case json.Delim('['):
			for dec.More() {
				if walk() {
					return true
				}
			}
			_, err = dec.Token()
		}
		return err != nil
	}
	return walk()
}

// knownNames are the names of everything that is read.
var knownNames = func() map[string]bool {
	names := map[string]bool{"url": true}
	var add func(fields)
	add = func(f fields) {
		for name, s := range f {
			names[name] = true
			add(s.fields)
		}
	}
	add(headFields)
	for _, r := range readers() {
		add(r.(interface{ reads() fields }).reads())
	}
	return names
}()

func (s *spec[R]) reads() fields { return s.fields }

func readName(name string) bool {
	for n := range knownNames {
		if n != name && strings.EqualFold(n, name) {
			return false
		}
	}
	return true
}

func FuzzResource(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		h, plain := &heard{}, &heard{}
		err := newMapper(false).Resource(h, raw)
		plainErr := newMapper(true).Resource(plain, raw)
		if err != nil {
			if h.calls() != 0 {
				t.Errorf("%v, and yet %s", err, show(h))
			}
			if json.Valid(raw) && len(raw) > 0 && plainErr == nil {
				t.Errorf("go-json: %v; encoding/json: fine", err)
			}
			return
		}
		if !json.Valid(raw) {
			t.Errorf("what is not JSON was read: %s", show(h))
		}
		if plainErr != nil || !reflect.DeepEqual(h, plain) {
			t.Errorf("go-json gives %s; encoding/json %v %s", show(h), plainErr, show(plain))
		}
		checkHeard(t, raw, h)
		if odd(raw) {
			return
		}
		m := newMapper(false)
		if typ, _ := m.typeOf(raw); m.types[typ] != nil {
			careful := &heard{}
			r := m.types[typ].(interface {
				carefully(x *reading, sink mapping.Sink, raw []byte) error
			})
			if err := r.carefully(&reading{Mapper: m}, careful, raw); err != nil || !reflect.DeepEqual(h, careful) {
				t.Errorf("at once gives %s; with care %v %s", show(h), err, show(careful))
			}
		}
	})
}

func FuzzPage(f *testing.F) {
	kinds := Kinds(DefaultCodes())
	for i, s := range seeds() {
		f.Add(byte(i), []byte(searchset(`{"resource":`+s+`}`)))
	}
	for i := range kinds {
		f.Add(byte(i), searchset())
	}
	f.Add(byte(0), []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"x"}]}`))
	f.Add(byte(0), []byte(`<html>`))
	f.Fuzz(func(t *testing.T, which byte, body []byte) {
		kind := kinds[int(which)%len(kinds)]
		h, plain := &heard{}, &heard{}
		p, err := newMapper(false).Page(kind, h, body)
		q, plainErr := newMapper(true).Page(kind, plain, body)
		if (err == nil) != (plainErr == nil) {
			t.Fatalf("go-json: %v; encoding/json: %v", err, plainErr)
		}
		if h.calls() != 0 {
			t.Error("rows were handed on before they were asked for")
		}
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\"") {
				t.Errorf("the error shows the body: %v", err)
			}
			return
		}
		if !json.Valid(body) {
			t.Fatal("what is not JSON is a page")
		}
		if p.Next != q.Next || p.Total != q.Total || !p.Updated.Equal(q.Updated) || !reflect.DeepEqual(p.Keys, q.Keys) {
			t.Errorf("go-json gives %+v, encoding/json %+v", p, q)
		}
		if err := p.Take(); err != nil {
			t.Fatal(err)
		}
		if err := q.Take(); err != nil {
			t.Fatal(err)
		}
		if h.calls() != len(p.Keys) {
			t.Errorf("%d rows gave %d calls", len(p.Keys), h.calls())
		}
		if !reflect.DeepEqual(h, plain) {
			t.Errorf("go-json gives %s, encoding/json %s", show(h), show(plain))
		}
		checkHeard(t, body, h)
	})
}

func FuzzReadPathLines(f *testing.F) {
	var all []string
	for _, s := range seeds() {
		f.Add([]byte(s))
		all = append(all, oneLine(s))
	}
	f.Add([]byte(strings.Join(all, "\n")))
	f.Add([]byte(`{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:1","resource":` + wholePatient + `},{"resource":` + with(barePlan, "subject", `{"reference":"urn:uuid:1"}`) + `}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		h := &heard{}
		problems := 0
		err := ReadPath(context.Background(), "-", bytes.NewReader(in), newMapper(false), h, func(p Problem) {
			problems++
			if p.Line < 1 || p.Line > bytes.Count(in, []byte("\n"))+1 || p.Reason == "" {
				t.Errorf("a problem in line %d: %s", p.Line, p.Reason)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range bytes.Split(in, []byte("\n")) {
			if line = bytes.TrimSpace(line); len(line) > 0 && !json.Valid(line) && problems == 0 && len(h.Unread) == 0 {
				t.Errorf("line %d is not JSON, and nobody says so", n+1)
			}
		}
	})
}

// FuzzDecode holds go-json against encoding/json for what the fast path decodes.
func FuzzDecode(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	f.Add(encounterPage(2))
	f.Add(planPage(2))
	f.Fuzz(func(t *testing.T, data []byte) {
		same[bundle[encounter]](t, data)
		same[bundle[document]](t, data)
		same[encounter](t, data)
		same[document](t, data)
		same[carePlan](t, data)
		same[careTeam](t, data)
		same[episode](t, data)
		same[patient](t, data)
	})
}

// same decodes with both. Where encoding/json refuses, go-json must refuse: what
// it takes is taken for true. The other way round a row is only read twice.
func same[T any](t *testing.T, data []byte) {
	t.Helper()
	var a, b, c T
	errA := json.Unmarshal(data, &a)
	errB := decode(false, data, &b)
	errC := decodeBulky(false, data, &c)
	if errA != nil && (errB == nil || errC == nil) {
		t.Errorf("%T: encoding/json: %v; go-json: %v, %v", a, errA, errB, errC)
	}
	if errA == nil && (errB == nil && !reflect.DeepEqual(a, b) || errC == nil && !reflect.DeepEqual(a, c)) {
		t.Errorf("%T: encoding/json gives %s, go-json %s and %s", a, fmt.Sprint(a), fmt.Sprint(b), fmt.Sprint(c))
	}
}
