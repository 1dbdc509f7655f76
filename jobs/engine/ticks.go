package engine

import (
	"context"
	"database/sql"
	"time"
)

// tick is one row: an instant at which a job of a tenant was due.
type tick struct {
	tenant, job string
	at          time.Time
	schedule    string
	outcome     string
}

const (
	insertTickSQL = `INSERT INTO tick (tenant, job, at, schedule, outcome) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`
	markTickSQL   = `UPDATE tick SET outcome = $1 WHERE tenant = $2 AND job = $3 AND at = $4`
)

// keptTicks is how many are kept of one job; a clock that goes back further than
// they reach may find an instant due again.
const keptTicks = 200

// lastTick is the latest tick of a job that is not in the future of now; ok is
// false where there is none.
func (d database) lastTick(ctx context.Context, tenant, job string, now time.Time) (t tick, ok bool, err error) {
	var at int64
	t = tick{tenant: tenant, job: job}
	err = d.QueryRowContext(ctx, d.sql(`SELECT at, schedule, outcome FROM tick
		WHERE tenant = $1 AND job = $2 AND at <= $3 ORDER BY at DESC LIMIT 1`),
		tenant, job, now.UnixNano()).Scan(&at, &t.schedule, &t.outcome)
	if err == sql.ErrNoRows {
		return tick{}, false, nil
	}
	t.at = time.Unix(0, at).UTC()
	return t, err == nil, err
}

// pruneTicks removes what lies before the last ticks of a job, seen from now.
func (d database) pruneTicks(ctx context.Context, tenant, job string, now time.Time) error {
	_, err := d.ExecContext(ctx, d.sql(`DELETE FROM tick WHERE tenant = $1 AND job = $2 AND at <
		(SELECT min(at) FROM (SELECT at FROM tick WHERE tenant = $1 AND job = $2 AND at <= $3 ORDER BY at DESC LIMIT $4) AS kept)`),
		tenant, job, now.UnixNano(), keptTicks)
	return err
}
