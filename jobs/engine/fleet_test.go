package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/store"
)

// member is a store of a fleet that opens when it is let.
func (b *bed) member(tenant string, open func() error) Member {
	return Member{Tenants: []string{tenant}, Open: func(ctx context.Context) (*Engine, func() error, error) {
		if err := open(); err != nil {
			return nil, nil, err
		}
		e, err := newOn(ctx, b.again(), []Job{b.job(tenant, "reconcile", night, nil)}, Options{
			ID: "fleet " + tenant, Now: b.now, Log: zerolog.New(&b.log), Gate: NewGate(2, 2), Shutdown: time.Second,
		})
		return e, func() error { return nil }, err
	}}
}

// One store that cannot be used stops nobody else, and is used as soon as it can.
func TestAStoreThatCannotBeUsedStopsNobodyElse(t *testing.T) {
	b := newBed(t, "2026-11-21T12:00:00Z")
	tries := make(chan error, 3)
	tries <- errors.New("the disk is not there")
	tries <- errors.New("the disk is not there")
	tries <- nil
	f := &Fleet{
		Log: zerolog.New(&b.log), Again: 200 * time.Millisecond,
		Members: []Member{b.member("a", func() error { return nil }), b.member("b", func() error { return <-tries })},
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	until(t, "a is there", func() bool { return len(f.Snapshot()) == 1 })
	if s := f.Snapshot(); s[0].Tenant != "a" || s[0].Next.Format(time.RFC3339) != "2026-11-22T01:30:00+01:00" {
		t.Errorf("the snapshot is %+v", s)
	}
	if p := f.Problems(); len(p) != 1 || p["b"] != "the disk is not there" {
		t.Errorf("the problems are %q", p)
	}
	until(t, "b is there too", func() bool { return len(f.Snapshot()) == 2 && len(f.Problems()) == 0 })
	if n := strings.Count(b.log.String(), "the disk is not there"); n > 1 {
		t.Errorf("it is said %d times that the store cannot be used:\n%s", n, b.log.String())
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A store that takes its time to be opened, or not to be, holds up nobody else's nights.
func TestAStoreThatHangsHoldsUpNobodyElse(t *testing.T) {
	b := newBed(t, "2026-11-21T12:00:00Z")
	answer := make(chan error)
	f := &Fleet{
		Log: zerolog.New(&b.log), Again: time.Hour,
		Members: []Member{b.member("a", func() error { return <-answer }), b.member("b", func() error { return nil })},
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	until(t, "b is there", func() bool { return len(f.Snapshot()) == 1 })
	until(t, "b waits for its night", func() bool { return strings.Contains(b.log.String(), `"tenant":"b","job":"reconcile"`) })
	answer <- errors.New("it was not to be") // the first time, and when it is tried again at once
	answer <- errors.New("it was not to be")
	until(t, "that is said", func() bool { return strings.Contains(b.log.String(), "it was not to be") })
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A machine that starts before its database does, or with a full disk, is not to be
// started again by hand: systemd gives up on what ends soon again and again.
func TestAFleetWaitsForAStoreThatMayComeByItself(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
	}{
		{"the database does not answer yet", store.ErrLost},
		{"no space is left", store.ErrFull},
		{"another process has the store locked", store.ErrBusy},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBed(t, "2026-11-21T12:00:00Z")
			tries := make(chan error, 3)
			tries <- fmt.Errorf("store: %w", row.err)
			tries <- fmt.Errorf("store: %w", row.err)
			tries <- nil
			f := &Fleet{
				Log: zerolog.New(&b.log), Again: 20 * time.Millisecond,
				Members: []Member{b.member("a", func() error { return <-tries })},
			}
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			ended := make(chan error, 1)
			go func() { ended <- f.Run(ctx) }()
			until(t, "a is there, or the fleet has ended", func() bool { return len(f.Snapshot()) == 1 || len(ended) == 1 })
			if len(ended) == 1 {
				t.Fatalf("it ends with %v", <-ended)
			}
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAFleetWithoutAnyStoreFailsAtOnce(t *testing.T) {
	b := newBed(t, "2026-11-21T12:00:00Z")
	broken := func() error { return errors.New("the disk is not there") }
	f := &Fleet{Log: zerolog.Nop(), Members: []Member{b.member("a", broken), b.member("b", broken)}}
	err := f.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "a: the disk") || !strings.Contains(err.Error(), "b: the disk") {
		t.Errorf("it ends with %v", err)
	}
}
