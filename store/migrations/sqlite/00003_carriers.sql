-- Who carries which identifier, so that whoever shares one with a client is found
-- without opening everybody's record. hash is a keyed hash of what is a keyed hash
-- already; like record.person it tells which rows belong together, and not whose
-- they are. A kind that an earlier version put has no rows here until it is put
-- again (kindSealed.Indexed).

-- +goose Up
CREATE TABLE carrier (
    kind INTEGER NOT NULL REFERENCES kind (id),
    hash BLOB NOT NULL,
    key  BLOB NOT NULL,
    PRIMARY KEY (kind, hash, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX carrier_key ON carrier (kind, key);
