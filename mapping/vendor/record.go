package vendor

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"reflect"
	"slices"

	"brygga/care"
	"brygga/mapping"
)

// rows are the rows of one page: decoded, and with their references.
type rows struct {
	list    reflect.Value
	refs    []care.Ref
	keyless []bool
	faults  []error // nil, or per row why it cannot be decoded
	raw     []json.RawMessage
}

// number1 gives each row its reference. One that has no key gets the keyed hash
// of what it holds for a name, so that it stays the same row until it is mended.
func (x *reading) number1(list reflect.Value, faults []error) (*rows, error) {
	r := &rows{list: list, faults: faults, refs: make([]care.Ref, list.Len()), keyless: make([]bool, list.Len())}
	if x.list.texts != nil {
		typed := reflect.MakeSlice(reflect.SliceOf(x.list.row), list.Len(), list.Len())
		for i := range list.Len() {
			if err := x.list.typed(list.Index(i), typed.Index(i)); err != nil {
				r.fail(i, err)
			}
		}
		r.list = typed
	}
	for i := range r.list.Len() {
		parts, err := x.keyParts(r.list.Index(i))
		if err != nil {
			r.fail(i, err)
			r.keyless[i] = true
			sum := x.hasher.Sum(0, "row|"+x.content(r.list.Index(i)))
			r.refs[i] = x.refOf(x.list.Name, "row-"+hex.EncodeToString(sum[:]))
			continue
		}
		r.refs[i] = x.refOf(x.list.Name, parts...)
	}
	return r, nil
}

func (r *rows) fail(i int, err error) {
	if r.faults == nil {
		r.faults = make([]error, r.list.Len())
	}
	if r.faults[i] == nil {
		r.faults[i] = err
	}
}

// contradict makes rows unreadable that have one key and do not say the same: the key
// of the list is none, or somebody used one twice, and neither may take the place of
// the other. Where rows tell when they were changed, and in files of changes, one is
// what became of the other.
func (x *reading) contradict(r *rows, keys []uint64) {
	if x.list.updated != nil || x.list.Files != nil && x.list.Files.Delivery == "changes" {
		return
	}
	sorted := slices.Clone(keys)
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) == len(keys) {
		return
	}
	first := map[care.Ref]int{}
	for i, ref := range r.refs {
		j, seen := first[ref]
		if !seen {
			first[ref] = i
			continue
		}
		if !reflect.DeepEqual(r.list.Index(i).Interface(), r.list.Index(j).Interface()) {
			r.fail(i, &fault{x.list.at, "", mapping.KeyTwice})
			r.fail(j, &fault{x.list.at, "", mapping.KeyTwice})
		}
	}
}

// content is all of a row that is read, as text; it goes into a keyed hash.
func (x *reading) content(row reflect.Value) string {
	b, err := json.Marshal(row.Addr().Interface())
	if err != nil {
		return ""
	}
	return string(b)
}

// takeRows hands every row to the sink.
func (x *reading) takeRows(r *rows, sink mapping.Sink) {
	for i, ref := range r.refs {
		row := r.list.Index(i)
		row.Field(0).Set(reflect.ValueOf(x))
		var err error
		if r.faults != nil {
			err = r.faults[i]
		}
		x.row(row, ref, err, sink)
		x.endRow()
	}
}

// row reads one row. It makes exactly one call of the sink.
func (x *reading) row(row reflect.Value, ref care.Ref, broken error, sink mapping.Sink) {
	x.rec = care.Record{Ref: ref}
	rec := &x.rec
	holds, err := x.admit(row, rec, broken)
	if err == nil && holds {
		err = x.fill(row, rec)
	}
	if err != nil {
		sink.Unreadable(x.unreadable(row, rec, err))
		return
	}
	switch {
	case x.list.holds.Has(care.SetOf(care.KindVisit)):
		if x.visit.Ref != ref {
			key := mapping.Key(ref)
			x.visit = care.VisitRecord{Ref: ref, Client: rec.Client, KeyHi: uint32(key >> 32), KeyLo: uint32(key), Updated: rec.Updated}
		}
		sink.Visit(x.visit)
		x.visit = care.VisitRecord{}
	case x.list.holds.Has(care.SetOf(care.KindNote)):
		if x.note.Ref != ref {
			x.note = care.NoteRecord{Ref: ref, Client: rec.Client, Updated: rec.Updated, Note: care.Note{Key: mapping.Key(ref)}, Void: true}
		}
		sink.Note(x.note)
		x.note = care.NoteRecord{}
	default:
		sink.Record(*rec)
	}
}

// admit says whether a row holds facts at all: it is not deleted, and is one of
// those that are meant.
func (x *reading) admit(row reflect.Value, rec *care.Record, broken error) (bool, error) {
	if broken != nil {
		return false, broken
	}
	v := &x.scratch
	if p := x.list.updated; p != nil {
		*v = value{}
		if err := x.run(p, row, v); err != nil {
			return false, err
		}
		rec.Updated = v.time
		x.note1(p, v, nil)
	}
	for _, p := range []*program{x.list.deleted, x.list.where} {
		if p == nil {
			continue
		}
		*v = value{}
		if err := x.run(p, row, v); err != nil {
			return false, err
		}
		x.note1(p, v, nil)
		if v.flag == (p == x.list.deleted) {
			return false, nil
		}
	}
	return true, nil
}

// fill evaluates the fields of each fact of the row.
func (x *reading) fill(row reflect.Value, rec *care.Record) error {
	for _, f := range x.list.facts {
		holds, err := x.evaluate(f, row)
		if err != nil {
			return err
		}
		if !holds {
			continue
		}
		if i := f.spec.field("client"); i >= 0 {
			client := x.values.one[i].ref
			if client == "" {
				return &fault{f.at, f.spec.kind.String() + ".client", "the client is missing"}
			}
			if rec.Client != "" && rec.Client != client {
				return &fault{f.at, f.spec.kind.String() + ".client", "one row names two clients"}
			}
			rec.Client = client
		}
		if i := f.spec.field("staff"); i >= 0 && f.spec.fields[i].required && !x.values.one[i].set {
			return &fault{f.at, f.spec.kind.String() + ".staff", "the member of staff is missing"}
		}
		x.fact = f
		f.spec.fill(x, &x.values, rec)
	}
	return nil
}

// evaluate gives the values of one fact; false where the row holds none: its where
// says so, or a code that it needs means none.
func (x *reading) evaluate(f *fact, row reflect.Value) (bool, error) {
	x.step(f)
	if f.where != nil {
		var v value
		if err := x.run(f.where, row, &v); err != nil {
			return false, err
		}
		x.note1(f.where, &v, nil)
		if !v.flag {
			return false, nil
		}
	}
	vs := &x.values
	vs.reset(f.spec)
	holds := true
	for i, p := range f.programs {
		if p == nil {
			continue
		}
		field := &f.spec.fields[i]
		var err error
		if field.many {
			vs.many[i], err = x.runAll(p, row, vs.many[i])
		} else {
			err = x.run(p, row, &vs.one[i])
		}
		if err != nil {
			return false, err
		}
		x.note1(p, &vs.one[i], vs.many[i])
		if field.is == isCode && !field.many {
			switch {
			case vs.one[i].text == none:
				holds = false
			case field.required && !vs.one[i].set:
				return false, &fault{p.at, f.spec.kind.String() + "." + field.name, "is missing"}
			}
		}
	}
	return holds, nil
}

// unreadable says of a row that it cannot be read, and whom it concerns where
// that can be told.
func (x *reading) unreadable(row reflect.Value, rec *care.Record, err error) care.Unreadable {
	u := care.Unreadable{Ref: rec.Ref, Updated: rec.Updated, Client: rec.Client, Facts: x.list.holds, Reason: "cannot be read"}
	var f *fault
	if errors.As(err, &f) {
		u.Path, u.Reason = f.path(), f.reason
	}
	for _, one := range x.list.facts {
		if one.spec.kind == care.KindClient {
			u.Client = rec.Ref
			continue
		}
		if i := one.spec.field("client"); i >= 0 && one.programs[i] != nil {
			var v value
			if x.run(one.programs[i], row, &v) == nil {
				u.Client = cmp.Or(u.Client, v.ref)
			}
		}
		if i := one.spec.field("staff"); i >= 0 && u.Client == "" && one.programs[i] != nil && one.spec.field("client") < 0 {
			vs, err := x.runAll(one.programs[i], row, nil)
			if err == nil && len(vs) > 0 {
				u.Staff = cmp.Or(u.Staff, vs[0].ref)
			}
		}
		if one.spec.kind == care.KindStaff {
			u.Staff = rec.Ref
		}
	}
	return u
}

// step and note1 write down how a record is read, where somebody wants to see it.
func (x *reading) step(f *fact) {
	if x.trace != nil {
		x.trace.steps = append(x.trace.steps, traced{fact: f})
	}
}

func (x *reading) note1(p *program, one *value, many []value) {
	if x.trace != nil {
		x.trace.steps = append(x.trace.steps, traced{program: p, one: *one, many: slices.Clone(many)})
	}
}

// trace is how one record was read, and how persons in it are shown.
type trace struct {
	steps  []traced
	fields map[string]string // text of the record → the field that it stands in
	labels map[care.Ref]string
	hexes  map[string]string
}

type traced struct {
	fact    *fact // a new fact begins
	program *program
	one     value
	many    []value
}
