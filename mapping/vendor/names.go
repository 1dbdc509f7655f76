package vendor

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// walker looks at names before types are checked: it resolves settings and the
// names of lists and tables, and tells what is not known and what is meant.
type walker struct {
	*compiling
	variables []string
}

func (w *walker) walk(n *ast.Node) {
	switch x := (*n).(type) {
	case *ast.IdentifierNode:
		w.name(x)
	case *ast.MemberNode:
		if w.setting(n, x) {
			return
		}
		w.walk(&x.Node)
		if _, isText := x.Property.(*ast.StringNode); !isText {
			w.walk(&x.Property)
		}
	case *ast.CallNode:
		w.call(x)
	case *ast.BuiltinNode:
		for i := range x.Arguments {
			w.walk(&x.Arguments[i])
			if of, _ := (base{fields: w.fields}).path(x.Arguments[i]); of != nil && !of.many {
				w.opaque(x.Arguments[i], goTypes[of.typ])
			}
		}
	case *ast.UnaryNode:
		w.walk(&x.Node)
	case *ast.BinaryNode:
		if x.Operator == ".." || x.Operator == "**" || x.Operator == "^" {
			w.failNode(x, "%s is not used in mappings", x.Operator)
			return
		}
		w.walk(&x.Left)
		w.walk(&x.Right)
	case *ast.ChainNode:
		w.walk(&x.Node)
	case *ast.SliceNode:
		w.walk(&x.Node)
		for _, at := range []*ast.Node{&x.From, &x.To} {
			if *at != nil {
				w.walk(at)
			}
		}
	case *ast.PredicateNode:
		w.walk(&x.Node)
	case *ast.ConditionalNode:
		w.walk(&x.Cond)
		w.walk(&x.Exp1)
		w.walk(&x.Exp2)
	case *ast.VariableDeclaratorNode:
		w.walk(&x.Value)
		w.variables = append(w.variables, x.Name)
		w.walk(&x.Expr)
		w.variables = w.variables[:len(w.variables)-1]
	case *ast.ArrayNode:
		for i := range x.Nodes {
			w.walk(&x.Nodes[i])
		}
	case *ast.MapNode, *ast.SequenceNode:
		w.failNode(x, "only one value is given; maps and sequences are not used in mappings")
	}
}

func (w *walker) name(x *ast.IdentifierNode) {
	switch {
	case slices.Contains(w.variables, x.Value):
	case x.Value == "settings":
		w.failNode(x, "a setting is written settings.NAME%s", meant("", sortedKeys(w.settings)))
	case w.fields == nil:
		w.failNode(x, "%s is not known: only settings are, as in settings.NAME", x.Value)
	default:
		f, _ := find(w.fields, x.Value)
		if hidden, _ := find(w.unread, x.Value); f == nil && hidden != nil {
			w.failNode(x, "%s is a person's name: only display_name of a client reads names", x.Value)
			return
		}
		if f == nil {
			w.failNode(x, "there is no field %s in the shape%s", x.Value, meant(x.Value, names(w.fields)))
			return
		}
		if !slices.Contains(w.reads, f) {
			w.reads = append(w.reads, f)
		}
	}
}

// setting puts the value of settings.NAME in the place of it.
func (w *walker) setting(n *ast.Node, x *ast.MemberNode) bool {
	of, ok := x.Node.(*ast.IdentifierNode)
	name, isText := x.Property.(*ast.StringNode)
	if !ok || of.Value != "settings" || !isText {
		return false
	}
	v, ok := w.settings[name.Value]
	if !ok {
		w.failNode(x.Property, "there is no setting %s%s", name.Value, meant(name.Value, sortedKeys(w.settings)))
		return true
	}
	ast.Patch(n, &ast.StringNode{Value: v})
	return true
}

func (w *walker) call(x *ast.CallNode) {
	callee, ok := x.Callee.(*ast.IdentifierNode)
	if !ok {
		w.failNode(x, "only functions are called")
		return
	}
	f := functionOf(callee.Value)
	if f == nil {
		all := slices.Clone(builtins)
		for i := range functions {
			all = append(all, functions[i].name)
		}
		w.failNode(x.Callee, "there is no function %s%s", callee.Value, meant(callee.Value, all))
		return
	}
	if n := len(x.Arguments); n < f.least || f.most >= 0 && n > f.most {
		w.failNode(x.Callee, "%s takes %s", f.name, f.takes)
		return
	}
	args := x.Arguments
	if f.named != "" && !w.named(&args[0], f) {
		return
	}
	if f.named == "records" {
		of := args[0].(*ast.StringNode).Value
		if key := w.keys[of]; len(key) != len(args)-1 {
			w.failNode(x.Callee, "the key of %s is %s: %s takes that many fields, and these are %d", of, strings.Join(key, ", "), f.name, len(args)-1)
			return
		}
	}
	for i := range args {
		if f.named == "" || i > 0 {
			w.walk(&args[i])
		}
	}
	x.Arguments = append([]ast.Node{&ast.IdentifierNode{Value: hidden}}, args...)
}

// named turns the first argument, a plain name of a list or table, into a text.
func (w *walker) named(n *ast.Node, f *function) bool {
	name := ""
	switch x := (*n).(type) {
	case *ast.IdentifierNode:
		name = x.Value
	case *ast.StringNode:
		name = x.Value
	default:
		w.failNode(*n, "the first that %s takes is a plain name: %s", f.name, f.takes)
		return false
	}
	switch f.named {
	case "records":
		if !slices.Contains(w.lists, name) {
			w.failNode(*n, "there is no list %s under records%s", name, meant(name, w.lists))
			return false
		}
		if w.refers != nil && !slices.Contains(*w.refers, name) {
			*w.refers = append(*w.refers, name)
		}
		if f.name == "of" && w.through != nil {
			*w.through = name
		}
	case "codes":
		if w.tables[name] == nil {
			w.failNode(*n, "there is no table %s under codes%s", name, meant(name, sortedKeys(w.tables)))
			return false
		}
	}
	ast.Patch(n, &ast.StringNode{Value: name})
	return true
}
