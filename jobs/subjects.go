package jobs

import (
	"context"
	"fmt"

	"brygga/adapters"
	"brygga/care"
	fhirmap "brygga/mapping/fhir"
)

// subjectFacts are the kinds that name people and units in the receiving system.
var subjectFacts = care.SetOf(care.KindClient, care.KindStaff, care.KindUnit)

// subjects finds the source's clients, staff and units in the receiving system,
// by identifiers that both hold (as keyed hashes). Who is not found gets nothing
// written and is counted in the report. A fault means that the receiver's own
// people could not be read whole: then nobody may be taken as not found.
func (j *Job) subjects(ctx context.Context, p *Prepared) (Subjects, *adapters.Error, error) {
	if j.Source == j.Receiver {
		return Subjects{}, nil, nil
	}
	in := care.Input{Names: j.Receiver.Names, AsOf: j.Today()}
	for _, k := range fhirmap.Kinds(j.Receiver.Codes) {
		if k.Facts&subjectFacts == 0 {
			continue
		}
		col := newGatherer(k.Facts)
		out := j.Receiver.Source.Pull(ctx, adapters.Query{Kind: k.Name, Type: k.Type, Params: k.Params}, pageReader{j.Receiver.Mapper, k, col})
		if err := ctx.Err(); err != nil {
			return Subjects{}, nil, err
		}
		if !out.Complete {
			return Subjects{}, out.Fault, nil
		}
		records, unreadable := col.facts()
		in.More, in.Unreadable = append(in.More, records), append(in.Unreadable, unreadable...)
	}
	there := care.Assemble(in)
	s := match(p.Snapshot, there)
	lost := 0
	for _, c := range p.Snapshot.Clients {
		if s.Refs[c.Ref] == "" {
			lost++
		}
	}
	if lost > 0 {
		p.Report.Warnings = append(p.Report.Warnings, fmt.Sprintf(
			"%d clients of %s are not found in %s by any identifier; nothing is written for them", lost, j.Source.Name, j.Receiver.Name))
	}
	return s, nil, nil
}

// match joins two systems on identifiers. One that several people of a system
// share joins nobody; two people of one system are never merged.
func match(from, to *care.Snapshot) Subjects {
	people := index[[16]byte]{}
	staff := index[[16]byte]{}
	units := index[string]{}
	for _, c := range to.Clients {
		for _, id := range c.Identifiers {
			people.add(id.Hash, c.Ref)
		}
	}
	for ref, s := range to.Roster.Staff() {
		for _, id := range s.Identifiers {
			staff.add(id.Hash, ref)
		}
	}
	for ref, u := range to.Roster.Units {
		for _, id := range u.Identifiers {
			units.add(id, ref)
		}
	}
	out := Subjects{Refs: map[care.Ref]care.Ref{}}
	taken := map[care.Ref]care.Ref{}
	for _, c := range from.Clients {
		ref := people.find(hashes(c.Identifiers))
		if other, twice := taken[ref]; twice && ref != "" {
			delete(out.Refs, other) // two of ours are one of theirs: neither is sure
			continue
		}
		if ref != "" {
			taken[ref], out.Refs[c.Ref] = c.Ref, ref
		}
	}
	for ref, s := range from.Roster.Staff() {
		if found := staff.find(hashes(s.Identifiers)); found != "" {
			out.Refs[ref] = found
		}
	}
	for ref, u := range from.Roster.Units {
		if found := units.find(u.Identifiers); found != "" {
			out.Refs[ref] = found
		}
	}
	return out
}

func hashes(ids []care.Identifier) [][16]byte {
	var out [][16]byte
	for _, id := range ids {
		if id.Valid {
			out = append(out, id.Hash)
		}
	}
	return out
}

// index finds whom a key names; "" is a key that names several.
type index[K comparable] map[K]care.Ref

func (x index[K]) add(k K, r care.Ref) {
	if old, ok := x[k]; ok && old != r {
		r = ""
	}
	x[k] = r
}

// find gives whom the keys name, if they name one and the same.
func (x index[K]) find(keys []K) care.Ref {
	var found care.Ref
	for _, k := range keys {
		r, ok := x[k]
		switch {
		case !ok:
		case r == "" || found != "" && found != r:
			return ""
		default:
			found = r
		}
	}
	return found
}
