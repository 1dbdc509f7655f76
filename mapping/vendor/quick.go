package vendor

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/expr-lang/expr/ast"
)

// The commonest expressions are so simple that the machine of the language costs
// more than all that they do: a field, a function of ours on a field, comparisons
// of fields with texts, a list filtered and mapped. These become functions of Go
// here. The others, and all of them with Options.Plain, run on the machine; tests
// hold the two against each other.

type (
	// quick evaluates an expression on a row, quickList one that gives a list.
	quick     func(x *reading, row reflect.Value, out *value) error
	quickList func(x *reading, row reflect.Value, out []value) ([]value, error)
	quickText func(x *reading, row reflect.Value) (string, error)
	quickFlag func(x *reading, row reflect.Value) (bool, error)
)

// base is what fields are looked up in: the row, or an element of a list of it.
type base struct {
	fields  []*field
	element bool
}

// quicken gives the short cut of an expression; nil, nil where there is none.
func (c *compiling) quicken(n ast.Node, f factField) (quick, quickList) {
	in := base{fields: c.fields}
	if !f.many {
		return c.single(n, f, in), nil
	}
	switch x := n.(type) {
	case *ast.BuiltinNode:
		return nil, c.mapped(x, f, in)
	case *ast.ArrayNode:
		return nil, c.several(x, f, in)
	}
	return c.single(n, f, in), nil
}

// path follows a field, or a field of an object, from the base.
func (b base) path(n ast.Node) (*field, []int) {
	switch x := n.(type) {
	case *ast.IdentifierNode:
		if b.element {
			return nil, nil
		}
		if i := b.index(x.Value); i >= 0 {
			return b.fields[i], []int{i + 1} // after Reading
		}
	case *ast.MemberNode:
		name, ok := x.Property.(*ast.StringNode)
		if !ok || x.Optional {
			return nil, nil
		}
		if _, isElement := x.Node.(*ast.PointerNode); isElement && b.element {
			if i := b.index(name.Value); i >= 0 {
				return b.fields[i], []int{i}
			}
			return nil, nil
		}
		of, index := b.path(x.Node)
		if of == nil || of.typ != typeObject || of.many {
			return nil, nil
		}
		if i := (base{fields: of.fields}).index(name.Value); i >= 0 {
			return of.fields[i], append(index, i)
		}
	}
	return nil, nil
}

func (b base) index(name string) int {
	return slices.IndexFunc(b.fields, func(f *field) bool { return f.name == name })
}

// follow gives the value of a field.
func follow(row reflect.Value, index []int) reflect.Value {
	for _, i := range index {
		row = row.Field(i)
	}
	return row
}

func (c *compiling) single(n ast.Node, f factField, in base) quick {
	switch f.is {
	case isFlag:
		if flag := c.flag(n, in); flag != nil {
			return func(x *reading, row reflect.Value, out *value) (err error) {
				out.flag, err = flag(x, row)
				out.set = true
				return err
			}
		}
		return nil
	case isText, isCode:
		text := c.text1(n, in)
		if text == nil {
			return nil
		}
		p := &program{vals: f.values}
		return func(x *reading, row reflect.Value, out *value) error {
			s, err := text(x, row)
			if err != nil {
				return err
			}
			if f.is == isCode {
				return out.code(p, s)
			}
			out.text, out.set = s, s != ""
			return nil
		}
	}
	if of, index := in.path(n); of != nil {
		return direct(f.is, of, index)
	}
	call, ok := n.(*ast.CallNode)
	if !ok {
		return nil
	}
	return c.called(call, f, in)
}

// direct is a field that is handed on as it is.
func direct(is kindOf, of *field, index []int) quick {
	switch {
	case of.many:
	case (of.typ == typeDate || of.typ == typeDatetime) && (is == isDay || is == isTime):
		return func(x *reading, row reflect.Value, out *value) error {
			return x.stamped(is, follow(row, index).String(), out)
		}
	case of.typ == typePerson && is == isWho:
		return func(x *reading, row reflect.Value, out *value) error {
			return x.client(follow(row, index).String(), out)
		}
	}
	return nil
}

// called is a function of ours on a field, or on a text.
func (c *compiling) called(n *ast.CallNode, f factField, in base) quick {
	name := n.Callee.(*ast.IdentifierNode).Value
	args := n.Arguments[1:]
	last := args[len(args)-1]
	of, index := in.path(last)
	if of == nil || of.many {
		return nil
	}
	switch {
	case name == "person" && f.is == isWho:
		return func(x *reading, row reflect.Value, out *value) error {
			return x.client(follow(row, index).String(), out)
		}
	case name == "hsa" && (f.is == isWho || f.is == isRef):
		return func(x *reading, row reflect.Value, out *value) error {
			return out.person(x.hsa(follow(row, index).String()))
		}
	case name == "date" && f.is == isDay, name == "instant" && f.is == isTime:
		return func(x *reading, row reflect.Value, out *value) error {
			return x.stamped(f.is, follow(row, index).String(), out)
		}
	case (name == "ref" || name == "of") && len(args) == 2:
		list := args[0].(*ast.StringNode).Value
		return func(x *reading, row reflect.Value, out *value) error {
			v, part := follow(row, index), ""
			switch of.typ {
			case typeInt:
				part = x.keyPart(strconv.FormatInt(v.Int(), 10))
			case typePerson:
				part = x.keyOf(v.String())
			default:
				part = x.keyPart(v.String())
			}
			out.ref = x.refOf(list, part)
			out.set = out.ref != ""
			return nil
		}
	}
	return nil
}

// mapped is map(LIST, ...) or map(filter(LIST, ...), ...), of a list of the row.
func (c *compiling) mapped(n *ast.BuiltinNode, f factField, in base) quickList {
	if n.Name != "map" {
		return nil
	}
	from := n.Arguments[0]
	var keep ast.Node
	if filter, ok := from.(*ast.BuiltinNode); ok && filter.Name == "filter" {
		from, keep = filter.Arguments[0], filter.Arguments[1].(*ast.PredicateNode).Node
	}
	of, index := in.path(from)
	if of == nil || !of.many || of.typ != typeObject {
		return nil
	}
	each := base{of.fields, true}
	give := c.single(n.Arguments[1].(*ast.PredicateNode).Node, f, each)
	var test quickFlag
	if keep != nil {
		if test = c.flag(keep, each); test == nil {
			return nil
		}
	}
	if give == nil {
		return nil
	}
	return func(x *reading, row reflect.Value, out []value) ([]value, error) {
		list := follow(row, index)
		for i := range list.Len() {
			e := list.Index(i)
			if test != nil {
				if yes, err := test(x, e); err != nil {
					return out, err
				} else if !yes {
					continue
				}
			}
			var err error
			if out, err = add(out, give, x, e); err != nil {
				return out, err
			}
		}
		return out, nil
	}
}

// several is a list that is written out: [person(A), person(B)].
func (c *compiling) several(n *ast.ArrayNode, f factField, in base) quickList {
	var all []quick
	for _, e := range n.Nodes {
		one := c.single(e, f, in)
		if one == nil {
			return nil
		}
		all = append(all, one)
	}
	return func(x *reading, row reflect.Value, out []value) ([]value, error) {
		var err error
		for _, one := range all {
			if out, err = add(out, one, x, row); err != nil {
				return out, err
			}
		}
		return out, nil
	}
}

// add evaluates into a list, and leaves out what is nothing.
func add(out []value, one quick, x *reading, row reflect.Value) ([]value, error) {
	out = append(out, value{})
	last := &out[len(out)-1]
	if err := one(x, row, last); err != nil || !last.set {
		return out[:len(out)-1], err
	}
	return out, nil
}
