-- Up to where retention has removed entries of the audit log: the last one removed,
-- and its hash, signed under keys.audit, so that the rest is verified from there.

-- +goose Up
CREATE TABLE audit_cut (
    tenant TEXT NOT NULL PRIMARY KEY,
    n      INTEGER NOT NULL,
    head   BLOB NOT NULL,
    mac    BLOB NOT NULL
) STRICT, WITHOUT ROWID;

DROP TRIGGER audit_kept;
-- +goose StatementBegin
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM audit_cut WHERE audit_cut.tenant = OLD.tenant AND audit_cut.n >= OLD.n)
BEGIN
    SELECT raise(ABORT, 'the audit log is only added to');
END;
-- +goose StatementEnd
