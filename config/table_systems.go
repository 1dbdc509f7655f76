package config

func systemRows() []row {
	return append([]row{
		{
			key: "systems", need: true,
			doc: "The record systems. In this version one of them provides facts and one receives Flags and Tasks; usually it is the same one.",
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
			key: "systems.NAME.kind", need: true, choices: []string{KindFHIR}, written: true, example: KindFHIR,
			into: in(func(s *System) any { return &s.Kind }),
			doc:  "fhir is any FHIR R4 server. Other kinds (rest, files) come in later versions.",
		},
		{
			key: "systems.NAME.url", need: true, written: true, example: "https://fhir.example.se/r4",
			into: in(func(s *System) any { return &s.URL }), check: checkURL, tidy: trimSlash, shape: "^https?://",
			doc: "The server's base address, without query. Plain http:// only to this machine.",
		},
		{
			key: "systems.NAME.display_name", example: "Journalsystemet", check: checkDisplayName,
			into: in(func(s *System) any { return &s.DisplayName }),
			doc:  "What staff call it, for texts such as \"ingen fast omsorgskontakt är registrerad i Journalsystemet\". Left out, its name here.",
		},
		{
			key: "systems.NAME.receives", choices: []string{ReceivesFlags, ReceivesTasks}, written: true, example: "[flags, tasks]",
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
			choices: []string{AuthNone, AuthBasic, AuthBearer, AuthClientCredentials, AuthSMARTBackend},
			into:    in(func(s *System) any { return &s.Auth.Kind }),
			doc:     "basic reads user and password; bearer reads token; client-credentials (OAuth 2.0) reads client_id, client_secret, token_url and scopes; smart-backend (SMART Backend Services) reads client_id, key, token_url and scopes.",
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
			doc:  "The private key of smart-backend, as a JWK.",
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
			key: "systems.NAME.tls",
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
			key: "systems.NAME.proxy", example: "http://proxy.example.se:3128", check: checkProxy, shape: "^(https?|socks5)://",
			into: in(func(s *System) any { return &s.Proxy }),
			doc:  "The proxy on the way there. Left out, none is used, whatever the environment says.",
		},
		{
			key: "systems.NAME.page_size", def: "500", least: 1, most: 10_000,
			into: in(func(s *System) any { return &s.PageSize }),
			doc:  "How many records are asked for at a time.",
		},
		{
			key: "systems.NAME.connections", def: "4", least: 1, most: 64,
			into: in(func(s *System) any { return &s.Connections }),
			doc:  "How many requests are under way at a time, at most.",
		},
		{
			key: "systems.NAME.overlap", def: "10m",
			into: in(func(s *System) any { return &s.Overlap }),
			doc:  "What changed is asked for from this long before the last read, since a server's index may lag.",
		},
		{
			key: "systems.NAME.timeout", def: "60s", check: checkAtLeastASecond,
			into: in(func(s *System) any { return &s.Timeout }),
			doc:  "How long one answer may take.",
		},
	}
}
