package fhir

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"brygga/care"
)

// The two types of resources that brygga writes.
const (
	FlagType = "Flag"
	TaskType = "Task"
)

// Names of our own in what is written (fhir.md, "Flags and Tasks out").
const (
	base = "https://brygga.example/fhir"

	// FindingSystem is the identifier system of everything that brygga writes.
	FindingSystem = base + "/finding"
	// TenantSystem is the system of the tag that says whose it is.
	TenantSystem = base + "/tenant"

	ruleSystem  = base + "/CodeSystem/rule"
	ownerSystem = base + "/CodeSystem/owner"
	appliedURL  = base + "/StructureDefinition/applied"
	flagSystem  = "http://terminology.hl7.org/CodeSystem/flag-category"
)

// Statuses that brygga sets.
const (
	FlagActive    = "active"
	FlagInactive  = "inactive"
	TaskRequested = "requested"
	TaskCompleted = "completed"
	TaskCancelled = "cancelled"
)

// Content is what brygga sets in a Flag or a Task. Elements that the type does
// not have stay empty: Start and End are a Flag's; Reason, Due, Priority, Focus,
// Owner, Performer and Ground are a Task's.
type Content struct {
	Status    string    `json:"status"`
	Text      string    `json:"text,omitempty"` // Flag.code.text, Task.description
	Start     care.Date `json:"start,omitzero"`
	End       care.Date `json:"end,omitzero"`
	Reason    string    `json:"reason,omitempty"` // Task.statusReason.text
	Due       care.Date `json:"due,omitzero"`     // Task.restriction.period.end
	Priority  string    `json:"priority,omitempty"`
	Focus     care.Ref  `json:"focus,omitempty"`
	Owner     care.Ref  `json:"owner,omitempty"`
	Performer string    `json:"performer,omitempty"` // Task.performerType: contact, coordinator ...
	Ground    string    `json:"ground,omitempty"`    // Task.reasonCode.text
}

// Differs names the elements in which two contents differ, in the order of Content.
func (c Content) Differs(o Content) []string {
	var out []string
	for _, f := range []struct {
		name string
		same bool
	}{
		{"status", c.Status == o.Status},
		{"text", c.Text == o.Text},
		{"start", c.Start == o.Start},
		{"end", c.End == o.End},
		{"reason", c.Reason == o.Reason},
		{"due", c.Due == o.Due},
		{"priority", c.Priority == o.Priority},
		{"focus", c.Focus == o.Focus},
		{"owner", c.Owner == o.Owner},
		{"performer", c.Performer == o.Performer},
		{"ground", c.Ground == o.Ground},
	} {
		if !f.same {
			out = append(out, f.name)
		}
	}
	return out
}

// mark is the value of the extension "applied": a hash of what brygga set, by
// which a person's changes are told from its own. Due date and priority are left
// out: they follow the facts whatever a person did to them. notes is how many
// notes there are; brygga writes none. Where brygga ended the resource the hash
// is followed by endedMark: what stands open with such a mark was opened again by
// a person, whatever else that person changed.
func (c Content) mark(rule string, notes int) string {
	h := sha256.New()
	for _, s := range []string{
		rule, c.Status, c.Text, c.Start.String(), c.End.String(), c.Reason,
		string(c.Focus), string(c.Owner), c.Performer, c.Ground, strconv.Itoa(notes),
	} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	m := hex.EncodeToString(h.Sum(nil)[:12])
	if ended(c.Status) {
		m += endedMark
	}
	return m
}

const endedMark = "-ended"

// Own is one Flag or Task that brygga wrote, as it stands in the record system.
type Own struct {
	Type       string
	ID         string
	Version    string
	Finding    string // the finding's id
	Occurrence int    // n of "<id>#n"; 0 for the first
	Subject    care.Ref
	Rule       string
	Authored   string // Task.authoredOn, as it stands
	Content
	// Touched: a person changed something that brygga had set, or wrote a note.
	Touched bool
	// EndedByUs: it was brygga that ended it, and apart from notes it stands as
	// brygga left it.
	EndedByUs bool
	// Reopened: brygga had ended it, and a person opened it again.
	Reopened bool
	// Raw is the resource as read: an update keeps all that brygga did not set.
	Raw []byte
}

// AuthoredOn is the day in Stockholm on which a Task was made; no date where it
// does not say, or for a Flag.
func (o *Own) AuthoredOn() care.Date {
	m, ok := parseMoment(o.Authored)
	if !ok {
		return 0
	}
	return m.first()
}

// Ended says whether nothing more is expected of anybody.
func (o *Own) Ended() bool { return ended(o.Status) }

func ended(status string) bool {
	switch status {
	case FlagInactive, TaskCompleted, TaskCancelled, "rejected", "failed", "entered-in-error":
		return true
	}
	return false
}

// readMark tells whose hand was last on it. notes is how many notes there are.
func (o *Own) readMark(mark string, notes int) {
	o.Touched = mark != o.mark(o.Rule, notes)
	byUs := strings.HasSuffix(mark, endedMark)
	o.Reopened = byUs && !o.Ended()
	if byUs && o.Ended() {
		for n := range min(notes, mostNotes) + 1 {
			o.EndedByUs = o.EndedByUs || mark == o.mark(o.Rule, n)
		}
	}
}

// mostNotes is how many notes are looked back: nobody writes more, and a resource
// that has more must not take long.
const mostNotes = 1000

// Identifier is the value of the finding identifier: the id, with "#n" from the
// second occurrence on.
func Identifier(finding string, occurrence int) string {
	if occurrence == 0 {
		return finding
	}
	return finding + "#" + strconv.Itoa(occurrence)
}

// splitIdentifier takes apart what Identifier put together, and nothing else: a
// value that Identifier would not write is none of ours.
func splitIdentifier(v string) (finding string, occurrence int, ok bool) {
	finding, n, more := strings.Cut(v, "#")
	if more {
		occurrence, _ = strconv.Atoi(n) // what is no number is seen below
	}
	if finding == "" || occurrence < 0 || Identifier(finding, occurrence) != v {
		return "", 0, false
	}
	return finding, occurrence, true
}

// Local says whether a reference names a record of the same server ("Type/id"):
// only such a one may be written. A logical reference would give away a keyed
// hash, and one to elsewhere names nobody here.
func Local(r care.Ref) bool { return local(string(r)).ref == r && r != "" }
