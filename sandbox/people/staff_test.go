package people

import (
	"slices"
	"strings"
	"testing"
)

func TestEveryUnitHasOneOfEachKind(t *testing.T) {
	for _, m := range []*Municipality{town(), Small("", testDay), Generate(Options{Clients: 3000, AsOf: testDay})} {
		for _, u := range m.units {
			for _, kind := range specials {
				if len(u.kinds[kind]) != 1 {
					t.Errorf("%s has %d of kind %d", u.name, len(u.kinds[kind]), kind)
				}
			}
			if n := len(u.kinds[regular]); n < 14 {
				t.Errorf("%s has %d regular nurses", u.name, n)
			}
		}
		if len(m.assessors) == 0 {
			t.Error("nobody grants services")
		}
	}
}

func TestWhoIsAtWorkWhen(t *testing.T) {
	m := town()
	for _, row := range []struct {
		name string
		kind staffKind
		days map[string]bool
	}{
		{"a regular nurse works", regular, map[string]bool{"2026-10-01": true, testDay: true}},
		{"one who left last week does not work today", gone, map[string]bool{"2026-11-14": true, testDay: false}},
		{"one on long leave has been away for a month", longAway, map[string]bool{"2026-09-01": true, "2026-10-21": false, testDay: false}},
		{"one on short leave is away from the 17th to the 30th", shortAway, map[string]bool{"2026-11-16": true, "2026-11-17": false, "2026-11-30": false, "2026-12-01": true}},
		{"one who begins later", beginsLater, map[string]bool{testDay: false, "2026-11-28": false, "2026-11-29": true}},
		{"one with two employments, one after the other", twoJobs, map[string]bool{"2026-08-12": true, "2026-08-13": true, testDay: true}},
		{"one of whom no employment is known", noJob, map[string]bool{testDay: true}},
		{"one who left a year ago", former, map[string]bool{"2025-10-01": true, testDay: false}},
	} {
		for u := range m.units {
			s := &m.staff[m.units[u].kinds[row.kind][0]]
			for on, want := range row.days {
				if got := s.works(parseDay(on)); got != want {
					t.Errorf("%s: in unit %d on %s: %v", row.name, u+1, on, got)
				}
			}
		}
	}
}

func TestStaffAreWrittenAsTheyAre(t *testing.T) {
	m := town()
	byID := map[string]decoded{}
	for _, r := range townResources() {
		byID[r.ref()] = r
	}
	titles := map[string]int{}
	for i := range m.staff {
		s := &m.staff[i]
		p := byID[s.ref()]
		if p.text("identifier", "value") != s.hsa || !strings.HasPrefix(s.hsa, "SE2321000000-") {
			t.Errorf("%s: HSA-id %q", s.ref(), p.text("identifier", "value"))
		}
		titles[p.text("qualification", "code", "text")]++
		if got := len(p.list("qualification")); got != len(s.certs)+1 {
			t.Errorf("%s: %d qualifications", s.ref(), got)
		}
		for _, j := range s.jobs {
			r := byID["PractitionerRole/"+j.id]
			if r.text("practitioner", "reference") != s.ref() || r.text("organization", "reference") != m.unitRef(j.unit) ||
				r.body["active"] != !j.inactive || r.text("period", "end") != j.to.String() || len(r.list("notAvailable")) != len(j.away) {
				t.Errorf("%s: %v", j.id, r.body)
			}
		}
		if _, is := byID[s.roleRef()]; !is {
			t.Errorf("%s leads nowhere", s.roleRef())
		}
	}
	for _, title := range []string{"Undersköterska", "Vårdbiträde", "Timvikarie", "Enhetschef", "Koordinator", "Biståndshandläggare"} {
		if titles[title] == 0 {
			t.Errorf("nobody is %s", title)
		}
	}
}

func TestHSAIDsAreOfOnePersonEach(t *testing.T) {
	m := Generate(Options{Clients: 20_000, AsOf: testDay})
	var all []string
	for i := range m.staff {
		all = append(all, m.staff[i].hsa)
	}
	for _, u := range m.units {
		all = append(all, u.hsa)
	}
	slices.Sort(all)
	if n := len(all); len(slices.Compact(all)) != n {
		t.Error("an HSA-id twice")
	}
	names := map[string]bool{}
	for _, u := range m.units {
		if names[u.name] {
			t.Errorf("two units are called %s", u.name)
		}
		names[u.name] = true
	}
}

func TestOrganizationsAreATree(t *testing.T) {
	parent := map[string]string{}
	for _, r := range townResources() {
		if r.kind == "Organization" {
			parent[r.ref()] = r.text("partOf", "reference")
		}
	}
	for ref := range parent {
		at, steps := ref, 0
		for parent[at] != "" && steps < 5 {
			at = parent[at]
			steps++
		}
		if at != "Organization/o-kommun" {
			t.Errorf("%s belongs to %s", ref, at)
		}
	}
	home := townResources()[slices.IndexFunc(townResources(), func(d decoded) bool { return d.id == "o-solgarden" })]
	if home.text("identifier", "value") != "SE2321000000-E000000000001" {
		t.Errorf("the care home of contract.md's configuration has HSA-id %s", home.text("identifier", "value"))
	}
}
