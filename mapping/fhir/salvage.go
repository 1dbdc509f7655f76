package fhir

import (
	"regexp"

	"brygga/care"
)

// The few things that a broken line may still tell. An object that has ended, with
// nothing nested in it before the reference, is as good as a whole one.
var (
	brokenType      = regexp.MustCompile(`"resourceType"\s*:\s*"([A-Za-z]{1,64})"`)
	brokenID        = regexp.MustCompile(`^\s*\{(?:\s*"[A-Za-z]+"\s*:\s*"[^"\\]*"\s*,)*?\s*"id"\s*:\s*"([A-Za-z0-9._-]{1,128})"`)
	brokenSubject   = regexp.MustCompile(`"(?:subject|patient)"\s*:\s*\{[^{}]*?"reference"\s*:\s*"([^"\\]*)"`)
	brokenColleague = regexp.MustCompile(`"practitioner"\s*:\s*\{[^{}]*?"reference"\s*:\s*"([^"\\]*)"`)
)

// salvage looks in what is not JSON for whom it concerns. ok is false where that
// cannot be told, or where the resource is none that is read. What a broken
// Bundle holds is not told: it concerns many.
func (m *Mapper) salvage(raw []byte) (u care.Unreadable, ok bool) {
	typ := first(brokenType, raw)
	if _, known := m.types[typ]; !known || typ == "Organization" {
		return u, false
	}
	tree := map[string]any{"resourceType": typ}
	if id := first(brokenID, raw); id != "" {
		tree["id"] = id
	}
	if s := first(brokenSubject, raw); s != "" {
		tree["subject"] = map[string]any{"reference": s}
	}
	if s := first(brokenColleague, raw); s != "" {
		tree["practitioner"] = map[string]any{"reference": s}
	}
	u = (&reading{Mapper: m}).unreadable(typ, m.types[typ].holds(), tree, nil)
	return u, u.Client != "" || u.Staff != ""
}

func first(re *regexp.Regexp, raw []byte) string {
	found := re.FindSubmatch(raw)
	if found == nil {
		return ""
	}
	return string(found[1])
}
