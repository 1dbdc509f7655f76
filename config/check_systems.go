package config

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	"brygga/care"
	"brygga/mapping/vendor"
)

// kindFields are the keys of a system that a kind of system needs, and how one
// signs in there.
var kindFields = map[string]struct{ needs, auth []string }{
	KindFHIR: {
		needs: []string{"url"},
		auth:  []string{AuthNone, AuthBasic, AuthBearer, AuthClientCredentials, AuthSMARTBackend},
	},
	KindREST: {
		needs: []string{"url", "mapping"},
		auth:  []string{AuthNone, AuthBasic, AuthBearer, AuthClientCredentials, AuthSMARTBackend, AuthQueryKey},
	},
	KindFiles: {
		needs: []string{"mapping"},
		auth:  []string{AuthNone, AuthBasic, AuthSSHKey},
	},
}

// means says whether a key of a system means something to a kind of system.
func (s *spec) means(kind string) bool { return len(s.kinds) == 0 || slices.Contains(s.kinds, kind) }

// checkKind sees that a system has what its kind needs, and nothing that would
// have no effect.
func (r *reader) checkKind(s System) {
	path := "systems." + s.Name
	fields, known := kindFields[s.Kind]
	if !known {
		return // its own problem, reported when it was read
	}
	for _, need := range fields.needs {
		if _, ok := r.keys[path+"."+need]; !ok {
			example := exampleOf("systems.NAME." + need)
			if need == "mapping" {
				r.dropped = true // what it provides is not known
				if s.Kind == KindFiles {
					example = "procapita-example"
				}
			}
			r.fail(r.keys[path], path+"."+need, "is missing: kind "+s.Kind+" needs it", "write "+need+": "+example)
		}
	}
	for _, k := range root.kid("systems").any.kids {
		if at, ok := r.keys[path+"."+k.name]; ok && !k.means(s.Kind) {
			r.fail(at, path+"."+k.name, "is not used by kind "+s.Kind, "remove it")
		}
	}
	if at, ok := r.values[path+".auth.kind"]; ok && s.Auth.Kind != "" && !slices.Contains(fields.auth, s.Auth.Kind) {
		r.fail(at, path+".auth.kind", s.Auth.Kind+" is no way to sign in at kind "+s.Kind, "write one of "+strings.Join(fields.auth, ", "))
	}
	if s.Kind == KindFiles {
		r.checkFolder(s)
	} else if u, err := url.Parse(s.URL); err == nil && u.Scheme == "sftp" {
		r.fail(r.values[path+".url"], path+".url", "is sftp://, where files are fetched", "write kind: files")
	}
}

// checkFolder sees that files come from one place, and from a server that is known.
func (r *reader) checkFolder(s System) {
	path := "systems." + s.Name
	at := r.keys[path]
	sftp := strings.HasPrefix(s.URL, "sftp://")
	switch {
	case s.URL == "" && s.Path == "":
		if _, written := r.keys[path+".url"]; !written {
			r.fail(at, path+".path", "is missing: files come from a folder, or over SFTP", "write path: "+exampleOf("systems.NAME.path")+", or url: sftp://host/folder")
		}
	case s.URL != "" && s.Path != "":
		r.fail(r.keys[path+".path"], path+".path", "stands beside url, and files come from one place", "remove one of the two")
	case s.URL != "" && !sftp:
		r.fail(r.values[path+".url"], path+".url", "is no address that files are fetched from", "write it such as sftp://files.example.se/exports")
	case sftp && s.KnownHosts == "":
		r.fail(at, path+".known_hosts", "is missing: a server that is not known is not trusted", "write known_hosts: "+exampleOf("systems.NAME.known_hosts")+", a file that ssh-keyscan writes; compare its key with what the operator says")
	case sftp && s.Auth.Kind == AuthNone:
		r.fail(at, path+".auth", "is missing: SFTP asks who one is", "write auth: with kind: "+AuthSSHKey+" or "+AuthBasic)
	}
}

// checkSystemURL is checkURL, and lets sftp:// through.
func checkSystemURL(r *reader, value string) (what, do string) {
	rest, ok := strings.CutPrefix(value, "sftp://")
	if !ok {
		return checkURL(r, value)
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || strings.ContainsAny(rest, "?# ") {
		return "is not an address", "write it such as sftp://files.example.se/exports"
	}
	if u.User != nil {
		return "holds a user or password", "remove it and use auth; replace the password: it may have been copied with this file"
	}
	return "", ""
}

// loadMapping reads what a system's records mean. Problems of the mapping's own
// file are told with their places in it.
func (r *reader) loadMapping(s *System) {
	if s.Kind == KindFHIR || s.MappingName == "" {
		return
	}
	path := "systems." + s.Name
	file := ""
	if strings.ContainsAny(s.MappingName, `/\.`) {
		file = beside(r.file, s.MappingName)
	}
	m, err := vendor.Load(s.MappingName, file)
	if err != nil {
		do := "see what is said of the file"
		if file == "" {
			do = "`brygga mapping list` names the built-in ones; a file is written with its path: mappings/mine.yaml"
		}
		r.fail(r.values[path+".mapping"], path+".mapping", "this mapping cannot be used", do)
		var problems vendor.Problems
		if errors.As(err, &problems) {
			for _, p := range problems {
				r.elsewhere = append(r.elsewhere, Problem{File: p.File, Line: p.Line, Column: p.Column, What: p.Text})
			}
		}
		r.dropped = true
		return
	}
	s.Mapping = m
	if err := m.CheckSettings(s.Settings); err != nil {
		r.fail(r.keys[path+".settings"], path+".settings", err.Error(), "`brygga mapping explain "+s.MappingName+"` lists what it asks for")
		r.dropped = true
		return
	}
	s.given = m.Provides(s.Settings)
	r.checkKeys(s)
}

// checkKeys sees that each key of query-key opens something: one that opens nothing
// would leave its lists to be asked for with the key for all others.
func (r *reader) checkKeys(s *System) {
	groups := s.Mapping.Groups()
	for _, name := range slices.Sorted(maps.Keys(s.Auth.keys)) {
		if slices.Contains(groups, name) {
			continue
		}
		do := "known: " + strings.Join(groups, ", ")
		if near := nearest(name, groups); near != "" {
			do = "did you mean " + near + "?"
		}
		path := "systems." + s.Name + ".auth.keys." + name
		r.fail(r.keys[path], path, "the mapping "+s.MappingName+" has no such group of addresses", do)
	}
}

// readKeys turns the keys of query-key into references to secrets.
func (r *reader) readKeys(s *System) {
	path := "systems." + s.Name + ".auth.keys"
	for _, group := range slices.Sorted(maps.Keys(s.Auth.keys)) {
		at := path + "." + group
		secret := r.secret(&node{shape: scalar, text: s.Auth.keys[group], place: r.values[at]}, at)
		if s.Auth.Keys == nil {
			s.Auth.Keys = map[string]Secret{}
		}
		s.Auth.Keys[group] = secret
	}
}

// provides is what a system can provide: a FHIR server everything, any other what
// its mapping gives.
func (s System) provides() care.FactSet {
	if s.Kind == KindFHIR {
		return care.SystemFacts
	}
	return s.given
}
