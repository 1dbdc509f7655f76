package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	fhirmap "brygga/mapping/fhir"
)

// Limits are the guard's settings (architecture.md, "Guard").
type Limits struct {
	CloseShare float64 // of what is open
	OpenShare  float64 // of the clients
	AtLeast    int     // below or at this number the guard never stops
}

// Stop is why the guard stopped a run, and what would let exactly this set pass.
type Stop struct {
	Why            []string `json:"why"`
	Hash           string   `json:"hash"`
	OpenedFindings int      `json:"opened"`
	ClosedFindings int      `json:"closed"`
	StandingBefore int      `json:"standing"`
	ClientsInCare  int      `json:"clients"`
}

// Guard looks at what is about to be written, before the first write. clients
// is how many clients are in care. nil means go on. Findings are counted, not
// their Flags and Tasks.
func Guard(changes []Change, standing []*fhirmap.Own, clients int, l Limits) *Stop {
	opened, closed, open := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range changes {
		switch c := &changes[i]; {
		case c.Action == ActCreate || c.Action == ActUpdate && c.Reason == Returned:
			opened[c.Finding] = true
		case c.Action == ActClose && c.Reason != NoLongerLate && c.Reason != DuplicateWrite:
			closed[c.Finding] = true
		}
	}
	for _, o := range standing {
		if !o.Ended() {
			open[o.Finding] = true
		}
	}
	s := &Stop{OpenedFindings: len(opened), ClosedFindings: len(closed), StandingBefore: len(open), ClientsInCare: clients}
	if n := len(closed); n > l.AtLeast && float64(n) > l.CloseShare*float64(len(open)) {
		s.Why = append(s.Why, fmt.Sprintf("%d of %d open findings would be closed (limit %.0f %%)", n, len(open), 100*l.CloseShare))
	}
	if n := len(opened); n > l.AtLeast && float64(n) > l.OpenShare*float64(clients) {
		s.Why = append(s.Why, fmt.Sprintf("%d findings would be opened for %d clients (limit %.0f %%)", n, clients, 100*l.OpenShare))
	}
	if len(s.Why) == 0 {
		return nil
	}
	s.Hash = HashOf(changes)
	return s
}

// HashOf names exactly this set of writes: the same changes on the same
// versions have the same hash, in any order; the instant of writing is not part of it.
func HashOf(changes []Change) string {
	var lines []string
	for i := range changes {
		if c := &changes[i]; c.Writes() {
			version := ""
			if c.Target != nil {
				version = c.Target.ID + "@" + c.Target.Version
			}
			content, _ := json.Marshal(c.Content) // plain data always marshals
			lines = append(lines, fmt.Sprintf("%s %s %s %s %v %s", c.Action, c.Type,
				fhirmap.Identifier(c.Finding, c.Occurrence), version, c.KeepStaff, content))
		}
	}
	slices.Sort(lines)
	h := sha256.New()
	for _, l := range lines {
		h.Write([]byte(l))
		h.Write([]byte{'\n'})
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}
