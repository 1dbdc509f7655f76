package vendor

import (
	"fmt"
	"io/fs"
	"path"
)

// Template is a file to fill in, for a mapping of lists that no system holds.
type Template struct {
	Name string
	Text []byte
}

// Templates gives the files to fill in that go with a built-in mapping.
func Templates(name string) ([]Template, error) {
	dir := path.Join("builtin", name, "templates")
	files, err := fs.ReadDir(builtinFiles, dir)
	if err != nil {
		var with []string
		for _, n := range Builtin() {
			if _, err := fs.Stat(builtinFiles, path.Join("builtin", n, "templates")); err == nil {
				with = append(with, n)
			}
		}
		return nil, fmt.Errorf("there are no templates of %q%s", name, meant(name, with))
	}
	var out []Template
	for _, f := range files {
		text, err := fs.ReadFile(builtinFiles, path.Join(dir, f.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, Template{f.Name(), text})
	}
	return out, nil
}
