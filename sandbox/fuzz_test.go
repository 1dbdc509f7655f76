package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

// FuzzParse holds our reading of JSON against encoding/json's.
func FuzzParse(f *testing.F) {
	for _, text := range append([]string{
		`{}`, `[]`, `null`, ` 1.50e3 `, `"a\"\\\u00e4\ud83d\ude00"`, `{"a":{"b":[1,[2,{"c":null}],true]},"d":""}`, `{"a\u0062":1}`, "{\n \"a\" : [ ]\t}\r\n",
		`{"a":1,}`, `{`, `"`, ``, "\"\xff\"", `[1 2]`, `{"a" 1}`, `{"":{"":[]}}`,
	}, records...) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := parse(text)
		var want any
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber()
		valid := json.Valid(text)
		if (err == nil) != valid && err != errNotUTF8 {
			t.Fatalf("parse says %v, encoding/json %v", err, valid)
		}
		if err != nil {
			return
		}
		if err := dec.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if got := plainly(d); !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\n got %v\nwant %v", text, got, want)
		}
		same := d.replace("", func(string, string) (string, bool) { return "", false })
		var again any
		dec = json.NewDecoder(strings.NewReader(same))
		dec.UseNumber()
		if err := dec.Decode(&again); err != nil || !reflect.DeepEqual(again, want) {
			t.Fatalf("%s written again is %s", text, same)
		}
	})
}

// plainly is a doc as encoding/json would decode it.
func plainly(d doc) any {
	switch {
	case d.isObject():
		m := map[string]any{}
		for i, k := range d.keys {
			m[k] = plainly(d.vals[i])
		}
		return m
	case d.isArray():
		a := []any{}
		for _, v := range d.vals {
			a = append(a, plainly(v))
		}
		return a
	case d.isString():
		return d.str()
	case d.raw == "true", d.raw == "false":
		return d.raw == "true"
	case d.raw == "null":
		return nil
	}
	return json.Number(d.raw)
}

// FuzzSearch asks for anything: an answer is a searchset or a refusal, always JSON,
// and every row of a searchset is there.
func FuzzSearch(f *testing.F) {
	s := New(Options{Clock: newClock().now, DefaultCount: 3})
	if err := s.Load(raws(records...)...); err != nil {
		f.Fatal(err)
	}
	for _, q := range []string{
		"Patient?identifier=urn:pnr%7C1&_count=2", "Encounter?date=ge2026-07-01&date=lt2026-08&_sort=-date,_id", "Encounter?subject:Patient=p1&_include=Encounter:subject",
		"Encounter?class:not=HH&type=a,b%5C,c", "Task?_lastUpdated=gt2026-11-21T01:30:00.000Z&_total=none", "Patient?_elements=id,active&_summary=false", "Patient/_history?_since=2020&_count=0",
		"Patient?a:b:c=d&&=&%7C", "Encounter?date=&_id=,", "?_page=0000.1", "metadata", "Patient/p1/_history/1", "Encounter?patient:identifier=%7C1&date:missing=true",
	} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		u, err := url.ParseRequestURI("/fhir/" + q)
		if err != nil {
			return
		}
		r := httptest.NewRequest(http.MethodGet, "http://h/fhir/", nil)
		r.URL.Path, r.URL.RawQuery = u.Path, u.RawQuery
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var out struct {
			ResourceType, Type string
			Total              *int
			Entry              []struct {
				Resource struct{ ResourceType, ID string }
			}
			Issue []struct{ Code string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
		switch {
		case w.Code >= 500:
			t.Fatalf("status %d", w.Code)
		case w.Code >= 400 && (out.ResourceType != "OperationOutcome" || len(out.Issue) == 0):
			t.Fatalf("a refusal without outcome: %s", w.Body)
		case out.ResourceType == "Bundle" && out.Type == "searchset":
			for _, e := range out.Entry {
				if _, there := s.Get(e.Resource.ResourceType + "/" + e.Resource.ID); !there {
					t.Fatalf("found %v, which is not there", e.Resource)
				}
			}
			if out.Total != nil && *out.Total > len(records) {
				t.Fatalf("total %d", *out.Total)
			}
		}
	})
}

// FuzzBundle posts anything: what is refused leaves nothing, what is answered has an
// entry for each, and what stands is valid JSON of the type and id it stands under.
func FuzzBundle(f *testing.F) {
	for _, b := range []string{
		bundled("transaction", post("urn:uuid:1", `{"resourceType":"Patient"}`), post("urn:uuid:2", `{"resourceType":"Task","status":"requested","intent":"order","for":{"reference":"urn:uuid:1"}}`)),
		bundled("transaction", post("", unnumbered("1"), ifNone("1")), post("", unnumbered("1"), ifNone("1")), other("DELETE", "Flag/f"), other("GET", "Flag?_count=1")),
		bundled("transaction", put("Flag/f", flag("f", "inactive"), `,"ifMatch":"W/\"1\""`), put("Flag?identifier=urn:f|2", unnumbered("2"))),
		bundled("batch", put("Flag/f", flag("f", "bad")), other("GET", "Flag/f/_history"), other("PATCH", "Flag/f"), other("DELETE", "Flag?_id=f")),
		bundled("transaction", `{}`), `{"resourceType":"Bundle","type":"transaction","entry":{}}`, bundled("document"), `[]`,
		bundled("transaction", post("x", `{"resourceType":"Task","status":"draft","intent":"order","for":{"reference":"Patient?identifier=a|b"}}`)),
	} {
		f.Add([]byte(b))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s := New(Options{Clock: newClock().now})
		if err := s.Load(raws(flag("f", "active"), patient)...); err != nil {
			t.Fatal(err)
		}
		before := dump(t, s)
		r := httptest.NewRequest(http.MethodPost, "http://h/fhir", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/fhir+json")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if !json.Valid(w.Body.Bytes()) || w.Code >= 500 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		after := dump(t, s)
		if w.Code >= 400 && after != before {
			t.Fatalf("refused with %d, yet changed\n%s", w.Code, after)
		}
		for line := range strings.Lines(after) {
			var res struct{ ResourceType, ID string }
			if err := json.Unmarshal([]byte(line), &res); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if raw, there := s.Get(res.ResourceType + "/" + res.ID); !there || string(raw)+"\n" != line {
				t.Fatalf("%s does not stand where it says", line)
			}
		}
	})
}
