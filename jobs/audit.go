package jobs

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"brygga/adapters"
	"brygga/care"
	"brygga/config"
	"brygga/store"
)

// What the nightly job writes into the audit log.
const (
	auditConfig   = "configuration.changed" // found at the beginning of a run
	auditWrites   = "records.written"       // after each batch of writes
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

// writeLog gathers what became of writes until there are enough for an entry: one
// per batch, so that a night of thousands costs a few entries.
type writeLog struct {
	*audit
	system string
	basis  string                  // what let it pass: a saved preview, an accepted set of changes
	client func(care.Ref) care.Ref // who a client of the receiving system is

	clients map[care.Ref]bool
	types   map[string]bool
	counts  map[string]int // "Task.created"
	n       int
}

// note takes one write; what is one of created, updated, closed, existed, stale,
// refused, failed.
func (l *writeLog) note(c *Change, what string) {
	if l == nil || l.audit == nil {
		return
	}
	if l.n == 0 {
		l.clients, l.types, l.counts = map[care.Ref]bool{}, map[string]bool{}, map[string]int{}
	}
	l.clients[l.client(c.Client)], l.types[c.Type] = true, true
	l.counts[c.Type+"."+what]++
	l.n++
}

// flush writes an entry if there are at least so many writes to tell.
func (l *writeLog) flush(ctx context.Context, least int) error {
	if l == nil || l.n < max(least, 1) {
		return nil
	}
	err := l.add(ctx, func(e *store.AuditEntry) {
		e.Action, e.Basis, e.Outcome, e.Counts = auditWrites, l.basis, l.outcome(), l.counts
		e.Resource = strings.Join(slices.Sorted(maps.Keys(l.types)), ", ") + " in " + l.system
		e.Count, e.Clients = len(l.clients), l.audit.clients(l.clients)
	})
	if err != nil {
		return fmt.Errorf("what was written to %s could not be written into the audit log: %w", l.system, err)
	}
	l.n = 0
	return nil
}

// outcome says in a word whether all was written that was sent.
func (l *writeLog) outcome() string {
	done, other := 0, 0
	for what, n := range l.counts {
		switch what[strings.LastIndexByte(what, '.')+1:] {
		case "created", "updated", "closed", "existed":
			done += n
		default:
			other += n
		}
	}
	switch {
	case other == 0:
		return "written"
	case done == 0:
		return "not written"
	}
	return "written in part"
}

// became is what an answer of the sink means for a change, as the log says it.
func became(c *Change, a adapters.Answer) string {
	switch a.Answered {
	case adapters.Written:
		switch c.Action {
		case ActCreate:
			return "created"
		case ActClose:
			return "closed"
		}
		return "updated"
	case adapters.Existed:
		return "existed"
	case adapters.Stale:
		return "stale"
	case adapters.Refused:
		return "refused"
	}
	return "failed"
}
