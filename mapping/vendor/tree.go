package vendor

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// form is what a node of the file is.
type form uint8

const (
	null form = iota
	scalar
	sequence
	section
)

func (f form) String() string {
	return [...]string{"nothing", "a single value", "a list", "a section of keys"}[f]
}

// node is a value of a mapping file with its place: all of YAML that is read.
type node struct {
	place
	form    form
	text    string // of a scalar, unquoted
	quoted  bool
	block   bool // a | or > text
	plain   bool // not quoted: true, 12 and the like are no texts
	items   []*node
	entries []*entry
}

type entry struct {
	place // of the key
	key   string
	value *node
}

// get gives the value of a key; nil if there is none.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for _, e := range n.entries {
		if e.key == key {
			return e.value
		}
	}
	return nil
}

// What a mapping may not exceed: far more than anybody writes. Deep nesting and
// long lines overflow the parser.
const (
	maxSize     = 1 << 20
	maxLine     = 8192
	maxBrackets = 20_000
	maxDepth    = 24
)

// parse reads one YAML document.
func parse(file, text string) (root *node, problems Problems) {
	defer func() {
		if recover() != nil { // the parser is not ours, and foreign bytes reach it
			root, problems = nil, Problems{{File: file, Text: "cannot be read as YAML"}}
		}
	}()
	text = strings.TrimPrefix(text, "\uFEFF")
	if why := unfit(text); why != "" {
		return nil, Problems{{File: file, Text: why}}
	}
	f, err := parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, Problems{syntaxProblem(file, err)}
	}
	var body ast.Node
	t := &grower{file: file}
	for _, d := range f.Docs {
		switch {
		case d.Body == nil:
		case body != nil:
			t.fail(t.at(d.Body), "a second document begins here: keep one mapping per file")
		default:
			body = d.Body
		}
	}
	if body == nil {
		return nil, Problems{{File: file, Text: "is empty: a mapping begins with `mapping: NAME`"}}
	}
	root = t.grow(body, 0)
	return root, t.problems
}

func unfit(text string) string {
	switch {
	case len(text) > maxSize:
		return "is larger than 1 MiB: is this a mapping?"
	case !utf8.ValidString(text):
		return "is not UTF-8: save it as UTF-8"
	case strings.Count(text, "{")+strings.Count(text, "[") > maxBrackets:
		return "has more brackets than any mapping: is this a mapping?"
	}
	for line := range strings.Lines(text) {
		if len(line) > maxLine {
			return "has a line of more than 8192 bytes: is this a mapping?"
		}
	}
	return ""
}

func syntaxProblem(file string, err error) Problem {
	p := Problem{File: file, Text: "is not YAML"}
	var syntax yaml.Error
	if errors.As(err, &syntax) {
		if tk := syntax.GetToken(); tk != nil && tk.Position != nil {
			p.Line, p.Column = tk.Position.Line, tk.Position.Column
		}
		if m, _, _ := strings.Cut(syntax.GetMessage(), "\n"); m != "" {
			p.Text = "not YAML: " + m + "; a text that holds : or # or begins with a sign is put in 'quotes'"
		}
	}
	return p
}

// grower turns the parser's nodes into ours.
type grower struct {
	problems Problems
	file     string
}

func (t *grower) fail(p place, text string) {
	t.problems = append(t.problems, Problem{File: t.file, Line: p.line, Column: p.column, Text: text})
}

func (t *grower) at(n ast.Node) place {
	switch n := n.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 && !n.IsFlowStyle {
			return t.at(n.Values[0].Key)
		}
	case *ast.LiteralNode:
		return t.token(n.Start)
	}
	return t.token(n.GetToken())
}

func (t *grower) token(tk *token.Token) place {
	if tk == nil || tk.Position == nil {
		return place{file: t.file}
	}
	return place{t.file, tk.Position.Line, tk.Position.Column}
}

func (t *grower) grow(n ast.Node, depth int) *node {
	out := &node{place: t.at(n)}
	if depth > maxDepth {
		t.fail(out.place, "is nested too deeply")
		return out
	}
	switch n := n.(type) {
	case *ast.NullNode:
	case *ast.MappingNode:
		out.form = section
		for _, v := range n.Values {
			t.entry(out, v, depth)
		}
	case *ast.MappingValueNode:
		out.form = section
		out.place = t.at(n.Key)
		t.entry(out, n, depth)
	case *ast.SequenceNode:
		out.form = sequence
		for _, v := range n.Values {
			out.items = append(out.items, t.grow(v, depth+1))
		}
	case *ast.StringNode:
		out.form, out.text = scalar, n.Value
		kind := n.GetToken().Type
		out.quoted = kind == token.SingleQuoteType || kind == token.DoubleQuoteType
	case *ast.LiteralNode:
		out.form, out.text, out.block = scalar, n.Value.Value, true
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		out.form, out.text, out.plain = scalar, n.GetToken().Value, true
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		t.fail(out.place, "anchors (&), aliases (*) and tags (!) are not read: write the value out, or put it in 'quotes'")
	default:
		t.fail(out.place, "something that a mapping cannot hold")
	}
	return out
}

func (t *grower) entry(out *node, v *ast.MappingValueNode, depth int) {
	e := &entry{place: t.at(v.Key)}
	switch k := v.Key.(type) {
	case *ast.StringNode:
		e.key = k.Value
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.NullNode:
		e.key = k.GetToken().Value
	default:
		t.fail(e.place, "a key must be a plain text")
		return
	}
	if out.get(e.key) != nil {
		t.fail(e.place, "the key "+e.key+" stands twice")
		return
	}
	e.value = t.grow(v.Value, depth+1)
	if e.value.form == null {
		e.value.place = e.place
	}
	out.entries = append(out.entries, e)
}
