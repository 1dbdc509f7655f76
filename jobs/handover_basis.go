package jobs

import (
	"slices"
	"strings"

	"brygga/care"
	"brygga/store"
)

// basis are the consents that the permitted sections rest on.
func (d *decided) basis() []string {
	return d.resting(func(s care.Section) bool { return d.permitted.Has(s) })
}

// noGiver are those of them that do not say who gave them.
func (d *decided) noGiver() []string {
	return d.resting(func(s care.Section) bool { return d.permitted.Has(s) && d.Sections[s].GiverNotRecorded })
}

// against are the consents by which some of the sections are denied; none where they
// are denied since no consent applies.
func (d *decided) against(of care.SectionSet) []string {
	return d.resting(func(s care.Section) bool { return of.Has(s) && d.Sections[s].Effect != care.Permit })
}

// resting lists the consents, with their versions, that these sections rest on.
func (d *decided) resting(of func(care.Section) bool) []string {
	var out []string
	for _, s := range care.Sections() {
		one := d.Sections[s]
		if !of(s) || one.Consent == "" {
			continue
		}
		ref := string(one.Consent)
		if one.Version != "" {
			ref += "/_history/" + one.Version
		}
		out = append(out, ref)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// same says whether another decision permits just the same: the same sections, the
// same data of each, on the same versions of the same consents.
func (d *decided) same(as *decided) bool {
	if d.permitted != as.permitted || !slices.Equal(d.basis(), as.basis()) {
		return false
	}
	for _, s := range care.Sections() {
		if d.permitted.Has(s) && !slices.Equal(d.Sections[s].Data, as.Sections[s].Data) {
			return false
		}
	}
	return true
}

// unreadable says that some consent of the client's cannot be read: it denies what is
// to be sent, and does not say that anything was taken back.
func (d *decided) unreadable() bool {
	return slices.ContainsFunc(d.Sections[:], func(s care.SectionDecision) bool { return s.Reason == care.ReasonUnreadable })
}

// takesBack says whether something that was sent was taken back since. A client who has
// left the record, or whose care home is gone from it, takes nothing back; neither does
// a consent whose time is over, or one that cannot be read.
func (d *decided) takesBack(row *store.Handover) bool {
	denied := row.Sections &^ d.Permitted()
	return !d.gone && d.recipient != "" && !d.unreadable() && denied&^d.withoutEnd(row.Consents) != 0
}

// withoutEnd are the sections that would be permitted if the consents that it was sent
// on had no end.
func (d *decided) withoutEnd(sentOn []string) care.SectionSet {
	req := d.request
	if req.MaxAge > 0 {
		req.MaxAge += int(followedFor.Hours())/24 + 1 // it was young enough when it was sent
	}
	consents := slices.Clone(d.consents)
	for i := range consents {
		c := &consents[i]
		if slices.ContainsFunc(sentOn, func(on string) bool {
			ref, _, _ := strings.Cut(on, "/_history/")
			return ref == string(c.Ref)
		}) {
			c.Root = endless(c.Root)
		}
	}
	all := care.Decide(consents, req)
	return all.Permitted()
}

// endless is a root provision that has no end, and whose permits have none.
func endless(p care.Provision) care.Provision {
	p.Period.End = care.Moment{}
	p.Within = slices.Clone(p.Within)
	for i := range p.Within {
		if p.Within[i].Type == care.Permit {
			p.Within[i] = endless(p.Within[i])
		}
	}
	return p
}
