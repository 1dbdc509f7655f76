package config

import "slices"

func systemRows() []row {
	return slices.Concat([]row{
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
	}, authRows("systems.NAME", in(func(s *System) any { return &s.Auth })), reachRows())
}

func reachRows() []row {
	return slices.Concat(tlsRows("systems.NAME", in(func(s *System) any { return &s.TLS }), KindFHIR, KindREST), []row{
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
	})
}
