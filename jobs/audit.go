package jobs

import (
	"context"
	"fmt"
	"time"

	"brygga/care"
	"brygga/config"
	"brygga/store"
)

// What the nightly job writes into the audit log.
const (
	auditConfig   = "configuration.changed" // found at the beginning of a run
	auditBegin    = "records.writing"       // before each batch of writes
	auditWrites   = "records.written"       // what became of it
	auditBaseline = "baseline.taken"
)

// The triggers behind which there is a person at a command.
const (
	triggerCommand  = "command"
	triggerBaseline = "baseline"
)

// auditKey reads the key of the audit log when it is needed; it is nil where none is
// configured.
func auditKey(cfg *config.Config) func(context.Context) ([]byte, error) {
	if !cfg.Keys.Audit.Set() {
		return nil
	}
	return func(ctx context.Context) ([]byte, error) {
		key, err := cfg.Keys.Audit.Key(ctx)
		if err != nil {
			return nil, fmt.Errorf("keys.audit: %w", err)
		}
		return key, nil
	}
}

// audit is the audit log during one run. A nil one, of a configuration without
// keys.audit, writes nothing down.
type audit struct {
	store *store.Tenant
	key   []byte
	now   func() time.Time
	entry store.AuditEntry // what all entries of the run share
}

// audited opens the log for a run, and writes down that the configuration is another
// one than at the last entry. It fails where an entry could not be added: what cannot be
// written down is not done. trigger says who asked: a person at a command, or a schedule.
func (j *Job) audited(ctx context.Context, job, run, trigger string) (*audit, error) {
	if j.AuditKey == nil {
		return nil, nil
	}
	key, err := j.AuditKey(ctx)
	if err != nil {
		return nil, err
	}
	a := &audit{store: j.Store, key: key, now: j.Now, entry: store.AuditEntry{
		Job: job, Run: run, By: trigger, User: j.User, Config: j.Config,
	}}
	if j.User != "" && (trigger == triggerCommand || trigger == triggerBaseline) {
		a.entry.By = j.User
	}
	before, err := j.Store.AuditedConfig(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("%w. Put back the key, or the store from a backup; without keys.audit a run goes on, and nothing is audited", err)
	}
	if before == j.Config {
		return a, nil
	}
	return a, a.add(ctx, func(e *store.AuditEntry) {
		e.Action, e.Resource, e.Before, e.Outcome = auditConfig, "configuration", before, "changed"
		if before == "" {
			e.Outcome = "first seen"
		}
	})
}

// add writes an entry of the run, also when the run itself is over: what was done is
// written down.
func (a *audit) add(ctx context.Context, fill func(*store.AuditEntry)) error {
	if a == nil {
		return nil
	}
	e := a.entry
	e.At = a.now()
	fill(&e)
	return a.store.Audit(context.WithoutCancel(ctx), a.key, e)
}

// clients gives them as the log names them.
func (a *audit) clients(refs map[care.Ref]bool) []string {
	out := make([]string, 0, len(refs))
	for r := range refs {
		out = append(out, a.store.AuditClient(r))
	}
	return out
}

// baseline writes down that findings were taken as known.
func (a *audit) baseline(ctx context.Context, findings int, of map[care.Ref]bool) error {
	return a.add(ctx, func(e *store.AuditEntry) {
		e.Action, e.Resource, e.Outcome = auditBaseline, "baseline", "taken"
		e.Counts, e.Count, e.Clients = map[string]int{"findings": findings}, len(of), a.clients(of)
	})
}
