package jobs

import (
	"context"
	"time"

	"brygga/care"
	"brygga/care/rules"
	"brygga/config"
	"brygga/store"
)

// ownFacts are those that brygga's own ledger provides: none where no care home is
// configured.
func ownFacts(cfg *config.Config) care.FactSet {
	if len(cfg.CareHomes) == 0 {
		return 0
	}
	return care.OwnFacts
}

// addHandovers puts what stands in the ledger among the facts.
func addHandovers(ctx context.Context, t *store.Tenant, provides care.FactSet, in *care.Input) error {
	if provides == 0 {
		return nil
	}
	in.Provides |= provides
	rows, err := t.Handovers(ctx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		ref := care.Ref("handover/" + r.ID)
		in.Records = append(in.Records, care.Record{Ref: ref, Client: r.Client, Facts: care.Facts{Handovers: []care.Handover{
			{Ref: ref, Service: r.Service, State: r.State, Since: care.DateOf(Since(r))},
		}}})
	}
	return nil
}

// knowsHandovers says whether the ledger can be asked: a handover that is not in it is
// then no more. That of a new store, begun where one was lost, is empty until the job has
// gone through all who move, and what was found of handovers stands until then.
func (j *Job) knowsHandovers(ctx context.Context) (bool, error) {
	if j.Own == 0 {
		return true, nil
	}
	rows, err := j.Store.Handovers(ctx)
	if err != nil || len(rows) > 0 {
		return err == nil, err
	}
	last, err := LastSuccess(ctx, j.Store, JobHandover)
	return !last.IsZero(), err
}

// askingNoHandovers is asking, while nothing is known of handovers.
func (j *Job) askingNoHandovers(rule string, p *rules.Params) Asking {
	asked := j.asking(rule, p)
	if r := rules.ByCode(rule); asked == Asked && r.Needs.Has(j.Own) {
		return NotProvided
	}
	return asked
}

// Since is when a handover came into its state.
func Since(r store.Handover) time.Time {
	at := r.Begun
	for _, t := range []time.Time{r.Released, r.Delivered, r.Answered, r.Revoked} {
		if t.After(at) {
			at = t
		}
	}
	return at
}
