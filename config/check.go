package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// check looks at what several keys say together, after all of them were read.
func (r *reader) check(c *Config) {
	c.order = inOrder(r, "systems", c.Systems)
	for _, name := range c.order {
		s := c.Systems[name]
		r.checkKind(s)
		r.checkAuth("systems."+name+".auth", root.kid("systems").any.kid("auth"), s.Auth)
		r.checkTLS("systems." + name + ".tls")
		r.readKeys(&s)
		r.loadMapping(&s)
		c.Systems[name] = s
	}
	r.checkRoles(c)
	r.checkRules(c)
	r.checkStoreWay(c)
	r.checkCareHomes(c)
	r.checkHandover(c)
	r.checkReport(c)
	r.checkNotify(c)
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

// checkAuth sees that a way to sign in has what it needs and nothing that would have
// no effect. path is where the keys stand, at is their spec.
func (r *reader) checkAuth(path string, at *spec, a Auth) {
	fields, known := authFields[a.Kind]
	if !known {
		return // its own problem, reported when it was read
	}
	for _, need := range fields.needs {
		if _, ok := r.values[path+"."+need]; !ok {
			r.fail(r.keys[path], path+"."+need, "is missing: kind "+a.Kind+" needs it", "write "+need+": "+a.example(at.kid(need)))
		}
	}
	for _, k := range at.keys() {
		place, ok := r.keys[path+"."+k]
		if !ok || k == "kind" || slices.Contains(fields.needs, k) || slices.Contains(fields.may, k) {
			continue
		}
		do := "remove it"
		if kinds := authKindsWith(k, at.kid("kind").choices); a.Kind == AuthNone {
			do = "write kind: " + strings.Join(kinds, " or ") + ", or remove it"
		}
		r.fail(place, path+"."+k, "is not used by kind "+a.Kind, do)
	}
}

// authKindsWith are those of the kinds that read a key.
func authKindsWith(field string, kinds []string) []string {
	var out []string
	for _, kind := range slices.Sorted(slices.Values(kinds)) {
		if f := authFields[kind]; slices.Contains(f.needs, field) || slices.Contains(f.may, field) {
			out = append(out, kind)
		}
	}
	return out
}

// example is what may be written for a key of auth: what key holds differs by the
// way to sign in.
func (a Auth) example(key *spec) string {
	switch {
	case key.name == "key" && a.Kind == AuthQueryKey:
		return "env:LIFECARE_KEY"
	case key.name == "key" && a.Kind == AuthSSHKey:
		return "file:secrets/sftp.pem"
	}
	return key.example
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

// checkTLS sees that a certificate and its key stand together.
func (r *reader) checkTLS(path string) {
	cert, hasCert := r.keys[path+".client_cert"]
	key, hasKey := r.keys[path+".client_key"]
	switch {
	case hasCert && !hasKey:
		r.fail(cert, path+".client_cert", "stands without its private key", "write client_key: "+exampleOf("systems.NAME.tls.client_key"))
	case hasKey && !hasCert:
		r.fail(key, path+".client_key", "stands without its certificate", "write client_cert: "+exampleOf("systems.NAME.tls.client_cert"))
	}
}

// inOrder lists named sections in the order of the file.
func inOrder[T any](r *reader, section string, named map[string]T) []string {
	return slices.SortedFunc(maps.Keys(named), func(a, b string) int {
		x, y := r.keys[section+"."+a], r.keys[section+"."+b]
		return cmp.Or(cmp.Compare(x.line, y.line), cmp.Compare(x.column, y.column))
	})
}

// checkClock warns of times that do not exist, or come twice, when clocks change.
func (r *reader) checkClock(c *Config) {
	for _, job := range []struct{ key, schedule string }{
		{"jobs.reconcile.schedule", c.Jobs.Reconcile.Schedule},
		{"jobs.handover.schedule", c.Jobs.Handover.Schedule},
		{"jobs.report.schedule", c.Jobs.Report.Schedule},
		{"jobs.retention.schedule", c.Jobs.Retention.Schedule},
	} {
		s, what, _ := parseSchedule(job.schedule)
		if job.schedule == "" || what != "" || !s.AtClockChange() || s.everyHour() {
			continue
		}
		r.warn(r.values[job.key], job.key, "lies between 02:00 and 03:00, which are skipped in March and come twice in October", "choose another hour, such as \"30 1 * * *\"")
	}
}
