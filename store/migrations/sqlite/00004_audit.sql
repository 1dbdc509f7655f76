-- Who was shown, or refused, what of whom. Each entry holds the hash of the one
-- before it, and is signed under keys.audit (audit.go). content is sealed: it says
-- who asked. Count and head say how far the log goes, so that an end that was cut
-- off is noticed.

-- +goose Up
CREATE TABLE audit (
    tenant  TEXT NOT NULL,
    n       INTEGER NOT NULL,
    content BLOB NOT NULL,
    mac     BLOB NOT NULL,
    PRIMARY KEY (tenant, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_head (
    tenant  TEXT NOT NULL PRIMARY KEY,
    n       INTEGER NOT NULL,
    head    BLOB NOT NULL,
    mac     BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Against mistakes; against intent there is the chain.
-- +goose StatementBegin
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
BEGIN
    SELECT raise(ABORT, 'the audit log is only added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit
BEGIN
    SELECT raise(ABORT, 'the audit log is only added to');
END;
-- +goose StatementEnd
