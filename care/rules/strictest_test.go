package rules

import (
	"strings"
	"testing"
)

func TestTheStrictestOfSeveralValues(t *testing.T) {
	for _, row := range []struct {
		name, param, values, want string
	}{
		{"of deadlines the shortest", "plan.missing.days", "14 5 30", "5"},
		{"of months the fewest", "plan.review.months", "6 12 4", "4"},
		{"of warnings the longest", "plan.review.warn", "7 30 14", "30"},
		{"of escalations the soonest", "plan.review.escalate_after", "14 7", "7"},
		{"an escalation that never comes is the least strict", "plan.review.escalate_after", "0 60", "60"},
		{"a rule that is on for one is on", "sip.review.enabled", "false true false", "true"},
		{"a rule that is off for all is off", "sip.review.enabled", "false false", "false"},
		{"what writes most", "plan.review.write", "report flag+task task", "flag+task"},
		{"both media", "contact.not-informed.media", "any both", "both"},
		{"the largest share", "continuity.contact-share.share", "0.5 0.75 0.6", "0.75"},
		{"the fewest members of staff", "continuity.staff-count.staff", "15 12", "12"},
		{"of one value that one", "plan.missing.days", "14", "14"},
		{"no value is stricter than another: the length of a window", "continuity.contact-share.days", "28 14", ""},
		{"no value is stricter than another: which day starts a clock", "plan.missing.clock", "start decision", ""},
		{"no value is stricter than another: a list of services", "contact.service_only", "shopping cleaning", ""},
		{"a parameter that is not there", "plan.missing.weeks", "1 2", ""},
		{"a value that is not possible is passed over", "plan.missing.days", "soon 9", "9"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, ok := Strictest(row.param, strings.Fields(row.values))
			if got != row.want || ok != (row.want != "") {
				t.Errorf("%q %v, want %q", got, ok, row.want)
			}
		})
	}
}

func TestOwnPacks(t *testing.T) {
	base := &Pack{Name: "base", Extends: "national", Off: []string{"plan.review"}, Set: map[string]string{"sip.review.enabled": "true", "plan.missing.days": "9"}}
	for _, row := range []struct {
		name, param, want string
		own               Pack
	}{
		{"a rule of the pack below is on", "contact.missing.enabled", "true", Pack{Extends: "national"}},
		{"a rule is turned on", "sip.review.enabled", "true", Pack{Extends: "national", On: []string{"sip.review"}}},
		{"a rule is turned off", "plan.review.enabled", "false", Pack{Extends: "national", Off: []string{"plan.review"}}},
		{"what is set counts over on and off", "plan.review.enabled", "true", Pack{Extends: "national", Off: []string{"plan.review"}, Set: map[string]string{"plan.review.enabled": "true"}}},
		{"off of the pack below holds", "plan.review.enabled", "false", Pack{Base: base}},
		{"on counts over off of the pack below", "plan.review.enabled", "true", Pack{Base: base, On: []string{"plan.review"}}},
		{"off counts over what the pack below sets", "sip.review.enabled", "false", Pack{Base: base, Off: []string{"sip.review"}}},
		{"what the pack below sets holds", "plan.missing.days", "9", Pack{Base: base}},
		{"what is set counts over the pack below", "plan.missing.days", "8", Pack{Base: base, Set: map[string]string{"plan.missing.days": "8"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.own.Name = "own"
			p, err := NewPackParams(&row.own, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Value(row.param); got != row.want {
				t.Errorf("%s is %q, want %q", row.param, got, row.want)
			}
			if p.Pack() != "own" {
				t.Errorf("the pack is called %q", p.Pack())
			}
		})
	}
	if p, err := NewParams("national", nil); err != nil || !p.Enabled("plan.review") || p.Value("plan.missing.days") != "14" {
		t.Errorf("an own pack changed the one that it extends: %v", err)
	}
	for name, own := range map[string]*Pack{
		`there is no pack "nationl"; did you mean national?`:                {Name: "x", Extends: "nationl"},
		`there is no rule "plan.revew"; did you mean plan.review?`:          {Name: "x", Extends: "national", On: []string{"plan.revew"}},
		`there is no rule "zzzzzzzzzzzzzzzz"; brygga rules lists them`:      {Name: "x", Extends: "national", Off: []string{"zzzzzzzzzzzzzzzz"}},
		`plan.missing.days: "x" is not possible; write a whole number from`: {Name: "x", Extends: "national", Set: map[string]string{"plan.missing.days": "x"}},
	} {
		if _, err := NewPackParams(own, nil); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %s", err, name)
		}
	}
	if err := CheckService("safety-alrm"); err == nil || !strings.Contains(err.Error(), "did you mean safety-alarm?") {
		t.Error(err)
	}
	if err := CheckService("zzzzzzzzzz"); err == nil || !strings.Contains(err.Error(), "there are personal-care") {
		t.Error(err)
	}
	if err := CheckService("cleaning"); err != nil {
		t.Error(err)
	}
}
