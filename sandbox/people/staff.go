package people

import (
	"fmt"
	"slices"
)

// staffKind is what is worth knowing of a member of staff. Every unit has one
// of each of the special kinds, and enough regular ones.
type staffKind int

const (
	regular      staffKind = iota // assistant nurse with a coded certificate, employed, routine acknowledged
	helper                        // care assistant without a certificate: makes visits, is nobody's contact
	transitional                  // works as an assistant nurse under the transitional provision, to 2033-06-30
	expired                       // had a certificate that is over
	titleOnly                     // calls herself undersköterska; no certificate is recorded
	gone                          // left between two and six days ago
	longAway                      // on leave since more than 28 days, and still
	shortAway                     // on leave for two weeks around asOf
	beginsLater                   // employed from a day to come
	noRoutine                     // has not acknowledged the contact routine
	twoJobs                       // was employed in another unit before; that employment has ended
	noJob                         // no employment is recorded
	former                        // left a year ago
	manager                       // enhetschef
	coordinator                   // koordinator
	assessor                      // biståndshandläggare
)

// specials are the kinds of which every unit has one.
var specials = []staffKind{
	transitional, expired, titleOnly, gone, longAway, shortAway, beginsLater, noRoutine, twoJobs, noJob, former, manager, coordinator,
}

// staff is a member of staff.
type staff struct {
	kind          staffKind
	unit          int
	id            string // of the Practitioner
	hsa           string
	given, family string
	title         string
	certs         []cert
	jobs          []job
}

type cert struct {
	code     string
	from, to day
}

// job is an employment: one PractitionerRole.
type job struct {
	id       string
	unit     int
	from, to day
	inactive bool // the record says active=false
	away     []span
}

// span is a period, both days included; no day to is open, no day from unknown.
type span struct{ from, to day }

func (s span) holds(d day) bool { return s.from <= d && (s.to == 0 || d <= s.to) }

// works says whether the person is at work in those days: employed and not on leave.
func (s *staff) works(d day) bool {
	if len(s.jobs) == 0 {
		return s.kind != beginsLater
	}
	for _, j := range s.jobs {
		if !j.holds(d) {
			continue
		}
		for _, a := range j.away {
			if a.holds(d) {
				return false
			}
		}
		return true
	}
	return false
}

func (j job) holds(d day) bool { return span{j.from, j.to}.holds(d) }

// ref is the reference to the person.
func (s *staff) ref() string { return "Practitioner/" + s.id }

// roleRef is the reference to the person's present employment, or to the
// person where none is recorded.
func (s *staff) roleRef() string {
	if len(s.jobs) == 0 {
		return s.ref()
	}
	return "PractitionerRole/" + s.jobs[len(s.jobs)-1].id
}

// hire makes one member of staff; n counts within the unit.
func (m *Municipality) hire(d *dice, unit, n int, kind staffKind) staff {
	id := fmt.Sprintf("%02d-%02d", unit+1, n)
	s := staff{
		kind: kind, unit: unit, id: m.o.Prefix + "s-" + id,
		hsa:   fmt.Sprintf("SE2321000000-%sS%02dN%02d", m.o.Prefix, unit+1, n),
		given: oneOf(d, staffGiven), family: oneOf(d, familyNames), title: "Undersköterska",
	}
	roleID := m.o.Prefix + "r-" + id
	asOf := m.asOf
	work := job{id: roleID, unit: unit, from: asOf - day(d.between(400, 4000))}
	nurse := cert{code: "assistant-nurse", from: dayOf(2023, 7, 1) + day(d.n(150))}
	routine := cert{code: "care-contact-routine", from: asOf - day(d.between(60, 500))}
	s.certs = []cert{nurse, routine}
	switch kind {
	case regular:
	case helper:
		s.title, s.certs = "Vårdbiträde", nil
		if d.chance(30) {
			s.title = "Timvikarie"
		}
	case transitional:
		s.certs[0] = cert{code: "assistant-nurse-transitional", from: dayOf(2023, 7, 1)}
	case expired:
		s.certs[0] = cert{code: "assistant-nurse", from: nurse.from, to: asOf - day(d.between(10, 60))}
		if unit%2 == 1 {
			s.certs[0] = cert{code: "assistant-nurse-transitional", from: dayOf(2023, 7, 1), to: asOf - 1}
		}
	case titleOnly:
		s.certs = []cert{routine}
	case gone:
		work.to = asOf - day(d.between(2, 6))
		work.inactive = unit%2 == 1
	case longAway:
		work.away = []span{{asOf - day(d.between(32, 60)), 0}}
		if unit%2 == 1 {
			work.away[0].to = asOf + day(d.between(10, 90))
		}
	case shortAway:
		work.away = []span{{asOf - 4, asOf + 9}}
	case beginsLater:
		work.from = asOf + 8
	case noRoutine:
		s.certs = s.certs[:1]
	case twoJobs:
		before := job{id: roleID + "-a", unit: (unit + 1) % len(m.units), from: work.from, to: asOf - 101}
		work.id, work.from = roleID+"-b", asOf-100
		s.jobs = []job{before, work}
	case noJob:
		s.jobs = []job{}
	case former:
		work.to, work.inactive = asOf-day(d.between(330, 390)), true
	case manager:
		s.title, s.certs = "Enhetschef", nil
	case coordinator:
		s.title, s.certs = "Koordinator", []cert{nurse}
	case assessor:
		s.title, s.certs = "Biståndshandläggare", nil
	}
	if s.jobs == nil {
		s.jobs = []job{work}
	}
	if m.o.Uncoded {
		s.certs = slices.DeleteFunc(s.certs, func(c cert) bool { return c.code != "care-contact-routine" })
	}
	return s
}
