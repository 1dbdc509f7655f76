package jobs_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"brygga/care"
	"brygga/care/rules"
	fhirmap "brygga/mapping/fhir"
	"brygga/mapping/person"
	"brygga/sandbox/people"
)

// Every client of the synthetic municipality was given a story, and with it
// what a correct judgement is, by somebody who did not look at the rules. The
// rules must say just that of all of them, in every pack, on awkward days too.
func TestEveryStoryIsJudgedAsItWasTold(t *testing.T) {
	known := map[string]bool{} // rules of families that are not built yet are not asked for
	for _, r := range rules.Catalogue() {
		known[r.Code] = true
	}
	for _, o := range []people.Options{
		{Seed: 1, AsOf: "2026-11-21"},
		{Seed: 2, AsOf: "2027-03-01"},                // the first of a month, after a short one
		{Seed: 3, AsOf: "2028-02-29"},                // a leap day
		{Seed: 4, AsOf: "2026-10-25"},                // a Sunday, and clocks change
		{Seed: 5, AsOf: "2026-12-31", Uncoded: true}, // nobody's certificate is coded
		{Seed: 6, AsOf: "2026-11-21", VisitsPerMonth: 4, Months: 1},
	} {
		m := people.Generate(o)
		var body bytes.Buffer
		m.Resources(func(r people.Resource) bool { body.Write(r.JSON); body.WriteByte('\n'); return true })
		names := care.NewNames()
		mapper := fhirmap.New(fhirmap.Options{Hasher: person.NewHasher(make([]byte, 32)), Names: names})
		col := fhirmap.NewCollector(names)
		err := fhirmap.ReadPath(context.Background(), "-", &body, mapper, col, func(p fhirmap.Problem) { t.Errorf("%s: %v", o.AsOf, p) })
		if err != nil {
			t.Fatal(err)
		}
		asOf, _ := care.ParseDate(o.AsOf)
		in := col.Input(asOf)
		for _, u := range in.Unreadable {
			t.Errorf("%s: %s cannot be read: %s", o.AsOf, u.Ref, u.Reason)
		}
		snap := care.Assemble(in)
		for _, pack := range rules.Packs() {
			set := map[string]string{}
			if pack == "national" { // what no pack turns on is asked here
				set["plan.no-followup-date.enabled"], set["continuity.staff-count.enabled"] = "true", "true"
			}
			params, err := rules.NewParams(pack, set)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range snap.Clients {
				j := rules.Judge(c, snap.Roster, params, asOf)
				want, _ := m.Expected(string(c.Ref))
				story, _ := m.StoryOf(string(c.Ref))
				var expected, found []string
				for _, f := range want.Findings {
					if known[f.Rule] && (f.In(pack) || (pack == "national" && f.Packs == "-")) {
						expected = append(expected, f.Rule+" "+f.State)
					}
				}
				for _, f := range j.Findings {
					found = append(found, fmt.Sprint(f.Rule, " ", f.State))
				}
				slices.Sort(expected)
				slices.Sort(found)
				found = slices.Compact(found) // a rule may fire for several facts
				got := fmt.Sprint(j.Contact.Status, ", ", j.Plan.Status, ": ", strings.Join(found, ", "))
				if exp := want.Contact + ", " + want.Plan + ": " + strings.Join(expected, ", "); got != exp {
					t.Errorf("%s %s, %s (%s):\n got %s\nwant %s", o.AsOf, pack, c.Ref, story.Name, got, exp)
				}
			}
		}
	}
}
