package store

import (
	"context"
	"errors"
	"testing"
)

func TestTheConfigurationOfTheNewestEntryThatNamesOne(t *testing.T) {
	ctx := context.Background()
	tenant := newTenant(t)
	config := func() string {
		t.Helper()
		hash, err := tenant.AuditedConfig(ctx, auditKey)
		ok(t, err)
		return hash
	}
	if got := config(); got != "" {
		t.Errorf("an empty log names %q", got)
	}
	for i, c := range []struct{ entry, want string }{
		{"", ""}, {"aa", "aa"}, {"", "aa"}, {"bb", "bb"}, {"", "bb"}, {"aa", "aa"},
	} {
		e := auditEntry(tenant, i)
		e.Config = c.entry
		ok(t, tenant.Audit(ctx, auditKey, e))
		if got := config(); got != c.want {
			t.Errorf("after entry %d it is %q, want %q", i+1, got, c.want)
		}
	}
	if hash, err := tenant.store.Tenant("grannkommun").AuditedConfig(ctx, auditKey); err != nil || hash != "" {
		t.Errorf("another tenant has %q, %v", hash, err)
	}
}

// What could not be written down is known before it is done.
func TestALogThatCannotBeAddedToIsKnownBefore(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name, tamper string
		key          []byte
	}{
		{"with another key", "", otherKey},
		{"after the end was cut off", `DROP TRIGGER audit_kept; DELETE FROM audit WHERE n = 3`, auditKey},
		{"after the head was removed", `DELETE FROM audit_head`, auditKey},
		{"after the last entry was changed", `DROP TRIGGER audit_unchanged; UPDATE audit SET content = zeroblob(length(content)) WHERE n = 3`, auditKey},
	} {
		tenant := newTenant(t)
		auditedTo(t, tenant, 3)
		if c.tamper != "" {
			spoil(t, tenant.store, c.tamper)
		}
		if _, err := tenant.AuditedConfig(ctx, c.key); !errors.Is(err, ErrAuditBroken) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := newTenant(t).AuditedConfig(ctx, []byte("short")); err == nil {
		t.Error("a short key is taken")
	}
}

// Entries that were written before there were counts and configurations are hashed as
// they were: the bytes of an entry that has none are those of the first version.
func TestEntriesOfTheFirstVersionAreWrittenAsTheyWere(t *testing.T) {
	e := AuditEntry{N: 1, At: noon, Tenant: "a", Job: "j", By: "b", Action: "names.read", Count: 1, Clients: []string{"c"}, Outcome: "asked"}
	b, err := canonicalOf(&e)
	ok(t, err)
	const first = `{"n":1,"at":"2026-11-21T11:00:00Z","tenant":"a","job":"j","by":"b","action":"names.read","count":1,"clients":["c"],"outcome":"asked"}`
	if string(b) != first {
		t.Errorf("it is\n%s\nand was\n%s", b, first)
	}
}
