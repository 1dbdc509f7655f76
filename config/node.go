package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// shape is what a node of the file is.
type shape uint8

const (
	nothing shape = iota // a key without a value
	scalar
	list
	section // keys with values
	refused // what a configuration may not use; it has been reported
)

func (s shape) String() string {
	return [...]string{"nothing", "a single value", "a list", "a section of keys", "refused"}[s]
}

// place is where something stands in the file; both count from 1.
type place struct{ line, column int }

// node is a value of the file with its place: all of YAML that a configuration may use.
type node struct {
	place
	shape   shape
	text    string // of a scalar, as written, unquoted
	items   []*node
	entries []entry
}

type entry struct {
	place // of the key
	key   string
	value *node
}

// get gives the entry of a key; nil if there is none, or this is no section.
func (n *node) get(key string) *entry {
	if n == nil {
		return nil
	}
	for i := range n.entries {
		if n.entries[i].key == key {
			return &n.entries[i]
		}
	}
	return nil
}

// maxDepth is deeper than any key lies.
const maxDepth = 16

// tree turns AST nodes into nodes and collects what a configuration may not use.
type tree struct {
	problems Problems
	file     string
}

// parse reads text as one YAML document. root is nil where nothing can be made
// of it. The parser's own words are used for broken syntax, but never its
// excerpt of the file, in which a secret may stand.
func parse(file, text string) (root *node, problems Problems) {
	defer func() {
		if recover() != nil { // the parser is not ours, and foreign bytes reach it
			root, problems = nil, Problems{{File: file, What: "cannot be read as YAML", Do: "compare it with what `brygga init` writes"}}
		}
	}()
	f, err := parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, Problems{syntaxProblem(file, err)}
	}
	t := &tree{file: file}
	var body ast.Node
	for _, doc := range f.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			t.add(at(doc.Body), "a second document begins here", "keep one document per file: remove what stands after ---")
			break
		}
		body = doc.Body
	}
	if body == nil {
		return nil, Problems{{File: file, What: "is empty: all of it is comments", Do: "run `brygga init`"}}
	}
	root = t.node(body, 0)
	return root, t.problems
}

func syntaxProblem(file string, err error) Problem {
	p := Problem{File: file, What: "cannot be read as YAML", Do: "compare it with what `brygga init` writes"}
	var syntax yaml.Error
	if errors.As(err, &syntax) {
		if tk := syntax.GetToken(); tk != nil && tk.Position != nil {
			p.Line, p.Column = tk.Position.Line, tk.Position.Column
		}
		// Messages that quote come from places where values are quoted.
		if m := syntax.GetMessage(); m != "" && !strings.ContainsAny(m, "\"\n`") {
			p.What = "not YAML: " + m
			p.Do = syntaxHint(m)
		}
	}
	return p
}

// syntaxHint translates the parser's commonest complaints into what to do.
func syntaxHint(message string) string {
	switch {
	case strings.Contains(message, "mapping value is not allowed"):
		return "put the value in quotes if it holds a colon and a space"
	case strings.Contains(message, "end character"):
		return "close the quotes"
	case strings.Contains(message, "must be specified"), strings.Contains(message, "not found"):
		return "close the bracket"
	case strings.Contains(message, "value is not allowed"), strings.Contains(message, "unexpected key"):
		return "check the indentation: keys of one section begin in one column"
	case strings.Contains(message, "non-map value"):
		return "write key: value, with a colon and a space"
	case strings.Contains(message, "reserved character"), strings.Contains(message, "directive"):
		return "put the value in quotes"
	}
	return "compare it with what `brygga init` writes"
}

func (t *tree) add(p place, what, do string) {
	t.problems = append(t.problems, Problem{File: t.file, Line: p.line, Column: p.column, What: what, Do: do})
}

func at(n ast.Node) place {
	switch n := n.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 && !n.IsFlowStyle {
			return at(n.Values[0].Key)
		}
	case *ast.LiteralNode:
		return tokenPlace(n.Start)
	}
	return tokenPlace(n.GetToken())
}

func tokenPlace(tk *token.Token) place {
	if tk == nil || tk.Position == nil {
		return place{}
	}
	return place{tk.Position.Line, tk.Position.Column}
}

func (t *tree) node(n ast.Node, depth int) *node {
	out := &node{place: at(n)}
	refuse := func(what, do string) {
		out.shape = refused
		t.add(out.place, what, do)
	}
	if depth > maxDepth {
		refuse("nested too deeply", "compare it with what `brygga init` writes")
		return out
	}
	switch n := n.(type) {
	case *ast.NullNode:
	case *ast.MappingNode:
		out.shape = section
		for _, v := range n.Values {
			t.entry(out, v, depth)
		}
	case *ast.MappingValueNode:
		out.shape = section
		out.place = at(n.Key)
		t.entry(out, n, depth)
	case *ast.SequenceNode:
		out.shape = list
		for _, v := range n.Values {
			out.items = append(out.items, t.node(v, depth+1))
		}
	case *ast.StringNode:
		out.shape, out.text = scalar, n.Value
	case *ast.LiteralNode:
		out.shape, out.text = scalar, n.Value.Value
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		out.shape, out.text = scalar, n.GetToken().Value
	case *ast.AnchorNode:
		refuse("an anchor (&)", "write the value out where it is needed; anchors are not read")
	case *ast.AliasNode:
		refuse("an alias (*)", "write the value out; aliases are not read. If a text begins with *, put it in quotes")
	case *ast.TagNode:
		refuse("a tag (!)", "remove it. If a text begins with !, put it in quotes")
	default:
		refuse("something that a configuration cannot hold", "compare it with what `brygga init` writes")
	}
	return out
}

func (t *tree) entry(out *node, v *ast.MappingValueNode, depth int) {
	place := at(v.Key)
	key := keyText(v.Key)
	if v.Key.IsMergeKey() {
		t.add(place, "a merge key (<<)", "write the keys out; merging is not read")
		return
	}
	if key == "" {
		t.add(place, "a key that is no text", "write key: value")
		return
	}
	if before := out.get(key); before != nil {
		t.problems = append(t.problems, Problem{
			File: t.file, Line: place.line, Column: place.column, Key: shown(key),
			What: fmt.Sprintf("stands here for the second time; first in line %d", before.line), Do: "remove one of the two",
		})
		return
	}
	out.entries = append(out.entries, entry{place: place, key: key, value: t.node(v.Value, depth+1)})
}

func keyText(k ast.MapKeyNode) string {
	switch k := k.(type) {
	case *ast.StringNode:
		return k.Value
	case *ast.IntegerNode, *ast.BoolNode, *ast.FloatNode, *ast.NullNode:
		return k.GetToken().Value
	}
	return ""
}

// shown is a key as messages show it: short, and in one line.
func shown(key string) string {
	const most = 80
	r := []rune(key)
	if len(r) > most {
		r = append(r[:most], '…')
	}
	for i, c := range r {
		if c < ' ' || c == '\u007f' || c == '\u2028' || c == '\u2029' {
			r[i] = '?'
		}
	}
	return string(r)
}
