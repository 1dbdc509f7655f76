package store

import (
	"context"
	"database/sql"
	"time"

	"brygga/care"
)

// Answer is a fact that was asked for: whether a service was ever carried out.
type Answer struct {
	At    time.Time `json:"at"`
	Found bool      `json:"found"`
}

type answered struct {
	Service care.Ref `json:"service"`
	Answer
}

func answerArea(system string) string { return "answer:" + system }

// Answers gives every answer of a system, by the service that was asked about.
// The map is never nil without an error.
func (t *Tenant) Answers(ctx context.Context, system string) (map[care.Ref]Answer, error) {
	out := make(map[care.Ref]Answer)
	err := t.store.viewAgain(ctx, "reading answers of "+system, func(tx *sql.Tx) error {
		return items(ctx, t, tx, answerArea(system), func(a answered) { out[a.Service] = a.Answer })
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// PutAnswer stores what was answered about one service; it replaces an earlier answer.
func (t *Tenant) PutAnswer(ctx context.Context, system string, service care.Ref, at time.Time, found bool) error {
	return t.PutAnswers(ctx, system, map[care.Ref]Answer{service: {At: at, Found: found}})
}

// PutAnswers stores many answers, all or none.
func (t *Tenant) PutAnswers(ctx context.Context, system string, answers map[care.Ref]Answer) error {
	return t.update(ctx, "storing answers of "+system, func(tx *sql.Tx) error {
		for service, a := range answers {
			a.At = utc(a.At)
			if err := t.putItem(ctx, tx, answerArea(system), string(service), answered{service, a}, true); err != nil {
				return err
			}
		}
		return nil
	})
}

// RemoveAnswers forgets what was answered about services, all or none: a
// service that is gone from the record need not be remembered. One that is not
// there is no error.
func (t *Tenant) RemoveAnswers(ctx context.Context, system string, services []care.Ref) error {
	return t.update(ctx, "forgetting answers of "+system, func(tx *sql.Tx) error {
		for _, service := range services {
			if err := t.removeItem(ctx, tx, answerArea(system), string(service)); err != nil {
				return err
			}
		}
		return nil
	})
}
