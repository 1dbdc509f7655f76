package jobs

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"brygga/care"
	"brygga/care/rules"
	"brygga/config"
)

func sets(pairs string) map[string]config.UnitRules {
	out := map[string]config.UnitRules{}
	for entry := range strings.FieldsSeq(pairs) {
		name, setting, _ := strings.Cut(entry, ":")
		param, value, _ := strings.Cut(setting, "=")
		if out[name].Set == nil {
			out[name] = config.UnitRules{Set: map[string]string{}}
		}
		out[name].Set[param] = value
	}
	return out
}

var organizations = map[care.Ref]care.Unit{
	"Organization/ab":    {Ref: "Organization/ab", Name: "Hemtjänst AB", Identifiers: []string{"556000-0000"}},
	"Organization/norra": {Ref: "Organization/norra", Name: "Norra", PartOf: "Organization/ab"},
	"Organization/team":  {Ref: "Organization/team", PartOf: "Organization/norra"},
	"Organization/sodra": {Ref: "Organization/sodra", Name: "Södra"},
}

func clientAt(unit care.Ref, services ...string) *care.Client {
	c := &care.Client{Ref: "Patient/p1"}
	c.Placements = []care.Placement{{Ref: "EpisodeOfCare/e1", Setting: care.HomeCare, Unit: unit}}
	for i, name := range services {
		code, _ := care.ServiceByName(name)
		c.Services = append(c.Services, care.Service{Ref: care.Ref(fmt.Sprint("ServiceRequest/", i)), Code: code, Setting: care.HomeCare})
	}
	return c
}

const day = care.Date(740000)

func TestWhichParametersHoldForWhom(t *testing.T) {
	const months, days = "plan.review.months", "plan.missing.days"
	r := config.Rules{Pack: "national", Set: map[string]string{months: "7", days: "13"}}
	r.Providers = sets("ab:" + months + "=8 ab:" + days + "=12 ab:plan.review.warn=20")
	r.Services = sets("safety-alarm:" + months + "=12 cleaning:" + months + "=10 safety-alarm:sip.review.enabled=true personal-care:plan.missing.warn=9 cleaning:contact.service_only=cleaning")
	r.Units = sets("norra:" + days + "=3")
	for _, row := range []struct {
		name     string
		unit     care.Ref
		services string
		param    string
		want     string
	}{
		{"the tenant's hold where nothing differs", "Organization/sodra", "personal-care", months, "7"},
		{"the provider's count over the tenant's", "Organization/norra", "personal-care", months, "8"},
		{"a provider is also the unit itself", "Organization/ab", "", months, "8"},
		{"a provider is found over two steps", "Organization/team", "", months, "8"},
		{"the service's count over the provider's", "Organization/norra", "safety-alarm", months, "12"},
		{"and over the tenant's", "Organization/sodra", "safety-alarm", months, "12"},
		{"of two services the strictest", "Organization/sodra", "safety-alarm cleaning", months, "10"},
		{"a service without a setting counts with what is under it", "Organization/norra", "safety-alarm shopping", months, "8"},
		{"also one that sets something else", "Organization/norra", "safety-alarm personal-care", months, "8"},
		{"a service of an unknown code counts with what is under it", "Organization/sodra", "safety-alarm nobody-knows", months, "7"},
		{"day activity without a setting does not count", "Organization/sodra", "safety-alarm day-activity", months, "12"},
		{"a rule that one service turns on is on", "Organization/sodra", "safety-alarm shopping", "sip.review.enabled", "true"},
		{"and off for who does not have it", "Organization/sodra", "shopping", "sip.review.enabled", "false"},
		{"the first that sets it where none is stricter", "Organization/sodra", "shopping cleaning", "contact.service_only", "cleaning"},
		{"the longest warning", "Organization/sodra", "personal-care shopping", "plan.missing.warn", "9"},
		{"the unit's count over the provider's", "Organization/norra", "", days, "3"},
		{"a part of a unit is that unit", "Organization/team", "", days, "3"},
		{"what the unit leaves alone stays the provider's", "Organization/norra", "", "plan.review.warn", "20"},
		{"nobody's unit", "", "", days, "13"},
		{"a unit that was not read", "Organization/gone", "safety-alarm", months, "12"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, err := Params(&config.Config{Rules: r})
			if err != nil {
				t.Fatal(err)
			}
			got := p.In(NewUnits(organizations, []string{"ab"})).For(clientAt(row.unit, strings.Fields(row.services)...), day)
			if v := got.Value(row.param); v != row.want {
				t.Errorf("%s is %q, want %q", row.param, v, row.want)
			}
		})
	}
}

func TestServicesCountOnTheDaysOnWhichTheyRun(t *testing.T) {
	p, err := Params(&config.Config{Rules: config.Rules{Pack: "national", Services: sets("safety-alarm:plan.review.months=12")}})
	if err != nil {
		t.Fatal(err)
	}
	c := clientAt("Organization/norra", "safety-alarm")
	s := p.In(NewUnits(organizations, nil))
	for _, row := range []struct {
		name    string
		service care.Service
		want    string
	}{
		{"runs", care.Service{}, "12"},
		{"begins tomorrow", care.Service{Period: care.Period{Start: day + 1}}, "6"},
		{"ended yesterday", care.Service{Period: care.Period{End: day - 1}}, "6"},
		{"ends today", care.Service{Period: care.Period{End: day}}, "12"},
		{"is decided tomorrow", care.Service{Decided: day + 1}, "6"},
	} {
		row.service.Code, row.service.Setting = care.SafetyAlarm, care.HomeCare
		c.Services[0] = row.service
		if got := s.For(c, day).Value("plan.review.months"); got != row.want {
			t.Errorf("a service that %s: %s months, want %s", row.name, got, row.want)
		}
	}
}

// One combination is compiled once, whoever asks first: its parameters, and the
// caches in them, are shared.
func TestACombinationIsCompiledOnce(t *testing.T) {
	p, err := Params(&config.Config{Rules: config.Rules{Pack: "national", Services: sets("safety-alarm:plan.review.months=12 cleaning:plan.review.months=9")}})
	if err != nil {
		t.Fatal(err)
	}
	s := p.In(NewUnits(organizations, nil))
	var wg sync.WaitGroup
	got := make([]*rules.Params, 64)
	for i := range got {
		wg.Go(func() { got[i] = s.For(clientAt("Organization/norra", "safety-alarm", "cleaning"), day) })
	}
	wg.Wait()
	for _, q := range got {
		if q != got[0] {
			t.Fatal("two sets of parameters for one combination")
		}
	}
	plain, err := Params(&config.Config{Rules: config.Rules{Pack: "national"}})
	if err != nil {
		t.Fatal(err)
	}
	if plain.In(NewUnits(organizations, nil)).For(clientAt(""), day) != plain.Default {
		t.Error("where nothing differs the tenant's own parameters are not used")
	}
}

func TestWhatSomeLayerNeedsIsRead(t *testing.T) {
	r := config.Rules{Pack: "national", Services: sets("day-activity:visit.weekly.enabled=true"), Providers: sets("nowhere:plan.missing.days=1")}
	p, err := Params(&config.Config{Rules: r})
	if err != nil {
		t.Fatal(err)
	}
	if !p.Needs().Has(care.SetOf(care.KindClientAbsence)) || p.Default.Needs().Has(care.SetOf(care.KindClientAbsence)) {
		t.Error("what visit.weekly needs is not read although one service turns it on")
	}
	if !p.Enabled("visit.weekly") || p.Enabled("sip.review") {
		t.Error("which rules are on for anybody is not told")
	}
	if got := p.In(NewUnits(organizations, nil)).Unmatched(); len(got) != 1 || got[0] != "nowhere" {
		t.Errorf("unmatched providers %v", got)
	}
	r.Services = sets("day-activity:visit.weekly.enabld=true")
	if _, err := Params(&config.Config{Rules: r}); err == nil || !strings.Contains(err.Error(), "rules.services.day-activity: ") {
		t.Errorf("a wrong parameter gives %v", err)
	}
}

func configOf(pack string) *config.Config {
	return &config.Config{Rules: config.Rules{Pack: pack}}
}
