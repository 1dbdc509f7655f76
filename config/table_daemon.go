package config

// The ways in which a connection to a mail server is protected.
const (
	MailStartTLS = "starttls"
	MailTLS      = "tls"
	MailPlain    = "none" // only to this machine
)

func daemonRows() []row {
	return []row{
		{
			key: "notify",
			doc: "Who is told when something begins to fail, and when it is well again: one message each, and nothing personal in it.",
		},
		{
			key: "notify.webhook", example: "env:BRYGGA_WEBHOOK",
			into: in(func(c *Config) any { return &c.Notify.Webhook }),
			doc:  "The address that a JSON message is posted to. It is a secret, since such addresses let whoever has them post.",
		},
		{
			key: "notify.mail",
			doc: "Mail to the people who look after brygga.",
		},
		{
			key: "notify.mail.to", example: "[it@exempelkommun.se]", check: checkMailAddress,
			into: in(func(c *Config) any { return &c.Notify.Mail.To }),
			doc:  "Whom mail is sent to; a shared mailbox outlives whoever reads it.",
		},
		{
			key: "notify.mail.from", example: "brygga@exempelkommun.se", check: checkMailAddress,
			into: in(func(c *Config) any { return &c.Notify.Mail.From }),
			doc:  "The sender. Left out, the first of to.",
		},
		{
			key: "notify.mail.smtp", example: "smtp.exempelkommun.se:587", check: checkHostPort,
			into: in(func(c *Config) any { return &c.Notify.Mail.SMTP }),
			doc:  "The mail server, with its port: 587 for starttls, 465 for tls, often 25 on this machine.",
		},
		{
			key: "notify.mail.tls", def: MailStartTLS, choices: []string{MailStartTLS, MailTLS, MailPlain},
			into: in(func(c *Config) any { return &c.Notify.Mail.TLS }),
			doc:  "starttls asks for protection before anything is said and sends nothing without it, tls has it from the start, and none is for a server on this machine.",
		},
		{
			key: "notify.mail.user", example: "brygga", check: checkOneLine,
			into: in(func(c *Config) any { return &c.Notify.Mail.User }),
			doc:  "Who signs in at the mail server. Left out, nobody does.",
		},
		{
			key: "notify.mail.password", example: "file:secrets/smtp.password",
			into: in(func(c *Config) any { return &c.Notify.Mail.Password }),
			doc:  "The password.",
		},
		{
			key: "serve",
			doc: "The daemon, `brygga serve`.",
		},
		{
			key: "serve.listen", def: "127.0.0.1:8420", check: checkListen,
			into: in(func(c *Config) any { return &c.Serve.Listen }),
			doc:  "Where health and metrics are served. Only this machine can ask there as long as nothing else is written.",
		},
		{
			key: "serve.workers", def: "4", least: 1, most: 64,
			into: in(func(c *Config) any { return &c.Serve.Workers }),
			doc:  "How many jobs run at once in this process.",
		},
		{
			key: "serve.shards", example: "24", least: 1, most: 256,
			into: in(func(c *Config) any { return &c.Serve.Shards }),
			doc:  "Into how many parts the changes of a large night are cut, by client, so that several daemons on one PostgreSQL write them together; each of them uses its own connections. Left out, 24 on PostgreSQL and 1, which is not at all, where the store is a file.",
		},
		{
			key: "serve.shutdown", def: "60s", check: checkAtLeastASecond,
			into: in(func(c *Config) any { return &c.Serve.Shutdown }),
			doc:  "How long jobs may go on when the daemon is told to stop; what is left then is handed back.",
		},
	}
}
