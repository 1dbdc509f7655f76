package jobs

import (
	"cmp"
	"slices"
	"time"

	"brygga/care"
	"brygga/care/rules"
)

// Worklist is what is to be done, unit by unit: what would stand as Flags and Tasks
// in a record system that had a place for them. What is IT's, and what is only
// reported, is not on it.
type Worklist struct {
	AsOf care.Date `json:"asOf"`
	Read time.Time `json:"read"` // when the oldest of the facts were read
	// Units are those with anything to do, or with somebody unknown, sorted by name.
	Units []WorklistUnit `json:"units"`
	// Protected are the clients with a protected identity for whom something is to be
	// done: they stand under no unit, and for their manager to look up.
	Protected []ProtectedWork `json:"protected,omitempty"`
	// Unknown clients could not be judged: what is to be done for them is not listed.
	Unknown int `json:"unknown"`
}

// WorklistUnit is the list of one unit.
type WorklistUnit struct {
	Ref     care.Ref   `json:"unit,omitempty"`
	Name    string     `json:"name"`
	Unknown int        `json:"unknown,omitempty"` // clients who could not be judged
	Items   []WorkItem `json:"items"`             // by due date (what has none first), client and rule
}

// WorkItem is one thing to be done.
type WorkItem struct {
	// Client is the reference in the system that receives Flags and Tasks, where there
	// is one that has the client, and else in the client's own; explain takes both.
	Client care.Ref `json:"client"`
	// Number is what staff know the client by in the record system, where it has such
	// a number.
	Number string      `json:"number,omitempty"`
	Name   string      `json:"name,omitempty"` // only where names were asked for
	Rule   string      `json:"rule"`
	Title  string      `json:"title"`
	State  rules.State `json:"state"`
	Due    care.Date   `json:"due,omitzero"`
	Owner  rules.Role  `json:"owner"`
	// Escalated: the owner went up, since it is long overdue.
	Escalated bool   `json:"escalated,omitempty"`
	Text      string `json:"text"`

	ref care.Ref // in the snapshot
}

// Shown is what the list calls the client.
func (i *WorkItem) Shown() string { return cmp.Or(i.Number, string(i.Client)) }

// ProtectedWork is how much there is to be done for a client of whom nothing else
// is said.
type ProtectedWork struct {
	Client care.Ref   `json:"client"`
	Owner  rules.Role `json:"owner"` // always the manager, who may know where the client is
	Count  int        `json:"count"`
}

// MakeWorklist judges the snapshot on a day; texts are in the language. Rollout
// does not matter here: nothing is written. It is pure.
func MakeWorklist(s *Stored, asOf care.Date, language string) *Worklist {
	w := &Worklist{AsOf: asOf, Read: s.Read, Units: []WorklistUnit{}}
	units := map[care.Ref]*WorklistUnit{}
	unit := func(ref care.Ref) *WorklistUnit {
		if units[ref] == nil {
			units[ref] = &WorklistUnit{Ref: ref, Name: unitName(s.Units, ref), Items: []WorkItem{}}
		}
		return units[ref]
	}
	judged := JudgeAll(s.Snapshot, s.Params, s.Units, asOf)
	for i := range judged {
		j := &judged[i]
		if len(j.Client.Gaps) > 0 {
			w.Unknown++
			if !j.Client.Protected {
				unit(j.Unit).Unknown++
			}
			continue
		}
		items := workOf(s, j, asOf, language)
		switch {
		case len(items) == 0:
		case j.Client.Protected:
			w.Protected = append(w.Protected, ProtectedWork{s.reported(j.Client.Ref), rules.UnitManager, len(items)})
		default:
			u := unit(j.Unit)
			u.Items = append(u.Items, items...)
		}
	}
	for _, u := range units {
		slices.SortFunc(u.Items, func(a, b WorkItem) int {
			return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Shown(), b.Shown()), cmp.Compare(a.Client, b.Client),
				cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Text, b.Text))
		})
		w.Units = append(w.Units, *u)
	}
	slices.SortFunc(w.Units, func(a, b WorklistUnit) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Ref, b.Ref))
	})
	for i := range w.Units { // units of one name are told apart by their references
		u := &w.Units[i]
		if same := func(k int) bool {
			return k >= 0 && k < len(w.Units) && unitName(s.Units, w.Units[k].Ref) == unitName(s.Units, u.Ref)
		}; same(i-1) || same(i+1) {
			u.Name += " (" + string(u.Ref) + ")"
		}
	}
	slices.SortFunc(w.Protected, func(a, b ProtectedWork) int { return cmp.Compare(a.Client, b.Client) })
	return w
}

// workOf lists what of a client's findings somebody shall see who works with the
// client: a Task would stand for it, or a Flag now.
func workOf(s *Stored, j *Judged, asOf care.Date, language string) (out []WorkItem) {
	for i := range j.Findings {
		f := &j.Findings[i]
		flag := f.Writes.Flag() && f.State != rules.DueSoon
		if f.Owner == rules.IT || !f.Writes.Task() && !flag {
			continue
		}
		item := WorkItem{
			Client: s.reported(j.Client.Ref), ref: j.Client.Ref, Number: j.Client.Number, Rule: f.Rule, Title: f.Rule, State: f.State, Due: f.Due,
			Text: inLanguage(f.Text, language),
		}
		if r := rules.ByCode(f.Rule); r != nil {
			item.Title = inLanguage(r.Title, language)
		}
		item.Owner, item.Escalated = ownerOf(s.Roster, f, j.Params, asOf)
		out = append(out, item)
	}
	return out
}

// Only leaves the units that are meant by a name: an id, an identifier or a name, as
// in the configuration; parts of a unit count as it. Clients with a protected
// identity are of no unit, and left out. ok is false where no unit is meant.
func (w *Worklist) Only(s *Stored, name string) (ok bool) {
	meant := NewUnits(s.Roster.Units, []string{name})
	if len(meant.Unmatched()) > 0 {
		return false
	}
	w.Units = slices.DeleteFunc(w.Units, func(u WorklistUnit) bool { return meant.named(u.Ref) == "" })
	w.Protected, w.Unknown = nil, 0
	for _, u := range w.Units {
		w.Unknown += u.Unknown
	}
	return true
}

// reported is the reference by which a run's report names a client of the snapshot.
func (s *Stored) reported(client care.Ref) care.Ref {
	if s.receiver != nil && s.there != nil {
		return cmp.Or(s.there[s.receiver.Name][client], client)
	}
	return client
}

// Clients are those who are on the list under a unit, as the snapshot refers to
// them, each once, sorted.
func (w *Worklist) Clients() []care.Ref {
	var out []care.Ref
	for _, u := range w.Units {
		for i := range u.Items {
			out = append(out, u.Items[i].ref)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Count is how much there is to be done, clients with a protected identity aside.
func (w *Worklist) Count() (n int) {
	for _, u := range w.Units {
		n += len(u.Items)
	}
	return n
}
