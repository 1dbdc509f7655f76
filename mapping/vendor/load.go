package vendor

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
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

// loader reads one mapping and collects everything that is wrong with it.
type loader struct {
	problems Problems
	root     *node
	sound    bool // lists and tables are as they should be, so that expressions can be checked
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
	if l.sound {
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
	if l.sound {
		m.check(l)
	}
	return m, l.problems.err()
}
