package fhir

import (
	"testing"

	"brygga/care"
)

var wholeEpisode = `{"resourceType":"EpisodeOfCare","id":"e1","status":"active","type":[` + ours("setting", "home-care") + `],
"patient":{"reference":"Patient/p1"},"managingOrganization":{"reference":"Organization/u1"},"period":{"start":"2026-01-15"}}`

func TestEpisodeOfCareIsAPlacement(t *testing.T) {
	placed := func(p care.Placement) care.Facts {
		p.Ref = "EpisodeOfCare/e1"
		if p.Setting == care.NoSetting {
			p.Setting = care.HomeCare
		}
		if p.Unit == "" {
			p.Unit = "Organization/u1"
		}
		return care.Facts{Placements: []care.Placement{p}}
	}
	away := func(f care.Facts, periods ...care.Period) care.Facts {
		for _, p := range periods {
			f.Absences = append(f.Absences, care.Absence{Ref: "EpisodeOfCare/e1", Period: p})
		}
		return f
	}
	checkFacts(t, []fact{
		{"an active episode is in care from its start", wholeEpisode, "Patient/p1", placed(care.Placement{Period: from("2026-01-15")})},
		{"an episode on hold is in care too", with(wholeEpisode, "status", `"onhold"`), "Patient/p1", placed(care.Placement{Period: from("2026-01-15")})},
		{"a finished episode is in care to its end", with(wholeEpisode, "status", `"finished"`, "period", `{"start":"2026-01-15","end":"2026-06-30"}`), "Patient/p1", placed(care.Placement{Period: span("2026-01-15", "2026-06-30")})},
		{"a finished episode without end is no placement", with(wholeEpisode, "status", `"finished"`), "Patient/p1", care.Facts{}},
		{"a finished episode without period is no placement", with(wholeEpisode, "status", `"finished"`, "period", "-"), "Patient/p1", care.Facts{}},
		{"a planned episode is none", with(wholeEpisode, "status", `"planned"`), "", care.Facts{}},
		{"an episode on a waiting list is none", with(wholeEpisode, "status", `"waitlist"`), "", care.Facts{}},
		{"a cancelled episode is none", with(wholeEpisode, "status", `"cancelled"`), "", care.Facts{}},
		{"an episode entered in error is none, whatever else is wrong with it", with(wholeEpisode, "status", `"entered-in-error"`, "period", `{"start":"2026-02-30"}`, "patient", "-"), "", care.Facts{}},
		{"an active episode may have an end", with(wholeEpisode, "period", `{"end":"2026-12"}`), "Patient/p1", placed(care.Placement{Period: care.Period{End: onDay("2026-12-31")}})},
		{"an episode without period has no start", with(wholeEpisode, "period", "-"), "Patient/p1", placed(care.Placement{})},
		{"a year as start is its first day, a year as end its last", with(wholeEpisode, "period", `{"start":"2025","end":"2026"}`), "Patient/p1", placed(care.Placement{Period: span("2025-01-01", "2026-12-31")})},
		{"an end before the start stays as it is", with(wholeEpisode, "period", `{"start":"2026-05-01","end":"2026-04-01"}`), "Patient/p1", placed(care.Placement{Period: span("2026-05-01", "2026-04-01")})},
		{"a care home is a setting", with(wholeEpisode, "type", `[`+ours("setting", "care-home")+`]`), "Patient/p1", placed(care.Placement{Setting: care.CareHome, Period: from("2026-01-15")})},
		{"the setting is found among other types", with(wholeEpisode, "type", `[{"text":"x"},{"coding":[{"code":"home-care"},{"system":"https://brygga.example/fhir/CodeSystem/setting","code":"home-care"}]}]`), "Patient/p1", placed(care.Placement{Period: from("2026-01-15")})},
		{"the setting's code in another system is not the setting", with(wholeEpisode, "type", `[{"coding":[{"system":"http://x.example","code":"home-care"}]}]`), "", care.Facts{}},
		{"an episode without type is none of ours, whatever its status", with(wholeEpisode, "type", "-", "status", `"x"`), "", care.Facts{}},
		{
			"the client was away while it was on hold", with(wholeEpisode, "statusHistory", `[{"status":"active","period":{"start":"2026-01-15"}},{"status":"onhold","period":{"start":"2026-03-01","end":"2026-03-10"}},{"status":"onhold","period":{"start":"2026-11-01"}}]`), "Patient/p1",
			away(placed(care.Placement{Period: from("2026-01-15")}), span("2026-03-01", "2026-03-10"), from("2026-11-01")),
		},
		{
			"what a finished episode without end was on hold, stands", with(wholeEpisode, "status", `"finished"`, "statusHistory", `[{"status":"onhold","period":{"start":"2026-03-01","end":"2026-03-10"}}]`), "Patient/p1",
			away(care.Facts{}, span("2026-03-01", "2026-03-10")),
		},
		{"dates of other statuses in the history are not read", with(wholeEpisode, "statusHistory", `[{"status":"active","period":{"start":"2026-02-30"}}]`), "Patient/p1", placed(care.Placement{Period: from("2026-01-15")})},
		{"an episode of a group is nobody's", with(wholeEpisode, "patient", `{"reference":"Group/g1"}`), "", care.Facts{}},
		{"what is not read may be of any type", with(wholeEpisode, "diagnosis", `5`, "team", `"x"`, "identifier", `[{"use":"nonsense"}]`, "careManager", `[]`), "Patient/p1", placed(care.Placement{Period: from("2026-01-15")})},
	})
	checkBroken(t, care.SetOf(care.KindPlacement, care.KindClientAbsence), []broken{
		{"a status outside its value set cannot be read", with(wholeEpisode, "status", `"on-hold"`), "EpisodeOfCare.status", "Patient/p1"},
		{"a missing status cannot be read", with(wholeEpisode, "status", "-"), "EpisodeOfCare.status", "Patient/p1"},
		{"a null status is a missing one", with(wholeEpisode, "status", "null"), "EpisodeOfCare.status", "Patient/p1"},
		{"a status that is a number cannot be read", with(wholeEpisode, "status", "5"), "EpisodeOfCare.status", "Patient/p1"},
		{"a status in a list cannot be read", with(wholeEpisode, "status", `["active"]`), "EpisodeOfCare.status", "Patient/p1"},
		{"30 February cannot be read", with(wholeEpisode, "period", `{"start":"2026-02-30"}`), "EpisodeOfCare.period.start", "Patient/p1"},
		{"month 13 cannot be read", with(wholeEpisode, "period", `{"end":"2026-13"}`), "EpisodeOfCare.period.end", "Patient/p1"},
		{"an empty date cannot be read", with(wholeEpisode, "period", `{"end":""}`), "EpisodeOfCare.period.end", "Patient/p1"},
		{"a date that is a number cannot be read", with(wholeEpisode, "period", `{"start":2026}`), "EpisodeOfCare.period.start", "Patient/p1"},
		{"a period that is a date cannot be read", with(wholeEpisode, "period", `"2026-01-15"`), "EpisodeOfCare.period", "Patient/p1"},
		{"a type that is no list cannot be read", with(wholeEpisode, "type", ours("setting", "home-care")), "EpisodeOfCare.type", "Patient/p1"},
		{"a coding that is no list cannot be read", with(wholeEpisode, "type", `[{"coding":{}}]`), "EpisodeOfCare.type[0].coding", "Patient/p1"},
		{"a status in the history outside its value set cannot be read", with(wholeEpisode, "statusHistory", `[{"status":"away"}]`), "EpisodeOfCare.statusHistory[0].status", "Patient/p1"},
		{"an impossible date on hold cannot be read", with(wholeEpisode, "statusHistory", `[{"status":"onhold","period":{"end":"2026-04-31"}}]`), "EpisodeOfCare.statusHistory[0].period.end", "Patient/p1"},
		{"without a patient nobody can be told", with(wholeEpisode, "patient", "-"), "EpisodeOfCare.patient", ""},
		{"a patient who is only displayed is missing", with(wholeEpisode, "patient", `{"display":"x"}`), "EpisodeOfCare.patient", ""},
		{"an impossible instant of change cannot be read", with(wholeEpisode, "meta", `{"lastUpdated":"2026-02-30T10:00:00Z"}`), "EpisodeOfCare.meta.lastUpdated", "Patient/p1"},
	})
}

var wholeService = `{"resourceType":"ServiceRequest","id":"s1","status":"active","intent":"order","category":[` + ours("setting", "home-care") + `],
"code":` + ours("service", "personal-care") + `,"subject":{"reference":"Patient/p1"},"authoredOn":"2026-01-10","occurrencePeriod":{"start":"2026-01-15"}}`

func TestServiceRequestIsAService(t *testing.T) {
	granted := func(change func(*care.Service)) care.Facts {
		s := care.Service{Ref: "ServiceRequest/s1", Code: care.PersonalCare, Setting: care.HomeCare, Decided: onDay("2026-01-10"), Period: from("2026-01-15")}
		change(&s)
		return care.Facts{Services: []care.Service{s}}
	}
	asItIs := granted(func(*care.Service) {})
	performers := `[{"reference":"Practitioner/s1"},{"reference":"Organization/home1"},{"reference":"Organization/home2"}]`
	checkFacts(t, []fact{
		{"an active service", wholeService, "Patient/p1", asItIs},
		{"a service on hold counts", with(wholeService, "status", `"on-hold"`), "Patient/p1", asItIs},
		{
			"a completed service counts to its end", with(wholeService, "status", `"completed"`, "occurrencePeriod", `{"start":"2026-01-15","end":"2026-05-31"}`), "Patient/p1",
			granted(func(s *care.Service) { s.Period = span("2026-01-15", "2026-05-31") }),
		},
		{"a completed service without end does not hold", with(wholeService, "status", `"completed"`), "Patient/p1", care.Facts{}},
		{"a draft is none", with(wholeService, "status", `"draft"`), "", care.Facts{}},
		{"a revoked service is none", with(wholeService, "status", `"revoked"`), "", care.Facts{}},
		{"a service of unknown status is none", with(wholeService, "status", `"unknown"`), "", care.Facts{}},
		{"a service entered in error is none, whatever its dates", with(wholeService, "status", `"entered-in-error"`, "authoredOn", `"2026-02-30"`), "", care.Facts{}},
		{"an unknown code is a service", with(wholeService, "code", ours("service", "gardening")), "Patient/p1", granted(func(s *care.Service) { s.Code = care.UnknownService })},
		{"no code is a service", with(wholeService, "code", "-"), "Patient/p1", granted(func(s *care.Service) { s.Code = care.UnknownService })},
		{"no category is a service", with(wholeService, "category", "-"), "Patient/p1", granted(func(s *care.Service) { s.Setting = care.NoSetting })},
		{"an unknown category is a service", with(wholeService, "category", `[{"text":"x"}]`), "Patient/p1", granted(func(s *care.Service) { s.Setting = care.NoSetting })},
		{
			"a care home", with(wholeService, "category", `[`+ours("setting", "care-home")+`]`, "code", ours("service", "care-home"), "performer", performers), "Patient/p1",
			granted(func(s *care.Service) {
				s.Setting, s.Code, s.Performer = care.CareHome, care.CareHomeService, "Organization/home1"
			}),
		},
		{
			"when it was first carried out", with(wholeService, "extension", `[{"url":"http://x.example","valueQuantity":{"value":"?"}},{"url":"https://brygga.example/fhir/StructureDefinition/first-carried-out","valueDate":"2026-01-16"}]`), "Patient/p1",
			granted(func(s *care.Service) { s.FirstCarried = onDay("2026-01-16") }),
		},
		{"an instant of decision is on its day in Stockholm", with(wholeService, "authoredOn", `"2026-06-30T22:30:00Z"`), "Patient/p1", granted(func(s *care.Service) { s.Decided = onDay("2026-07-01") })},
		{"a single point is a start", with(wholeService, "occurrencePeriod", "-", "occurrenceDateTime", `"2026-03"`), "Patient/p1", granted(func(s *care.Service) { s.Period = from("2026-03-01") })},
		{"no dates at all", with(wholeService, "occurrencePeriod", "-", "authoredOn", "-"), "Patient/p1", granted(func(s *care.Service) { s.Period, s.Decided = care.Period{}, 0 })},
		{"a priority outside its value set does not matter", with(wholeService, "priority", `"soonish"`, "intent", `"wish"`), "Patient/p1", asItIs},
		{"a group's service is nobody's", with(wholeService, "subject", `{"reference":"Group/g1"}`), "", care.Facts{}},
	})
	checkBroken(t, care.SetOf(care.KindService), []broken{
		{"a status outside its value set cannot be read", with(wholeService, "status", `"on_hold"`), "ServiceRequest.status", "Patient/p1"},
		{"a missing status is not a draft", with(wholeService, "status", "-"), "ServiceRequest.status", "Patient/p1"},
		{"an impossible decision date cannot be read", with(wholeService, "authoredOn", `"2026-02-30"`), "ServiceRequest.authoredOn", "Patient/p1"},
		{"an impossible occurrence cannot be read", with(wholeService, "occurrencePeriod", "-", "occurrenceDateTime", `"soon"`), "ServiceRequest.occurrenceDateTime", "Patient/p1"},
		{"an impossible end cannot be read", with(wholeService, "occurrencePeriod", `{"end":"2026-06-31"}`), "ServiceRequest.occurrencePeriod.end", "Patient/p1"},
		{"an impossible first day cannot be read", with(wholeService, "extension", `[{"url":"https://brygga.example/fhir/StructureDefinition/first-carried-out","valueDate":"2026-13-01"}]`), "ServiceRequest.extension.valueDate", "Patient/p1"},
		{"a code in a list cannot be read", with(wholeService, "code", `[]`), "ServiceRequest.code", "Patient/p1"},
		{"a category that is no list cannot be read", with(wholeService, "category", `{}`), "ServiceRequest.category", "Patient/p1"},
		{"without a subject nobody can be told", with(wholeService, "subject", "-"), "ServiceRequest.subject", ""},
	})
}
