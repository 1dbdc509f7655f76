package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"brygga/adapters"
	"brygga/care"
	"brygga/config"
	"brygga/store"
)

// JobHandover is the name of the job that hands over to care homes.
const JobHandover = "handover"

// handoverDays is how long before and after a move to a care home its handover is
// the job's business (domain.md, rules transfer.*).
const handoverDays = 30

// ErrNoCareHomes is that nothing can be handed over, as no care home is configured.
var ErrNoCareHomes = errors.New("no care home is configured: name them under carehomes, as docs/handover.md says")

// HandoverOptions are what one run of the job is asked.
type HandoverOptions struct {
	Trigger string // "command", "schedule"
	By      Asker
}

// handovers is one run: it reads consents when it has to, decides, and moves each
// handover as far as it may go. All that it does for a client is in the audit log,
// and all that it sends is in the ledger before it is sent.
type handovers struct {
	*Opened
	source *System // consents and records are read there
	audit  []byte  // the key of the audit log
	run    string
	by     Asker
	asOf   care.Date
	ledger map[string]*store.Handover // by id
	unsent map[string]bool            // by id: the recipient was asked, and has not got it
	rep    *HandoverReport
}

// newHandovers makes what a run or a command works with. It fails where the
// configuration has no care homes, or no key for the audit log.
func (o *Opened) newHandovers(ctx context.Context, job string, by Asker) (*handovers, error) {
	if len(o.Config.CareHomes) == 0 {
		return nil, ErrNoCareHomes
	}
	if !o.Config.Keys.Audit.Set() {
		return nil, errors.New("nothing is handed over without an audit log: set keys.audit in the configuration")
	}
	key, err := o.Config.Keys.Audit.Key(ctx)
	if err != nil {
		return nil, fmt.Errorf("keys.audit: %w", err)
	}
	h := &handovers{Opened: o, audit: key, by: by, asOf: o.Today(), ledger: map[string]*store.Handover{}, unsent: map[string]bool{}}
	if h.source, err = o.consentSource(); err != nil {
		return nil, err
	}
	rows, err := o.Job.Store.Handovers(ctx)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		h.ledger[rows[i].ID] = &rows[i]
	}
	h.rep = &HandoverReport{Tenant: o.Tenant, Job: JobHandover, AsOf: h.asOf, Started: o.Now(), Mode: "report"}
	if o.Rollout.Write {
		h.rep.Mode = "write"
	}
	h.by.Job = job
	return h, nil
}

// consentSource is the system that consents are read from. It has to be the only one:
// a withdrawal that stands in another one would not be seen.
func (o *Opened) consentSource() (*System, error) {
	var all []*System
	for _, s := range o.Job.Systems {
		if s.Authority.Has(care.SetOf(care.KindConsent)) {
			all = append(all, s)
		}
	}
	switch {
	case len(all) == 0 || len(all) == 1 && all[0].Mapping != nil:
		return nil, errors.New("nothing can be handed over: consents are not read from a FHIR server (facts.consent)")
	case len(all) > 1:
		return nil, errors.New("nothing can be handed over: consents are read from several systems, and one that is taken back in one of them would not be seen in another; name one under facts.consent")
	}
	return all[0], nil
}

// CanHandOver says why nothing can be handed over to anybody; nil where it can.
func (o *Opened) CanHandOver() error {
	_, err := o.consentSource()
	return err
}

// RunHandover is one run of the job: it prepares handovers for those who move, sends
// what is released, and follows what was sent. What cannot be done is in the report,
// and the next run goes on with it; the error is about our own side.
func (o *Opened) RunHandover(ctx context.Context, opt HandoverOptions) (*HandoverReport, error) {
	release, err := o.leaseOf(ctx, JobHandover)
	if err != nil {
		return nil, err
	}
	defer release()
	h, err := o.newHandovers(ctx, JobHandover, opt.By)
	switch {
	case errors.Is(err, ErrNoCareHomes) || err != nil && ctx.Err() != nil:
		return nil, err
	case err != nil:
		rep := failedRun(o.Tenant, JobHandover, opt.Trigger, o.Now(), err)
		err = errors.Join(err, recordUndone(ctx, o.Job.Store, rep))
		o.tell(ctx, rep, err)
		return nil, err
	}
	rep, err := h.recorded(ctx, opt.Trigger, h.all)
	if rep != nil { // a release by a person is not told of: who releases sees how it ends
		o.tell(ctx, rep.asRun(), err)
	}
	return rep, err
}

// recorded keeps a run record around work.
func (h *handovers) recorded(ctx context.Context, trigger string, work func(context.Context) error) (*HandoverReport, error) {
	h.run, h.rep.Trigger = uuid.NewString(), trigger
	h.rep.Run = h.run
	run := store.Run{ID: h.run, Job: JobHandover, Trigger: trigger, AsOf: h.asOf, Started: h.rep.Started}
	if err := startRun(ctx, h.Job.Store, run); err != nil {
		return nil, err
	}
	_, err := h.audited(ctx, JobHandover, h.run, trigger) // another configuration is written down first
	if err == nil {
		err = work(ctx)
	}
	h.rep.Ended = h.Now()
	h.rep.count(h.ledger)
	if err != nil {
		h.rep.Exit = Worse(h.rep.Exit, ExitFailed)
		what := err.Error()
		if ctx.Err() != nil {
			what = "the run was stopped before it was done; what was sent or written until then stands, and the next run goes on with it"
		}
		h.rep.Problems = append(h.rep.Problems, Problem{Kind: JobHandover, What: what})
	}
	run.Ended, run.Exit = h.rep.Ended, h.rep.Exit
	return h.rep, errors.Join(err, finishRun(ctx, h.Job.Store, run, h.rep.kept()))
}

// all does everything that a run does.
func (h *handovers) all(ctx context.Context) error {
	moves, err := h.moves(ctx)
	if err != nil {
		return err
	}
	if err := h.sweep(ctx); err != nil {
		return err
	}
	if len(moves) == 0 && !slices.ContainsFunc(h.rows(), func(r *store.Handover) bool { return underWay(r.State) }) {
		return h.cancelRevoked(ctx)
	}
	consents, err := h.readConsents(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		h.rep.fault(h.source.Name, err, "consents could not be read, so nothing is prepared or sent")
		return h.followAll(ctx, nil, moves)
	}
	if consents.unplaced > 0 {
		h.rep.problem(h.source.Name, fmt.Sprintf("%s cannot be read and %s not say whose: nothing is handed over from %s until that is mended (brygga status -v names what is in quarantine)",
			plural(consents.unplaced, "consent"), does(consents.unplaced), h.source.Name))
		return h.followAll(ctx, nil, moves)
	}
	for i := range moves {
		if m := &moves[i]; !m.off {
			if err := h.consider(ctx, consents, m); err != nil {
				return err
			}
		}
	}
	if err := h.forgetMoves(ctx, moves); err != nil {
		return err
	}
	for _, row := range h.rows() {
		if toBeSent(row.State) {
			if err := h.send(ctx, row, moveOf(moves, row)); err != nil {
				return err
			}
		}
	}
	return h.followAll(ctx, consents, moves)
}

// rows are the ledger's, in one order.
func (h *handovers) rows() []*store.Handover {
	out := make([]*store.Handover, 0, len(h.ledger))
	for _, r := range h.ledger {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b *store.Handover) int {
		return cmp.Or(a.Begun.Compare(b.Begun), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// put writes a row of the ledger down, at a named step of the way.
func (h *handovers) put(ctx context.Context, row *store.Handover) error {
	h.ledger[row.ID] = row
	return h.Job.Store.PutHandover(ctx, *row)
}

func (h *handovers) remove(ctx context.Context, id string) error {
	delete(h.ledger, id)
	return h.Job.Store.RemoveHandover(ctx, id)
}

// note adds an entry to the audit log. Nothing that it is about has been done yet,
// unless the outcome says so. It rests on the consents of the row, unless others are
// given. An entry is added before the ledger says the same: a crash in between gives
// it twice, and never leaves it out.
func (h *handovers) note(ctx context.Context, action string, row *store.Handover, outcome string, on ...string) error {
	if len(on) == 0 {
		on = row.Consents
		if len(row.NoGiver) > 0 {
			outcome += "; " + basis(row.NoGiver) + " does not say who gave it"
		}
	}
	resource := "handover " + row.ID + " to " + row.CareHome
	if row.ID == "" {
		resource = "record, for a handover to " + row.CareHome
	}
	e := store.AuditEntry{
		At: h.Now(), Job: h.by.Job, Run: h.run, By: h.by.By, User: h.by.User, Action: action, Outcome: outcome,
		Resource: resource, Sections: names(row.Sections), Count: 1,
		Clients: []string{h.Job.Store.AuditClient(row.Client)}, Basis: basis(on), Config: h.Job.Config,
		Content: row.Hash,
	}
	return h.Job.Store.Audit(ctx, h.audit, e)
}

// careHome finds the configured care home that an organization is; nil where it is none.
func careHome(homes map[string]config.CareHome, ref care.Ref, u care.Unit) *config.CareHome {
	for _, name := range sortedKeys(homes) {
		home := homes[name]
		id := home.Organization
		if id.ID != "" && string(ref) == "Organization/"+id.ID ||
			id.HSAID != "" && slices.Contains(u.Identifiers, id.HSAID) ||
			id.Number != "" && slices.ContainsFunc(u.Identifiers, func(n string) bool { return strings.ReplaceAll(n, "-", "") == id.Number }) {
			return &home
		}
	}
	return nil
}

// recipient is how a care home is reached.
func (h *handovers) recipient(name string) (adapters.Recipient, error) {
	if r := h.Recipients[name]; r != nil {
		return r, nil
	}
	return nil, fmt.Errorf("the care home %s is no longer configured", name)
}

// bySchedule is who released what nobody had to release.
const bySchedule = "schedule"

func toBeSent(s care.HandoverState) bool {
	return s == care.HandoverReleased || s == care.HandoverSending || s == care.HandoverDelivered
}

// undelivered says whether the document has not left, and still may.
func undelivered(s care.HandoverState) bool {
	return s == care.HandoverPrepared || s == care.HandoverReleased || s == care.HandoverSending
}

// underWay says whether the job has something to do about it, whoever moves.
func underWay(s care.HandoverState) bool {
	return undelivered(s) || s == care.HandoverDelivered || s == care.HandoverSent || s == care.HandoverAnswered
}

// followedFor is how long after it was sent a handover is followed.
const followedFor = 90 * 24 * time.Hour
