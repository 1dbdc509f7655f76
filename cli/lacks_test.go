package cli

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"brygga/care"
	"brygga/care/rules"
	"brygga/sandbox"
)

// lackingFacts are configurations in which the system provides only some kinds:
// those that every rule rests on, and what is named here.
var lackingFacts = []struct {
	name, facts, scenario, pack string
	off                         []string // "rule (facts)"
	weaker                      []string // "fact: rule: what it does"
}{
	{
		"contact decisions", "qualification employment absence review visit", "contact-missing", "national",
		[]string{"contact.offer-unanswered (contact-decision)", "contact.change-requested (contact-decision)", "contact.exempt-reassess (contact-decision)"},
		[]string{"contact-decision: contact.missing: only shown in reports, with the text that no contact is registered"},
	},
	{
		"qualifications", "contact-decision employment absence review visit", "contact-appointed", "national",
		[]string{"contact.unqualified (qualification)"},
		[]string{"qualification: contact.qualification-unverified: given once per person, since no qualification is known"},
	},
	{
		"employments and absences", "contact-decision qualification review visit", "contact-vacant", "national",
		nil,
		[]string{
			"employment: contact.vacant: only sees assignments that have ended, not employments",
			"absence: contact.vacant: only sees assignments that have ended, not absences",
		},
	},
	{
		"reviews", "contact-decision qualification employment absence visit", "plan-review", "hemvard",
		[]string{"plan.contact-update (review)", "plan.decision-changed (review)", "sip.review (review)"},
		[]string{"review: plan.review: counts from the planned follow-up, and without one from the plan's date"},
	},
	{
		"information, notes, deviations and risks", "contact-decision qualification employment absence review visit client-absence", "journal-monthly", "botkyrka",
		[]string{"contact.not-informed (information)", "journal.monthly (note)", "journal.deviation-open (deviation)", "risk.action-plan (risk)"},
		nil,
	},
}

// Which facts are missing, and what a rule therefore does, is said by check,
// rules, status and explain.
func TestFactsThatNoSystemProvidesAreSaidEverywhere(t *testing.T) {
	for _, c := range lackingFacts {
		t.Run("no system provides "+c.name, func(t *testing.T) {
			var facts []string
			for kind := range strings.FieldsSeq("client unit placement service staff assignment plan " + c.facts) {
				facts = append(facts, kind+": journal")
			}
			s := serve(t, sandbox.Options{}, c.scenario, "facts: {"+strings.Join(facts, ", ")+"}\nrules: {pack: "+c.pack+"}\n")
			s.here(t)
			if exit, _, errs := s.do(t, "run", "reconcile"); exit != 0 {
				t.Fatalf("run: exit %d: %s", exit, errs)
			}
			said := map[string]string{}
			for _, view := range []string{"check", "rules", "status"} {
				_, out, _ := s.do(t, view)
				said[view] = strings.Join(strings.Fields(out), " ")
			}
			_, out, _ := s.do(t, "explain", "Patient/"+firstClient(t, s))
			said["explain"] = strings.Join(strings.Fields(out), " ")
			must := func(view, pattern string) {
				t.Helper()
				if !regexp.MustCompile(pattern).MatchString(said[view]) {
					t.Errorf("%s does not say %s:\n%s", view, pattern, said[view])
				}
			}
			for _, off := range c.off {
				code, fact, _ := strings.Cut(strings.TrimSuffix(off, ")"), " (")
				must("check", regexp.QuoteMeta(code)+" off, without "+fact)
				must("rules", regexp.QuoteMeta(code)+" off: no facts .*without "+fact)
				must("status", "Off, since no system provides the facts: .*"+regexp.QuoteMeta(off))
				must("explain", `\(`+fact+`\): [^()]*`+regexp.QuoteMeta(code))
			}
			for _, weaker := range c.weaker {
				fact, rest, _ := strings.Cut(weaker, ": ")
				code, what, _ := strings.Cut(rest, ": ")
				must("check", regexp.QuoteMeta(code)+" weaker, without "+fact+": "+regexp.QuoteMeta(what))
				must("rules", regexp.QuoteMeta(code)+" on, weaker .*without [a-z, ]*"+fact)
				must("status", "Weaker without "+regexp.QuoteMeta(weaker))
				must("explain", "Weaker, since no system provides a fact .*"+regexp.QuoteMeta(code)+" without "+fact+" "+regexp.QuoteMeta(what))
			}
		})
	}
}

func firstClient(t *testing.T, s *served) string {
	t.Helper()
	var ids []string
	for _, raw := range s.All("Patient") {
		var p struct{ ID string }
		if err := json.Unmarshal(raw, &p); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.ID)
	}
	slices.Sort(ids)
	return ids[0]
}

// Without contact decisions nobody can say that no contact was offered: what is
// found is reported, says only what is registered, and is written to no record.
func TestWithoutContactDecisionsNothingIsWrittenAboutAMissingContact(t *testing.T) {
	const without = "facts: {client: journal, placement: journal, service: journal, staff: journal, assignment: journal, plan: journal, review: journal, qualification: journal}\n" +
		"writes: {mode: write}\nguard: {open_share: 1, at_least: 1000}\n"
	s := serve(t, sandbox.Options{}, "contact-missing", without)
	s.here(t)
	if exit, _, errs := s.do(t, "run", "reconcile"); exit != 0 {
		t.Fatalf("run: exit %d: %s", exit, errs)
	}
	for _, typ := range []string{"Flag", "Task"} {
		for _, raw := range s.All(typ) {
			if strings.Contains(string(raw), `"contact.missing"`) {
				t.Errorf("a %s was written: %s", typ, raw)
			}
		}
	}
	found := 0
	for _, raw := range s.All("Patient") {
		var p struct{ ID string }
		mustDecode(t, string(raw), &p)
		_, out, _ := s.do(t, "explain", "Patient/"+p.ID, "-o", "json")
		var v explanation
		mustDecode(t, out, &v)
		for _, r := range v.Rules {
			if f := r.Finding; r.Rule == "contact.missing" && f != nil {
				found++
				if f.Writes != rules.WriteReport || f.Text != withSystem(rules.Words("contact.missing.text.undecided"), "Exempeljournal") {
					t.Errorf("%s: writes %s: %s", p.ID, f.Writes, f.Text.SV)
				}
			}
		}
	}
	if found == 0 {
		t.Fatal("nothing was found")
	}
	golden(t, filepath.Join(s.tests, "testdata/lacks/status.txt"), regexp.MustCompile(`20\d\d-\d\d-\d\d \d\d:\d\d`).ReplaceAllString(second(s.do(t, "status")), "DAY AND TIME"))
	golden(t, filepath.Join(s.tests, "testdata/lacks/explain.txt"), second(s.do(t, "explain", "Patient/"+firstClient(t, s))))
}

func second(_ int, out, _ string) string { return out }

// A rule is never both off and weaker, and what is provided is never lacking.
func TestLacksAgreeWithTheCatalogue(t *testing.T) {
	for _, pack := range rules.Packs() {
		c := choice{pack: pack}
		p, err := c.params(nil)
		if err != nil {
			t.Fatal(err)
		}
		if l := p.Lacks(care.AllFacts); len(l) != 0 {
			t.Errorf("everything is provided, and yet %v", l)
		}
		for _, k := range care.SystemFacts.Kinds() {
			effects := map[string]rules.Effect{}
			for _, l := range p.Lacks(care.AllFacts &^ care.SetOf(k)) {
				if l.Fact != k.String() || l.Text.SV == "" || l.Text.EN == "" || !p.Enabled(l.Rule) {
					t.Errorf("without %s: %+v", k, l)
				}
				if e, ok := effects[l.Rule]; ok && e != l.Effect {
					t.Errorf("without %s, %s is %s and %s", k, l.Rule, e, l.Effect)
				}
				effects[l.Rule] = l.Effect
			}
			for _, r := range rules.Catalogue() {
				provided := r.Provided(care.AllFacts &^ care.SetOf(k))
				if off := effects[r.Code] == rules.Off; p.Enabled(r.Code) && off == provided {
					t.Errorf("without %s, %s is off: %v, and asked: %v", k, r.Code, off, provided)
				}
			}
		}
	}
}
