package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"brygga/care"
	"brygga/care/rules"
	"brygga/config"
	"brygga/jobs"
	fhirmap "brygga/mapping/fhir"
	"brygga/mapping/person"
)

// evaluated is FHIR data on disk, read and put together: no network, no state.
type evaluated struct {
	*care.Snapshot
	asOf     care.Date
	tenant   string
	params   jobs.ParamSet
	units    *jobs.Units
	opaque   opaque
	problems []fhirmap.Problem
}

// evaluateTenant is the tenant of findings where no configuration says another:
// their ids are then the same wherever the same data is judged, and are nobody's.
const evaluateTenant = "evaluate"

// readDisk reads FHIR data on disk (see fhirmap.ReadPath). cfg may be nil. Person
// identifiers are compared under a random key: nothing is kept.
func (a *app) readDisk(ctx context.Context, path string, cfg *config.Config, c choice) (*evaluated, error) {
	e := &evaluated{tenant: evaluateTenant}
	var err error
	if e.params, err = c.params(cfg); err != nil {
		return nil, err
	}
	if e.asOf, err = a.asOf(); err != nil {
		return nil, err
	}
	in, problems, err := a.collect(ctx, path, e.asOf)
	if err != nil {
		return nil, err
	}
	e.problems = problems
	var unitNames []string
	if cfg != nil {
		e.tenant = cfg.Tenant
		in.System, in.Consent = cfg.SourcesShown(), jobs.ConsentTerms(cfg)
		for name := range cfg.Rules.Units {
			unitNames = append(unitNames, name)
		}
	}
	e.Snapshot = care.Assemble(in)
	e.units = jobs.NewUnits(e.Roster.Units, unitNames)
	e.opaque = newOpaque(e.Clients, e.Roster)
	return e, nil
}

// collect reads FHIR data on disk, for care.Assemble.
func (a *app) collect(ctx context.Context, path string, asOf care.Date) (in care.Input, problems []fhirmap.Problem, err error) {
	if path != "-" {
		if _, err := os.Stat(path); err != nil {
			return in, nil, usage("%s: no such file or folder; give a folder of *.ndjson or *.json files, one such file, or - for stdin", path)
		}
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return in, nil, fmt.Errorf("make a key for this call: %w", err)
	}
	names := care.NewNames()
	m := fhirmap.New(fhirmap.Options{Hasher: person.NewHasher(key), Names: names})
	col := fhirmap.NewCollector(names)
	err = fhirmap.ReadPath(ctx, path, a.In, m, col, func(p fhirmap.Problem) { problems = append(problems, p) })
	if err != nil {
		return in, nil, err
	}
	return col.Input(asOf), problems, nil
}

// whole says whether everything could be read.
func (e *evaluated) whole() bool { return len(e.Unreadable)+len(e.problems) == 0 }

// quarantined is the line on stderr for a record that could not be read.
type quarantined struct {
	Level       string   `json:"level"`
	Quarantined care.Ref `json:"quarantined"`
	Reason      string   `json:"reason"`
	// Concerns are the rules that may be judged without it, where it does not say
	// whom it is about.
	Concerns []string `json:"concerns,omitempty"`
}

// orphan is the line on stderr for a record that cannot be laid to a client.
type orphan struct {
	Level  string   `json:"level"`
	Orphan care.Ref `json:"orphan,omitempty"`
	Client care.Ref `json:"client,omitempty"`
	Reason string   `json:"reason"`
}

// unread is the line on stderr for a part of a file that is no FHIR resource.
type unread struct {
	Level  string `json:"level"`
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Reason string `json:"reason"`
}

const warnLevel = "warn"

// warn names on stderr, one JSON object a line, what could not be read and what
// cannot be laid to a client.
func (a *app) warn(e *evaluated) error {
	enc := json.NewEncoder(a.Err)
	enc.SetEscapeHTML(false)
	for _, p := range e.problems {
		if err := enc.Encode(unread{warnLevel, p.File, p.Line, p.Reason}); err != nil {
			return err
		}
	}
	nobodys := map[care.Ref]bool{}
	for _, u := range e.Unplaced {
		nobodys[u.Ref] = true
	}
	for _, u := range e.Unreadable {
		q := quarantined{Level: warnLevel, Quarantined: u.Ref, Reason: reasonOf(u)}
		if nobodys[u.Ref] {
			q.Concerns = rulesReading(u.Facts, e.params.Default, care.SystemFacts)
		}
		if err := enc.Encode(q); err != nil {
			return err
		}
	}
	for _, o := range e.Orphans {
		if err := enc.Encode(orphanLine(o)); err != nil {
			return err
		}
	}
	return nil
}

// reasonOf is why a record could not be read, with the place in it.
func reasonOf(u care.Unreadable) string {
	if u.Path == "" {
		return u.Reason
	}
	return u.Path + ": " + u.Reason
}

func orphanLine(o care.Orphan) orphan {
	line := orphan{Level: warnLevel, Orphan: o.Record, Client: o.Client}
	switch {
	case o.Client == "":
		line.Reason = "it names no client"
	case !strings.HasPrefix(string(o.Client), "Patient/"):
		line.Client, line.Reason = "", "it names its client by an identifier that no client, or more than one, has"
	case o.Record == "":
		line.Reason = "visits or notes name a client who is not there"
	default:
		line.Reason = "it names a client who is not there"
	}
	return line
}

// rulesReading lists the rules in force that read any of these facts; those over
// brygga's own ledger only where there is one.
func rulesReading(facts care.FactSet, p *rules.Params, provides care.FactSet) []string {
	var codes []string
	for _, r := range rules.Catalogue() {
		if r.Needs&facts != 0 && r.Needs&care.OwnFacts&^provides == 0 && p.Enabled(r.Code) {
			codes = append(codes, r.Code)
		}
	}
	return codes
}
