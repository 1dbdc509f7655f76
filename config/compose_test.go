package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The address and the settings that the first lines of deploy/compose.yaml tell are ones that
// brygga takes.
func TestTheComposeFileTellsSettingsThatAreTaken(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "deploy", "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	address := regexp.MustCompile(`printf '(postgres://[^']+)'`).FindStringSubmatch(text)
	_, settings, found := strings.Cut(text, "# In brygga.yaml:\n")
	if address == nil || !found {
		t.Fatal("it does not say what to write")
	}
	dir := t.TempDir()
	for name, content := range map[string]string{
		"store.url":     strings.ReplaceAll(address[1], "%s", strings.Repeat("0a", 24)),
		"pseudonym.key": strings.Repeat("7a", 32), "audit.key": strings.Repeat("7b", 32),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	lines := "tenant: exempelkommun\nsystems:\n  journal: {kind: fhir, url: https://fhir.example.se/r4, receives: [flags, tasks]}\n"
	for line := range strings.Lines(settings) {
		line, more := strings.CutPrefix(line, "#   ")
		if !more {
			break
		}
		lines += strings.ReplaceAll(line, "/run/secrets", dir)
	}
	file := filepath.Join(dir, "brygga.yaml")
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, problems := Load(file, func(string) (string, bool) { return "", false })
	if len(problems) > 0 {
		t.Fatalf("brygga says of it: %v", problems)
	}
	if dsn, err := cfg.StoreDSN(t.Context()); err != nil || !strings.HasPrefix(dsn, "postgres://") {
		t.Errorf("the store: %v", err)
	}
}
