package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestLoadTakesWhatStoodThereForYears(t *testing.T) {
	k := newClock()
	s, c := started(t, Options{Clock: k.now})
	load(t, s,
		`{"resourceType":"Encounter","id":"old","meta":{"lastUpdated":"2026-10-01T00:00:00Z","versionId":"12"},"status":"finished"}`,
		`{"resourceType":"Encounter","id":"future","meta":{"lastUpdated":"2027-10-01T00:00:00Z"}}`,
		`{"resourceType":"Encounter","id":"broken","meta":{"lastUpdated":"whenever"},"period":{"start":"2026-02-30"},"status":7}`,
		`{"resourceType":"Encounter","status":"finished"}`,
		"{\n  \"resourceType\": \"Encounter\",\n  \"id\": \"spread\"\n}",
	)
	if ids := c.want(200, "GET", "/Encounter?_lastUpdated=lt2026-11-01", "").ids(); ids != "old" {
		t.Errorf("from before: %q", ids)
	}
	if ids := strings.Fields(c.want(200, "GET", "/Encounter?_lastUpdated=ge2026-11-21", "").ids()); len(ids) != 4 {
		t.Errorf("from now: %v", ids)
	}
	if ids := c.want(200, "GET", "/Encounter?_lastUpdated=gt2026-11-21T01:30:00Z", "").ids(); ids != "" {
		t.Errorf("from the future: %q", ids)
	}
	r := c.want(200, "GET", "/Encounter/broken", "")
	if r.header.Get("ETag") != `W/"1"` || r.body["period"].(map[string]any)["start"] != "2026-02-30" || r.body["status"] != 7.0 {
		t.Errorf("a broken record is kept as it is: %s", r.raw)
	}
	if raw, _ := s.Get("Encounter/spread"); strings.Contains(string(raw), "\n") {
		t.Errorf("a line of NDJSON has a line break: %s", raw)
	}
	h := c.want(200, "GET", "/Encounter/_history?_since=2026-11-01T00:00:00Z", "")
	if h.body["total"] != 4.0 {
		t.Errorf("the history has %v since", h.body["total"])
	}

	k.advance(time.Hour)
	load(t, s, `{"resourceType":"Encounter","id":"old","meta":{"lastUpdated":"2026-01-01T00:00:00Z"},"status":"planned"}`, `{"resourceType":"Encounter","id":"old","status":"arrived"}`)
	if s.Version("Encounter/old") != 3 {
		t.Errorf("version %d, want 3", s.Version("Encounter/old"))
	}
	second := c.want(200, "GET", "/Encounter/old/_history/2", "")
	if at := second.body["meta"].(map[string]any)["lastUpdated"]; at != "2026-10-01T00:00:00.000Z" {
		t.Errorf("a version is not older than the one before, but is of %v", at)
	}
	if n := s.Requests().Written(); n != 0 {
		t.Error("what is loaded is not counted")
	}
}

func TestLoadIsAllOrNothing(t *testing.T) {
	s, _ := started(t, Options{})
	good := `{"resourceType":"Patient","id":"p1"}`
	for _, row := range []struct{ name, bad, says string }{
		{"broken JSON", `{"resourceType":`, "not valid JSON"},
		{"no UTF-8", "{\"resourceType\":\"\xff\"}", "not valid UTF-8"},
		{"an unknown type", `{"resourceType":"Pet"}`, "no resource type"},
		{"no type", `[]`, "no resource type"},
		{"an id that is none", `{"resourceType":"Patient","id":"a b"}`, "id is not well-formed"},
		{"an element twice", `{"resourceType":"Patient","active":true,"active":true}`, "twice"},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := s.Load(raws(good, good, row.bad)...)
			if err == nil || !strings.Contains(err.Error(), row.says) || !strings.Contains(err.Error(), "resource 3 of 3") {
				t.Errorf("error %v", err)
			}
			if len(s.All("Patient")) != 0 {
				t.Error("something was loaded")
			}
		})
	}
	if err := s.Load(); err != nil {
		t.Errorf("loading nothing: %v", err)
	}
}

func TestPutIsAsStrictAsHTTP(t *testing.T) {
	s, _ := started(t, Options{})
	ref, err := s.Put(json.RawMessage(unnumbered("1")))
	if err != nil || s.Version(ref) != 1 {
		t.Fatalf("%s: %v", ref, err)
	}
	if ref, err = s.Put(json.RawMessage(flag("own", "active"))); err != nil || ref != "Flag/own" {
		t.Fatalf("%s: %v", ref, err)
	}
	if _, err = s.Put(json.RawMessage(flag("own", "inactive"))); err != nil || s.Version(ref) != 2 {
		t.Fatalf("version %d: %v", s.Version(ref), err)
	}
	for _, bad := range []string{`{`, `{"resourceType":"Pet"}`, `{"resourceType":"Flag","id":"x"}`, flag("own", "perhaps")} {
		if _, err := s.Put(json.RawMessage(bad)); err == nil {
			t.Errorf("put %s", bad)
		}
	}
	if s.Requests().Written() != 0 || s.Version("Flag/own") != 2 {
		t.Error("a refused put wrote, or a put was counted")
	}
}

func TestWhatIsExportedCanBeLoadedAgain(t *testing.T) {
	s, c := started(t, Options{})
	load(t, s, records...)
	s.Delete("Patient/p3")
	dir := filepath.Join(t.TempDir(), "export")
	if err := s.Export(dir); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 9 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	again, d := started(t, Options{})
	for _, f := range files {
		if info, _ := f.Info(); info.Mode().Perm() != 0o600 {
			t.Errorf("%s can be read by others", f.Name())
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if !strings.HasPrefix(line, `{"resourceType":"`+strings.TrimSuffix(f.Name(), ".ndjson")+`"`) {
				t.Errorf("%s has %s", f.Name(), line)
			}
			load(t, again, line)
		}
	}
	if dump(t, s) != dump(t, again) {
		t.Error("what was loaded again is something else")
	}
	if a, b := c.want(200, "GET", "/Encounter?based-on=r1", "").ids(), d.want(200, "GET", "/Encounter?based-on=r1", "").ids(); a != b || a == "" {
		t.Errorf("found %q and %q", a, b)
	}
	if err := s.Export(filepath.Join(dir, "Patient.ndjson")); err == nil {
		t.Error("a file is no folder")
	}
	if err := os.Mkdir(filepath.Join(dir, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "x", "Patient.ndjson"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Export(filepath.Join(dir, "x")); err == nil {
		t.Error("a folder is no file")
	}
}

func TestIdsAreTheSameForOneSeedAndDifferOtherwise(t *testing.T) {
	ids := func(seed uint64) string {
		s, _ := started(t, Options{Seed: seed})
		load(t, s, `{"resourceType":"Patient"}`, `{"resourceType":"Patient"}`)
		return dump(t, s)
	}
	if first, again := ids(1), ids(1); first != again || first == ids(2) {
		t.Error("the seed does not decide the ids")
	}
}

func TestTheServersTimeNeverGoesBack(t *testing.T) {
	k := newClock()
	s, c := started(t, Options{Clock: k.now})
	load(t, s, flag("a", "active"))
	k.advance(-time.Hour)
	r := c.want(200, "PUT", "/Flag/a", flag("a", "inactive"))
	if at := r.body["meta"].(map[string]any)["lastUpdated"]; at != "2026-11-21T01:30:00.000Z" {
		t.Errorf("lastUpdated %v", at)
	}
}

func TestStartSaysWhenItCannotListen(t *testing.T) {
	s, c := started(t, Options{})
	addr := strings.TrimSuffix(strings.TrimPrefix(c.base, "http://"), BasePath)
	if _, _, err := s.Start(t.Context(), addr); err == nil || !strings.Contains(err.Error(), "starting the sandbox") {
		t.Errorf("error %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a server without a clock must not start")
		}
	}()
	New(Options{})
}

// visits are n Encounters like those of a municipality.
func visits(n int) []json.RawMessage {
	out := make([]json.RawMessage, n)
	begin := time.Date(2026, 9, 21, 6, 0, 0, 0, time.UTC)
	for i := range out {
		at := begin.Add(time.Duration(i) * 90 * time.Second)
		out[i] = json.RawMessage(fmt.Sprintf(`{"resourceType":"Encounter","id":"v%d","identifier":[{"system":"https://exempel.se/besok","value":"B-%d"}],"status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HH","display":"home health"},`+
			`"type":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/service","code":"personal-care"}],"text":"Personlig omvårdnad"}],"subject":{"reference":"Patient/c%d"},`+
			`"participant":[{"individual":{"reference":"Practitioner/s%d"}}],"basedOn":[{"reference":"ServiceRequest/r%d"}],"period":{"start":%q,"end":%q},"serviceProvider":{"reference":"Organization/o%d"}}`,
			i, i, i%500, i%90, i%1200, at.Format(time.RFC3339), at.Add(20*time.Minute).Format(time.RFC3339), i%5))
	}
	return out
}

func BenchmarkLoad60kVisits(b *testing.B) {
	all := visits(60_000)
	size := 0
	for _, v := range all {
		size += len(v)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		if err := New(Options{Clock: newClock().now}).Load(all...); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSearchAmong60kVisits(b *testing.B) {
	s, c := started(b, Options{})
	if err := s.Load(visits(60_000)...); err != nil {
		b.Fatal(err)
	}
	for _, row := range []struct{ name, query string }{
		{"five days, first page of 1000", "date=ge2026-11-01&date=lt2026-11-06&_count=1000"},
		{"based-on, one row", "based-on=ServiceRequest/r7&_count=1"},
		{"changed since, none", "_lastUpdated=gt2026-11-21T01:30:00Z"},
		{"identifier", "identifier=https://exempel.se/besok%7CB-4711"},
		{"count of all", "_summary=count"},
	} {
		b.Run(row.name, func(b *testing.B) {
			for b.Loop() {
				c.want(200, "GET", "/Encounter?"+row.query, "")
			}
		})
	}
}
