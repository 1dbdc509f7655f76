package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"brygga/config"
)

func (a *app) initCommand() *cobra.Command {
	var system, file string
	var force bool
	c := &cobra.Command{
		Use:   "init",
		Short: "Write a commented configuration to start from",
		Long: "init writes a commented configuration in report mode: nothing is written to any system until\n" +
			"writes.mode says so. A file that is there already is kept, unless --force is given.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.init(system, file, force) },
	}
	f := c.Flags()
	f.StringVar(&system, "system", config.KindFHIR, "the `KIND` of record system to begin with: "+strings.Join(config.InitKinds(), ", "))
	f.StringVar(&file, "output-file", "", "the `FILE` to write, - for stdout (default: that of --config)")
	f.BoolVar(&force, "force", false, "replace a file that is there")
	return c
}

// initView is what init did, and what is to be done next.
type initView struct {
	File   string   `json:"file"`
	System string   `json:"system"`
	Next   []string `json:"next"`
}

func (a *app) init(system, file string, force bool) error {
	text, err := config.Init(system)
	if err != nil {
		return usage("--system: %w", err)
	}
	if file == "" {
		file = a.configPath
	}
	if file == "-" {
		_, err := a.Out.Write(text)
		return err
	}
	if err := writeNew(file, text, force); err != nil {
		return err
	}
	with := ""
	if file != "brygga.yaml" {
		with = " -c " + file
	}
	v := initView{File: file, System: system, Next: []string{
		"export BRYGGA_PSEUDONYM_KEY=$(openssl rand -hex 32)",
		"brygga check" + with,
		"brygga preview" + with,
	}}
	if a.json() {
		return a.printJSON(v)
	}
	fmt.Fprintf(a.Out, `Wrote %s. It is in report mode: nothing is written to any record system.

Next:
  1. Open %s and write your tenant's name and the address of your systems. Then set the
     secrets that it refers to:
       %s   # once: keep a copy in a safe place
%s  2. See that everything can be reached and is understood:
       %s
  3. See what a night would find and write, without writing anything:
       %s
`, file, file, v.Next[0], exportLines(text), v.Next[1], v.Next[2])
	return nil
}

// inEnvironment is a reference to a secret in an environment variable.
var inEnvironment = regexp.MustCompile(`\benv:([A-Z_]+)`)

// exportLines are the lines that set what a configuration refers to, but for the key
// that is made once: others give them out.
func exportLines(text []byte) string {
	var lines []string
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for _, m := range inEnvironment.FindAllStringSubmatch(line, -1) {
			l := fmt.Sprintf("       %-52s  # from whoever runs the system\n", "export "+m[1]+"=...")
			if m[1] != "BRYGGA_PSEUDONYM_KEY" && !slices.Contains(lines, l) {
				lines = append(lines, l)
			}
		}
	}
	return strings.Join(lines, "")
}

// writeNew writes a file of which there is none, or any file with force. A file
// that is replaced is there whole, old or new, at every moment.
func writeNew(file string, text []byte, force bool) error {
	if !force {
		f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			return usage("%s is there already; nothing was written. Choose another with --output-file, or replace it with --force", file)
		}
		if err != nil {
			return fmt.Errorf("write a configuration: %w", err)
		}
		_, err = f.Write(text)
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("write %s: %w", file, err)
		}
		return nil
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".brygga-*.yaml")
	if err != nil {
		return fmt.Errorf("write a configuration: %w", err)
	}
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // half a file is worth nothing; the reason is in err
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
