-- What jobs and people leave behind. Instants are nanoseconds since 1970, UTC.

-- +goose Up

-- rowid is the order in which runs began, under the name that SQLite has for it.
CREATE TABLE run (
    rowid    BIGINT GENERATED ALWAYS AS IDENTITY,
    tenant   TEXT COLLATE "C" NOT NULL,
    id       TEXT COLLATE "C" NOT NULL,
    job      TEXT COLLATE "C" NOT NULL,
    "trigger" TEXT NOT NULL,
    as_of    TEXT NOT NULL,
    started  BIGINT NOT NULL,
    ended    BIGINT,
    exit     BIGINT,
    outcome  BYTEA,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX run_started ON run (tenant, started);

CREATE TABLE lease (
    tenant TEXT COLLATE "C" NOT NULL,
    name   TEXT COLLATE "C" NOT NULL,
    holder TEXT COLLATE "C" NOT NULL,
    since  BIGINT NOT NULL,
    until  BIGINT NOT NULL,
    PRIMARY KEY (tenant, name)
);

-- Small sealed things, by area: baseline, answers of a system, documents.
CREATE TABLE item (
    tenant  TEXT COLLATE "C" NOT NULL,
    area    TEXT COLLATE "C" NOT NULL,
    key     BYTEA NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (tenant, area, key)
);

ALTER TABLE item ALTER COLUMN content SET STORAGE EXTERNAL;
