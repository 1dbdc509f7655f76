package cli

import (
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"brygga/config"
	"brygga/jobs"
)

// worklistOptions are what `brygga report worklist` is asked.
type worklistOptions struct {
	csv, html, unit, by string
	names               bool
}

func (a *app) worklistCommand() *cobra.Command {
	var opt worklistOptions
	cmd := &cobra.Command{
		Use:   "worklist",
		Short: "Each unit's list of what is to be done, where the record system has no place for Tasks",
		Long: "What would stand as Flags and Tasks, unit by unit, by the facts of the last pull. Clients are named by their\n" +
			"number in the record system, or else by a reference that brygga explain takes. Clients with a protected\n" +
			"identity stand under no unit: only how much there is to do for each, for the unit manager.\n\n" +
			"--with-names reads names from the record system for this one list, and keeps them nowhere. Who did so, when\n" +
			"and for which clients is written in the audit log first (keys.audit must be set).",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opt.by != "" && !opt.names {
				return usage("--by says who reads names: use it with --with-names")
			}
			return a.worklist(cmd.Context(), opt)
		},
	}
	f := cmd.Flags()
	f.StringVar(&opt.csv, "csv", "", "write the list to `FILE`, as a Swedish Excel opens it")
	f.StringVar(&opt.html, "html", "", "write pages to print on A4, each unit on its own, to `FILE`")
	f.StringVar(&opt.unit, "unit", "", "only the unit with this `NAME`, id or HSA-id, with its parts")
	f.BoolVar(&opt.names, "with-names", false, "read the clients' names now; never of those with a protected identity")
	f.StringVar(&opt.by, "by", "", "`NAME` of the person who reads names, where that is not the user of this machine")
	return cmd
}

// listed is a worklist as it is shown.
type listed struct {
	Tenant string `json:"tenant"`
	*jobs.Worklist
	Names *namesRead `json:"names,omitempty"`

	language string
}

// namesRead says that names are on the list, and who wanted them.
type namesRead struct {
	By    string `json:"by"`
	At    string `json:"at"`
	Found int    `json:"found"`
	Asked int    `json:"asked"`
}

func (a *app) worklist(ctx context.Context, opt worklistOptions) error {
	var v *listed
	var err error
	if opt.names {
		v, err = a.namedWorklist(ctx, opt)
	} else {
		var cfg *config.Config
		var s *jobs.Stored
		if cfg, s, err = a.stored(ctx); err == nil {
			v, err = a.worklistOf(cfg, s, opt)
		}
	}
	if err != nil {
		return err
	}
	return a.shown(v, saved{
		opt.csv:  func() ([]byte, error) { return csvOf([]sheet{v.sheet()}) },
		opt.html: func() ([]byte, error) { return bytesOf(func(w io.Writer) error { return v.page(w) }) },
	}, func() { a.worklistView(v) })
}

func (a *app) worklistOf(cfg *config.Config, s *jobs.Stored, opt worklistOptions) (*listed, error) {
	asOf, err := a.asOf()
	if err != nil {
		return nil, err
	}
	v := &listed{Tenant: cfg.Tenant, Worklist: jobs.MakeWorklist(s, asOf, cfg.Language), language: cfg.Language}
	var names []string
	for _, u := range v.Units {
		names = append(names, u.Name)
	}
	if opt.unit != "" && !v.Only(s, opt.unit) {
		return nil, usage("--unit %s: no unit has that id, identifier or name; those with something to do are: %s", opt.unit, strings.Join(names, ", "))
	}
	return v, nil
}

// namedWorklist reads names too: the systems are reached for that.
func (a *app) namedWorklist(ctx context.Context, opt worklistOptions) (v *listed, err error) {
	by, err := a.asker(opt.by)
	if err != nil {
		return nil, err
	}
	o, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	asOf, err := a.asOf()
	if err != nil {
		return nil, err
	}
	s, err := jobs.LoadSnapshot(ctx, o.Config, o.Job.Store, asOf, a.Now())
	if err != nil {
		return nil, err
	}
	if v, err = a.worklistOf(o.Config, s, opt); err != nil {
		return nil, err
	}
	clients := v.Clients()
	names, err := o.Names(ctx, s, clients, by)
	if errors.Is(err, jobs.ErrNoAuditKey) {
		return nil, usage("--with-names: %w", err)
	}
	if err != nil {
		return nil, err
	}
	v.Name(names)
	v.Names = &namesRead{By: by.By, At: clock(a.Now()), Found: len(names), Asked: len(clients)}
	return v, nil
}

var manyDigits = regexp.MustCompile(`\d{5}`)

// asker says who reads names: --by, and the user of the operating system, who is
// written down in any case.
func (a *app) asker(by string) (jobs.Asker, error) {
	who := jobs.Asker{By: strings.TrimSpace(by), User: a.user(), Job: "report worklist"}
	if who.By == "" {
		who.By = who.User
	}
	odd := func(r rune) bool { return !unicode.IsPrint(r) }
	switch {
	case who.By == "":
		return who, usage("this machine does not say who you are, and that is written in the audit log; say so with --by NAME")
	case len(who.By) > 100 || strings.ContainsFunc(who.By, odd) || by != "" && manyDigits.MatchString(who.By):
		return who, usage("--by: write a name or a user name, of at most 100 letters and without long numbers")
	}
	return who, nil
}
