-- Who carries which identifier, so that whoever shares one with a client is found
-- without opening everybody's record. hash is a keyed hash of what is a keyed hash
-- already; like record.person it tells which rows belong together, and not whose
-- they are.

-- +goose Up
CREATE TABLE carrier (
    kind BIGINT NOT NULL REFERENCES kind (id),
    hash BYTEA NOT NULL,
    key  BYTEA NOT NULL,
    PRIMARY KEY (kind, hash, key)
);

CREATE INDEX carrier_key ON carrier (kind, key);
