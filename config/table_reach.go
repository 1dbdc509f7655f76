package config

// authRows are how one signs in at a system, or at a care home: at says which, and
// of gives its Auth.
func authRows(at string, of func(any) any) []row {
	auth := func(f func(*Auth) any) func(any) any {
		return func(target any) any { return f(of(target).(*Auth)) }
	}
	return []row{
		{
			key: at + ".auth",
			doc: "How brygga signs in.",
		},
		{
			key: at + ".auth.kind", def: AuthNone, written: true, example: AuthBearer,
			choices: []string{AuthNone, AuthBasic, AuthBearer, AuthClientCredentials, AuthSMARTBackend, AuthQueryKey, AuthSSHKey},
			into:    auth(func(a *Auth) any { return &a.Kind }),
			doc:     "basic reads user and password; bearer reads token; client-credentials (OAuth 2.0) reads client_id, client_secret, token_url and scopes; smart-backend (SMART Backend Services) reads client_id, key, token_url and scopes; query-key (Lifecare) reads domain, key, keys and header; ssh-key (SFTP) reads user and key.",
		},
		{
			key: at + ".auth.token", written: true, example: "env:BRYGGA_FHIR_TOKEN",
			into: auth(func(a *Auth) any { return &a.Token }),
			doc:  "The token of bearer.",
		},
		{
			key: at + ".auth.user", example: "brygga", check: checkOneLine,
			into: auth(func(a *Auth) any { return &a.User }),
			doc:  "The user of basic.",
		},
		{
			key: at + ".auth.password", example: "file:secrets/fhir.password",
			into: auth(func(a *Auth) any { return &a.Password }),
			doc:  "The password of basic.",
		},
		{
			key: at + ".auth.client_id", example: "brygga", check: checkOneLine,
			into: auth(func(a *Auth) any { return &a.ClientID }),
			doc:  "The client id that the server's operator gave.",
		},
		{
			key: at + ".auth.client_secret", example: "env:BRYGGA_FHIR_SECRET",
			into: auth(func(a *Auth) any { return &a.ClientSecret }),
			doc:  "The client secret of client-credentials.",
		},
		{
			key: at + ".auth.token_url", example: "https://login.example.se/token", check: checkURL, shape: "^https?://",
			into: auth(func(a *Auth) any { return &a.TokenURL }),
			doc:  "Where tokens are fetched. Left out, the server's .well-known/smart-configuration says it.",
		},
		{
			key: at + ".auth.key", example: "file:secrets/fhir.jwk",
			into: auth(func(a *Auth) any { return &a.Key }),
			doc:  "The private key of smart-backend, as a JWK; the key of query-key; the private key of ssh-key, in PEM.",
		},
		{
			key: at + ".auth.domain", kinds: []string{KindREST}, example: "env:LIFECARE_DOMAIN",
			into: auth(func(a *Auth) any { return &a.Domain }),
			doc:  "The domain of query-key.",
		},
		{
			key: at + ".auth.keys", kinds: []string{KindREST}, example: "{staff: env:LIFECARE_STAFF_KEY}",
			into: auth(func(a *Auth) any { return &a.keys }),
			doc:  "Keys of query-key for the groups of addresses that have a key of their own; the mapping names the groups, and a list of no group is one by its own name. auth.key is for all others.",
		},
		{
			key: at + ".auth.header", kinds: []string{KindREST}, def: HeaderNone, choices: []string{HeaderNone, HeaderAlso, HeaderOnly},
			into: auth(func(a *Auth) any { return &a.Header }),
			doc:  "Whether query-key sends the key in the header X-API-Key as well (also), or there and not in the address (only).",
		},
		{
			key: at + ".auth.scopes", example: "[system/*.rs, system/Flag.cruds, system/Task.cruds]", check: checkScope,
			into: auth(func(a *Auth) any { return &a.Scopes }),
			doc:  "What is asked for. Left out, smart-backend asks for what it needs.",
		},
	}
}

// tlsRows are what is trusted at a system, or a care home.
func tlsRows(at string, of func(any) any, kinds ...string) []row {
	tls := func(f func(*TLS) any) func(any) any {
		return func(target any) any { return f(of(target).(*TLS)) }
	}
	return []row{
		{
			key: at + ".tls", kinds: kinds,
			doc: "What is trusted, and what is shown of oneself.",
		},
		{
			key: at + ".tls.ca", example: "certs/kommunens-ca.pem", check: checkCertificates,
			into: tls(func(t *TLS) any { return &t.CA }),
			doc:  "A PEM file of certificate authorities that are trusted besides the machine's own. A relative path is relative to this file.",
		},
		{
			key: at + ".tls.client_cert", example: "certs/brygga.pem", check: checkCertificates,
			into: tls(func(t *TLS) any { return &t.ClientCert }),
			doc:  "A PEM file with the certificate that is shown to the server (mutual TLS).",
		},
		{
			key: at + ".tls.client_key", example: "file:certs/brygga.key",
			into: tls(func(t *TLS) any { return &t.ClientKey }),
			doc:  "Its private key, in PEM.",
		},
	}
}
