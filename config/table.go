package config

import (
	"slices"

	"brygga/care"
	"brygga/care/rules"
)

// root is the tree of all keys.
var root = grow(table())

// table is the one list of keys: what may be written, what holds where nothing
// is written, and what is said about it. The order is that of init and docs.
func table() []row {
	return slices.Concat(tenantRows(), systemRows(), rulesRows(), writesRows(), jobRows(), consentRows(), careHomeRows(), daemonRows())
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
			into: in(func(c *Config) any { return &c.Store }), check: checkStore, shape: "^(sqlite:|postgres(ql)?://|env:[A-Za-z_]|file:).+$",
			doc: "Where brygga keeps what must survive: sqlite:PATH is a file on a local disk, never on a network share; a relative path is relative to this file. Several machines share the work on PostgreSQL: postgres://brygga@db.example.se/brygga?sslmode=verify-full, and with a password in it a secret as all others: env:NAME or file:PATH, which holds the whole address.",
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
			doc:  "Chains the audit log, so that a changed line is noticed. Handovers to care homes need it.",
		},
	}
}

func rulesRows() []row {
	return []row{
		{
			key: "facts", example: "{client: journal, placement: journal, assignment: journal}", names: factNames,
			into: in(func(c *Config) any { return &c.Facts }),
			doc:  "Which system is the authority for which kind of fact; a list is an order, of which for each client the first counts that has any. A system with a mapping provides what the mapping gives, so only kinds that several provide have to be named. A FHIR server that is the only source provides everything where nothing is said, and what is named where something is; beside other sources it provides what is named. Rules do without what nobody provides, and say so.",
		},
		{
			key: "rules",
			doc: "Which rules are asked, and with which parameters: `brygga rules` lists them, with what they are now.",
		},
		{
			key: "rules.pack", def: rules.Packs()[0], check: checkPack, shape: packShape(), written: true,
			into: in(func(c *Config) any { return &c.Rules.Pack }),
			doc:  "What is asked: national is what law asks and the commonest local routine around it; botkyrka and hemvard add a municipality's and a provider's routine. Or the path of a pack of your own, which extends one of them: packs/mine.yaml, relative to this file.",
		},
		{
			key: "rules.set", example: "{plan.review.months: 6}",
			into: in(func(c *Config) any { return &c.Rules.Set }),
			doc:  "Parameters that differ from the pack.",
		},
		{
			key: "rules.providers",
			doc: "Parameters that differ for one provider, on top of the tenant's. A unit's provider is the Organization that it is part of: its id, its HSA-id or organisationsnummer, or its name.",
		},
		layerRow("rules.providers.NAME", "hemtjanst-ab", checkUnit, unitID, func(c *Config) *map[string]UnitRules { return &c.Rules.Providers }, "One provider."),
		{
			key: "rules.providers.NAME.set", example: "{plan.missing.days: 10}",
			into: in(func(u *UnitRules) any { return &u.Set }),
			doc:  "Parameters that differ from the tenant's.",
		},
		{
			key: "rules.services",
			doc: "Parameters that differ for clients who have a service, on top of the provider's. Of several running services the strictest value counts; a service without a setting of its own counts with the provider's.",
		},
		layerRow("rules.services.NAME", "safety-alarm", checkService, nil, func(c *Config) *map[string]UnitRules { return &c.Rules.Services }, "One service, by its code: personal-care, cleaning, safety-alarm ..."),
		{
			key: "rules.services.NAME.set", example: "{plan.review.months: 12}",
			into: in(func(u *UnitRules) any { return &u.Set }),
			doc:  "Parameters that differ from the provider's.",
		},
		{
			key: "rules.units",
			doc: "Parameters that differ for one unit, on top of all others: the id of its Organization, its HSA-id or its name.",
		},
		layerRow("rules.units.NAME", "norra", checkUnit, unitID, func(c *Config) *map[string]UnitRules { return &c.Rules.Units }, "One unit."),
		{
			key: "rules.units.NAME.set", example: "{plan.missing.days: 5}",
			into: in(func(u *UnitRules) any { return &u.Set }),
			doc:  "Parameters that differ from what holds elsewhere.",
		},
	}
}

// layerRow is a name that has parameters of its own.
func layerRow(key, example string, check func(*reader, string) (string, string), tidy func(string) string,
	of func(*Config) *map[string]UnitRules, doc string,
) row {
	return row{
		key: key, example: example, check: check, tidy: tidy, doc: doc,
		open: func(target any, name string) (any, func()) {
			layer, u := of(target.(*Config)), &UnitRules{}
			return u, func() {
				if *layer == nil {
					*layer = map[string]UnitRules{}
				}
				(*layer)[name] = *u
			}
		},
	}
}

func factNames() []string {
	var out []string
	for _, k := range care.SystemFacts.Kinds() {
		out = append(out, k.String())
	}
	return out
}
