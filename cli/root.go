// Package cli is the command line: one file per command, each with a text view
// for people and a JSON view for programs, and no logic of its own.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"brygga/care"
	"brygga/config"
	"brygga/jobs"
	"brygga/web"
)

// Process is what a command takes from the process it runs in.
type Process struct {
	In                       io.Reader
	Out, Err                 io.Writer
	Now                      func() time.Time
	LookupEnv                func(string) (string, bool)
	OutTerminal, ErrTerminal bool
	InTerminal               bool          // somebody can be asked
	User                     func() string // of the operating system; nil or empty: not known
}

// app is one call of brygga: the process and the global flags.
type app struct {
	Process
	configPath string
	configSet  bool
	output     string
	asOfText   string
	tenant     string
	verbose    bool
	noProgress bool
	counters   *web.Counters // of the daemon
}

const exitCodes = `Exit codes: 0 done; 1 failed; 2 wrong usage or configuration; 3 done in part: a source was
incomplete or records were quarantined; 4 stopped by the guard; 5 refused: the saved preview is
stale; 6 only with preview --detailed-exitcode: there are changes.`

// Main runs one command and gives its exit code.
func Main(ctx context.Context, args []string, p Process) int {
	a := &app{Process: p}
	root := &cobra.Command{
		Use:   "brygga",
		Short: "The bridge between care record systems and what is promised everyone with home care",
		Long: "brygga reads a municipality's care records, sees for each client whether there is a fast\n" +
			"omsorgskontakt and a living genomförandeplan, and writes Flags and Tasks back.\n\n" + exitCodes,
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	f := root.PersistentFlags()
	f.StringVarP(&a.configPath, "config", "c", "brygga.yaml", "configuration `FILE`; of serve, status, run list and health also a folder of them")
	f.StringVarP(&a.output, "output", "o", "text", "text or json")
	f.StringVar(&a.asOfText, "as-of", "", "judge this `DATE` (YYYY-MM-DD) instead of today, where judging takes place")
	f.StringVar(&a.tenant, "tenant", "", "the tenant that is meant: a safeguard, refused if the configuration says another; of a folder the one to look at")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "log what is asked of every system")
	f.BoolVar(&a.noProgress, "no-progress", false, "no progress on stderr")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		a.configSet = cmd.Flags().Changed("config")
		if a.output != "text" && a.output != "json" {
			return usage("-o %s: the views are text and json", a.output)
		}
		return nil
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage("%w", err) })
	root.SetIn(p.In)
	root.SetOut(p.Out)
	root.SetErr(p.Err)
	for _, c := range a.commands() {
		root.AddCommand(c)
	}
	root.SetArgs(args)
	return a.exit(root.ExecuteContext(ctx))
}

func (a *app) commands() []*cobra.Command {
	return []*cobra.Command{
		a.demoCommand(), a.initCommand(), a.checkCommand(), a.previewCommand(), a.applyCommand(),
		a.baselineCommand(), a.runCommand(), a.serveCommand(), a.statusCommand(), a.explainCommand(), a.evaluateCommand(),
		a.rulesCommand(), a.forecastCommand(), a.reportCommand(), a.consentCommand(), a.mappingCommand(),
		a.auditCommand(), a.handoverCommand(), a.quarantineCommand(), a.backupCommand(), a.restoreCommand(), a.healthCommand(),
	}
}

// codeError carries an exit code; a nil err says nothing more on stderr.
type codeError struct {
	code int
	err  error
}

func (e *codeError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *codeError) Unwrap() error { return e.err }

func usage(format string, args ...any) error {
	return &codeError{jobs.ExitUsage, fmt.Errorf(format, args...)}
}

// code ends a command with an exit code and no further words: the view has said it.
func code(c int) error {
	if c == jobs.ExitDone {
		return nil
	}
	return &codeError{code: c}
}

// exit prints an error, if there is one to print, and gives the exit code.
func (a *app) exit(err error) int {
	if err == nil {
		return jobs.ExitDone
	}
	var c *codeError
	isCode := errors.As(err, &c)
	if !isCode || c.err != nil {
		for line := range strings.SplitSeq(strings.TrimRight(err.Error(), "\n"), "\n") {
			fmt.Fprintln(a.Err, "brygga: "+line)
		}
	}
	var problems config.Problems
	switch {
	case isCode:
		return c.code
	case errors.As(err, &problems):
		return jobs.ExitUsage
	case errors.Is(err, jobs.ErrStale):
		return jobs.ExitStale
	case strings.HasPrefix(err.Error(), "unknown command"), strings.Contains(err.Error(), "arg(s)"):
		return jobs.ExitUsage // cobra has no types for these
	}
	return jobs.ExitFailed
}

func (a *app) json() bool { return a.output == "json" }

// printJSON writes one object on a line of its own.
func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.Out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// asOf gives --as-of, or today in Stockholm.
func (a *app) asOf() (care.Date, error) {
	if a.asOfText == "" {
		return care.DateOf(a.Now()), nil
	}
	d, err := care.ParseDate(a.asOfText)
	if err != nil {
		return 0, usage("--as-of %s: a date is written YYYY-MM-DD, and must exist", a.asOfText)
	}
	return d, nil
}

// load reads the configuration and prints its warnings.
func (a *app) load() (*config.Config, error) {
	cfg, problems := config.Load(a.configPath, a.LookupEnv)
	if err := problems.Err(); err != nil {
		if _, gone := os.Stat(a.configPath); errors.Is(gone, os.ErrNotExist) && !a.configSet {
			return nil, errors.Join(err, errors.New("if brygga runs here as a service, its configuration is most likely -c /etc/brygga/brygga.yaml"))
		}
		return nil, err
	}
	a.sayWarnings(problems.Warnings())
	if a.tenant != "" && a.tenant != cfg.Tenant {
		return nil, usage("--tenant %s: %s is the configuration of %s", a.tenant, a.configPath, cfg.Tenant)
	}
	return cfg, nil
}

// sayWarnings says on stderr what is only worth knowing of a configuration.
func (a *app) sayWarnings(warnings config.Problems) {
	for _, w := range warnings {
		fmt.Fprintln(a.Err, "brygga: "+w.String())
	}
}

func (a *app) logger() zerolog.Logger {
	level := zerolog.WarnLevel
	if a.verbose {
		level = zerolog.DebugLevel
	}
	// Several requests are under way at one time, and each of them logs.
	return zerolog.New(zerolog.SyncWriter(a.Err)).Level(level).With().Timestamp().Logger()
}
