package config

import "brygga/care"

const whenDoc = "in Stockholm time: minute, hour, day of month, month, day of week (0 is Sunday)."

func jobRows() []row {
	return []row{
		{
			key: "jobs",
			doc: "What runs on a schedule under `brygga serve`.",
		},
		{
			key: "jobs.reconcile",
			doc: "The nightly job: read, judge, write what differs.",
		},
		{
			key: "jobs.reconcile.schedule", def: "30 1 * * *", check: checkSchedule,
			into: in(func(c *Config) any { return &c.Jobs.Reconcile.Schedule }),
			doc:  "When, " + whenDoc + " Hours from 02:00 to 03:00 do not exist, or come twice, when clocks change.",
		},
		{
			key: "jobs.reconcile.full_after", def: "7d", check: checkAtLeastAnHour,
			into: in(func(c *Config) any { return &c.Jobs.Reconcile.FullAfter }),
			doc:  "Visits and notes are read by what changed, and whole after this long.",
		},
		{
			key: "jobs.reconcile.catch_up", def: "20h",
			into: in(func(c *Config) any { return &c.Jobs.Reconcile.CatchUp }),
			doc:  "A night that was missed is caught up within this long; 0h never.",
		},
		{
			key: "jobs.handover",
			doc: "Handing over to care homes: what is due is prepared, what was released is sent, and what was sent is followed. It runs where carehomes names one.",
		},
		{
			key: "jobs.handover.schedule", def: "*/15 7-18 * * 1-5", off: true, check: checkSchedule,
			into: in(func(c *Config) any { return &c.Jobs.Handover.Schedule }),
			doc:  "When, " + whenDoc + " off: only by hand.",
		},
		{
			key: "jobs.handover.release", def: ReleaseByHand, choices: []string{ReleaseByHand, ReleaseAutomatic},
			into: in(func(c *Config) any { return &c.Jobs.Handover.Release }),
			doc:  "Who lets a prepared handover go: by-hand is a named person (`brygga handover release`); automatic sends what consent permits without anybody looking at it, protected clients aside.",
		},
		{
			key: "jobs.handover.sections", def: "[contact, services, plan, risks, sip]", choices: sectionNames(),
			into: in(func(c *Config) any { return &c.Jobs.Handover.Sections }),
			doc:  "What is offered, as far as consent permits it. relatives, journal and deviations tell about other people too, and are offered only where they are named here.",
		},
		{
			key: "jobs.handover.document", def: "18776-5", check: checkLOINC, shape: loincPattern.String(),
			into: in(func(c *Config) any { return &c.Jobs.Handover.Document }),
			doc:  "The LOINC code of the document that is handed over; 18776-5 is a plan of care.",
		},
		{
			key: "jobs.handover.catch_up", def: "20h",
			into: in(func(c *Config) any { return &c.Jobs.Handover.CatchUp }),
			doc:  "What was missed is caught up within this long; 0h never.",
		},
		{
			key: "jobs.report",
			doc: "The reports on coverage and continuity, written to a folder.",
		},
		{
			key: "jobs.report.schedule", example: "0 6 * * 1", off: true, check: checkSchedule,
			into: in(func(c *Config) any { return &c.Jobs.Report.Schedule }),
			doc:  "When, " + whenDoc + " Left out: only by hand.",
		},
		{
			key: "jobs.report.path", example: "reports", check: checkOneLine,
			into: in(func(c *Config) any { return &c.Jobs.Report.Path }),
			doc:  "The folder that they go to. A relative path is relative to this file.",
		},
		{
			key: "jobs.retention",
			doc: "Removing what is no longer needed.",
		},
		{
			key: "jobs.retention.schedule", def: "0 4 * * 0", off: true, check: checkSchedule,
			into: in(func(c *Config) any { return &c.Jobs.Retention.Schedule }),
			doc:  "When, " + whenDoc + " off: only by hand.",
		},
		{
			key: "jobs.retention.gone", def: "365d", check: checkAtLeastADay,
			into: in(func(c *Config) any { return &c.Jobs.Retention.Gone }),
			doc:  "How long facts are kept of a client who left the record system.",
		},
		{
			key: "jobs.retention.runs", def: "400d", check: checkAtLeastADay,
			into: in(func(c *Config) any { return &c.Jobs.Retention.Runs }),
			doc:  "How long it is kept what each run did.",
		},
		{
			key: "jobs.retention.outbox", def: "30d", check: checkAtLeastADay,
			into: in(func(c *Config) any { return &c.Jobs.Retention.Outbox }),
			doc:  "How long a file stays in an outbox if nobody fetches it.",
		},
		{
			key: "jobs.retention.audit", def: "1826d", check: checkAtLeastFiveYears,
			into: in(func(c *Config) any { return &c.Jobs.Retention.Audit }),
			doc:  "How long entries of the audit log are kept: five years (1826d) or longer.",
		},
	}
}

func consentRows() []row {
	return []row{
		{
			key: "consent",
			doc: "How consents to a handover are read. Whatever is written here: without a consent that clearly permits, nothing is handed over.",
		},
		{
			key: "consent.accept_unnamed_recipient", def: "false",
			into: in(func(c *Config) any { return &c.Consent.AcceptUnnamedRecipient }),
			doc:  "Whether a consent that names no recipient is one to care homes in general.",
		},
		{
			key: "consent.max_age", example: "365d", written: true, off: true, check: checkWholeDays,
			into: in(func(c *Config) any { return &c.Consent.MaxAge }),
			doc:  "How long a permit counts from its date, in days; an older one is as if it were not there. Left out, or off: for ever.",
		},
	}
}

func sectionNames() []string {
	var out []string
	for _, s := range care.Sections() {
		out = append(out, s.String())
	}
	return out
}
