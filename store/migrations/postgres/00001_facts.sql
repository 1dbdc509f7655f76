-- What pulls leave behind. Every table is per tenant; keys are keyed hashes and
-- contents are sealed (crypt.go), so that the database itself names nobody. Text is
-- ordered by its bytes, whatever the locale of the database.
--
-- The migrations of one number do the same on both databases.

-- +goose Up

-- check: a sealed value that opens with the right key only.
CREATE TABLE meta (
    name    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    content BYTEA NOT NULL
);

-- One row per kind of a system: checkpoint and number of rows (state), and quarantine.
CREATE TABLE kind (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant     TEXT COLLATE "C" NOT NULL,
    system     TEXT COLLATE "C" NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    state      BYTEA NOT NULL,
    quarantine BYTEA NOT NULL,
    UNIQUE (tenant, system, kind)
);

-- One row per source record. person finds a client's rows; mac tells whether
-- the content is the same without opening it. What is sealed does not compress:
-- it is not tried (EXTERNAL), here and below.
CREATE TABLE record (
    kind    BIGINT NOT NULL REFERENCES kind (id),
    key     BYTEA NOT NULL,
    person  BYTEA,
    mac     BYTEA NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (kind, key)
);

ALTER TABLE record ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE INDEX record_person ON record (person) WHERE person IS NOT NULL;

-- One row per client: all visits, or all notes, packed.
CREATE TABLE bulk (
    kind    BIGINT NOT NULL REFERENCES kind (id),
    key     BYTEA NOT NULL,
    mac     BYTEA NOT NULL,
    content BYTEA NOT NULL,
    UNIQUE (kind, key)
);

ALTER TABLE bulk ALTER COLUMN content SET STORAGE EXTERNAL;

-- The names that packed rows point into, in pieces, as they were added: numbers
-- first to last. chain is a MAC over every name from 1 to last.
CREATE TABLE name (
    tenant  TEXT COLLATE "C" NOT NULL,
    system  TEXT COLLATE "C" NOT NULL,
    first   BIGINT NOT NULL,
    last    BIGINT NOT NULL,
    chain   BYTEA NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (tenant, system, first)
);

ALTER TABLE name ALTER COLUMN content SET STORAGE EXTERNAL;
