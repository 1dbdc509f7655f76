package fhir

import (
	"encoding/json"
	"fmt"
	"time"

	"brygga/care"
)

// Revise gives the body of an update that makes an own Flag or Task say what c
// says and leaves every other element as it was read, also those that say it
// already: what a server or a person has put into one of them is kept. A resource
// that a person has touched keeps all that the person set when keepStaff is
// true: then only due date and priority are changed, and the extension "applied"
// is left, so that the person's hand stays visible.
func (w Writer) Revise(o *Own, c Content, keepStaff bool, now time.Time) ([]byte, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(o.Raw, &m); err != nil || m == nil {
		return nil, fmt.Errorf("revise %s/%s: what was read of it is no JSON object", o.Type, o.ID)
	}
	p := patch{m: m}
	if o.Type == TaskType {
		if c.Due != o.Due {
			p.set("restriction", restriction(m["restriction"], c.Due))
		}
		if c.Priority != o.Priority {
			p.set("priority", quote(c.Priority))
		}
		p.set("lastModified", quote(notBefore(now, o.Authored)))
	}
	if !keepStaff {
		if o.Type == FlagType {
			p.flag(c, o)
		} else {
			p.task(c, o)
		}
		p.set("extension", applied(m["extension"], c.mark(o.Rule, notes(m["note"]))))
	} else if o.Reopened {
		// The finding is back, and the Task goes on: from here it is like any other
		// that staff has taken.
		p.set("extension", applied(m["extension"], o.mark(o.Rule, -1)))
	}
	if p.err != nil {
		return nil, fmt.Errorf("revise %s/%s: %w", o.Type, o.ID, p.err)
	}
	return json.Marshal(m)
}

// patch sets top-level elements of a resource; it remembers the first error.
type patch struct {
	m   map[string]json.RawMessage
	err error
}

// set writes an element; nil removes it.
func (p *patch) set(name string, v any) {
	if v == nil {
		delete(p.m, name)
		return
	}
	b, err := json.Marshal(v)
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("%s: %w", name, err)
	}
	p.m[name] = b
}

func (p *patch) flag(c Content, o *Own) {
	if c.Status != o.Status {
		p.set("status", c.Status)
	}
	if c.Text != o.Text {
		p.set("code", withText(p.m["code"], c.Text))
	}
	period := object(p.m["period"])
	if c.Start != o.Start {
		setDate(period, "start", c.Start)
	}
	if c.End != o.End || c.Status == FlagActive {
		setDate(period, "end", c.End)
	}
	if len(period) == 0 {
		p.set("period", nil)
		return
	}
	p.set("period", period)
}

// setDate sets a date; no date removes it.
func setDate(in map[string]json.RawMessage, name string, d care.Date) {
	if !d.Known() {
		delete(in, name)
		return
	}
	in[name] = quoteRaw(d.String())
}

func (p *patch) task(c Content, o *Own) {
	if c.Status != o.Status {
		p.set("status", c.Status)
	}
	if c.Reason != o.Reason {
		p.set("statusReason", textConcept(c.Reason))
	}
	if c.Text != o.Text {
		p.set("description", quote(c.Text))
	}
	if c.Ground != o.Ground {
		p.set("reasonCode", textConcept(c.Ground))
	}
	if c.Focus != o.Focus {
		p.set("focus", refValue(c.Focus))
	}
	if c.Owner != o.Owner {
		p.set("owner", refValue(c.Owner))
	}
	if c.Performer != o.Performer {
		p.set("performerType", performerType(c.Performer))
	}
}

// restriction keeps whatever else stands there and sets or removes the due date.
func restriction(raw json.RawMessage, due care.Date) any {
	r := object(raw)
	period := object(r["period"])
	setDate(period, "end", due)
	if len(period) > 0 {
		b, _ := json.Marshal(period) // a map of valid JSON always marshals
		r["period"] = b
	} else {
		delete(r, "period")
	}
	if len(r) == 0 {
		return nil
	}
	return r
}

// applied replaces our own extension among those that stand there.
func applied(raw json.RawMessage, value string) any {
	var out []json.RawMessage
	var all []json.RawMessage
	_ = json.Unmarshal(raw, &all) // absent is none; what is no list is replaced
	for _, e := range all {
		var x struct {
			URL string `json:"url"`
		}
		if json.Unmarshal(e, &x) == nil && x.URL == appliedURL {
			continue
		}
		out = append(out, e)
	}
	own, _ := json.Marshal(map[string]string{"url": appliedURL, "valueString": value})
	return append(out, own)
}

func withText(raw json.RawMessage, text string) any {
	c := object(raw)
	c["text"] = quoteRaw(text)
	return c
}

func textConcept(text string) any {
	if text == "" {
		return nil
	}
	return map[string]string{"text": text}
}

func performerType(role string) any {
	if role == "" {
		return nil
	}
	return []any{map[string]any{"coding": []map[string]string{{"system": ownerSystem, "code": role}}}}
}

func refValue(r care.Ref) any {
	if r == "" {
		return nil
	}
	return map[string]string{"reference": string(r)}
}

func object(raw json.RawMessage) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	_ = json.Unmarshal(raw, &m) // absent or not an object: a new one
	if m == nil {
		m = map[string]json.RawMessage{}
	}
	return m
}

func quote(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func quoteRaw(s string) json.RawMessage {
	b, _ := json.Marshal(s) // a string always marshals
	return b
}

func notes(raw json.RawMessage) int {
	var all []json.RawMessage
	_ = json.Unmarshal(raw, &all)
	return len(all)
}

// notBefore is now, or authoredOn where this machine's clock is behind the one
// that wrote it: servers refuse lastModified before authoredOn.
func notBefore(now time.Time, authored string) string {
	if m, ok := parseMoment(authored); ok && m.at.After(now) {
		return authored
	}
	return now.UTC().Format(time.RFC3339)
}
