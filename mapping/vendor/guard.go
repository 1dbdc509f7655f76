package vendor

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
)

var (
	numberType = reflect.TypeFor[number]()
	stampType  = reflect.TypeFor[stamp]()
	whoType    = reflect.TypeFor[who]()
	linkType   = reflect.TypeFor[link]()
	dayType    = reflect.TypeFor[day]()
	timeType   = reflect.TypeFor[time.Time]()
	textType   = reflect.TypeFor[string]()
	intType    = reflect.TypeFor[int]()
	boolType   = reflect.TypeFor[bool]()
)

// guard sees to it that person numbers and dates as written go nowhere but into
// functions of ours, and that references are made of what keys are made of.
// taken says that what n is in takes such values.
func (c *compiling) guard(n ast.Node, taken bool) {
	if t := n.Type(); !taken && t != nil && c.opaque(n, underlying(t)) {
		return
	}
	switch x := n.(type) {
	case *ast.CallNode:
		f := functionOf(x.Callee.(*ast.IdentifierNode).Value)
		for i, a := range x.Arguments[1:] {
			c.guard(a, true)
			if f.named == "records" && i > 0 && !c.bad && !slices.Contains([]reflect.Type{textType, intType, numberType}, a.Type()) {
				c.failNode(a, "%s takes %s; this is %s", f.name, f.takes, typeWords(a.Type()))
			}
		}
	case *ast.BuiltinNode:
		for _, a := range x.Arguments {
			list := a.Type() != nil && a.Type().Kind() == reflect.Slice // of which one is picked
			predicate, isPredicate := a.(*ast.PredicateNode)
			switch {
			case isPredicate:
				c.guard(predicate.Node, taken && x.Name == "map")
			default:
				c.guard(a, list)
			}
		}
	case *ast.ConditionalNode:
		c.guard(x.Cond, false)
		c.guard(x.Exp1, taken)
		c.guard(x.Exp2, taken)
	case *ast.MemberNode:
		c.guard(x.Node, true)
		c.guard(x.Property, false)
	case *ast.ChainNode:
		c.guard(x.Node, taken)
	case *ast.UnaryNode:
		c.guard(x.Node, false)
	case *ast.BinaryNode:
		coalesce := x.Operator == "??" && taken
		c.guard(x.Left, coalesce)
		c.guard(x.Right, coalesce)
	case *ast.SliceNode:
		c.guard(x.Node, taken)
	case *ast.ArrayNode:
		for _, e := range x.Nodes {
			c.guard(e, taken)
		}
	case *ast.VariableDeclaratorNode:
		c.guard(x.Value, false)
		c.guard(x.Expr, taken)
	}
}

// opaque refuses what only functions of ours take.
func (c *compiling) opaque(n ast.Node, t reflect.Type) bool {
	switch t {
	case numberType:
		c.failNode(n, "a person number is given to person(...), born(...), ref(...) or of(...), and to nothing else")
	case stampType:
		c.failNode(n, "a date as it is written is given to date(...), instant(...), earliest(...), latest(...) or absent(...)")
	default:
		return false
	}
	return true
}

func underlying(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t
}

// results is what a field of a fact may be given.
var results = map[kindOf][]reflect.Type{
	isWho: {whoType, linkType, numberType}, isRef: {linkType, whoType}, isDay: {dayType, stampType, timeType},
	isTime: {timeType, stampType}, isFlag: {boolType}, isText: {textType, intType}, isCode: {textType},
}

// gives says whether the expression gives what the field of the fact holds. What
// it gives is looked at before guard's rule: a field may be handed on as it is.
func (c *compiling) gives(n ast.Node, f factField) bool {
	t, many := resultOf(n)
	switch {
	case many && !f.many:
		c.failNode(n, "one value is expected, and this is a list; expected is %s", f.is.words())
	case t == nil: // told when it runs
	case !slices.Contains(results[f.is], t):
		c.failNode(n, "this is %s; expected is %s", typeWords(t), f.is.words())
	}
	if !c.bad && f.is == isCode {
		c.codes(n, f)
	}
	return !c.bad
}

// resultOf is the type of what an expression gives, or of the elements of the
// list that it gives; nil where that is told only when it runs.
func resultOf(n ast.Node) (t reflect.Type, many bool) {
	switch x := n.(type) {
	case *ast.BuiltinNode:
		switch x.Name {
		case "map":
			t, _ := resultOf(x.Arguments[1].(*ast.PredicateNode).Node)
			return t, true
		case "filter":
			t, _ := resultOf(x.Arguments[0])
			return t, true
		}
	case *ast.ArrayNode:
		for i, e := range x.Nodes {
			et, _ := resultOf(e)
			if i > 0 && et != t {
				return nil, true
			}
			t = et
		}
		return t, true
	case *ast.ConditionalNode:
		a, many := resultOf(x.Exp1)
		b, other := resultOf(x.Exp2)
		_, nilA := x.Exp1.(*ast.NilNode)
		_, nilB := x.Exp2.(*ast.NilNode)
		switch {
		case nilA:
			return b, other
		case nilB || a == b:
			return a, many || other
		}
		return nil, many || other
	case *ast.VariableDeclaratorNode:
		return resultOf(x.Expr)
	case *ast.NilNode:
		return nil, false
	}
	t = n.Type()
	if t == nil || t.Kind() == reflect.Interface {
		return nil, false
	}
	if t.Kind() == reflect.Slice {
		if t = t.Elem(); t.Kind() == reflect.Interface {
			return nil, true
		}
		return t, true
	}
	return t, false
}

// codes checks the codes that an expression is seen to give.
func (c *compiling) codes(n ast.Node, f factField) {
	switch x := n.(type) {
	case *ast.StringNode:
		if x.Value != "" && !slices.Contains(f.values, x.Value) {
			c.failNode(n, "%q is not one of %s", x.Value, strings.Join(f.values, ", "))
		}
	case *ast.ConditionalNode:
		c.codes(x.Exp1, f)
		c.codes(x.Exp2, f)
	case *ast.ArrayNode:
		for _, e := range x.Nodes {
			c.codes(e, f)
		}
	case *ast.BuiltinNode:
		if x.Name == "map" {
			c.codes(x.Arguments[1].(*ast.PredicateNode).Node, f)
		}
	case *ast.CallNode:
		if x.Callee.(*ast.IdentifierNode).Value == "code" {
			t := c.tables[x.Arguments[1].(*ast.StringNode).Value]
			for _, v := range t.gives() {
				if v != "" && !slices.Contains(f.values, v) {
					c.failNode(n, "the table %s gives %q (%s), which is not one of %s", t.name, v, t.at, strings.Join(f.values, ", "))
					return
				}
			}
		}
	}
}

// typeWords says in words about mappings what a type is.
func typeWords(t reflect.Type) string {
	if t == nil {
		return "nothing"
	}
	switch t {
	case numberType:
		return "a person number"
	case stampType:
		return "a date as it is written"
	case whoType:
		return "a person"
	case linkType:
		return "a reference"
	case dayType:
		return "a date"
	case timeType:
		return "a point in time"
	}
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Float64:
		return "a decimal number"
	case reflect.Bool:
		return "yes or no"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Interface {
			return "a list"
		}
		return "a list of which each is " + typeWords(t.Elem())
	case reflect.Struct:
		return "an object"
	}
	return "something"
}

// goWords are the compiler's names of types, the longest first.
var goWords = []struct{ from, to string }{
	{"*vendor.reading", "a record"},
	{"vendor.number", "a person number"},
	{"vendor.stamp", "a date as it is written"},
	{"vendor.who", "a person"},
	{"vendor.link", "a reference"},
	{"vendor.day", "a date"},
	{"time.Time", "a point in time"},
	{"float64", "a decimal number"},
	{"interface {}", "anything"},
	{"string", "a text"},
	{"bool", "yes or no"},
	{"int", "a whole number"},
}

var (
	structWords = regexp.MustCompile(`struct \{.*\}`)
	unknownName = regexp.MustCompile(`has no field (\S+)`)
	badCall     = regexp.MustCompile(`as argument \(type .*\) to call (\w+)`)
	badArg      = regexp.MustCompile(`cannot use (.+?) as argument`)
	mismatch    = regexp.MustCompile(`invalid operation: (\S+) \(mismatched types? (.+?)(?: and (.+))?\)`)
	badSyntax   = regexp.MustCompile(`unexpected token|unclosed|literal not terminated|unexpected end|unrecognized character`)
)

// inWords says in words about mappings what the compiler says about Go.
func (c *compiling) inWords(message string, from int) string {
	message = structWords.ReplaceAllString(message, "an object")
	switch {
	case strings.Contains(strings.ToLower(message), "eof") && !c.node.quoted && !c.node.block:
		return "this expression breaks off; in YAML a # after a space begins a comment: put the expression in 'quotes'"
	case badSyntax.MatchString(message):
		return "this is no expression: something is missing or too much here (" + strings.ToLower(strings.NewReplacer("Operator", "", "Bracket", "", "Identifier", "", "(", "", ")", "").Replace(message)) + ")"
	case unknownName.MatchString(message):
		name := unknownName.FindStringSubmatch(message)[1]
		return fmt.Sprintf("there is no field %s in that object%s", name, meant(name, deepNames(c.fields)))
	case badCall.MatchString(message) || strings.HasPrefix(message, "no matching overload"):
		name := ""
		if m := badCall.FindStringSubmatch(message); m != nil {
			name = m[1]
		} else {
			name = strings.TrimPrefix(message, "no matching overload for ")
		}
		if f := functionOf(name); f != nil {
			got := ""
			if m := badArg.FindStringSubmatch(message); m != nil {
				got = "; this is " + goType(m[1])
			}
			return f.name + " takes " + f.takes + got
		}
	case mismatch.MatchString(message):
		m := mismatch.FindStringSubmatch(message)
		if m[3] == "" {
			return fmt.Sprintf("%s does not go with %s", m[1], goType(m[2]))
		}
		return fmt.Sprintf("%s compares or joins things of one type; these are %s and %s", m[1], goType(m[2]), goType(m[3]))
	case strings.HasSuffix(message, "is not callable"):
		name := calledAt(c.node.text, from)
		return fmt.Sprintf("%s is a field here, and so no function; give the field another name, with column: %s", name, name)
	case strings.HasPrefix(message, "non-bool expression"):
		return "a condition is yes or no"
	case strings.Contains(message, "exceeds maximum"):
		return fmt.Sprintf("is too large: at most %d parts", maxNodes)
	}
	return goType(message)
}

// calledAt is the name that stands at a place of an expression, counted in letters.
func calledAt(text string, from int) string {
	letters := []rune(text)
	name, _, _ := strings.Cut(string(letters[min(max(from, 0), len(letters)):]), "(")
	return strings.TrimSpace(name)
}

// goType puts words in the place of types.
func goType(s string) string {
	s = strings.ReplaceAll(s, "[]", "a list of ")
	for _, w := range goWords {
		s = regexp.MustCompile(`(^|[^\w])`+regexp.QuoteMeta(w.from)+`\b`).ReplaceAllString(s, "${1}"+w.to)
	}
	return s
}

func deepNames(fields []*field) []string {
	out := names(fields)
	for _, f := range fields {
		out = append(out, deepNames(f.fields)...)
	}
	return out
}
