package rules

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed packs/*.yaml
var packFiles embed.FS

// Packs lists the names of the packs; the first is the default.
func Packs() []string { return []string{"national", "botkyrka", "hemvard"} }

// pack turns rules on and sets parameters.
type pack struct {
	name  string
	title Text
	on    map[string]bool
	set   map[string]string
}

// packFile is a pack as it is written.
type packFile struct {
	Pack    string            `yaml:"pack"`
	Extends string            `yaml:"extends"`
	Title   Text              `yaml:"title"`
	On      []string          `yaml:"on"`
	Set     map[string]string `yaml:"set"`
}

// readPack reads one pack's YAML; unknown keys and wrong types are errors.
func readPack(b []byte) (f packFile, err error) {
	defer func() { // goccy/go-yaml breaks on some tags
		if recover() != nil {
			err = errors.New("reading a pack of rules: YAML that cannot be read; are there tags (!) in it?")
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict())
	if err := d.Decode(&f); err != nil {
		return f, fmt.Errorf("reading a pack of rules: %w", err)
	}
	if f.Pack == "" {
		return f, fmt.Errorf("reading a pack of rules: it has no name; write pack: NAME")
	}
	return f, nil
}

// packs reads the embedded packs. They are part of the program: a test reads
// every one, so a fault in them cannot reach anybody.
var packs = sync.OnceValue(func() []pack {
	var all []pack
	for _, name := range Packs() {
		b, err := packFiles.ReadFile("packs/" + name + ".yaml")
		if err != nil {
			panic(err)
		}
		f, err := readPack(b)
		if err != nil {
			panic(err)
		}
		p := pack{name: f.Pack, title: f.Title, on: map[string]bool{}, set: map[string]string{}}
		if i := slices.IndexFunc(all, func(q pack) bool { return q.name == f.Extends }); i >= 0 {
			for code := range all[i].on {
				p.on[code] = true
			}
			for k, v := range all[i].set {
				p.set[k] = v
			}
		}
		for _, code := range f.On {
			p.on[code] = true
		}
		for k, v := range f.Set {
			p.set[k] = v
		}
		all = append(all, p)
	}
	return all
})

func findPack(name string) (pack, error) {
	for _, p := range packs() {
		if p.name == name {
			return p, nil
		}
	}
	if near := nearest(name, Packs()); near != "" {
		return pack{}, fmt.Errorf("there is no pack %q; did you mean %s?", name, near)
	}
	return pack{}, fmt.Errorf("there is no pack %q; there are %s", name, strings.Join(Packs(), ", "))
}
