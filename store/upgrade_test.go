package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/rs/zerolog"
)

// A store of every version so far, made by its migrations alone, opens, has the tables
// of today, and can be backed up.
func TestAStoreOfEveryVersionIsBroughtUpToDate(t *testing.T) {
	ctx := context.Background()
	schema := func(s *Store) (out []string) {
		ok(t, s.view(ctx, "reading the schema", func(tx *sql.Tx) error {
			return each(ctx, tx, func(rows *sql.Rows) error {
				var line string
				err := rows.Scan(&line)
				out = append(out, line)
				return err
			}, `SELECT coalesce(sql, name) FROM sqlite_schema WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`)
		}))
		return out
	}
	want := schema(openAt(t, pathIn(t)))
	for version := int64(1); version <= newestVersion; version++ {
		t.Run(fmt.Sprintf("version %d", version), func(t *testing.T) {
			path := pathIn(t)
			ok(t, os.WriteFile(path, nil, ownerOnly))
			old := newStore(path, testKey, zerolog.Nop())
			var err error
			old.write, err = sql.Open(driver, forWriting(path))
			ok(t, err)
			old.write.SetMaxOpenConns(1)
			old.read = old.write
			ok(t, old.migrateTo(ctx, version))
			ok(t, old.Close())
			now := openAt(t, path)
			if got := schema(now); !slices.Equal(got, want) {
				t.Errorf("it has %d tables and indexes, and a new one %d", len(got), len(want))
			}
			ok(t, now.Tenant("exempelkommun").PutDoc(ctx, "x", []byte("y")))
			backedUp(t, now)
		})
	}
}
