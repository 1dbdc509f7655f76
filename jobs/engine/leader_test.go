package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// leader is who leads the daemons of a database now: one of them keeps its queue in order.
// Empty where nobody does.
func (b *bed) leader() string {
	b.Helper()
	var id string
	if err := b.db.QueryRow(`SELECT coalesce(max(leader_id), '') FROM river_leader`).Scan(&id); err != nil {
		b.Fatal(err)
	}
	return id
}

// The daemon that leads is killed, in the middle of a job or while it waits: the others do
// what it left, the nights after it are run once each, and somebody else leads.
func TestTheLeaderIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("a leader is missed only after a while")
	}
	for _, row := range []struct {
		name string
		work string // of the leader's job; empty: it is killed while it waits
	}{
		{"while it waits", ""},
		{"in the middle of a job", "1h"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "brygga.db")
			now, work := "2026-11-21T12:00:00Z", "1ms"
			noon := startChild(t, path, now, work)
			noon.says(t, "up")
			b := bedAt(t, path, now)
			until(t, "somebody leads", func() bool { return b.leader() != "" })
			first := noon
			if row.work != "" {
				noon.kill()
				b.forgetLeader()
				first = startChild(t, path, "2026-11-22T00:30:00Z", row.work)
				first.says(t, "begins 2026-11-22 01:30 1")
				until(t, "the new one leads", func() bool { return b.leader() == idOf(first) })
			}
			if got := b.leader(); got != idOf(first) {
				t.Fatalf("%q leads, and not the daemon that is killed", got)
			}
			first.kill()
			for n := range 3 {
				at := at("2026-11-22T00:30:00Z").Add(time.Duration(n) * 24 * time.Hour)
				c := startChild(t, path, at.Format(time.RFC3339), "1ms")
				until(t, "the night's job is done", func() bool {
					var ticks, open int
					err := b.db.QueryRow(`SELECT (SELECT count(*) FROM tick WHERE outcome = 'queued'),
						(SELECT count(*) FROM river_job WHERE state <> 'completed')`).Scan(&ticks, &open)
					return err == nil && ticks == n+1 && open == 0
				})
				if n == 2 {
					until(t, "somebody else leads", func() bool { l := b.leader(); return l != "" && l != idOf(first) })
				}
				c.kill()
			}
			var jobs, instants int
			if err := b.db.QueryRow(`SELECT count(*), count(DISTINCT json(args)) FROM river_job`).Scan(&jobs, &instants); err != nil || jobs != 3 || instants != 3 {
				t.Errorf("%d jobs of %d instants, and three nights, %v", jobs, instants, err)
			}
		})
	}
}

// idOf is a child's ID as a daemon.
func idOf(c *child) string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s pid %d x", host, c.cmd.Process.Pid)
}

// forgetLeader ends the time of whoever led, as passing time would.
func (b *bed) forgetLeader() {
	b.Helper()
	if _, err := b.db.ExecContext(context.Background(), `DELETE FROM river_leader`); err != nil {
		b.Fatal(err)
	}
}
