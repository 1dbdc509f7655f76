package vendor

import (
	"errors"
	"reflect"
	"slices"
	"time"

	"brygga/care"
)

// run evaluates an expression on a row to a single value.
func (x *reading) run(p *program, row reflect.Value, out *value) error {
	if p.quick != nil && !x.plain {
		return p.blame(p.quick(x, row, out))
	}
	got, err := x.machine(p, row)
	if err != nil {
		return err
	}
	return p.blame(x.take(p, got, out))
}

// runAll evaluates an expression that may give several values.
func (x *reading) runAll(p *program, row reflect.Value, out []value) ([]value, error) {
	switch {
	case x.plain:
	case p.list != nil:
		out, err := p.list(x, row, out)
		return out, p.blame(err)
	case p.quick != nil:
		out, err := add(out, p.quick, x, row)
		return out, p.blame(err)
	}
	got, err := x.machine(p, row)
	if err != nil || got == nil {
		return out, err
	}
	list := reflect.ValueOf(got)
	if list.Kind() != reflect.Slice {
		var v value
		err := x.take(p, got, &v)
		if v.set {
			out = append(out, v)
		}
		return out, p.blame(err)
	}
	for i := range list.Len() {
		var v value
		if err := x.take(p, list.Index(i).Interface(), &v); err != nil {
			return out, p.blame(err)
		}
		if v.set {
			out = append(out, v)
		}
	}
	return out, nil
}

// machine runs an expression on the machine of its language.
func (x *reading) machine(p *program, row reflect.Value) (any, error) {
	got, err := x.vm.Run(p.code, row.Addr().Interface())
	if err == nil {
		return got, nil
	}
	var f *fault
	if errors.As(err, &f) {
		return nil, p.blame(f)
	}
	// The machine's own words may hold values.
	return nil, p.blame(unreadable("the expression cannot be evaluated for this record"))
}

// blame says where in the mapping a record could not be read.
func (p *program) blame(err error) error {
	if err == nil {
		return nil
	}
	var f *fault
	if !errors.As(err, &f) {
		return err
	}
	if f.place.file != "" {
		return f
	}
	return &fault{p.at, p.field, f.reason}
}

// take makes of what an expression gave what the field of the fact holds.
func (x *reading) take(p *program, got any, out *value) (err error) {
	switch v := got.(type) {
	case nil:
		return nil
	case number:
		return out.person(x.identify(string(v)))
	case who:
		return out.person(v)
	case link:
		out.ref, out.set = v.ref, v.ref != ""
		return nil
	case day:
		out.date, out.set = v.date, v.date.Known()
	case time.Time:
		return out.moment(p.is, v)
	case stamp:
		return x.stamped(p.is, string(v), out)
	case bool:
		out.flag, out.set = v, true
	case string:
		if p.is == isCode {
			return out.code(p, v)
		}
		out.text, out.set = v, v != ""
	case int:
		out.text, out.set = textOf(v), true
	default:
		return unreadable("the expression gives something else than " + p.is.words())
	}
	if !p.is.fits(out) {
		return unreadable("the expression gives something else than " + p.is.words())
	}
	return nil
}

// fits says whether a value that was taken is of the kind wanted.
func (k kindOf) fits(v *value) bool {
	switch k {
	case isDay:
		return v.text == "" && !v.flag
	case isFlag:
		return v.text == "" && v.date == 0
	case isText:
		return !v.flag && v.date == 0
	case isCode:
		return !v.flag && v.date == 0
	}
	return false
}

func (v *value) person(w who) error {
	v.who, v.ref = w, w.ref()
	v.set = v.ref != ""
	return nil
}

func (v *value) moment(is kindOf, t time.Time) error {
	if is == isDay {
		v.date = care.DateOf(t)
	}
	v.time, v.set = t, !t.IsZero()
	return nil
}

// stamped reads a date as it is written.
func (x *reading) stamped(is kindOf, s string, out *value) (err error) {
	if is == isDay {
		out.date, err = x.date(s)
		out.set = out.date.Known()
		return err
	}
	out.time, err = x.instant(s)
	out.set = !out.time.IsZero()
	return err
}

func (v *value) code(p *program, s string) error {
	if s != "" && !slices.Contains(p.vals, s) {
		return unreadable("a code that is not one of those that the field may have")
	}
	v.text, v.set = s, s != ""
	return nil
}
