package care

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"
)

// stamp is what tells two readings of one record apart in time.
type stamp struct {
	updated time.Time
	version string
}

// before says whether a is certainly older than b: by meta.lastUpdated where
// both have one and they differ, else by versionId. Versions that are numbers
// compare as numbers; others that differ cannot be ordered.
func (a stamp) before(b stamp) bool {
	if !a.updated.IsZero() && !b.updated.IsZero() && !a.updated.Equal(b.updated) {
		return a.updated.Before(b.updated)
	}
	return numberLess(a.version, b.version)
}

// numberLess compares decimal numbers of any length; false where either is none.
func numberLess(a, b string) bool {
	if !isNumber(a) || !isNumber(b) {
		return false
	}
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func (r *Record) stamp() stamp     { return stamp{r.Updated, r.Version} }
func (u *Unreadable) stamp() stamp { return stamp{u.Updated, u.Version} }

// conflictReason is why a record that was read twice counts as unreadable.
const conflictReason = "read twice with different content, and neither meta.lastUpdated nor versionId tells which is newer"

// verdict is what came of all readings of one Ref.
type verdict struct {
	record     *Record      // what counts; nil where the record counts as unreadable
	unreadable []Unreadable // what stands in quarantine
	aside      []*Record    // readable versions that an unreadable one put aside
}

// settle decides between several readings of one Ref, in whatever order they
// came. Readings that are certainly older than another are out. What is left
// counts if it is readable and says one thing; otherwise the record counts as
// unreadable, for the clients of all that is left and of the last readable
// version (domain.md, "Findings": old and new, if its subject changed).
func settle(records []*Record, unread []Unreadable) verdict {
	stamps := make([]stamp, 0, len(records)+len(unread))
	for _, r := range records {
		stamps = append(stamps, r.stamp())
	}
	for i := range unread {
		stamps = append(stamps, unread[i].stamp())
	}
	newest := func(s stamp) bool {
		for _, o := range stamps {
			if s.before(o) {
				return false
			}
		}
		return true
	}
	var v verdict
	var left []*Record
	for _, r := range records {
		if newest(r.stamp()) {
			left = append(left, r)
		}
	}
	for i := range unread {
		if newest(unread[i].stamp()) {
			v.unreadable = append(v.unreadable, unread[i])
		}
	}
	if len(left)+len(v.unreadable) == 0 { // times and versions contradict each other
		left, v.unreadable = records, unread
	}
	if len(v.unreadable) == 0 && alike(left) {
		// They say the same: which one is kept must not depend on what came first.
		v.record = slices.MaxFunc(left, func(a, b *Record) int {
			return cmp.Or(a.Updated.Compare(b.Updated), cmp.Compare(a.Version, b.Version))
		})
		return v
	}
	if len(v.unreadable) == 0 {
		for _, r := range left {
			v.unreadable = append(v.unreadable, conflict(r))
		}
	}
	v.aside = records
	return v
}

// alike says whether all readings have the same content.
func alike(records []*Record) bool {
	for _, r := range records[1:] {
		if r.Client != records[0].Client || !reflect.DeepEqual(r.Facts, records[0].Facts) {
			return false
		}
	}
	return true
}

func conflict(r *Record) Unreadable {
	u := Unreadable{
		Ref: r.Ref, Version: r.Version, Updated: r.Updated, Client: r.Client,
		Facts: r.kinds(), Reason: conflictReason,
	}
	switch {
	case r.Staff != nil:
		u.Staff = r.Ref
	case r.Role != nil:
		u.Staff = r.Role.Person
	}
	return u
}

// kinds are the kinds of facts that a record holds.
func (f *Facts) kinds() FactSet {
	var s FactSet
	add := func(there bool, kinds ...FactKind) {
		if there {
			s |= SetOf(kinds...)
		}
	}
	add(f.Person != nil, KindClient)
	add(f.Unit != nil, KindUnit)
	add(f.Staff != nil, KindStaff, KindQualification)
	add(f.Role != nil, KindEmployment, KindStaffAbsence)
	add(len(f.Placements) > 0, KindPlacement)
	add(len(f.Services) > 0, KindService)
	add(len(f.Assignments) > 0, KindAssignment)
	add(len(f.Decisions) > 0, KindDecision)
	add(len(f.Information) > 0, KindInformation)
	add(len(f.Plans) > 0, KindPlan)
	add(len(f.Reviews) > 0, KindReview)
	add(len(f.Deviations) > 0, KindDeviation)
	add(len(f.Risks) > 0, KindRisk)
	add(len(f.Absences) > 0, KindClientAbsence)
	add(len(f.Relatives) > 0, KindRelative)
	add(len(f.Consents) > 0, KindConsent)
	add(len(f.Handovers) > 0, KindHandover)
	return s
}
