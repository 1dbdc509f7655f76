package document

import (
	"encoding/json"
	"slices"

	"brygga/care"
)

// Collection is what was read for a handover, raw.
type Collection struct {
	Patient json.RawMessage
	Rows    map[care.Section][]json.RawMessage
	// Support are staff, units, and the Binary of notes, read one by one; a nil value:
	// not there (404).
	Support map[care.Ref]json.RawMessage
}

// Wants lists what the rows that will be carried refer to that may be carried along and
// is not there yet, sorted. The caller reads it and asks again: a PractitionerRole leads
// to its Practitioner and Organization. It is empty when nothing is missing, where
// Compose would fail, and when there is so much that nobody would read it.
func (c *Collection) Wants(o Options) []care.Ref {
	x, err := compose(c, o)
	if err != nil {
		return nil
	}
	var out []care.Ref
	for ref := range x.wanted {
		out = append(out, ref)
	}
	slices.Sort(out)
	return out[:min(len(out), max(0, mostSupport-len(c.Support)))]
}
