package engine

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

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
	ctx := context.Background()
	schema := fmt.Sprintf("engine_%d_%d", os.Getpid(), daemons.Add(1))
	connect := func() database {
		cfg, err := pgxpool.ParseConfig(dsn)
		if err != nil {
			t.Fatalf("%s cannot be read", postgresVariable)
		}
		cfg.ConnConfig.RuntimeParams["search_path"] = schema
		cfg.MaxConns = 6
		pool, err := pgxpool.NewWithConfig(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		db := stdlib.OpenDBFromPool(pool)
		t.Cleanup(func() { db.Close(); pool.Close() })
		return database{DB: db, dialect: store.PostgreSQL, pool: pool}
	}
	b := &bed{T: t, db: connect(), again: connect}
	t.Cleanup(func() { b.db.ExecContext(ctx, `DROP SCHEMA `+schema+` CASCADE`) })
	for _, statement := range []string{
		`CREATE SCHEMA ` + schema,
		`CREATE TABLE tick (tenant TEXT NOT NULL, job TEXT NOT NULL, at BIGINT NOT NULL, schedule TEXT NOT NULL,
			outcome TEXT NOT NULL, PRIMARY KEY (tenant, job, at))`,
		`CREATE TABLE daemon (id TEXT NOT NULL PRIMARY KEY, beat BIGINT NOT NULL)`,
	} {
		if _, err := b.db.ExecContext(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	b.set(now)
	return b
}
