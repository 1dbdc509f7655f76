package jobs

import (
	"fmt"

	"brygga/adapters"
	"brygga/care"
)

// subjectFacts are the kinds that name people and units.
var subjectFacts = care.SetOf(care.KindClient, care.KindStaff, care.KindUnit)

// subjects finds clients, staff and units in the receiving system, by identifiers
// that it and the system that knows them both hold (as keyed hashes). Who is not
// found gets nothing written and is counted in the report. A fault means that the
// receiver's own people could not be read whole: then nobody may be taken as not
// found.
func (j *Job) subjects(p *Prepared, pulled *Pulled) (Subjects, *adapters.Error) {
	if pulled.There == nil {
		return Subjects{}, nil
	}
	if fault := pulled.peopleFault(j.Receiver); fault != nil {
		return Subjects{}, fault
	}
	s := Subjects{There: pulled.There[j.Receiver.Name], receiver: j.Receiver}
	p.lost = lostIn(p.Snapshot, s, true)
	if lost := len(p.lost); lost > 0 {
		p.Report.Warnings = append(p.Report.Warnings, fmt.Sprintf(
			"%d clients are not found in %s by any identifier; nothing is written for them", lost, j.Receiver.Name))
	}
	return s, nil
}

// Subjects finds who and what a fact's reference is in the system that receives.
// The zero value is for one system that receives its own findings.
type Subjects struct {
	// There leads from people and units to who they are in the receiving system; nil
	// means that there is one system only.
	There    map[care.Ref]care.Ref
	receiver *System
}

// In gives the reference in the receiving system, or "" where it is not found.
func (s Subjects) In(r care.Ref) care.Ref {
	if s.There == nil {
		return r
	}
	if to, ok := s.There[r]; ok {
		return to
	}
	if own, ok := s.receiver.local(r); ok {
		return own // a record of the receiver's own
	}
	return ""
}
