package engine

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"testing"

	"github.com/rs/zerolog"

	"brygga/store"
)

// postgresVariable holds the URL of a database to test in.
const postgresVariable = "BRYGGA_TEST_POSTGRES"

// postgresBed is on PostgreSQL, in a schema of its own.
func postgresBed(t *testing.T, now string) *bed {
	t.Helper()
	dsn := os.Getenv(postgresVariable)
	if dsn == "" {
		t.Skipf("%s is not set: not tested on PostgreSQL", postgresVariable)
	}
	schema := fmt.Sprintf("engine_%d_%d", os.Getpid(), daemons.Add(1))
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatalf("%s cannot be read", postgresVariable)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	connect := func() database {
		st, err := store.Open(context.Background(), u.String(), testKey, zerolog.Nop())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { st.Close() })
		return database{DB: st.DB(), dialect: st.Dialect(), pool: st.Pool()}
	}
	b := &bed{T: t, db: connect(), again: connect}
	t.Cleanup(func() { b.db.ExecContext(context.Background(), `DROP SCHEMA `+schema+` CASCADE`) })
	b.set(now)
	return b
}
