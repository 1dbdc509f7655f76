package config

func systemRows() []row {
	return append([]row{
		{
			key: "systems", need: true,
			doc: "The record systems. Any number of them provide facts, and one receives Flags and Tasks; often it is the same one.",
		},
		{
			key: "systems.NAME", example: "journal", check: checkSystemName, shape: systemPattern.String(),
			open: func(target any, name string) (any, func()) {
				c, s := target.(*Config), &System{Name: name}
				return s, func() {
					if c.Systems == nil {
						c.Systems = map[string]System{}
					}
					c.Systems[name] = *s
				}
			},
			doc: "One system, by a name of your choice.",
		},
		{
			key: "systems.NAME.kind", need: true, choices: []string{KindFHIR, KindREST, KindFiles}, written: true, example: KindFHIR,
			into: in(func(s *System) any { return &s.Kind }),
			doc:  "fhir is any FHIR R4 server; rest is a paged JSON API such as Lifecare's, and files are exports in a folder or over SFTP: what these two hold is said by a mapping.",
		},
		{
			key: "systems.NAME.url", written: true, example: "https://fhir.example.se/r4",
			into: in(func(s *System) any { return &s.URL }), check: checkSystemURL, tidy: trimSlash, shape: "^(https?|sftp)://",
			doc: "The server's base address, without query. Plain http:// only to this machine. Of files: sftp://host/folder, or left out for a folder of this machine.",
		},
		{
			key: "systems.NAME.path", kinds: []string{KindFiles}, example: "exports", check: checkOneLine,
			into: in(func(s *System) any { return &s.Path }),
			doc:  "Of files: the folder that exports come to. A relative path is relative to this file.",
		},
		{
			key: "systems.NAME.mapping", kinds: []string{KindREST, KindFiles}, example: "lifecare", check: checkOneLine,
			into: in(func(s *System) any { return &s.MappingName }),
			doc:  "Of rest and files: what the records mean. The name of a built-in mapping (`brygga mapping list`), or the path of your own: mappings/mine.yaml, relative to this file.",
		},
		{
			key: "systems.NAME.settings", kinds: []string{KindREST, KindFiles}, example: "{contact_personnel_is: fast-omsorgskontakt}",
			into: in(func(s *System) any { return &s.Settings }),
			doc:  "What the mapping asks the municipality to declare; `brygga mapping explain` lists it.",
		},
		{
			key: "systems.NAME.display_name", example: "Journalsystemet", check: checkDisplayName,
			into: in(func(s *System) any { return &s.DisplayName }),
			doc:  "What staff call it, for texts such as \"ingen fast omsorgskontakt är registrerad i Journalsystemet\". Left out, its name here.",
		},
		{
			key: "systems.NAME.receives", kinds: []string{KindFHIR}, choices: []string{ReceivesFlags, ReceivesTasks}, written: true, example: "[flags, tasks]",
			into: in(func(s *System) any { return &s.Receives }),
			doc:  "What is written to it. One system receives; another one that receives nothing is only read.",
		},
	}, append(authRows(), reachRows()...)...)
}

func authRows() []row {
	return []row{
		{
			key: "systems.NAME.auth",
			doc: "How brygga signs in.",
		},
		{
			key: "systems.NAME.auth.kind", def: AuthNone, written: true, example: AuthBearer,
			choices: []string{AuthNone, AuthBasic, AuthBearer, AuthClientCredentials, AuthSMARTBackend, AuthQueryKey, AuthSSHKey},
			into:    in(func(s *System) any { return &s.Auth.Kind }),
			doc:     "basic reads user and password; bearer reads token; client-credentials (OAuth 2.0) reads client_id, client_secret, token_url and scopes; smart-backend (SMART Backend Services) reads client_id, key, token_url and scopes; query-key (Lifecare) reads domain, key, keys and header; ssh-key (SFTP) reads user and key.",
		},
		{
			key: "systems.NAME.auth.token", written: true, example: "env:BRYGGA_FHIR_TOKEN",
			into: in(func(s *System) any { return &s.Auth.Token }),
			doc:  "The token of bearer.",
		},
		{
			key: "systems.NAME.auth.user", example: "brygga", check: checkOneLine,
			into: in(func(s *System) any { return &s.Auth.User }),
			doc:  "The user of basic.",
		},
		{
			key: "systems.NAME.auth.password", example: "file:secrets/fhir.password",
			into: in(func(s *System) any { return &s.Auth.Password }),
			doc:  "The password of basic.",
		},
		{
			key: "systems.NAME.auth.client_id", example: "brygga", check: checkOneLine,
			into: in(func(s *System) any { return &s.Auth.ClientID }),
			doc:  "The client id that the server's operator gave.",
		},
		{
			key: "systems.NAME.auth.client_secret", example: "env:BRYGGA_FHIR_SECRET",
			into: in(func(s *System) any { return &s.Auth.ClientSecret }),
			doc:  "The client secret of client-credentials.",
		},
		{
			key: "systems.NAME.auth.token_url", example: "https://login.example.se/token", check: checkURL, shape: "^https?://",
			into: in(func(s *System) any { return &s.Auth.TokenURL }),
			doc:  "Where tokens are fetched. Left out, the server's .well-known/smart-configuration says it.",
		},
		{
			key: "systems.NAME.auth.key", example: "file:secrets/fhir.jwk",
			into: in(func(s *System) any { return &s.Auth.Key }),
			doc:  "The private key of smart-backend, as a JWK; the key of query-key; the private key of ssh-key, in PEM.",
		},
		{
			key: "systems.NAME.auth.domain", kinds: []string{KindREST}, example: "env:LIFECARE_DOMAIN",
			into: in(func(s *System) any { return &s.Auth.Domain }),
			doc:  "The domain of query-key.",
		},
		{
			key: "systems.NAME.auth.keys", kinds: []string{KindREST}, example: "{staff: env:LIFECARE_STAFF_KEY}",
			into: in(func(s *System) any { return &s.Auth.keys }),
			doc:  "Keys of query-key for the groups of addresses that have a key of their own; the mapping names the groups, and a list of no group is one by its own name. auth.key is for all others.",
		},
		{
			key: "systems.NAME.auth.header", kinds: []string{KindREST}, def: HeaderNone, choices: []string{HeaderNone, HeaderAlso, HeaderOnly},
			into: in(func(s *System) any { return &s.Auth.Header }),
			doc:  "Whether query-key sends the key in the header X-API-Key as well (also), or there and not in the address (only).",
		},
		{
			key: "systems.NAME.auth.scopes", example: "[system/*.rs, system/Flag.cruds, system/Task.cruds]", check: checkScope,
			into: in(func(s *System) any { return &s.Auth.Scopes }),
			doc:  "What is asked for. Left out, smart-backend asks for what it needs.",
		},
	}
}

func reachRows() []row {
	return []row{
		{
			key: "systems.NAME.tls", kinds: []string{KindFHIR, KindREST},
			doc: "What is trusted, and what is shown of oneself.",
		},
		{
			key: "systems.NAME.tls.ca", example: "certs/kommunens-ca.pem", check: checkCertificates,
			into: in(func(s *System) any { return &s.TLS.CA }),
			doc:  "A PEM file of certificate authorities that are trusted besides the machine's own. A relative path is relative to this file.",
		},
		{
			key: "systems.NAME.tls.client_cert", example: "certs/brygga.pem", check: checkCertificates,
			into: in(func(s *System) any { return &s.TLS.ClientCert }),
			doc:  "A PEM file with the certificate that is shown to the server (mutual TLS).",
		},
		{
			key: "systems.NAME.tls.client_key", example: "file:certs/brygga.key",
			into: in(func(s *System) any { return &s.TLS.ClientKey }),
			doc:  "Its private key, in PEM.",
		},
		{
			key: "systems.NAME.proxy", kinds: []string{KindFHIR, KindREST}, example: "http://proxy.example.se:3128", check: checkProxy, shape: "^(https?|socks5)://",
			into: in(func(s *System) any { return &s.Proxy }),
			doc:  "The proxy on the way there. Left out, none is used, whatever the environment says.",
		},
		{
			key: "systems.NAME.page_size", kinds: []string{KindFHIR, KindREST}, def: "500", least: 1, most: 10_000,
			into: in(func(s *System) any { return &s.PageSize }),
			doc:  "How many records are asked for at a time.",
		},
		{
			key: "systems.NAME.connections", kinds: []string{KindFHIR, KindREST}, def: "4", least: 1, most: 64,
			into: in(func(s *System) any { return &s.Connections }),
			doc:  "How many requests are under way at a time, at most.",
		},
		{
			key: "systems.NAME.overlap", kinds: []string{KindFHIR, KindREST}, def: "10m",
			into: in(func(s *System) any { return &s.Overlap }),
			doc:  "What changed is asked for from this long before the last read, since a server's index may lag.",
		},
		{
			key: "systems.NAME.timeout", def: "60s", check: checkAtLeastASecond,
			into: in(func(s *System) any { return &s.Timeout }),
			doc:  "How long one answer may take.",
		},
		{
			key: "systems.NAME.per_second", kinds: []string{KindFHIR, KindREST}, def: "0", least: 0, most: 1000,
			into: in(func(s *System) any { return &s.PerSecond }),
			doc:  "How many requests are sent in a second, at most; 0 is no limit.",
		},
		{
			key: "systems.NAME.known_hosts", kinds: []string{KindFiles}, example: "secrets/known_hosts", check: checkOneLine,
			into: in(func(s *System) any { return &s.KnownHosts }),
			doc:  "Of sftp: the file with the server's host key, as ssh-keyscan writes it. Without it nothing is fetched.",
		},
		{
			key: "systems.NAME.unknown_codes", kinds: []string{KindREST, KindFiles}, def: "0.05", least: 0, most: 1,
			into: in(func(s *System) any { return &s.UnknownCodes }),
			doc:  "Of rest and files: nothing is written while a larger share of the rows than this has a code that no table of the mapping knows.",
		},
	}
}
