package cli

import (
	"maps"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"brygga/care/rules"
	"brygga/config"
	"brygga/jobs"
)

// choice is what --pack and --set choose, on top of a configuration where there
// is one.
type choice struct {
	pack string
	set  []string
}

func (c *choice) flags(f *pflag.FlagSet) {
	f.StringVar(&c.pack, "pack", "", "the `PACK` of rules: "+strings.Join(rules.Packs(), ", ")+" (default: the configuration's, else "+rules.Packs()[0]+")")
	f.StringArrayVar(&c.set, "set", nil, "a parameter that differs, as `RULE.PARAM=VALUE`; may be repeated")
}

// params gives the parameters in force: those of the configuration, if there is
// one, with the chosen pack and settings on top, for every unit alike. What is
// wrong with them is wrong usage.
func (c *choice) params(cfg *config.Config) (jobs.ParamSet, error) {
	merged := &config.Config{Rules: config.Rules{Pack: rules.Packs()[0]}}
	if cfg != nil {
		merged.Rules = cfg.Rules
	}
	if c.pack != "" {
		merged.Rules.Pack = c.pack
	}
	set := map[string]string{}
	for _, s := range c.set {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return jobs.ParamSet{}, usage("--set %s: write RULE.PARAM=VALUE, such as plan.review.months=3", s)
		}
		set[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	merged.Rules.Set = over(merged.Rules.Set, set)
	units := map[string]config.UnitRules{}
	for name, u := range merged.Rules.Units {
		units[name] = config.UnitRules{Set: over(u.Set, set)}
	}
	merged.Rules.Units = units
	p, err := jobs.Params(merged)
	if err != nil {
		return jobs.ParamSet{}, usage("%w", err)
	}
	return p, nil
}

// over gives a with what b says on top; neither is changed.
func over(a, b map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}

// named gives the configuration that --config names; nil where it names none.
// A command that needs no configuration does not look for one by itself.
func (a *app) named() (*config.Config, error) {
	if !a.configSet {
		return nil, nil
	}
	return a.load()
}

// present gives the configuration that --config names, or the one in this
// folder; nil where there is none.
func (a *app) present() (*config.Config, error) {
	if !a.configSet {
		if _, err := os.Stat(a.configPath); err != nil {
			return nil, nil
		}
	}
	return a.load()
}
