package notify

import (
	"cmp"
	"maps"
	"slices"

	"github.com/google/uuid"
)

// Ledger is what is kept between runs of one job: what has been told of, and what
// still has to be sent.
type Ledger struct {
	Spells  map[string]Told `json:"spells,omitempty"`
	Waiting []Waiting       `json:"waiting,omitempty"`
	Lost    int             `json:"lost,omitempty"` // messages given up, and not yet said
}

// Told is a spell with the troubles that people have been told of. One that comes and
// goes while the spell lasts is told once.
type Told struct {
	Spell
	Troubles []string `json:"troubles"`
}

// Waiting is a message that these senders have not sent yet.
type Waiting struct {
	Message Message  `json:"message"`
	Senders []string `json:"senders"`
}

// mostWaiting bounds what waits: a year of a webhook that is gone must not grow. The
// oldest is given up first, and the next message says how many were.
const mostWaiting = 50

// Decide gives what is to be told after a run, and what is known then; message is nil
// where there is nothing to tell. It is pure, and telling of one run twice tells
// nothing the second time. What comes out waits for all senders.
func Decide(before Ledger, run Run, senders []string) (after Ledger, message *Message) {
	after = Ledger{Spells: maps.Clone(before.Spells), Waiting: waitingFor(before.Waiting, senders), Lost: before.Lost}
	if after.Spells == nil {
		after.Spells = map[string]Told{}
	}
	m := Message{
		Schema: Schema, Tenant: run.Tenant, Job: run.Job, Run: run.ID, At: run.Ended.UTC(), Exit: run.Exit,
		Unknown: run.Unknown, State: Well, Begun: []Trouble{}, Over: []Spell{},
		ID: uuid.NewSHA1(uuid.NameSpaceURL, []byte("brygga/notification/"+run.Tenant+"/"+run.Job+"/"+run.ID)).String(),
	}
	failing := map[string]bool{}
	for _, t := range sorted(run.Troubles) {
		key := spellOf(t)
		failing[key] = true
		told, known := after.Spells[key]
		if !known {
			told.Spell = Spell{System: t.System, Since: t.Since}
			if t.System == "" {
				told.Sort = t.Sort
			}
		}
		if name := nameOf(t); !slices.Contains(told.Troubles, name) {
			told.Troubles = append(slices.Clone(told.Troubles), name)
			m.Begun = append(m.Begun, t)
		}
		after.Spells[key] = told
	}
	for _, key := range slices.Sorted(maps.Keys(after.Spells)) {
		switch {
		case !failing[key] && run.Whole:
			m.Over = append(m.Over, after.Spells[key].Spell)
			delete(after.Spells, key)
		default:
			m.State = Failing
			m.Still += len(after.Spells[key].Troubles)
		}
	}
	m.Still -= len(m.Begun)
	if len(m.Begun)+len(m.Over) == 0 {
		return after, nil
	}
	m.Lost, after.Lost = after.Lost, 0
	if len(senders) > 0 {
		after.Waiting = append(after.Waiting, Waiting{Message: m, Senders: slices.Clone(senders)})
	}
	if n := len(after.Waiting) - mostWaiting; n > 0 {
		after.Waiting, after.Lost = after.Waiting[n:], after.Lost+n
	}
	return after, &m
}

// waitingFor leaves out senders that are not configured any more.
func waitingFor(waiting []Waiting, senders []string) (out []Waiting) {
	for _, w := range waiting {
		var to []string
		for _, s := range w.Senders {
			if slices.Contains(senders, s) {
				to = append(to, s)
			}
		}
		if len(to) > 0 {
			out = append(out, Waiting{Message: w.Message, Senders: to})
		}
	}
	return out
}

// spellOf groups troubles: those of one system begin one by one and end together, so
// that a system that limps through its lists is not told of every night.
func spellOf(t Trouble) string {
	if t.System != "" {
		return "system/" + t.System
	}
	return "sort/" + string(t.Sort)
}

func nameOf(t Trouble) string { return string(t.Sort) + "/" + t.Kind }

// sorted gives each trouble once, in an order that does not depend on who came first.
func sorted(troubles []Trouble) []Trouble {
	out := slices.Clone(troubles)
	slices.SortStableFunc(out, func(a, b Trouble) int {
		return cmp.Or(cmp.Compare(spellOf(a), spellOf(b)), cmp.Compare(nameOf(a), nameOf(b)), a.Since.Compare(b.Since))
	})
	return slices.CompactFunc(out, func(a, b Trouble) bool { return spellOf(a) == spellOf(b) && nameOf(a) == nameOf(b) })
}
