package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
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
func encodeRecord(p *care.Packed) ([]byte, error) {
	if !utf8.ValidString(string(p.Ref)) || !utf8.ValidString(string(p.Client)) {
		// It would come back as another reference.
		return nil, errors.New("a record's reference is not valid UTF-8")
	}
	r := p.Open()
	r.Updated = utc(r.Updated)
	b, err := json.Marshal(&r)
	if err != nil {
		return nil, fmt.Errorf("encoding a record: %w", err)
	}
	return append([]byte{rowFormat}, b...), nil
}

// decodeRecord reads what encodeRecord made into r, which is zero; anything else
// is ErrDamaged, and leaves it zero.
func decodeRecord(b []byte, r *care.Record) error {
	if err := decodeRow(b, r); err != nil {
		*r = care.Record{}
		return err
	}
	return nil
}

// decodeRef reads only the reference of what encodeRecord made.
func decodeRef(b []byte, ref *care.Ref) error {
	var r struct {
		Ref care.Ref `json:"ref"`
	}
	if err := decodeRow(b, &r); err != nil {
		return err
	}
	*ref = care.Ref(strings.Clone(string(r.Ref))) // the decoder's buffer is not to live on
	return nil
}

func decodeRow(b []byte, v any) error {
	if len(b) == 0 || b[0] != rowFormat {
		return damaged("a record has an unknown format")
	}
	if err := json.Unmarshal(b[1:], v); err != nil {
		return damaged("a record cannot be read")
	}
	return nil
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
func newer(a, b *care.Packed) int {
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

// batch is rows that wait to be opened, and the bytes that they consist of.
// Batches are used again, so that reading many rows does not fill the memory.
type batch struct {
	rows  []sealedRow
	bytes []byte
}

var batches = sync.Pool{New: func() any { return &batch{rows: make([]sealedRow, 0, batchRows)} }}

func (b *batch) add(key id, owner, content []byte) {
	r := sealedRow{key: key}
	// bytes may move as it grows; the parts that rows hold stay where they are.
	from := len(b.bytes)
	b.bytes = append(b.bytes, owner...)
	mid := len(b.bytes)
	b.bytes = append(b.bytes, content...)
	if owner != nil {
		r.owner = b.bytes[from:mid:mid]
	}
	r.content = b.bytes[mid:len(b.bytes):len(b.bytes)]
	b.rows = append(b.rows, r)
}

func (b *batch) release() {
	b.rows, b.bytes = b.rows[:0], b.bytes[:0]
	batches.Put(b)
}

// opener opens and decodes one row. scratch is for its use, and does not live on.
type opener[T any] func(scratch []byte, r sealedRow, into *T) error

// openAll opens and decodes the rows of a query in parallel; what it gives is
// in their order. It fails with ErrDamaged if there are not as many as were
// stored: a row that is missing would be read as a fact that is gone.
func openAll[T any](ctx context.Context, tx *sql.Tx, stored int, open opener[T], query string, args ...any) ([]T, error) {
	if stored < 0 {
		return nil, damaged("a count of rows is negative")
	}
	out := make([]T, stored)
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	full := batches.Get().(*batch)
	n := 0
	hand := func() {
		b, to := full, out[n-len(full.rows):n]
		group.Go(func() error {
			defer b.release()
			var scratch []byte
			for i, r := range b.rows {
				if err := inner.Err(); err != nil {
					return err
				}
				scratch = slices.Grow(scratch[:0], len(r.content))
				if err := open(scratch, r, &to[i]); err != nil {
					return err
				}
			}
			return nil
		})
		full = batches.Get().(*batch)
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
		full.add(k, owner, content)
		if n++; len(full.rows) == batchRows {
			hand()
		}
		return inner.Err()
	}, query, args...)
	if err == nil {
		hand()
	}
	full.release()
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
