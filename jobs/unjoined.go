package jobs

import (
	"cmp"
	"slices"

	"brygga/care"
)

// UnjoinedLine is somebody, or a unit, that systems do not agree about.
type UnjoinedLine struct {
	System string   `json:"system"` // whose record it is
	Kind   string   `json:"kind"`   // client, staff or unit
	Ref    care.Ref `json:"reference"`
	Why    Apart    `json:"why"`
}

// Apart is why somebody stands alone.
type Apart string

// The reasons.
const (
	NobodyElsewhere Apart = "nobody-elsewhere" // no other system has that identifier
	SeveralPossible Apart = "several-possible" // more than one could be meant, and none is chosen
	NotInReceiver   Apart = "not-in-receiver"  // the system that receives Flags and Tasks does not have the client
)

// UnjoinedList is for IT: who could not be joined, by references only.
type UnjoinedList struct {
	Lines    []UnjoinedLine `json:"lines"` // by reason, system, kind and reference
	Receiver string         `json:"receiver,omitempty"`
	// Unsure are systems whose lists of people or units were not read whole by the
	// last run: the list rests on what they last gave.
	Unsure []string `json:"unsure,omitempty"`
}

// MakeUnjoined lists who stands alone in the snapshot.
func MakeUnjoined(s *Stored) *UnjoinedList {
	l := &UnjoinedList{}
	var lost []care.Ref
	if s.receiver != nil {
		l.Receiver = s.receiver.Name
		lost = lostIn(s.Snapshot, Subjects{There: s.there[l.Receiver], receiver: s.receiver}, s.there != nil)
	}
	l.Lines = apart(s.unjoined, lost, s.ownOf)
	for _, g := range s.Incomplete {
		if g.Facts&subjectFacts != 0 && s.there != nil && !slices.Contains(l.Unsure, g.Source) {
			l.Unsure = append(l.Unsure, g.Source)
		}
	}
	slices.Sort(l.Unsure)
	return l
}

// lostIn lists the clients who are not found in the system that receives.
func lostIn(snap *care.Snapshot, s Subjects, several bool) (out []care.Ref) {
	if !several {
		return nil
	}
	for _, c := range snap.Clients {
		if s.In(c.Ref) == "" {
			out = append(out, c.Ref)
		}
	}
	return out
}

// apart makes the lines; own tells of which system a reference is, and how that
// system writes it.
func apart(unjoined []care.Unjoined, lost []care.Ref, own func(care.Ref) (string, care.Ref)) []UnjoinedLine {
	out := make([]UnjoinedLine, 0, len(unjoined)+len(lost))
	for _, u := range unjoined {
		l := UnjoinedLine{System: u.System, Kind: u.Kind.String(), Ref: u.Ref, Why: NobodyElsewhere}
		if system, ref := own(u.Ref); system == u.System {
			l.Ref = ref
		}
		if u.Several {
			l.Why = SeveralPossible
		}
		out = append(out, l)
	}
	for _, ref := range lost {
		l := UnjoinedLine{Kind: care.KindClient.String(), Why: NotInReceiver}
		l.System, l.Ref = own(ref)
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b UnjoinedLine) int {
		return cmp.Or(cmp.Compare(a.Why, b.Why), cmp.Compare(a.System, b.System), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Ref, b.Ref))
	})
	return slices.Compact(out)
}

// mostUnjoined is how many a run's report lists; brygga report unjoined lists all.
const mostUnjoined = 200

// listUnjoined puts the list into a run's report.
func (rep *Report) listUnjoined(lines []UnjoinedLine) {
	rep.Unjoined = lines[:min(len(lines), mostUnjoined)]
	rep.UnjoinedMore = len(lines) - len(rep.Unjoined)
}

// ownIn gives of which of the systems a reference is, and how that system
// writes it.
func ownIn(systems []*System, r care.Ref) (string, care.Ref) {
	for _, s := range systems {
		if alone(systems) {
			return s.Name, r
		}
		if own, ok := s.local(r); ok {
			return s.Name, own
		}
	}
	return "", r
}
