package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// check looks at what several keys say together, after all of them were read.
func (r *reader) check(c *Config) {
	for _, name := range r.inOrder(c.Systems) {
		s := c.Systems[name]
		r.checkAuth(s)
		r.checkTLS(s)
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
}

func (r *reader) checkAuth(s System) {
	path := "systems." + s.Name + ".auth"
	fields, known := authFields[s.Auth.Kind]
	if !known {
		return // its own problem, reported when it was read
	}
	for _, need := range fields.needs {
		if _, ok := r.values[path+"."+need]; !ok {
			r.fail(r.keys[path], path+"."+need, "is missing: kind "+s.Auth.Kind+" needs it", "write "+need+": "+exampleOf("systems.NAME.auth."+need))
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

// indispensable are the facts that statuses rest on: without them every client
// would wrongly be out of care, or without a contact.
var indispensable = []string{"client", "placement", "assignment"}

// checkRoles sees that exactly one system provides facts and exactly one
// receives; it may be the same one. It says nothing where a system could not be
// read: what follows from that would only confuse.
func (r *reader) checkRoles(c *Config) {
	at := r.keys["systems"]
	if r.dropped || at.line == 0 {
		return
	}
	names := r.inOrder(c.Systems)
	if len(names) == 0 {
		r.fail(at, "systems", "names no system", "write one; `brygga init` shows how")
		return
	}
	receiver := r.checkReceiver(c, names)
	if len(c.Facts) > 0 {
		r.checkFacts(c, names, receiver)
		return
	}
	var readers []string
	for _, name := range names {
		if len(c.Systems[name].Receives) == 0 {
			readers = append(readers, name)
		}
	}
	if _, written := r.keys["facts"]; written {
		return // facts stand there, and could not be read
	}
	if receiver != "" && len(readers) > 1 {
		r.fail(at, "systems", strings.Join(readers, ", ")+" would all provide facts, and in this version one system does", "keep one of them, and the one that receives")
	}
}

// inOrder lists the systems in the order of the file.
func (r *reader) inOrder(systems map[string]System) []string {
	return slices.SortedFunc(maps.Keys(systems), func(a, b string) int {
		x, y := r.keys["systems."+a], r.keys["systems."+b]
		return cmp.Or(cmp.Compare(x.line, y.line), cmp.Compare(x.column, y.column))
	})
}

func (r *reader) checkReceiver(c *Config, names []string) (receiver string) {
	for _, name := range names {
		path := "systems." + name + ".receives"
		_, written := r.keys[path]
		switch {
		case !written:
		case receiver != "":
			r.fail(r.keys[path], path, "a second system that receives, and in this version one does: "+receiver, "remove receives from one of the two")
		default:
			receiver = name
		}
	}
	if receiver == "" {
		r.fail(r.keys["systems"], "systems", "none of them receives Flags and Tasks", "write receives: [flags, tasks] for one; nothing is written to it as long as writes.mode is report")
	}
	return receiver
}

func (r *reader) checkFacts(c *Config, names []string, receiver string) {
	source := ""
	named := map[string]bool{}
	for _, kind := range factNames() {
		path := "facts." + kind
		for _, name := range c.Facts[kind] {
			named[name] = true
			switch {
			case !slices.Contains(names, name):
				do := "known: " + strings.Join(names, ", ")
				if near := nearest(name, names); near != "" {
					do = "did you mean " + near + "?"
				}
				r.fail(r.values[path], path, quoted(name)+" is none of the systems", do)
			case source == "":
				source = name
			case name != source:
				r.fail(r.values[path], path, "names "+name+" where "+source+" provides other facts, and in this version one system provides all", "write "+source+", or remove the key")
			}
		}
	}
	for _, kind := range indispensable {
		if _, written := r.keys["facts."+kind]; !written {
			r.fail(r.keys["facts"], "facts."+kind, "is missing: without it no status can be told", "write "+kind+": and the system that provides it")
		}
	}
	for _, name := range names {
		if !named[name] && name != receiver && source != "" && receiver != "" {
			path := "systems." + name
			r.fail(r.keys[path], path, "provides no facts and receives nothing", "remove it")
		}
	}
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
