package jobs

import (
	"context"
	"fmt"

	"brygga/adapters"
	"brygga/adapters/carehome"
	"brygga/adapters/wire"
	"brygga/config"
)

// reachCareHomes makes the recipients of handovers; nothing is sent yet.
func (o *Opened) reachCareHomes(ctx context.Context, cfg *config.Config, d Deps) error {
	o.Recipients = map[string]adapters.Recipient{}
	for _, name := range sortedKeys(cfg.CareHomes) {
		c := cfg.CareHomes[name]
		var to adapters.Recipient
		var err error
		if c.Kind == config.CareHomeOutbox {
			to, err = carehome.NewOutbox(carehome.OutboxOptions{
				Name: c.Name, Path: c.Path, Recipients: c.Recipients, Logger: d.Log, Clock: d.Now,
			})
		} else {
			r := &secretReader{ctx: ctx}
			opt := carehome.FHIROptions{
				Name: c.Name, URL: c.URL, Proxy: c.Proxy, Timeout: c.Timeout, Auth: r.auth(c.Auth), TLS: r.tls(c.TLS),
				Logger: d.Log, Clock: d.Now, Sleep: wire.Waiting(d.Sleep),
			}
			if err = r.err(); err == nil {
				to, err = carehome.NewFHIR(opt)
			}
		}
		if err != nil {
			return fmt.Errorf("carehomes.%s: %w", name, err)
		}
		o.Recipients[name] = to
	}
	return nil
}
