package config

import (
	"brygga/care"
	"brygga/care/rules"
)

// root is the tree of all keys.
var root = grow(table())

// table is the one list of keys: what may be written, what holds where nothing
// is written, and what is said about it. The order is that of init and docs.
func table() []row {
	return append(append(append(append(tenantRows(), systemRows()...), rulesRows()...), writesRows()...), laterRows()...)
}

func tenantRows() []row {
	return []row{
		{
			key: "tenant", need: true, written: true, example: "exempelkommun",
			into: in(func(c *Config) any { return &c.Tenant }), check: checkTenant, shape: tenantPattern.String(),
			doc: "The municipality's or provider's name among installations: lower-case letters, digits and hyphens. All that is written carries it as a tag, and findings are identified by it: never change it once something has been written.",
		},
		{
			key: "timezone", def: "Europe/Stockholm", choices: []string{"Europe/Stockholm"}, written: true,
			into: in(func(c *Config) any { return &c.Timezone }),
			doc:  "The time zone of all dates and schedules; the only one, here to be seen.",
		},
		{
			key: "language", def: "sv", choices: []string{"sv", "en"}, written: true,
			into: in(func(c *Config) any { return &c.Language }),
			doc:  "The language of Flags and Tasks.",
		},
		{
			key: "store", def: "sqlite:brygga.db", written: true,
			into: in(func(c *Config) any { return &c.Store }), check: checkStore, shape: "^sqlite:.+$",
			doc: "Where brygga keeps what must survive: a SQLite file on a local disk, never on a network share. A relative path is relative to this file.",
		},
		{
			key: "keys",
			doc: "The tenant's own keys, at least 32 bytes each. Make one with: openssl rand -hex 32",
		},
		{
			key: "keys.pseudonym", need: true, written: true, example: "env:BRYGGA_PSEUDONYM_KEY",
			into: in(func(c *Config) any { return &c.Keys.Pseudonym }),
			doc:  "Person identifiers are kept only as a hash under this key. Keep a copy in a safe place: with another key nobody is recognised.",
		},
		{
			key: "keys.audit", example: "env:BRYGGA_AUDIT_KEY",
			into: in(func(c *Config) any { return &c.Keys.Audit }),
			doc:  "Chains the audit log, so that a changed line is noticed.",
		},
	}
}

func rulesRows() []row {
	return []row{
		{
			key: "facts", example: "{client: journal, placement: journal, assignment: journal}", names: factNames,
			into: in(func(c *Config) any { return &c.Facts }),
			doc:  "Which system is the authority for which kind of fact. Left out, the one system that provides facts provides all kinds. Written, it lists all that is provided: rules do without what is not in it, and say so. In this version all kinds come from one system.",
		},
		{
			key: "rules",
			doc: "Which rules are asked, and with which parameters: `brygga rules` lists them, with what they are now.",
		},
		{
			key: "rules.pack", def: rules.Packs()[0], choices: rules.Packs(), written: true,
			into: in(func(c *Config) any { return &c.Rules.Pack }),
			doc:  "What is asked: national is what law asks and the commonest local routine around it; botkyrka and hemvard add a municipality's and a provider's routine.",
		},
		{
			key: "rules.set", example: "{plan.review.months: 6}",
			into: in(func(c *Config) any { return &c.Rules.Set }),
			doc:  "Parameters that differ from the pack.",
		},
		{
			key: "rules.units",
			doc: "Parameters that differ for one unit: the id of its Organization, its HSA-id or its name.",
		},
		{
			key: "rules.units.NAME", example: "norra", check: checkUnit, tidy: unitID,
			open: func(target any, name string) (any, func()) {
				c, u := target.(*Config), &UnitRules{}
				return u, func() {
					if c.Rules.Units == nil {
						c.Rules.Units = map[string]UnitRules{}
					}
					c.Rules.Units[unitID(name)] = *u
				}
			},
			doc: "One unit.",
		},
		{
			key: "rules.units.NAME.set", example: "{plan.missing.days: 5}",
			into: in(func(u *UnitRules) any { return &u.Set }),
			doc:  "Parameters that differ from the tenant's.",
		},
	}
}

func factNames() []string {
	var out []string
	for _, k := range care.FactKinds() {
		out = append(out, k.String())
	}
	return out
}

// laterRows are sections that are agreed on and come in later versions: they
// are told apart from misspelt keys.
func laterRows() []row {
	return []row{
		{key: "jobs.handover", later: true, doc: "Handing over to care homes on a schedule."},
		{key: "jobs.report", later: true, doc: "Reports on a schedule."},
		{key: "jobs.retention", later: true, doc: "Removing what is old on a schedule."},
		{key: "carehomes", later: true, doc: "Where handovers go."},
		{key: "consent", later: true, doc: "How consents are read."},
		{key: "notify", later: true, doc: "Who is told about a run."},
	}
}
