package jobs

import (
	"context"
	"time"

	"brygga/care"
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
