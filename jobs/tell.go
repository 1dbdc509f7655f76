package jobs

import (
	"context"
	"errors"
	"time"

	"brygga/adapters"
	"brygga/adapters/wire"
	"brygga/care"
	"brygga/config"
	"brygga/jobs/notify"
	"brygga/store"
)

// tellTime bounds what telling may add to a run.
const tellTime = 90 * time.Second

// NewTeller makes what tells of a tenant's runs, as the configuration says; nil where
// nobody is to be told. Secrets are fetched when something is sent.
func NewTeller(cfg *config.Config, t *store.Tenant, now func() time.Time, sleep func(context.Context, time.Duration) error) *notify.Teller {
	if sleep == nil {
		sleep = wire.Sleep
	}
	var senders []notify.Sender
	if n := cfg.Notify; n.Webhook.Set() {
		senders = append(senders, &notify.Webhook{URL: n.Webhook.Value, Sleep: sleep, Zone: care.Stockholm})
	}
	if m := cfg.Notify.Mail; len(m.To) > 0 {
		senders = append(senders, &notify.Mail{
			To: m.To, From: m.From, Server: m.SMTP, Security: m.TLS, User: m.User, Password: m.Password.Value,
			Language: cfg.Language, Zone: care.Stockholm, Now: now,
		})
	}
	if len(senders) == 0 {
		return nil
	}
	return &notify.Teller{Shelf: t, Senders: senders}
}

// tell is called when a run has ended, with what it ended with. A run that was
// stopped from outside is no verdict: nothing has begun to fail, and nothing is well.
// What cannot be told does not change how the run ended.
func (j *Job) tell(ctx context.Context, rep *Report, failed error) {
	if j.Teller == nil || ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, tellTime)
	defer cancel()
	if err := j.Teller.Tell(ctx, toTell(rep, failed)); err != nil {
		j.Log.Warn().Err(err).Str("job", rep.Job).Msg("not everybody was told how the run ended")
	}
}

// toTell takes what may be told from a report: names of the configuration, counts and
// classes, and no text that came from a record or a system.
func toTell(rep *Report, failed error) notify.Run {
	run := notify.Run{
		Tenant: rep.Tenant, Job: rep.Job, ID: rep.Run, Ended: rep.Ended, Exit: rep.Exit,
		// What is applied from a file reads nothing, and knows nothing of what is well.
		Whole: failed == nil && (rep.Job != JobReconcile || len(rep.Kinds) > 0),
	}
	if n := len(rep.Coverage); n > 0 {
		run.Unknown = rep.Coverage[n-1].Unknown
	}
	faults := map[[2]string]*adapters.Error{}
	for _, k := range rep.Kinds {
		if !k.Complete {
			faults[[2]string{k.System, k.Kind}] = k.Fault
		}
	}
	for _, p := range rep.Problems {
		t := notify.Trouble{Sort: sortOf(p), System: p.System, Kind: p.Kind, Since: p.Since}
		if fault, read := faults[[2]string{p.System, p.Kind}]; read {
			t.Sort, t.Why = notify.Read, why(fault)
		}
		run.Troubles = append(run.Troubles, t)
	}
	if rep.Guard != nil {
		run.Troubles = append(run.Troubles, notify.Trouble{Sort: notify.Guard, Hash: rep.Guard.Hash})
	}
	if n := len(rep.Quarantine); n > 0 {
		run.Troubles = append(run.Troubles, notify.Trouble{Sort: notify.Quarantine, Count: n})
	}
	if len(run.Troubles) == 0 && (failed != nil || rep.Exit == ExitFailed) {
		run.Troubles = append(run.Troubles, notify.Trouble{Sort: notify.Failed})
	}
	for i := range run.Troubles {
		if t := &run.Troubles[i]; t.Since.IsZero() {
			t.Since = rep.Started
		}
	}
	return run
}

func sortOf(p Problem) notify.Sort {
	switch {
	case p.System == "":
		return notify.Failed
	case p.Kind == JobHandover:
		return notify.Handovers
	case p.Kind == "writes":
		return notify.Writes
	case p.Kind == "codes":
		return notify.Codes
	case p.Kind == "questions":
		return notify.Questions
	}
	return notify.Standing
}

// why puts a fault into the words of a message.
func why(fault *adapters.Error) notify.Why {
	var e *adapters.Error
	if !errors.As(error(fault), &e) || e == nil {
		return ""
	}
	switch e.Class {
	case adapters.Retry:
		return notify.NoAnswer
	case adapters.Wait:
		return notify.Busy
	case adapters.Credentials:
		return notify.Credentials
	case adapters.Protocol:
		return notify.Protocol
	case adapters.Rejected:
		return notify.Rejected
	case adapters.Fatal:
		return notify.Fatal
	}
	return ""
}
