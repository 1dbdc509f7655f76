package fhir

import (
	"encoding/json"
	"fmt"
	"time"

	"brygga/care"
)

// Revise gives the body of an update that makes an own Flag or Task say what c
// says and leaves every other element as it was read. A resource that a person
// has touched keeps all that the person set when keepStaff is true: then only
// due date and priority are changed, and the extension "applied" is left, so
// that the person's hand stays visible.
func (w Writer) Revise(o *Own, c Content, keepStaff bool, now time.Time) ([]byte, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(o.Raw, &m); err != nil {
		return nil, fmt.Errorf("revise %s/%s: %w", o.Type, o.ID, err)
	}
	p := patch{m: m}
	if o.Type == FlagType {
		p.flag(c)
	} else {
		p.set("restriction", restriction(m["restriction"], c.Due))
		p.set("priority", quote(c.Priority))
		if !keepStaff {
			p.task(c, o)
		}
		p.set("lastModified", quote(notBefore(now, o.Authored)))
	}
	if !keepStaff {
		p.set("extension", applied(m["extension"], c.fingerprint(o.Rule, notes(m["note"]))))
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

func (p *patch) flag(c Content) {
	p.set("status", c.Status)
	p.set("code", withText(p.m["code"], c.Text))
	period := object(p.m["period"])
	period["start"] = quoteRaw(c.Start.String())
	delete(period, "end")
	if c.End.Known() {
		period["end"] = quoteRaw(c.End.String())
	}
	p.set("period", period)
}

func (p *patch) task(c Content, o *Own) {
	p.set("status", c.Status)
	p.set("statusReason", textConcept(c.Reason))
	p.set("description", quote(c.Text))
	p.set("reasonCode", textConcept(c.Ground))
	if c.Focus != o.Focus {
		p.set("focus", refValue(c.Focus))
	}
	if c.Owner != o.Owner {
		p.set("owner", refValue(c.Owner))
	}
	if c.Performer != o.Performer {
		p.set("performerType", []any{coded(ownerSystem, c.Performer)})
	}
}

// restriction keeps whatever else stands there and sets or removes the due date.
func restriction(raw json.RawMessage, due care.Date) any {
	r := object(raw)
	period := object(r["period"])
	if due.Known() {
		period["end"] = quoteRaw(due.String())
	} else {
		delete(period, "end")
	}
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

func coded(system, code string) any {
	return map[string]any{"coding": []map[string]string{{"system": system, "code": code}}}
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
	if t, err := time.Parse(time.RFC3339, authored); err == nil && t.After(now) {
		return authored
	}
	return now.UTC().Format(time.RFC3339)
}
