package rules

import (
	"slices"
	"strings"
	"testing"

	"brygga/care"
)

func TestPacks(t *testing.T) {
	// What each pack has on, beside the baseline: the column Pack of domain.md.
	baseline := []string{
		"contact.change-requested", "contact.exempt-reassess", "contact.exempt-undocumented", "contact.missing",
		"contact.offer-unanswered", "contact.qualification-unverified", "contact.unqualified", "contact.vacant",
		"data.duplicate-client", "data.person-id-invalid", "data.unknown-staff", "data.unknown-start",
		"handover.by-hand", "handover.recipient-unknown", "handover.unanswered", "handover.waiting",
		"plan.missing", "plan.review", "service.not-carried-out", "transfer.refused",
	}
	more := map[string][]string{
		"national": nil,
		"botkyrka": {
			"contact.not-informed", "contact.right-to-change-not-told", "contact.routine-not-acknowledged",
			"contact.second-missing", "journal.deviation-open", "journal.monthly", "plan.decision-changed",
			"plan.no-participation", "risk.action-plan", "visit.weekly",
		},
		"hemvard": {
			"contact.handover-missing", "contact.not-informed", "contact.relatives-not-informed",
			"continuity.contact-share", "plan.contact-update", "plan.decision-changed", "sip.review",
			"transfer.consent-missing", "transfer.not-sent",
		},
	}
	for name, extra := range more {
		p := mustParams(t, name, nil)
		var on []string
		for _, r := range Catalogue() {
			if p.Enabled(r.Code) {
				on = append(on, r.Code)
			}
		}
		want := slices.Concat(baseline, extra)
		slices.Sort(on)
		slices.Sort(want)
		if !slices.Equal(on, want) {
			t.Errorf("%s has\n%s\nwant\n%s", name, on, want)
		}
	}
	for _, p := range packs() {
		for code := range p.on {
			if ByCode(code) == nil {
				t.Errorf("%s turns on %s, which is no rule", p.name, code)
			}
		}
		for name, value := range p.set {
			if err := CheckParam(name, value); err != nil {
				t.Errorf("%s: %v", p.name, err)
			}
		}
		if p.title.SV == "" || p.title.EN == "" {
			t.Errorf("%s has no title", p.name)
		}
	}
}

func TestDefaultsAreThoseOfTheTable(t *testing.T) {
	p := mustParams(t, "botkyrka", nil)
	want := map[string]string{
		"contact.missing.days": "14", "contact.missing.warn": "7", "contact.missing.write": "flag+task",
		"contact.not-informed.days": "7", "contact.not-informed.warn": "3", "contact.not-informed.media": "both",
		"contact.qualification-unverified.write": "report", "plan.review.months": "6", "plan.review.warn": "14",
		"sip.review.months": "12", "sip.review.warn": "30", "service.not-carried-out.months": "3",
		"service.not-carried-out.warn": "30", "journal.monthly.warn": "7", "contact.absence_days": "28",
		"contact.service_only": "shopping,cleaning,laundry,meal-delivery,safety-alarm", "contact.care_home_from": "",
		"plan.missing.clock": "start", "continuity.contact-share.visits": "10", "continuity.contact-share.share": "0.5",
		"continuity.contact-share.days": "28", "continuity.staff-count.staff": "15", "plan.missing.escalate_after": "14",
		"contact.vacant.write": "flag+task", "plan.missing.write": "flag+task", "plan.review.write": "flag+task",
		"contact.unqualified.write": "flag+task", "contact.handover-missing.write": "report",
		"transfer.consent-missing.warn": "14", "transfer.not-sent.warn": "7", "transfer.refused.write": "flag",
		"transfer.consent-missing.write": "task", "transfer.not-sent.write": "task",
		"handover.unanswered.days": "3", "handover.unanswered.warn": "0", "handover.unanswered.escalate_after": "14",
		"handover.waiting.days": "2", "handover.waiting.warn": "0", "handover.waiting.escalate_after": "14",
		"handover.unanswered.write": "task", "handover.waiting.write": "task",
		"handover.recipient-unknown.write": "task", "handover.by-hand.write": "task",
		"journal.monthly.write": "report", "visit.weekly.write": "report", "continuity.contact-share.write": "report",
	}
	got := map[string]Setting{}
	for _, s := range p.List() {
		got[s.Name] = s
	}
	for name, value := range want {
		if got[name].Value != value {
			t.Errorf("%s is %q, want %q", name, got[name].Value, value)
		}
	}
	if s := got["contact.not-informed.media"]; s.From != "pack" || s.Default != "any" {
		t.Errorf("%+v", s)
	}
	for _, r := range Catalogue() {
		for _, name := range []string{"contact.qualification-unverified", "contact.handover-missing", "journal.monthly", "visit.weekly", "continuity.contact-share", "continuity.staff-count"} {
			if r.Code == name && p.WritesOf(name) != WriteReport {
				t.Errorf("%s writes %s", name, p.WritesOf(name))
			}
		}
	}
}

func TestSettingsThatCannotBe(t *testing.T) {
	rows := []struct{ name, pack, param, value, says string }{
		{"a pack that is not there", "stockholm", "", "", `there is no pack "stockholm"; there are national, botkyrka, hemvard`},
		{"a misspelt name names the nearest", "national", "plan.reviev.months", "3", "did you mean plan.review.months?"},
		{"a name that is like nothing", "national", "xyz", "3", "brygga rules lists them"},
		{"a rule that is not in the catalogue", "national", "handover.forgotten.enabled", "true", "there is no parameter"},
		{"a unit that the rule does not have", "national", "plan.review.days", "3", "there is no parameter"},
		{"what data rules write is fixed", "national", "data.unknown-start.write", "task", "there is no parameter"},
		{"too long", "national", "plan.review.months", "61", `plan.review.months: "61" is not possible; write a whole number from 1 to 60`},
		{"too short", "national", "plan.review.months", "0", "from 1 to 60"},
		{"negative", "national", "contact.missing.days", "-1", "from 0 to 366"},
		{"no number", "national", "contact.missing.days", "14 days", "from 0 to 366"},
		{"not true or false", "national", "contact.missing.enabled", "yes", "write true or false"},
		{"a write that is not offered", "national", "plan.review.write", "flag", "write one of report, task, flag+task"},
		{"a rule that writes a Flag may write any", "national", "transfer.refused.write", "nothing", "write one of report, flag, task, flag+task"},
		{"a day of the calendar is not moved", "national", "transfer.not-sent.days", "3", "there is no parameter"},
		{"a medium", "national", "contact.not-informed.media", "oral", "write one of any, both"},
		{"an impossible date", "national", "contact.care_home_from", "2026-02-30", "write a date as YYYY-MM-DD"},
		{"a service that no table knows", "national", "contact.service_only", "cleaning,gardening", "write codes of home-care services"},
		{"day activity is never service-only", "national", "contact.service_only", "day-activity", "write codes of home-care services"},
		{"a share above one", "hemvard", "continuity.contact-share.share", "50", "write a share from 0 to 1"},
		{"a share that is no number", "hemvard", "continuity.contact-share.share", "NaN", "write a share from 0 to 1"},
		{"a window longer than visits are pulled", "hemvard", "continuity.contact-share.days", "36", "from 7 to 35"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			set := map[string]string{}
			if r.param != "" {
				set[r.param] = r.value
			}
			p, err := NewParams(r.pack, set)
			if err == nil || p != nil || !strings.Contains(err.Error(), r.says) {
				t.Errorf("got %v, want %s", err, r.says)
			}
		})
	}
	_, err := NewParams("national", map[string]string{"b": "1", "a": "2"})
	if err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.HasPrefix(err.Error(), `there is no parameter "a"`) {
		t.Errorf("all faults, sorted: %v", err)
	}
}

func TestAUnitMayHaveItsOwn(t *testing.T) {
	p := mustParams(t, "hemvard", map[string]string{"plan.missing.days": "10"})
	q, err := p.With(map[string]string{"plan.missing.days": "5", "sip.review.enabled": "false"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Terms().PlanMissing.Days != 10 || q.Terms().PlanMissing.Days != 5 || !p.Enabled("sip.review") || q.Enabled("sip.review") {
		t.Errorf("%+v %+v", p.Terms(), q.Terms())
	}
	if _, err := p.With(map[string]string{"plan.missing.dys": "5"}); err == nil {
		t.Error("an unknown name was taken")
	}
	if p.Pack() != "hemvard" || q.Pack() != "hemvard" {
		t.Error("the pack is lost")
	}
}

func TestNeedsAreThoseOfTheStatusesAndTheRulesThatAreOn(t *testing.T) {
	status := ofStatus | ofPlan | care.OwnFacts // no system is asked for those
	p := mustParams(t, "national", nil)
	consent := care.SetOf(care.KindConsent, care.KindUnit, care.KindRelative)
	if got, want := p.Needs(), status|consent|care.SetOf(care.KindVisit); got != want {
		t.Errorf("national needs %v, want %v", got.Kinds(), want.Kinds())
	}
	p = mustParams(t, "national", map[string]string{"service.not-carried-out.enabled": "false", "transfer.refused.enabled": "false"})
	if got := p.Needs(); got != status {
		t.Errorf("without visits and consents it needs %v", got.Kinds())
	}
	p = mustParams(t, "botkyrka", nil)
	for _, k := range []care.FactKind{care.KindNote, care.KindDeviation, care.KindRisk, care.KindInformation, care.KindClientAbsence} {
		if !p.Needs().Has(care.SetOf(k)) {
			t.Errorf("botkyrka does not need %s", k)
		}
	}
}

func TestEscalationIsForRulesWithADeadline(t *testing.T) {
	p := mustParams(t, "national", map[string]string{"plan.missing.escalate_after": "3"})
	if p.EscalateAfter("plan.missing") != 3 || p.EscalateAfter("plan.review") != 14 || p.EscalateAfter("contact.vacant") != 0 || p.EscalateAfter("none") != 0 {
		t.Error("escalation")
	}
	if p.WritesOf("none") != WriteReport {
		t.Error("a rule that is not there writes nothing")
	}
	for w, want := range map[Write][2]bool{WriteReport: {}, WriteTask: {false, true}, WriteFlag: {true, false}, WriteFlagAndTask: {true, true}} {
		if w.Flag() != want[0] || w.Task() != want[1] {
			t.Errorf("%s", w)
		}
	}
}

func FuzzNewParams(f *testing.F) {
	f.Add("national", "plan.review.months", "6")
	f.Add("botkyrka", "contact.service_only", "cleaning, shopping,")
	f.Add("hemvard", "continuity.contact-share.share", "1e-3")
	f.Add("x", "contact.care_home_from", "2026-07-01")
	f.Add("national", "contact.missing.enabled", "TRUE")
	f.Fuzz(func(t *testing.T, pack, name, value string) {
		p, err := NewParams(pack, map[string]string{name: value})
		if (p == nil) == (err == nil) {
			t.Fatalf("params %v, error %v", p, err)
		}
		if err != nil {
			return
		}
		for _, s := range p.List() {
			if _, err := s.parse(s.Value); err != nil {
				t.Fatalf("in force and impossible: %v", err)
			}
			if s.Name == name && (s.Value != value || s.From != "set") {
				t.Fatalf("%s is %q, was set to %q", name, s.Value, value)
			}
		}
	})
}

func FuzzPack(f *testing.F) {
	for _, name := range Packs() {
		b, err := packFiles.ReadFile("packs/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("pack: [a]\n"))
	f.Add([]byte("on:\n  ! 000\n008: 00"))
	f.Add([]byte("pack: a\nunknown: 1\n"))
	f.Add([]byte("&a [*a]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := readPack(b)
		if err == nil && p.Pack == "" {
			t.Fatal("a pack without a name was read")
		}
	})
}

func TestAPackThatCannotBe(t *testing.T) {
	for name, text := range map[string]string{
		"an unknown key": "pack: a\non: []\nwhat: 1\n", "no name": "on: [plan.review]\n", "a wrong type": "pack: a\non: yes\n",
	} {
		if _, err := readPack([]byte(text)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}
