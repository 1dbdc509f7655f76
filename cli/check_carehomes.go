package cli

import (
	"context"

	"brygga/adapters"
	"brygga/jobs"
)

// careHomes looks at each place that handovers go to, as systems are looked at: whether
// it can be reached and takes what would be sent. Nothing is sent.
func (c *checks) careHomes(ctx context.Context, o *jobs.Opened) {
	if len(o.Recipients) == 0 {
		return
	}
	if err := o.CanHandOver(); err != nil {
		c.add(adapters.Fail, "carehomes", "consents", err.Error(), "until then nothing is handed over")
	}
	for _, name := range sortedKeys(o.Recipients) {
		for _, r := range o.Recipients[name].Check(ctx) {
			c.add(r.Verdict, "carehomes."+name, r.What, r.Seen, r.Do)
		}
	}
}
