package people

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// required are the elements that R4 requires of each type, and those without
// which fhir.md would not read the fact.
var required = map[string][]string{
	"Organization":      {"identifier", "name"},
	"Practitioner":      {"identifier", "name", "qualification"},
	"PractitionerRole":  {"practitioner", "organization", "period"},
	"Patient":           {"name", "birthDate", "gender", "managingOrganization"},
	"RelatedPerson":     {"patient", "relationship"},
	"EpisodeOfCare":     {"status", "type", "patient", "managingOrganization"},
	"ServiceRequest":    {"status", "intent", "subject", "category", "code", "authoredOn"},
	"CareTeam":          {"status", "category", "subject", "participant"},
	"Observation":       {"status", "code", "subject", "effectiveDateTime", "valueCodeableConcept"},
	"Communication":     {"status", "topic", "subject", "recipient", "medium", "sent"},
	"CarePlan":          {"status", "intent", "category", "subject", "created", "author"},
	"Procedure":         {"status", "code", "subject", "basedOn", "performer"},
	"DocumentReference": {"status", "type", "subject", "date", "author", "content"},
	"DetectedIssue":     {"status", "code", "patient", "identifiedDateTime"},
	"RiskAssessment":    {"status", "subject", "occurrenceDateTime", "prediction"},
	"Encounter":         {"status", "class", "subject", "period"},
	"Consent":           {"status", "scope", "category", "patient", "dateTime", "policyRule", "provision"},
}

// statuses are the codes of each type's required binding that may occur.
var statuses = map[string]string{
	"EpisodeOfCare": "planned active onhold finished", "ServiceRequest": "active completed", "CareTeam": "active inactive",
	"Observation": "final amended", "Communication": "completed", "CarePlan": "active completed", "Procedure": "completed",
	"DocumentReference": "current", "DetectedIssue": "preliminary final", "RiskAssessment": "final",
	"Encounter": "finished cancelled in-progress", "Consent": "active inactive",
}

// nested are elements that R4 requires inside an element that is there.
var nested = []struct{ kind, inside, element string }{
	{"PractitionerRole", "notAvailable", "description"},
	{"EpisodeOfCare", "statusHistory", "status"},
	{"EpisodeOfCare", "statusHistory", "period"},
	{"DocumentReference", "content", "attachment"},
	{"DetectedIssue", "mitigation", "action"},
	{"Procedure", "performer", "actor"},
	{"CareTeam", "participant", "role"},
	{"CareTeam", "participant", "member"},
	{"Practitioner", "qualification", "code"},
}

func TestEveryResourceHasItsRequiredElements(t *testing.T) {
	for _, r := range townResources() {
		elements, ok := required[r.kind]
		if !ok {
			t.Fatalf("a type that nobody reads: %s", r.kind)
		}
		for _, e := range elements {
			if r.body[e] == nil {
				t.Errorf("%s has no %s", r.ref(), e)
			}
		}
		if s, ok := statuses[r.kind]; ok && !slices.Contains(strings.Fields(s), r.text("status")) {
			t.Errorf("%s has status %q", r.ref(), r.text("status"))
		}
		for _, n := range nested {
			if n.kind != r.kind {
				continue
			}
			for _, v := range r.list(n.inside) {
				if v.(map[string]any)[n.element] == nil {
					t.Errorf("%s: %s without %s", r.ref(), n.inside, n.element)
				}
			}
		}
	}
}

func TestNothingIsEmpty(t *testing.T) {
	for _, r := range townResources() {
		walk(r.body, r.kind, func(path string, v any) {
			switch v := v.(type) {
			case nil:
				t.Errorf("%s: null at %s", r.ref(), path)
			case string:
				if strings.TrimSpace(v) == "" {
					t.Errorf("%s: empty text at %s", r.ref(), path)
				}
			case []any:
				if len(v) == 0 {
					t.Errorf("%s: empty list at %s", r.ref(), path)
				}
			case map[string]any:
				if len(v) == 0 {
					t.Errorf("%s: empty object at %s", r.ref(), path)
				}
			}
		})
	}
}

var (
	dateForm    = regexp.MustCompile(`^\d{4}(-\d\d(-\d\d)?)?$`)
	instantForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+0[12]:00)$`)
	datePaths   = regexp.MustCompile(`\.(start|end|birthDate|authoredOn|created|date|dateTime|sent|deceasedDateTime|effectiveDateTime|` +
		`performedDateTime|identifiedDateTime|occurrenceDateTime|valueDate)$`)
	// fullDates are elements of type date or instant of which only one form is right.
	onlyDates    = regexp.MustCompile(`\.(birthDate|valueDate)$`)
	onlyInstants = regexp.MustCompile(`^(DocumentReference\.date|Encounter\.period\.(start|end))$`)
)

func TestDatesAreWellFormed(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, r := range townResources() {
		walk(r.body, r.kind, func(path string, v any) {
			if !datePaths.MatchString(path) {
				return
			}
			s, ok := v.(string)
			if !ok {
				return
			}
			seen++
			switch {
			case instantForm.MatchString(s):
				at, err := time.Parse(time.RFC3339, s)
				if err != nil {
					t.Errorf("%s %s: %v", r.ref(), path, err)
				} else if !strings.HasSuffix(s, "Z") && at.In(zone).Format(time.RFC3339) != s {
					t.Errorf("%s %s: %s is not what clocks in Stockholm show", r.ref(), path, s)
				}
				if onlyDates.MatchString(path) {
					t.Errorf("%s %s: a moment where a date belongs", r.ref(), path)
				}
			case dateForm.MatchString(s):
				if _, err := time.Parse("2006-01-02"[:len(s)], s); err != nil {
					t.Errorf("%s %s: %v", r.ref(), path, err)
				}
				if onlyInstants.MatchString(path) {
					t.Errorf("%s %s: a date where a moment belongs", r.ref(), path)
				}
			default:
				t.Errorf("%s %s: %q", r.ref(), path, s)
			}
		})
	}
	if seen < 30_000 {
		t.Errorf("only %d dates were looked at", seen)
	}
}

func TestPeriodsEndAfterTheyStart(t *testing.T) {
	for _, r := range townResources() {
		walk(r.body, r.kind, func(path string, v any) {
			o, ok := v.(map[string]any)
			if !ok || o["start"] == nil || o["end"] == nil {
				return
			}
			start, end := o["start"].(string), o["end"].(string)
			if len(start) == 25 && len(end) == 25 {
				a, _ := time.Parse(time.RFC3339, start)
				b, _ := time.Parse(time.RFC3339, end)
				if b.Before(a) {
					t.Errorf("%s %s: from %s to %s", r.ref(), path, start, end)
				}
			} else if end[:7] < start[:7] || (len(start) == 10 && end < start) {
				t.Errorf("%s %s: from %s to %s", r.ref(), path, start, end)
			}
		})
	}
}

// planned are the paths where a date to come belongs.
var planned = regexp.MustCompile(`^(ServiceRequest\.occurrencePeriod|PractitionerRole\.(period|notAvailable\.during)|EpisodeOfCare\.period` +
	`|CarePlan\.(extension|activity)\.|CarePlan\.activity)`)

func TestWhatHasHappenedIsNotToCome(t *testing.T) {
	for _, r := range townResources() {
		walk(r.body, r.kind, func(path string, v any) {
			s, ok := v.(string)
			if !ok || !datePaths.MatchString(path) || planned.MatchString(path) {
				return
			}
			if s > testDay+"T02" {
				t.Errorf("%s %s: %s is after %s", r.ref(), path, s, testDay)
			}
		})
	}
}

func TestEveryReferencePointsBack(t *testing.T) {
	known, hsa := map[string]bool{}, map[string]bool{}
	unknown, logical := 0, 0
	for _, r := range townResources() {
		for _, id := range r.list("identifier") {
			if r.kind == "Practitioner" {
				hsa[id.(map[string]any)["value"].(string)] = true
			}
		}
		walk(r.body, "", func(path string, v any) {
			o, ok := v.(map[string]any)
			if !ok {
				return
			}
			if ref, ok := o["reference"].(string); ok && !known[ref] {
				t.Errorf("%s%s refers to %s, which has not come yet", r.ref(), path, ref)
			}
			if id, ok := o["identifier"].(map[string]any); ok {
				logical++
				if !hsa[id["value"].(string)] {
					unknown++
				}
			}
		})
		known[r.ref()] = true
	}
	if want := countStory(town(), "contact-unknown"); unknown != want {
		t.Errorf("%d references by identifier lead nowhere, want %d", unknown, want)
	}
	if logical < 10 {
		t.Errorf("only %d references by identifier", logical)
	}
}

func countStory(m *Municipality, name string) int {
	n := 0
	for i := range m.o.Clients {
		if m.storyAt(i).Name == name {
			n++
		}
	}
	return n
}

func TestCodesAreThoseOfTheDesign(t *testing.T) {
	own := map[string]string{
		"setting":               "home-care care-home",
		"service":               "personal-care respite companion shopping cleaning laundry meal-delivery safety-alarm day-activity care-home",
		"qualification":         "assistant-nurse assistant-nurse-transitional care-contact-routine",
		"observation":           "care-contact-decision",
		"care-contact-decision": "offered accepted declined unnecessary change-requested",
		"information":           "care-contact right-to-change contact-handover care-home-handover",
		"plan":                  "implementation sip action review follow-up",
		"document":              "social-journal",
		"deviation":             "fall missed-visit medication late-visit",
		"consent":               "care-home-handover",
		"section":               "journal deviations relatives",
	}
	seen := map[string]bool{}
	for _, r := range townResources() {
		walk(r.body, "", func(_ string, v any) {
			o, ok := v.(map[string]any)
			if !ok {
				return
			}
			system, _ := o["system"].(string)
			name, ok := strings.CutPrefix(system, DefaultSystem+"/CodeSystem/")
			if !ok {
				return
			}
			code, _ := o["code"].(string)
			if !slices.Contains(strings.Fields(own[name]), code) {
				t.Errorf("%s: code %q of %s", r.ref(), code, system)
			}
			seen[name+" "+code] = true
		})
	}
	for name, codes := range own {
		for _, code := range strings.Fields(codes) {
			if !seen[name+" "+code] {
				t.Errorf("the code %s of %s does not occur", code, name)
			}
		}
	}
}

func TestTheAlsoReadFormsOccur(t *testing.T) {
	var all strings.Builder
	town().Resources(func(r Resource) bool {
		if r.Type != "Encounter" {
			all.Write(r.JSON)
			all.WriteByte('\n')
		}
		return true
	})
	for name, text := range map[string]string{
		"personnummer by OID":                    "urn:oid:1.2.752.129.2.1.3.1",
		"HSA-id by the other OID":                "urn:oid:1.2.752.129.2.1.4.1",
		"kind of contact by OID":                 `"urn:oid:1.2.752.129.5.1.69","code":"3"`,
		"a contact by employment":                `"member":{"reference":"PractitionerRole/`,
		"a contact by person":                    `"member":{"reference":"Practitioner/`,
		"a contact by HSA-id":                    `"member":{"type":"Practitioner","identifier"`,
		"a start known to the month":             `"period":{"start":"20`,
		"a moment in UTC":                        `30:00Z"`,
		"a follow-up as an activity":             `"activity":[{"detail"`,
		"participation as a yes":                 `"valueBoolean":true`,
		"an employment that has ended by a flag": `"id":"r-02-11","active":false`,
		"dead on a day unknown":                  `"deceasedBoolean":true`,
		"a service named in words only":          `"code":{"text":"`,
		"a review with a period":                 `"performedPeriod"`,
	} {
		if !strings.Contains(all.String(), text) {
			t.Errorf("%s does not occur", name)
		}
	}
	if !regexp.MustCompile(`"period":\{"start":"\d{4}-\d\d"\}`).MatchString(all.String()) {
		t.Error("no start is known to the month only")
	}
}
