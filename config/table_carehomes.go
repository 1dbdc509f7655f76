package config

import "strings"

func careHomeRows() []row {
	reach := []string{CareHomeFHIR}
	return append([]row{
		{
			key: "carehomes",
			doc: "Where handovers go when a client moves to a care home. A home that is not named here gets nothing: its clients' contacts are asked to hand over by hand.",
		},
		{
			key: "carehomes.NAME", example: "solgarden", check: checkCareHomeName, shape: systemPattern.String(),
			open: func(target any, name string) (any, func()) {
				c, h := target.(*Config), &CareHome{Name: name}
				return h, func() {
					if c.CareHomes == nil {
						c.CareHomes = map[string]CareHome{}
					}
					c.CareHomes[name] = *h
				}
			},
			doc: "One care home, by a name of your choice.",
		},
		{
			key: "carehomes.NAME.display_name", example: "Solgården", check: checkDisplayName,
			into: in(func(h *CareHome) any { return &h.DisplayName }),
			doc:  "What staff call it. Left out, its name here.",
		},
		{
			key: "carehomes.NAME.organization",
			doc: "Which organization of the record system it is: one of these is enough, and where there are several, each of them tells.",
		},
		{
			key: "carehomes.NAME.organization.id", example: "solgarden", check: checkOrganizationID, tidy: unitID,
			into: in(func(h *CareHome) any { return &h.Organization.ID }),
			doc:  "The id of its Organization.",
		},
		{
			key: "carehomes.NAME.organization.hsa_id", example: "SE2321000000-E000000000001", check: checkHSAID, shape: hsaPattern.String(),
			into: in(func(h *CareHome) any { return &h.Organization.HSAID }),
			doc:  "Its HSA-id.",
		},
		{
			key: "carehomes.NAME.organization.number", example: "232100-0016", check: checkOrganizationNumber, tidy: bareNumberOf, shape: organizationPattern.String(),
			into: in(func(h *CareHome) any { return &h.Organization.Number }),
			doc:  "Its organisationsnummer. Only for a provider with a single home: the number is the provider's.",
		},
		{
			key: "carehomes.NAME.kind", need: true, choices: []string{CareHomeFHIR, CareHomeOutbox}, example: CareHomeOutbox,
			into: in(func(h *CareHome) any { return &h.Kind }),
			doc:  "fhir is the home's own FHIR R4 server, which gets a document and a Task; outbox is a folder of encrypted files that the home fetches.",
		},
		{
			key: "carehomes.NAME.url", kinds: reach, example: "https://fhir.solgarden.example.se/r4", check: checkURL, tidy: trimSlash, shape: "^https?://",
			into: in(func(h *CareHome) any { return &h.URL }),
			doc:  "Of fhir: the server's base address, without query. Plain http:// only to this machine.",
		},
		{
			key: "carehomes.NAME.path", kinds: []string{CareHomeOutbox}, example: "outbox/solgarden", check: checkOneLine,
			into: in(func(h *CareHome) any { return &h.Path }),
			doc:  "Of outbox: the folder. A relative path is relative to this file.",
		},
		{
			key: "carehomes.NAME.recipients", kinds: []string{CareHomeOutbox}, example: "[age1...]", check: checkAgeKey, shape: agePattern,
			into: in(func(h *CareHome) any { return &h.Recipients }),
			doc:  "Of outbox: the home's public age keys, at least one. The home makes a pair with age-keygen, keeps the secret one, and whoever has one of them can open the files; nobody else can, brygga included.",
		},
	}, careHomeReach(reach)...)
}

// careHomeReach is how a care home's server is reached: as a FHIR system is.
func careHomeReach(kinds []string) []row {
	const at = "carehomes.NAME"
	var rows []row
	for _, r := range authRows(at, in(func(h *CareHome) any { return &h.Auth })) {
		switch strings.TrimPrefix(r.key, at+".auth") {
		case ".domain", ".keys", ".header":
			continue
		case "":
			r.doc, r.kinds = "Of fhir: how brygga signs in. The credentials are the home's, and open nothing else.", kinds
		case ".kind":
			r.choices = kindFields[KindFHIR].auth
			r.doc = "basic reads user and password; bearer reads token; client-credentials (OAuth 2.0) reads client_id, client_secret, token_url and scopes; smart-backend (SMART Backend Services) reads client_id, key, token_url and scopes."
		case ".token":
			r.example = "env:SOLGARDEN_TOKEN"
		case ".key":
			r.doc = "The private key of smart-backend, as a JWK."
		case ".scopes":
			r.example = "[system/Bundle.crs, system/Task.crus]"
		}
		r.written = false
		rows = append(rows, r)
	}
	rows = append(rows, tlsRows(at, in(func(h *CareHome) any { return &h.TLS }), kinds...)...)
	return append(rows, row{
		key: at + ".proxy", kinds: kinds, example: "http://proxy.example.se:3128", check: checkProxy, shape: "^(https?|socks5)://",
		into: in(func(h *CareHome) any { return &h.Proxy }),
		doc:  "The proxy on the way there. Left out, none is used, whatever the environment says.",
	}, row{
		key: at + ".timeout", kinds: kinds, def: "60s", check: checkAtLeastASecond,
		into: in(func(h *CareHome) any { return &h.Timeout }),
		doc:  "How long one answer may take.",
	})
}
