-- What pulls leave behind. Every table is per tenant; keys are keyed hashes and
-- contents are sealed (crypt.go), so that the file itself names nobody.

-- +goose Up
PRAGMA application_id = 1651664743; -- 'brgg': tells our files from other people's

-- check: a sealed value that opens with the right key only.
CREATE TABLE meta (
    name    TEXT NOT NULL PRIMARY KEY,
    content BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- One row per kind of a system: checkpoint and number of rows (state), and quarantine.
CREATE TABLE kind (
    id         INTEGER PRIMARY KEY,
    tenant     TEXT NOT NULL,
    system     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    state      BLOB NOT NULL,
    quarantine BLOB NOT NULL,
    UNIQUE (tenant, system, kind)
) STRICT;

-- One row per source record. person finds a client's rows; mac tells whether
-- the content is the same without opening it.
CREATE TABLE record (
    kind    INTEGER NOT NULL REFERENCES kind (id),
    key     BLOB NOT NULL,
    person  BLOB,
    mac     BLOB NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX record_person ON record (person) WHERE person IS NOT NULL;

-- One row per client: all visits, or all notes, packed.
CREATE TABLE bulk (
    kind    INTEGER NOT NULL REFERENCES kind (id),
    key     BLOB NOT NULL,
    mac     BLOB NOT NULL,
    content BLOB NOT NULL,
    UNIQUE (kind, key)
) STRICT;

-- The names that packed rows point into, in pieces, as they were added: numbers
-- first to last. chain is a MAC over every name from 1 to last.
CREATE TABLE name (
    tenant  TEXT NOT NULL,
    system  TEXT NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    chain   BLOB NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (tenant, system, first)
) STRICT;
