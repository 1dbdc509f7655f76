package document

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"brygga/care"
)

func TestWhatChangesTheHash(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*Collection, *Options)
		another bool
	}{
		{"nothing", func(*Collection, *Options) {}, false},
		{"the consent", func(_ *Collection, o *Options) { o.Consents = nil }, false},
		{"the unit that the client has just now", func(_ *Collection, o *Options) {
			o.Custodian = Party{Name: "Hemtjänst Södra", Ref: "Organization/sodra"}
		}, false},
		{"what the care home is called", func(_ *Collection, o *Options) { o.Recipient.Name = "Nya Solgården" }, false},
		{"the language", func(_ *Collection, o *Options) { o.Language = "en" }, false},
		{"the address of the source", func(c *Collection, o *Options) { o.Base = "https://new.example"; c.Support = here(c.Support) }, false},
		{"what is not carried", func(c *Collection, _ *Options) { replace(care.SectionPlan, "faller", "snubblar")(c) }, false},
		{"what is carried", func(c *Collection, _ *Options) { replace(care.SectionPlan, "tisdagar", "onsdagar")(c) }, true},
		{"the name of staff", func(c *Collection, _ *Options) {
			give("Practitioner/anna", `{"resourceType":"Practitioner","id":"anna","name":[{"text":"Bo"}]}`)(c)
		}, true},
		{"the name of the client", func(c *Collection, _ *Options) { c.Patient = raw(`{"resourceType":"Patient","id":"p1"}`) }, true},
		{"a permitted section that holds nothing", func(_ *Collection, o *Options) { o.Permitted |= care.SetOfSections(care.SectionRelatives) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, r := record(), record()
			o := options(care.SectionPlan, care.SectionContact)
			before.Rows[care.SectionRelatives], r.Rows[care.SectionRelatives] = nil, nil
			first := composed(t, before, o)
			c.change(&r, &o)
			if got := composed(t, r, o).Hash != first.Hash; got != c.another {
				t.Errorf("another hash: %v, want %v", got, c.another)
			}
		})
	}
}

// here is support whose references are relative, as they are whatever the address.
func here(all map[care.Ref]json.RawMessage) map[care.Ref]json.RawMessage {
	c := Collection{Rows: map[care.Section][]json.RawMessage{}}
	for _, body := range all {
		c.Rows[0] = append(c.Rows[0], body)
	}
	replace(0, base+"/", "")(&c)
	out := map[care.Ref]json.RawMessage{"Practitioner/assessor": nil}
	for _, body := range c.Rows[0] {
		if o, err := decode(body); err == nil {
			out[selfOf(o)] = body
		}
	}
	return out
}

func TestTheSameDocumentIsTheSameBytes(t *testing.T) {
	one, two := composed(t, record(), options()), composed(t, record(), options())
	if string(one.Bundle(testID, at)) != string(two.Bundle(testID, at.In(time.FixedZone("x", 3600)))) {
		t.Error("the bundles differ")
	}
	if string(one.Page(testID, at)) != string(two.Page(testID, at)) {
		t.Error("the pages differ")
	}
}

// The largest record that is taken is composed in the time that a person waits.
func TestALargeRecordIsComposed(t *testing.T) {
	r := record()
	for i := range mostRows - 20 {
		add(care.SectionRisks, rowOf("RiskAssessment", fmt.Sprint("n", i), fmt.Sprintf(`"status":"final","occurrenceDateTime":"2026-01-02","basis":[{"reference":"RiskAssessment/n%d"}]`, (i+1)%4000)))(&r)
	}
	d := composed(t, r, options())
	if n := len(d.Sections[6].Entries); n != mostRows-18 {
		t.Errorf("%d entries", n)
	}
}
