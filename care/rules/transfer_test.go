package rules

import (
	"strings"
	"testing"

	"brygga/care"
)

const careHome = care.Ref("Organization/9")

// moves is settled with a place in a care home that is decided on 2026-11-01.
func moves(start string) *world {
	w := settled().service("move", care.CareHomeService, "2026-11-01", start, "")
	s := &w.Records[len(w.Records)-1].Services[0]
	s.Setting, s.Performer = care.CareHome, careHome
	return w
}

// says adds a consent that the client gave on 2026-11-01, to that care home.
func (w *world) says(id string, effect care.Effect, change ...func(*care.Consent)) *world {
	c := care.Consent{
		Status: care.ConsentActive, Handover: true, Date: care.DayMoment(d("2026-11-01"), d("2026-11-01")),
		GiverRecorded: true, Givers: []care.Ref{patient},
		Root: care.Provision{Type: effect, Actor: care.Actors{Carried: true, All: []care.Actor{
			{Ref: careHome, Is: care.ActorOrganization, Recipient: true},
		}}},
	}
	for _, f := range change {
		f(&c)
	}
	return w.add("Consent/"+id, care.Facts{Consents: []care.Consent{c}})
}

// moved is a client whose home care ended on the day before the move.
func moved(start string) *world {
	return moves(start).without("EpisodeOfCare/e1").
		placement("e1", care.HomeCare, "2026-01-15", d(start).AddDays(-1).String()).
		placement("e2", care.CareHome, start, "")
}

func lastService(w *world, change func(*care.Service)) *world {
	for i := range w.Records {
		if w.Records[i].Ref == "ServiceRequest/move" {
			change(&w.Records[i].Services[0])
		}
	}
	return w
}

func TestTransferConsentMissing(t *testing.T) {
	const who = " contact Practitioner/s1 ServiceRequest/move"
	table(t, "transfer.consent-missing", []row{
		{"no care-home service", settled(), "2026-11-21", nil, nil},
		{"31 days before the move nothing is asked", moves("2026-12-22"), "2026-11-21", map[string]string{"transfer.consent-missing.warn": "180"}, nil},
		{"30 days before it is asked, and due soon with a warning as long", moves("2026-12-21"), "2026-11-21", map[string]string{"transfer.consent-missing.warn": "30"}, []string{"due-soon 2026-12-21" + who}},
		{"15 days before it is asked, and not yet due soon", moves("2026-12-06"), "2026-11-21", nil, nil},
		{"14 days before it is due soon", moves("2026-12-05"), "2026-11-21", nil, []string{"due-soon 2026-12-05" + who}},
		{"due soon on the day of the move", moves("2026-11-21"), "2026-11-21", nil, []string{"due-soon 2026-11-21" + who}},
		{"overdue on the day after", moves("2026-11-20"), "2026-11-21", nil, []string{"overdue 2026-11-20" + who}},
		{"overdue still 30 days after", moves("2026-11-01"), "2026-12-01", nil, []string{"overdue 2026-11-01" + who}},
		{"31 days after it is asked no more", moves("2026-11-01"), "2026-12-02", nil, nil},
		{"one who has moved is asked too, and the coordinator acts", moved("2026-11-15"), "2026-11-21", nil, []string{"overdue 2026-11-15 coordinator - ServiceRequest/move"}},
		{"a move that is decided tomorrow is not known", lastService(moves("2026-11-25"), func(s *care.Service) { s.Decided = d("2026-11-22") }), "2026-11-21", nil, nil},
		{"a move that is decided today is", lastService(moves("2026-11-25"), func(s *care.Service) { s.Decided = d("2026-11-21") }), "2026-11-21", nil, []string{"due-soon 2026-11-25" + who}},
		{"a service without a start is not a move", lastService(moves("2026-11-25"), func(s *care.Service) { s.Start = 0 }), "2026-11-21", nil, nil},
		{"the code counts, whatever the category", lastService(moves("2026-11-25"), func(s *care.Service) { s.Setting = care.HomeCare }), "2026-11-21", nil, []string{"due-soon 2026-11-25" + who}},
		{"the category does not count, whatever the code", lastService(moves("2026-11-25"), func(s *care.Service) { s.Code = care.PersonalCare }), "2026-11-21", nil, nil},
		{"a consent that permits", moves("2026-11-25").says("c1", care.Permit), "2026-11-21", nil, nil},
		{"a consent that denies is a consent too", moves("2026-11-25").says("c1", care.Deny), "2026-11-21", nil, nil},
		{"a consent for another care home", moves("2026-11-25").says("c1", care.Permit, func(c *care.Consent) { c.Root.Actor.All[0].Ref = "Organization/8" }), "2026-11-21", nil, []string{"due-soon 2026-11-25" + who}},
		{"a consent for any care home is none, by default", moves("2026-11-25").says("c1", care.Permit, func(c *care.Consent) { c.Root.Actor = care.Actors{} }), "2026-11-21", nil, []string{"due-soon 2026-11-25" + who}},
		{"no performer is named, whatever the consents", lastService(moves("2026-11-25").says("c1", care.Permit), func(s *care.Service) { s.Performer = "" }), "2026-11-21", nil, []string{"due-soon 2026-11-25" + who}},
		{"a consent that was given today", moves("2026-11-25").says("c1", care.Permit, dated("2026-11-21")), "2026-11-21", nil, nil},
		{"a consent that is given tomorrow", moves("2026-11-25").says("c1", care.Permit, dated("2026-11-22")), "2026-11-21", nil, []string{"due-soon 2026-11-25" + who}},
		{"a consent from noon is in force at noon", moves("2026-11-25").says("c1", care.Permit, func(c *care.Consent) {
			c.Root.Period.Start = care.TimeMoment(d("2026-11-21").Noon(), 1)
		}), "2026-11-21", nil, nil},
		{"a consent that is over since yesterday", moves("2026-11-25").says("c1", care.Permit, func(c *care.Consent) {
			c.Root.Period.End = care.DayMoment(d("2026-11-20"), d("2026-11-20"))
		}), "2026-11-21", nil, []string{"due-soon 2026-11-25" + who}},
		{"two moves are two findings", lastServiceTwice(), "2026-11-21", nil, []string{"due-soon 2026-11-25" + who, "due-soon 2026-11-28 contact Practitioner/s1 ServiceRequest/again"}},
		{"nobody is asked of the dead", dead(moves("2026-11-20")), "2026-11-21", nil, nil},
		{"nobody is asked of a client of whom something cannot be read", unread(moves("2026-11-20")), "2026-11-21", nil, nil},
	})
}

func dated(day string) func(*care.Consent) {
	return func(c *care.Consent) { c.Date = care.DayMoment(d(day), d(day)) }
}

func lastServiceTwice() *world {
	return moves("2026-11-25").service("again", care.CareHomeService, "2026-11-02", "2026-11-28", "")
}

func dead(w *world) *world {
	w.person().Deceased, w.person().DeceasedOn = true, d("2026-11-20")
	return w
}

func unread(w *world) *world {
	w.Unreadable = append(w.Unreadable, care.Unreadable{Ref: "Consent/c9", Client: patient, Facts: care.SetOf(care.KindConsent), Reason: "x"})
	return w
}

func TestTransferNotSent(t *testing.T) {
	const who = " contact Practitioner/s1 ServiceRequest/move"
	permitted := func(start string) *world { return moves(start).says("c1", care.Permit) }
	partly := func(c *care.Consent) {
		c.Root.Within = []care.Provision{{Type: care.Deny, Class: care.Naming{Carried: true, Sections: care.SetOfSections(care.SectionJournal)}}}
	}
	table(t, "transfer.not-sent", []row{
		{"8 days before the move nothing is due yet", permitted("2026-11-29"), "2026-11-21", nil, nil},
		{"7 days before it is due soon", permitted("2026-11-28"), "2026-11-21", nil, []string{"due-soon 2026-11-28" + who}},
		{"due soon on the day of the move", permitted("2026-11-21"), "2026-11-21", nil, []string{"due-soon 2026-11-21" + who}},
		{"overdue on the day after", permitted("2026-11-20"), "2026-11-21", nil, []string{"overdue 2026-11-20" + who}},
		{"overdue still 30 days after", permitted("2026-11-21"), "2026-12-21", nil, []string{"overdue 2026-11-21" + who}},
		{"31 days after it is asked no more", permitted("2026-11-21"), "2026-12-22", nil, nil},
		{"one who has moved is asked too", moved("2026-11-15").says("c1", care.Permit), "2026-11-21", nil, []string{"overdue 2026-11-15 coordinator - ServiceRequest/move"}},
		{"some sections will do", moves("2026-11-25").says("c1", care.Permit, partly), "2026-11-21", nil, []string{"due-soon 2026-11-25" + who}},
		{"nothing is sent where it is refused", moves("2026-11-25").says("c1", care.Deny), "2026-11-21", nil, nil},
		{"nothing is sent without consent", moves("2026-11-25"), "2026-11-21", nil, nil},
		{"handed over today", permitted("2026-11-25").info("h", care.TopicCareHomeHandover, "organization", "written", "2026-11-21"), "2026-11-21", nil, nil},
		{"handed over tomorrow is not known", permitted("2026-11-25").info("h", care.TopicCareHomeHandover, "organization", "written", "2026-11-22"), "2026-11-21", nil, []string{"due-soon 2026-11-25" + who}},
		{"a handover without a date counts", permitted("2026-11-25").info("h", care.TopicCareHomeHandover, "organization", "written", ""), "2026-11-21", nil, nil},
		{"brygga itself has sent it, whatever is registered", permitted("2026-11-25").ledger("h1", care.HandoverSent, "2026-11-21"), "2026-11-21", nil, nil},
		{"the care home has it and its staff do not know yet", permitted("2026-11-25").ledger("h1", care.HandoverDelivered, "2026-11-20"), "2026-11-21", nil, nil},
		{"brygga is about to send it", permitted("2026-11-25").ledger("h1", care.HandoverSending, "2026-11-20"), "2026-11-21", nil, []string{"due-soon 2026-11-25" + who}},
		{"brygga sends it tomorrow", permitted("2026-11-25").ledger("h1", care.HandoverSent, "2026-11-22"), "2026-11-21", nil, []string{"due-soon 2026-11-25" + who}},
		{"a handover between contacts is another topic", permitted("2026-11-25").info("h", care.TopicContactHandover, "client", "oral", "2026-11-20"), "2026-11-21", nil, []string{"due-soon 2026-11-25" + who}},
		{"a permit of a relative who may not decide is none", moves("2026-11-25").says("c1", care.Permit, byRelative).relative(false, ""), "2026-11-21", nil, nil},
		{"a permit of a guardian is one", moves("2026-11-25").says("c1", care.Permit, byRelative).relative(true, ""), "2026-11-21", nil, []string{"due-soon 2026-11-25" + who}},
		{"a guardian until today still decides", moves("2026-11-25").says("c1", care.Permit, byRelative).relative(true, "2026-11-21"), "2026-11-21", nil, []string{"due-soon 2026-11-25" + who}},
		{"a guardian until yesterday decides no more", moves("2026-11-25").says("c1", care.Permit, byRelative).relative(true, "2026-11-20"), "2026-11-21", nil, nil},
		{"the care home is found by its identifier", named(moves("2026-11-25"), false), "2026-11-21", nil, []string{"due-soon 2026-11-25" + who}},
		{"an identifier that two organizations have still is the performer's", named(moves("2026-11-25"), true), "2026-11-21", nil, []string{"due-soon 2026-11-25" + who}},
	})
}

func byRelative(c *care.Consent) { c.Givers = []care.Ref{"RelatedPerson/r1"} }

func (w *world) relative(decides bool, until string) *world {
	return w.add("RelatedPerson/r1", care.Facts{Relatives: []care.Relative{{Ref: "RelatedPerson/r1", Decides: decides, Period: period("", until)}}})
}

// named has the consent name the care home by an identifier, which a neighbour may share.
func named(w *world, shared bool) *world {
	const id = care.Ref("identifier:000102030405060708090a0b0c0d0e0f")
	w.says("c1", care.Permit, func(c *care.Consent) { c.Root.Actor.All[0].Ref, c.Root.Actor.All[0].Is = id, care.ActorUnknown })
	w.Records = append(w.Records, care.Record{Ref: careHome, Facts: care.Facts{Unit: &care.Unit{Ref: careHome, Also: []care.Ref{id}}}})
	if shared {
		w.Records = append(w.Records, care.Record{Ref: "Organization/8", Facts: care.Facts{Unit: &care.Unit{Ref: "Organization/8", Also: []care.Ref{id}}}})
	}
	return w
}

func TestTransferRefused(t *testing.T) {
	const who = "open - contact Practitioner/s1 ServiceRequest/move"
	refused := func(start string) *world { return moves(start).says("c1", care.Deny) }
	table(t, "transfer.refused", []row{
		{"31 days before the move nothing is asked", refused("2026-12-22"), "2026-11-21", nil, nil},
		{"30 days before it is open", refused("2026-12-21"), "2026-11-21", nil, []string{who}},
		{"it is open on the day", refused("2026-11-21"), "2026-11-21", nil, []string{who}},
		{"it is open 30 days after", refused("2026-11-21"), "2026-12-21", nil, []string{who}},
		{"31 days after it is asked no more", refused("2026-11-21"), "2026-12-22", nil, nil},
		{"one who has moved", moved("2026-11-15").says("c1", care.Deny), "2026-11-21", nil, []string{"open - coordinator - ServiceRequest/move"}},
		{"a yes in October and a no in November", refused("2026-11-25").says("c0", care.Permit, dated("2026-10-01")), "2026-11-21", nil, []string{who}},
		{"a no in October and a yes in November", moves("2026-11-25").says("c1", care.Permit).says("c0", care.Deny, dated("2026-10-01")), "2026-11-21", nil, nil},
		{"a yes and a no on one day", refused("2026-11-25").says("c0", care.Permit), "2026-11-21", nil, []string{who}},
		{"no consent is no refusal", moves("2026-11-25"), "2026-11-21", nil, nil},
		{"a no to another care home is no refusal", moves("2026-11-25").says("c1", care.Deny, func(c *care.Consent) { c.Root.Actor.All[0].Ref = "Organization/8" }), "2026-11-21", nil, nil},
	})
}

func TestATransferRestsOnTheServiceAndTheConsentsThatDecide(t *testing.T) {
	all := map[string]string{"transfer.consent-missing.enabled": "true", "transfer.not-sent.enabled": "true"}
	w := moves("2026-11-25").says("c1", care.Permit).says("c0", care.Permit, dated("2026-10-01"))
	j := w.judge(t, mustParams(t, "national", all), "2026-11-21")
	f := only(j.Findings, "transfer.")
	if len(f) != 1 || f[0].Focus != "ServiceRequest/move" || len(f[0].Evidence) != 2 || f[0].Evidence[1] != "Consent/c1" || f[0].Writes != WriteTask {
		t.Errorf("got %+v", f)
	}
	j = moves("2026-11-25").says("c1", care.Deny).judge(t, mustParams(t, "national", all), "2026-11-21")
	if f = only(j.Findings, "transfer."); len(f) != 1 || f[0].Writes != WriteFlag || !strings.Contains(f[0].Text.SV, "Journalen") {
		t.Errorf("got %+v", f)
	}
}

func TestTransfersAreOffWithoutConsents(t *testing.T) {
	all := map[string]string{"transfer.consent-missing.enabled": "true", "transfer.not-sent.enabled": "true"}
	for _, lack := range []care.FactKind{care.KindConsent, care.KindService} {
		w := moves("2026-11-25")
		w.Provides &^= care.SetOf(lack)
		if f := only(w.judge(t, mustParams(t, "national", all), "2026-11-21").Findings, "transfer."); len(f) > 0 {
			t.Errorf("without %s: %s", lack, lines(f))
		}
	}
	w := moves("2026-11-25").says("c1", care.Permit)
	w.Provides &^= care.SetOf(care.KindInformation)
	if f := only(w.judge(t, mustParams(t, "national", all), "2026-11-21").Findings, "transfer."); len(f) > 0 {
		t.Errorf("without information: %s", lines(f))
	}
}
