package fhir

import (
	"fmt"
	"slices"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// Kind is what the registry knows of this adapter, under the name "fhir".
func Kind() adapters.Kind {
	return adapters.Kind{
		Doc:  "any FHIR R4 server",
		Open: open,
		Options: slices.Concat(
			wire.Settings("the server's FHIR base; http:// only to loopback", AuthNone, AuthBearer, AuthBasic, AuthClientCredentials, AuthSmartBackend),
			[]adapters.Option{{Name: "page_size", Doc: "rows asked for per page (_count)", Default: "500"}},
		),
	}
}

func open(name string, set map[string]string, env adapters.Env) (adapters.Opened, error) {
	p := wire.Parsing{Set: set}
	w := p.Options(name, env)
	o := Options{
		Name: w.Name, URL: w.URL, Auth: w.Auth, TLS: w.TLS, Proxy: w.Proxy, Connections: w.Connections, Timeout: w.Timeout,
		Logger: w.Logger, Clock: w.Clock, Sleep: w.Sleep,
		PageSize: p.Whole("page_size"), Overlap: p.Duration("overlap"),
	}
	rate := p.PerSecond(env.Clock)
	if err := p.Err(); err != nil {
		return adapters.Opened{}, fmt.Errorf("system %q: %w", name, err)
	}
	o.Wrap = adapters.Around(env.Wrap, adapters.Pace(rate, env.Clock, wire.Waiting(env.Sleep)))
	s, err := New(o)
	if err != nil {
		return adapters.Opened{}, err
	}
	return adapters.Opened{Source: s, Sink: s, Close: s.Close}, nil
}
