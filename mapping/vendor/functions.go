package vendor

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/conf"

	"brygga/care"
)

// function is one of the functions that expressions may call. The first argument
// of each is the reading; mappings do not write it.
type function struct {
	name  string
	takes string // in words, for messages
	doc   string
	least int
	most  int // -1: any number
	// named: the first argument is a plain name of this: a list, a table, or anything.
	named string
	call  func(x *reading, args []any) (any, error)
	types []any
}

// functions are all of ours, besides those of the language that are let in.
var functions = []function{
	{
		"person", "a person number: a field of type person or string", "the person with that number; an empty one is nobody", 1, 1, "",
		func(x *reading, args []any) (any, error) { return x.identify(textOf(args[0])), nil },
		[]any{new(func(*reading, number) who), new(func(*reading, string) who)},
	},
	{
		"born", "a person number: a field of type person or string", "the date of birth in a person number", 1, 1, "",
		func(x *reading, args []any) (any, error) { return day{x.born(textOf(args[0]))}, nil },
		[]any{new(func(*reading, number) day), new(func(*reading, string) day)},
	},
	{
		"hsa", "an HSA-id: a field of type string", "the person or organization with that HSA-id", 1, 1, "",
		func(x *reading, args []any) (any, error) { return x.hsa(textOf(args[0])), nil },
		[]any{new(func(*reading, string) who)},
	},
	{
		"local", "a name for what it is, and a text or whole number", "a person by what only this system calls them: local(signature, Signature)", 2, 2, "anything",
		func(x *reading, args []any) (any, error) { return x.local(textOf(args[0]), textOf(args[1])), nil },
		[]any{new(func(*reading, string, string) who), new(func(*reading, string, int) who)},
	},
	{
		"orgnr", "an organisationsnummer or HSA-id: a field of type string", "the organization with that number", 1, 1, "",
		func(x *reading, args []any) (any, error) {
			s := strings.TrimSpace(textOf(args[0]))
			if s != "" && !organizationForm.MatchString(s) {
				return nil, unreadable("is neither an organisationsnummer nor an HSA-id")
			}
			return link{x.organization(s)}, nil
		},
		[]any{new(func(*reading, string) link)},
	},
	{
		"date", "a field of type date or datetime, or a text", "the calendar date", 1, 1, "",
		func(x *reading, args []any) (any, error) { d, err := x.date(textOf(args[0])); return day{d}, err },
		[]any{new(func(*reading, stamp) day), new(func(*reading, string) day)},
	},
	{
		"instant", "a field of type datetime, or a text", "the point in time", 1, 1, "",
		func(x *reading, args []any) (any, error) { return x.instant(textOf(args[0])) },
		[]any{new(func(*reading, stamp) time.Time), new(func(*reading, string) time.Time)},
	},
	{
		"days", "a date and a whole number", "the date so many days later", 2, 2, "",
		func(_ *reading, args []any) (any, error) {
			return day{args[0].(day).date.AddDays(max(-100_000, min(100_000, args[1].(int))))}, nil
		},
		[]any{new(func(*reading, day, int) day)},
	},
	{
		"earliest", "a list of dates", "the earliest; none where one of them is absent, as of starts", 1, 1, "",
		func(x *reading, args []any) (any, error) { return x.outermost(args[0], true) },
		[]any{new(func(*reading, any) day)},
	},
	{
		"latest", "a list of dates", "the latest; none where one of them is absent, as of ends", 1, 1, "",
		func(x *reading, args []any) (any, error) { return x.outermost(args[0], false) },
		[]any{new(func(*reading, any) day)},
	},
	{
		"code", "the name of a table of codes, and a text or whole number", "what the table says of it", 2, 2, "codes",
		func(x *reading, args []any) (any, error) { return x.code(args[0].(string), textOf(args[1])) },
		[]any{new(func(*reading, string, string) string), new(func(*reading, string, int) string)},
	},
	{
		"text_has", "a text and the texts to look for", "whether one of them is in it, in whatever case", 2, -1, "",
		func(_ *reading, args []any) (any, error) {
			s := strings.ToLower(args[0].(string))
			for _, a := range args[1:] {
				if strings.Contains(s, strings.ToLower(a.(string))) {
					return true, nil
				}
			}
			return false, nil
		},
		[]any{new(func(*reading, string, ...string) bool)},
	},
	{
		"ref", "the name of a list, and the fields of its key", "the record of that list with that key", 2, -1, "records",
		func(x *reading, args []any) (any, error) { return x.link(args) },
		[]any{new(func(*reading, string, ...any) link)},
	},
	{
		"of", "the name of a list, and the fields of its key", "the client of the record of that list with that key", 2, -1, "records",
		func(x *reading, args []any) (any, error) { return x.link(args) },
		[]any{new(func(*reading, string, ...any) link)},
	},
	{
		"before", "two dates", "whether the first is before the second; what is absent is not", 2, 2, "",
		func(_ *reading, args []any) (any, error) {
			a, b := args[0].(day).date, args[1].(day).date
			return a.Known() && b.Known() && a < b, nil
		},
		[]any{new(func(*reading, day, day) bool)},
	},
	{
		"absent", "a date, or a field of type date or datetime", "whether there is no date", 1, 1, "",
		func(x *reading, args []any) (any, error) {
			if d, ok := args[0].(day); ok {
				return !d.date.Known(), nil
			}
			d, err := x.date(textOf(args[0]))
			return !d.Known(), err
		},
		[]any{new(func(*reading, day) bool), new(func(*reading, stamp) bool)},
	},
}

// builtins are the functions of the language that are let in: those that look at
// their arguments and nothing else, and cannot make much of little.
var builtins = []string{
	"len", "all", "any", "one", "none", "filter", "map", "count", "find", "first", "last", "trim", "trimPrefix",
	"trimSuffix", "lower", "upper", "split", "replace", "hasPrefix", "hasSuffix", "indexOf", "lastIndexOf", "int", "float", "abs",
}

var organizationForm = regexp.MustCompile(`^(\d{6}-?\d{4}|SE\d{10}-[0-9A-Za-z-]+)$`)

func functionOf(name string) *function {
	for i := range functions {
		if functions[i].name == name {
			return &functions[i]
		}
	}
	return nil
}

// register makes the functions known to the expression compiler.
func register(c *conf.Config) {
	for i := range functions {
		f := &functions[i]
		expr.Function(f.name, func(args ...any) (any, error) {
			x, ok := args[0].(*reading)
			if !ok || x == nil {
				return nil, unreadable("is asked outside a record")
			}
			return f.call(x, args[1:])
		}, f.types...)(c)
	}
	for name := range c.Builtins {
		c.Disabled[name] = true
	}
	for _, name := range builtins {
		delete(c.Disabled, name)
	}
	for name := range c.Disabled {
		delete(c.Builtins, name)
	}
}

func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case number:
		return string(v)
	case stamp:
		return string(v)
	case int:
		return strconv.Itoa(v)
	}
	return ""
}

// link makes a reference of the name of a list and the parts of a key.
func (x *reading) link(args []any) (link, error) {
	parts := make([]string, len(args)-1)
	for i, a := range args[1:] {
		switch a := a.(type) {
		case number:
			parts[i] = x.keyOf(string(a))
		case string, int:
			parts[i] = x.keyPart(textOf(a))
		default:
			return link{}, unreadable("a key is made of texts, whole numbers and person numbers")
		}
	}
	return link{x.refOf(textOf(args[0]), parts...)}, nil
}

// outermost is the earliest or the latest of dates. One that is absent is before
// and after all others; of no dates it is none.
func (x *reading) outermost(of any, first bool) (any, error) {
	v := reflect.ValueOf(of)
	if v.Kind() != reflect.Slice {
		return nil, unreadable("is no list of dates")
	}
	var best care.Date
	for i := range v.Len() {
		var d care.Date
		var err error
		switch e := v.Index(i).Interface().(type) {
		case day:
			d = e.date
		case stamp:
			d, err = x.date(string(e))
		default:
			err = unreadable("is no list of dates")
		}
		if err != nil {
			return nil, err
		}
		if !d.Known() {
			return day{}, nil
		}
		if best == 0 || first == (d < best) {
			best = d
		}
	}
	return day{best}, nil
}
