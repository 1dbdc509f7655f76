package config

func writesRows() []row {
	return []row{
		{
			key: "writes",
			doc: "The rollout: what is written, from when, for which units and rules, and how fast.",
		},
		{
			key: "writes.mode", def: string(Report), choices: []string{string(Report), string(Write)}, written: true,
			into: in(func(c *Config) any { return &c.Writes.Mode }),
			doc:  "report writes nothing and shows what would be written; write writes.",
		},
		{
			key: "writes.from", example: "2027-01-11",
			into: in(func(c *Config) any { return &c.Writes.From }),
			doc:  "The first day on which anything is written.",
		},
		{
			key: "writes.units", example: "[norra]", check: checkUnit, tidy: unitID,
			into: in(func(c *Config) any { return &c.Writes.Units }),
			doc:  "The units that take part: the ids of their Organizations, their HSA-ids or their names. Left out, all of them.",
		},
		{
			key: "writes.rules", example: "[contact.missing, contact.vacant]", check: checkRule,
			into: in(func(c *Config) any { return &c.Writes.Rules }),
			doc:  "The rules that take part. Left out, all that the pack lets write.",
		},
		{
			key: "writes.per_owner_per_night", def: "0", most: 10_000,
			into: in(func(c *Config) any { return &c.Writes.PerOwnerPerNight }),
			doc:  "How many new Tasks one owner gets in one night, at most; the rest waits for the next nights. 0 sets no limit.",
		},
		{
			key: "writes.transaction_size", def: "50", least: 1, most: 1000,
			into: in(func(c *Config) any { return &c.Writes.TransactionSize }),
			doc:  "How many resources go out in one transaction, at most; it is halved when the server refuses.",
		},
		{
			key: "guard",
			doc: "A run that would change more than this stops before its first write and waits for somebody to accept it.",
		},
		{
			key: "guard.close_share", def: "0.5", most: 1,
			into: in(func(c *Config) any { return &c.Guard.CloseShare }),
			doc:  "The share of what is open that one run may close.",
		},
		{
			key: "guard.open_share", def: "0.2", most: 1,
			into: in(func(c *Config) any { return &c.Guard.OpenShare }),
			doc:  "New findings in one run, as a share of the clients.",
		},
		{
			key: "guard.at_least", def: "20", most: 1_000_000,
			into: in(func(c *Config) any { return &c.Guard.AtLeast }),
			doc:  "The guard never stops this many changes or fewer.",
		},
	}
}
