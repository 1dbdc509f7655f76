package config

// Load reads, completes and checks a configuration, and gives all problems, not
// only the first, in the order of the file. The configuration is nil if one of
// them is an error; with warnings only, it may be used.
//
// env looks up environment variables (os.LookupEnv). It is asked whether every
// env: secret is there, and every file: secret is opened, but no value is kept.
// With a nil env nothing outside of the file itself is looked at: for commands
// that need the rules alone, such as `brygga evaluate --config`.
func Load(path string, env func(string) (string, bool)) (*Config, Problems) {
	c, _, problems := LoadOrClaim(path, env)
	return c, problems
}

// load is LoadOrClaim for a text that has passed cleanText.
func load(path, text string, env func(string) (string, bool)) (*Config, Claim, Problems) {
	n, problems := parse(path, text)
	if n == nil {
		return nil, Claim{Tenant: tenantOf(path, text)}, problems
	}
	if n.shape != section {
		problems = append(problems, Problem{
			File: path, Line: n.line, Column: n.column,
			What: "is " + n.shape.String() + " and not a configuration", Do: "is this the right file? `brygga init` writes one",
		})
		problems.sort()
		return nil, Claim{}, problems
	}
	clean := problems.Err() == nil
	r := &reader{file: path, env: env, problems: problems, keys: map[string]place{}, values: map[string]place{}}
	c := &Config{Path: path}
	r.section(root, n, place{}, "", c)
	r.check(c)
	r.problems.sort()
	r.problems = append(r.problems, r.elsewhere...)
	if r.problems.Err() != nil {
		return nil, r.claim(c, clean), r.problems
	}
	for name, s := range c.Systems {
		if s.DisplayName == "" {
			s.DisplayName = name
		}
		s.Path, s.KnownHosts = beside(path, s.Path), beside(path, s.KnownHosts)
		s.TLS.CA, s.TLS.ClientCert = beside(path, s.TLS.CA), beside(path, s.TLS.ClientCert)
		c.Systems[name] = s
	}
	for name, h := range c.CareHomes {
		if h.DisplayName == "" {
			h.DisplayName = name
		}
		h.Path = beside(path, h.Path)
		h.TLS.CA, h.TLS.ClientCert = beside(path, h.TLS.CA), beside(path, h.TLS.ClientCert)
		c.CareHomes[name] = h
	}
	c.Jobs.Report.Path = beside(path, c.Jobs.Report.Path)
	return c, Claim{Tenant: c.Tenant}, r.problems
}
