package cli

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"brygga/care"
	"brygga/jobs"
	"brygga/mapping/person"
)

func (a *app) explainCommand() *cobra.Command {
	var c choice
	var path string
	cmd := &cobra.Command{
		Use:   "explain CLIENT",
		Short: "Why: facts, dates, parameters and ground of one client, rule by rule",
		Long: "CLIENT is Patient/ID, or the ID alone; never a person number, since arguments end up in shell histories.\n" +
			"The facts are those of the last pull: no system is reached. With --path they are FHIR data on disk, as\n" +
			"for evaluate, and no store is needed.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := clientArg(args[0])
			if err != nil {
				return err
			}
			var s *subject
			if path != "" {
				s, err = a.subjectOnDisk(cmd.Context(), client, path, c)
			} else {
				s, err = a.subjectStored(cmd.Context(), client, c)
			}
			if err != nil {
				return err
			}
			v, err := s.opaque.explanation(explain(s))
			if err != nil {
				return err
			}
			if a.json() {
				return a.printJSON(v)
			}
			a.explainText(v)
			return nil
		},
	}
	cmd.Flags().StringVar(&path, "path", "", "explain FHIR data on disk: a folder, a file, or - for stdin")
	c.flags(cmd.Flags())
	return cmd
}

// personNumber is the form of a Swedish person number: a day that can be (also of
// a samordningsnummer), and four digits.
var personNumber = regexp.MustCompile(`^(\d\d)?\d\d(\d\d)(\d\d)[-+ ]?\d{4}$`)

var (
	plainID = regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`)
	// ofSystem is a record of one of several systems, as reports write it:
	// lifecare:client/ab12, or client/ab12 as the system itself does. A key is what a
	// municipality made it: 12 A, or two parts with | between.
	ofSystem = regexp.MustCompile(`^([a-z][a-z0-9_-]{0,62}:[A-Za-z0-9_-]{1,64}/|[a-z][a-z0-9_-]{0,63}/)([^/\pC]{1,128})$`)
)

// clientArg reads the argument. A person number is refused: the shell's history,
// and every list of processes, would hold it. The error does not repeat it.
func clientArg(arg string) (care.Ref, error) {
	id, named := strings.CutPrefix(arg, "Patient/")
	prefix := "Patient/"
	if m := ofSystem.FindStringSubmatch(arg); m != nil {
		prefix, id, named = m[1], m[2], true
	}
	for part := range strings.SplitSeq(id, "|") {
		m := personNumber.FindStringSubmatch(part)
		if m == nil {
			continue
		}
		month, _ := strconv.Atoi(m[2]) // two digits each: the form says so
		day, _ := strconv.Atoi(m[3])
		likely := month <= 12 && (day <= 31 || 60 <= day && day <= 91)
		digits := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, part)
		valid := len(digits) == 10 || person.Valid(care.Personnummer, digits) || person.Valid(care.Samordningsnummer, digits)
		if likely && (!named || valid) {
			return "", usage("that looks like a person number, and arguments end up in shell histories: remove it from yours, and give " +
				"the client's id in the record system, Patient/ID")
		}
	}
	if prefix == "Patient/" && !plainID.MatchString(id) {
		return "", usage("a client is given as the reports write it, SYSTEM:LIST/ID or Patient/ID, or by the ID of a Patient alone")
	}
	return care.Ref(prefix + id), nil
}

// subject is one client with everything an explanation rests on.
type subject struct {
	*jobs.Case
	asOf   care.Date
	tenant string // of finding ids; empty where they cannot be told from here
	opaque opaque // how those are shown whom only an identifier names
	ids    opaque // the same in the anchors of finding ids; what a run writes has their hashes
	source string // where the facts are from, in words
	units  map[care.Ref]care.Unit
}

// subjectStored finds the client in the snapshot of the last pull.
func (a *app) subjectStored(ctx context.Context, client care.Ref, c choice) (*subject, error) {
	cfg, err := a.load()
	if err != nil {
		return nil, err
	}
	asOf, err := a.asOf()
	if err != nil {
		return nil, err
	}
	if cfg, err = c.on(cfg); err != nil {
		return nil, err
	}
	st, _, err := jobs.OpenStore(ctx, cfg, a.logger())
	if err != nil {
		return nil, err
	}
	defer st.Close()
	found, err := jobs.FindCase(ctx, cfg, st.Tenant(cfg.Tenant), client, asOf, a.Now())
	if err != nil {
		return nil, err
	}
	switch {
	case found.Read.IsZero():
		return nil, fmt.Errorf("nothing has been read yet: brygga preview, or brygga run, makes the snapshot that explain looks into")
	case found.Client == nil:
		return nil, fmt.Errorf("%s is not in the snapshot of %s, read %s: see whether the id is right, or read again with brygga preview",
			client, strings.Join(cfg.Sources(), ", "), clock(found.Read))
	}
	s := &subject{Case: found, asOf: asOf, units: found.Roster.Units}
	s.opaque = newOpaque([]*care.Client{found.Client}, found.Roster)
	s.source = "the snapshot of " + strings.Join(cfg.Sources(), ", ") + ", read " + clock(found.Read)
	if found.AsOf.Known() && found.AsOf != asOf {
		s.source += "; the last run judged " + found.AsOf.String()
	}
	if slices.Equal(cfg.Sources(), []string{cfg.Receiver()}) {
		s.tenant = cfg.Tenant
	}
	return s, nil
}

// subjectOnDisk finds the client in FHIR data on disk.
func (a *app) subjectOnDisk(ctx context.Context, client care.Ref, path string, c choice) (*subject, error) {
	cfg, err := a.named()
	if err != nil {
		return nil, err
	}
	e, err := a.readDisk(ctx, path, cfg, c)
	if err != nil {
		return nil, err
	}
	if err := a.warn(e); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(e.Clients, func(k *care.Client) bool { return k.Ref == client })
	if i < 0 {
		return nil, fmt.Errorf("%s is not in %s, which holds %s", client, path, count(len(e.Clients), "client"))
	}
	s := &subject{Case: &jobs.Case{Client: e.Clients[i], Roster: e.Roster, Read: time.Time{}}, asOf: e.asOf, tenant: e.tenant, opaque: e.opaque, ids: e.opaque}
	s.units = e.Roster.Units
	s.Unit = jobs.UnitOf(s.Client, e.asOf)
	s.Label, s.Params = e.units.Label(s.Unit), e.params.In(e.units).For(s.Client, e.asOf)
	s.source = path
	for _, u := range e.Unreadable {
		if jobs.Concerns(u, s.Client, e.Unplaced) {
			s.Unreadable = append(s.Unreadable, u)
		}
	}
	return s, nil
}
