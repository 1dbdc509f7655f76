package vendor

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var topKeys = []string{"mapping", "doc", "version", "dates", "settings", "records", "codes", "facts", "examples", "extends"}

// mapping reads the whole of a mapping, all but its expressions.
func (l *loader) mapping(root *node) *Mapping {
	l.root = root
	l.known(root, topKeys...)
	m := &Mapping{root: root, name: l.text(root, "mapping"), doc: l.text(root, "doc"), version: l.whole(root, "version", 1)}
	if m.name == "" {
		l.fail(root.place, "a mapping begins with `mapping: NAME`")
	}
	if v := root.get("version"); v != nil && m.version != 1 {
		l.failAt(root.get("version"), "version: 1 is the only version of the language that is known")
	}
	m.dates = l.oneOf(root, "dates", "local", "utc")
	m.settings = l.loadSettings(root.get("settings"), m.dates)
	m.tables = l.loadTables(root.get("codes"))
	records := root.get("records")
	if records == nil || records.form != section || len(records.entries) == 0 {
		l.failAt(records, "records is a section with one entry for each list of records")
		return m
	}
	for _, e := range records.entries {
		if d := l.list(e); d != nil {
			m.lists = append(m.lists, d)
		}
	}
	l.sound = len(l.problems) == 0
	l.facts(m, root.get("facts"))
	return m
}

func (l *loader) loadSettings(n *node, dates string) []Setting {
	out := []Setting{{Name: "dates", Doc: "how a date-time without a zone is read", Choices: []string{"local", "utc"}, Default: dates}}
	if n == nil {
		return out
	}
	if n.form != section {
		l.fail(n.place, "settings is a section of names")
		return out
	}
	for _, e := range n.entries {
		if !identifier(e.key) {
			l.fail(e.place, "%q is no name that an expression can use", e.key)
		}
		l.known(e.value, "doc", "choices", "default")
		s := Setting{Name: e.key, Doc: l.text(e.value, "doc"), Default: l.text(e.value, "default"), Choices: l.texts(e.value.get("choices"))}
		if s.Default != "" && len(s.Choices) > 0 && !slices.Contains(s.Choices, s.Default) {
			l.fail(e.value.get("default").place, "default is one of the choices%s", meant(s.Default, s.Choices))
		}
		if e.key == "dates" {
			out = out[1:]
		}
		out = append(out, s)
	}
	return out
}

func (l *loader) texts(n *node) (out []string) {
	if n == nil {
		return nil
	}
	if n.form != sequence {
		l.fail(n.place, "a list in brackets is expected")
		return nil
	}
	for _, v := range n.items {
		if v.form != scalar {
			l.fail(v.place, "a single value is expected")
			continue
		}
		out = append(out, v.text)
	}
	return out
}

func (l *loader) loadTables(n *node) []*table {
	if n == nil {
		return nil
	}
	if n.form != section {
		l.fail(n.place, "codes is a section of tables")
		return nil
	}
	var out []*table
	for _, e := range n.entries {
		t := &table{name: e.key, at: e.place, index: len(out), codes: map[string]string{}}
		if !identifier(e.key) {
			l.fail(e.place, "%q is no name that an expression can use", e.key)
		}
		if e.value.form != section {
			l.fail(e.place, "a table says for each code what it means, as in {\"Städ\": cleaning, \"*\": other}")
			continue
		}
		for _, c := range e.value.entries {
			switch {
			case c.value.form != scalar || c.value.text == "":
				l.fail(c.place, "what the code means is missing; none is a code of which nothing is made")
			case c.key == "*":
				t.other = c.value.text
			default:
				if v, ok := t.codes[fold(c.key)]; ok && v != c.value.text {
					l.fail(c.place, "the code stands twice, with different meanings: case and spaces make no difference")
				}
				t.codes[fold(c.key)] = c.value.text
			}
		}
		out = append(out, t)
	}
	return out
}

var listName = regexp.MustCompile(`^[a-z][a-z0-9]*([-_][a-z0-9]+)*$`)

func (l *loader) list(e *entry) *listDecl {
	n := e.value
	if !listName.MatchString(e.key) {
		l.fail(e.place, "%q: the name of a list is made of small letters, figures, - and _", e.key)
	}
	l.known(n, "doc", "path", "params", "rows", "key_group", "fallback", "paging", "changed", "files", "key", "deleted", "where", "updated", "shape")
	if n.form != section {
		return nil
	}
	d := &listDecl{at: e.place, deleted: n.get("deleted"), where: n.get("where"), updated: n.get("updated")}
	d.Name, d.Doc = e.key, l.text(n, "doc")
	files, rest := n.get("files"), n.get("path")
	switch {
	case files != nil && rest != nil:
		l.fail(e.place, "a list is either at a path or in files, not both")
	case files != nil:
		d.Files = l.files(files)
		for _, k := range []string{"params", "rows", "key_group", "fallback", "paging", "changed"} {
			if v := n.get(k); v != nil {
				l.fail(v.place, "%s belongs to lists at a path", k)
			}
		}
	case rest != nil:
		d.REST = l.rest(n)
	default:
		l.fail(e.place, "where the list is is missing: path for a REST interface, or files")
	}
	d.all = l.shape(n.get("shape"))
	d.fields = nameless(d.all)
	d.Columns = columns(d.fields)
	d.row = rowType(d.fields, true, false)
	if d.textual() {
		for _, f := range d.fields {
			if f.typ == typeObject {
				l.fail(f.place, "%s: rows of %s hold texts and no objects; give each field its own column%s", f.name, d.Files.Format, pathHint(d.Files.Format))
				return nil
			}
		}
		d.texts = rowType(d.fields, true, true)
	}
	l.key(d, n.get("key"))
	return d
}

func pathHint(format string) string {
	if format == "xml" {
		return ": a path of elements below the row, as in {type: string, column: Brukare/Pnr}, or Brukare/@id for an attribute"
	}
	return ""
}

func (l *loader) key(d *listDecl, n *node) {
	switch {
	case n == nil:
		l.fail(d.at, "key is missing: the field, or the list of fields, by which rows are told apart")
		return
	case n.form == scalar:
		d.key = []string{n.text}
	default:
		d.key = l.texts(n)
	}
	if len(d.key) == 0 {
		l.fail(n.place, "key is missing: the field, or the list of fields, by which rows are told apart")
	}
	for _, k := range d.key {
		f, _ := find(d.fields, k)
		switch {
		case f == nil:
			l.fail(n.place, "key: there is no field %s in the shape%s", k, meant(k, deepNames(d.fields)))
		case f.many || f.typ == typeObject || f.typ == typeFloat || f.typ == typeBool:
			l.fail(n.place, "key: %s is of type %s; a key is made of texts, whole numbers, dates and person numbers", k, f.typ)
		}
	}
	d.Key = slices.Clone(d.key)
}

func (l *loader) rest(n *node) *REST {
	r := &REST{Path: l.text(n, "path"), Rows: l.text(n, "rows"), KeyGroup: l.text(n, "key_group")}
	if !strings.HasPrefix(r.Path, "/") || strings.ContainsAny(r.Path, "?#") {
		l.fail(n.get("path").place, "path begins with / and has no ?; what follows ? are params")
	}
	r.Params = map[string]string{}
	if p := n.get("params"); p != nil {
		if p.form != section {
			l.fail(p.place, "params is a section of names and values")
		}
		for _, e := range p.entries {
			r.Params[e.key] = l.text(p, e.key)
		}
	}
	p := n.get("paging")
	l.known2(p, "kind", "size", "overlap", "limit", "offset", "page", "first", "cursor", "next")
	r.Paging = Paging{
		Kind: l.oneOf(p, "kind", "none", "offset", "page", "cursor", "link"), Size: l.whole(p, "size", 100_000), Overlap: l.whole(p, "overlap", 10_000),
		Limit: l.text(p, "limit"), Offset: l.text(p, "offset"), Page: l.text(p, "page"), Cursor: l.text(p, "cursor"), Next: l.text(p, "next"),
	}
	l.first(p, r)
	if k := r.Paging.Kind; (k == "cursor" || k == "link") && r.Paging.Next == "" {
		l.failAt(p, "paging by %s needs next: the path in the answer of what leads to the next page", k)
	}
	if r.Paging.Size > 0 && r.Paging.Overlap >= r.Paging.Size {
		l.failAt(p, "the overlap must be smaller than the size")
	}
	r.Changed = l.changed(n.get("changed"))
	if f := n.get("fallback"); f != nil {
		if f.form != sequence {
			l.fail(f.place, "fallback is a list of {path, rows, changed}")
		}
		for _, v := range f.items {
			l.known(v, "path", "rows", "changed")
			r.Fallbacks = append(r.Fallbacks, Fallback{Path: l.text(v, "path"), Rows: l.text(v, "rows"), Changed: l.changed(v.get("changed"))})
		}
	}
	return r
}

// first reads the number of the first page: 1, unless the mapping says 0.
func (l *loader) first(p *node, r *REST) {
	if at := p.get("first"); at != nil && r.Paging.Kind != "page" {
		l.fail(at.place, "first belongs to paging by page: the number of the first page")
	}
	if r.Paging.Kind != "page" {
		return
	}
	r.Paging.First = 1
	if p.get("first") != nil {
		r.Paging.First = l.whole(p, "first", 1)
	}
}

// known2 is known for a section that may be left out.
func (l *loader) known2(n *node, keys ...string) {
	if n != nil && n.form != null {
		l.known(n, keys...)
	}
}

func (l *loader) changed(n *node) *Changed {
	if n == nil || n.form == null || n.form == scalar && n.text == "none" {
		return nil
	}
	l.known(n, "param", "path", "overlap", "reach")
	c := &Changed{Param: l.text(n, "param"), Path: l.text(n, "path"), Overlap: l.duration(n, "overlap"), Reach: l.duration(n, "reach")}
	if c.Param == "" {
		l.fail(n.place, "changed needs param: the query parameter that asks for what was changed since")
	}
	return c
}

func (l *loader) files(n *node) *Files {
	l.known(n, "glob", "format", "encoding", "delimiter", "quote", "decimal", "header", "rows", "complete", "delivery", "max_age")
	f := &Files{
		Glob: l.text(n, "glob"), Format: l.oneOf(n, "format", "csv", "json", "ndjson", "xml"),
		Encoding:  l.oneOf(n, "encoding", "utf-8", "iso-8859-1", "windows-1252", "utf-16"),
		Delimiter: l.text(n, "delimiter"), Quote: l.text(n, "quote"), Decimal: l.oneOf(n, "decimal", ".", ","),
		Header: l.flag(n, "header", true), Rows: l.text(n, "rows"), Delivery: l.oneOf(n, "delivery", "whole", "changes"),
		MaxAge: l.duration(n, "max_age"),
	}
	if f.Format == "xml" && n.get("encoding") == nil {
		f.Encoding = "" // the file declares it
	}
	if f.Format == "csv" {
		for what, at := range map[string]*string{"delimiter": &f.Delimiter, "quote": &f.Quote} {
			switch {
			case *at == "" && n.get(what) == nil:
				*at = map[string]string{"delimiter": ";", "quote": `"`}[what]
			case *at == "tab":
				*at = "\t"
			case what == "quote" && *at == "none":
				*at = ""
			case len(*at) != 1 || *at != "\t" && ((*at)[0] < ' ' || (*at)[0] > '~'):
				l.failAt(n.get(what), "%s is one sign", what)
			}
		}
		if f.Delimiter == f.Quote {
			l.failAt(n.get("delimiter"), "delimiter is the quote too")
		}
	}
	if f.Rows != "" && f.Format != "json" && f.Format != "xml" {
		l.fail(n.get("rows").place, "rows is for json and xml: in %s every line is a row", f.Format)
	}
	if f.Glob == "" {
		l.fail(n.place, "glob is missing: the pattern of the files' names, as in besok_*.csv")
	} else if _, err := path.Match(f.Glob, "x"); err != nil || strings.ContainsAny(f.Glob, `/\`) || strings.HasPrefix(f.Glob, ".") {
		l.fail(n.get("glob").place, "glob is a pattern of names in the system's folder, as in besok_*.csv")
	}
	if f.Format == "xml" && f.Rows == "" {
		l.fail(n.place, "rows is missing: the path of the elements that are rows, as in Export/Besok")
	}
	f.Complete = l.complete(n)
	if f.Complete.Kind == "pattern" && f.Glob != "" && !strings.Contains(f.Glob, "{date}") {
		l.fail(n.get("complete").place, "complete: pattern needs {date} in glob")
	}
	return f
}

var completeForm = regexp.MustCompile(`^(quiet|manifest)\((.+)\)$`)

func (l *loader) complete(n *node) Complete {
	s := l.text(n, "complete")
	m := completeForm.FindStringSubmatch(s)
	switch {
	case s == "" || s == "quiet":
		return Complete{Kind: "quiet", For: time.Minute}
	case s == "pattern":
		return Complete{Kind: "pattern"}
	case m != nil && m[1] == "manifest":
		return Complete{Kind: "manifest", Name: m[2]}
	case m != nil:
		if d, ok := duration(m[2]); ok && d > 0 {
			return Complete{Kind: "quiet", For: d}
		}
	}
	l.fail(n.get("complete").place, "complete is quiet(60s), manifest(NAME) or pattern")
	return Complete{}
}

// number reads a whole number that is written in a fact.
func (l *loader) numberIn(n *node, what string, most int) int {
	i, err := strconv.Atoi(strings.TrimSpace(n.text))
	if n.form != scalar || err != nil || i < 0 || i > most {
		l.fail(n.place, "%s is a whole number from 0 to %d", what, most)
		return 0
	}
	return i
}

// where says where an expression stands, for messages: "facts.visit.start".
func where(parts ...string) string { return strings.Join(parts, ".") }
