package cli

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"brygga/care"
	"brygga/jobs"
)

func (a *app) consentCommand() *cobra.Command {
	q := consentQuestion{app: a}
	cmd := &cobra.Command{
		Use:   "consent PATH --client Patient/1 --recipient Organization/9",
		Short: "What a client's consents permit to hand over, for FHIR data on disk",
		Long: "PATH is what evaluate takes. It needs to hold the Consents, the Organization where a consent names the\n" +
			"recipient by identifier, and the RelatedPersons where one of them gave a consent.\n\n" +
			"--as-of takes an instant (2026-11-21T12:00:00+01:00) or a date, which means that day at noon in Stockholm.\n" +
			"With -o json there is one object on stdout: decision (none, refused, partial, full) and, per section,\n" +
			"effect, reason, the consent that it rests on, and which data a permit covers where that is not all.\n" +
			"stopped says that something unreadable may be a consent of anybody: then nothing is to be handed over.\n\n" +
			"Exit codes: 0 for every decision; 2 wrong usage; 3 something could not be read.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := q.check(); err != nil {
				return err
			}
			e, err := q.read(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := a.warn(e); err != nil {
				return err
			}
			d := q.decide(e)
			if a.json() {
				err = a.printJSON(q.answer(e, d))
			} else {
				err = q.view(e, d)
			}
			if err == nil && !e.whole() {
				err = code(jobs.ExitPartly)
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.clientText, "client", "", "the client, as `Patient/ID`")
	f.StringVar(&q.recipientText, "recipient", "", "the care home, as `Organization/ID`")
	f.BoolVar(&q.unnamed, "accept-unnamed-recipient", false, "a consent that names no recipient addresses any care home")
	return cmd
}

// consentQuestion is one call of the command.
type consentQuestion struct {
	*app
	clientText, recipientText string
	unnamed                   bool

	client, recipient care.Ref
	at                time.Time
	listed            bool // the client's own record is in the data
}

var recordID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// reference reads a flag that names a record; the type may be left out.
func reference(flag, typ, text string) (care.Ref, error) {
	id := strings.TrimPrefix(text, typ+"/")
	if !recordID.MatchString(id) {
		return "", usage("--%s %s: name it as %s/ID", flag, text, typ)
	}
	return care.Ref(typ + "/" + id), nil
}

func (q *consentQuestion) check() (err error) {
	if q.client, err = reference("client", "Patient", q.clientText); err != nil {
		return err
	}
	if q.recipient, err = reference("recipient", "Organization", q.recipientText); err != nil {
		return err
	}
	q.at, err = q.instant()
	return err
}

// instantForms are how an instant is written; one without a zone is Stockholm's.
var instantForms = []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04"}

// instant gives --as-of, or now. A date is that day at noon.
func (q *consentQuestion) instant() (time.Time, error) {
	if q.asOfText == "" {
		return q.Now(), nil
	}
	if d, err := care.ParseDate(q.asOfText); err == nil && d.Known() {
		return d.Noon(), nil
	}
	for _, form := range instantForms {
		if t, err := time.ParseInLocation(form, q.asOfText, care.Stockholm); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usage("--as-of %s: write a date as YYYY-MM-DD or an instant such as 2026-11-21T12:00:00+01:00, and one that exists", q.asOfText)
}

// read reads the data. The client's own record need not be in it.
func (q *consentQuestion) read(ctx context.Context, path string) (*evaluated, error) {
	e := &evaluated{asOf: care.DateOf(q.at)}
	var none choice
	var err error
	if e.params, err = none.params(nil); err != nil { // only to say which rules a lost record may concern
		return nil, err
	}
	in, problems, err := q.collect(ctx, path, e.asOf)
	if err != nil {
		return nil, err
	}
	e.problems = problems
	q.listed = slices.ContainsFunc(in.Records, func(r care.Record) bool { return r.Ref == q.client }) ||
		slices.ContainsFunc(in.Unreadable, func(u care.Unreadable) bool { return u.Ref == q.client })
	if !q.listed {
		in.Records = append(in.Records, care.Record{
			Ref: q.client, Client: q.client, Facts: care.Facts{Person: &care.PersonFact{Protected: true}},
		})
	}
	e.Snapshot = care.Assemble(in)
	// Other clients' records need not be in the data either.
	e.Orphans = slices.DeleteFunc(e.Orphans, func(o care.Orphan) bool { return strings.HasPrefix(string(o.Client), "Patient/") })
	return e, nil
}

func (q *consentQuestion) decide(e *evaluated) care.ConsentDecision {
	c := &care.Client{Ref: q.client}
	if i, ok := slices.BinarySearchFunc(e.Clients, q.client, func(c *care.Client, ref care.Ref) int {
		return cmp.Compare(c.Ref, ref)
	}); ok {
		c = e.Clients[i]
	}
	req := e.Roster.ConsentRequest(c, q.recipient, q.at)
	req.AcceptUnnamed = q.unnamed
	return care.Decide(c.Consents, req)
}

// consentAnswer is what contract.md promises.
type consentAnswer struct {
	Client    care.Ref                 `json:"client"`
	Recipient care.Ref                 `json:"recipient"`
	Decision  care.ConsentOutcome      `json:"decision"`
	Sections  map[string]sectionAnswer `json:"sections"`
	// Stopped: something that cannot be read may be a consent, and does not say
	// whose it is. Nothing is to be handed over from this data until it is mended.
	Stopped bool `json:"stopped,omitempty"`
}

type sectionAnswer struct {
	Effect  string             `json:"effect"`
	Consent care.Ref           `json:"consent,omitempty"`
	Version string             `json:"version,omitempty"`
	Reason  care.ConsentReason `json:"reason"`
	// Data is which data a permit covers, where that is not all of the section.
	Data []dataAnswer `json:"data,omitempty"`
}

// dataAnswer is an interval, both ends included; an open end is left out.
type dataAnswer struct {
	Start string `json:"start,omitempty"`
	End   string `json:"end,omitempty"`
}

func (q *consentQuestion) answer(e *evaluated, d care.ConsentDecision) consentAnswer {
	out := consentAnswer{
		Client: q.client, Recipient: q.recipient, Decision: d.Outcome, Sections: map[string]sectionAnswer{}, Stopped: stopped(e),
	}
	for _, s := range care.Sections() {
		one := d.Sections[s]
		line := sectionAnswer{Effect: one.Effect.String(), Consent: one.Consent, Version: one.Version, Reason: one.Reason}
		for _, v := range one.Data {
			start, end := v.Text()
			line.Data = append(line.Data, dataAnswer{start, end})
		}
		out.Sections[s.String()] = line
	}
	return out
}

var outcomeWords = map[care.ConsentOutcome]string{
	care.ConsentNone:    "no consent applies, so nothing may be handed over",
	care.ConsentRefused: "nothing may be handed over",
	care.ConsentPartial: "some sections may be handed over",
	care.ConsentFull:    "every section may be handed over",
}

// stopped says whether there may be a consent of which nobody can tell whose it is
// (consent.md, "Unreadable"): one that says no to what is decided here.
func stopped(e *evaluated) bool {
	return len(e.problems) > 0 || slices.ContainsFunc(e.Unplaced, func(u care.Unreadable) bool {
		return u.Facts.Has(care.SetOf(care.KindConsent))
	})
}

// view prints the decision and a table of the sections.
func (q *consentQuestion) view(e *evaluated, d care.ConsentDecision) error {
	w := bufio.NewWriter(q.Out)
	if stopped(e) {
		fmt.Fprintf(w, "%s\n", q.paint(red, "Nothing is to be handed over from this data: a consent, or what may be one, cannot be read and does not say whose it is."))
	}
	styles := map[care.ConsentOutcome]style{care.ConsentFull: green, care.ConsentPartial: yellow}
	fmt.Fprintf(w, "%s to %s at %s: %s, %s.\n", q.paint(bold, string(q.client)), string(q.recipient),
		q.at.In(care.Stockholm).Format("2006-01-02 15:04:05"),
		q.paint(cmp.Or(styles[d.Outcome], red), string(d.Outcome)), outcomeWords[d.Outcome])
	t := q.table("  ")
	t.head("section", "effect", "reason", "consent", "data")
	for _, s := range care.Sections() {
		one := d.Sections[s]
		effect := red
		if one.Effect == care.Permit {
			effect = green
		}
		t.row(s.String(), cell{one.Effect.String(), effect}, string(one.Reason), consentWords(one), dataWords(one))
	}
	t.write(w)
	if !q.listed {
		fmt.Fprintf(w, "The client's own record is not in the data; consents that name the client by an identifier are not seen.\n")
	}
	if n := len(e.Unreadable) + len(e.problems); n > 0 {
		fmt.Fprintf(w, "%s could not be read (named on stderr).\n", q.paint(red, count(n, "record")))
	}
	return w.Flush()
}

func consentWords(s care.SectionDecision) string {
	switch {
	case s.Consent == "":
		return "–"
	case s.Version != "":
		return string(s.Consent) + " version " + s.Version
	}
	return string(s.Consent)
}

// dataWords says which data a permit covers.
func dataWords(s care.SectionDecision) string {
	if s.Effect != care.Permit {
		return "–"
	}
	if len(s.Data) == 0 {
		return "all"
	}
	var parts []string
	for _, v := range s.Data {
		start, end := v.Text()
		parts = append(parts, cmp.Or(start, "…")+" to "+cmp.Or(end, "…"))
	}
	return strings.Join(parts, ", ")
}

// consentFact says in a few words what a consent is. What it permits to whom is
// said by brygga consent.
func consentFact(c *care.Consent) string {
	var words string
	switch {
	case c.Unreadable:
		return "a consent that cannot be read, and so denies everything"
	case !c.Handover:
		return "a consent that is not about the handover to a care home"
	case c.Status == care.ConsentWithdrawn:
		return "a consent to the handover to a care home, withdrawn"
	case c.Status != care.ConsentActive:
		return "a consent to the handover to a care home, not in force"
	case c.Root.Type == care.NoEffect:
		words = "a consent about the handover to a care home"
	default:
		words = "a consent about the handover to a care home: " + c.Root.Type.String()
	}
	if n := len(c.Root.Within); n > 0 {
		words += ", with " + count(n, "exception")
	}
	if c.Unverified {
		words += ", not verified"
	}
	return words
}
