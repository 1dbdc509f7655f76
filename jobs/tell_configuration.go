package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"brygga/config"
	"brygga/jobs/notify"
)

// jobServe is what messages call the daemon's own beginning, and under which name what
// was told of it is kept.
const jobServe = "serve"

// TellOfConfiguration tells those who look after a tenant that the daemon began without
// it, since its configuration is wrong, and after a beginning with one that is right that
// it is well again: once each. Of a configuration that is wrong it needs what stands in
// config.Claim.Tell. Nobody is told where no store has been made: who was never served
// misses nothing yet.
func TellOfConfiguration(ctx context.Context, cfg *config.Config, wrong bool, d Deps) error {
	if NewTeller(cfg, nil, d.Now, d.Sleep) == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, tellTime)
	defer cancel()
	if made, err := StoreStands(ctx, cfg, d.Log); err != nil || !made {
		return err
	}
	st, _, err := OpenStore(ctx, cfg, d.Log)
	if err != nil {
		return err
	}
	j := &Job{Tenant: cfg.Tenant, Store: st.Tenant(cfg.Tenant), Now: d.Now, Log: d.Log}
	j.Teller = NewTeller(cfg, j.Store, d.Now, d.Sleep)
	return errors.Join(j.tellOfConfiguration(ctx, wrong, d.Now()), st.Close())
}

func (j *Job) tellOfConfiguration(ctx context.Context, wrong bool, now time.Time) error {
	release, err := j.leaseOf(ctx, jobServe)
	var busy *ErrBusy
	if errors.As(err, &busy) {
		return nil // another daemon, which begins just now, tells
	}
	if err != nil {
		return err
	}
	defer release()
	run := notify.Run{Tenant: j.Tenant, Job: jobServe, ID: uuid.NewString(), Ended: now, Whole: true}
	if wrong {
		run.Exit, run.Troubles = ExitUsage, []notify.Trouble{{Sort: notify.Configuration, Since: now}}
	}
	return j.Teller.Tell(ctx, run)
}
