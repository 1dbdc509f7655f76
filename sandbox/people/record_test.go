package people

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
)

// wire is a client's record as it is sent.
type wire struct {
	t    *testing.T
	m    *Municipality
	c    *client
	byID map[string]decoded
	all  map[string][]decoded
}

// onWire gives the first client of a story as the resources say it.
func onWire(t *testing.T, name string) wire {
	t.Helper()
	m := town()
	c := tellsFirst(t, m, name)
	w := wire{t: t, m: m, c: c, all: decodeClient(m, c.index), byID: map[string]decoded{}}
	for _, r := range townResources() {
		if !strings.HasPrefix(r.kind, "Encounter") {
			w.byID[r.ref()] = r
		}
	}
	return w
}

// holding gives the roles of those whose team holds on asOf.
func (w wire) holding() []decoded {
	var roles []decoded
	for _, team := range w.all["CareTeam"] {
		if team.text("status") != "active" || (team.text("period", "end") != "" && team.text("period", "end") < testDay) {
			continue
		}
		for _, p := range team.list("participant") {
			ref, _ := p.(map[string]any)["member"].(map[string]any)["reference"].(string)
			if d, ok := w.byID[ref]; ok {
				roles = append(roles, d)
			}
		}
	}
	return roles
}

func (w wire) person(role decoded) decoded {
	if role.kind == "Practitioner" {
		return role
	}
	return w.byID[role.text("practitioner", "reference")]
}

// certified says whether a person has an assistant nurse's certificate on asOf.
func certified(person decoded) bool {
	for _, q := range person.list("qualification") {
		d := decoded{body: q.(map[string]any)}
		end := d.text("period", "end")
		if strings.HasPrefix(d.text("code", "coding", "code"), "assistant-nurse") && d.text("period", "start") <= testDay && (end == "" || end >= testDay) {
			return true
		}
	}
	return false
}

// What a story says can be seen in the resources themselves, by one who reads
// them without this package.
func TestStoriesCanBeReadFromTheRecord(t *testing.T) {
	for name, check := range map[string]func(w wire) bool{
		"settled": func(w wire) bool {
			return len(w.holding()) == 2 && certified(w.person(w.holding()[0])) && len(w.all["CarePlan"]) > 0
		},
		"settled-with-a-transitional-nurse": func(w wire) bool {
			p := w.person(w.holding()[0])
			return certified(p) && slices.ContainsFunc(p.list("qualification"), func(q any) bool {
				d := decoded{body: q.(map[string]any)}
				return d.text("code", "coding", "code") == "assistant-nurse-transitional"
			})
		},
		"settled-with-a-short-absence": func(w wire) bool {
			d := w.byID[w.m.staff[w.c.contacts[0].who].roleRef()]
			return d.text("notAvailable", "during", "start") == "2026-11-17" && d.text("notAvailable", "during", "end") == "2026-11-30"
		},
		"travelling": func(w wire) bool {
			e := w.all["EpisodeOfCare"][0]
			last := decoded{body: e.list("statusHistory")[1].(map[string]any)}
			return e.text("status") == "onhold" && last.text("status") == "onhold" && last.text("period", "start") == "2026-11-12" && last.text("period", "end") == ""
		},
		"travelled": func(w wire) bool {
			e := w.all["EpisodeOfCare"][0]
			last := decoded{body: e.list("statusHistory")[1].(map[string]any)}
			return e.text("status") == "active" && last.text("period", "end") == "2026-10-19"
		},
		"in-hospital": func(w wire) bool {
			return slices.ContainsFunc(w.all["Encounter"], func(d decoded) bool {
				return d.text("class", "code") == "IMP" && d.text("status") == "in-progress" && d.text("period", "end") == ""
			})
		},
		"newly-arrived": func(w wire) bool {
			return len(w.all["CareTeam"])+len(w.all["CarePlan"]) == 0 && w.all["EpisodeOfCare"][0].text("period", "start") == "2026-11-18"
		},
		"contact-left-last-week": func(w wire) bool {
			end := w.byID[w.m.staff[w.c.contacts[0].who].roleRef()].text("period", "end")
			return len(w.all["CareTeam"]) == 1 && end >= "2026-11-15" && end < testDay
		},
		"contact-on-long-leave": func(w wire) bool {
			d := w.byID[w.m.staff[w.c.contacts[0].who].roleRef()]
			end := d.text("notAvailable", "during", "end")
			return d.text("notAvailable", "during", "start") <= "2026-10-20" && (end == "" || end > testDay)
		},
		"contact-ended-without-successor": func(w wire) bool {
			team := w.all["CareTeam"][0]
			return len(w.holding()) == 0 && team.text("status") == "inactive" && team.text("period", "end") == "2026-11-09"
		},
		"successor-not-employed-yet": func(w wire) bool {
			return w.byID[w.m.staff[w.c.contacts[1].who].roleRef()].text("period", "start") == "2026-11-29"
		},
		"team-closed-without-an-end": func(w wire) bool {
			team := w.all["CareTeam"][0]
			return team.text("status") == "inactive" && team.text("period", "end") == ""
		},
		"contact-certificate-expired": func(w wire) bool { return len(w.holding()) == 1 && !certified(w.person(w.holding()[0])) },
		"contact-with-a-title-only": func(w wire) bool {
			p := w.person(w.holding()[0])
			return !certified(p) && p.text("qualification", "code", "text") == "Undersköterska"
		},
		"declined": func(w wire) bool {
			d := w.all["Observation"]
			return len(w.all["CareTeam"]) == 0 && d[len(d)-1].text("valueCodeableConcept", "coding", "code") == "declined"
		},
		"only-services-and-unassessed": func(w wire) bool {
			return len(w.all["Observation"]) == 0 && !slices.ContainsFunc(w.all["ServiceRequest"], func(d decoded) bool {
				return strings.Contains("personal-care respite companion", d.text("code", "coding", "code"))
			})
		},
		"relatives-not-informed": func(w wire) bool {
			return len(w.all["RelatedPerson"]) > 0 && !slices.ContainsFunc(w.all["Communication"], func(d decoded) bool {
				return strings.HasPrefix(d.text("recipient", "reference"), "RelatedPerson/")
			})
		},
		"former-relative-only": func(w wire) bool { return w.all["RelatedPerson"][0].body["active"] == false },
		"plan-made-without-the-client": func(w wire) bool {
			return slices.ContainsFunc(w.all["CarePlan"][0].list("extension"), func(e any) bool {
				return e.(map[string]any)["url"] == DefaultSystem+"/StructureDefinition/client-participation" && e.(map[string]any)["valueBoolean"] == false
			}) && w.all["CarePlan"][0].body["contributor"] == nil
		},
		"deviation-open": func(w wire) bool { return w.all["DetectedIssue"][0].body["mitigation"] == nil },
		"died-and-still-running": func(w wire) bool {
			return w.all["Patient"][0].text("deceasedDateTime") == "2026-11-15" && w.all["EpisodeOfCare"][0].text("status") == "active"
		},
		"moving-and-refusing": func(w wire) bool { return w.all["Consent"][0].text("provision", "type") == "deny" },
		"moving-with-another-home-permitted": func(w wire) bool {
			return w.all["Consent"][0].text("provision", "actor", "reference", "reference") == "Organization/o-bjorkhagen" &&
				slices.ContainsFunc(w.all["ServiceRequest"], func(d decoded) bool {
					return d.text("performer", "reference") == "Organization/o-solgarden" && d.text("occurrencePeriod", "start") == "2026-11-29"
				})
		},
		"moving-with-expired-consent": func(w wire) bool {
			return w.all["Consent"][0].text("provision", "period", "end") == "2026-11-18"
		},
		"moving-with-a-guardian": func(w wire) bool {
			return strings.HasPrefix(w.all["Consent"][0].text("performer", "reference"), "RelatedPerson/")
		},
		"moving-with-partial-consent": func(w wire) bool {
			return w.all["Consent"][0].text("provision", "provision", "type") == "deny"
		},
		"moved-and-handed-over": func(w wire) bool {
			return slices.ContainsFunc(w.all["Communication"], func(d decoded) bool {
				return d.text("topic", "coding", "code") == "care-home-handover" && d.text("recipient", "reference") == "Organization/o-solgarden"
			}) && len(w.holding()) == 0
		},
		"contact-without-start": func(w wire) bool {
			return w.all["CareTeam"][0].body["period"] == nil && w.all["CareTeam"][0].text("participant", "period", "start") == ""
		},
		"placement-without-start": func(w wire) bool { return w.all["EpisodeOfCare"][0].body["period"] == nil },
		"service-without-start":   func(w wire) bool { return w.all["ServiceRequest"][0].body["occurrencePeriod"] == nil },
		"contact-unknown": func(w wire) bool {
			return strings.HasPrefix(w.all["CareTeam"][0].text("participant", "member", "identifier", "value"), "SE2321000000-X")
		},
		"protected-registration": func(w wire) bool {
			return w.all["Patient"][0].text("meta", "security", "code") == "skyddadFolkbokforing" && len(w.all["Patient"][0].list("meta", "security")) == 2
		},
		"without-a-number": func(w wire) bool { return w.all["Patient"][0].body["identifier"] == nil },
	} {
		t.Run(name, func(t *testing.T) {
			if !check(onWire(t, name)) {
				t.Error("the record does not say so")
			}
		})
	}
}

func TestAPairIsOnePersonRegisteredTwice(t *testing.T) {
	m := town()
	var twins []decoded
	for i := range m.o.Clients {
		if m.storyAt(i).Name == sameNumber {
			twins = append(twins, decodeClient(m, i)["Patient"][0])
		}
	}
	if len(twins) != 2 {
		t.Fatalf("%d clients share a number", len(twins))
	}
	for _, path := range [][]string{{"identifier", "value"}, {"birthDate"}, {"gender"}, {"name", "family"}} {
		if a, b := twins[0].text(path...), twins[1].text(path...); a != b || a == "" {
			t.Errorf("%v: %q and %q", path, a, b)
		}
	}
}

func TestWithoutCodesOnlyTitlesAreLeft(t *testing.T) {
	m := Generate(Options{Clients: 12, AsOf: testDay, Uncoded: true})
	codes, titles := map[string]int{}, 0
	for _, r := range decodeAll(m) {
		if r.kind != "Practitioner" {
			continue
		}
		for _, q := range r.list("qualification") {
			d := decoded{body: q.(map[string]any)}
			if d.text("code", "text") != "" {
				titles++
			}
			codes[d.text("code", "coding", "code")]++
		}
	}
	if titles == 0 || codes["assistant-nurse"]+codes["assistant-nurse-transitional"] > 0 || codes["care-contact-routine"] == 0 {
		t.Errorf("%d titles, codes %v", titles, codes)
	}
}

func TestOtherCodeSystemsAreUsedThroughout(t *testing.T) {
	m := Generate(Options{Clients: 200, AsOf: testDay, System: "https://kommun.example/fhir", VisitsPerMonth: 2})
	m.Resources(func(r Resource) bool {
		if strings.Contains(string(r.JSON), DefaultSystem) {
			t.Fatalf("%s names %s", r.Ref(), DefaultSystem)
		}
		return true
	})
}

// What is handed over is read by people; of everybody else notes are never read, and
// hold nothing to read.
func TestNotesHoldTextOfThoseWhoMove(t *testing.T) {
	m := town()
	moves := map[string]bool{}
	for i := range m.o.Clients {
		c := m.client(i)
		moves[c.ref()] = c.moves()
	}
	texts := map[string]int{}
	for _, r := range townResources() {
		if r.kind != "DocumentReference" {
			continue
		}
		for _, c := range r.list("content") {
			a := c.(map[string]any)["attachment"].(map[string]any)
			data, _ := a["data"].(string)
			if moves[r.text("subject", "reference")] != (data != "") {
				t.Fatalf("%s of one who moves: %v; its attachment is %v", r.ref(), moves[r.text("subject", "reference")], a)
			}
			if data == "" {
				if len(a) != 1 || a["contentType"] != "text/plain" {
					t.Fatalf("%s: its attachment is %v", r.ref(), a)
				}
				continue
			}
			text, err := base64.StdEncoding.DecodeString(data)
			if err != nil || !slices.Contains(noteTexts, string(text)) || a["contentType"] != "text/plain; charset=utf-8" {
				t.Fatalf("%s: its attachment is %v (%v)", r.ref(), a, err)
			}
			texts[string(text)]++
		}
	}
	if len(texts) != len(noteTexts) {
		t.Errorf("of %d texts %d occur", len(noteTexts), len(texts))
	}
}

func TestEverybodyInCareHasNotesInTheirMonths(t *testing.T) {
	for _, asOf := range []string{"2026-11-21", "2026-12-01", "2027-03-31"} {
		m := Generate(Options{Seed: 1, AsOf: asOf})
		for i := range m.o.Clients {
			c := m.client(i)
			if c.story.Contact != appointed || strings.HasPrefix(c.story.Name, "no-note") {
				continue
			}
			for back := range 2 {
				month := c.asOf.addMonths(-back).monthStart()
				if c.from > month || c.home().from == 0 {
					continue
				}
				if !slices.ContainsFunc(c.notes, func(n note) bool { return n.on >= month && n.on < month.addMonths(1) && n.on <= c.asOf }) {
					t.Errorf("%s %s (%s): no note in the month of %s", asOf, c.patientID(), c.story.Name, month)
				}
			}
		}
	}
}
