package sandbox

import "strings"

// capability is the CapabilityStatement: what perform and route do, and the search parameters of params.go.
func (s *Server) capability(base string) string {
	var b strings.Builder
	b.WriteString(`{"resourceType":"CapabilityStatement","status":"active","date":` + quote(instant(s.now())) +
		`,"kind":"instance","fhirVersion":"4.0.1","format":["json","application/fhir+json"]` +
		`,"software":{"name":"brygga sandbox"},"implementation":{"description":"A simulated municipality","url":` + quote(base) + `}` +
		`,"rest":[{"mode":"server"`)
	if s.opt.Token != "" {
		b.WriteString(`,"security":{"service":[{"text":"bearer token"}]}`)
	}
	b.WriteString(`,"interaction":[{"code":"transaction"},{"code":"batch"}],"resource":[`)
	for i, name := range typeNames() {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"type":` + quote(name) + `,"interaction":[`)
		for j, code := range []string{"read", "vread", "update", "delete", "history-instance", "history-type", "create", "search-type"} {
			b.WriteString(sep(j, "") + `{"code":` + quote(code) + `}`)
		}
		b.WriteString(`],"versioning":"versioned-update","readHistory":true,"updateCreate":` + boolean(!s.opt.NoUpdateCreate) +
			`,"conditionalCreate":true,"conditionalRead":"not-match","conditionalUpdate":true,"conditionalDelete":"single"`)
		def := defs()[name]
		includes := ""
		for _, p := range def.params {
			if p.kind == refParam {
				includes += sep(len(includes), "") + quote(name+":"+p.name)
			}
		}
		if includes != "" {
			b.WriteString(`,"searchInclude":[` + includes + `]`)
		}
		b.WriteString(`,"searchParam":[{"name":"_id","type":"token"},{"name":"_lastUpdated","type":"date"}`)
		for _, p := range def.params {
			b.WriteString(`,{"name":` + quote(p.name) + `,"type":` + quote(string(p.kind)) + `}`)
		}
		b.WriteString(`]}`)
	}
	b.WriteString(`]}]}`)
	return b.String()
}

func boolean(v bool) string {
	if v {
		return "true"
	}
	return "false"
}
