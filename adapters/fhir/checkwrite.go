package fhir

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"brygga/adapters"
)

// trial is one Task that the check writes.
type trial struct {
	value   string // of its identifier
	id      string
	version string
}

// tryWrites really does what a run relies on.
func (c *checking) tryWrites(ctx context.Context) {
	one := c.conditionalCreate(ctx)
	pair := c.transaction(ctx)
	if one != nil {
		c.ifMatch(ctx, one)
		pair = append(pair, one)
	}
	left := 0
	for _, t := range pair {
		if !c.cancel(ctx, t) {
			left++
		}
	}
	if left > 0 {
		c.add(Warn, "cancel the check's own Tasks", fmt.Sprintf("%d could not be cancelled", left), "cancel them by hand: their description is \"brygga check\"")
	}
}

func newTrial() *trial { return &trial{value: "check-" + uuid.NewString()} }

func (c *checking) create(t *trial) adapters.Write {
	return adapters.Write{Op: adapters.Create, Type: "Task", Identifier: c.probe.IdentifierSystem + "|" + t.value, Body: c.task(t, "requested")}
}

func (c *checking) update(t *trial, version, status string) adapters.Write {
	return adapters.Write{Op: adapters.Update, Type: "Task", ID: t.id, Version: version, Body: c.task(t, status)}
}

func (c *checking) task(t *trial, status string) []byte {
	tagSystem, tagCode, _ := strings.Cut(c.probe.Tag, "|")
	body := map[string]any{
		"resourceType": "Task", "status": status, "intent": "order", "description": "brygga check",
		"identifier": []any{map[string]any{"system": c.probe.IdentifierSystem, "value": t.value}},
		"meta":       map[string]any{"tag": []any{map[string]any{"system": tagSystem, "code": tagCode}}},
	}
	if t.id != "" {
		body["id"] = t.id
	}
	b, err := json.Marshal(body)
	if err != nil {
		return nil // strings alone always encode
	}
	return b
}

// conditionalCreate creates a Task twice, and looks by search that there is one.
func (c *checking) conditionalCreate(ctx context.Context) *trial {
	const what = "conditional create"
	t := newTrial()
	w := c.create(t)
	first := c.s.Apply(ctx, []adapters.Write{w})[0]
	if first.Answered != adapters.Written {
		c.unexpected(what, "the first create", first)
		return nil
	}
	second := c.s.Apply(ctx, []adapters.Write{w})[0]
	found := c.find(ctx, t)
	switch {
	case second.Answered == adapters.Written || len(found) > 1:
		c.add(Fail, what, "the server created the same Task twice", "do not set receives for this system: it does not heed If-None-Exist, and Flags and Tasks would be doubled")
	case second.Answered != adapters.Existed:
		c.unexpected(what, "the second create", second)
	case len(found) == 0:
		c.add(Warn, what, "heeded, but a search does not find the Task at once", "see whether the server's search index lags; a run that follows at once would see old data")
	default:
		c.add(OK, what, "created once, the second time nothing was written", "")
	}
	if t.id = first.ID; t.id == "" && len(found) > 0 {
		t.id = found[0]
	}
	if t.id == "" {
		return nil
	}
	c.read(ctx, t)
	return t
}

func (c *checking) unexpected(what, step string, a adapters.Answer) {
	seen, do := step+" was answered with something unexpected", "see the server's log"
	switch {
	case a.Err != nil:
		seen, do = step+": "+a.Err.What, a.Err.Do
	case a.Answered == adapters.Existed:
		seen = step + ": the server says that it was there already"
	case a.Answered == adapters.Stale:
		seen = step + ": the server says that the version has moved"
	case a.Answered == adapters.Written:
		seen = step + " was carried out"
	}
	if do == "" {
		do = "see the server's log"
	}
	c.add(Fail, what, seen, do)
}

// find gives the ids of the Tasks with the trial's identifier.
func (c *checking) find(ctx context.Context, t *trial) []string {
	ids := &idReader{typ: "Task"}
	q := adapters.Query{Kind: "Task", Type: "Task", Params: map[string][]string{"identifier": {token(c.probe.IdentifierSystem, t.value)}}}
	if o := c.s.Pull(ctx, q, ids); !o.Complete {
		return nil
	}
	return ids.ids
}

// read learns the version that stands.
func (c *checking) read(ctx context.Context, t *trial) {
	body, err := c.s.Read(ctx, "Task/"+t.id)
	if err != nil || body == nil {
		return
	}
	var r thinResource
	if json.Unmarshal(body, &r) == nil {
		t.version = r.Meta.VersionID
	}
}

// transaction sends two creates together, not in halves.
func (c *checking) transaction(ctx context.Context) []*trial {
	const what = "transaction"
	pair := []*trial{newTrial(), newTrial()}
	writes := []adapters.Write{c.create(pair[0]), c.create(pair[1])}
	got, status, _ := c.s.transact(ctx, writes, false)
	if got == nil {
		c.add(Warn, what, fmt.Sprintf("refused (%d)", status), "it works without, one request per Flag and Task; have transactions enabled if there are many clients")
		return nil
	}
	var made []*trial
	for i, a := range got {
		if a.Answered != adapters.Written {
			c.unexpected(what, "two creates together", a)
			return made
		}
		if pair[i].id = a.ID; a.ID == "" {
			if found := c.find(ctx, pair[i]); len(found) > 0 {
				pair[i].id = found[0]
			}
		}
		if pair[i].id != "" {
			c.read(ctx, pair[i])
			made = append(made, pair[i])
		}
	}
	c.add(OK, what, "two created together", "")
	return made
}

// ifMatch updates with the right version, then with the one that has passed.
func (c *checking) ifMatch(ctx context.Context, t *trial) {
	const what = "update by version (If-Match)"
	if t.version == "" {
		c.add(Fail, what, "the server gives no version (meta.versionId)", "have versioning enabled for Flag and Task; without it a person's change could be overwritten")
		return
	}
	old := t.version
	a := c.s.Apply(ctx, []adapters.Write{c.update(t, old, "accepted")})[0]
	if a.Answered != adapters.Written {
		c.unexpected(what, "an update of the version that stands", a)
		return
	}
	c.read(ctx, t)
	if t.version == old {
		c.add(Fail, what, "an update leaves the version as it was", "have versioning enabled for Flag and Task")
		return
	}
	a = c.s.Apply(ctx, []adapters.Write{c.update(t, old, "requested")})[0]
	switch a.Answered {
	case adapters.Stale:
		c.add(OK, what, "the version that stands is updated, a passed one is not", "")
	case adapters.Written:
		c.add(Fail, what, "an update of a version that had passed was carried out", "do not set receives for this system: a person's change could be overwritten")
	default:
		c.unexpected(what, "an update of a version that had passed", a)
	}
	c.read(ctx, t)
}

func (c *checking) cancel(ctx context.Context, t *trial) bool {
	c.read(ctx, t)
	if t.version == "" {
		return false
	}
	return c.s.Apply(ctx, []adapters.Write{c.update(t, t.version, "cancelled")})[0].Answered == adapters.Written
}

// idReader collects the ids of a search's matches.
type idReader struct {
	typ string
	ids []string
}

func (r *idReader) Open(body []byte) (adapters.Page, error) {
	b, ok := parseSearchset(body)
	if !ok {
		return adapters.Page{}, fmt.Errorf("no searchset")
	}
	return adapters.Page{Next: b.link("next"), Total: -1, Take: func() error {
		for _, e := range b.Entry {
			if e.Resource.ResourceType == r.typ && e.Resource.ID != "" {
				r.ids = append(r.ids, e.Resource.ID)
			}
		}
		return nil
	}}, nil
}
