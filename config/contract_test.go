package config

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"brygga/care"
)

// contractFills are what the contract's example leaves open: dots, and files and a
// system that it only names. One thing that it says is changed: qualifications are in
// no list of Lifecare's, and the built-in mapping gives none.
var contractFills = []struct{ why, was, is string }{
	{"an address of Lifecare", "mapping: lifecare             # built in; or a file\n    url: https://...", "mapping: lifecare\n    url: https://lifecare.example.se\n    settings: {contact_personnel_is: fast-omsorgskontakt}"},
	{"an address of the journal", "url: https://...", "url: https://fhir.example.se/r4"},
	{"a mail server", "smtp: ...", "smtp: smtp.exempelkommun.se:587"},
	{"a key of the home", "age1...", ageKey},
	{"the list that qualification names", "facts:  ", "  hr-list: {kind: files, mapping: hr-list, path: lists/hr}\nfacts:  "},
	{"who counts where several provide one fact", "  client: lifecare\n", "  client: lifecare\n  unit: lifecare\n  placement: lifecare\n  service: lifecare\n  staff: [lifecare, schedule-export]\n"},
	{"what the built-in mapping of Lifecare does not give", "[hr-list, lifecare]", "[hr-list]"},
	{"where consents are, which handovers read again", "  client: lifecare\n", "  client: lifecare\n  consent: journal\n"},
}

// contractExample is the example of the command line's contract, filled in.
func contractExample(t *testing.T) (dir, text string) {
	t.Helper()
	dir = caseFolder(t)
	b, err := os.ReadFile(filepath.Join(dir, "contract.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text = string(b)
	for _, f := range contractFills {
		if !strings.Contains(text, f.was) {
			t.Fatalf("%s: %q is not there", f.why, f.was)
		}
		text = strings.Replace(text, f.was, f.is, 1)
	}
	return dir, text
}

func TestTheExampleOfTheContractLoadsWithEachOfItsKeys(t *testing.T) {
	dir, text := contractExample(t)
	c, _, problems := load(filepath.Join(dir, "brygga.yaml"), text, testEnv)
	if len(problems) > 0 {
		t.Fatalf("%v\nin\n%s", problems, text)
	}
	lifecare, export, journal, home := c.Systems["lifecare"], c.Systems["schedule-export"], c.Systems["journal"], c.CareHomes["solgarden"]
	for name, row := range map[string]struct{ got, want any }{
		"tenant, timezone, language":        {c.Tenant + " " + c.Timezone + " " + c.Language, "exempelkommun Europe/Stockholm sv"},
		"store":                             {c.StorePath(), filepath.Join(dir, "brygga.db")},
		"keys":                              {c.Keys.Pseudonym.String() + " " + c.Keys.Audit.String(), "env:BRYGGA_PSEUDONYM_KEY file:secrets/audit.key"},
		"systems.lifecare":                  {lifecare.Kind + " " + lifecare.MappingName, "rest lifecare"},
		"systems.lifecare.auth":             {lifecare.Auth.Kind + " " + lifecare.Auth.Domain.String() + " " + lifecare.Auth.Key.String(), "query-key env:LIFECARE_DOMAIN env:LIFECARE_KEY"},
		"systems.schedule-export":           {export.Kind + " " + export.MappingName + " " + export.Path, "files mappings/procapita.yaml " + filepath.Join(dir, "exports")},
		"systems.journal":                   {journal.Kind, "fhir"},
		"systems.journal.auth":              {journal.Auth.Kind + " " + journal.Auth.ClientID + " " + journal.Auth.Key.String(), "smart-backend brygga file:secrets/fhir.jwk"},
		"systems.journal.receives":          {journal.Receives, []string{"flags", "tasks"}},
		"facts.client":                      {c.Facts["client"], []string{"lifecare"}},
		"facts.visit":                       {c.Facts["visit"], []string{"schedule-export"}},
		"facts.qualification":               {c.Facts["qualification"], []string{"hr-list"}},
		"rules":                             {c.Rules.Pack + " " + c.Rules.Set["plan.review.months"], "botkyrka 6"},
		"rules.units":                       {c.Rules.Units["norra"].Set, map[string]string{"plan.missing.days": "5"}},
		"writes":                            {c.Writes, Writes{Mode: Report, From: care.NewDate(2027, 1, 11), Units: []string{"norra"}, PerOwnerPerNight: 10, TransactionSize: 50}},
		"guard":                             {c.Guard, Guard{CloseShare: 0.5, OpenShare: 0.2, AtLeast: 20}},
		"jobs.reconcile":                    {c.Jobs.Reconcile, Reconcile{Schedule: "30 1 * * *", FullAfter: 7 * day, CatchUp: 20 * time.Hour}},
		"jobs.handover":                     {c.Jobs.Handover.Schedule + " " + c.Jobs.Handover.Release, "*/15 7-18 * * 1-5 by-hand"},
		"consent":                           {c.Consent, Consent{MaxAge: 365 * day}},
		"notify.webhook":                    {c.Notify.Webhook.String(), "env:BRYGGA_WEBHOOK"},
		"notify.mail":                       {c.Notify.Mail.To, []string{"it@exempelkommun.se"}},
		"carehomes.solgarden":               {home.Kind + " " + home.Path, "outbox " + filepath.Join(dir, "outbox")},
		"carehomes.solgarden.organization":  {home.Organization, CareHomeID{HSAID: "SE2321000000-E000000000001"}},
		"carehomes.solgarden.recipients":    {home.Recipients, []string{ageKey}},
		"what handovers rest on: consents":  {c.authority[care.KindConsent], []string{"journal"}},
		"what handovers rest on: audit log": {c.Keys.Audit.Set(), true},
	} {
		if !reflect.DeepEqual(row.got, row.want) {
			t.Errorf("%s is %v, want %v", name, row.got, row.want)
		}
	}
}

// Each key of the example is one of the table: without it, the same configuration says
// something else or is refused, and misspelt it is an error.
func TestEachKeyOfTheContractsExampleIsKnown(t *testing.T) {
	dir, text := contractExample(t)
	n, problems := parse("brygga.yaml", text)
	if n == nil {
		t.Fatal(problems)
	}
	var walk func(s *spec, n *node, path string) int
	walk = func(s *spec, n *node, path string) (keys int) {
		for i := range n.entries {
			e := &n.entries[i]
			k := s.kid(e.key)
			if k == nil {
				k = s.any
			}
			if k == nil {
				t.Errorf("%s is no key", join(path, e.key))
				continue
			}
			keys++
			if k.form == sectionForm {
				keys += walk(k, e.value, join(path, e.key))
			}
		}
		return keys
	}
	if keys := walk(root, n, ""); keys < 50 {
		t.Errorf("only %d keys were seen", keys)
	}
	for _, key := range []string{"organization", "recipients", "max_age:", "accept_unnamed_recipient", "webhook", "smtp:", "release:", "carehomes", "notify"} {
		misspelt := strings.Replace(text, key, key[:2]+"xx"+key[3:], 1)
		_, _, problems := load(filepath.Join(dir, "brygga.yaml"), misspelt, testEnv)
		if !slices.ContainsFunc(problems, func(p Problem) bool {
			return p.What == "unknown key" && strings.Contains(p.Do, "did you mean") && p.Line > 0
		}) {
			t.Errorf("%s misspelt: %v", key, problems)
		}
	}
}
