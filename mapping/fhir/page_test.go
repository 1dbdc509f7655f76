package fhir

import (
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"brygga/care"
	"brygga/mapping"
)

func TestPageTellsWhatAnAdapterMustKnow(t *testing.T) {
	body := searchset(`{"resource":`+barePlan+`,"search":{"mode":"match"}}`, `{"resource":`+with(barePlan, "id", `"cp2"`)+`}`)
	for name, body := range map[string][]byte{
		"an ordinary page":           body,
		"a page out of the ordinary": []byte(strings.Replace(string(body), `"created"`, `"language":7,"created"`, 1)),
		"a page with an odd total":   []byte(strings.Replace(string(body), `"total":2`, `"total":2`, 1)),
	} {
		t.Run(name, func(t *testing.T) {
			h := &heard{}
			p, err := newMapper(false).Page(kindNamed("plan"), h, body)
			if err != nil {
				t.Fatal(err)
			}
			want := []uint64{mapping.Key("CarePlan/cp1"), mapping.Key("CarePlan/cp2")}
			if p.Next != "http://server.example/fhir?page=2" || p.Total != 2 || !reflect.DeepEqual(p.Keys, want) {
				t.Errorf("got %+v", p)
			}
			if !p.Updated.Equal(time.Date(2026, 11, 20, 2, 10, 0, 500_000_000, time.UTC)) {
				t.Errorf("updated %v", p.Updated)
			}
			if err := p.Take(); err != nil || len(h.Records) != 2 || h.Records[1].Ref != "CarePlan/cp2" {
				t.Errorf("%v, took %s", err, show(h))
			}
		})
	}
}

func TestPageWithoutWhatIsOptional(t *testing.T) {
	for _, body := range []string{
		`{"resourceType":"Bundle","type":"searchset"}`,
		`{"resourceType":"Bundle","type":"searchset","entry":[],"total":"many","link":[{"relation":"self","url":"x"}]}`,
		`{"resourceType":"Bundle","type":"searchset","entry":null,"meta":{"lastUpdated":"yesterday"}}`,
	} {
		p, err := newMapper(false).Page(kindNamed("plan"), &heard{}, []byte(body))
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if p.Next != "" || p.Total != -1 || len(p.Keys) != 0 || !p.Updated.IsZero() || p.Take() != nil {
			t.Errorf("%s: got %+v", body, p)
		}
	}
}

func TestWhatIsNoPageOfTheKindIsAnError(t *testing.T) {
	outcome := func(severity string) string {
		return `{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational"},{"severity":"` + severity + `","code":"processing","diagnostics":"Anna 181902238292"}]}`
	}
	whole := string(searchset(`{"resource":` + barePlan + `}`))
	for _, c := range []struct{ name, body, says string }{
		{"an HTML page", "\n<html>Anna</html>", "HTML"},
		{"nothing", "", "breaks off"},
		{"half a page", whole[:len(whole)-20], "breaks off after"},
		{"text behind the page", whole + "}", "not JSON from byte"},
		{"an array", "[]", "no FHIR Bundle"},
		{"a number", "5", "no FHIR Bundle"},
		{"null", "null", "something instead of a Bundle"},
		{"another resource", barePlan, "CarePlan instead of a Bundle"},
		{"a type that is text", `{"resourceType":"Anna Andersson"}`, "something instead of a Bundle"},
		{"an OperationOutcome", outcome("fatal"), "OperationOutcome instead of a Bundle (fatal, processing)"},
		{"an OperationOutcome without issues", `{"resourceType":"OperationOutcome"}`, "without an issue"},
		{"an OperationOutcome with text for a code", `{"resourceType":"OperationOutcome","issue":[{"severity":"Anna!","code":""}]}`, "(not a code), (none)"},
		{"a Bundle of another type", `{"resourceType":"Bundle","type":"batch-response"}`, "batch-response instead of searchset"},
		{"a Bundle of no type", `{"resourceType":"Bundle"}`, "(none) instead of searchset"},
		{"entries that are no list", `{"resourceType":"Bundle","type":"searchset","entry":{}}`, "no FHIR Bundle"},
		{"an entry without resource", string(searchset(`{"fullUrl":"x"}`)), "entry 1: holds no resource"},
		{"an entry whose resource is null", string(searchset(`{"resource":null}`)), "entry 1: holds no resource"},
		{"an entry whose resource is text", string(searchset(`{"resource":"x"}`)), "entry 1: holds no resource"},
		{"a resource without type", string(searchset(`{"resource":{"id":"x"}}`)), "entry 1: holds no resource"},
		{"a page of another type", string(searchset(`{"resource":`+barePlan+`}`, `{"resource":`+wholeTeam+`}`)), "entry 2: a page of another type: CareTeam instead of CarePlan"},
		{"a match of another type", string(searchset(`{"resource":` + wholeTeam + `,"search":{"mode":"match"}}`)), "a page of another type"},
		{"an error among the rows", string(searchset(`{"resource":`+barePlan+`}`, `{"resource":`+outcome("error")+`,"search":{"mode":"outcome"}}`)), "entry 2: an OperationOutcome (error, processing)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, plain := range []bool{false, true} {
				h := &heard{}
				_, err := newMapper(plain).Page(kindNamed("plan"), h, []byte(c.body))
				if err == nil {
					t.Fatal("no error")
				}
				if !strings.Contains(err.Error(), c.says) {
					t.Errorf("says %q, want %q in it", err, c.says)
				}
				if strings.Contains(err.Error(), "Anna") || strings.Contains(err.Error(), "1819") {
					t.Errorf("tells too much: %v", err)
				}
				if h.calls() != 0 {
					t.Error("rows of half a page were handed on")
				}
			}
		})
	}
}

func TestWhatIsIncludedIsPassedOver(t *testing.T) {
	warning := `{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"not-supported"}]}`
	body := searchset(
		`{"resource":`+wholePatient+`,"search":{"mode":"include"}}`,
		`{"resource":`+barePlan+`,"search":{"mode":"match"}}`,
		`{"resource":`+with(barePlan, "id", `"cp2"`)+`,"search":{"mode":"include"}}`,
		`{"resource":`+warning+`,"search":{"mode":"outcome"}}`,
		`{"resource":`+warning+`}`,
	)
	h := &heard{}
	p, err := newMapper(false).Page(kindNamed("plan"), h, body)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Take(); err != nil {
		t.Fatal(err)
	}
	if len(h.Records) != 1 || h.calls() != 1 || len(p.Keys) != 1 || h.Records[0].Ref != "CarePlan/cp1" {
		t.Errorf("got %s, keys %v", show(h), p.Keys)
	}
}

func TestOneBadRowDoesNotStopTheOthers(t *testing.T) {
	visit := func(id, start string) string {
		return `{"resource":` + with(wholeVisit, "id", `"`+id+`"`, "period", `{"start":"`+start+`"}`) + `}`
	}
	for name, bad := range map[string]string{
		"an impossible date": visit("v2", "2026-02-30T08:00:00Z"),
		"a wrong JSON type":  `{"resource":` + with(wholeVisit, "id", `"v2"`, "period", `[]`) + `}`,
		"an unknown status":  `{"resource":` + with(wholeVisit, "id", `"v2"`, "status", `"x"`) + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			h := &heard{}
			p, err := newMapper(false).Page(kindNamed("visit"), h, searchset(visit("v1", "2026-11-01T08:00:00Z"), bad, visit("v3", "2026-11-03T08:00:00Z")))
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Take(); err != nil {
				t.Fatal(err)
			}
			if len(h.Visits) != 2 || len(h.Unread) != 1 || h.Unread[0].Ref != "Encounter/v2" || h.Unread[0].Client != "Patient/p1" || len(p.Keys) != 3 {
				t.Errorf("got %s", show(h))
			}
		})
	}
}

// What a row says must not depend on the row before it.
func TestARowLearnsNothingFromTheRowBefore(t *testing.T) {
	h := &heard{}
	p, err := newMapper(false).Page(kindNamed("visit"), h, searchset(
		`{"resource":`+with(wholeVisit, "status", `"cancelled"`, "participant", `{}`)+`}`,
		`{"resource":`+with(wholeVisit, "id", `"v2"`, "status", `"cancelled"`, "subject", "-")+`}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Take(); err != nil {
		t.Fatal(err)
	}
	if len(h.Visits) != 2 || h.Visits[0].Client != "Patient/p1" || h.Visits[1].Client != "" {
		t.Errorf("got %s", show(h))
	}
}

func TestNothingKeepsThePage(t *testing.T) {
	body := encounterPage(3)
	m := newMapper(false)
	h := &heard{}
	p, err := m.Page(kindNamed("visit"), h, body)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Take(); err != nil {
		t.Fatal(err)
	}
	for i := range body {
		body[i] = 'x' // the buffer is used again
	}
	if p.Next != "http://server.example/fhir?page=2" || h.Visits[1].Client != "Patient/p1" || h.Visits[1].Version != "1" {
		t.Errorf("got %s, next %s", show(h), p.Next)
	}
	if got := m.names.Ref(h.Visits[1].Visits[0].Staff[1]); got != "PractitionerRole/r1" {
		t.Errorf("staff became %q", got)
	}
	if got := m.names.Ref(h.Visits[1].Visits[0].BasedOn); got != "ServiceRequest/sr1" {
		t.Errorf("service became %q", got)
	}
	if m.names.ID("PractitionerRole/r1") != h.Visits[1].Visits[0].Staff[1] {
		t.Error("the table of names was made of the page")
	}
}

func TestPagesAreReadSideBySide(t *testing.T) {
	m, c := newMapper(false), &heard{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			p, err := m.Page(kindNamed("visit"), c, encounterPage(50))
			if err != nil {
				t.Error(err)
				return
			}
			if err := p.Take(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(c.Visits) != 400 {
		t.Errorf("got %d visits", len(c.Visits))
	}
}

func TestAKindOfAnUnknownTypeIsAnError(t *testing.T) {
	if _, err := newMapper(false).Page(mapping.Kind{Name: "x", Type: "Goal"}, &heard{}, searchset()); err == nil {
		t.Error("no error")
	}
}

func TestEveryKindIsRead(t *testing.T) {
	m := newMapper(false)
	var facts care.FactSet
	names := map[string]bool{}
	for _, k := range Kinds(DefaultCodes()) {
		r, ok := m.types[k.Type]
		if !ok {
			t.Errorf("%s: nobody reads %s", k.Name, k.Type)
			continue
		}
		if !r.holds().Has(k.Facts) {
			t.Errorf("%s: %s does not hold %v", k.Name, k.Type, k.Facts.Kinds())
		}
		if names[k.Name] {
			t.Errorf("two kinds are named %s", k.Name)
		}
		names[k.Name] = true
		facts |= k.Facts
		if k.Bulky != (k.WindowDays > 0) || k.Bulky != (k.DateParam != "") {
			t.Errorf("%s: half a window", k.Name)
		}
	}
	if facts|care.SetOf(care.KindConsent) != care.SystemFacts {
		t.Errorf("some facts are of no kind: %v", (care.SystemFacts &^ facts).Kinds())
	}
	if got := kindNamed("visit").Params.Encode(); got != "class=http%3A%2F%2Fterminology.hl7.org%2FCodeSystem%2Fv3-ActCode%7CHH" {
		t.Errorf("visits are asked for with %s", got)
	}
}

func TestDeepNestingIsNoCrash(t *testing.T) {
	deep := strings.Repeat(`{"extension":[`, 200_000)
	for _, raw := range []string{
		deep, deep + strings.Repeat("]}", 200_000),
		`{"resourceType":"CarePlan","id":"x","extension":` + deep + strings.Repeat("]}", 200_000) + `}`,
		strings.Repeat("[", 1_000_000),
	} {
		m := newMapper(false)
		if _, err := m.Page(kindNamed("plan"), &heard{}, searchset(`{"resource":`+raw+`}`)); err == nil {
			t.Error("a page nested that deep was read")
		}
		if err := m.Resource(&heard{}, []byte(raw)); err == nil {
			t.Error("a resource nested that deep was read")
		}
	}
	nested := `{"resourceType":"CarePlan","id":"x","contained":` + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000) + `,` + barePlan[1:]
	h := &heard{}
	if err := newMapper(false).Resource(h, []byte(nested)); err != nil || len(h.Records) != 1 || len(h.Records[0].Plans) != 1 {
		t.Errorf("%v: what is nested and not read mattered: %s", err, show(h))
	}
}

func TestResourcesOfOtherTypesAreIgnored(t *testing.T) {
	h := &heard{}
	m := newMapper(false)
	for _, raw := range []string{`{"resourceType":"Goal","id":"g"}`, `{"id":"g","resourceType":"Medication"}`} {
		if err := m.Resource(h, []byte(raw)); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
	}
	for _, raw := range []string{
		``, `[]`, `5`, `null`, `"x"`, `{}`, `{"id":"x"}`, `{"resourceType":5}`, `{"resourceType":"CarePlan"`,
		`{"resourceType":"Goal","id":}`, `{"resourceType":"CarePlan"} x`, `{"resourceType":""}`, `{"resourceType":"CarePlan","id":"x","id":x}`,
	} {
		if err := m.Resource(h, []byte(raw)); err == nil {
			t.Errorf("%s: no error", raw)
		}
	}
	if h.calls() != 0 {
		t.Errorf("got %s", show(h))
	}
}

func TestTheTypeMayStandAnywhere(t *testing.T) {
	raw := strings.Replace(barePlan, `{"resourceType":"CarePlan",`, "\n { ", 1)
	raw = strings.TrimSuffix(raw, "}") + `,"resourceType" : "CarePlan"}`
	if r := record(t, raw); len(r.Plans) != 1 {
		t.Errorf("got %+v", r)
	}
}
