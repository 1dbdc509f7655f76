package mixed

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"brygga/sandbox/people"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var at = time.Date(2026, 11, 20, 2, 30, 0, 0, time.UTC)

var some = people.Options{Seed: 1, Clients: 500, AsOf: "2026-11-20", VisitsPerMonth: 24, Months: 1}

func start(t *testing.T, o people.Options) *Town {
	t.Helper()
	town, err := Start(context.Background(), Options{People: o, Clock: func() time.Time { return at }, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { town.Close(); http.DefaultClient.CloseIdleConnections() })
	return town
}

type object = map[string]any

// list reads a whole list of the record system over HTTP.
func list(t *testing.T, town *Town, name string, params ...string) []object {
	t.Helper()
	var all []object
	for {
		q := url.Values{"domain": {town.Domain}, "key": {town.Key}, "limit": {"500"}, "offset": {fmt.Sprint(len(all))}}
		for i := 0; i < len(params); i += 2 {
			q.Set(params[i], params[i+1])
		}
		resp, err := http.Get(town.LifecareURL + "/api/v1/" + name + "?" + q.Encode())
		if err != nil {
			t.Fatal("the list could not be read")
		}
		var page []object
		err = json.NewDecoder(resp.Body).Decode(&page)
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
	}
}

// in counts the FHIR resources of a municipality, by type, of which some hold.
func in(m *people.Municipality, is func(o object) bool) map[string]int {
	n := map[string]int{}
	m.Resources(func(r people.Resource) bool {
		var o object
		if json.Unmarshal(r.JSON, &o) == nil && is(o) {
			n[r.Type]++
		}
		return true
	})
	return n
}

// code is the first code of a concept, or of the first of several.
func code(v any) string {
	if l, ok := v.([]any); ok && len(l) > 0 {
		v = l[0]
	}
	o, _ := v.(object)
	if l, ok := o["coding"].([]any); ok && len(l) > 0 {
		o, _ = l[0].(object)
	}
	c, _ := o["code"].(string)
	return c
}

func TestTheSystemsTogetherHoldWhatFHIRHolds(t *testing.T) {
	town := start(t, some)
	m := town.Municipality
	fhir := in(m, func(o object) bool {
		switch o["resourceType"] {
		case "CarePlan":
			return code(o["category"]) == "implementation"
		case "Encounter":
			return code(o["class"]) == "HH" && o["status"] == "finished"
		case "RelatedPerson":
			return o["active"] == true
		}
		return true
	})
	visits := map[string]bool{}
	for _, v := range list(t, town, "reported_visits") {
		if v["Status"] == "Completed" || v["Status"] == "CompletedAndChangedTime" {
			visits[fmt.Sprint(v["ClientPersonId"], v["StartTime"], v["EndTime"])] = true
		}
	}
	whom := map[string]bool{}
	for _, e := range list(t, town, "executions") {
		whom[e["PersonId"].(string)] = true
	}
	twins := 0
	confidential := 0
	m.Records(func(r *people.Record) bool {
		if r.Story == "same-number" {
			twins++
		}
		if r.Label == "V" {
			confidential++
		}
		return true
	})
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"persons with an execution (a pair with one number is one person)", len(whom), fhir["Patient"] - twins/2},
		{"clients (of a confidential one there is no row)", len(list(t, town, "clients")), fhir["Patient"] - twins/2 - confidential},
		{"plans", len(list(t, town, "service_plans")), fhir["CarePlan"]},
		{"decisions of services", len(list(t, town, "sol_decisions")), fhir["ServiceRequest"]},
		{"relatives", len(list(t, town, "relatives")), fhir["RelatedPerson"]},
		{"staff", len(list(t, town, "provider_personnels")), fhir["Practitioner"]},
		{"visits that took place", len(visits), fhir["Encounter"]},
		{"notes in the export", rows(t, town, "journal_20261119.csv", ";Nej"), fhir["DocumentReference"]},
		{"contact decisions in the export", rows(t, town, "kontakt_20261119.csv", ""), fhir["Observation"]},
		{"information in the register", rows(t, town, "information_20261119.csv", ""), fhir["Communication"]},
		{"clients in the FHIR server", len(town.FHIR.All("Patient")), fhir["Patient"]},
		{"staff in the FHIR server", len(town.FHIR.All("Practitioner")), fhir["Practitioner"]},
		{"plans in the FHIR server", len(town.FHIR.All("CarePlan")), 0},
		{"contacts in the FHIR server", len(town.FHIR.All("CareTeam")), 0},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", c.what, c.got, c.want)
		}
	}
}

// rows counts the rows of a file that hold a word.
func rows(t *testing.T, town *Town, name, word string) int {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(town.Exports.Dir(), name))
	if err != nil {
		t.Fatal(err)
	}
	latin := make([]rune, len(content)) // no character of these files stands between 0x80 and 0x9f
	for i, b := range content {
		latin[i] = rune(b)
	}
	n := -1 // the header
	if word != "" {
		n = 0
	}
	for line := range strings.Lines(string(latin)) {
		if strings.Contains(line, word) {
			n++
		}
	}
	return n
}

func TestContactsOfOneAreThoseThatFHIRHolds(t *testing.T) {
	town := start(t, some)
	want := in(town.Municipality, func(o object) bool {
		when, _ := o["period"].(object)
		end, _ := when["end"].(string)
		return o["resourceType"] == "CareTeam" && o["status"] == "active" && (end == "" || end >= "2026-11-20")
	})["CareTeam"]
	town.Municipality.Records(func(r *people.Record) bool { // joint ones are two participants of one CareTeam
		for i, k := range r.Contacts[min(1, len(r.Contacts)):] {
			if k.Status == "active" && joint(town.Municipality, r.Contacts[i].ID) {
				want++
			}
		}
		return true
	})
	if got := len(list(t, town, "provider_contact_personnels")); got != want {
		t.Errorf("%d contacts, want %d", got, want)
	}
}

var participants map[string]int

// joint says whether the CareTeam of that id has a second participant.
func joint(m *people.Municipality, id string) bool {
	if participants == nil {
		participants = map[string]int{}
		in(m, func(o object) bool {
			if who, ok := o["participant"].([]any); ok && o["resourceType"] == "CareTeam" {
				participants[o["id"].(string)] = len(who)
			}
			return false
		})
	}
	return participants[id] > 1
}

func TestTheNextDayShowsInEachSystemWhatItHasAPlaceFor(t *testing.T) {
	town := start(t, some)
	before := map[string]int{}
	for _, name := range []string{"clients", "provider_contact_personnels", "executions"} {
		before[name] = len(list(t, town, name))
	}
	decisions := rows(t, town, "kontakt_20261119.csv", "")
	acts, err := town.NextDay()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]people.Act{}
	for _, a := range acts {
		byName[a.Name] = a
	}
	if len(byName) != 6 {
		t.Fatalf("%d acts", len(byName))
	}
	person := func(act string) string { return byName[act].Records[0].PersonID() }
	of := func(name, person string) []object {
		return slices.DeleteFunc(list(t, town, name), func(o object) bool { return o["PersonId"] != person && o["ClientPersonId"] != person })
	}

	left := 0
	for _, r := range byName["contact-leaves"].Records {
		for _, k := range r.Contacts {
			if k.To.Equal(at.Truncate(24*time.Hour).AddDate(0, 0, -1)) {
				left++
			}
		}
	}
	moved := len(byName["moves-to-care-home"].Records[0].Contacts)
	if got := before["provider_contact_personnels"] - len(list(t, town, "provider_contact_personnels")); got < left || got > left+moved {
		t.Errorf("%d contacts fewer, and %d are gone with those who left, at most %d with the move", got, left, moved)
	}
	if who := of("service_plans", person("plan-reviewed")); len(who) == 0 || !slices.ContainsFunc(who, func(o object) bool { return o["FollowUpDate"] == "2027-04-20T00:00:00" }) {
		t.Error("the follow-up of the reviewed plan did not move")
	}
	if n := rows(t, town, "uppfoljningar_20261120.csv", person("plan-reviewed")) - rows(t, town, "uppfoljningar_20261119.csv", person("plan-reviewed")); n != 1 {
		t.Errorf("%d reviews more in the register", n)
	}
	if dead := of("clients", person("dies")); len(dead) != 1 || dead[0]["Deregistration"] == nil {
		t.Error("the client who died is not deregistered")
	}
	if new := of("clients", person("arrives")); len(new) != 1 || len(of("executions", person("arrives"))) == 0 || len(of("reported_visits", person("arrives"))) == 0 {
		t.Error("the client who arrived is not there")
	}
	if _, ok := town.FHIR.Get("Patient/" + byName["arrives"].Clients[0]); !ok {
		t.Error("the client who arrived is not in the FHIR server")
	}
	homes := 0
	for _, e := range of("executions", person("moves-to-care-home")) {
		if e["EndDate"] == nil && e["ServiceCategory"].(object)["Text"] == "Särskilt boende" {
			homes++
		}
	}
	if homes != 1 {
		t.Errorf("%d places in a care home after the move", homes)
	}
	if got := rows(t, town, "kontakt_20261120.csv", ""); got != decisions-1 {
		t.Errorf("%d decisions, want one fewer than %d", got, decisions)
	}
}

func TestTheNextDayTwiceIsTheNextDayOnce(t *testing.T) {
	town := start(t, some)
	if _, err := town.NextDay(); err != nil {
		t.Fatal(err)
	}
	first := map[string][]object{}
	for _, name := range []string{"clients", "executions", "provider_contact_personnels", "service_plans", "reported_visits"} {
		first[name] = list(t, town, name)
	}
	if _, err := town.NextDay(); err != nil {
		t.Fatal(err)
	}
	for name, rows := range first {
		if got := list(t, town, name); fmt.Sprint(got) != fmt.Sprint(rows) {
			t.Errorf("%s differs", name)
		}
	}
}

func TestEveryPersonNumberIsOneThatNobodyEverHad(t *testing.T) {
	town := start(t, some)
	for _, name := range []string{"clients", "provider_personnels"} {
		for i, o := range list(t, town, name) {
			id := o["PersonId"].(string)
			if letters := strings.ContainsAny(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"); !letters && (len(id) != 12 || id < "1800" || id >= "1840") {
				t.Errorf("%s, row %d: a number of another range", name, i)
			}
		}
	}
	seen := map[string]bool{}
	for _, s := range town.Municipality.Staff() {
		if seen[s.Number] {
			t.Error("two members of staff have one number")
		}
		seen[s.Number] = true
	}
	town.Municipality.Records(func(r *people.Record) bool {
		if seen[r.PersonID()] {
			t.Error("a client has the number of a member of staff")
		}
		return true
	})
}

func TestWhatCannotStartSaysWhy(t *testing.T) {
	clock := func() time.Time { return at }
	for name, o := range map[string]Options{
		"without a clock":               {People: some, Dir: t.TempDir()},
		"without a folder":              {People: some, Clock: clock},
		"without a day":                 {People: people.Options{}, Clock: clock, Dir: t.TempDir()},
		"where no folder can be made":   {People: some, Clock: clock, Dir: "/dev/null"},
		"with more clients than can be": {People: people.Options{AsOf: some.AsOf, Clients: 1e9}, Clock: clock, Dir: t.TempDir()},
	} {
		town, err := Start(context.Background(), o)
		if err == nil || town != nil {
			t.Errorf("%s: started", name)
		}
	}
}
