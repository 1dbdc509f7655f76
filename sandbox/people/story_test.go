package people

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestStoriesAreWellTold(t *testing.T) {
	seen := map[string]bool{}
	sum := 0
	for i, s := range Stories() {
		if seen[s.Name] || s.Name == "" || strings.ToLower(s.Name) != s.Name || strings.Contains(s.Name, " ") {
			t.Errorf("story %d is named %q", i, s.Name)
		}
		seen[s.Name] = true
		if s.Why == "" || s.Weight < 1 {
			t.Errorf("%s: weight %d, why %q", s.Name, s.Weight, s.Why)
		}
		sum += s.Weight
		rules := map[string]bool{}
		for _, f := range s.Findings {
			if packsOf[f.Rule] == "" || rules[f.Rule] || f.Packs == "" {
				t.Errorf("%s: finding %+v", s.Name, f)
			}
			rules[f.Rule] = true
			if f.State != open && f.State != dueSoon && f.State != overdue {
				t.Errorf("%s: %s is %q", s.Name, f.Rule, f.State)
			}
		}
	}
	if sum != 1000 || Stories()[0].Name != "settled" {
		t.Errorf("weights add up to %d, the first is %s", sum, Stories()[0].Name)
	}
	if Stories()[0].Weight < 240 {
		t.Errorf("only %d of a thousand are settled", Stories()[0].Weight)
	}
}

func TestStoriesAreCopies(t *testing.T) {
	all := Stories()
	i := byName("contact-left-last-week")
	all[i].Findings[0].Rule = "changed"
	if Stories()[i].Findings[0].Rule != "contact.vacant" {
		t.Error("a caller changed the catalogue")
	}
}

func TestEveryStatusAndRuleOccurs(t *testing.T) {
	m := town()
	contact, plan, rules, told := map[string]int{}, map[string]int{}, map[string]map[string]bool{}, map[string]int{}
	for c := range m.Clients {
		e, ok := m.Expected(c.ID)
		if !ok {
			t.Fatalf("nothing is expected of %s", c.ID)
		}
		contact[e.Contact]++
		plan[e.Plan]++
		told[c.Story.Name]++
		for _, f := range e.Findings {
			if rules[f.Rule] == nil {
				rules[f.Rule] = map[string]bool{}
			}
			rules[f.Rule][f.State] = true
		}
	}
	for _, s := range Stories() {
		if told[s.Name] == 0 {
			t.Errorf("nobody has the story %s", s.Name)
		}
	}
	for _, s := range []string{appointed, unqualified, vacant, declined, exempt, candidate, offered, missing, notApplicable} {
		if contact[s] == 0 {
			t.Errorf("no client is %s", s)
		}
	}
	for _, s := range []string{notApplicable, missing, overdue, dueSoon, current} {
		if plan[s] == 0 {
			t.Errorf("no plan is %s", s)
		}
	}
	deadline := strings.Fields("contact.missing contact.offer-unanswered contact.exempt-reassess contact.change-requested contact.not-informed " +
		"contact.relatives-not-informed contact.right-to-change-not-told contact.handover-missing plan.missing plan.contact-update plan.review " +
		"plan.decision-changed journal.deviation-open sip.review risk.action-plan service.not-carried-out transfer.consent-missing transfer.not-sent")
	for _, r := range Rules() {
		if r == "contact.qualification-unverified" { // only where no certificate is coded
			continue
		}
		if len(rules[r]) == 0 {
			t.Errorf("%s is not to be found", r)
		}
		if slices.Contains(deadline, r) && (!rules[r][dueSoon] || !rules[r][overdue]) {
			t.Errorf("%s is only %v", r, rules[r])
		}
	}
}

// A demo's figures must look like a municipality that works fairly well.
func TestTheMunicipalityWorksFairlyWell(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3} {
		m := Generate(Options{Seed: seed, AsOf: testDay})
		inCare, has := 0, map[string]int{}
		perUnit, trouble := map[string]int{}, map[string]int{}
		for c := range m.Clients {
			e, _ := m.Expected(c.ID)
			if e.Contact != notApplicable {
				inCare++
				has[e.Contact]++
			}
			perUnit[c.Unit]++
			families := map[string]bool{}
			for _, f := range e.Findings {
				if f.In("national") {
					family, _, _ := strings.Cut(f.Rule, ".")
					families[family] = true
				}
			}
			if len(families) > 0 {
				trouble[c.Unit]++
			}
			for f := range families {
				has[f]++
			}
		}
		if p := 100 * has[appointed] / inCare; p < 80 || p > 86 {
			t.Errorf("seed %d: %d %% of those in care are appointed", seed, p)
		}
		for _, family := range []string{"contact", "plan"} {
			if p := 100 * has[family] / inCare; p < 5 || p > 12 {
				t.Errorf("seed %d: %d %% have something to do about the %s", seed, p, family)
			}
		}
		worst := "u-4"
		for u, n := range perUnit {
			if n < 50 || n > 130 {
				t.Errorf("seed %d: unit %s has %d clients", seed, u, n)
			}
			if u != worst && 100*trouble[u]/n >= 100*trouble[worst]/perUnit[worst] {
				t.Errorf("seed %d: unit %s has %d of %d, the one in trouble %d of %d", seed, u, trouble[u], n, trouble[worst], perUnit[worst])
			}
		}
	}
}

func TestFewClientsAreMostlySettled(t *testing.T) {
	m := Generate(Options{Seed: 1, Clients: 50, AsOf: testDay})
	settled := 0
	for c := range m.Clients {
		if len(c.Story.Findings) == 0 {
			settled++
		}
	}
	if settled < 25 || settled == 50 {
		t.Errorf("%d of 50 are settled", settled)
	}
}

func TestStoriesOfClients(t *testing.T) {
	m := Generate(Options{Seed: 1, Clients: 20, AsOf: testDay, Prefix: "a-"})
	want := m.storyAt(4).Name
	for _, id := range []string{"a-p-000005", "Patient/a-p-000005"} {
		if s, ok := m.StoryOf(id); !ok || s.Name != want {
			t.Errorf("%s: %q %v, want %q", id, s.Name, ok, want)
		}
	}
	if s, ok := m.StoryOf("a-p-000021"); !ok || s.Name != newlyArrived {
		t.Errorf("who arrives in an act has the story %q", s.Name)
	}
	for _, id := range []string{"", "p-000005", "a-p-000000", "a-p-000022", "a-p-5", "a-p-00000x", "a-s-01-01", "Practitioner/a-p-000005x"} {
		if s, ok := m.StoryOf(id); ok {
			t.Errorf("%q has the story %s", id, s.Name)
		}
		if _, ok := m.Expected(id); ok {
			t.Errorf("something is expected of %q", id)
		}
	}
}

func TestWhatIsExpectedFollowsFromTheOptions(t *testing.T) {
	stories := func(o Options, name string) Expectation {
		o.AsOf = cmpOr(o.AsOf, testDay)
		m := Generate(o)
		for i := range m.o.Clients {
			if m.storyAt(i).Name == name {
				e, _ := m.Expected(m.client(i).patientID())
				return e
			}
		}
		t.Fatalf("nobody has the story %s", name)
		return Expectation{}
	}
	for _, row := range []struct {
		name  string
		o     Options
		story string
		rules string
	}{
		{"enough visits to speak of continuity", Options{}, "mostly-others", "continuity.contact-share"},
		{"too few visits to speak of continuity", Options{VisitsPerMonth: 8}, "mostly-others", ""},
		{"enough visits to count faces", Options{}, "many-faces", "continuity.staff-count continuity.contact-share"},
		{"too few visits to count faces", Options{VisitsPerMonth: 30}, "many-faces", "continuity.contact-share"},
		{"the month is not over soon", Options{}, "no-note-this-month", ""},
		{"the month is over soon", Options{AsOf: "2026-11-23"}, "no-note-this-month", "journal.monthly"},
		{"the month is over in eight days", Options{AsOf: "2026-11-22"}, "no-note-this-month", ""},
		{"nobody's certificate is coded", Options{Uncoded: true}, "contact-with-a-title-only", "contact.second-missing contact.qualification-unverified"},
		{"nobody's certificate is coded, and there are two contacts", Options{Uncoded: true}, "one-of-two-without-certificate", "contact.qualification-unverified"},
		{"nobody's certificate is coded, and there is no contact", Options{Uncoded: true}, "declined", ""},
		{"nobody's certificate is coded, and the client is settled", Options{Uncoded: true}, "settled", "contact.qualification-unverified"},
	} {
		var got []string
		for _, f := range stories(row.o, row.story).Findings {
			got = append(got, f.Rule)
		}
		if strings.Join(got, " ") != row.rules {
			t.Errorf("%s: %v, want %s", row.name, got, row.rules)
		}
	}
	if e := stories(Options{Uncoded: true}, "contact-certificate-expired"); e.Contact != appointed {
		t.Errorf("without codes the contact is %s", e.Contact)
	}
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func TestFindingsAreInPacks(t *testing.T) {
	for _, row := range []struct {
		name  string
		f     Finding
		packs string
	}{
		{"the baseline is in every pack", finds("contact.missing", overdue), "national botkyrka hemvard"},
		{"Botkyrka's", finds("contact.second-missing", open), "botkyrka"},
		{"the provider's", finds("sip.review", overdue), "hemvard"},
		{"both", finds("contact.not-informed", overdue), "botkyrka hemvard"},
		{"off", finds("plan.no-followup-date", open), ""},
	} {
		var in []string
		for _, p := range []string{"national", "botkyrka", "hemvard"} {
			if row.f.In(p) {
				in = append(in, p)
			}
		}
		if strings.Join(in, " ") != row.packs {
			t.Errorf("%s: %v, want %s", row.name, in, row.packs)
		}
	}
	if !slices.Equal(Rules(), slices.Sorted(maps.Keys(packsOf))) || len(Rules()) != 35 {
		t.Errorf("%d rules: %v", len(Rules()), Rules())
	}
}

func TestAStoryThatIsNotThere(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("byName found it")
		}
	}()
	byName("nothing-of-the-kind")
}
