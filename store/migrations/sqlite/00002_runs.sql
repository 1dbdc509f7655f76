-- What jobs and people leave behind. Instants are nanoseconds since 1970, UTC.

-- +goose Up
CREATE TABLE run (
    tenant   TEXT NOT NULL,
    id       TEXT NOT NULL,
    job      TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    as_of    TEXT NOT NULL,
    started  INTEGER NOT NULL,
    ended    INTEGER,
    exit     INTEGER,
    outcome  BLOB,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE INDEX run_started ON run (tenant, started);

CREATE TABLE lease (
    tenant TEXT NOT NULL,
    name   TEXT NOT NULL,
    holder TEXT NOT NULL,
    since  INTEGER NOT NULL,
    until  INTEGER NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- Small sealed things, by area: baseline, answers of a system, documents.
CREATE TABLE item (
    tenant  TEXT NOT NULL,
    area    TEXT NOT NULL,
    key     BLOB NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (tenant, area, key)
) STRICT;
