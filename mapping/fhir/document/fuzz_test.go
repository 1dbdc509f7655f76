package document

import (
	"encoding/json"
	"testing"

	"brygga/care"
)

// Whatever a source answers: no panic, and what is composed passes the checks.
func FuzzCompose(f *testing.F) {
	c := record()
	for _, s := range care.Sections() {
		for _, row := range c.Rows[s] {
			f.Add(uint8(s), []byte(row), []byte(c.Support["Practitioner/anna"]), uint8(255))
			f.Add(uint8(s), []byte(row), []byte(c.Support["PractitionerRole/r1"]), uint8(1)<<s)
		}
	}
	f.Add(uint8(0), []byte(patient), []byte(`{"resourceType":"Practitioner","id":"anna","name":{"given":"x"}}`), uint8(3))
	f.Fuzz(func(t *testing.T, section uint8, row, staff []byte, permitted uint8) {
		c := record()
		s := care.Section(section % 8)
		c.Rows[s] = append(c.Rows[s], json.RawMessage(row))
		c.Support["Practitioner/anna"] = staff
		o := options()
		o.Permitted = care.SectionSet(permitted)
		c.Wants(o)
		d, err := Compose(c, o)
		if err != nil {
			return
		}
		for _, p := range Check(d.Bundle(testID, at), o.Permitted) {
			t.Errorf("Check: %s", p)
		}
		d.Page(testID, at)
	})
}

// A patient may be anything too.
func FuzzComposePatient(f *testing.F) {
	f.Add([]byte(patient))
	f.Add([]byte(`{"resourceType":"Patient","id":"p1","name":{"text":7},"meta":[],"identifier":[null,{"value":{}}]}`))
	f.Fuzz(func(t *testing.T, patient []byte) {
		c := record()
		c.Patient = patient
		d, err := Compose(c, options())
		if err != nil {
			return
		}
		for _, p := range Check(d.Bundle(testID, at), care.AllSections) {
			t.Errorf("Check: %s", p)
		}
		d.Page(testID, at)
	})
}

func FuzzCheck(f *testing.F) {
	d, err := Compose(record(), options())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(d.Bundle(testID, at), uint8(255))
	f.Add([]byte(`{"resourceType":"Bundle","entry":[{"resource":{"contained":[{}],"text":{"div":"<div>"}}},7,{}]}`), uint8(1))
	f.Fuzz(func(_ *testing.T, bundle []byte, permitted uint8) {
		Check(bundle, care.SectionSet(permitted))
	})
}
