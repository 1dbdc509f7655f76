package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What can be made out of a file that is wrong: whose it is, and whether those who look
// after it can be told.
func TestWhatAWrongFileSaysAllTheSame(t *testing.T) {
	const good = "tenant: a-kommun\nstore: sqlite:a.db\nkeys: {pseudonym: env:BRYGGA_PSEUDONYM_KEY}\nnotify: {webhook: env:BRYGGA_WEBHOOK}\n" +
		"systems:\n  journal: {kind: fhir, url: https://fhir.example.se, receives: [flags]}\n"
	for _, row := range []struct {
		name   string
		text   string
		tenant string
		told   bool
	}{
		{"a key of systems is misspelt", strings.Replace(good, "receives", "receivs", 1), "a-kommun", true},
		{"a section is misspelt", good + "writs: {mode: write}\n", "a-kommun", true},
		{"a rule is not known", good + "rules: {set: {plan.reviw.months: 6}}\n", "a-kommun", true},
		{"notify is misspelt, so nobody is to be told", strings.Replace(good, "notify", "notfy", 1), "a-kommun", true},
		{"the address that would be told is not there", strings.Replace(good, "BRYGGA_WEBHOOK", "NOT_SET", 1), "a-kommun", false},
		{"notify has a key too many", strings.Replace(good, "notify: {", "notify: {smtp: x, ", 1), "a-kommun", false},
		{"notify has a key twice", strings.Replace(good, "notify: {", "notify: {webhook: env:BRYGGA_STORE, ", 1), "a-kommun", false},
		{"the key is not there", strings.Replace(good, "env:BRYGGA_PSEUDONYM_KEY", "file:nowhere", 1), "a-kommun", false},
		{"the store is no store", strings.Replace(good, "sqlite:a.db", "a.db", 1), "a-kommun", false},
		{"the tenant has no name that may be", strings.Replace(good, "a-kommun", "A kommun", 1), "", false},
		{"the tenant is missing", strings.Replace(good, "tenant: a-kommun\n", "", 1), "", false},
		{"a bracket is open", good + "facts: {client: [journal\n", "a-kommun", false},
		{"a bracket is open, and the tenant is quoted", strings.Replace(good, "a-kommun", `"a-kommun" # ours`, 1) + "facts: {client: [journal\n", "a-kommun", false},
		{"the tenant itself is no YAML", strings.Replace(good, "a-kommun", `"a-kommun`, 1), "", false},
		{"a list stands there", "- tenant: a-kommun\n", "", false},
		{"an anchor", strings.Replace(good, "keys: {", "keys: &keys {", 1), "a-kommun", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.yaml")
			if err := os.WriteFile(path, []byte(row.text), 0o600); err != nil {
				t.Fatal(err)
			}
			c, claim, problems := LoadOrClaim(path, testEnv)
			if c != nil || problems.Err() == nil {
				t.Fatalf("it loads: %v", problems)
			}
			if claim.Tenant != row.tenant || (claim.Tell != nil) != row.told {
				t.Errorf("tenant %q, can be told %v, want %q and %v: %v", claim.Tenant, claim.Tell != nil, row.tenant, row.told, problems)
			}
			if tell := claim.Tell; tell != nil && (tell.Tenant != "a-kommun" || tell.StorePath() != filepath.Join(filepath.Dir(path), "a.db") || !tell.Keys.Pseudonym.Set() || len(tell.Systems) > 0) {
				t.Errorf("what is for telling is %+v", tell)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "a.yaml")
	if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, claim, problems := LoadOrClaim(path, testEnv); c == nil || claim.Tenant != "a-kommun" || claim.Tell != nil {
		t.Errorf("a file that is right: %v, %+v", problems, claim)
	}
	if c, claim, _ := LoadOrClaim(filepath.Join(t.TempDir(), "none"), testEnv); c != nil || claim != (Claim{}) {
		t.Errorf("a file that is not there: %+v", claim)
	}
}
