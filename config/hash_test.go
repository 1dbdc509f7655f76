package config

import (
	"maps"
	"strings"
	"testing"
	"time"

	"brygga/care"
)

func TestHashFollowsWhatIsJudgedAndWritten(t *testing.T) {
	fresh := func() *Config { return loadCase(t, "everything-that-can-be-written-loads") }
	system := func(change func(*System)) func(*Config) {
		return func(c *Config) {
			s := c.Systems["journal"]
			change(&s)
			c.Systems["journal"] = s
		}
	}
	base := fresh().Hash()
	if len(base) != 16 || strings.Trim(base, "0123456789abcdef") != "" {
		t.Fatalf("the hash is %q", base)
	}
	for _, row := range []struct {
		name   string
		change func(*Config)
		same   bool
	}{
		{"nothing changed", func(*Config) {}, true},
		{"another path of the file", func(c *Config) { c.Path = "/elsewhere/brygga.yaml" }, true},
		{"another reference to a key", func(c *Config) { c.Keys.Pseudonym = Secret{ref: "env:OTHER"} }, true},
		{"another reference to a token", system(func(s *System) { s.Auth.Key = Secret{ref: "env:OTHER"} }), true},
		{"another page size", system(func(s *System) { s.PageSize++ }), true},
		{"another schedule", func(c *Config) { c.Jobs.Reconcile.Schedule = "0 3 * * *" }, true},
		{"another store", func(c *Config) { c.Store = "sqlite:other.db" }, true},
		{"another guard", func(c *Config) { c.Guard.AtLeast++ }, true},
		{"another transaction size", func(c *Config) { c.Writes.TransactionSize++ }, true},
		{"units in another order", func(c *Config) { c.Writes.Units = []string{"sodra", "norra"} }, true},
		{"rules in another order", func(c *Config) { c.Writes.Rules = []string{"plan.review", "contact.missing"} }, true},
		{"receives in another order", system(func(s *System) { s.Receives = []string{"tasks", "flags"} }), true},
		{"another tenant", func(c *Config) { c.Tenant = "annan" }, false},
		{"another language", func(c *Config) { c.Language = "sv" }, false},
		{"another server", system(func(s *System) { s.URL = "https://other.example.se" }), false},
		{"another display name", system(func(s *System) { s.DisplayName = "Journal" }), false},
		{"fewer kinds received", system(func(s *System) { s.Receives = []string{"flags"} }), false},
		{"fewer facts", func(c *Config) { delete(c.Facts, "plan") }, false},
		{"another pack", func(c *Config) { c.Rules.Pack = "national" }, false},
		{"another parameter", func(c *Config) { c.Rules.Set["plan.review.months"] = "6" }, false},
		{"another parameter of a unit", func(c *Config) { c.Rules.Units["norra"].Set["plan.missing.days"] = "6" }, false},
		{"another mode", func(c *Config) { c.Writes.Mode = Report }, false},
		{"another first day", func(c *Config) { c.Writes.From = care.NewDate(2027, time.January, 12) }, false},
		{"another unit", func(c *Config) { c.Writes.Units = []string{"norra"} }, false},
		{"another rule", func(c *Config) { c.Writes.Rules = nil }, false},
		{"another number per owner", func(c *Config) { c.Writes.PerOwnerPerNight++ }, false},
		{"another schedule of handovers", func(c *Config) { c.Jobs.Handover.Schedule = "" }, true},
		{"another retention", func(c *Config) { c.Jobs.Retention.Gone++ }, true},
		{"somebody else who is told", func(c *Config) { c.Notify.Mail.To = []string{"it@example.se"} }, true},
		{"another daemon", func(c *Config) { c.Serve.Workers++ }, true},
		{"sections of handovers where nothing is handed over", func(c *Config) { c.Jobs.Handover.Sections = care.AllSections }, true},
		{"consents that name nobody are accepted", func(c *Config) { c.Consent.AcceptUnnamedRecipient = true }, false},
		{"another age of permits", func(c *Config) { c.Consent.MaxAge = 24 * time.Hour }, false},
		{"a care home", func(c *Config) { c.CareHomes = map[string]CareHome{"solgarden": {}} }, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := fresh()
			row.change(c)
			if got := c.Hash(); (got == base) != row.same {
				t.Errorf("the hash is %s after %s, same is to be %v", got, base, row.same)
			}
		})
	}
	if c := loadCase(t, "everything-that-can-be-written-loads"); c.Writes.Units[0] != "norra" || c.Hash() != base || c.Writes.Units[0] != "norra" {
		t.Error("asking for the hash changes the configuration")
	}
}

func TestHashFollowsWhoGetsWhat(t *testing.T) {
	base := loadCase(t, "the-sections-around-the-nightly-job-load")
	fresh := func() *Config {
		c := *base
		c.CareHomes = maps.Clone(base.CareHomes)
		return &c
	}
	home := func(change func(*CareHome)) func(*Config) {
		return func(c *Config) {
			h := c.CareHomes["solgarden"]
			change(&h)
			c.CareHomes["solgarden"] = h
		}
	}
	for _, row := range []struct {
		name   string
		change func(*Config)
		same   bool
	}{
		{"nothing changed", func(*Config) {}, true},
		{"keys in another order", home(func(h *CareHome) { h.Recipients = []string{h.Recipients[1], h.Recipients[0]} }), true},
		{"another way to sign in", home(func(h *CareHome) { h.Auth.Kind = AuthBasic }), true},
		{"another timeout", home(func(h *CareHome) { h.Timeout++ }), true},
		{"fewer keys", home(func(h *CareHome) { h.Recipients = h.Recipients[:1] }), false},
		{"another organization", home(func(h *CareHome) { h.Organization.ID = "linden" }), false},
		{"another folder", home(func(h *CareHome) { h.Path = "elsewhere" }), false},
		{"another server", home(func(h *CareHome) { h.URL = "https://other.example.se" }), false},
		{"another home", func(c *Config) { delete(c.CareHomes, "linden") }, false},
		{"released by hand", func(c *Config) { c.Jobs.Handover.Release = ReleaseByHand }, false},
		{"other sections", func(c *Config) { c.Jobs.Handover.Sections = care.AllSections }, false},
		{"another document", func(c *Config) { c.Jobs.Handover.Document = "18776-5" }, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := fresh()
			row.change(c)
			if got := c.Hash(); (got == base.Hash()) != row.same {
				t.Errorf("the hash is %s after %s, same is to be %v", got, base.Hash(), row.same)
			}
		})
	}
}
