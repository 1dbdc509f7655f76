-- Who was shown, or refused, what of whom. Each entry holds the hash of the one
-- before it, and is signed under keys.audit (audit.go). content is sealed: it says
-- who asked. Count and head say how far the log goes, so that an end that was cut
-- off is noticed.

-- +goose Up
CREATE TABLE audit (
    tenant  TEXT COLLATE "C" NOT NULL,
    n       BIGINT NOT NULL,
    content BYTEA NOT NULL,
    mac     BYTEA NOT NULL,
    PRIMARY KEY (tenant, n)
);

ALTER TABLE audit ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE audit_head (
    tenant  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    n       BIGINT NOT NULL,
    head    BYTEA NOT NULL,
    mac     BYTEA NOT NULL
);

-- Against mistakes; against intent there is the chain.
-- +goose StatementBegin
CREATE FUNCTION audit_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only added to';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_kept BEFORE DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_only_added_to();
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_only_added_to();
