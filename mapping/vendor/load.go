package vendor

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"brygga/care"
)

//go:embed all:builtin
var builtinFiles embed.FS

// Builtin lists the names of the mappings in the program.
func Builtin() []string {
	found, err := fs.Glob(builtinFiles, "builtin/*/mapping.yaml")
	if err != nil {
		return nil
	}
	for i := range found {
		found[i] = path.Base(path.Dir(found[i]))
	}
	return found
}

// Mapping is a mapping that has been read and checked.
type Mapping struct {
	name     string
	doc      string
	version  int
	dates    string
	root     *node
	settings []Setting
	lists    []*listDecl
	tables   []*table
	examples fs.FS // nil: there are none
}

// listDecl is one entry of records, as far as it does not depend on settings.
type listDecl struct {
	List
	at                      place
	all                     []*field     // of the shape
	fields                  []*field     // without persons' names: what is decoded every night
	row, texts              reflect.Type // texts is nil where values arrive as what they are
	key                     []string
	deleted, where, updated *node
	facts                   []*factDecl
}

// factDecl is one fact of a list.
type factDecl struct {
	at       place
	spec     *factSpec
	when     *node
	where    *node
	complete *node
	display  *node // display_name of a client
	fields   map[string]*node
	renewed  uint8
	unlisted bool
	first    bool // start: first_seen
	last     bool // end: last_seen
}

// loader reads one mapping and collects everything that is wrong with it.
type loader struct {
	problems Problems
	root     *node
}

// Load reads a mapping and all that it extends: the built-in one with that name,
// or where path is given the file. The error joins every problem; each line of it
// names file, line and column.
func Load(name, path string) (*Mapping, error) {
	l := &loader{}
	root, examples := l.source(name, path, 0)
	if len(l.problems) > 0 {
		return nil, l.problems.err()
	}
	m := l.mapping(root)
	m.examples = examples
	if len(l.problems) == 0 {
		m.check(l)
	}
	if err := l.problems.err(); err != nil {
		return nil, err
	}
	return m, nil
}

// source reads the file of a mapping over the one that it extends.
func (l *loader) source(name, file string, depth int) (*node, fs.FS) {
	shown, text, dir, err := find1(name, file)
	if err != nil {
		l.problems = append(l.problems, Problem{File: shown, Text: err.Error()})
		return nil, nil
	}
	root, problems := parse(shown, text)
	l.problems = append(l.problems, problems...)
	if root == nil || len(problems) > 0 {
		return nil, nil
	}
	if root.form != section {
		l.fail(root.place, "a mapping is a section of keys, beginning with `mapping: NAME`")
		return nil, nil
	}
	var examples fs.FS
	if at := root.get("examples"); at != nil && at.form == scalar {
		if examples, err = fs.Sub(dir, strings.Trim(path.Clean(at.text), "/")); err != nil {
			l.fail(at.place, "examples is a folder beside the mapping")
		}
	}
	of := root.get("extends")
	if of == nil {
		return root, examples
	}
	if depth > 4 {
		l.fail(of.place, "mappings extend each other in a circle, or too many do")
		return nil, nil
	}
	base, other := of.text, ""
	if strings.ContainsAny(base, "/\\") || strings.HasSuffix(base, ".yaml") {
		other = base
		if file != "" && !filepath.IsAbs(base) {
			other = filepath.Join(filepath.Dir(file), base)
		}
	} else if !slices.Contains(Builtin(), base) {
		l.fail(of.place, "there is no built-in mapping %s%s; a file is written with its path, as in ./%s.yaml", base, meant(base, Builtin()), base)
		return nil, nil
	}
	under, _ := l.source(base, other, depth+1)
	if under == nil {
		return nil, nil
	}
	return overlay(under.without("examples"), root.without("extends")), examples
}

// find1 reads a mapping file, and opens the folder that it is in.
func find1(name, file string) (shown, text string, dir fs.FS, err error) {
	if file == "" {
		shown = "builtin/" + name + "/mapping.yaml"
		b, err := fs.ReadFile(builtinFiles, shown)
		if err != nil {
			return "mapping " + name, "", nil, fmt.Errorf("there is no built-in mapping %q%s", name, meant(name, Builtin()))
		}
		dir, err = fs.Sub(builtinFiles, path.Dir(shown))
		return shown, string(b), dir, err
	}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return file, "", nil, errors.New("does not exist")
	case err != nil:
		return file, "", nil, errors.New("cannot be opened")
	case !info.Mode().IsRegular():
		return file, "", nil, errors.New("is not a file")
	case info.Size() > maxSize:
		return file, "", nil, errors.New("is larger than 1 MiB: is this a mapping?")
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return file, "", nil, errors.New("cannot be read")
	}
	return file, string(b), os.DirFS(filepath.Dir(file)), nil
}

// Parse reads a mapping from text; file is what messages call it.
func Parse(file, text string) (*Mapping, error) {
	l := &loader{}
	root, problems := parse(file, text)
	l.problems = problems
	if len(problems) == 0 && root.form != section {
		l.fail(root.place, "a mapping is a section of keys, beginning with `mapping: NAME`")
	}
	if len(l.problems) > 0 {
		return nil, l.problems.err()
	}
	if of := root.get("extends"); of != nil {
		under, _ := l.source(of.text, "", 1)
		if under == nil {
			return nil, l.problems.err()
		}
		root = overlay(under.without("examples"), root.without("extends"))
	}
	m := l.mapping(root)
	if len(l.problems) == 0 {
		m.check(l)
	}
	return m, l.problems.err()
}

func (l *loader) fail(p place, format string, args ...any) {
	l.problems = append(l.problems, Problem{p.file, p.line, p.column, fmt.Sprintf(format, args...)})
}

func (l *loader) failAt(n *node, format string, args ...any) {
	if n == nil {
		n = l.root
	}
	l.fail(n.place, format, args...)
}

// known refuses keys that are not known in a section.
func (l *loader) known(n *node, keys ...string) {
	if n == nil {
		return
	}
	if n.form != section {
		l.fail(n.place, "a section of keys is expected: %s", strings.Join(keys, ", "))
		return
	}
	for _, e := range n.entries {
		if !slices.Contains(keys, e.key) {
			l.fail(e.place, "the key %s is not known here%s", e.key, meant(e.key, keys))
		}
	}
}

// text gives a single value; "" where there is none.
func (l *loader) text(n *node, key string) string {
	v := n.get(key)
	if v == nil || v.form == null {
		return ""
	}
	if v.form != scalar {
		l.fail(v.place, "%s is a single value", key)
		return ""
	}
	return v.text
}

// oneOf gives one of several words, the first where nothing is written.
func (l *loader) oneOf(n *node, key string, words ...string) string {
	s := l.text(n, key)
	if s == "" {
		return words[0]
	}
	if !slices.Contains(words, s) {
		l.fail(n.get(key).place, "%s is one of %s%s", key, strings.Join(words, ", "), meant(s, words))
	}
	return s
}

func (l *loader) flag(n *node, key string, otherwise bool) bool {
	switch s := l.text(n, key); s {
	case "":
		return otherwise
	case "true", "false":
		return s == "true"
	default:
		l.fail(n.get(key).place, "%s is true or false", key)
		return otherwise
	}
}

func (l *loader) whole(n *node, key string, most int) int {
	s := l.text(n, key)
	if s == "" {
		return 0
	}
	i, err := strconv.Atoi(s)
	if err != nil || i < 0 || i > most {
		l.fail(n.get(key).place, "%s is a whole number from 0 to %d", key, most)
		return 0
	}
	return i
}

func (l *loader) duration(n *node, key string) time.Duration {
	s := l.text(n, key)
	if s == "" {
		return 0
	}
	d, ok := duration(s)
	if !ok {
		l.fail(n.get(key).place, "%s is a length of time, as in 60s, 10m, 36h or 7d", key)
	}
	return d
}

func duration(s string) (time.Duration, bool) {
	if n, ok := strings.CutSuffix(s, "d"); ok {
		i, err := strconv.Atoi(n)
		return time.Duration(i) * 24 * time.Hour, err == nil && i >= 0 && i < 10_000
	}
	d, err := time.ParseDuration(s)
	return d, err == nil && d >= 0
}

// Name is the mapping's name; Doc is what it says of itself.
func (m *Mapping) Name() string { return m.name }

// Doc is what the mapping says of itself.
func (m *Mapping) Doc() string { return m.doc }

// Settings lists what a municipality declares, with `dates` always among them.
func (m *Mapping) Settings() []Setting { return slices.Clone(m.settings) }

// Hash changes whenever the meaning of the mapping may have changed: its
// settings' values are not part of it.
func (m *Mapping) Hash() string {
	b, err := json.Marshal(m.root.without("examples", "doc").canonical())
	if err != nil {
		return "" // texts, lists and sections of them are always JSON
	}
	sum := sha256.Sum256(append([]byte("mapping language 1\n"), b...))
	return hex.EncodeToString(sum[:16])
}

func (n *node) canonical() any {
	switch n.form {
	case scalar:
		return n.text
	case sequence:
		out := []any{}
		for _, v := range n.items {
			out = append(out, v.canonical())
		}
		return out
	case section:
		out := map[string]any{}
		for _, e := range n.entries {
			out[e.key] = e.value.canonical()
		}
		return out
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// windows are how many days bulky facts are kept.
var windows = map[care.FactKind]int{care.KindVisit: 35, care.KindNote: 70}

// values gives the value of every setting: what is given, else the default.
func (m *Mapping) values(given map[string]string) map[string]string {
	out := map[string]string{}
	for _, s := range m.settings {
		out[s.Name] = cmp.Or(given[s.Name], s.Default)
	}
	return out
}

// CheckSettings says what is wrong with the values that a configuration gives.
func (m *Mapping) CheckSettings(given map[string]string) error {
	var all []string
	for _, s := range m.settings {
		all = append(all, s.Name)
	}
	for _, name := range sortedKeys(given) {
		i := slices.Index(all, name)
		if i < 0 {
			return fmt.Errorf("mapping %s has no setting %s%s", m.name, name, meant(name, all))
		}
		if c := m.settings[i].Choices; len(c) > 0 && given[name] != "" && !slices.Contains(c, given[name]) {
			return fmt.Errorf("setting %s of mapping %s is one of %s", name, m.name, strings.Join(c, ", "))
		}
	}
	return nil
}
