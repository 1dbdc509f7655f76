package config

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
)

// FuzzLoad: whatever stands in the file, Load answers with a configuration or
// with problems in one line each, in the order of the file, and shows nothing
// that it looked up.
func FuzzLoad(f *testing.F) {
	cases, err := filepath.Glob(filepath.Join("testdata", "conf.*.yaml"))
	if err != nil || len(cases) == 0 {
		f.Fatal("no cases", err)
	}
	for _, path := range cases {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	const looked = "looked-up-swordfish-0123456789abcdef"
	f.Fuzz(func(t *testing.T, b []byte) {
		text, problem := cleanText("brygga.yaml", b)
		if problem != nil {
			if problem.What == "" || problem.Do == "" {
				t.Errorf("says too little: %v", problem)
			}
			return
		}
		c, claim, problems := load("brygga.yaml", text, func(string) (string, bool) { return looked, true })
		if claim.Tenant != "" && !tenantPattern.MatchString(claim.Tenant) || c != nil && (claim.Tenant != c.Tenant || claim.Tell != nil) {
			t.Errorf("a configuration %v goes with the claim %+v", c != nil, claim)
		}
		if (c == nil) != (problems.Err() != nil) {
			t.Errorf("a configuration %v goes with %v", c != nil, problems)
		}
		shown := problems.Error() + fmt.Sprintf("%+v %+v", claim, claim.Tell)
		if c != nil {
			asJSON, err := json.Marshal(c)
			if err != nil {
				t.Error(err)
			}
			shown += fmt.Sprintf("%v %+v %#v %s %s", c, c, c, asJSON, c.Hash())
			again, _, _ := load("brygga.yaml", text, func(string) (string, bool) { return looked + "2", true })
			if again == nil || again.Hash() != c.Hash() {
				t.Error("another value of a secret gives another configuration")
			}
		}
		if strings.Contains(shown, looked) {
			t.Errorf("shows a secret:\n%s", shown)
		}
		line, file := 0, "brygga.yaml"
		for _, p := range problems {
			if p.File != file { // what is said of a pack stands after what is said of the configuration
				line, file = 0, p.File
			}
			if p.What == "" || strings.ContainsAny(p.String(), "\n\r\x00") || p.Line < line || p.Line > 0 && p.Column < 1 {
				t.Errorf("a problem without words, in several lines or out of order: %q", p)
			}
			line = p.Line
		}
	})
}

// FuzzSecretInClear: whatever secret somebody writes where a reference belongs,
// it is refused and not shown.
func FuzzSecretInClear(f *testing.F) {
	for _, s := range []string{
		"swordfish-in-clear", "0123456789abcdef0123456789abcdef", "vault:swordfish", "p@ss: w0rd#1", "*swordfish", "&swordfish",
		"!swordfish", "{swordfish}", "[swordfish", "\"swordfish", "'swordfish'", "%swordfish", "- swordfish", "swordfish\nnext", "ENV:SWORDFISH",
		"env:$SWORDFISH", "env: SWORDFISH", "| swordfish", "> swordfish", "~swordfish", "`swordfish`", "@swordfish", "swordfish: [x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, secret string) {
		// As it stands, as people write it, and in quotes, as it is meant.
		quoted, err := json.Marshal(secret)
		if err != nil {
			t.Skip()
		}
		for _, written := range []string{secret, string(quoted)} {
			text := strings.Replace("tenant: exempelkommun\nkeys: {pseudonym: env:K}\nsystems:\n  journal:\n    kind: fhir\n    url: https://x.example\n"+
				"    auth:\n      kind: bearer\n      token: SECRET\n    receives: flags\n", "SECRET", written, 1)
			clean, problem := cleanText("brygga.yaml", []byte(text))
			if problem != nil {
				continue
			}
			c, _, problems := load("brygga.yaml", clean, func(string) (string, bool) { return testKey, true })
			if c != nil && !strings.Contains(secret, "env:") && !strings.Contains(secret, "#") && strings.TrimSpace(secret) != "" {
				t.Errorf("%q is taken for a reference: %v", written, c.Systems["journal"].Auth)
			}
			// In quotes it is one value, whatever it holds, and may be shown nowhere;
			// references and what is too short to be told apart aside.
			if written == secret || len(secret) < 8 || strings.HasPrefix(secret, "env:") || strings.HasPrefix(secret, "file:") {
				continue
			}
			if boilerplate := "brygga.yaml a secret stands here in clear; put it into an environment variable or a file of its own, write env:NAME or file:PATH here, and replace the secret: it may have been copied with this file systems.journal.auth.token is empty or remove the key"; strings.Contains(boilerplate, secret) {
				continue
			}
			if strings.Contains(problems.Error(), secret) {
				t.Errorf("%q is shown in %v", secret, problems)
			}
		}
	})
}

// FuzzAgeKey: what is taken for a key is one key that files can be encrypted to; what
// is not, and may be a secret one, is not shown.
func FuzzAgeKey(f *testing.F) {
	for _, s := range []string{
		ageKey, ageKey + "\n" + ageKey, "# " + ageKey, " " + ageKey, "age1", "age1pq1x", "AGE-SECRET-KEY-1SWORDFISH", "age-secret-key-pq-1swordfish",
		"AGE-PLUGIN-YUBIKEY-1SWORDFISH", "age1yubikey1swordfish", "age1tag1swordfish", "ssh-ed25519 AAAA", "-----BEGIN OPENSSH PRIVATE KEY-----", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, key string) {
		what, do := checkAgeKey(&reader{}, key)
		if what == "" {
			got, err := age.ParseRecipients(strings.NewReader(key))
			if err != nil || len(got) != 1 || strings.ContainsAny(key, "\r\n") {
				t.Fatalf("%q is taken for a key: %v", key, err)
			}
			if _, err := age.Encrypt(io.Discard, got...); err != nil {
				t.Fatalf("nothing can be encrypted to %q: %v", key, err)
			}
			return
		}
		if do == "" || len(key) > 12 && strings.Contains(what+do, key) {
			t.Errorf("says too little of %q, or shows it: %s; %s", key, what, do)
		}
	})
}

// FuzzStore: any text is a store, or refused in words of which none is from it.
func FuzzStore(f *testing.F) {
	for _, s := range []string{
		"sqlite:brygga.db", "sqlite:", "postgres://u:swordfish@h/b", "postgresql://h:1,g:2/b?sslmode=disable", "postgres:///b?host=/run", "postgres://%zz",
		"env:A", "file:a", "postgres://u@[::1]/b", "postgres://h/b?host=a,b&hostaddr=::1&sslmode=require", "POSTGRES://h/b", "postgres://h/b#x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, store string) {
		what, do := checkStore(&reader{file: "brygga.yaml"}, store)
		if what != "" {
			if do == "" || len(store) > 12 && strings.Contains(what+do, store) {
				t.Errorf("says too little of %q, or shows it: %s; %s", store, what, do)
			}
			return
		}
		c := &Config{Path: "brygga.yaml", Store: store}
		if s, err := NewSecret(store, "brygga.yaml", nil); err == nil {
			c.storeSecret = s
		}
		dsn, err := c.StoreDSN(t.Context())
		if c.storeSecret.Set() != (err != nil) || err == nil && !strings.HasPrefix(dsn, sqlitePrefix) && !isPostgres(dsn) {
			t.Errorf("%q is opened as %q, %v", store, dsn, err)
		}
	})
}
