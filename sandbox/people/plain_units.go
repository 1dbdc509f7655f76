package people

import (
	"strings"
	"time"
)

// Units lists the units of home care, then the care homes, then the
// municipality's own office.
func (m *Municipality) Units() []Unit {
	var all []Unit
	for _, u := range m.units {
		all = append(all, Unit{u.id, u.hsa, u.name, homeCare})
	}
	for _, h := range m.homes {
		all = append(all, Unit{h.id, h.hsa, h.name, careHomeCare})
	}
	return append(all, Unit{m.town.id, m.town.hsa, m.town.name, "office"})
}

// unitAt is the place in Units of an organization ("Organization/..."), -1 where there is none.
func (m *Municipality) unitAt(ref string) int {
	id, _ := strings.CutPrefix(ref, "Organization/")
	for i := range m.units {
		if m.units[i].id == id {
			return i
		}
	}
	for i, h := range m.homes {
		if h.id == id {
			return len(m.units) + i
		}
	}
	return -1
}

// unitOf is the place in Units of where somebody is employed.
func (m *Municipality) unitOf(u int) int {
	if u < 0 {
		return len(m.units) + len(m.homes)
	}
	return u
}

// Staff lists everybody, in the order that the staff of a Record count in.
func (m *Municipality) Staff() []Member {
	all := make([]Member, len(m.staff))
	for i := range m.staff {
		all[i] = m.member(i, &m.staff[i])
	}
	return all
}

func (m *Municipality) member(i int, s *staff) Member {
	p := Member{
		ID: s.id, HSA: s.hsa, Number: m.StaffNumber(i), Given: s.given, Family: s.family,
		Title: s.title, Left: s.kind == former, Unit: m.unitOf(s.unit),
	}
	for _, c := range s.certs {
		p.Certificates = append(p.Certificates, Certificate{c.code, c.from.midnight(), c.to.midnight()})
	}
	for _, j := range s.jobs {
		job := Job{Unit: m.unitOf(j.unit), From: j.from.midnight(), To: j.to.midnight(), Inactive: j.inactive}
		for _, a := range j.away {
			job.Away = append(job.Away, a.plain())
		}
		p.Jobs = append(p.Jobs, job)
	}
	return p
}

// StaffNumber is the person number of the i-th member of staff: of the range of
// fhir.md, as if everybody were born 1920 to 1959, with the serials from 801 on,
// which no client has. Those past the end of Staff are nobody's.
func (m *Municipality) StaffNumber(i int) string {
	first, last := int(dayOf(1920, 1, 1)), int(dayOf(1959, 12, 31))
	n := last - first + 1
	start := int(m.o.Seed % uint64(n)) //nolint:gosec // a small remainder
	return personNumber(day(first+(start+i)%n), 801+i/n%199, 0)
}

// Directory yields the organizations, the staff without employments or
// certificates, and the clients: what a record system holds of people whose care is
// documented elsewhere.
func (m *Municipality) Directory(yield func(Resource) bool) {
	w := &writer{m: m, yield: yield}
	w.organizations()
	for i := range m.staff {
		s := m.staff[i]
		s.certs, s.title = nil, ""
		w.practitioner(&s, i)
	}
	for i := 0; i < m.o.Clients && !w.stopped; i++ {
		w.patient(m.client(i))
	}
}

// midnight is the date as Record writes it.
func (d day) midnight() time.Time {
	if d == 0 {
		return time.Time{}
	}
	return d.utc()
}

func (t instant) time() time.Time { return time.Unix(int64(t)*60, 0).UTC() }

func (s span) plain() Span { return Span{s.from.midnight(), s.to.midnight()} }
