package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"brygga/config"
)

// loadAll reads every configuration that -c means: a file is one tenant; in a folder
// each *.yaml is one, and so is the brygga.yaml of each folder in it. Everything that
// is wrong in any of them is said at once. A tenant must not stand there twice.
func (a *app) loadAll() ([]*config.Config, error) {
	files, err := a.configFiles()
	if err != nil {
		return nil, err
	}
	var all []*config.Config
	var wrong []error
	from := map[string]string{} // tenant → file
	for _, file := range files {
		cfg, problems := config.Load(file, a.LookupEnv)
		if err := problems.Err(); err != nil {
			wrong = append(wrong, err)
			continue
		}
		for _, w := range problems.Warnings() {
			fmt.Fprintln(a.Err, "brygga: "+w.String())
		}
		if other, twice := from[cfg.Tenant]; twice {
			wrong = append(wrong, usage("%s and %s are both the tenant %s: give each municipality a name of its own under tenant, or remove one file", other, file, cfg.Tenant))
			continue
		}
		from[cfg.Tenant] = file
		if a.tenant == "" || a.tenant == cfg.Tenant {
			all = append(all, cfg)
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	if len(all) == 0 {
		return nil, usage("--tenant %s: none of the configurations in %s is its", a.tenant, a.configPath)
	}
	return all, nil
}

// configFiles are the files that -c means, sorted.
func (a *app) configFiles() ([]string, error) {
	info, err := os.Stat(a.configPath)
	if err != nil || !info.IsDir() {
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
