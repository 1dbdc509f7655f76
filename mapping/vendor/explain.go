package vendor

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"brygga/care"
	"brygga/mapping/person"
)

// Explanation says step by step how one record is read. Person numbers are in it
// as keyed hashes only; other fields are as they stand in the record.
type Explanation struct {
	List   string  `json:"list"`
	Ref    string  `json:"ref"`
	Fields []Shown `json:"read"`
	// Other are the names of what the record holds and the shape does not; Absent are
	// fields of the shape that the record does not hold, by the source's own name. A
	// misspelt field stands in both.
	Other  []string `json:"notRead,omitempty"`
	Absent []string `json:"absent,omitempty"`
	// Steps are the expressions in the order in which they were evaluated.
	Steps []Step      `json:"steps"`
	Facts []ShownFact `json:"facts"`
	// Path and Reason say why the record cannot be read; empty where it can.
	Path   string `json:"path,omitempty"`
	Reason string `json:"unreadable,omitempty"`
	// Unknown are codes that no table knows.
	Unknown []CodeCount `json:"unknownCodes,omitempty"`
}

// Step is one expression with its value. A fact without an expression is where
// the evaluation of that fact begins.
type Step struct {
	Fact       string `json:"fact,omitempty"`
	Field      string `json:"field,omitempty"`
	Expression string `json:"expression,omitempty"`
	Place      string `json:"place,omitempty"`
	Value      string `json:"value,omitempty"`
}

// explainKey makes the hashes that explanations show: of no use to anybody.
var explainKey = []byte("brygga mapping explain")

// Explain reads a record of a list, or several, as a body of JSON or, for lists of
// CSV files, as lines with a header, and says how. An error means that it is no
// record at all, or that there is no such list under the settings.
func Explain(m *Mapping, settings map[string]string, list string, record []byte) ([]Explanation, error) {
	v, err := New(m, Options{System: "system", Hasher: person.NewHasher(explainKey), Names: care.NewNames(), Settings: settings, Plain: true})
	if err != nil {
		return nil, err
	}
	c := v.find(list)
	if c == nil {
		var all []string
		for _, c := range v.lists {
			all = append(all, c.Name)
		}
		return nil, fmt.Errorf("mapping %s reads no list %s under these settings%s", m.name, list, meant(list, all))
	}
	body, err := c.body(record)
	if err != nil {
		return nil, err
	}
	body = c.alone(body)
	x := v.newReading(c)
	x.trace = newTrace()
	x.trace.learn(c, body)
	r, _, err := x.decode(body)
	if err != nil {
		return nil, err
	}
	var out []Explanation
	for i := range r.refs {
		out = append(out, x.explain(r, i))
	}
	c.compareNames(body, out)
	return out, nil
}

func (x *reading) explain(r *rows, i int) Explanation {
	e := Explanation{List: x.list.Name, Fields: []Shown{}, Steps: []Step{}, Facts: []ShownFact{}}
	x.trace.steps = nil
	x.counts = make([]tableCount, len(x.tables))
	sink := &kept{}
	one := &rows{list: r.list.Slice(i, i+1), refs: r.refs[i : i+1]}
	if r.faults != nil {
		one.faults = r.faults[i : i+1]
	}
	x.takeRows(one, sink)
	w := &shower{x: x, out: []ShownFact{}}
	e.Ref = w.name(r.refs[i])
	for j, f := range x.list.fields {
		if s := x.field(f, r.list.Index(i).Field(j+1)); s != "" {
			e.Fields = append(e.Fields, Shown{Name: f.name, Value: s})
		}
	}
	for _, s := range x.trace.steps {
		e.Steps = append(e.Steps, w.step(s))
	}
	sink.show(w, &e)
	e.Facts = w.out
	for j, t := range x.Mapper.tables {
		if c := x.counts[j]; c.unknown > 0 {
			one := CodeCount{Table: t.name, Place: t.at.String(), Word: t.word(), Rows: c.rows, Unknown: c.unknown}
			for _, word := range sortedKeys(c.words) {
				one.Commonest = append(one.Commonest, UnknownCode{word, c.words[word]})
			}
			e.Unknown = append(e.Unknown, one)
		}
	}
	return e
}

// field shows what was decoded of a field: a person number as a hash.
func (x *reading) field(f *field, v reflect.Value) string {
	if f.many {
		var parts []string
		for i := range v.Len() {
			one := *f
			one.many = false
			parts = append(parts, x.field(&one, v.Index(i)))
		}
		if parts == nil {
			return ""
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	switch f.typ {
	case typeObject:
		var parts []string
		for i, inner := range f.fields {
			if s := x.field(inner, v.Field(i)); s != "" {
				parts = append(parts, inner.name+": "+s)
			}
		}
		if parts == nil {
			return ""
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case typePerson:
		if v.String() == "" {
			return ""
		}
		return "a person number, hash " + x.keyOf(v.String())[:8]
	case typeInt:
		return hideNumbers(strconv.FormatInt(v.Int(), 10))
	case typeFloat:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	case typeBool:
		return strconv.FormatBool(v.Bool())
	}
	if v.String() == "" {
		return ""
	}
	return strconv.Quote(hideNumbers(v.String()))
}

var numberForm = regexp.MustCompile(`\d{6,}[-+ ]?\d{4}`)

// hideNumbers takes out what may be person numbers in a text that is shown, with
// the century or without. The month of an organisationsnummer is 20 or more.
func hideNumbers(s string) string {
	return numberForm.ReplaceAllStringFunc(s, func(n string) string {
		d := strings.NewReplacer("-", "", "+", "", " ", "").Replace(n)
		if len(d) == 12 {
			d = d[2:]
		}
		if len(d) != 10 || figures(d[2:4]) > 12 {
			return n
		}
		return "(a number)"
	})
}

func (w *shower) step(s traced) Step {
	if s.program == nil {
		return Step{Fact: s.fact.spec.kind.String(), Place: s.fact.at.String()}
	}
	p := s.program
	out := Step{Field: p.field, Expression: p.src, Place: p.at.String()}
	if p.many {
		out.Value = Shown{Values: append([]string{}, each(s.many, func(v value) string { return w.value(p, &v) })...)}.Text()
	} else {
		out.Value = w.value(p, &s.one)
	}
	return out
}

func (w *shower) value(p *program, v *value) string {
	switch {
	case p.is == isFlag:
		return strconv.FormatBool(v.flag)
	case !v.set:
		return "nothing"
	case p.is == isWho && v.who != (who{}):
		return w.identifier(v.who.id)
	case p.is == isWho || p.is == isRef:
		return w.name(v.ref)
	case p.is == isDay:
		return v.date.String()
	case p.is == isTime:
		return v.time.In(care.Stockholm).Format(time.RFC3339)
	}
	return hideNumbers(v.text)
}

// kept is a sink of one record.
type kept struct {
	record *care.Record
	visit  *care.VisitRecord
	note   *care.NoteRecord
	broken *care.Unreadable
}

func (k *kept) Record(r care.Record)         { k.record = &r }
func (k *kept) Visit(v care.VisitRecord)     { k.visit = &v }
func (k *kept) Note(n care.NoteRecord)       { k.note = &n }
func (k *kept) Unreadable(u care.Unreadable) { k.broken = &u }

func (k *kept) show(w *shower, e *Explanation) {
	switch {
	case k.broken != nil:
		e.Path, e.Reason = k.broken.Path, k.broken.Reason
	case k.record != nil:
		w.record(k.record)
	case k.visit != nil:
		w.visit(k.visit)
	case k.note != nil:
		w.note(k.note)
	}
}

func newTrace() *trace {
	return &trace{labels: map[care.Ref]string{}, hexes: map[string]string{}, fields: map[string]string{}}
}

// learn remembers in which field each text of a body stands.
func (t *trace) learn(c *list, body []byte) {
	var tree any
	if json.Unmarshal(body, &tree) == nil {
		t.texts(c.fields, tree, "")
	}
}

func (t *trace) texts(fields []*field, tree any, path string) {
	switch v := tree.(type) {
	case []any:
		for _, e := range v {
			t.texts(fields, e, path)
		}
	case map[string]any:
		for _, k := range sortedKeys(v) {
			name, inner := k, []*field(nil)
			for _, f := range fields {
				if f.column == k {
					name, inner = f.name, f.fields
				}
			}
			if path != "" {
				name = path + "." + name
			}
			t.texts(inner, v[k], name)
		}
	case string:
		if s := strings.TrimSpace(v); t.fields[s] == "" {
			t.fields[s] = path
		}
	case float64:
		if s := strconv.FormatFloat(v, 'f', -1, 64); t.fields[s] == "" {
			t.fields[s] = path
		}
	}
}

// label remembers how a person or an organization is shown: by the function, and
// the field that it was given.
func (t *trace) label(ref care.Ref, function, s string) {
	if t == nil || ref == "" {
		return
	}
	name := t.fields[s]
	if name == "" {
		name = "..."
	}
	label := function + name + ")"
	t.labels[ref] = label
	if hex, ok := strings.CutPrefix(string(ref), "identifier:"); ok {
		t.hexes[hex] = label
	}
}
