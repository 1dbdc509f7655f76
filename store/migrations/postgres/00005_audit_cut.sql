-- Up to where retention has removed entries of the audit log: the last one removed,
-- and its hash, signed under keys.audit, so that the rest is verified from there.

-- +goose Up
CREATE TABLE audit_cut (
    tenant TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    n      BIGINT NOT NULL,
    head   BYTEA NOT NULL,
    mac    BYTEA NOT NULL
);

DROP TRIGGER audit_kept ON audit;
-- +goose StatementBegin
CREATE FUNCTION audit_only_cut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM audit_cut WHERE audit_cut.tenant = OLD.tenant AND audit_cut.n >= OLD.n) THEN
        RAISE EXCEPTION 'the audit log is only added to';
    END IF;
    RETURN OLD;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_only_cut();
CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_only_added_to();
