package rest

import (
	"fmt"
	"slices"
	"strings"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// Kind is what the registry knows of this adapter, under the name "rest". The
// lists are those of the system's mapping.
func Kind(lists map[string]List) adapters.Kind {
	settings := wire.Settings("the base of the interface; http:// only to loopback",
		AuthNone, AuthBearer, AuthBasic, AuthClientCredentials, AuthSmartBackend, AuthQueryKey)
	for i := range settings {
		if settings[i].Name == "auth.key" {
			settings[i].Doc = "query-key: the key of the lists that are of no group; smart-backend: a private JWK or JWKS"
		}
	}
	return adapters.Kind{
		Doc: "any paged JSON interface, described by a mapping",
		Options: slices.Concat(settings, []adapters.Option{
			{Name: "auth.domain", Doc: "query-key: the parameter domain", Secret: true},
			{Name: "auth.keys", Doc: "query-key: a key per group of lists, one per line: group=key", Secret: true},
			{Name: "auth.send", Doc: "query-key: the key as a parameter, as the header X-API-Key, or both", Default: SendQuery, OneOf: []string{SendQuery, SendHeader, SendBoth}},
		}),
		Open: func(name string, set map[string]string, env adapters.Env) (adapters.Opened, error) {
			return open(name, set, env, lists)
		},
	}
}

func open(name string, set map[string]string, env adapters.Env, lists map[string]List) (adapters.Opened, error) {
	p := wire.Parsing{Set: set}
	w := p.Options(name, env)
	o := Options{
		Name: w.Name, URL: w.URL, TLS: w.TLS, Proxy: w.Proxy, Connections: w.Connections, Timeout: w.Timeout,
		Logger: w.Logger, Clock: w.Clock, Sleep: w.Sleep, Wrap: w.Wrap,
		Overlap: p.Duration("overlap"), PerSecond: p.PerSecond(env.Clock), Lists: lists,
		Auth: Auth{Auth: w.Auth, Domain: set["auth.domain"], Keys: keys(&p), Send: set["auth.send"]},
	}
	if err := p.Err(); err != nil {
		return adapters.Opened{}, fmt.Errorf("system %q: %w", name, err)
	}
	s, err := New(o)
	if err != nil {
		return adapters.Opened{}, err
	}
	return adapters.Opened{Source: s, Close: s.Close}, nil
}

// keys reads a key per group, one to a line.
func keys(p *wire.Parsing) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(p.Set["auth.keys"]) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		group, key, ok := strings.Cut(line, "=")
		if group, key = strings.TrimSpace(group), strings.TrimSpace(key); !ok || group == "" || key == "" {
			p.Bad("auth.keys", "a line is not of the form group=key")
			continue
		}
		all[group] = key
	}
	return all
}
