package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"brygga/jobs"
	"brygga/mapping/vendor"
)

func (a *app) mappingCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mapping",
		Short: "Mappings: how records of other systems than FHIR are read",
		Long: "A mapping is a YAML file that says where a system's records are and what they mean. Some are built in;\n" +
			"a municipality writes its own, which may extend a built-in one.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.mappingListCommand(), a.mappingTestCommand(), a.mappingExplainCommand(), a.mappingSchemaCommand(), a.mappingTemplateCommand())
	return cmd
}

// isMappingFile says whether a mapping is named by its file, as in a configuration.
func isMappingFile(name string) bool { return strings.ContainsAny(name, `/\.`) }

// loadMapping reads a built-in mapping by its name, or one in a file.
func loadMapping(name string) (*vendor.Mapping, error) {
	file := ""
	if isMappingFile(name) {
		file = name
	}
	m, err := vendor.Load(name, file)
	if err != nil {
		return nil, usage("%w", err)
	}
	return m, nil
}

// mappingView is one mapping in the list of them.
type mappingView struct {
	Name     string        `json:"name"`
	Doc      string        `json:"doc"`
	Facts    []string      `json:"facts"` // under the settings' defaults
	Lists    []listView    `json:"lists"`
	Settings []settingView `json:"settings"`
	Hash     string        `json:"hash"`
}

type listView struct {
	Name  string   `json:"name"`
	Where string   `json:"where"` // the path, or the pattern of files
	Facts []string `json:"facts"`
}

type settingView struct {
	Name    string   `json:"name"`
	Doc     string   `json:"doc,omitempty"`
	Choices []string `json:"choices,omitempty"`
	Default string   `json:"default"`
}

func newMappingView(m *vendor.Mapping) mappingView {
	v := mappingView{Name: m.Name(), Doc: m.Doc(), Hash: m.Hash(), Facts: kindNames(m.Provides(nil)), Lists: []listView{}}
	for _, l := range m.Lists(nil) {
		one := listView{Name: l.Name, Facts: kindNames(l.Facts)}
		if l.REST != nil {
			one.Where = l.REST.Path
		} else {
			one.Where = l.Files.Glob
		}
		v.Lists = append(v.Lists, one)
	}
	for _, s := range m.Settings() {
		v.Settings = append(v.Settings, settingView{s.Name, s.Doc, s.Choices, s.Default})
	}
	return v
}

func (a *app) mappingListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list [NAME|FILE...]",
		Short: "Mappings, with their lists, facts and settings",
		RunE: func(_ *cobra.Command, args []string) error {
			views := []mappingView{}
			names, err := a.mappingNames(args)
			if err != nil {
				return err
			}
			for _, name := range names {
				m, err := loadMapping(name)
				if err != nil {
					return err
				}
				views = append(views, newMappingView(m))
			}
			if a.json() {
				return a.printJSON(map[string]any{"mappings": views})
			}
			a.mappingsText(views)
			return nil
		},
	}
}

// mappingNames are those that are named, or all that are built in and the files
// that the configuration names, where there is one.
func (a *app) mappingNames(args []string) ([]string, error) {
	if len(args) > 0 {
		return args, nil
	}
	names := vendor.Builtin()
	cfg, err := a.present()
	switch {
	case err != nil && !a.configSet:
		fmt.Fprintf(a.Err, "brygga: %s cannot be used as it is (`brygga check` says why): mappings of its own are tried by naming their files\n", a.configPath)
		return names, nil
	case err != nil || cfg == nil:
		return names, err
	}
	for _, system := range sortedKeys(cfg.Systems) {
		name := cfg.Systems[system].MappingName
		if !isMappingFile(name) {
			continue
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(cfg.Path), name)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// testView is what came of the examples of one mapping.
type testView struct {
	Mapping  string           `json:"mapping"`
	Problem  string           `json:"problem,omitempty"` // it cannot be loaded, or its examples cannot be read
	Examples []vendor.Example `json:"examples"`
}

func (t *testView) failed() int {
	n := 0
	for i := range t.Examples {
		if !t.Examples[i].OK() {
			n++
		}
	}
	return n
}

func (a *app) mappingTestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "test [NAME|FILE...]",
		Short: "Check mappings, and run the examples that stand beside them",
		Long: "Without arguments, all that are built in and those of the configuration. Exit code 1 where a mapping cannot be loaded or an example does\n" +
			"not give the facts that it is to give.",
		RunE: func(_ *cobra.Command, args []string) error {
			views := []testView{}
			exit := jobs.ExitDone
			names, err := a.mappingNames(args)
			if err != nil {
				return err
			}
			for _, name := range names {
				v := testView{Mapping: name, Examples: []vendor.Example{}}
				m, err := loadMapping(name)
				if err == nil {
					var examples []vendor.Example
					if examples, err = m.Test(); examples != nil {
						v.Examples = examples
					}
				}
				if err != nil {
					v.Problem = err.Error()
				}
				if v.Problem != "" || v.failed() > 0 {
					exit = jobs.ExitFailed
				}
				views = append(views, v)
			}
			if a.json() {
				if err := a.printJSON(map[string]any{"ok": exit == jobs.ExitDone, "mappings": views}); err != nil {
					return err
				}
			} else {
				a.mappingTestText(views)
			}
			return code(exit)
		},
	}
}

func (a *app) mappingExplainCommand() *cobra.Command {
	var set []string
	var print bool
	cmd := &cobra.Command{
		Use:   "explain NAME|FILE [LIST [RECORDFILE|-]]",
		Short: "How one record is read, step by step; with --print, the mapping in force",
		Long: "Reads a record of the list (JSON; or for lists of files a piece of one: a header and a line of CSV, or an\n" +
			"XML file with one row) from the file or from standard input, and shows what was decoded, what each expression gave, and the facts. Person numbers\n" +
			"are shown as hashes only; other fields are shown as they stand, so use invented records, or keep what is\n" +
			"printed as you keep the record.",
		Args: cobra.RangeArgs(1, 3),
		RunE: func(_ *cobra.Command, args []string) error {
			m, err := loadMapping(args[0])
			if err != nil {
				return err
			}
			if print {
				if a.json() {
					return a.printJSON(newMappingView(m))
				}
				_, err := io.WriteString(a.Out, m.YAML())
				return err
			}
			if len(args) < 2 {
				return usage("which list? %s has %s", m.Name(), strings.Join(listNames(m), ", "))
			}
			settings, err := settingsOf(m, set)
			if err != nil {
				return err
			}
			record, err := a.record(args[2:])
			if err != nil {
				return err
			}
			if record, err = asFile(m, settings, args[1], record); err != nil {
				return err
			}
			got, err := vendor.Explain(m, settings, args[1], record)
			if err != nil {
				return usage("%w", err)
			}
			if a.json() {
				return a.printJSON(map[string]any{"records": got})
			}
			for i := range got {
				a.explanationText(&got[i])
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&print, "print", false, "print the mapping in force, with all that it extends put in")
	cmd.Flags().StringArrayVar(&set, "set", nil, "a setting of the mapping, as `NAME=VALUE`; may be repeated")
	return cmd
}

func listNames(m *vendor.Mapping) (names []string) {
	for _, l := range m.Lists(nil) {
		names = append(names, l.Name)
	}
	return names
}

func settingsOf(m *vendor.Mapping, set []string) (map[string]string, error) {
	settings := map[string]string{}
	for _, s := range set {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return nil, usage("--set %s: a setting is written NAME=VALUE", s)
		}
		settings[name] = value
	}
	if err := m.CheckSettings(settings); err != nil {
		return nil, usage("%w", err)
	}
	return settings, nil
}

// maxRecord is far more than one record.
const maxRecord = 16 << 20

// record reads what is to be explained; the name of the file is not repeated.
func (a *app) record(args []string) ([]byte, error) {
	in := a.In
	if len(args) > 0 && args[0] != "-" {
		f, err := os.Open(args[0])
		if err != nil {
			return nil, usage("the file of the record cannot be opened")
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxRecord))
	if err != nil {
		return nil, usage("the record cannot be read to its end")
	}
	return b, nil
}

// asFile reads a record that is a piece of a file as a night reads the file. Single
// records of JSON, and CSV of the common kind, which need not have every column, are
// left to the mapping.
func asFile(m *vendor.Mapping, settings map[string]string, list string, record []byte) ([]byte, error) {
	lists := m.Lists(settings)
	i := slices.IndexFunc(lists, func(l vendor.List) bool { return l.Name == list && l.Files != nil })
	if i < 0 {
		return record, nil
	}
	l, f := lists[i], *lists[i].Files
	t := bytes.TrimSpace(record)
	object := len(t) > 0 && (t[0] == '{' || t[0] == '[')
	readable := utf8.Valid(record)
	switch {
	case !readable:
	case f.Format == "csv" && (object || f.Header && f.Quote == `"`), f.Format == "xml" && object:
		return record, nil
	case f.Format == "csv": // pasted, perhaps from a file in another encoding, and without its end
		f.Encoding, record = "utf-8", append(t, '\n')
	}
	l.Files = &f
	rows, err := jobs.FileRows(l, record)
	if err != nil && readable && object {
		return record, nil // one record of such a file
	}
	if err != nil {
		return nil, usage("the file of the record: %w", err)
	}
	return rows, nil
}

func (a *app) mappingSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "The JSON Schema of mappings, for editors",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := a.Out.Write(vendor.Schema())
			return err
		},
	}
}

func (a *app) mappingTemplateCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "template NAME --out DIR",
		Short: "Files to fill in, for lists that no system holds (hr-list, register)",
		Long:  "Writes the files into the folder. A file that is there already is left as it is, and said so.",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			templates, err := vendor.Templates(args[0])
			if err != nil {
				return usage("%w", err)
			}
			if out == "" {
				return usage("--out: which folder?")
			}
			if err := os.MkdirAll(out, 0o750); err != nil {
				return usage("the folder %s cannot be made", out)
			}
			views := []templateView{}
			exit := jobs.ExitDone
			for _, t := range templates {
				v := templateView{File: filepath.Join(out, t.Name)}
				f, err := os.OpenFile(v.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
				switch {
				case os.IsExist(err):
					v.Kept = true
				case err == nil:
					_, err = f.Write(t.Text)
					if closed := f.Close(); err == nil {
						err = closed
					}
				}
				if err != nil && !v.Kept {
					return usage("%s cannot be written", v.File)
				}
				if v.Kept {
					exit = jobs.ExitFailed
				}
				views = append(views, v)
			}
			if a.json() {
				if err := a.printJSON(map[string]any{"files": views}); err != nil {
					return err
				}
			} else {
				a.templatesText(views)
			}
			return code(exit)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "the `FOLDER` to write them into")
	return cmd
}

// templateView is one file; Kept: it was there already, and is as it was.
type templateView struct {
	File string `json:"file"`
	Kept bool   `json:"kept,omitempty"`
}
