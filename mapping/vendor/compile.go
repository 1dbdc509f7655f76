package vendor

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/optimizer"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// What one expression may be and use: far more than any needs.
const (
	maxNodes     = 400
	memoryBudget = 20_000 // elements of lists that are made
)

// program is a compiled expression.
type program struct {
	at    place
	field string // what it is the value of, for messages
	src   string
	is    kindOf
	many  bool
	vals  []string // the codes that it may give
	code  *vm.Program
	quick quick // nil where the expression needs the machine
	list  quickList
	reads []*field // of the row, for explain
}

// scope is what an expression may name.
type scope struct {
	fields   []*field     // of the row; nil: settings only
	unread   []*field     // of the shape, but not of the row
	row      reflect.Type // the struct of the row
	settings map[string]string
	lists    []string
	tables   map[string]*table
	through  *string   // set by of(...)
	refers   *[]string // added to by ref(...) and of(...)
}

// compile checks one expression and makes it ready to run. A problem names the
// place in the mapping, and what was expected, in the words of mappings.
func (l *loader) compile(n *node, what string, s *scope, f factField) *program {
	if n == nil {
		return nil
	}
	if n.form != scalar || strings.TrimSpace(n.text) == "" {
		l.fail(n.place, "%s: an expression is a single text", what)
		return nil
	}
	p := &program{at: n.place, field: f.name, src: strings.TrimSpace(n.text), is: f.is, many: f.many, vals: f.values}
	c := &compiling{loader: l, scope: s, node: n, what: what}
	tree, ok := c.tree(f)
	if !ok || !c.gives(tree.Node, f) {
		return nil
	}
	p.reads = c.reads
	p.quick, p.list = c.quicken(tree.Node, f)
	if err := optimizer.Optimize(&tree.Node, c.config); err != nil {
		c.failed(err)
		return nil
	}
	code, err := compiler.Compile(tree, c.config)
	if err != nil {
		c.failed(err)
		return nil
	}
	p.code = code
	return p
}

// compiling is one expression being compiled.
type compiling struct {
	*loader
	*scope
	node   *node
	what   string
	config *conf.Config
	reads  []*field
	bad    bool
}

func (c *compiling) tree(f factField) (*parser.Tree, bool) {
	row := c.row
	if row == nil {
		row = rowType(nil, true, false)
	}
	c.config = conf.New(reflect.New(row).Elem().Interface())
	c.config.MaxNodes = maxNodes
	register(c.config)
	tree, err := parser.ParseWithConfig(c.node.text, c.config)
	if err != nil {
		c.failed(err)
		return nil, false
	}
	w := &walker{compiling: c}
	w.walk(&tree.Node)
	if c.bad {
		return nil, false
	}
	if _, err := checker.Check(tree, c.config); err != nil {
		c.failed(err)
		return nil, false
	}
	c.guard(tree.Node, f.is == isDay || f.is == isTime || f.is == isWho)
	return tree, !c.bad
}

// fail reports a problem at a place in the expression.
func (c *compiling) failNode(n ast.Node, format string, args ...any) {
	c.bad = true
	c.failFrom(n.Location().From, fmt.Sprintf(format, args...))
}

// failFrom turns a position in the expression into one in the file.
func (c *compiling) failFrom(from int, text string) {
	p := c.node.place
	before := []rune(c.node.text)
	before = before[:min(max(from, 0), len(before))]
	switch lines := strings.Count(string(before), "\n"); {
	case c.node.block:
		p.line += 1 + lines
		p.column = 1
	case lines == 0:
		p.column += len(before)
		if c.node.quoted {
			p.column++
		}
	}
	c.fail(p, "%s: %s", c.what, text)
}

// failed reports what the compiler says, in words about the mapping.
func (c *compiling) failed(err error) {
	c.bad = true
	var f *file.Error
	if !errors.As(err, &f) {
		c.failFrom(0, "cannot be compiled")
		return
	}
	c.failFrom(f.From, c.inWords(f.Message, f.From))
}

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
