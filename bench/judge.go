package main

import (
	"bytes"
	"context"
	"time"

	"brygga/care"
	"brygga/care/rules"
	fhirmap "brygga/mapping/fhir"
	"brygga/mapping/person"
	"brygga/sandbox/people"
)

// judging is how long the rules take for one client.
type judging struct {
	Plain, Traced time.Duration
	Findings      float64 // per client
}

// judge reads a municipality into memory, and judges it with every rule on.
func judge(ctx context.Context, clients int, asOf time.Time) (j judging, err error) {
	var lines bytes.Buffer
	people.Generate(people.Options{Seed: 1, Clients: clients, Months: 1, AsOf: asOf.Format(time.DateOnly)}).Resources(func(r people.Resource) bool {
		lines.Write(r.JSON)
		lines.WriteByte('\n')
		return true
	})
	names := care.NewNames()
	m := fhirmap.New(fhirmap.Options{Hasher: person.NewHasher([]byte("bench")), Names: names})
	col := fhirmap.NewCollector(names)
	if err := fhirmap.ReadPath(ctx, "-", &lines, m, col, func(p fhirmap.Problem) {}); err != nil {
		return j, err
	}
	day := care.DateOf(asOf)
	s := care.Assemble(col.Input(day))
	all := map[string]string{}
	for _, r := range rules.Catalogue() {
		all[r.Code+".enabled"] = "true"
	}
	params, err := rules.NewParams("botkyrka", all)
	if err != nil {
		return j, err
	}
	j.Plain, j.Findings = perClient(s, params, day)
	j.Traced, _ = perClient(s, params.WithTrace(), day)
	return j, nil
}

// perClient judges every client on one core, again and again for a while, and
// gives the time of the fastest round: the machine may be busy with other work.
func perClient(s *care.Snapshot, p *rules.Params, day care.Date) (best time.Duration, findings float64) {
	n := 0
	for until := time.Now().Add(time.Second); best == 0 || time.Now().Before(until); {
		begin := time.Now()
		n = 0
		for _, c := range s.Clients {
			n += len(rules.Judge(c, s.Roster, p, day).Findings)
		}
		if took := time.Since(begin) / time.Duration(len(s.Clients)); best == 0 || took < best {
			best = took
		}
	}
	return best, float64(n) / float64(len(s.Clients))
}
