package fhir

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	r4 "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"brygga/care"
	"brygga/mapping"
	"brygga/mapping/person"
)

// encounterPage is a search answer with n finished visits, as servers write them.
func encounterPage(n int) []byte {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"fullUrl":"http://server.example/fhir/Encounter/v%[1]d","resource":{"resourceType":"Encounter","id":"v%[1]d",`+
			`"meta":{"versionId":"1","lastUpdated":"2026-11-20T02:10:%02[2]d.120+00:00","source":"#abc"},"status":"finished",`+
			`"class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HH","display":"home health"},`+
			`"type":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/service","code":"personal-care"}]}],`+
			`"subject":{"reference":"Patient/p%[3]d","display":"x"},"participant":[{"individual":{"reference":"Practitioner/s%[2]d"}},`+
			`{"individual":{"reference":"PractitionerRole/r%[2]d"}}],`+
			`"period":{"start":"2026-11-19T08:%02[2]d:00+01:00","end":"2026-11-19T08:59:00+01:00"},`+
			`"basedOn":[{"reference":"ServiceRequest/sr%[3]d"}]},"search":{"mode":"match"}}`, i, i%60, i%400)
	}
	return searchset(rows...)
}

func searchset(entries ...string) []byte {
	return []byte(`{"resourceType":"Bundle","type":"searchset","meta":{"lastUpdated":"2026-11-20T02:10:00.5Z"},"total":` +
		fmt.Sprint(len(entries)) + `,"link":[{"relation":"self","url":"http://server.example/fhir/x"},` +
		`{"relation":"next","url":"http://server.example/fhir?page=2"}],"entry":[` + strings.Join(entries, ",") + `]}`)
}

func planPage(n int) []byte {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = `{"resource":` + strings.ReplaceAll(wholePlan, `"cp1"`, fmt.Sprintf(`"cp%d"`, i)) + `}`
	}
	return searchset(rows...)
}

func benchPage(b *testing.B, kind string, body []byte, plain bool) {
	m := New(Options{Hasher: person.NewHasher([]byte("k")), Names: care.NewNames(), PlainJSON: plain})
	k := kindNamed(kind)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		p, err := m.Page(k, discard{}, body)
		if err != nil {
			b.Fatal(err)
		}
		if err := p.Take(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPageOfVisits(b *testing.B) { benchPage(b, "visit", encounterPage(500), false) }

func BenchmarkPageOfVisitsWithPlainJSON(b *testing.B) {
	benchPage(b, "visit", encounterPage(500), true)
}

func BenchmarkPageOfPlans(b *testing.B) { benchPage(b, "plan", planPage(100), false) }

// BenchmarkPageOfVisitsThroughSamply is what the thin structs are held against.
func BenchmarkPageOfVisitsThroughSamply(b *testing.B) {
	body := encounterPage(500)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		var page struct {
			Entry []struct{ Resource r4.Encounter }
		}
		if err := json.Unmarshal(body, &page); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{}

func (discard) Record(care.Record)         {}
func (discard) Unreadable(care.Unreadable) {}
func (discard) Visit(care.VisitRecord)     {}
func (discard) Note(care.NoteRecord)       {}

func kindNamed(name string) mapping.Kind {
	for _, k := range Kinds(DefaultCodes()) {
		if k.Name == name {
			return k
		}
	}
	panic("no kind " + name)
}

const wholePlan = `{"resourceType":"CarePlan","id":"cp1","meta":{"versionId":"3","lastUpdated":"2026-09-02T10:00:00Z"},
"text":{"status":"generated","div":"<div>x</div>"},"status":"active","intent":"plan",
"category":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/plan","code":"implementation"}]}],
"subject":{"reference":"Patient/p1"},"created":"2026-09-01","author":{"reference":"Practitioner/s1"},
"contributor":[{"reference":"Patient/p1"}],
"activity":[{"detail":{"status":"scheduled","code":{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/plan","code":"follow-up"}]},"scheduledPeriod":{"start":"2027-02-01"}}}]}`

// BenchmarkLinesOnDisk is what `brygga evaluate` does with visits in NDJSON.
func BenchmarkLinesOnDisk(b *testing.B) {
	line := oneLine(with(wholeVisit, "meta", `{"versionId":"1","lastUpdated":"2026-11-20T02:10:00.120+00:00"}`)) + "\n"
	data := strings.Repeat(line, 2000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		m := New(Options{Hasher: person.NewHasher([]byte("k")), Names: care.NewNames()})
		err := ReadPath(b.Context(), "-", strings.NewReader(data), m, discard{}, func(p Problem) { b.Fatal(p) })
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPageByEntry is a page that needs a second look at every row.
func BenchmarkPageByEntry(b *testing.B) {
	body := []byte(strings.ReplaceAll(string(planPage(100)), `"intent":"plan"`, `"intent":"whim"`))
	benchPage(b, "plan", body, false)
}
