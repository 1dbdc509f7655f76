package people

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// smallRecord is the client who has a story, and what is written of that client, by
// type: of a Small municipality, where the story is told there.
func smallRecord(t *testing.T, name string) (*client, map[string][]decoded) {
	t.Helper()
	m := Small("t-", testDay)
	i := slices.Index(smallStories, name)
	if i < 0 {
		m = town()
		i = slices.Index(m.stories, uint16(byName(name)))
	}
	return m.client(i), decodeClient(m, i)
}

func handoverNames() []string {
	var names []string
	for _, s := range handoverStories {
		names = append(names, s.Name)
	}
	return names
}

func TestEverySectionOfAHandoverHasSomething(t *testing.T) {
	for _, name := range handoverNames() {
		t.Run(name, func(t *testing.T) {
			c, of := smallRecord(t, name)
			plans := map[string]int{}
			for _, p := range of["CarePlan"] {
				plans[p.text("category", "coding", "code")]++
				if p.text("title") == "" || p.text("description") == "" {
					t.Errorf("%s says nothing", p.ref())
				}
			}
			for section, n := range map[string]int{
				"contact": len(of["CareTeam"]), "relatives": len(of["RelatedPerson"]), "services": len(of["ServiceRequest"]) - 1,
				"plan": plans["implementation"], "reviews of the plan": len(of["Procedure"]), "journal": len(of["DocumentReference"]),
				"deviations": len(of["DetectedIssue"]), "risks": len(of["RiskAssessment"]), "action plans": plans["action"], "sip": plans["sip"],
			} {
				if n < 1 {
					t.Errorf("nothing in the section %s", section)
				}
			}
			if recent := slices.ContainsFunc(c.notes, func(n note) bool { return n.on > c.asOf-70 }); !recent {
				t.Error("no note of the last seventy days")
			}
		})
	}
}

func TestWhoMovesIsExpectedSoonAndSomewhere(t *testing.T) {
	for _, name := range handoverNames() {
		t.Run(name, func(t *testing.T) {
			c, of := smallRecord(t, name)
			home := 0
			if name == "moving-to-another-home" {
				home = 1
			}
			s := c.services[len(c.services)-1]
			if days := int(s.from - c.asOf); s.setting != careHomeCare || days < 8 || days > 30 || s.performer != "Organization/"+c.m.homes[home].id {
				t.Errorf("%s from day %d with %s", s.setting, days, s.performer)
			}
			if protected := len(of["Patient"][0].list("meta", "security")) > 0; protected != strings.Contains(name, "protected") {
				t.Errorf("protected is %v", protected)
			}
		})
	}
}

// What consents say is what the story promises; what follows from it is tested where
// it is decided.
func TestConsentsToAHandover(t *testing.T) {
	for _, row := range []struct {
		story, status string // of the last consent
		consents      int
		says          []string // in its JSON
		silent        []string
	}{
		{"moving-with-everything-permitted", "active", 1, []string{`"type":"permit"`, `"reference":"Patient/`}, []string{"deny", "RelatedPerson", "dataPeriod"}},
		{"moving-with-a-part-permitted", "active", 1, []string{`"type":"permit"`, `"type":"deny"`, `"code":"journal"`, `"code":"relatives"`}, []string{"deviations"}},
		{"moving-with-recent-data-permitted", "active", 1, []string{`"type":"permit"`, `"dataPeriod":{"start":"2026-09-20"}`}, []string{"deny"}},
		{"moving-with-everything-refused", "active", 1, []string{`"type":"deny"`}, []string{"permit"}},
		{"moving-with-a-daughters-word", "active", 1, []string{`"type":"permit"`, `"performer":[{"reference":"RelatedPerson/`}, nil},
		{"moving-with-consent-withdrawn", "inactive", 2, []string{`"type":"permit"`}, []string{"deny"}},
		{"moving-to-another-home", "active", 1, []string{`"type":"permit"`, "o-bjorkhagen"}, []string{"o-solgarden"}},
		{"moving-and-protected", "active", 1, []string{`"type":"permit"`, "o-solgarden"}, []string{"deny"}},
	} {
		t.Run(row.story, func(t *testing.T) {
			c, of := smallRecord(t, row.story)
			all := of["Consent"]
			if len(all) != row.consents || all[len(all)-1].text("status") != row.status {
				t.Fatalf("%d consents, the last %s", len(all), all[len(all)-1].text("status"))
			}
			b, err := json.Marshal(all[len(all)-1].body)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range row.says {
				if !strings.Contains(string(b), s) {
					t.Errorf("%s is not in %s", s, b)
				}
			}
			for _, s := range row.silent {
				if strings.Contains(string(b), s) {
					t.Errorf("%s is in %s", s, b)
				}
			}
			for _, k := range c.consents {
				if k.on >= c.asOf {
					t.Errorf("a consent of day %d", k.on-c.asOf)
				}
			}
		})
	}
}

// Stories are dealt in the order of the catalogue: one that stood before others would
// make other people of them.
func TestHandoverStoriesStandLast(t *testing.T) {
	all := Stories()
	for i, name := range handoverNames() {
		if got := all[len(all)-len(handoverStories)+i].Name; got != name {
			t.Errorf("%s stands where %s is to", got, name)
		}
	}
}

func TestUnitsAndHomesHaveANumberThatReachesNobody(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range townResources() {
		if r.kind != "Organization" {
			continue
		}
		number := r.text("telecom", "value")
		if upper := r.id == "o-kommun" || r.id == "o-provider"; (number == "") != upper {
			t.Errorf("%s has the number %q", r.id, number)
		}
		if number != "" && (!strings.HasPrefix(number, "08-465 004 ") || seen[number]) {
			t.Errorf("%s has the number %s, or shares it", r.id, number)
		}
		seen[number] = true
	}
}
