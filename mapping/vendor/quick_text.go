package vendor

import (
	"reflect"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// text1 gives texts: constants, fields, and what tables say of them.
func (c *compiling) text1(n ast.Node, in base) quickText {
	switch x := n.(type) {
	case *ast.StringNode:
		s := x.Value
		return func(*reading, reflect.Value) (string, error) { return s, nil }
	case *ast.CallNode:
		if x.Callee.(*ast.IdentifierNode).Value != "code" {
			return nil
		}
		inner, name := c.text1(x.Arguments[2], in), x.Arguments[1].(*ast.StringNode).Value
		if inner == nil {
			return nil
		}
		return func(x *reading, row reflect.Value) (string, error) {
			s, err := inner(x, row)
			if err != nil {
				return "", err
			}
			return x.code(name, s)
		}
	case *ast.ConditionalNode:
		when, a, b := c.flag(x.Cond, in), c.text1(x.Exp1, in), c.text1(x.Exp2, in)
		if when == nil || a == nil || b == nil {
			return nil
		}
		return func(x *reading, row reflect.Value) (string, error) {
			yes, err := when(x, row)
			switch {
			case err != nil:
				return "", err
			case yes:
				return a(x, row)
			}
			return b(x, row)
		}
	}
	of, index := in.path(n)
	switch {
	case of == nil || of.many:
		return nil
	case of.typ == typeText:
		return func(_ *reading, row reflect.Value) (string, error) { return follow(row, index).String(), nil }
	}
	return nil
}

// flag gives yes or no: fields, comparisons of texts, and what joins them.
func (c *compiling) flag(n ast.Node, in base) quickFlag {
	switch x := n.(type) {
	case *ast.BoolNode:
		v := x.Value
		return func(*reading, reflect.Value) (bool, error) { return v, nil }
	case *ast.UnaryNode:
		inner := c.flag(x.Node, in)
		if inner == nil || x.Operator != "not" && x.Operator != "!" {
			return nil
		}
		return func(x *reading, row reflect.Value) (bool, error) {
			v, err := inner(x, row)
			return !v, err
		}
	case *ast.BinaryNode:
		return c.compared(x, in)
	}
	if of, index := in.path(n); of != nil && !of.many && of.typ == typeBool {
		return func(_ *reading, row reflect.Value) (bool, error) { return follow(row, index).Bool(), nil }
	}
	return nil
}

func (c *compiling) compared(n *ast.BinaryNode, in base) quickFlag {
	switch n.Operator {
	case "and", "&&", "or", "||":
		a, b := c.flag(n.Left, in), c.flag(n.Right, in)
		if a == nil || b == nil {
			return nil
		}
		stop := n.Operator == "or" || n.Operator == "||"
		return func(x *reading, row reflect.Value) (bool, error) {
			if v, err := a(x, row); err != nil || v == stop {
				return v, err
			}
			return b(x, row)
		}
	case "==", "!=":
		a, b := c.text1(n.Left, in), c.text1(n.Right, in)
		if a == nil || b == nil {
			return nil
		}
		want := n.Operator == "=="
		return func(x *reading, row reflect.Value) (bool, error) {
			s, err := a(x, row)
			if err != nil {
				return false, err
			}
			t, err := b(x, row)
			return (s == t) == want, err
		}
	case "in":
		a, list := c.text1(n.Left, in), texts(n.Right)
		if a == nil || list == nil {
			return nil
		}
		return func(x *reading, row reflect.Value) (bool, error) {
			s, err := a(x, row)
			return err == nil && slices.Contains(list, s), err
		}
	}
	return nil
}

// texts are those of a list of constant texts; nil where it is something else.
func texts(n ast.Node) []string {
	list, ok := n.(*ast.ArrayNode)
	if !ok {
		return nil
	}
	out := []string{}
	for _, e := range list.Nodes {
		s, ok := e.(*ast.StringNode)
		if !ok {
			return nil
		}
		out = append(out, s.Value)
	}
	return out
}
