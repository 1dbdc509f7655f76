package engine

import (
	"context"
	"time"

	"github.com/riverqueue/river/rivertype"

	"brygga/store"
)

// silence is after how many of its own rounds without a beat of another daemon a
// daemon takes it for dead: two minutes. Rounds are counted and no clocks compared,
// so that neither a clock that jumps nor one that is wrong makes a living one dead.
const silence = 12

// pulse watches the other daemons on a database, and takes over the jobs of those
// that are no more.
type pulse struct {
	database
	id   string
	beat int64
	// dead says of a daemon of this machine that its process is gone; then nothing
	// needs to be waited for. It says false where it cannot know.
	dead func(id string) bool
	seen map[string]sighting
}

type sighting struct {
	beat   int64
	rounds int // since it changed
}

// tell notes that this daemon lives.
func (p *pulse) tell(ctx context.Context) error {
	p.beat++
	_, err := p.ExecContext(ctx, p.sql(`INSERT INTO daemon (id, beat) VALUES ($1, $2)
		ON CONFLICT (id) DO UPDATE SET beat = excluded.beat`), p.id, p.beat)
	return err
}

// leave notes that this daemon is no more.
func (p *pulse) leave(ctx context.Context) error { return p.forget(ctx, p.id) }

func (p *pulse) forget(ctx context.Context, id string) error {
	delete(p.seen, id)
	_, err := p.ExecContext(ctx, p.sql(`DELETE FROM daemon WHERE id = $1`), id)
	return err
}

// gone looks at the other daemons, and says of which it is known now that they are no
// more. It is called once a round.
func (p *pulse) gone(ctx context.Context) (dead []string, lives map[string]bool, err error) {
	rows, err := p.QueryContext(ctx, `SELECT id, beat FROM daemon`)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	lives = map[string]bool{}
	for rows.Next() {
		var id string
		var beat int64
		if err := rows.Scan(&id, &beat); err != nil {
			return nil, nil, err
		}
		s, known := p.seen[id]
		if s.rounds++; !known || s.beat != beat {
			s = sighting{beat: beat}
		}
		p.seen[id] = s
		if id != p.id && (s.rounds >= silence || p.dead(id)) {
			dead = append(dead, id)
		} else {
			lives[id] = true
		}
	}
	return dead, lives, rows.Err()
}

// rescue gives back the jobs of daemons that are no more: they are run again, by
// whoever is first. One that has been tried as often as it may is given up.
func (p *pulse) rescue(ctx context.Context, q queue) (rescued, givenUp []*rivertype.JobRow, err error) {
	dead, lives, err := p.gone(ctx)
	if err != nil {
		return nil, nil, err
	}
	jobs, err := q.working(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, j := range jobs {
		if n := len(j.AttemptedBy); n == 0 || lives[j.AttemptedBy[n-1]] || j.AttemptedBy[n-1] == p.id {
			continue
		}
		again := j.Attempt < j.MaxAttempts
		mine, err := p.take(ctx, j, again)
		switch {
		case err != nil:
			return rescued, givenUp, err
		case mine && again:
			rescued = append(rescued, j)
		case mine:
			givenUp = append(givenUp, j)
		}
	}
	for _, id := range dead {
		if err := p.forget(ctx, id); err != nil {
			return rescued, givenUp, err
		}
	}
	return rescued, givenUp, nil
}

// take makes a job that nobody works on available again, or ends it; mine is false
// where another daemon did so before. River itself only does so after the longest
// time that any job may take.
func (p *pulse) take(ctx context.Context, j *rivertype.JobRow, again bool) (mine bool, err error) {
	statement := `UPDATE river_job SET state = 'available' WHERE id = $1 AND attempt = $2 AND state = 'running'`
	if !again {
		end := `datetime('now', 'subsec')`
		if p.dialect == store.PostgreSQL {
			end = `now()`
		}
		statement = `UPDATE river_job SET state = 'discarded', finalized_at = ` + end + ` WHERE id = $1 AND attempt = $2 AND state = 'running'`
	}
	result, err := p.ExecContext(ctx, p.sql(statement), j.ID, j.Attempt)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// roundEvery is the time between two looks at schedules and daemons.
const roundEvery = 10 * time.Second
