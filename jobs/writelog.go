package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"brygga/adapters"
	"brygga/care"
	fhirmap "brygga/mapping/fhir"
	"brygga/store"
)

// writeLog tells the audit log of the writes of a run, by batches, so that a night of
// thousands costs a few entries: before a batch is sent that it is about to be, and when
// it was answered what became of it. Where the process dies between the two, jobs/settle.go
// says it.
type writeLog struct {
	*audit
	system string
	basis  string                  // what let it pass: a saved preview, an accepted set of changes
	client func(care.Ref) care.Ref // who a client of the receiving system is
	part   string                  // of the run, where several write it
	// By writeKey: stood is what stood when this part was taken over from somebody who
	// died, doubts is of what is not sure that it was not written before.
	stood  map[string]bool
	doubts map[string]doubt

	begun   int64 // the entry of the batch that is under way; 0: none is
	lost    bool  // it is not known what of the last turn was stored
	of      begunWrites
	clients map[care.Ref]bool
	types   map[string]bool
	sent    map[string]int // by type, how many have not been answered
	counts  map[string]int // "Task.created"
	failed  []begunWrite
	sure    []string
}

// begunWrites is a batch that is about to be sent, for whoever has to find out what became
// of it.
type begunWrites struct {
	System string       `json:"system"`
	Basis  string       `json:"basis,omitempty"`
	By     string       `json:"by,omitempty"`
	User   string       `json:"user,omitempty"`
	Writes []begunWrite `json:"writes"`
}

type begunWrite struct {
	Action     Action          `json:"action"`
	Type       string          `json:"type"`
	Finding    string          `json:"finding"`
	Occurrence int             `json:"occurrence,omitempty"`
	Client     string          `json:"client"` // as the audit log names it
	ID         string          `json:"id,omitempty"`
	Version    string          `json:"version,omitempty"`
	Fields     []string        `json:"fields,omitempty"` // of Content, that are changed
	Content    fhirmap.Content `json:"content,omitzero"`
	// Stood: it stood already, since somebody who died had written it.
	Stood bool `json:"stood,omitempty"`
}

// turn writes down what became of the batch before, and that another is about to be sent;
// none: that nothing more is. What could not be written down is not to be sent. After an
// error nothing more is added: the next run finds out what became of what was begun.
func (l *writeLog) turn(ctx context.Context, next []*Change) error {
	if l == nil || l.audit == nil || l.lost || l.begun == 0 && len(next) == 0 {
		return nil
	}
	turn := store.Turn{Run: l.entry.Run, Part: l.part}
	if l.begun != 0 {
		turn.Done, turn.Sure = l.told(), l.sure
		for i := range l.failed {
			d, err := newDoubt(&l.of, &l.failed[i], turn.Run, l.begun, turn.Done.At)
			if err != nil {
				return err
			}
			turn.Doubts = append(turn.Doubts, d.Doubt)
		}
	}
	if len(next) > 0 {
		var err error
		if turn.Next, turn.What, err = l.begin(next); err != nil {
			return err
		}
	}
	begun, err := l.store.AuditTurn(context.WithoutCancel(ctx), l.key, turn)
	if err != nil {
		l.lost = true
		return fmt.Errorf("writes to %s could not be written into the audit log: %w", l.system, err)
	}
	l.begun = begun
	return nil
}

// begin turns to a batch, and gives the entry that says so and what is kept beside it.
func (l *writeLog) begin(next []*Change) (*store.AuditEntry, []byte, error) {
	l.clients, l.types = map[care.Ref]bool{}, map[string]bool{}
	l.sent, l.counts, l.failed, l.sure = map[string]int{}, map[string]int{}, nil, nil
	e := l.entry
	e.Counts = map[string]int{}
	l.of = begunWrites{System: l.system, Basis: l.basis, By: e.By, User: e.User, Writes: make([]begunWrite, 0, len(next))}
	for _, c := range next {
		l.clients[l.client(c.Client)], l.types[c.Type] = true, true
		l.sent[c.Type]++
		e.Counts[c.Type+"."+string(c.Action)]++
		l.of.Writes = append(l.of.Writes, l.line(c))
	}
	what, err := json.Marshal(l.of)
	if err != nil {
		return nil, nil, fmt.Errorf("tell what is about to be written: %w", err)
	}
	e.At, e.Action, e.Basis, e.Count, e.Resource = l.now(), auditBegin, l.basis, len(l.clients), resourceOf(l.types, l.system)
	return &e, what, nil
}

// line is a change as it is kept while it is under way.
func (l *writeLog) line(c *Change) begunWrite {
	w := begunWrite{
		Action: c.Action, Type: c.Type, Finding: c.Finding, Occurrence: c.Occurrence, Client: l.store.AuditClient(l.client(c.Client)),
	}
	if c.Target != nil {
		w.ID, w.Version, w.Fields, w.Content = c.Target.ID, c.Target.Version, c.Fields, c.Content
	}
	w.Stood = l.stood[w.key()]
	return w
}

func (w *begunWrite) key() string { return writeKey(w.Type, w.ID, w.Finding, w.Occurrence) }

// writeKey is the same for all attempts at a write, by whomever.
func writeKey(typ, id, finding string, occurrence int) string {
	return key(typ, id) + " " + fhirmap.Identifier(finding, occurrence)
}

func (c *Change) writeKey() string { return writeKey(c.Type, c.targetID(), c.Finding, c.Occurrence) }

// note takes an answer; what is one of created, updated, closed, existed, stale,
// refused, failed.
func (l *writeLog) note(c *Change, what string) {
	if l == nil || l.audit == nil {
		return
	}
	k := c.writeKey()
	switch _, doubted := l.doubts[k]; {
	case what == "failed":
		l.failed = append(l.failed, l.line(c))
	case doubted && what == "existed":
		what = "created" // by who could not tell of it
		l.sure = append(l.sure, k)
	case doubted && what == written[c.Action]:
		l.sure = append(l.sure, k)
	}
	l.counts[c.Type+"."+what]++
	l.sent[c.Type]--
}

// moved takes that a target of the batch under way stands otherwise than it did: perhaps
// by a write that was in doubt.
func (l *writeLog) moved(c *Change, now *fhirmap.Own) {
	if l == nil || l.audit == nil || now == nil {
		return
	}
	if d, doubted := l.doubts[c.writeKey()]; doubted && d.write().saidBy(now) {
		l.clients[l.client(c.Client)], l.types[c.Type] = true, true
		l.counts[c.Type+"."+written[d.write().Action]]++
		l.sure = append(l.sure, d.Name)
	}
}

// saidBy says whether a resource says what a write was to change in it. Before that was
// written it said something else, or it would not have been to be written.
func (w *begunWrite) saidBy(o *fhirmap.Own) bool {
	differs := o.Content.Differs(w.Content)
	return !slices.ContainsFunc(w.Fields, func(name string) bool { return slices.Contains(differs, name) })
}

// told is what became of the batch that is under way.
func (l *writeLog) told() *store.AuditEntry {
	for typ, n := range l.sent {
		if n > 0 {
			l.counts[typ+".unsent"] += n
		}
	}
	e := l.entry
	e.At, e.Action, e.Of, e.Basis, e.Counts, e.Outcome = l.now(), auditWrites, l.begun, l.basis, l.counts, outcomeOf(l.counts)
	e.Resource, e.Count, e.Clients = resourceOf(l.types, l.system), len(l.clients), l.audit.clients(l.clients)
	return &e
}

func resourceOf(types map[string]bool, system string) string {
	return strings.Join(slices.Sorted(maps.Keys(types)), ", ") + " in " + system
}

// outcomeOf says in a word whether all was written that was to be.
func outcomeOf(counts map[string]int) string {
	done, other, unclear := 0, 0, 0
	for what, n := range counts {
		switch what[strings.LastIndexByte(what, '.')+1:] {
		case "created", "updated", "closed", "existed":
			done += n
		case "unclear":
			unclear += n
		default:
			other += n
		}
	}
	switch {
	case unclear > 0 && done == 0:
		return "not known"
	case other+unclear == 0:
		return "written"
	case done == 0:
		return "not written"
	}
	return "written in part"
}

// written is what an action is called when it was done.
var written = map[Action]string{ActCreate: "created", ActUpdate: "updated", ActClose: "closed"}

// became is what an answer of the sink means for a change, as the log says it.
func became(c *Change, a adapters.Answer) string {
	switch a.Answered {
	case adapters.Written:
		return written[c.Action]
	case adapters.Existed:
		return "existed"
	case adapters.Stale:
		return "stale"
	case adapters.Refused:
		return "refused"
	}
	return "failed"
}
