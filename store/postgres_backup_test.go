package store

import (
	"context"
	"reflect"
	"testing"

	"brygga/care"
)

// What one database held, the other holds after it was restored there, and back again.
func TestPostgresAndSQLiteRestoreEachOthersBackups(t *testing.T) {
	places := map[string]func(testing.TB) string{
		"SQLite": func(t testing.TB) string { return t.TempDir() + "/brygga.db" }, "PostgreSQL": schemaIn,
	}
	for _, way := range [][]string{{"SQLite", "PostgreSQL", "SQLite"}, {"PostgreSQL", "SQLite", "PostgreSQL"}} {
		t.Run(way[0]+" to "+way[1]+" and back", func(t *testing.T) {
			s := openAt(t, places[way[0]](t))
			filled(t, s)
			want := contents(t, s)
			for _, next := range way[1:] {
				to := openAt(t, places[next](t))
				_, err := restore(to, backedUp(t, s))
				ok(t, err)
				if got := contents(t, to); !reflect.DeepEqual(got, want) {
					for row := range got {
						if want[row] == 0 {
							t.Errorf("on %s there is %.80s", next, row)
						}
					}
					t.Fatalf("on %s there are %d rows, and not the same %d", next, len(got), len(want))
				}
				s = to
			}
			tenant := s.Tenant("exempelkommun")
			put(t, tenant, KindPut{Upserts: care.Pack(recordsOf(60, planRecord)...), Checkpoint: checkpoint("b")}, Diff{Same: 60})
			if v := verified(t, tenant, nil); v.Broken != nil || v.Count != 3 {
				t.Errorf("the audit log is %+v", v.Broken)
			}
			// A kind that is new gets a number that is free.
			_, err := tenant.PutKind(context.Background(), "lifecare", "care-plan", KindPut{Upserts: care.Pack(recordsOf(5, planRecord)...), Checkpoint: checkpoint("d")})
			ok(t, err)
		})
	}
}
