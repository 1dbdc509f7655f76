package cli

import (
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"brygga/care/rules"
	"brygga/config"
	"brygga/jobs"
)

// choice is what --pack and --set choose, on top of a configuration where there
// is one.
type choice struct {
	pack string // one of rules.Packs, or the path of an own one
	set  []string
}

func (c *choice) flags(f *pflag.FlagSet) {
	f.StringVar(&c.pack, "pack", "", "the `PACK` of rules: "+strings.Join(rules.Packs(), ", ")+", or the file of an own one (default: the configuration's, else "+rules.Packs()[0]+")")
	f.StringArrayVar(&c.set, "set", nil, "a parameter that differs, as `RULE.PARAM=VALUE`; may be repeated")
}

// on gives a copy of cfg, which may be nil, with the chosen pack and settings on
// top, for every unit alike. What is wrong with them is wrong usage.
func (c *choice) on(cfg *config.Config) (*config.Config, error) {
	merged := &config.Config{Rules: config.Rules{Pack: rules.Packs()[0]}}
	if cfg != nil {
		copied := *cfg
		merged = &copied
	}
	if c.pack != "" {
		var err error
		if merged.Rules, err = withPack(merged.Rules, c.pack); err != nil {
			return nil, err
		}
	}
	set, err := c.settings()
	if err != nil {
		return nil, err
	}
	merged.Rules.Set = over(merged.Rules.Set, set)
	for _, layer := range []*map[string]config.UnitRules{&merged.Rules.Providers, &merged.Rules.Services, &merged.Rules.Units} {
		changed := map[string]config.UnitRules{}
		for name, u := range *layer {
			changed[name] = config.UnitRules{Set: over(u.Set, set)}
		}
		*layer = changed
	}
	if _, err = jobs.Params(merged); err != nil {
		return nil, usage("%w", err)
	}
	return merged, nil
}

// settings are what --set says, by the name of the parameter.
func (c *choice) settings() (map[string]string, error) {
	set := map[string]string{}
	for _, s := range c.set {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return nil, usage("--set %s: write RULE.PARAM=VALUE, such as plan.review.months=3", s)
		}
		set[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return set, nil
}

// withPack gives rules with another pack: one of brygga's, or the file of an own one.
func withPack(r config.Rules, pack string) (config.Rules, error) {
	r.Pack, r.Own = pack, nil
	if slices.Contains(rules.Packs(), pack) || !strings.ContainsAny(pack, "./\\") {
		return r, nil // of an unknown name rules say what there is
	}
	var problems config.Problems
	r.Own, problems = config.LoadPack(pack)
	return r, problems.Err()
}

// params gives the parameters in force: those of on.
func (c *choice) params(cfg *config.Config) (jobs.ParamSet, error) {
	merged, err := c.on(cfg)
	if err != nil {
		return jobs.ParamSet{}, err
	}
	return jobs.Params(merged)
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
	return a.loadWithoutSecrets()
}

// present gives the configuration that --config names, or the one in this
// folder; nil where there is none.
func (a *app) present() (*config.Config, error) {
	if !a.configSet {
		if _, err := os.Stat(a.configPath); err != nil {
			return nil, nil
		}
	}
	return a.loadWithoutSecrets()
}

// loadWithoutSecrets is load for commands that reach no system and no store:
// environment variables of secrets need not be set where somebody looks at rules.
func (a *app) loadWithoutSecrets() (*config.Config, error) {
	lenient := *a
	lenient.LookupEnv = func(name string) (string, bool) {
		if v, ok := a.LookupEnv(name); ok {
			return v, true
		}
		return strings.Repeat("0", 64), true // as long as a key; nobody reads it
	}
	return lenient.load()
}
