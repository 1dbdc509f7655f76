package document

import (
	"net/url"
	"slices"
	"strings"

	"brygga/care"
)

// Search is what the source is asked for a section: a FHIR search, its own patient
// criterion included.
type Search struct {
	Type   string
	Params url.Values
}

// Searches are the searches for one section. They ask for nothing that belongs to
// another; reviews of plans are asked for by Reviews, when the plans are known.
func Searches(s care.Section, patient care.Ref, asOf care.Date) []Search {
	ask := func(typ string, more ...string) Search {
		p := url.Values{"patient": {string(patient)}}
		for i := 0; i+1 < len(more); i += 2 {
			p.Set(more[i], more[i+1])
		}
		return Search{typ, p}
	}
	switch s {
	case care.SectionContact:
		return []Search{ask("CareTeam", "category", contactTeam.token())}
	case care.SectionRelatives:
		return []Search{ask("RelatedPerson")}
	case care.SectionServices:
		return []Search{ask("ServiceRequest")}
	case care.SectionPlan:
		return []Search{ask("CarePlan", "category", code{planSystem, "implementation"}.token())}
	case care.SectionJournal:
		return []Search{ask("DocumentReference", "type", journal.token(), "date", "ge"+asOf.AddDays(-journalDays).String())}
	case care.SectionDeviations:
		return []Search{ask("DetectedIssue", "code", deviationSystem+"|")}
	case care.SectionRisks:
		return []Search{ask("RiskAssessment"), ask("CarePlan", "category", code{planSystem, "action"}.token())}
	case care.SectionSIP:
		return []Search{ask("CarePlan", "category", code{planSystem, "sip"}.token())}
	}
	return nil
}

func (c code) token() string { return c.system + "|" + c.code }

// plansAtOnce is how many plans one search for reviews names.
const plansAtOnce = 20

// Reviews are the searches for the reviews of the plans that were read for a section:
// those that are based on them. A search by the client alone would also fetch the
// reviews of plans of sections that are not permitted. To be asked once, after the
// section's Searches; what they give belongs to the section's rows.
func (c *Collection) Reviews(s care.Section, patient care.Ref) []Search {
	var plans []string
	for _, raw := range c.Rows[s] {
		o, err := decode(raw)
		if err != nil || text(o, "resourceType") != "CarePlan" {
			continue
		}
		if sections := sectionsOf(o, nil); sections == care.SetOfSections(s) && s != care.SectionRisks && selfOf(o) != "" {
			plans = append(plans, string(selfOf(o)))
		}
	}
	slices.Sort(plans)
	var out []Search
	for some := range slices.Chunk(slices.Compact(plans), plansAtOnce) {
		out = append(out, Search{"Procedure", url.Values{
			"patient": {string(patient)}, "code": {review.token()}, "based-on": {strings.Join(some, ",")},
		}})
	}
	return out
}
