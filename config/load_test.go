package config

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

const testKey = "6272796767612d746573742d6b65792d6e6f7468696e672d7265616c2d313233"

// testEnv is the environment of all cases.
func testEnv(name string) (string, bool) {
	v, ok := map[string]string{
		"BRYGGA_PSEUDONYM_KEY": testKey,
		"BRYGGA_FHIR_TOKEN":    "swordfish-token",
		"LIFECARE_DOMAIN":      "swordfish-domain",
		"LIFECARE_KEY":         "swordfish-key",
		"EMPTY":                "",
		"SHORT_KEY":            "swordfish",
		"LINDEN_TOKEN":         "swordfish-token",
		"BRYGGA_WEBHOOK":       "https://hooks.example.se/swordfish?key=swordfish",
		"PLAIN_WEBHOOK":        "http://hooks.example.se/swordfish",
		"BRYGGA_STORE":         "postgres://brygga:swordfish@db.example.se/brygga?sslmode=verify-full",
		"UNSURE_STORE":         "postgres://brygga:swordfish@db.example.se/brygga",
		"PLAIN_STORE":          "postgres://brygga:swordfish@db.example.se/brygga?sslmode=disable",
		"SHORT_HEX_KEY":        "73776f726466697368206973206261642e", // 32 letters, 16 bytes
	}[name]
	return v, ok
}

// caseFolder copies testdata, with the rights that version control does not keep: what
// cases name, and the cases; or of these only the ones that are asked for.
func caseFolder(t testing.TB, only ...string) string {
	t.Helper()
	dir := t.TempDir()
	err := filepath.WalkDir("testdata", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel("testdata", path)
		to := filepath.Join(dir, name)
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		if strings.HasPrefix(name, "conf.") && (!strings.HasSuffix(name, ".yaml") || len(only) > 0 && !slices.Contains(only, name)) {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if filepath.Base(filepath.Dir(path)) == "secrets" {
			mode = 0o600
		}
		return os.WriteFile(to, b, mode)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// Each conf.*.yaml is one case; what is said about it stands in the .txt beside it.
func TestEachCaseGivesItsProblems(t *testing.T) {
	dir := caseFolder(t)
	cases, err := filepath.Glob(filepath.Join("testdata", "conf.*.yaml"))
	if err != nil || len(cases) < 80 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, path := range cases {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "conf."), ".yaml")
		t.Run(strings.ReplaceAll(name, "-", " "), func(t *testing.T) {
			c, problems := Load(filepath.Join(dir, filepath.Base(path)), testEnv)
			got := strings.ReplaceAll(problems.Error(), dir+string(filepath.Separator), "")
			if got != "" {
				got += "\n"
			}
			if strings.Contains(strings.ToLower(got), "swordfish") || strings.Contains(got, testKey) {
				t.Errorf("a secret is shown:\n%s", got)
			}
			if (c == nil) != (problems.Err() != nil) {
				t.Errorf("a configuration %v goes with the problems\n%s", c != nil, got)
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".txt", got)
		})
	}
}

// golden compares with a file, or writes it under -update.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run the test with -update and read what it writes", err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The names of cases say what becomes of them: these load, all others do not.
func TestOnlyGoodCasesLoad(t *testing.T) {
	dir := caseFolder(t)
	good := []string{
		"the-least-that-is-needed-loads", "everything-that-can-be-written-loads",
		"a-section-whose-keys-are-all-comments-holds-defaults", "a-server-on-this-machine-may-be-plain-http",
		"ipv6-loopback-is-this-machine", "one-system-is-read-and-another-receives",
		"the-one-that-receives-may-also-provide-when-facts-say-so", "only-flags-may-be-received",
		"windows-line-ends-are-read", "a-unit-may-be-written-by-its-name", "a-byte-order-mark-is-read-over", "a-schedule-when-clocks-change-is-warned-of",
		"a-schedule-in-every-hour-is-not-warned-of", "a-schedule-on-leap-days-fires", "rules-that-would-write-nothing-are-warned-of",
		"a-rule-that-one-unit-turns-on-is-not-warned-of", "a-parameter-whose-list-is-empty-is-empty",
		"facts-may-come-from-two-systems-in-an-order", "a-pack-of-the-municipality-itself", "parameters-of-a-provider-a-service-and-a-unit",
		"lifecare-and-lists-load", "a-mapping-of-the-municipality-itself-loads", "keys-by-group-load",
		"two-mapped-systems-provide-one-fact-in-an-order", "no-fhir-server-at-all-loads",
		"the-sections-around-the-nightly-job-load", "a-care-home-with-the-least-that-is-needed-loads", "schedules-that-are-off-load",
		"mail-without-a-sender-comes-from-who-gets-it", "a-post-quantum-key-for-an-outbox-loads",
		"a-care-home-on-this-machine-may-be-plain-http", "other-schedules-when-clocks-change-are-warned-of",
		"a-postgres-store-loads", "a-postgres-store-on-this-machine-loads", "a-postgres-store-over-a-socket-loads", "a-postgres-store-in-a-secret-loads",
		"a-postgres-store-that-says-nothing-of-protection-is-warned-of", "a-postgres-store-in-a-secret-that-says-nothing-of-protection-is-warned-of",
	}
	cases, _ := filepath.Glob(filepath.Join(dir, "conf.*.yaml"))
	loaded := 0
	for _, path := range cases {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "conf."), ".yaml")
		c, problems := Load(path, testEnv)
		if c != nil {
			loaded++
		}
		if want := slices.Contains(good, name); (c != nil) != want {
			t.Errorf("%s: loads is %v, want %v\n%s", name, c != nil, want, problems)
		}
	}
	if loaded != len(good) {
		t.Errorf("%d cases load, want %d", loaded, len(good))
	}
}
