package vendor

import (
	"errors"
	"fmt"
	"reflect"
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
	keys     map[string][]string // of the lists: the fields of their keys
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
