package jobs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"brygga/care"
	"brygga/config"
	"brygga/store"
)

// JobRetention is the name of the job that removes what is no longer needed.
const JobRetention = "retention"

// RetentionOptions are what one run of retention is asked.
type RetentionOptions struct {
	Trigger string // "command", "schedule"
	By      Asker
	DryRun  bool // count what would be removed, and change nothing
}

// RetentionReport is what one run of retention removed, or would. It holds counts and
// names of the configuration.
type RetentionReport struct {
	Run      string    `json:"run"`
	Tenant   string    `json:"tenant"`
	Job      string    `json:"job"`
	Trigger  string    `json:"trigger"`
	AsOf     care.Date `json:"asOf"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	Exit     int       `json:"exit"`
	DryRun   bool      `json:"dryRun,omitempty"`
	Problems []Problem `json:"problems,omitempty"`

	Clients   int `json:"clients"`   // who had left long enough ago
	Rows      int `json:"rows"`      // of theirs
	Away      int `json:"away"`      // have left, and are kept yet
	Runs      int `json:"runs"`      // records of runs
	Files     int `json:"files"`     // in outboxes
	Handovers int `json:"handovers"` // rows of the ledger: ended, of clients who are not there any more
	Audit     int `json:"audit"`     // entries of the audit log
	// Untold are systems of which it cannot be told who left, so that nothing of theirs
	// was removed.
	Untold []string `json:"untold,omitempty"`
}

// Removed says whether there was anything.
func (r *RetentionReport) Removed() bool {
	return r.Clients+r.Runs+r.Files+r.Handovers+r.Audit > 0
}

func (r *RetentionReport) problem(part string, err error) {
	if err != nil {
		r.Exit = Worse(r.Exit, ExitFailed)
		r.Problems = append(r.Problems, Problem{Kind: part, What: err.Error()})
	}
}

// Retain is one run of retention: it removes what the configuration says is no longer
// needed, each part as a whole or not at all, and says what. A part that fails leaves
// the others to be done. It reaches no system, and running it again removes nothing
// more. Where there is an audit log, nothing is removed unless that can be written
// down in it. The error is that the run itself could not be recorded.
func (o *Opened) Retain(ctx context.Context, opt RetentionOptions) (*RetentionReport, error) {
	rep := &RetentionReport{
		Run: uuid.NewString(), Tenant: o.Tenant, Job: JobRetention, Trigger: opt.Trigger, AsOf: o.Today(),
		Started: o.Now(), DryRun: opt.DryRun,
	}
	if opt.DryRun {
		rep.Run = ""
		o.retain(ctx, opt, rep)
		rep.Ended = o.Now()
		return rep, ctx.Err()
	}
	run := store.Run{ID: rep.Run, Job: JobRetention, Trigger: opt.Trigger, AsOf: rep.AsOf, Started: rep.Started}
	if err := startRun(ctx, o.Job.Store, run); err != nil {
		return nil, err
	}
	o.retain(ctx, opt, rep)
	rep.Ended = o.Now()
	run.Ended, run.Exit = rep.Ended, rep.Exit
	err := finishRun(ctx, o.Job.Store, run, rep)
	o.tell(ctx, &Report{
		Run: rep.Run, Tenant: rep.Tenant, Job: rep.Job, Trigger: rep.Trigger, AsOf: rep.AsOf,
		Started: rep.Started, Ended: rep.Ended, Exit: rep.Exit, Problems: rep.Problems,
	}, err)
	return rep, errors.Join(err, ctx.Err())
}

// retain does the parts one after the other.
func (o *Opened) retain(ctx context.Context, opt RetentionOptions, rep *RetentionReport) {
	keep := o.Config.Jobs.Retention
	var key []byte
	if o.Config.Keys.Audit.Set() {
		var cut store.AuditCut
		var err error
		if key, err = o.Config.Keys.Audit.Key(ctx); err == nil {
			cut, err = o.Job.Store.CutAudit(ctx, key, o.Now(), keep.Audit, opt.DryRun)
		}
		if err != nil {
			rep.problem("audit", fmt.Errorf("nothing is removed, since that could not be written down: %w", err))
			return
		}
		rep.Audit = cut.Removed
	}
	if keep.Gone > 0 {
		rep.problem("clients", o.retainClients(ctx, keep.Gone, opt.DryRun, rep))
		rep.problem("handovers", o.retainHandovers(ctx, keep.Gone, opt.DryRun, rep))
	}
	if keep.Outbox > 0 {
		rep.problem("outbox", o.retainFiles(ctx, keep.Outbox, opt.DryRun, rep))
	}
	if keep.Runs > 0 {
		n, err := o.Job.Store.RemoveRuns(ctx, o.Now().Add(-keep.Runs), opt.DryRun)
		rep.Runs = n
		rep.problem("runs", err)
	}
	if key != nil && rep.Removed() && !opt.DryRun {
		rep.problem("audit", o.Job.Store.Audit(context.WithoutCancel(ctx), key, store.AuditEntry{
			At: o.Now(), Job: JobRetention, Run: rep.Run, By: opt.By.By, User: opt.By.User, Action: "retention.remove",
			Resource: fmt.Sprintf("%d clients (%d rows), %d handovers, %d files, %d runs, %d entries of this log",
				rep.Clients, rep.Rows, rep.Handovers, rep.Files, rep.Runs, rep.Audit),
			Count: rep.Clients, Outcome: "removed",
		}))
	}
}

// retainClients removes the facts of clients who left each system.
func (o *Opened) retainClients(ctx context.Context, gone time.Duration, dry bool, rep *RetentionReport) error {
	var failed []error
	for _, s := range o.Job.Systems {
		var persons []string
		for _, k := range s.kinds(o.Params.Needs(), !o.alone()) {
			if k.Facts.Has(care.SetOf(care.KindClient)) {
				persons = append(persons, k.Name)
			}
		}
		left, err := o.Job.Store.RemoveLeft(ctx, store.Leaving{System: s.Name, Persons: persons, Kept: gone, DryRun: dry})
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if left.Unknown {
			rep.Untold = append(rep.Untold, s.Name)
		}
		rep.Clients += left.Clients
		rep.Rows += left.Rows
		rep.Away += left.Away
	}
	return errors.Join(failed...)
}

// closed says since when nothing more becomes of a handover; ok is false while something
// may: its row is what keeps it from being sent twice.
func closed(h store.Handover) (at time.Time, ok bool) {
	switch h.State {
	case care.HandoverPrepared, care.HandoverReleased, care.HandoverSending, care.HandoverDelivered:
		return at, false
	}
	for _, t := range []time.Time{h.Begun, h.Released, h.Delivered, h.Answered, h.Revoked, h.Checked} {
		if t.After(at) {
			at = t
		}
	}
	return at, true
}

// retainHandovers removes rows of the ledger that ended long ago, of clients of whom
// nothing is stored any more: while a client is there, the row says that what was
// handed over is not to be handed over again.
func (o *Opened) retainHandovers(ctx context.Context, gone time.Duration, dry bool, rep *RetentionReport) error {
	rows, err := o.Job.Store.Handovers(ctx)
	if err != nil {
		return err
	}
	for _, h := range rows {
		at, over := closed(h)
		if !over || o.Now().Sub(at) < gone {
			continue
		}
		s, own := o.systemOf(h.Client)
		if s == nil {
			continue // of a system that is not configured now: it may be again
		}
		there, err := o.Job.Store.ClientRecords(ctx, s.Name, own)
		if err != nil {
			return err
		}
		if len(there.Records)+len(there.Visits)+len(there.Notes) > 0 {
			continue
		}
		if !dry {
			if err := o.Job.Store.RemoveHandover(ctx, h.ID); err != nil {
				return err
			}
		}
		rep.Handovers++
	}
	return nil
}

// outboxes are the care homes whose handovers are files.
func outboxes(cfg *config.Config) (out []config.CareHome) {
	for _, name := range slices.Sorted(maps.Keys(cfg.CareHomes)) {
		if c := cfg.CareHomes[name]; c.Kind == config.CareHomeOutbox {
			out = append(out, c)
		}
	}
	return out
}
