package people

import "fmt"

// unit is a home-care unit and those who work there.
type unit struct {
	id, hsa, name string
	size          int // how many clients it has, relative to the others
	trouble       int // how easily shortcomings arise there, in percent of the ordinary; at most 200
	kinds         map[staffKind][]int
}

// careHome is a unit where a client may move to.
type careHome struct{ id, hsa, name string }

// build makes units and staff.
func (m *Municipality) build() {
	m.asOf = parseDay(m.o.AsOf)
	m.provider = careHome{m.o.Prefix + "o-provider", "SE2321000000-" + m.o.Prefix + "P1", "Exempelkommuns hemtjänst"}
	m.town = careHome{m.o.Prefix + "o-kommun", "SE2321000000-" + m.o.Prefix + "K1", "Exempelkommun"}
	m.homes = []careHome{
		{m.o.Prefix + "o-solgarden", "SE2321000000-" + m.o.Prefix + "E000000000001", "Solgårdens vårdboende"},
		{m.o.Prefix + "o-bjorkhagen", "SE2321000000-" + m.o.Prefix + "E000000000002", "Björkhagens vårdboende"},
	}
	m.units = make([]unit, m.o.Units)
	perUnit := m.o.Clients / m.o.Units
	for u := range m.units {
		d := newDice(m.o.Seed, streamUnit, u)
		name := "Hemtjänst " + unitNames[u%len(unitNames)]
		if u >= len(unitNames) {
			name += fmt.Sprintf(" %d", u/len(unitNames)+1)
		}
		m.units[u] = unit{
			id: fmt.Sprintf("%su-%d", m.o.Prefix, u+1), hsa: fmt.Sprintf("SE2321000000-%sU%d", m.o.Prefix, u+1), name: name,
			size: d.between(70, 130), trouble: d.between(65, 105), kinds: map[staffKind][]int{},
		}
		if u%len(unitNames) == 3 { // one unit in twenty, at least one of four, is in trouble
			m.units[u].size, m.units[u].trouble = 95, 200
		}
		crew := append([]staffKind(nil), specials...)
		for range max(perUnit/4, 14) {
			crew = append(crew, regular)
		}
		for range 6 {
			crew = append(crew, helper)
		}
		for n, kind := range crew {
			m.addStaff(m.hire(d, u, n+1, kind))
		}
	}
	d := newDice(m.o.Seed, streamUnit, -1)
	for n := range 1 + m.o.Clients/150 {
		s := m.hire(d, -1, n+1, assessor)
		m.assessors = append(m.assessors, len(m.staff))
		m.staff = append(m.staff, s)
	}
}

func (m *Municipality) addStaff(s staff) {
	k := m.units[s.unit].kinds
	k[s.kind] = append(k[s.kind], len(m.staff))
	m.staff = append(m.staff, s)
}

// unitRef is the reference to the organization where somebody is employed; the
// assessors, of unit -1, are the municipality's own.
func (m *Municipality) unitRef(u int) string {
	if u < 0 {
		return "Organization/" + m.town.id
	}
	return "Organization/" + m.units[u].id
}

func (m *Municipality) unitID(u int) string { return m.unitRef(u)[len("Organization/"):] }
