package cli

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"brygga/care"
	"brygga/care/rules"
	"brygga/config"
	"brygga/jobs"
)

func (a *app) evaluateCommand() *cobra.Command {
	var c choice
	var whatIf bool
	cmd := &cobra.Command{
		Use:   "evaluate PATH",
		Short: "Judge FHIR data on disk: no network, no state",
		Long: "PATH is a folder of *.ndjson files (Bulk Data) or *.json files (a resource or a Bundle each), one such\n" +
			"file, or - for NDJSON on stdin. With -o json there is one object per client, sorted by client, on stdout.\n" +
			"What cannot be read, and what cannot be laid to a client, is named on stderr as JSON.\n\n" +
			"Exit codes: 0 done; 2 wrong usage; 3 something could not be read, the rest is judged.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if whatIf && len(c.set) == 0 {
				return usage("--what-if compares with other parameters: give them with --set RULE.PARAM=VALUE")
			}
			cfg, err := a.named()
			if err != nil {
				return err
			}
			e, err := a.readDisk(cmd.Context(), args[0], cfg, c)
			if err != nil {
				return err
			}
			if err := a.warn(e); err != nil {
				return err
			}
			judged := jobs.JudgeAll(e.Snapshot, e.params, e.units, e.asOf)
			switch {
			case whatIf && a.json():
				err = a.evaluateWhatIf(e, cfg, c, judged)
			case a.json():
				err = e.json(a.Out, judged)
			case whatIf:
				err = a.evaluateWhatIf(e, cfg, c, judged)
			default:
				if err = a.evaluateView(e, judged); err == nil && len(c.set) > 0 {
					fmt.Fprintln(a.Out)
					err = a.evaluateWhatIf(e, cfg, c, judged)
				}
			}
			if err == nil && !e.whole() {
				err = code(jobs.ExitPartly)
			}
			return err
		},
	}
	c.flags(cmd.Flags())
	cmd.Flags().BoolVar(&whatIf, "what-if", false, "show only what --set changes: how many findings come and go per rule")
	return cmd
}

// evaluateWhatIf compares what was judged with what holds without --set.
func (a *app) evaluateWhatIf(e *evaluated, cfg *config.Config, c choice, judged []jobs.Judged) error {
	set, err := c.settings()
	if err != nil {
		return err
	}
	without := choice{pack: c.pack}
	inForce, err := without.params(cfg)
	if err != nil {
		return err
	}
	v := &comparison{AsOf: e.asOf, Pack: inForce.Default.Pack(), Set: set}
	v.WhatIf = jobs.Compare(jobs.JudgeAll(e.Snapshot, inForce, e.units, e.asOf), judged)
	if !e.whole() {
		v.Exit = jobs.ExitPartly
	}
	if a.json() {
		return a.printJSON(v)
	}
	a.whatIfView(a.Out, v)
	return nil
}

// clientLine is what contract.md promises of one client.
type clientLine struct {
	Client   care.Ref           `json:"client"`
	Contact  care.ContactStatus `json:"contact"`
	Plan     care.PlanStatus    `json:"plan"`
	Findings []findingLine      `json:"findings"`
}

// findingLine is what it promises of one finding.
type findingLine struct {
	Rule     string      `json:"rule"`
	State    rules.State `json:"state"`
	Due      care.Date   `json:"due,omitzero"`
	Owner    rules.Role  `json:"owner"`
	Staff    care.Ref    `json:"staff,omitempty"`
	ID       string      `json:"id"`
	Evidence []care.Ref  `json:"evidence"`
	Text     rules.Text  `json:"text"`
}

// line gives a client's line: findings sorted by rule, then due, then id.
func (e *evaluated) line(j *jobs.Judged) clientLine {
	l := clientLine{Client: j.Client.Ref, Contact: j.Contact, Plan: j.Plan, Findings: []findingLine{}}
	l.Contact.Staff = e.opaque.refs(j.Contact.Staff)
	slices.Sort(l.Contact.Staff)
	for i := range j.Findings {
		f := &j.Findings[i]
		line := findingLine{
			Rule: f.Rule, State: f.State, Due: f.Due, Owner: f.Owner, Staff: care.Ref(e.opaque.text(string(f.Staff))),
			ID:       rules.FindingID(e.tenant, j.Client.Ref, f.Rule, e.opaque.text(f.Anchor)),
			Evidence: e.opaque.refs(f.Evidence), Text: f.Text,
		}
		if line.Evidence == nil {
			line.Evidence = []care.Ref{}
		}
		l.Findings = append(l.Findings, line)
	}
	slices.SortFunc(l.Findings, func(x, y findingLine) int {
		return cmp.Or(cmp.Compare(x.Rule, y.Rule), cmp.Compare(x.Due, y.Due), cmp.Compare(x.ID, y.ID))
	})
	return l
}

// json writes all lines.
func (e *evaluated) json(w io.Writer, judged []jobs.Judged) error {
	b := bufio.NewWriterSize(w, 1<<16)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	for i := range judged {
		if err := enc.Encode(e.line(&judged[i])); err != nil {
			return err
		}
	}
	return b.Flush()
}
