package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"brygga/care"
	"brygga/jobs"
)

func (a *app) handoverCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "handover",
		Short: "What is handed over to care homes: look at it, release it, see what became of it",
		Long: "The job `brygga run handover` prepares a handover for each client who moves to a care home within 30 days,\n" +
			"as far as the client's consent reaches. A named person looks at it with preview and lets it go with release.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usage("what of it? `brygga handover preview CLIENT`, `release CLIENT` or `list`")
		},
	}
	cmd.AddCommand(a.handoverPreviewCommand(), a.handoverReleaseCommand(), a.handoverListCommand())
	return cmd
}

// handoverChoice is what preview and release have in common.
type handoverChoice struct {
	to, by, page, document string
}

func (c *handoverChoice) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.to, "to", "", "the care home, by its `NAME` in the configuration, where the client moves to more than one")
	f.StringVar(&c.by, "by", "", "`NAME` of the person who does this, where that is not the user of this machine")
}

func (a *app) handoverPreviewCommand() *cobra.Command {
	var c handoverChoice
	cmd := &cobra.Command{
		Use:   "preview CLIENT",
		Short: "What would be sent to whom, on whose consent, and what is withheld and why; nothing is sent",
		Long: "Reads the client's consents and the permitted sections now. CLIENT is a reference (Patient/17), as handover list and the reports show it. Who looked\n" +
			"is in the audit log. --page and --document save exactly what would be sent: the page for people, and the\n" +
			"FHIR document; treat these files as the record itself.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.handover(cmd.Context(), args[0], "handover preview", c, func(o *jobs.Opened, all []*jobs.HandoverPreview, _ jobs.Asker) error {
				if a.json() {
					return a.printLines(all)
				}
				for _, p := range all {
					if err := a.handoverView(p); err != nil {
						return err
					}
				}
				return a.savePreview(c, all)
			})
		},
	}
	c.flags(cmd)
	cmd.Flags().StringVar(&c.page, "page", "", "save the page that would go along to `FILE`")
	cmd.Flags().StringVar(&c.document, "document", "", "save the FHIR document that would be sent to `FILE`")
	return cmd
}

func (a *app) handoverReleaseCommand() *cobra.Command {
	var c handoverChoice
	var yes bool
	var id string
	cmd := &cobra.Command{
		Use:   "release CLIENT",
		Short: "Show what would be sent, ask, and send it in the name of a person",
		Long: "Asks on a terminal; elsewhere it needs --yes and --by NAME. --id lets go exactly what preview showed under\n" +
			"that id, and exits 5 if it is no longer the same. What the care home has already is never sent twice.\n\n" + exitCodes,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if yes && c.by == "" {
				return usage("--yes lets something leave without a question: say in whose name with --by NAME")
			}
			if !yes && (!a.InTerminal || a.json()) {
				return usage("nobody can be asked here: use --yes and --by NAME, or a terminal")
			}
			return a.handover(cmd.Context(), args[0], "handover release", c, func(o *jobs.Opened, all []*jobs.HandoverPreview, by jobs.Asker) error {
				if len(all) > 1 {
					return usage("the client moves to more than one care home: choose with --to NAME")
				}
				return a.release(cmd.Context(), o, all[0], by, yes, id)
			})
		},
	}
	c.flags(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask; needs --by")
	cmd.Flags().StringVar(&id, "id", "", "release only what has this `ID`, as preview showed it")
	return cmd
}

// handover opens the job, previews, and goes on with do.
func (a *app) handover(ctx context.Context, client, job string, c handoverChoice, do func(*jobs.Opened, []*jobs.HandoverPreview, jobs.Asker) error) (err error) {
	ref, err := clientArg(client)
	if err != nil {
		return err
	}
	by, err := a.asker(c.by)
	if err != nil {
		return err
	}
	by.Job = job
	o, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	all, err := o.PreviewHandover(ctx, ref, c.to, by)
	if errors.Is(err, jobs.ErrNoCareHomes) {
		return &codeError{jobs.ExitUsage, err}
	}
	if err != nil {
		return err
	}
	return do(o, all, by)
}

func (a *app) release(ctx context.Context, o *jobs.Opened, p *jobs.HandoverPreview, by jobs.Asker, yes bool, id string) error {
	if id != "" && p.ID != id {
		return &codeError{jobs.ExitStale, fmt.Errorf("%s would be sent now, and not %s: %w", orNothing(p.ID), id, jobs.ErrContentMoved)}
	}
	if !yes {
		if err := a.handoverView(p); err != nil || p.ID == "" {
			return errors.Join(err, code(jobs.ExitFailed))
		}
		fmt.Fprintf(a.Out, "\nSend this to %s, in the name of %s? Write yes: ", p.Shown, by.By)
		answer, _ := bufio.NewReader(a.In).ReadString('\n')
		if s := strings.ToLower(strings.TrimSpace(answer)); s != "yes" && s != "ja" {
			return &codeError{jobs.ExitFailed, errors.New("nothing was sent")}
		}
	}
	rep, err := o.ReleaseHandover(ctx, p, by)
	switch {
	case errors.Is(err, jobs.ErrContentMoved):
		return &codeError{jobs.ExitStale, err}
	case err != nil:
		return err
	}
	return a.handoverReported(rep, p.ID)
}

func orNothing(id string) string {
	if id == "" {
		return "nothing"
	}
	return id
}

// savePreview saves what would be sent.
func (a *app) savePreview(c handoverChoice, all []*jobs.HandoverPreview) error {
	if c.page == "" && c.document == "" {
		return nil
	}
	if len(all) != 1 || all[0].ID == "" {
		return usage("--page and --document save one handover, and there is %s here", map[bool]string{true: "none to send", false: "more than one; choose with --to NAME"}[len(all) == 1])
	}
	document, page := all[0].Document(care.DateOf(a.Now()))
	for _, f := range []struct {
		path    string
		content []byte
	}{{c.page, page}, {c.document, document}} {
		if f.path == "" {
			continue
		}
		if err := writeWhole(f.path, f.content); err != nil {
			return err
		}
		fmt.Fprintf(a.Out, "Written: %s\n", f.path)
	}
	return nil
}

// printLines writes one object per line.
func (a *app) printLines(all []*jobs.HandoverPreview) error {
	for _, p := range all {
		if err := a.printJSON(p); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) handoverListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list [CLIENT]",
		Short: "What was prepared, sent, answered or stopped, with receipts; no system is reached",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var client care.Ref
			if len(args) == 1 {
				ref, err := clientArg(args[0])
				if err != nil {
					return err
				}
				client = ref
			}
			cfg, err := a.load()
			if err != nil {
				return err
			}
			st, _, err := jobs.OpenStore(cmd.Context(), cfg, a.logger())
			if err != nil {
				return err
			}
			defer st.Close()
			lines, err := jobs.Handovers(cmd.Context(), st.Tenant(cfg.Tenant), client)
			if err != nil {
				return err
			}
			if a.json() {
				for _, l := range lines {
					if err := a.printJSON(l); err != nil {
						return err
					}
				}
				return nil
			}
			return a.handoverList(lines)
		},
	}
}
