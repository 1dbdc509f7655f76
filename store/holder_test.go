package store

import (
	"testing"
	"time"

	"github.com/rs/zerolog"
)

func TestHolderTellsWhoHasALeaseWithoutTakingIt(t *testing.T) {
	s, err := Open(t.Context(), dsnOf(pathIn(t)), make([]byte, 32), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	tenant, now := s.Tenant("t"), time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC)
	if _, _, held, err := tenant.Holder(t.Context(), "job", now); held || err != nil {
		t.Fatalf("nobody has taken it: held %v, %v", held, err)
	}
	if ok, _, _, err := tenant.Lease(t.Context(), "job", "me", now, time.Minute); !ok || err != nil {
		t.Fatal(ok, err)
	}
	by, since, held, err := tenant.Holder(t.Context(), "job", now.Add(59*time.Second))
	if by != "me" || !since.Equal(now) || !held || err != nil {
		t.Errorf("got %q since %v, held %v, %v", by, since, held, err)
	}
	if _, _, held, _ := tenant.Holder(t.Context(), "job", now.Add(time.Minute)); held {
		t.Error("a lease whose time is over is held")
	}
	if _, _, held, _ := s.Tenant("other").Holder(t.Context(), "job", now); held {
		t.Error("another tenant sees the lease")
	}
}
