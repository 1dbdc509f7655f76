package document

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"brygga/care"
)

// row is a resource that is carried.
type row struct {
	ref      care.Ref
	urn      string
	sections care.SectionSet
	made     care.Moment
	read     object // as it was read
	out      object // as it is carried
}

// admitAll decides which rows are carried. Rows of a section that is not permitted are
// not looked at: they should not have been read.
func (x *composing) admitAll(c *Collection) {
	plans := make(map[care.Ref]care.SectionSet)
	type read struct {
		from care.Section
		o    object
	}
	latest := make(map[care.Ref]read)
	for _, s := range care.Sections() {
		if !x.o.Permitted.Has(s) {
			continue
		}
		for _, raw := range c.Rows[s] {
			o, err := decode(raw)
			if err == nil && text(o, "resourceType") == "OperationOutcome" {
				continue
			}
			ref := selfOf(o)
			if err != nil || ref == "" {
				x.leave(s, LeftOut{Reason: ReasonUnreadable})
				continue
			}
			if have, ok := latest[ref]; !ok || newer(o, have.o) {
				latest[ref] = read{s, o}
			}
		}
	}
	for ref, r := range latest {
		if text(r.o, "resourceType") == "CarePlan" {
			plans[ref] = planSectionsOf(r.o)
		}
	}
	x.plans = x.plansIn(plans)
	for ref, r := range latest {
		sections := sectionsOf(r.o, x.plans)
		if why := x.refuses(r.o, sections); why != "" {
			x.leave(r.from, LeftOut{Ref: ref, Reason: why})
			if why == ReasonProtected && people[typeOf(ref)] {
				x.protected = true
			}
			continue
		}
		x.rows[ref] = &row{ref: ref, urn: urnOf(string(ref)), sections: sections, made: madeAt(r.o), read: r.o}
	}
}

// newer says whether a is a later version than b of one resource; where neither says so
// the choice is the same in whatever order they come.
func newer(a, b object) bool {
	am, bm := one(a, "meta"), one(b, "meta")
	if x, y := momentOf(text(am, "lastUpdated")), momentOf(text(bm, "lastUpdated")); x != y {
		return x.From > y.From
	}
	x, y := text(am, "versionId"), text(bm, "versionId")
	if c := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); c != 0 {
		return c > 0
	}
	return bytes.Compare(encode(a), encode(b)) > 0
}

// plansIn finds the plans of reviews among the rows that were read.
func (x *composing) plansIn(plans map[care.Ref]care.SectionSet) planOf {
	return func(r object) (care.SectionSet, bool) {
		ref := refOf(text(r, "reference"), x.o.Base)
		if ref == "" {
			return 0, false
		}
		if typeOf(ref) != "CarePlan" {
			return 0, true
		}
		return plans[ref], plans[ref] != 0
	}
}

// refuses tells why a resource may not be carried; empty where it may.
func (x *composing) refuses(o object, sections care.SectionSet) Reason {
	switch {
	case sections == 0:
		return ReasonNoSection
	case sections&^x.o.Permitted != 0:
		return ReasonSection
	case !x.about(o):
		return ReasonOfAnother
	case unfit(o) != "":
		return unfit(o)
	case protecting(o):
		return ReasonProtected
	case disordered(o):
		return ReasonDisorder
	}
	made := madeAt(o)
	for _, s := range care.Sections() {
		if sections.Has(s) && !within(made, x.o.Data[s]) {
			return ReasonPeriod
		}
	}
	if day := made.Day(); sections.Has(care.SectionJournal) && (day < x.o.AsOf.AddDays(-journalDays) || day > x.o.AsOf) {
		return ReasonOld
	}
	return ""
}

// about says whether a resource is about this client, in whatever form it refers to
// its subject: a server that ignores a criterion gives everybody's.
func (x *composing) about(o object) bool {
	key := "subject"
	if _, ok := o["patient"]; ok {
		key = "patient"
	}
	subject := one(o, key)
	if s := text(subject, "reference"); s != "" {
		return refOf(s, x.o.Base) == x.patient.ref
	}
	id := one(subject, "identifier")
	return text(id, "value") != "" && x.patient.identifiers[text(id, "system")+"|"+text(id, "value")]
}

// leave writes down what was left out.
func (x *composing) leave(s care.Section, l LeftOut) {
	x.leftOut[s] = append(x.leftOut[s], l)
}

// inOrder sorts rows as people read them: section by section, the latest first.
func inOrder(rows []*row) {
	slices.SortFunc(rows, func(a, b *row) int {
		return cmp.Or(cmp.Compare(a.first(), b.first()), cmp.Compare(b.made.From, a.made.From), cmp.Compare(a.ref, b.ref))
	})
}

// people are the types of persons, whose protection stops everything.
var people = set("Patient RelatedPerson Practitioner PractitionerRole Person")
