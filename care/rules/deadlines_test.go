package rules

import (
	"testing"

	"brygga/care"
)

// deadlines are the rules whose deadline is counted from a fact, each with a
// client for whom that fact is of a day; "" is a day that is not known.
var deadlines = map[string]func(day string) *world{
	"contact.missing": func(day string) *world {
		return nobody().without("EpisodeOfCare/e1", "ServiceRequest/sr1").
			placement("e1", care.HomeCare, day, "").service("sr1", care.PersonalCare, "2026-01-01", day, "")
	},
	"contact.offer-unanswered": func(day string) *world { return nobody().decision("o", care.Offered, day) },
	"contact.exempt-reassess": func(day string) *world {
		return nobody().without("ServiceRequest/sr1").decision("d", care.Unnecessary, "2026-02-03").
			service("x", care.PersonalCare, day, day, "")
	},
	"contact.change-requested": func(day string) *world { return single().decision("d", care.ChangeRequested, day) },
	"contact.not-informed": func(day string) *world {
		return nobody().without("Communication/told").team("ct", "Practitioner/s1", day, "")
	},
	"contact.relatives-not-informed": func(day string) *world {
		return nobody().team("ct", "Practitioner/s1", day, "").relative(false, "")
	},
	"contact.right-to-change-not-told": func(day string) *world {
		return nobody().without("Communication/right").team("ct", "Practitioner/s1", day, "")
	},
	"contact.handover-missing": func(day string) *world {
		return nobody().team("old", "Practitioner/s2", "2026-01-20", d(day).AddDays(-1).String()).
			team("new", "Practitioner/s1", day, "")
	},
	"plan.missing": func(day string) *world {
		return planless().without("EpisodeOfCare/e1").placement("e1", care.HomeCare, day, "")
	},
	"plan.contact-update": func(day string) *world {
		return planless().plan("cp1", care.Implementation, day, "Practitioner/s9")
	},
	"plan.review": func(day string) *world { return planless().plan("cp1", care.Implementation, day, "") },
	"plan.decision-changed": func(day string) *world {
		return planless().plan("cp1", care.Implementation, "2026-01-20", "").service("x", care.DayActivity, day, day, "")
	},
	"journal.deviation-open": func(day string) *world {
		return single().add("DetectedIssue/x", care.Facts{Deviations: []care.Deviation{{Ref: "DetectedIssue/x", Date: d(day)}}})
	},
	"sip.review": func(day string) *world { return single().plan("sip", care.SIP, day, "") },
	"risk.action-plan": func(day string) *world {
		return single().add("RiskAssessment/x", care.Facts{Risks: []care.Risk{{Ref: "RiskAssessment/x", Date: d(day)}}})
	},
	"service.not-carried-out": func(day string) *world { return single().service("x", care.Shopping, day, day, "") },
	"transfer.consent-missing": func(day string) *world {
		return lastService(moves(day), func(s *care.Service) { s.Decided = d("2026-01-20") })
	},
	"handover.unanswered": func(day string) *world { return moves("2026-01-25").ledger("h1", care.HandoverSent, day) },
	"handover.waiting":    func(day string) *world { return moves("2026-01-25").ledger("h1", care.HandoverPrepared, day) },
	"transfer.not-sent": func(day string) *world {
		return lastService(moves(day).says("c1", care.Permit, dated("2026-01-20")), func(s *care.Service) { s.Decided = d("2026-01-20") })
	},
}

// Every rule with a deadline says nothing on the day before its warning, due soon
// from the first day of the warning to the day itself, and overdue from the day
// after: counted from ends of months, a leap day and nights when clocks change.
// From a day that is not known nothing is ever due.
func TestTheDaysAroundEveryDeadline(t *testing.T) {
	p := mustParams(t, "botkyrka", allOn())
	for rule, from := range deadlines {
		rp := p.rules[ByCode(rule).index]
		for _, start := range []struct{ name, day string }{
			{"any day", "2026-11-07"},
			{"the last of August", "2026-08-31"},
			{"the last of August before a leap year", "2027-08-31"},
			{"the last of November", "2026-11-30"},
			{"a leap day", "2028-02-29"},
			{"the day on which summer time begins", "2026-03-29"},
			{"the day on which it ends", "2026-10-25"},
			{"new year's eve", "2026-12-31"},
		} {
			due := rp.span().After(d(start.day))
			for _, at := range []struct {
				name string
				asOf care.Date
				want State
			}{
				{"the day before the warning", due.AddDays(-rp.warn - 1), ""},
				{"the first day of the warning", due.AddDays(-rp.warn), DueSoon},
				{"the day itself", due, DueSoon},
				{"the day after", due.AddDays(1), Overdue},
			} {
				found := only(from(start.day).judge(t, p, at.asOf.String()).Findings, rule)
				switch {
				case at.want == "" && len(found) > 0:
					t.Errorf("%s from %s, %s:\n%s", rule, start.name, at.name, lines(found))
				case at.want != "" && (len(found) != 1 || found[0].State != at.want || found[0].Due != due):
					t.Errorf("%s from %s, %s: want %s %s, got\n%s", rule, start.name, at.name, at.want, due, lines(found))
				}
			}
		}
		for _, asOf := range []string{"2026-11-07", "2030-01-01"} {
			if found := only(from("").judge(t, p, asOf).Findings, rule); len(found) > 0 {
				t.Errorf("%s from a day that is not known, on %s:\n%s", rule, asOf, lines(found))
			}
		}
	}
}

// A new rule with a deadline needs its client above; those whose deadline is a
// day of the calendar have tables of their own.
func TestNoDeadlineIsLeftOut(t *testing.T) {
	ofTheCalendar := map[string]bool{"journal.monthly": true, "visit.weekly": true}
	for _, r := range Catalogue() {
		if r.Deadline == (deadlines[r.Code] == nil && !ofTheCalendar[r.Code]) {
			t.Errorf("%s: has a deadline: %v, and days around it are tested: %v", r.Code, r.Deadline, deadlines[r.Code] != nil)
		}
	}
}
