package fhir

import (
	"strings"
	"testing"

	"brygga/care"
	"brygga/mapping/person"
)

func TestNameOfAPatient(t *testing.T) {
	m := New(Options{Codes: DefaultCodes(), Hasher: person.NewHasher([]byte("a key for tests")), Names: care.NewNames()})
	const id = `{"resourceType": "Patient", "id": "p1"`
	for _, c := range []struct{ name, body, want, err string }{
		{"given names and family", id + `, "name": [{"given": ["Anna", "Maria"], "family": "Berg"}]}`, "Anna Maria Berg", ""},
		{"the text, where there is one", id + `, "name": [{"text": "Anna Berg", "given": ["A"], "family": "B"}]}`, "Anna Berg", ""},
		{"the official name first", id + `, "name": [{"use": "usual", "text": "Annie"}, {"use": "official", "text": "Anna Berg"}]}`, "Anna Berg", ""},
		{"no old name", id + `, "name": [{"use": "old", "text": "Anna Ek"}, {"use": "maiden", "text": "Ek"}, {"text": "Anna Berg"}]}`, "Anna Berg", ""},
		{"no name that has ended", id + `, "name": [{"use": "official", "text": "Anna Ek", "period": {"end": "2001-01-01"}}, {"use": "usual", "text": "Anna Berg"}]}`, "Anna Berg", ""},
		{"a use that nobody knows is none", id + `, "name": [{"use": "stage", "text": "Annie B"}]}`, "", ""},
		{"an empty official name", id + `, "name": [{"use": "official"}, {"use": "usual", "text": "Anna"}]}`, "Anna", ""},
		{"no name", id + `}`, "", ""},
		{"one line", id + `, "name": [{"text": "Anna\n\u001b[2J\tBerg "}]}`, "Anna [2J Berg", ""},
		{"a name without end", id + `, "name": [{"family": "` + strings.Repeat("ö", 500) + `"}]}`, strings.Repeat("ö", longestName), ""},
		{"one whose identity is protected by now", id + `, "meta": {"security": [{"system": "http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel", "code": "skyddadFolkbokforing"}]}, "name": [{"text": "Anna"}]}`, "", ""},
		{"one with a label that nobody knows", id + `, "meta": {"security": [{"system": "x", "code": "y"}]}, "name": [{"text": "Anna"}]}`, "", ""},
		{"another Patient", `{"resourceType": "Patient", "id": "p2", "name": [{"text": "Anna"}]}`, "", "not the Patient that was asked for"},
		{"no Patient", `{"resourceType": "Practitioner", "id": "p1", "name": [{"text": "Anna"}]}`, "", "not the Patient"},
		{"names of another shape", id + `, "name": "Anna"}`, "", "no Patient that can be read"},
		{"no JSON", `<html>Anna`, "", "no Patient that can be read"},
	} {
		got, err := m.Name("Patient/p1", []byte(c.body))
		if got != c.want || (err == nil) != (c.err == "") || err != nil && (!strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "Anna")) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
}

func FuzzName(f *testing.F) {
	f.Add(`{"resourceType": "Patient", "id": "p1", "name": [{"text": "Anna"}]}`)
	f.Add(`{"resourceType": "Patient", "id": "p1", "meta": {"security": [{}]}, "name": [{"given": [null, "A"]}]}`)
	m := New(Options{Codes: DefaultCodes(), Hasher: person.NewHasher([]byte("a key for tests")), Names: care.NewNames()})
	f.Fuzz(func(t *testing.T, body string) {
		name, err := m.Name("Patient/p1", []byte(body))
		if err != nil && name != "" || strings.ContainsAny(name, "\n\r\x1b\x00") || len([]rune(name)) > longestName {
			t.Errorf("%q, %v", name, err)
		}
	})
}
