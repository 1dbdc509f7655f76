package config

import "strings"

// Claim is what a file says of itself that may not be used as a configuration: enough
// to say whose it is, and never enough to run anything.
type Claim struct {
	// Tenant is whose file it is; empty where not even that can be read.
	Tenant string
	// Tell holds the path, tenant, language, store, keys and notify, and nothing else: for
	// telling those who look after this tenant that its file is wrong. It is nil where
	// something of these is wrong, or the file is not clean YAML: then nobody can say that
	// what stands in them is what was meant.
	Tell *Config
}

// LoadOrClaim is Load that gives, where the configuration is nil, what can be made out
// of the file all the same.
func LoadOrClaim(path string, env func(string) (string, bool)) (*Config, Claim, Problems) {
	text, problem := readSource(path)
	if problem != nil {
		return nil, Claim{}, Problems{*problem}
	}
	return load(path, text, env)
}

// toldBy are the sections that telling rests on.
var toldBy = []string{"tenant", "language", "store", "keys", "notify"}

// claim is what stands in a file with errors; clean says that its YAML has none.
func (r *reader) claim(c *Config, clean bool) Claim {
	out := Claim{Tenant: c.Tenant}
	for _, p := range r.problems {
		for _, section := range toldBy {
			if p.File == r.file && p.Severity == Error && (p.Key == section || strings.HasPrefix(p.Key, section+".")) {
				clean = false
			}
		}
	}
	if what, _ := checkTenant(r, c.Tenant); what != "" {
		out.Tenant, clean = "", false
	}
	if clean {
		out.Tell = &Config{Path: c.Path, Tenant: c.Tenant, Language: c.Language, Store: c.Store, storeSecret: c.storeSecret, Keys: c.Keys, Notify: c.Notify}
	}
	return out
}

// tenantOf finds whose file it is where its text is not YAML as a whole: by the line
// that begins with the key, read for itself.
func tenantOf(path, text string) string {
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "tenant:") {
			continue
		}
		n, problems := parse(path, line)
		if e := n.get("tenant"); e != nil && len(problems) == 0 && e.value.shape == scalar && tenantPattern.MatchString(e.value.text) {
			return e.value.text
		}
		return ""
	}
	return ""
}
