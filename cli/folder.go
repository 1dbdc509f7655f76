package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"brygga/config"
)

// folder is all that -c means: a file is one municipality; in a folder each *.yaml is
// one, and so is the brygga.yaml of each folder in it.
type folder struct {
	right    []*config.Config // in the order of their files
	left     []leftOut        // likewise
	warnings config.Problems  // of those that are right
}

// leftOut is a municipality for which nothing can be done: its file is wrong, or several
// files claim to be its, right or wrong, so that nobody can say which of them counts.
type leftOut struct {
	tenant string         // empty where no file says it
	name   string         // the tenant, or else the file as it is called in the folder
	files  []string       // as they are written after -c
	hint   string         // what is wrong, without what stands in the files: anybody may ask for health
	err    error          // all that is wrong and what to do; its exit is 2
	tell   *config.Config // as in config.Claim; nil where nobody can be told
}

// errs are what is wrong with all that are left out.
func (f *folder) errs() error {
	var all []error
	for _, l := range f.left {
		all = append(all, l.err)
	}
	return errors.Join(all...)
}

// loadAll reads every configuration that -c means, or with --tenant those of that tenant.
// What is wrong with one is no reason not to give the others. It is an error where there
// is nothing at all.
func (a *app) loadAll() (*folder, error) {
	files, err := a.configFiles()
	if err != nil {
		return nil, err
	}
	var names []string
	claims := map[string][]claimed{} // by tenant, or by file where no tenant can be read
	for _, file := range files {
		c := claimed{file: file}
		c.cfg, c.Claim, c.problems = config.LoadOrClaim(file, a.LookupEnv)
		name := c.Tenant
		if name == "" {
			name = a.inFolder(file)
		}
		if len(claims[name]) == 0 {
			names = append(names, name)
		}
		claims[name] = append(claims[name], c)
	}
	f, nobodys := &folder{}, &folder{}
	for _, name := range names {
		these := claims[name]
		switch c := these[0]; {
		case a.tenant != "" && c.Tenant == "":
			nobodys.left = append(nobodys.left, a.leaveOut(name, these))
		case a.tenant != "" && c.Tenant != a.tenant:
		case len(these) == 1 && c.cfg != nil:
			f.right = append(f.right, c.cfg)
			f.warnings = append(f.warnings, c.problems.Warnings()...)
		default:
			f.left = append(f.left, a.leaveOut(name, these))
		}
	}
	if len(f.right)+len(f.left) == 0 {
		return nil, errors.Join(usage("--tenant %s: none of the configurations in %s is its", a.tenant, a.configPath), nobodys.errs())
	}
	return f, nil
}

// claimed is a file with whose it says it is.
type claimed struct {
	file string
	cfg  *config.Config
	config.Claim
	problems config.Problems
}

// leaveOut says why the municipality that these files claim to be is left out.
func (a *app) leaveOut(name string, these []claimed) leftOut {
	l := leftOut{tenant: these[0].Tenant, name: name}
	var wrong []error
	for _, c := range these {
		l.files = append(l.files, c.file)
		if err := c.problems.Err(); err != nil {
			wrong = append(wrong, err)
		}
	}
	if len(these) == 1 {
		l.err, l.tell = wrong[0], these[0].Tell
		l.hint = "its configuration was wrong when brygga began (" + a.placesIn(these[0]) + ")"
		return l
	}
	shown := make([]string, len(these))
	for i, c := range these {
		shown[i] = a.inFolder(c.file)
	}
	l.hint = "several files were its when brygga began (" + strings.Join(shown, ", ") + ")"
	l.err = errors.Join(append([]error{usage("%s are %s the tenant %s, and which of them counts cannot be known: give each municipality a name of its own under tenant, or remove what is not used",
		strings.Join(l.files, " and "), bothOrAll(len(these)), name)}, wrong...)...)
	return l
}

func bothOrAll(n int) string {
	if n == 2 {
		return "both"
	}
	return "all"
}

// placesIn is where a file is wrong: its first place, and how many there are besides.
func (a *app) placesIn(c claimed) string {
	var errs config.Problems
	_ = errors.As(c.problems.Err(), &errs)
	where := a.inFolder(c.file)
	if p := errs[0]; p.File == c.file && p.Line > 0 {
		where += fmt.Sprintf(", line %d", p.Line)
	}
	if n := len(errs) - 1; n > 0 {
		where += fmt.Sprintf(", and %d more", n)
	}
	return where
}

// inFolder is what a file is called in the folder that -c names.
func (a *app) inFolder(file string) string {
	name, err := filepath.Rel(a.configPath, file)
	if err != nil || name == "." {
		name = filepath.Base(file)
	}
	return strings.ToValidUTF8(name, "?")
}

// isFolder says whether -c names a folder.
func (a *app) isFolder() bool {
	info, err := os.Stat(a.configPath)
	return err == nil && info.IsDir()
}

// loadOneOrAll is for commands that take both: of a file it gives the configuration, and
// of a folder all of them, or with --tenant the one that is meant. From then on it is as if
// -c had named its file.
func (a *app) loadOneOrAll() (one *config.Config, all *folder, err error) {
	if !a.isFolder() {
		one, err = a.load()
		return one, nil, err
	}
	if all, err = a.loadAll(); err != nil || a.tenant == "" {
		return nil, all, err
	}
	if len(all.right) == 0 {
		return nil, nil, all.errs()
	}
	a.sayWarnings(all.warnings)
	a.configPath, a.configSet = all.right[0].Path, true
	return all.right[0], nil, nil
}

// configFiles are the files that -c means, sorted.
func (a *app) configFiles() ([]string, error) {
	if !a.isFolder() {
		return []string{a.configPath}, nil // config.Load says what is wrong with it
	}
	var files []string
	for _, pattern := range []string{"*.yaml", filepath.Join("*", "brygga.yaml")} {
		found, err := filepath.Glob(filepath.Join(globEscaped(a.configPath), pattern))
		if err != nil {
			return nil, usage("-c %s: %w", a.configPath, err)
		}
		for _, f := range found {
			if filepath.Base(f)[0] != '.' { // an editor's, or of a mounted volume
				files = append(files, f)
			}
		}
	}
	if len(files) == 0 {
		return nil, usage("-c %s: no *.yaml stands in this folder; each configuration there is one municipality", a.configPath)
	}
	slices.Sort(files)
	return files, nil
}

// globEscaped is a path that a pattern takes as it is.
func globEscaped(path string) string {
	var out []rune
	for _, r := range path {
		if r == '*' || r == '?' || r == '[' || r == '\\' {
			out = append(out, '\\')
		}
		out = append(out, r)
	}
	return string(out)
}
