package store

import (
	"context"
	"time"

	"brygga/care"
)

// Answer is a fact that was asked for: whether a service was ever carried out.
type Answer struct {
	At    time.Time `json:"at"`
	Found bool      `json:"found"`
}

// Answers gives every answer of a system, by the service that was asked about.
func (t *Tenant) Answers(ctx context.Context, system string) (map[care.Ref]Answer, error) {
	return nil, errUnbuilt
}

// PutAnswer stores what was answered about one service; it replaces an earlier answer.
func (t *Tenant) PutAnswer(ctx context.Context, system string, service care.Ref, at time.Time, found bool) error {
	return errUnbuilt
}

// PutAnswers stores many answers in one transaction.
func (t *Tenant) PutAnswers(ctx context.Context, system string, answers map[care.Ref]Answer) error {
	return errUnbuilt
}
