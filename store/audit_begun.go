package store

import (
	"context"
	"database/sql"
	"time"
)

// An act that takes a while, and whose process may die over it, is two entries of the
// audit log: one before it, that says what is about to be done (AuditBegun), and one after
// it, that says what became of it (its Of is the number of the first). What is needed to
// find that out for somebody who died lies sealed beside the log meanwhile, and not in it:
// the log stays small, and that something was begun cannot be taken out of it. What is
// not sure to have come to nothing stays there longer, so that it is told when it is seen.

// AuditBegun is the outcome of an entry that says what is about to be done.
const AuditBegun = "begun"

const (
	begunArea = "audit-begun"
	doubtArea = "audit-doubt"
)

// Begun is something that was begun, and of which the log does not say what became of it:
// it is under way, or whoever began it has died.
type Begun struct {
	Run  string `json:"run"`
	Part string `json:"part,omitempty"` // of the run, where several share it
	// Entry is the number of its entry; 0: the log says of all that the part has begun
	// what became of it, and the part is not over.
	Entry int64 `json:"entry,omitempty"`
	// What is for whoever has to find out what became of it.
	What []byte `json:"what,omitempty"`
}

func (b *Begun) name() string { return b.Run + "/" + b.Part }

// Doubt is a single act that the log says came to nothing, or cannot say what came of it,
// and that may be seen to be done later.
type Doubt struct {
	Name  string    `json:"name"` // of all attempts at the same act
	Run   string    `json:"run"`
	Entry int64     `json:"entry"` // that said that it was about to be done
	At    time.Time `json:"at"`    // when it was in doubt first
	What  []byte    `json:"what"`
}

// Turn is one step of a part of a run in the log.
type Turn struct {
	Run, Part string
	Done      *AuditEntry // what became of what it had begun; nil: it had begun nothing
	Next      *AuditEntry // what it begins now; nil: nothing. It gets the outcome AuditBegun
	What      []byte      // to be kept until a later turn says what became of it
	Doubts    []Doubt
	Sure      []string // doubts that are none any more, by name
}

// AuditTurn adds a step to the log, in one transaction. begun is the number of the entry
// of what it begins, 0 without one. After an error it is not known whether anything of it
// was stored. What became of something is added also where Begun does not hold it any
// more: it was done.
func (t *Tenant) AuditTurn(ctx context.Context, key []byte, turn Turn) (begun int64, err error) {
	err = t.auditing(ctx, key, func(tx *sql.Tx) error {
		now := Begun{Run: turn.Run, Part: turn.Part}
		if turn.Done != nil {
			if _, err := t.addAudit(ctx, tx, key, *turn.Done); err != nil {
				return err
			}
		}
		if turn.Next != nil {
			e := *turn.Next
			e.Outcome = AuditBegun
			n, err := t.addAudit(ctx, tx, key, e)
			if err != nil {
				return err
			}
			now.Entry, now.What = n, turn.What
		}
		begun = now.Entry
		if err := t.putBegun(ctx, tx, now); err != nil {
			return err
		}
		return t.doubt(ctx, tx, turn.Doubts, turn.Sure)
	})
	if err != nil {
		return 0, err
	}
	return begun, nil
}

// putBegun notes what a part has begun; a run that is no part of one has nothing to note
// where it has begun nothing.
func (t *Tenant) putBegun(ctx context.Context, tx *sql.Tx, b Begun) error {
	if b.Entry == 0 && b.Part == "" {
		return t.removeItem(ctx, tx, begunArea, b.name())
	}
	return t.putItem(ctx, tx, begunArea, b.name(), b, true)
}

func (t *Tenant) doubt(ctx context.Context, tx *sql.Tx, doubts []Doubt, sure []string) error {
	for _, name := range sure {
		if err := t.removeItem(ctx, tx, doubtArea, name); err != nil {
			return err
		}
	}
	for _, d := range doubts {
		if err := t.putItem(ctx, tx, doubtArea, d.Name, d, true); err != nil {
			return err
		}
	}
	return nil
}

// AuditSettle adds what became of what somebody had begun who died, and what of it is in
// doubt or is not any more. It does nothing where Begun does not hold that any more: then
// it was said. A part of a run stays until ForgetShards.
func (t *Tenant) AuditSettle(ctx context.Context, key []byte, b Begun, done AuditEntry, doubts []Doubt, sure []string) error {
	return t.auditing(ctx, key, func(tx *sql.Tx) error {
		now, there, err := t.begun(ctx, tx, b.name())
		if err != nil || !there || now.Entry != b.Entry {
			return err
		}
		done.Of = b.Entry
		if _, err := t.addAudit(ctx, tx, key, done); err != nil {
			return err
		}
		if err := t.putBegun(ctx, tx, Begun{Run: b.Run, Part: b.Part}); err != nil {
			return err
		}
		return t.doubt(ctx, tx, doubts, sure)
	})
}

// AuditSure adds that acts that were in doubt are seen to be done.
func (t *Tenant) AuditSure(ctx context.Context, key []byte, done AuditEntry, sure []string) error {
	return t.auditing(ctx, key, func(tx *sql.Tx) error {
		if _, err := t.addAudit(ctx, tx, key, done); err != nil {
			return err
		}
		return t.doubt(ctx, tx, nil, sure)
	})
}

// Begun gives everything that was begun and is not over, and the parts of runs that are not.
func (t *Tenant) Begun(ctx context.Context) (all []Begun, err error) {
	err = t.store.viewAgain(ctx, "reading what was begun", func(tx *sql.Tx) error {
		all = nil
		return items(ctx, t, tx, begunArea, func(b Begun) { all = append(all, b) })
	})
	return all, err
}

// BegunPart gives what a part of a run has begun; ok is false where it has begun nothing.
func (t *Tenant) BegunPart(ctx context.Context, run, part string) (b Begun, ok bool, err error) {
	err = t.store.viewAgain(ctx, "reading what was begun", func(tx *sql.Tx) error {
		of := Begun{Run: run, Part: part}
		b, ok, err = t.begun(ctx, tx, of.name())
		return err
	})
	return b, ok && err == nil, err
}

func (t *Tenant) begun(ctx context.Context, tx *sql.Tx, name string) (b Begun, ok bool, err error) {
	sealed, key, ok, err := t.item(ctx, tx, begunArea, name)
	if err != nil || !ok {
		return b, false, err
	}
	return b, true, t.openJSON("item."+begunArea, key, sealed, &b)
}

// Doubts gives everything that is in doubt.
func (t *Tenant) Doubts(ctx context.Context) (all []Doubt, err error) {
	err = t.store.viewAgain(ctx, "reading what is in doubt", func(tx *sql.Tx) error {
		all = nil
		return items(ctx, t, tx, doubtArea, func(d Doubt) { all = append(all, d) })
	})
	return all, err
}

// ForgetDoubts removes doubts that will not be cleared up any more, by name.
func (t *Tenant) ForgetDoubts(ctx context.Context, names []string) error {
	return t.update(ctx, "removing what is in doubt", func(tx *sql.Tx) error { return t.doubt(ctx, tx, nil, names) })
}

// forgetParts removes the parts of a run that are over; what is still open of them stays.
func (t *Tenant) forgetParts(ctx context.Context, tx *sql.Tx, run string) error {
	var over []string
	err := items(ctx, t, tx, begunArea, func(b Begun) {
		if b.Run == run && b.Entry == 0 {
			over = append(over, b.name())
		}
	})
	for _, name := range over {
		if err == nil {
			err = t.removeItem(ctx, tx, begunArea, name)
		}
	}
	return err
}
