package people

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// luhn is written apart from checkDigit: the sum over all ten digits, the
// check digit included, is a multiple of ten.
func luhn(ten string) bool {
	sum := 0
	for i := range ten {
		d := int(ten[len(ten)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// allowed says whether a number is one that fhir.md allows for test data.
func allowed(n string, coordination bool) bool {
	if len(n) != 12 || n < "1800" || n >= "1840" || !luhn(n[2:]) || n[8:11] == "000" {
		return false
	}
	if coordination {
		day := int(n[6]-'0')*10 + int(n[7]-'0') - 60
		n = n[:6] + string(rune('0'+day/10)) + string(rune('0'+day%10)) + n[8:]
	}
	_, err := time.Parse("20060102", n[:8])
	return err == nil
}

func TestTheCheckItselfKnowsRightFromWrong(t *testing.T) {
	for n, want := range map[string]bool{
		"181902238292": true, // fhir.md's own example
		"181902238293": false,
		"181902308292": false,
		"195009072553": false, // Skatteverket's, of the range of people who live
	} {
		if allowed(n, false) != want {
			t.Errorf("%s: allowed is %v", n, !want)
		}
	}
	if personNumber(dayOf(1939, 2, 23), 829, 0) != "181902238292" {
		t.Error("personNumber does not give fhir.md's example")
	}
}

var digits = regexp.MustCompile(`[0-9]{9,}`)

func TestEveryNumberIsOneThatNobodyHas(t *testing.T) {
	for _, o := range []Options{
		{Seed: 1, AsOf: testDay},
		{Seed: 99, Clients: 3000, VisitsPerMonth: 1, Months: 1, AsOf: "2027-02-28", Prefix: "a-"},
	} {
		m := Generate(o)
		wrong, count := 0, map[string]int{}
		m.Resources(func(r Resource) bool {
			for _, run := range digits.FindAllString(string(r.JSON), -1) {
				switch {
				case run == "2321000000" || strings.HasPrefix(run, "00000000000"): // HSA-ids of the organisation
				case r.Type != "Patient":
					t.Fatalf("%s holds a number", r.Ref())
				}
			}
			if r.Type != "Patient" {
				return true
			}
			d := decode(r)
			for _, run := range digits.FindAllString(string(r.JSON), -1) {
				if !slices.ContainsFunc(d.list("identifier"), func(id any) bool { return id.(map[string]any)["value"] == run }) {
					t.Fatalf("%s holds a number outside its identifiers", r.Ref())
				}
			}
			for _, id := range d.list("identifier") {
				system, value := id.(map[string]any)["system"].(string), id.(map[string]any)["value"].(string)
				count[system]++
				switch system {
				case personnummer, "urn:oid:1.2.752.129.2.1.3.1":
					if allowed(value, false) {
						born, _ := time.Parse("20060102", value[:8])
						if born.AddDate(120, 0, 0).Format(time.DateOnly) != d.text("birthDate") && !(born.Month() == 2 && born.Day() == 29) {
							t.Errorf("%s: the number is not of the birth date", r.Ref())
						}
						continue
					}
					wrong++
					if value < "1800" || value >= "1840" || allowed(value[:11]+string(rune('0'+checkDigit(value[2:11]))), false) == false {
						t.Errorf("%s: a number outside the allowed range", r.Ref())
					}
				case samordningsnummer:
					if !allowed(value, true) {
						t.Errorf("%s: no allowed samordningsnummer", r.Ref())
					}
				case reservnummer:
					if digits.MatchString(value) {
						t.Errorf("%s: a reservnummer that looks like a number of somebody", r.Ref())
					}
				default:
					t.Errorf("%s: identifier system %s", r.Ref(), system)
				}
			}
			return true
		})
		if want := m.o.Clients * 2 / 1000; wrong != want {
			t.Errorf("%d wrong check digits, want %d", wrong, want)
		}
		if len(count) != 4 {
			t.Errorf("identifier systems: %v", count)
		}
	}
}

func TestOnlyPairsShareANumber(t *testing.T) {
	m := Generate(Options{Seed: 5, Clients: 20_000, AsOf: testDay})
	holders := map[string][]int{}
	for i := range m.o.Clients {
		for _, n := range m.client(i).numbers {
			holders[n.value] = append(holders[n.value], i)
		}
	}
	pairs := 0
	for n, who := range holders {
		if len(who) == 1 {
			continue
		}
		pairs++
		for _, i := range who {
			if len(who) != 2 || m.storyAt(i).Name != sameNumber {
				t.Errorf("%s is shared by %v", n, who)
			}
		}
	}
	if pairs != 40 {
		t.Errorf("%d pairs, want 40 (4 of a thousand clients)", pairs)
	}
}

func TestTheLastClientHasANumberOfTheirOwn(t *testing.T) {
	m := &Municipality{o: Options{Seed: 1}}
	seen := map[string]int{}
	for i := range MaxClients + 1 {
		c := &client{m: m, d: newDice(1, streamClient, i), index: i}
		c.identity()
		v := c.numbers[0].value
		if j, ok := seen[v]; ok {
			t.Fatalf("clients %d and %d have one number", i, j)
		}
		seen[v] = i
		if i%997 == 0 && !allowed(v, false) {
			t.Errorf("client %d: not an allowed number", i)
		}
	}
}

func TestOneLeftOverOfAPairIsSettled(t *testing.T) {
	m := Generate(Options{Seed: 1, AsOf: testDay})
	m.stories = []uint16{0, uint16(byName(sameNumber)), 0}
	m.pair()
	if m.stories[1] != 0 || len(m.partner) != 0 {
		t.Errorf("stories %v, partners %v", m.stories, m.partner)
	}
}
