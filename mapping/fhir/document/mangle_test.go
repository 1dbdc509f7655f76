package document

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"brygga/care"
)

// Whatever form elements have, of rows, staff and the client: nothing panics, and what is
// composed passes the checks.
func TestElementsOfAnyFormAreComposedSoundly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := record()
		mangle := func(raw json.RawMessage) json.RawMessage {
			o, err := decode(raw)
			if err != nil {
				return raw
			}
			for range rapid.IntRange(0, 3).Draw(t, "times") {
				mangled(t, o)
			}
			return encode(o)
		}
		c.Patient = mangle(c.Patient)
		for _, s := range care.Sections() {
			for i := range c.Rows[s] {
				c.Rows[s][i] = mangle(c.Rows[s][i])
			}
		}
		for _, ref := range []care.Ref{"Practitioner/anna", "PractitionerRole/r1", "Organization/norra", "Binary/b1"} {
			c.Support[ref] = mangle(c.Support[ref])
		}
		o := options()
		o.Permitted = care.SectionSet(rapid.IntRange(1, 255).Draw(t, "permitted"))
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

// mangled puts something into some place of a tree.
func mangled(t *rapid.T, v any) {
	switch v := v.(type) {
	case object:
		all := keys(v)
		k := all[rapid.IntRange(0, len(all)-1).Draw(t, "key")]
		if inner(v[k]) && rapid.Bool().Draw(t, "deeper") {
			mangled(t, v[k])
			return
		}
		if rapid.IntRange(0, 4).Draw(t, "beside") == 0 {
			k = rapid.SampledFrom([]string{"_" + k, "extension", "modifierExtension", "contained", "reference", "display", "text", "meta", "url", "period", "div"}).Draw(t, "name")
		}
		v[k] = anything(t)
	case []any:
		i := rapid.IntRange(0, len(v)-1).Draw(t, "item")
		if inner(v[i]) && rapid.Bool().Draw(t, "deeper") {
			mangled(t, v[i])
			return
		}
		v[i] = anything(t)
	}
}

func inner(v any) bool {
	switch v := v.(type) {
	case object:
		return len(v) > 0
	case []any:
		return len(v) > 0
	}
	return false
}

func anything(t *rapid.T) any {
	return rapid.SampledFrom([]any{
		nil, true, json.Number("-1.50e3"), "", "x", " ", "#", "#g1", "Patient/p1", "CarePlan/cp1", "Practitioner/anna", "urn:uuid:x", "2026-02-30", "\u0001",
		list(),
		object{},
		list(nil), list(list("x")), list(object{}, nil), with("reference", "CarePlan/cp1"), with("reference", "#"), with("reference", json.Number("1")),
		with("reference", nil), with("display", "x"), with("_display", object{}), with("resourceType", "Practitioner"), with("type", "Patient"),
		list(object{"resourceType": "Practitioner", "id": "g1"}), list(object{"resourceType": "Goal", "id": "g1", "subject": pointer("Patient/p1")}),
		list(object{"url": "urn:x", "valueString": "x"}), list(with("url", "urn:x")), list(object{"url": "x", "valueReference": pointer("Task/1")}),
		object{"start": "2026-02-01", "end": "2026-01-01"},
		object{"contentType": "a/b", "url": "Binary/b1"},
		object{"coding": with("code", "x")},
		object{"id": "x", "extension": list(object{"url": "urn:x", "valueCode": "x"})},
		list(nil, object{"extension": list(object{"url": "urn:x", "valueCode": "x"})}),
	}).Draw(t, "anything")
}
