package cli

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"brygga/care"
	"brygga/care/rules"
)

func TestExplainReadsWell(t *testing.T) {
	cases := []struct {
		name string // a sentence that says what is to be seen
		args []string
	}{
		{"missing-counts-from-the-later-of-two-dates", []string{"contact-missing", "service-began-later"}},
		{"review-is-due-at-the-earlier-of-two-terms", []string{"plan-review", "planned-earlier"}},
		{"nothing-found", []string{"plan-review", "day-before-warning"}},
		{"one-of-two-contacts-is-away", []string{"contact-vacant", "one-of-two-away"}},
		{"unknown-says-what-cannot-be-read", []string{"contact-unknown", "invalid-number-too"}},
		{"unknown-by-a-member-of-staff", []string{"contact-unknown", "staff-unreadable"}},
		{"starts-are-unknown", []string{"data-findings", "no-starts"}},
		{"protected-shows-no-unit", []string{"data-findings", "protected"}},
		{"two-with-one-number", []string{"two-with-one-number", "first"}},
		{"notes-of-two-months", []string{"journal-monthly", "none-at-all"}},
		{"visits-are-summed-up", []string{"continuity-contact-share", "too-small-a-share"}},
		{"the-dead-are-asked-nothing", []string{"contact-not-applicable", "dead"}},
		{"later-facts-are-not-seen", []string{"contact-declined", "no-is-dated-tomorrow"}},
		{"a-unit-of-its-own", []string{"units", "part-of-south"}},
		{"needs-have-grown", []string{"contact-exempt", "two-new-services"}},
		{"handed-over-without-a-word", []string{"contact-hemvard", "no-handover"}},
		{"unreadable-record-of-nobody", []string{"bad-codes-and-types", "subject-is-a-number"}},
		{"deviations-and-risks", []string{"journal-deviation", "remedied-tomorrow"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := readScenario(t, "../testdata/"+c.args[0])
			file, err := filepath.Abs("testdata/explain/" + c.name + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir("../testdata/" + c.args[0])
			exit, out, _ := call(t, process{}, append([]string{"explain", c.args[1], "--path", "input"}, s.Args...)...)
			if exit != 0 {
				t.Errorf("exit %d", exit)
			}
			golden(t, file, out)
		})
	}
}

// What explain says and what evaluate says is one judgement: the same statuses,
// the same findings by id, and deadlines whose arithmetic gives their due date.
func TestExplainNeverDisagreesWithEvaluate(t *testing.T) {
	scenarios(t, func(t *testing.T, s scenario) {
		_, out, _ := call(t, process{}, append([]string{"evaluate", "input", "-o", "json"}, s.Args...)...)
		for line := range strings.SplitSeq(strings.TrimSpace(out), "\n") {
			var want clientLine
			mustDecode(t, line, &want)
			_, out, errs := call(t, process{}, append([]string{"explain", string(want.Client), "--path", "input", "-o", "json"}, s.Args...)...)
			var got explanation
			mustDecode(t, out, &got)
			if got.Contact.Status != want.Contact.Status || !slices.Equal(got.Contact.Staff, want.Contact.Staff) ||
				got.Plan.PlanStatus != want.Plan {
				t.Errorf("%s: explain says %v, %v; evaluate says %v, %v", want.Client, got.Contact.ContactStatus, got.Plan.PlanStatus, want.Contact, want.Plan)
			}
			if got.Contact.Because.SV == "" || got.Plan.Because.EN == "" {
				t.Errorf("%s: a status without a because\n%s", want.Client, errs)
			}
			agree(t, want, got)
		}
	})
}

func agree(t *testing.T, want clientLine, got explanation) {
	t.Helper()
	found := map[string]findingLine{}
	for _, f := range want.Findings {
		found[f.ID] = f
	}
	asked := map[string]bool{}
	for _, r := range got.Rules {
		asked[r.Rule] = true
		if r.Because.SV == "" || r.Because.EN == "" || r.Title.EN == "" {
			t.Errorf("%s, %s: %s is not said in both languages", want.Client, r.Rule, r.Why)
		}
		for _, u := range r.Facts {
			if rules.Words("fact."+u.As).EN == "" {
				t.Errorf("%s, %s: the fact %s has no words", want.Client, r.Rule, u.As)
			}
		}
		if (r.Outcome == rules.Fired) != (r.Finding != nil) {
			t.Errorf("%s, %s: outcome %s, finding %v", want.Client, r.Rule, r.Outcome, r.Finding)
		}
		if r.Finding == nil {
			continue
		}
		f, ok := found[r.Finding.ID]
		if !ok || f.State != r.Finding.State || f.Due != r.Finding.Due || f.Owner != r.Finding.Owner {
			t.Errorf("%s: explain has %+v, evaluate %+v", want.Client, r.Finding.findingLine, f)
		}
		delete(found, r.Finding.ID)
		if r.Clock != nil && earliest(r.Clock.Terms) != f.Due {
			t.Errorf("%s, %s: the terms give %s, due is %s", want.Client, r.Rule, earliest(r.Clock.Terms), f.Due)
		}
	}
	if len(found) > 0 {
		t.Errorf("%s: not explained: %v", want.Client, slices.Collect(maps.Keys(found)))
	}
	for _, r := range rules.Catalogue() {
		if !asked[r.Code] {
			t.Errorf("%s: nothing is said of %s", want.Client, r.Code)
		}
	}
}

// earliest does the sums of a clock anew.
func earliest(terms []termWhy) (due care.Date) {
	for _, t := range terms {
		var latest care.Date
		known := true
		for _, u := range t.Of {
			known = known && u.Date.Known()
			latest = max(latest, u.Date)
		}
		if d := t.Plus.After(latest); known && (due == 0 || d < due) {
			due = d
		}
	}
	return due
}

func TestAPersonNumberIsRefusedAsAnArgument(t *testing.T) {
	for name, arg := range map[string]string{
		"twelve digits":                            "195009072553",
		"with a separator":                         "19500907-2553",
		"ten digits":                               "500907-2553",
		"ten digits without separator":             "5009072553",
		"over a hundred years old":                 "500907+2553",
		"a samordningsnummer":                      "195009672553",
		"behind Patient/":                          "Patient/195009072553",
		"with a wrong check digit, perhaps a slip": "195009072554",
	} {
		exit, out, errs := call(t, process{}, "explain", arg)
		if exit != 2 || out != "" || !strings.Contains(errs, "shell histories") {
			t.Errorf("%s: exit %d, %q", name, exit, errs)
		}
		if strings.Contains(errs, arg) {
			t.Errorf("%s: the message repeats it", name)
		}
	}
}

func TestWhichArgumentsNameAClient(t *testing.T) {
	for arg, want := range map[string]care.Ref{
		"p1": "Patient/p1", "Patient/p1": "Patient/p1", "Patient/8a1b-2.c": "Patient/8a1b-2.c",
		"1234567890":           "Patient/1234567890", // no day is the 56th of the 34th
		"Patient/195009072554": "Patient/195009072554",
		"lifecare:client/ab12": "lifecare:client/ab12", "client/ab12": "client/ab12", "care:client/12 Å|3": "care:client/12 Å|3",
		"client/195009072553": "", "client/4|19500907-2553": "", "client/": "", "client/a/b": "", "client/a\n": "",
		"": "", "Patient/": "", "CarePlan/cp1": "", "Anna Andersson": "", "p1?x=1": "", "Patient/p1/_history/2": "",
	} {
		got, err := clientArg(arg)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", arg, got, err)
		}
	}
}

func TestExplainSaysWhoIsNotThere(t *testing.T) {
	exit, _, errs := call(t, process{}, "explain", "nobody", "--path", "../testdata/plan-review/input")
	if exit != 1 || !strings.Contains(errs, "Patient/nobody is not in") {
		t.Errorf("exit %d: %s", exit, errs)
	}
	exit, _, errs = call(t, process{}, "explain", "nobody", "--path", "../testdata/no-such-folder")
	if exit != 2 || !strings.Contains(errs, "no such file or folder") {
		t.Errorf("exit %d: %s", exit, errs)
	}
}

var hashed = regexp.MustCompile(`identifier:[0-9a-f]{8}`)

var twelveDigits = regexp.MustCompile(`\d{12}`)

// Neither a person number nor the hash of one is ever printed.
func TestNothingPersonalIsPrinted(t *testing.T) {
	scenarios(t, func(t *testing.T, s scenario) {
		for _, view := range []string{"text", "json"} {
			_, out, errs := call(t, process{}, append([]string{"evaluate", "input", "-v", "-o", view}, s.Args...)...)
			all := out + errs
			for _, c := range clientsOf(t, s) {
				_, out, errs = call(t, process{}, append([]string{"explain", c, "--path", "input", "-o", view}, s.Args...)...)
				all += out + errs
			}
			for _, found := range twelveDigits.FindAllString(all, -1) {
				if strings.HasPrefix(found, "18") || strings.HasPrefix(found, "19") || strings.HasPrefix(found, "20") {
					t.Errorf("%s: %s...", view, found[:4])
				}
			}
			if hashed.MatchString(all) || strings.Contains(all, "1938-04-12") {
				t.Errorf("%s: a hash or a birth date is printed", view)
			}
		}
	})
}

func clientsOf(t *testing.T, s scenario) (clients []string) {
	t.Helper()
	_, out, _ := call(t, process{}, append([]string{"evaluate", "input", "-o", "json"}, s.Args...)...)
	for line := range strings.SplitSeq(strings.TrimSpace(out), "\n") {
		var l clientLine
		mustDecode(t, line, &l)
		clients = append(clients, string(l.Client))
	}
	return clients
}

func mustDecode(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
}

// The JSON is for programs: every name in it is written as in the other commands.
func TestNamesInJSONBeginWithASmallLetter(t *testing.T) {
	capital := regexp.MustCompile(`"[A-Z]\w*":`)
	data := "../testdata/plan-review/input"
	for _, args := range [][]string{
		{"explain", "Patient/overdue", "--path", data},
		{"evaluate", data},
		{"evaluate", data, "--set", "plan.review.months=3", "--what-if"},
		{"rules"},
		{"consent", data, "--client", "Patient/overdue", "--recipient", "Organization/9"},
	} {
		exit, out, errs := call(t, process{}, append(args, "--as-of", "2026-11-21", "-o", "json")...)
		if exit != 0 || out == "" {
			t.Errorf("%v: exit %d: %s", args, exit, errs)
		}
		if found := capital.FindString(out); found != "" {
			t.Errorf("%v has %s", args, found)
		}
	}
}
