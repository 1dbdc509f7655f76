package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"brygga/care/rules"
)

// withFacts is a configuration whose one system does not provide all facts.
const withFacts = `tenant: exempelkommun
keys: {pseudonym: env:BRYGGA_PSEUDONYM_KEY}
systems:
  journal:
    kind: fhir
    url: https://fhir.example.se/r4
    display_name: Exempeljournal
    receives: [flags, tasks]
facts:
  client: journal
  placement: journal
  assignment: journal
  service: journal
  plan: journal
  staff: journal
rules:
  pack: botkyrka
  set: {plan.review.months: 4}
  units: {norra: {set: {plan.missing.days: 5}}}
`

func TestRulesReadsWell(t *testing.T) {
	cfg := mustWrite(t, filepath.Join(t.TempDir(), "brygga.yaml"), withFacts)
	for _, c := range []struct {
		name string
		args []string
	}{
		{"national", nil},
		{"botkyrka-set", []string{"--pack", "botkyrka", "--set", "plan.review.months=3", "--set", "contact.care_home_from=2027-01-01", "--set", "journal.monthly.enabled=false"}},
		{"configured", []string{"--config", cfg}},
		{"configured-with-another-pack", []string{"--config", cfg, "--pack", "hemvard", "--set", "plan.missing.days=21"}},
		{"one-with-two-laws", []string{"contact.missing"}},
		{"one-off", []string{"plan.no-followup-date"}},
		{"one-weaker", []string{"plan.review", "--config", cfg}},
		{"one-without-facts", []string{"journal.monthly", "--config", cfg}},
		{"one-fixed", []string{"data.duplicate-client"}},
		{"one-with-figures", []string{"continuity.contact-share", "--pack", "hemvard"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			exit, out, errs := call(t, process{}, append([]string{"rules"}, c.args...)...)
			if exit != 0 || errs != "" {
				t.Errorf("exit %d: %s", exit, errs)
			}
			golden(t, "testdata/rules/"+c.name+".txt", strings.ReplaceAll(out, cfg, "brygga.yaml"))
		})
	}
}

// The JSON holds every rule with all of its texts, and the parameters in force.
func TestRulesAsJSONIsTheWholeCatalogue(t *testing.T) {
	exit, out, _ := call(t, process{}, "rules", "-o", "json", "--pack", "hemvard", "--set", "plan.review.months=5")
	var v rulesView
	mustDecode(t, out, &v)
	if exit != 0 || v.Pack != "hemvard" || len(v.Rules) != len(rules.Catalogue()) || len(v.Parameters) != len(rules.General()) {
		t.Fatalf("exit %d, pack %s, %d rules, %d general parameters", exit, v.Pack, len(v.Rules), len(v.Parameters))
	}
	for i, r := range v.Rules {
		in := rules.Catalogue()[i]
		if r.Code != in.Code || r.Title.SV == "" || r.Title.EN == "" || r.Text.SV == "" || r.Text.EN == "" ||
			r.Ground.Text.SV == "" || r.Ground.Text.EN == "" || len(r.Ground.Kinds) == 0 || len(r.Needs) == 0 || len(r.Parameters) == 0 {
			t.Errorf("%s is not whole: %+v", in.Code, r)
		}
		if strings.Contains(r.Text.SV+r.Text.EN, "{") {
			t.Errorf("%s: a sentence with a hole: %s", r.Code, r.Text.SV)
		}
		for _, p := range r.Parameters {
			want := "default"
			if strings.HasSuffix(p.Name, ".enabled") && p.Value == "true" {
				want = "pack"
			}
			if p.Name == "plan.review.months" {
				want = "set"
				if p.Value != "5" || p.Default != "6" || p.Min == nil || *p.Max < 12 || p.Unit.SV == "" {
					t.Errorf("%+v", p)
				}
			}
			if p.From != want && !strings.HasPrefix(p.Name, "contact.") {
				t.Errorf("%s is from %s, want %s", p.Name, p.From, want)
			}
		}
	}
	exit, out, _ = call(t, process{}, "rules", "plan.review", "-o", "json")
	var one ruleView
	mustDecode(t, out, &one)
	if exit != 0 || one.Code != "plan.review" || one.State != "on" {
		t.Errorf("exit %d: %+v", exit, one)
	}
}

func TestWrongUsageOfRulesSaysWhatIsRight(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		says string
	}{
		{"a rule that is misspelt", []string{"plan.reviw"}, `there is no rule "plan.reviw"; did you mean plan.review?`},
		{"a family instead of a rule", []string{"transfer"}, "there is transfer.consent-missing, transfer.not-sent, transfer.refused"},
		{"a rule like no other", []string{"qqq"}, "brygga rules lists them"},
		{"a parameter that is not there", []string{"--set", "plan.revew.months=2"}, "did you mean plan.review.months?"},
		{"a value out of bounds", []string{"--set", "plan.review.months=0"}, "from 1 to 60"},
		{"no value", []string{"--set", "plan.review.months"}, "RULE.PARAM=VALUE"},
		{"a pack that is not there", []string{"--pack", "stockholm"}, "national, botkyrka, hemvard"},
		{"two rules", []string{"plan.review", "plan.missing"}, "at most 1 arg"},
		{"a configuration that is not there", []string{"--config", "no-such.yaml"}, "no-such.yaml"},
	} {
		exit, out, errs := call(t, process{}, append([]string{"rules"}, c.args...)...)
		if exit != 2 || out != "" || !strings.Contains(errs, c.says) {
			t.Errorf("%s: exit %d, %q does not say %q", c.name, exit, errs, c.says)
		}
	}
}

// Without --config the configuration of the folder is taken, where there is one.
func TestRulesTakesTheConfigurationOfTheFolder(t *testing.T) {
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, "brygga.yaml"), withFacts)
	t.Chdir(dir)
	exit, out, _ := call(t, process{}, "rules")
	if exit != 0 || !strings.HasPrefix(out, "Pack botkyrka, from brygga.yaml") {
		t.Errorf("exit %d: %.80s", exit, out)
	}
}
