-- When jobs were due, and what became of it: a tick is in the table before its job
-- exists, in one transaction with it, so that no instant is run twice. Instants are
-- nanoseconds since 1970, UTC. And which daemons live: each adds to its beat.

-- +goose Up
CREATE TABLE tick (
    tenant   TEXT NOT NULL,
    job      TEXT NOT NULL,
    at       BIGINT NOT NULL,
    schedule TEXT NOT NULL,
    outcome  TEXT NOT NULL,
    PRIMARY KEY (tenant, job, at)
);

CREATE TABLE daemon (
    id   TEXT NOT NULL PRIMARY KEY,
    beat BIGINT NOT NULL
);
