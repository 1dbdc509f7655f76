package document

import "brygga/care"

// planOf tells of which sections a plan that is referred to is; known is false where
// that cannot be told, and no sections with known mean that it is no plan.
type planOf func(reference object) (sections care.SectionSet, known bool)

// sectionsOf tells to which sections a resource belongs, by its type and codes
// (fhir.md, "Facts in"); none where it belongs to none or that cannot be told. What
// belongs to several is carried only where all of them are permitted.
func sectionsOf(o object, plans planOf) care.SectionSet {
	switch text(o, "resourceType") {
	case "CareTeam":
		if has(codesOf(o, "category"), contactTeam) {
			return care.SetOfSections(care.SectionContact)
		}
	case "RelatedPerson":
		return care.SetOfSections(care.SectionRelatives)
	case "ServiceRequest":
		return care.SetOfSections(care.SectionServices)
	case "CarePlan":
		return planSectionsOf(o)
	case "Procedure":
		return reviewSections(o, plans)
	case "DocumentReference":
		if has(codesOf(o, "type"), journal) {
			return care.SetOfSections(care.SectionJournal)
		}
	case "DetectedIssue":
		for _, c := range codesOf(o, "code") {
			if c.system == deviationSystem && c.code != "" {
				return care.SetOfSections(care.SectionDeviations)
			}
		}
	case "RiskAssessment":
		return care.SetOfSections(care.SectionRisks)
	}
	return 0
}

// planSectionsOf: a category of our system that no section is known for makes the whole
// plan one that cannot be told; those of other systems say nothing.
func planSectionsOf(o object) (sections care.SectionSet) {
	for _, c := range codesOf(o, "category") {
		s, ok := planSections[c]
		if !ok && c.system == planSystem {
			return 0
		}
		if ok {
			sections |= care.SetOfSections(s)
		}
	}
	return sections
}

// reviewSections: a review is of the sections of all plans that it is based on; where one
// of them is not known, it may tell of a plan that is not permitted.
func reviewSections(o object, plans planOf) (sections care.SectionSet) {
	if plans == nil || !has(codesOf(o, "code"), review) {
		return 0
	}
	for _, r := range objects(o, "basedOn") {
		s, known := plans(r)
		if !known {
			return 0
		}
		sections |= s
	}
	return sections
}

func has(codes []code, want code) bool {
	for _, c := range codes {
		if c == want {
			return true
		}
	}
	return false
}

// unfit tells why a resource says nothing about the client as things are: it was a
// mistake, a draft, replaced, or is no longer so. Empty where it does.
func unfit(o object) Reason {
	if text(o, "docStatus") == "entered-in-error" {
		return ReasonInError
	}
	for _, c := range codesOf(o, "verificationStatus") {
		if c.code == "entered-in-error" {
			return ReasonInError
		}
	}
	switch status := text(o, "status"); {
	case status == "entered-in-error":
		return ReasonInError
	case status == "draft", status == "proposed", status == "preparation", status == "superseded", status == "registered", status == "not-done":
		return ReasonStatus
	}
	if active, ok := o["active"].(bool); ok && !active {
		return ReasonStatus
	}
	return ""
}

// protecting says whether a resource carries a security label that protects, or one
// that nobody can tell.
func protecting(o object) bool {
	labels, carried := one(o, "meta")["security"]
	if !carried {
		return false
	}
	all := objects(one(o, "meta"), "security")
	items, isList := labels.([]any)
	if !isList || len(items) != len(all) {
		return len(items) > 0 || !isList && labels != nil // of a form that is not understood
	}
	for _, l := range all {
		if !open[code{text(l, "system"), text(l, "code")}] {
			return true
		}
	}
	return false
}
