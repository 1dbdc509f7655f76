package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// check looks at what several keys say together, after all of them were read.
func (r *reader) check(c *Config) {
	c.order = r.inOrder(c.Systems)
	for _, name := range c.order {
		s := c.Systems[name]
		r.checkKind(s)
		r.checkAuth(s)
		r.checkTLS(s)
		r.readKeys(&s)
		r.loadMapping(&s)
		c.Systems[name] = s
	}
	r.checkRoles(c)
	r.checkRules(c)
	r.checkClock(c)
}

// authFields are the keys under auth that a way to sign in needs, and those it may have.
var authFields = map[string]struct{ needs, may []string }{
	AuthNone:              {},
	AuthBasic:             {needs: []string{"user", "password"}},
	AuthBearer:            {needs: []string{"token"}},
	AuthClientCredentials: {needs: []string{"client_id", "client_secret"}, may: []string{"token_url", "scopes"}},
	AuthSMARTBackend:      {needs: []string{"client_id", "key"}, may: []string{"token_url", "scopes"}},
	AuthQueryKey:          {needs: []string{"domain", "key"}, may: []string{"keys", "header"}},
	AuthSSHKey:            {needs: []string{"user", "key"}},
}

func (r *reader) checkAuth(s System) {
	path := "systems." + s.Name + ".auth"
	fields, known := authFields[s.Auth.Kind]
	if !known {
		return // its own problem, reported when it was read
	}
	for _, need := range fields.needs {
		if _, ok := r.values[path+"."+need]; !ok {
			r.fail(r.keys[path], path+"."+need, "is missing: kind "+s.Auth.Kind+" needs it", "write "+need+": "+s.Auth.example(need))
		}
	}
	for _, k := range root.kid("systems").any.kid("auth").keys() {
		at, ok := r.keys[path+"."+k]
		if !ok || k == "kind" || slices.Contains(fields.needs, k) || slices.Contains(fields.may, k) {
			continue
		}
		do := "remove it"
		if kinds := authKindsWith(k); s.Auth.Kind == AuthNone {
			do = "write kind: " + strings.Join(kinds, " or ") + ", or remove it"
		}
		r.fail(at, path+"."+k, "is not used by kind "+s.Auth.Kind, do)
	}
}

func authKindsWith(field string) []string {
	var out []string
	for _, kind := range slices.Sorted(maps.Keys(authFields)) {
		if f := authFields[kind]; slices.Contains(f.needs, field) || slices.Contains(f.may, field) {
			out = append(out, kind)
		}
	}
	return out
}

// example is what may be written for a key of auth: what key holds differs by the
// way to sign in.
func (a Auth) example(key string) string {
	switch {
	case key == "key" && a.Kind == AuthQueryKey:
		return "env:LIFECARE_KEY"
	case key == "key" && a.Kind == AuthSSHKey:
		return "file:secrets/sftp.pem"
	}
	return exampleOf("systems.NAME.auth." + key)
}

func exampleOf(key string) string {
	example := ""
	root.walk(func(s *spec) {
		if s.row.key == key {
			example = s.example
		}
	})
	return example
}

func (r *reader) checkTLS(s System) {
	path := "systems." + s.Name + ".tls"
	cert, hasCert := r.keys[path+".client_cert"]
	key, hasKey := r.keys[path+".client_key"]
	switch {
	case hasCert && !hasKey:
		r.fail(cert, path+".client_cert", "stands without its private key", "write client_key: "+exampleOf("systems.NAME.tls.client_key"))
	case hasKey && !hasCert:
		r.fail(key, path+".client_key", "stands without its certificate", "write client_cert: "+exampleOf("systems.NAME.tls.client_cert"))
	}
}

// inOrder lists the systems in the order of the file.
func (r *reader) inOrder(systems map[string]System) []string {
	return slices.SortedFunc(maps.Keys(systems), func(a, b string) int {
		x, y := r.keys["systems."+a], r.keys["systems."+b]
		return cmp.Or(cmp.Compare(x.line, y.line), cmp.Compare(x.column, y.column))
	})
}

// checkClock warns of times that do not exist, or come twice, when clocks change.
func (r *reader) checkClock(c *Config) {
	const key = "jobs.reconcile.schedule"
	s, what, _ := parseSchedule(c.Jobs.Reconcile.Schedule)
	if what != "" || !s.AtClockChange() || s.everyHour() {
		return
	}
	r.warn(r.values[key], key, "lies between 02:00 and 03:00, which are skipped in March and come twice in October", "choose another hour, such as \"30 1 * * *\"")
}
