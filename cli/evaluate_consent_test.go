package cli

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"brygga/sandbox/people"
)

// evaluate reads consents on no terms but those of a configuration that is named, and
// the command consent on none but its own flags.
func TestConsentTermsComeFromAConfigurationThatIsNamed(t *testing.T) {
	const asOf = "2026-11-22"
	m := people.Small("t-", asOf)
	client := ""
	for c := range m.Clients {
		if c.Story.Name == "moving-with-everything-permitted" {
			client = "Patient/" + c.ID
		}
	}
	var lines strings.Builder
	for r := range m.Resources {
		lines.Write(append(r.JSON, '\n'))
	}
	for _, row := range []struct{ name, terms, finds string }{
		{"no terms", "", "transfer.not-sent"},
		{"permits of ten days", "consent: {max_age: 10d}\n", "transfer.consent-missing"},
		{"permits of a year", "consent: {max_age: 365d}\n", "transfer.not-sent"},
		{"permits for ever", "consent: {max_age: off}\n", "transfer.not-sent"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			mustWrite(t, filepath.Join(dir, "all.ndjson"), lines.String())
			config := "tenant: exempelkommun\nkeys: {pseudonym: env:KEY}\nrules: {pack: hemvard}\n" + row.terms +
				"systems:\n  journal: {kind: fhir, url: https://fhir.example.se, receives: flags}\n"
			mustWrite(t, filepath.Join(dir, "brygga.yaml"), config)
			t.Chdir(dir)
			found := func(more ...string) string {
				t.Helper()
				args := append([]string{"evaluate", "all.ndjson", "--as-of", "2026-12-03", "-o", "json"}, more...)
				exit, out, errs := call(t, process{}, args...)
				if exit != 0 {
					t.Fatalf("exit %d: %s", exit, errs)
				}
				for line := range strings.Lines(out) {
					var l clientLine
					mustDecode(t, line, &l)
					i := slices.IndexFunc(l.Findings, func(f findingLine) bool { return strings.HasPrefix(f.Rule, "transfer.") })
					if string(l.Client) == client && i >= 0 {
						return l.Findings[i].Rule
					}
				}
				return ""
			}
			if got := found("-c", "brygga.yaml"); got != row.finds {
				t.Errorf("with the configuration %q, want %q", got, row.finds)
			}
			if got := found("--pack", "hemvard"); got != "transfer.not-sent" {
				t.Errorf("with none %q", got)
			}
			exit, out, errs := call(t, process{}, "consent", "all.ndjson", "--client", client, "--recipient", "Organization/t-o-solgarden",
				"--as-of", "2026-12-03", "-o", "json")
			if exit != 0 || !strings.Contains(out, `"decision":"full"`) {
				t.Errorf("consent gives exit %d: %s %s", exit, out, errs)
			}
		})
	}
}
