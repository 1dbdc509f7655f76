package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Shelf keeps small documents, sealed, over restarts: a tenant of the store.
type Shelf interface {
	Doc(ctx context.Context, name string) (value []byte, ok bool, err error)
	PutDoc(ctx context.Context, name string, value []byte) error
}

// Teller tells of one tenant's runs. Runs of one job are told of one after the other
// (they are: a job has a lease); different jobs may be told of at once.
type Teller struct {
	Shelf   Shelf
	Senders []Sender
}

// Tell is called when a run has ended. What is to be told is on disk before it is
// sent, so that a crash sends again rather than not at all (with the same ID). The
// error says what could not be sent, or kept; what could not be sent waits for the
// next run.
func (t *Teller) Tell(ctx context.Context, run Run) error {
	if t == nil || len(t.Senders) == 0 {
		return nil
	}
	ledger, err := t.load(ctx, run.Job)
	if err != nil {
		return fmt.Errorf("nobody is told, since what was told before cannot be read: %w", err)
	}
	var names []string
	for _, s := range t.Senders {
		names = append(names, s.Name())
	}
	before, _ := json.Marshal(ledger)
	ledger, _ = Decide(ledger, run, names)
	var kept error
	if now, _ := json.Marshal(ledger); string(now) != string(before) {
		// A store that is full is a reason to tell, and none to be silent.
		kept = t.keep(ctx, run.Job, ledger)
	}
	if len(ledger.Waiting) == 0 {
		return kept
	}
	failed := t.send(ctx, &ledger)
	return errors.Join(kept, failed, t.keep(context.WithoutCancel(ctx), run.Job, ledger))
}

// send sends what waits, the oldest first. After a failure its sender is left alone
// until the next run, so that what comes after does not overtake.
func (t *Teller) send(ctx context.Context, ledger *Ledger) error {
	var failed []error
	for _, s := range t.Senders {
		for i := range ledger.Waiting {
			w := &ledger.Waiting[i]
			at := slices.Index(w.Senders, s.Name())
			if at < 0 {
				continue
			}
			if err := s.Send(ctx, w.Message); err != nil {
				failed = append(failed, fmt.Errorf("%s: %w; it is tried again after the next run", s.Name(), err))
				break
			}
			w.Senders = slices.Delete(slices.Clone(w.Senders), at, at+1)
		}
	}
	ledger.Waiting = slices.DeleteFunc(ledger.Waiting, func(w Waiting) bool { return len(w.Senders) == 0 })
	return errors.Join(failed...)
}

func docName(job string) string { return "notify/" + job }

func (t *Teller) load(ctx context.Context, job string) (l Ledger, err error) {
	value, ok, err := t.Shelf.Doc(ctx, docName(job))
	if err != nil || !ok {
		return l, err
	}
	if err := json.Unmarshal(value, &l); err != nil {
		return Ledger{}, fmt.Errorf("the ledger of notifications cannot be read: %w", err)
	}
	return l, nil
}

func (t *Teller) keep(ctx context.Context, job string, l Ledger) error {
	value, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if err := t.Shelf.PutDoc(ctx, docName(job), value); err != nil {
		return fmt.Errorf("what was told cannot be kept, and may be told again: %w", err)
	}
	return nil
}
