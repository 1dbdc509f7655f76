package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"brygga/care"
	"brygga/jobs"
	"brygga/mapping/fhir/document"
)

// whyNot says in words why a section is not sent.
var whyNot = map[string]string{
	"denied": "the consent denies it", "no-consent": "no consent applies", "not-addressed": "the consent is for another recipient",
	"conflict": "consents disagree, and deny wins", "unreadable": "a consent cannot be read, and so denies everything",
	"not-offered": "jobs.handover.sections does not offer it", "not-provided": "the system that consents are read from does not hold it",
}

// leftWords say why something of a permitted section is left out.
var leftWords = map[document.Reason]string{
	document.ReasonUnreadable: "it cannot be read", document.ReasonOfAnother: "it is not about this client",
	document.ReasonNoSection: "it belongs to no section", document.ReasonSection: "it also belongs to a section that is not permitted",
	document.ReasonInError: "it was entered in error", document.ReasonStatus: "it is a draft, replaced, or no longer so",
	document.ReasonPeriod: "the consent does not cover the day it was made", document.ReasonOld: "it is older than 70 days, or undated",
	document.ReasonProtected: "it has a label that protects it", document.ReasonDisorder: "one of its periods ends before it starts",
	document.ReasonHollow: "without what may not be carried, it is not whole", document.ReasonReference: "it refers to what is not handed over",
	document.ReasonAddress: "an attachment that lies elsewhere, or could not be read",
}

// handoverView shows one preview.
func (a *app) handoverView(p *jobs.HandoverPreview) error {
	w := bufio.NewWriter(a.Out)
	fmt.Fprintf(w, "%s moves on %s", a.paint(bold, string(p.Client)), p.Start)
	if p.Shown != "" {
		fmt.Fprintf(w, " to %s (%s)", a.paint(bold, p.Shown), p.CareHome)
	}
	fmt.Fprintln(w, ".")
	if p.Why != "" {
		fmt.Fprintf(w, "%s %s.\n", a.paint(red, "Nothing is handed over:"), p.Why)
	}
	if len(p.Sections) > 0 {
		a.sectionsView(w, p)
	}
	if p.ID != "" {
		fmt.Fprintf(w, "  id %s\n  content %s\n", p.ID, p.Hash)
	}
	if h := p.Have; h != nil {
		fmt.Fprintf(w, "  %s\n", haveWords(p))
	}
	return w.Flush()
}

func (a *app) sectionsView(w io.Writer, p *jobs.HandoverPreview) {
	t := a.table("  ")
	t.head("section", "", "", "consent", "given by")
	for _, s := range p.Sections {
		verdict, what := cell{"sent", green}, sentWords(s)
		if !s.Sent {
			verdict, what = cell{"withheld", yellow}, whyNot[s.Reason]
		}
		by := ""
		if s.Consent != "" {
			by = givenBy(s.Givers)
		}
		t.row(s.Section, verdict, what, s.Consent, by)
	}
	t.write(w)
	for _, s := range p.Sections {
		for _, l := range s.Left {
			what := string(l.Ref)
			if l.Element != "" {
				what += " " + l.Element
			}
			fmt.Fprintf(w, "  %s: %s is left out: %s\n", s.Section, what, leftWords[l.Reason])
		}
	}
}

// sentWords say how much of a section is sent.
func sentWords(s jobs.SectionPreview) string {
	words := count(s.Entries, "record")
	if s.Entries == 0 {
		words = "nothing is recorded"
	}
	if len(s.Data) > 0 {
		words += ", of " + dataWords(care.SectionDecision{Effect: care.Permit, Data: s.Data})
	}
	return words
}

func givenBy(givers []string) string {
	if len(givers) == 0 {
		return "not recorded"
	}
	return strings.Join(givers, ", ")
}

func haveWords(p *jobs.HandoverPreview) string {
	h := p.Have
	switch {
	case h.State == care.HandoverRevoked:
		return fmt.Sprintf("just this was sent %s as %s, and is not sent again; its consent was taken back after that, so tell the care home by hand that it stands again", clock(h.Delivered), h.Document)
	case !h.Delivered.IsZero():
		return fmt.Sprintf("just this was sent %s as %s, and is not sent again", clock(h.Delivered), h.Document)
	case h.ID == p.ID:
		return fmt.Sprintf("%s since %s", h.State, clock(h.Begun))
	}
	return fmt.Sprintf("another content was %s %s, and is replaced by a release", h.State, clock(h.Begun))
}

// handoverList is a table of what the ledger holds.
func (a *app) handoverList(lines []jobs.HandoverLine) error {
	if len(lines) == 0 {
		fmt.Fprintln(a.Out, "Nothing was prepared or sent yet.")
		return nil
	}
	w := bufio.NewWriter(a.Out)
	t := a.table("")
	t.head("client", "care home", "state", "since", "sections", "released by", "receipt, or why")
	for _, l := range lines {
		t.row(string(l.Client), l.CareHome, l.State.String(), clock(jobs.Since(l.Handover)), sectionWords(l.Sections), l.By, becameWords(l))
	}
	t.write(w)
	return w.Flush()
}

// sectionWords lists sections, or says that it is all of them.
func sectionWords(sections []string) string {
	if len(sections) == len(care.Sections()) {
		return "all"
	}
	return strings.Join(sections, ", ")
}

// becameWords say what there is to show for it: the receipt, what the care home says,
// and why nothing leaves.
func becameWords(l jobs.HandoverLine) string {
	var parts []string
	for _, s := range []string{receiptWords(l), l.Why} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if l.Reason != "" {
		parts = append(parts, "the care home says: "+l.Reason)
	}
	return strings.Join(parts, "; ")
}

func receiptWords(l jobs.HandoverLine) string {
	var parts []string
	for _, s := range []string{l.Document, l.Task, string(l.Handover.Receipt)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

// handoverReported prints what a run of the job did; only what id says where one was released.
func (a *app) handoverReported(rep *jobs.HandoverReport, id string) error {
	if a.json() {
		if err := a.printJSON(rep); err != nil {
			return err
		}
		return code(rep.Exit)
	}
	for _, p := range rep.Problems {
		if p.System != "" {
			fmt.Fprintf(a.Out, "! %s: %s\n", p.System, p.What)
			continue
		}
		fmt.Fprintf(a.Out, "! %s\n", p.What)
	}
	for _, l := range rep.Lines {
		if id != "" && l.ID == id {
			fmt.Fprintf(a.Out, "%s to %s: %s", l.Client, l.CareHome, l.State)
			if r := receiptWords(l); r != "" {
				fmt.Fprintf(a.Out, " (%s)", r)
			}
			fmt.Fprintln(a.Out, ".")
		}
	}
	if id == "" {
		var parts []string
		for _, s := range care.HandoverStates() {
			if n := rep.States[s]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, s))
			}
		}
		if parts == nil {
			parts = []string{"nothing to hand over"}
		}
		fmt.Fprintf(a.Out, "%s: %s.\n", rep.AsOf, strings.Join(parts, ", "))
	}
	return code(rep.Exit)
}
