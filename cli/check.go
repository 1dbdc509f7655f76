package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"brygga/adapters"
	"brygga/care"
	"brygga/care/rules"
	"brygga/config"
	"brygga/jobs"
	"brygga/store"
)

func (a *app) checkCommand() *cobra.Command {
	var write, schema bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Validate the configuration, reach every system and care home, sign in, compare capabilities",
		Long: "One line per check, with what to do about each that failed. Nothing is written, unless --write is\n" +
			"given: then three Tasks without a patient are written, tried, and left cancelled.\n\n" +
			"Exit codes: 0 all well, or warnings alone; 1 something failed; 2 the configuration is wrong.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if schema {
				_, err := a.Out.Write(config.Schema())
				return err
			}
			c := &checks{app: a, write: write}
			c.run(cmd.Context())
			if err := c.print(); err != nil {
				return err
			}
			return code(c.Exit)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&write, "write", false, "try writing too: conditional create, transaction, update by version")
	f.BoolVar(&schema, "schema", false, "print the JSON Schema of the configuration, for editors")
	return cmd
}

// checkLine is one check.
type checkLine struct {
	Verdict adapters.Verdict `json:"verdict"`
	Where   string           `json:"where"` // configuration, store, the name of a system, carehomes.NAME ...
	What    string           `json:"what"`
	Seen    string           `json:"seen,omitempty"`
	Do      string           `json:"do,omitempty"`
}

// checks are all checks of one call, in the order in which they were made.
type checks struct {
	*app
	write bool

	Exit  int
	Lines []checkLine
}

func (c *checks) add(v adapters.Verdict, where, what, seen, do string) {
	c.Lines = append(c.Lines, checkLine{v, where, what, seen, do})
	if v == adapters.Fail {
		c.Exit = jobs.Worse(c.Exit, jobs.ExitFailed)
	}
}

// run makes the checks. What rests on something that failed is not tried.
func (c *checks) run(ctx context.Context) {
	cfg := c.configuration()
	if cfg == nil {
		c.Exit = jobs.ExitUsage
		return
	}
	c.facts(cfg)
	st, _, err := jobs.OpenStore(ctx, cfg, c.logger())
	if err == nil {
		err = st.Close()
	}
	if err != nil {
		c.add(adapters.Fail, "store", cfg.StoreShown(), err.Error(), "")
		return
	}
	o, err := jobs.Open(ctx, cfg, jobs.Deps{Now: c.Now, Log: c.logger()})
	if err != nil {
		c.add(adapters.Fail, "systems", "options and secrets", err.Error(), "")
		return
	}
	defer o.Close()
	c.snapshot(ctx, o)
	c.audit(ctx, o)
	c.codes(ctx, o)
	for _, name := range sortedKeys(o.Adapters) {
		for _, r := range o.Check(ctx, name, c.write) {
			c.add(r.Verdict, name, r.What, r.Seen, r.Do)
		}
	}
	c.careHomes(ctx, o)
}

// configuration reads the file and notes everything that is wrong with it; nil
// where it cannot be used.
func (c *checks) configuration() *config.Config {
	cfg, problems := config.Load(c.configPath, c.LookupEnv)
	for _, p := range problems {
		v := adapters.Fail
		if p.Severity == config.Warning {
			v = adapters.Warn
		}
		place := p.File
		if p.Line > 0 {
			place = fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
		}
		seen := p.What
		if p.Key != "" {
			seen = p.Key + ": " + p.What
		}
		c.add(v, "configuration", place, seen, p.Do)
	}
	if problems.Err() != nil {
		return nil
	}
	if c.tenant != "" && c.tenant != cfg.Tenant {
		c.add(adapters.Fail, "configuration", "tenant", "it is the configuration of "+cfg.Tenant+", not of "+c.tenant, "give another --config, or another --tenant")
		return nil
	}
	c.add(adapters.OK, "configuration", c.configPath, "tenant "+cfg.Tenant+", pack "+cfg.Rules.Pack+", "+modeWords(cfg), "")
	return cfg
}

// facts says which facts no system provides, and what the rules do without them.
func (c *checks) facts(cfg *config.Config) {
	params, err := jobs.Params(cfg)
	if err != nil {
		c.add(adapters.Fail, "configuration", "rules", err.Error(), "")
		return
	}
	// What reads the facts of a later version is not provided, and asked by nobody.
	missing := (care.SystemFacts &^ cfg.Provides()) & read()
	if missing == 0 {
		c.add(adapters.OK, "facts", "provided", "every kind that a rule reads", "")
		return
	}
	c.add(adapters.Warn, "facts", "provided", "no system provides "+strings.Join(kindNames(missing), ", "),
		"if one does, name it under facts")
	for _, r := range rules.Catalogue() {
		if !params.Enabled(r.Code) {
			continue
		}
		switch ruleState(r, params.Default, cfg.Provides()) {
		case ruleWithout:
			if lacks := lacking(r, cfg.Provides()|care.OwnFacts, rules.Off); len(lacks) > 0 {
				c.add(adapters.Warn, "facts", r.Code, "off, without "+strings.Join(lacks, ", "), "")
			}
		case ruleWeaker:
			for _, w := range r.Without {
				if w.Effect == rules.Weaker && !cfg.Provides().Has(care.SetOf(w.Fact)) {
					c.add(adapters.Warn, "facts", r.Code, "weaker, without "+w.Fact.String()+": "+w.Text.EN, "")
				}
			}
		}
	}
}

// read are the kinds of facts that some rule reads.
func read() (all care.FactSet) {
	for _, r := range rules.Catalogue() {
		all |= r.Needs
	}
	return all
}

func lacking(r *rules.Rule, provides care.FactSet, effect rules.Effect) []string {
	var names []string
	for _, w := range r.Without {
		if w.Effect == effect && !provides.Has(care.SetOf(w.Fact)) {
			names = append(names, w.Fact.String())
		}
	}
	return names
}

// snapshot looks at what the last pull left: when it was, and whether the units
// that the configuration names are there.
func (c *checks) snapshot(ctx context.Context, o *jobs.Opened) {
	path := o.Config.StoreShown()
	points, err := o.Job.Store.Checkpoints(ctx)
	var state store.KindState
	if err == nil {
		state, err = unitState(ctx, o)
	}
	if err != nil {
		c.add(adapters.Fail, "store", path, err.Error(), "")
		return
	}
	seen := "can be read; nothing has been pulled yet"
	if len(points) > 0 {
		at := points[0].At
		for _, p := range points {
			if p.At.Before(at) {
				at = p.At
			}
		}
		seen = "can be read; " + count(len(points), "kind") + " of records, read " + clock(at)
	}
	c.add(adapters.OK, "store", path, seen, "")
	if state.OK {
		c.units(o, state.Records)
	}
}

// codes says how well the mappings' tables knew the codes of what is stored.
func (c *checks) codes(ctx context.Context, o *jobs.Opened) {
	all, err := o.Codes(ctx)
	if err != nil {
		c.add(adapters.Fail, "store", o.Config.StoreShown(), err.Error(), "")
		return
	}
	for _, s := range all {
		v := adapters.OK
		switch {
		case s.Rows == 0:
			continue
		case s.Refused:
			v = adapters.Fail
		case s.Unknown > 0:
			v = adapters.Warn
		}
		c.add(v, s.System, "codes of "+s.Table, s.Seen(), s.Do())
	}
}

// units compares the units that the configuration names with those that were read.
func (c *checks) units(o *jobs.Opened, records []care.Record) {
	units := map[care.Ref]care.Unit{}
	for _, r := range records {
		if r.Unit != nil {
			units[r.Ref] = *r.Unit
		}
	}
	for _, name := range o.Params.In(jobs.NewUnits(units, nil)).Unmatched() {
		c.add(adapters.Warn, "providers", name, "no organization that was read has this id, identifier or name",
			"the organizations are "+unitList(units))
	}
	unmatched := jobs.NewUnits(units, o.UnitNames).Unmatched()
	for _, name := range unmatched {
		c.add(adapters.Warn, "units", name, "no unit that was read has this id, identifier or name",
			"the units are "+unitList(units))
	}
	if n := len(o.UnitNames); n > 0 && len(unmatched) == 0 {
		c.add(adapters.OK, "units", "named in the configuration", count(n, "unit")+", all known", "")
	}
}

// unitState is what the last pull left of the units that count.
func unitState(ctx context.Context, o *jobs.Opened) (store.KindState, error) {
	for _, s := range o.Job.Systems {
		for _, k := range s.Mapper.Kinds() {
			if k.Facts&s.Authority&care.SetOf(care.KindUnit) != 0 {
				return o.Job.Store.Kind(ctx, s.Name, k.Name)
			}
		}
	}
	return store.KindState{}, nil
}

// unitList names some units, for whoever misspelt one.
func unitList(units map[care.Ref]care.Unit) string {
	const most = 8
	var names []string
	for ref, u := range units {
		id := strings.TrimPrefix(string(ref), "Organization/")
		if u.Name != "" {
			id += " (" + u.Name + ")"
		}
		names = append(names, id)
	}
	slices.Sort(names)
	if len(names) > most {
		names = append(names[:most], fmt.Sprintf("and %d more", len(names)-most))
	}
	return strings.Join(names, ", ")
}

// print shows the checks.
func (c *checks) print() error {
	if c.json() {
		return c.printJSON(struct {
			Checks []checkLine `json:"checks"`
			Exit   int         `json:"exit"`
		}{c.Lines, c.Exit})
	}
	n := map[adapters.Verdict]int{}
	t := c.table("")
	for _, l := range c.Lines {
		n[l.Verdict]++
		seen := l.Seen
		if l.Do != "" {
			seen += "; " + l.Do
		}
		t.row(verdictCell(l.Verdict), l.Where, l.What, seen)
	}
	t.write(c.Out)
	fmt.Fprintf(c.Out, "\n%d ok, %s, %d failed.", n[adapters.OK], count(n[adapters.Warn], "warning"), n[adapters.Fail])
	if c.Exit == jobs.ExitDone {
		fmt.Fprint(c.Out, " See what a night would find: brygga preview")
	}
	fmt.Fprintln(c.Out)
	return nil
}

func verdictCell(v adapters.Verdict) cell {
	switch v {
	case adapters.OK:
		return cell{"ok", green}
	case adapters.Warn:
		return cell{"warn", yellow}
	}
	return cell{"FAIL", red}
}
