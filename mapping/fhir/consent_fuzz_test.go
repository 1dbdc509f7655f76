package fhir

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"brygga/care"
)

// consentSeeds are Consents that permit all, some or nothing, with every element
// that is read; each is decided by itself.
func consentSeeds() []string {
	nested := provision(spanOf("period", "2026-01-01", "2027-12-31"), within(
		provision(permits, to("Organization/9"), actionOf("disclose"), purposeOf("TREAT"), classOf("plan", "sip"), codeOf("plan", "sip", "risks"),
			spanOf("dataPeriod", "2026", ""), within(provision(denies, classOf("sip"), actionOf("access"), purposeOf("HRESCH", "TREAT")))),
		provision(denies, to("Organization/8", "Practitioner/s1"), codeOf("risks")),
		provision(permits, to(`{"type":"Organization","identifier":`+hsaOf9Also+`}`), classOf("contact")),
		provision(denies, purposeOf("HMARKT")),
	))
	return []string{
		says("c1", yes), says("c1", no), says("c1", nested), says("c1", yes, "performer", `[{"reference":"Patient/1"}]`),
		says("c1", provision(permits, to("Organization/9"), within(provision(denies, classOf("journal", "deviations")), provision(denies, spanOf("period", "", "2026-11-20"))))),
		says("c1", yes, "performer", `[{"reference":"RelatedPerson/daughter"}]`, "verification", `[{"verified":true}]`),
		says("c1", yes, "verification", `[{"verified":true},{"verified":false}]`),
		says("c1", provision(permits, as(role("CST"), "Organization/9"))),
		says("c1", "", "policyRule", policy("OPTIN")), says("c1", provision(denies, within(provision(permits, classOf("plan")))), "policyRule", policy("OPTIN")),
		says("c1", yes, "status", `"inactive"`), says("c1", yes, on("2026-12-01")...),
		says("c1", yes, "category", `[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}]`),
		says("c1", provision(permits, to("#o"), `"securityLabel":[{"code":"R"}]`, `"data":[{"meaning":"instance","reference":{"reference":"CarePlan/1"}}]`),
			"contained", `[{"resourceType":"Organization","id":"o","identifier":[`+hsaOf9+`]}]`),
	}
}

// FuzzConsent: whatever bytes a Consent consists of, there is a decision, and the
// same one however it is read.
func FuzzConsent(f *testing.F) {
	for _, s := range consentSeeds() {
		f.Add([]byte(s))
		f.Add([]byte(s[:len(s)*3/4]))
		f.Add(bytes.ReplaceAll([]byte(s), []byte(`"permit"`), []byte(`null`)))
	}
	f.Add([]byte(`{"resourceType":"Consent","id":"c1","status":"active","status":"inactive"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, s := decided(t, question{unnamed: true}, string(raw))
		for _, u := range s.Unreadable {
			if u.Client == "Patient/1" && u.Facts.Has(care.SetOf(care.KindConsent)) && d.Permitted() != 0 {
				t.Errorf("%s cannot be read, and something is permitted", u.Ref)
			}
		}
		plain := &heard{}
		fast := &heard{}
		if newMapper(true).Resource(plain, raw) == nil && newMapper(false).Resource(fast, raw) == nil && show(plain) != show(fast) {
			t.Errorf("the decoders differ:\n%s\n%s", show(plain), show(fast))
		}
	})
}

// FuzzConsentMutated: something in a Consent is changed into what nobody
// understands. Whatever it was, nothing is permitted that was not permitted before.
func FuzzConsentMutated(f *testing.F) {
	seeds := consentSeeds()
	for i := range seeds {
		for at := 0; at < 60; at += 7 {
			f.Add(i, at, i+at, "odd")
		}
	}
	f.Fuzz(func(t *testing.T, seed, at, how int, text string) {
		base := seeds[abs(seed)%len(seeds)]
		changed, what := mutated(base, abs(at), abs(how), text)
		for _, unnamed := range []bool{false, true} {
			before, _ := decided(t, question{unnamed: unnamed}, base)
			after, _ := decided(t, question{unnamed: unnamed}, changed)
			if after.Permitted()&^before.Permitted() != 0 {
				t.Errorf("%s: permitted were %08b, and are %08b\n%s", what, before.Permitted(), after.Permitted(), changed)
			}
		}
	})
}

// Every place of every seed, changed in every way.
func TestNoMutationPermitsMore(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of Consents")
	}
	for _, base := range consentSeeds() {
		places := len(placesIn(mustTree(base)))
		for _, unnamed := range []bool{false, true} {
			before, _ := decided(t, question{unnamed: unnamed}, base)
			for at := range places {
				for how := range mutations {
					changed, what := mutated(base, at, how, "odd")
					after, _ := decided(t, question{unnamed: unnamed}, changed)
					if after.Permitted()&^before.Permitted() != 0 {
						t.Errorf("%s: permitted were %08b, and are %08b\n%s", what, before.Permitted(), after.Permitted(), changed)
					}
				}
			}
		}
	}
}

func abs(n int) int {
	if n < 0 {
		n = -(n + 1)
	}
	return n
}

// place is one value in a JSON object, by its key.
type place struct {
	in   map[string]any
	key  string
	path string
}

// placesIn lists every value that has a key, in one order.
func placesIn(tree map[string]any) (out []place) {
	var walk func(v any, path string)
	walk = func(v any, path string) {
		switch x := v.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(x)) {
				out = append(out, place{x, key, path + "." + key})
				walk(x[key], path+"."+key)
			}
		case []any:
			for i, c := range x {
				walk(c, fmt.Sprintf("%s[%d]", path, i))
			}
		}
	}
	walk(tree, "")
	return out
}

func mustTree(raw string) map[string]any {
	var tree map[string]any
	if err := json.Unmarshal([]byte(raw), &tree); err != nil {
		panic(err)
	}
	return tree
}

// mutations are how many ways there are to change a value.
const mutations = 9

// mutated changes one place into something that nobody understands.
func mutated(raw string, at, how int, text string) (changed, what string) {
	tree := mustTree(raw)
	all := placesIn(tree)
	p := all[at%len(all)]
	old := p.in[p.key]
	odd := "x-" + text
	switch how % mutations {
	case 0:
		what = "renamed"
		delete(p.in, p.key)
		p.in[odd] = old
	case 1:
		what = "another text"
		p.in[p.key] = odd
	case 2:
		what, p.in[p.key] = "a number", 5
	case 3:
		what, p.in[p.key] = "null", nil
	case 4:
		what, p.in[p.key] = "an empty list", []any{}
	case 5:
		what, p.in[p.key] = "a list of text", []any{odd}
	case 6:
		what, p.in[p.key] = "an odd object", map[string]any{odd: odd}
	case 7:
		what = "a modifierExtension beside it"
		p.in["modifierExtension"] = []any{map[string]any{"url": odd, "valueBoolean": true}}
	case 8:
		what = "an extension instead"
		delete(p.in, p.key)
		p.in["_"+p.key] = map[string]any{"extension": []any{map[string]any{"url": odd, "valueString": odd}}}
	}
	b, err := json.Marshal(tree)
	if err != nil {
		panic(err)
	}
	return string(b), p.path + " " + what
}
