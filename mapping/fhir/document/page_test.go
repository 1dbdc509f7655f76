package document

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"brygga/care"
)

// The page is of the same content: every text of every resource that people could read
// stands on it.
func TestThePageTellsAllThatTheBundleHolds(t *testing.T) {
	d := composed(t, record(), options())
	page := html.UnescapeString(string(d.Page(testID, at)))
	for _, e := range d.rows {
		for _, s := range readable("", e.out) {
			if !strings.Contains(page, s) {
				t.Errorf("%s: %q is not on the page", e.ref, s)
			}
		}
	}
	for _, e := range d.support {
		for _, s := range readable("", e.out) {
			if !strings.Contains(page, s) {
				t.Errorf("%q of staff or a unit is not on the page", s)
			}
		}
	}
}

// readable gives the texts of a resource that are told as they stand.
func readable(k string, v any) (all []string) {
	switch v := v.(type) {
	case object:
		for k, e := range v {
			switch k {
			case "resourceType", "id", "status", "intent", "system", "code", "url", "reference", "type", "lifecycleStatus", "contentType", "use", "language":
			case "data":
				data, _ := base64.StdEncoding.DecodeString(textOf(e))
				all = append(all, string(data))
			default:
				all = append(all, readable(k, e)...)
			}
		}
	case []any:
		for _, e := range v {
			all = append(all, readable(k, e)...)
		}
	case string:
		if !strings.Contains(v, "T") || !momentOf(v).Known() {
			all = append(all, v)
		}
	}
	return all
}

func TestThePageIsFitToKeepAndPrint(t *testing.T) {
	r := record()
	replace(care.SectionPlan, "Dusch tisdagar", `<script>alert(1)</script><img src=x onerror=y> \" javascript:`)(&r)
	o := options()
	o.Language = "en" // the page is Swedish all the same
	page := string(composed(t, r, o).Page(testID, at))
	for _, want := range []string{
		`<html lang="sv">`, "@page", "A4", "Genomförandeplan", "Solgården", "Hemtjänst Norra", "2026-11-21 10:30", "Consent/c2, version 3",
		"Märta Exempelsson", "181103021232", testID, "&lt;script&gt;",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	for _, not := range []string{"<script", "<img", "<link", "http://", "https://"} {
		if strings.Contains(page, not) {
			t.Errorf("%q is on the page", not)
		}
	}
	title := regexp.MustCompile(`(?s)<title>(.*)</title>`).FindStringSubmatch(page)[1]
	if strings.Contains(title, "Exempelsson") || strings.Contains(title, "1811") || title == "" {
		t.Errorf("the title is %q", title)
	}
}

func TestNarrativesAreXHTMLWhateverTheTexts(t *testing.T) {
	r := record()
	for _, s := range care.Sections() {
		replace(s, "Dusch tisdagar", `</div><b onclick=\"x\">&nbsp;\u0001\uffff`)(&r)
	}
	d := composed(t, r, options())
	b, err := decode(d.Bundle(testID, at))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range objects(one(objects(b, "entry")[0], "resource"), "section") {
		x := xml.NewDecoder(strings.NewReader(text(one(s, "text"), "div")))
		for {
			if _, err := x.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", text(s, "title"), err)
			}
		}
	}
}

func TestAnEmptySectionSaysSoAndNotWhy(t *testing.T) {
	o := options(care.SectionDeviations, care.SectionRisks)
	o.Data = map[care.Section][]care.Interval{care.SectionDeviations: {{Start: momentOf("2026-10-01")}}}
	d := composed(t, record(), o)
	withheld := objects(one(objects(mustDecode(t, d.Bundle(testID, at)), "entry")[0], "resource"), "section")[0]
	r := record()
	r.Rows[care.SectionDeviations] = nil
	d = composed(t, r, o)
	none := objects(one(objects(mustDecode(t, d.Bundle(testID, at)), "entry")[0], "resource"), "section")[0]
	if string(encode(withheld)) != string(encode(none)) {
		t.Error("a section of which all is withheld can be told from one that holds nothing")
	}
	if none["emptyReason"] == nil || none["entry"] != nil {
		t.Errorf("an empty section is %s", encode(none))
	}
}

func mustDecode(t *testing.T, raw []byte) object {
	t.Helper()
	o, err := decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestBothLanguagesSayTheSameThings(t *testing.T) {
	sv, en := slices.Sorted(maps.Keys(swedish.texts)), slices.Sorted(maps.Keys(english.texts))
	if !slices.Equal(sv, en) {
		t.Error("the texts differ")
	}
	if !slices.Equal(slices.Sorted(maps.Keys(swedish.labels)), slices.Sorted(maps.Keys(english.labels))) {
		t.Error("the labels differ")
	}
	if !maps.EqualFunc(swedish.codes, english.codes, func(a, b string) bool { return a != "" && b != "" }) {
		t.Error("the codes differ")
	}
	for _, s := range care.Sections() {
		if swedish.section(s) == "" || english.section(s) == "" {
			t.Errorf("the section %s has no name", s)
		}
	}
}

func TestTheSenderIsNamed(t *testing.T) {
	unit := raw(`{"resourceType":"Organization","id":"norra","name":"Hemtjänst Norra","identifier":[{"system":"` + hsaSystem + `","value":"SE1-E1"},{"system":"` + numberSystem + `","value":"212000-0000"}]}`)
	for _, c := range []struct {
		name string
		p    Party
		yes  []string
	}{
		{"as its Organization says", PartyOf(unit), []string{"Hemtjänst Norra", "SE1-E1", "212000-0000"}},
		{"as unknown, where nobody is", PartyOf(nil), []string{swedish.text("unknown-sender")}},
		{"as unknown, where it is no Organization", PartyOf(raw(`{"resourceType":"Patient","id":"x","name":"NOT"}`)), []string{swedish.text("unknown-sender")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := options(care.SectionRisks)
			o.Custodian = c.p
			mentions(t, composed(t, record(), o), c.yes, []string{"NOT"})
		})
	}
}
