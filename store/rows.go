package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-json"
	"golang.org/x/sync/errgroup"

	"brygga/care"
)

// rowFormat is the first byte of a record's content: JSON of care.Record. A
// later format gets a new number, since migrations cannot open what is sealed.
const rowFormat = 1

// encodeRecord makes the content of a row. Instants become UTC.
func encodeRecord(r *care.Record) ([]byte, error) {
	if !utf8.ValidString(string(r.Ref)) || !utf8.ValidString(string(r.Client)) {
		// It would come back as another reference.
		return nil, errors.New("a record's reference is not valid UTF-8")
	}
	plain := *r
	plain.Updated = utc(r.Updated)
	b, err := json.Marshal(&plain)
	if err != nil {
		return nil, fmt.Errorf("encoding a record: %w", err)
	}
	return append([]byte{rowFormat}, b...), nil
}

// decodeRecord reads what encodeRecord made; anything else is an error.
func decodeRecord(b []byte) (r care.Record, err error) {
	if len(b) == 0 || b[0] != rowFormat {
		return r, damaged("a record has an unknown format")
	}
	if err := json.Unmarshal(b[1:], &r); err != nil {
		return care.Record{}, damaged("a record cannot be read")
	}
	return r, nil
}

// utc also takes off a monotonic clock reading; the zero time stays itself.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.Round(0).UTC()
}

// newer orders two readings of one record: the latest Updated, then the latest
// Version (domain.md, "Time"). Versions of digits only compare as numbers.
func newer(a, b *care.Record) int {
	if c := a.Updated.Compare(b.Updated); c != 0 {
		return c
	}
	x, y := strings.TrimLeft(a.Version, "0"), strings.TrimLeft(b.Version, "0")
	if digits(x) && digits(y) {
		return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y))
	}
	return cmp.Compare(a.Version, b.Version)
}

func digits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// batchRows is how many rows one worker opens at a time: enough that handing
// them over costs nothing, few enough that a batch stays in the cache.
const batchRows = 256

// sealedRow is one row of a query that selects (key, owner, content).
type sealedRow struct {
	key     id
	owner   []byte
	content []byte
}

// openAll opens and decodes the rows of a query in parallel; what it gives is
// in their order. It fails with ErrDamaged if there are not as many as were
// stored: a row that is missing would be read as a fact that is gone.
func openAll[T any](ctx context.Context, tx *sql.Tx, stored int, decode func(scratch []byte, r sealedRow) (T, error), query string, args ...any) ([]T, error) {
	if stored < 0 {
		return nil, damaged("a count of rows is negative")
	}
	out := make([]T, stored)
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0) + 1) // one more: the batch that is being filled
	var batch []sealedRow
	var arena []byte
	n := 0
	hand := func() {
		rows, to := batch, out[n-len(batch):n]
		group.Go(func() error {
			var scratch []byte
			for i, r := range rows {
				if err := inner.Err(); err != nil {
					return err
				}
				scratch = growTo(scratch, len(r.content))
				v, err := decode(scratch[:0], r)
				if err != nil {
					return err
				}
				to[i] = v
			}
			return nil
		})
		batch, arena = nil, make([]byte, 0, cap(arena))
	}
	err := each(ctx, tx, func(rows *sql.Rows) error {
		var key, owner, content sql.RawBytes
		if err := rows.Scan(&key, &owner, &content); err != nil {
			return err
		}
		k, err := idOf(key)
		if err != nil {
			return err
		}
		if n == stored {
			return damaged("there are more rows than were stored")
		}
		r := sealedRow{key: k}
		// The arena may move as it grows; the parts that rows hold stay where they are.
		from := len(arena)
		arena = append(arena, owner...)
		mid := len(arena)
		arena = append(arena, content...)
		if owner != nil {
			r.owner = arena[from:mid:mid]
		}
		r.content = arena[mid:len(arena):len(arena)]
		batch = append(batch, r)
		if n++; len(batch) == batchRows {
			hand()
		}
		return inner.Err()
	}, query, args...)
	if err == nil {
		hand()
	}
	if failed := group.Wait(); failed != nil {
		return nil, failed
	}
	if err != nil {
		return nil, err
	}
	if n != stored {
		return nil, damaged("rows are missing")
	}
	return out, nil
}

func growTo(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, 0, n+n/4)
	}
	return b
}

// inParallel calls do for every index below n, in runs of batchRows.
func inParallel(ctx context.Context, n int, do func(i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < n; from += batchRows {
		group.Go(func() error {
			for i := from; i < min(from+batchRows, n); i++ {
				if err := do(i); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}
