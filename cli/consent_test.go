package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// consentCase is one folder of testdata/consent: a request to brygga consent.
type consentCase struct {
	Why  string   `json:"why"`
	Args []string `json:"args"`
	Exit []int    `json:"exit"`
}

func consentCases(t *testing.T, run func(t *testing.T, dir string, c consentCase)) {
	files, err := filepath.Glob("../testdata/consent/*/case.json")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d cases found: %v", len(files), err)
	}
	for _, file := range files {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c := consentCase{}
			if err := json.Unmarshal(b, &c); err != nil || c.Why == "" {
				t.Fatalf("%s has no why: %v", dir, err)
			}
			if c.Exit == nil {
				c.Exit = []int{0}
			}
			run(t, dir, c)
		})
	}
}

// The answer holds everything that expected.json says; what it leaves out is free.
func TestConsentCasesComeOutAsExpected(t *testing.T) {
	consentCases(t, func(t *testing.T, dir string, c consentCase) {
		exit, out, errs := call(t, process{}, append([]string{"consent", dir + "/input"}, c.Args...)...)
		if !slices.Contains(c.Exit, exit) {
			t.Errorf("exit %d, want %v; stderr: %s", exit, c.Exit, errs)
		}
		var got, want any
		b, err := os.ReadFile(dir + "/expected.json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil || strings.Count(out, "\n") != 1 {
			t.Fatalf("no object on a line of its own: %v\n%s", err, out)
		}
		lacks(t, "", want, got)
		if sections, _ := got.(map[string]any)["sections"].(map[string]any); len(sections) != 8 {
			t.Errorf("%d sections", len(sections))
		}
	})
}

func lacks(t *testing.T, path string, want, got any) {
	t.Helper()
	m, ok := want.(map[string]any)
	if !ok {
		if want != got {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
		return
	}
	g, _ := got.(map[string]any)
	for key, v := range m {
		lacks(t, path+"."+key, v, g[key])
	}
}

func TestConsentReadsWell(t *testing.T) {
	const ask = "--client=Patient/1 --recipient=Organization/9 --as-of=2026-11-21"
	for _, c := range []struct{ name, input, args string }{
		{"all-sections", "01-named-recipient-permitted", ask},
		{"some-sections", "06-some-sections", ask},
		{"none-for-us", "03-another-care-home", ask},
		{"unreadable", "08-unreadable", ask},
		{"some-data-to-a-recipient-by-identifier", "some-data", ask},
		{"a-consent-of-nobody", "nobodys", ask},
		{"a-client-who-is-not-there", "01-named-recipient-permitted", strings.Replace(ask, "Patient/1", "x", 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, out, errs := call(t, process{}, append([]string{"consent", "../testdata/consent/" + c.input + "/input"}, strings.Fields(c.args)...)...)
			golden(t, "testdata/consent/"+c.name+".txt", out)
			golden(t, "testdata/consent/"+c.name+".ndjson", errs)
		})
	}
}

func TestConsentIsDecidedAtAnInstant(t *testing.T) {
	// The consent holds to the end of October.
	const input = "../testdata/consent/05-expired/input"
	for _, c := range []struct {
		name, asOf string
		now        time.Time
		want       string
	}{
		{"a date is that day", "2026-10-31", time.Time{}, "full"},
		{"the day after", "2026-11-01", time.Time{}, "none"},
		{"the last second in Stockholm", "2026-10-31T23:59:59+01:00", time.Time{}, "full"},
		{"the same in UTC", "2026-10-31T22:59:59Z", time.Time{}, "full"},
		{"the next second", "2026-10-31T23:00:00Z", time.Time{}, "none"},
		{"without a zone it is Stockholm's", "2026-10-31T23:59:59", time.Time{}, "full"},
		{"without seconds", "2026-10-31T23:59", time.Time{}, "full"},
		{"with a zone and no seconds", "2026-10-31T23:59+00:00", time.Time{}, "none"},
		{"with a fraction", "2026-10-31T22:59:59.999Z", time.Time{}, "full"},
		{"now, where nothing is said", "", time.Date(2026, 10, 31, 22, 59, 0, 0, time.UTC), "full"},
		{"now, an hour later", "", time.Date(2026, 10, 31, 23, 59, 0, 0, time.UTC), "none"},
	} {
		args := []string{"consent", input, "--client", "Patient/1", "--recipient", "9", "-o", "json"}
		if c.asOf != "" {
			args = append(args, "--as-of", c.asOf)
		}
		_, out, errs := call(t, process{now: c.now}, args...)
		if !strings.Contains(out, `"decision":"`+c.want+`"`) {
			t.Errorf("%s: want %s, got %.120s%s", c.name, c.want, out, errs)
		}
	}
}

func TestConsentTakesStdinAndUnnamedRecipients(t *testing.T) {
	b, err := os.ReadFile("../testdata/consent/04-unnamed-recipient/input/Consent.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"consent", "-", "--client", "1", "--recipient", "9", "--as-of", "2026-11-21", "-o", "json"}
	// The client's own record is not there: it need not be.
	if exit, out, _ := call(t, process{in: string(b)}, args...); exit != 0 || !strings.Contains(out, `"decision":"none"`) {
		t.Errorf("%d %s", exit, out)
	}
	if exit, out, _ := call(t, process{in: string(b)}, append(args, "--accept-unnamed-recipient")...); exit != 0 || !strings.Contains(out, `"decision":"full"`) {
		t.Errorf("%d %s", exit, out)
	}
}

// What is no FHIR JSON at all may have been anybody's no.
func TestConsentSaysWhenNothingIsToBeHandedOver(t *testing.T) {
	b, err := os.ReadFile("../testdata/consent/01-named-recipient-permitted/input/Consent.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"consent", "-", "--client", "1", "--recipient", "9", "--as-of", "2026-11-21", "-o", "json"}
	for _, c := range []struct {
		name, more string
		exit       int
		stopped    bool
	}{
		{"all can be read", "", 0, false},
		{"a broken line", `{"resource`, 3, true},
		{"a consent of nobody that cannot be read", `{"resourceType":"Consent","id":"x"}`, 3, true},
		{"a consent of nobody that can be read", `{"resourceType":"Consent","id":"x","status":"active"}`, 0, false},
		{"a client who cannot be read", `{"resourceType":"Patient","id":"5","birthDate":"x"}`, 3, false},
		{"another client's consent that cannot be read", `{"resourceType":"Consent","id":"x","patient":{"reference":"Patient/2"}}`, 3, false},
	} {
		exit, out, _ := call(t, process{in: string(b) + c.more + "\n"}, args...)
		if exit != c.exit || strings.Contains(out, `"stopped":true`) != c.stopped || !strings.Contains(out, `"decision":"full"`) {
			t.Errorf("%s: exit %d: %s", c.name, exit, out)
		}
	}
}

func TestWrongUsageOfConsent(t *testing.T) {
	const input = "../testdata/consent/01-named-recipient-permitted/input"
	whom := []string{"--client", "Patient/1", "--recipient", "Organization/9"}
	for _, c := range []struct {
		name string
		args []string
		exit int
		says string
	}{
		{"no path", whom, 2, "accepts 1 arg"},
		{"no client", []string{input, "--recipient", "Organization/9"}, 2, "--client"},
		{"no recipient", []string{input, "--client", "Patient/1"}, 2, "--recipient"},
		{"a client of another type", []string{input, "--client", "Practitioner/1", "--recipient", "Organization/9"}, 2, "Patient/ID"},
		{"a recipient of another type", []string{input, "--client", "Patient/1", "--recipient", "Practitioner/9"}, 2, "Organization/ID"},
		{"a person number with a space", []string{input, "--client", "Patient/1 2", "--recipient", "9"}, 2, "Patient/ID"},
		{"a day that does not exist", append([]string{input, "--as-of", "2026-02-30"}, whom...), 2, "one that exists"},
		{"a time that does not exist", append([]string{input, "--as-of", "2026-02-28T25:00:00Z"}, whom...), 2, "one that exists"},
		{"a path that is not there", append([]string{"no-such-folder"}, whom...), 2, "no such file or folder"},
		{"a folder without data", append([]string{"testdata"}, whom...), 1, "no *.ndjson or *.json files"},
	} {
		exit, out, errs := call(t, process{}, append([]string{"consent"}, c.args...)...)
		if exit != c.exit || out != "" || !strings.Contains(errs, c.says) {
			t.Errorf("%s: exit %d, want %d; %q does not say %q", c.name, exit, c.exit, errs, c.says)
		}
	}
}
