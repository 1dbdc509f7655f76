package config

import (
	"io"
	"regexp"
	"strings"

	"filippo.io/age"

	"brygga/care"
)

var (
	hsaPattern          = regexp.MustCompile(`^[A-Z]{2,8}[0-9]{10}-[0-9A-Za-z][0-9A-Za-z.-]{0,60}$`) // TSTNMT2321000156-... in test environments
	organizationPattern = regexp.MustCompile(`^[0-9]{6}-?[0-9]{4}$`)
	idPattern           = regexp.MustCompile(`^(Organization/)?[A-Za-z0-9.-]{1,64}$`)
)

const agePattern = `^age1[0-9a-z]+$`

func checkCareHomeName(_ *reader, value string) (what, do string) {
	if systemPattern.MatchString(value) {
		return "", ""
	}
	return "is not a name for a care home", "write lower-case letters a to z, digits, - and _, such as solgarden; what staff call it goes to display_name"
}

func checkOrganizationID(_ *reader, value string) (what, do string) {
	if idPattern.MatchString(value) {
		return "", ""
	}
	return "is not the id of an Organization", "write its id in the record system; an HSA-id goes to hsa_id, and an organisationsnummer to number"
}

func checkHSAID(_ *reader, value string) (what, do string) {
	if hsaPattern.MatchString(value) {
		return "", ""
	}
	return "is not an HSA-id", "write it such as SE2321000000-E000000000001"
}

func bareNumberOf(value string) string { return strings.ReplaceAll(value, "-", "") }

// checkOrganizationNumber takes ten digits with a right check digit. It does not
// repeat them: a sole trader's number is a person's.
func checkOrganizationNumber(_ *reader, value string) (what, do string) {
	if !organizationPattern.MatchString(value) {
		return "is not an organisationsnummer", "write ten digits, such as 232100-0016"
	}
	sum := 0
	for i, c := range bareNumberOf(value) {
		d := int(c - '0')
		if i%2 == 0 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	if sum%10 != 0 {
		return "is not an organisationsnummer: its check digit is wrong", "compare it with what the provider says"
	}
	return "", ""
}

// checkAgeKey takes a public key of age. What is none is not repeated: it may be the
// secret one.
func checkAgeKey(_ *reader, value string) (what, do string) {
	const example = "write the public key that age-keygen prints: it begins with age1"
	upper := strings.ToUpper(strings.TrimSpace(value))
	switch {
	case strings.HasPrefix(upper, "AGE-SECRET-KEY-"), strings.HasPrefix(upper, "AGE-PLUGIN-"), strings.Contains(upper, "PRIVATE KEY"):
		return "is a secret key, and whoever has read this file can now open what is sent to its owner", "ask the home for a new pair of keys and write the public one here: it begins with age1"
	case strings.HasPrefix(upper, "SSH-"):
		return "is an SSH key", example
	}
	if got, err := age.ParseRecipients(strings.NewReader(value)); err != nil || len(got) != 1 || !strings.HasPrefix(value, "age1") {
		return "is not a public age key", example + ", and is copied whole"
	}
	return "", ""
}

// careHomeNeeds are the keys that a kind of care home needs.
var careHomeNeeds = map[string][]string{
	CareHomeFHIR:   {"url"},
	CareHomeOutbox: {"path", "recipients"},
}

// checkCareHomes sees that each care home can be reached and told from all others.
func (r *reader) checkCareHomes(c *Config) {
	at := root.kid("carehomes").any
	known := map[string]string{} // identifier → the care home that has it
	for _, name := range inOrder(r, "carehomes", c.CareHomes) {
		h := c.CareHomes[name]
		path := "carehomes." + name
		if needs, ok := careHomeNeeds[h.Kind]; ok {
			for _, need := range needs {
				if _, written := r.keys[path+"."+need]; !written {
					r.fail(r.keys[path], path+"."+need, "is missing: kind "+h.Kind+" needs it", "write "+need+": "+exampleOf("carehomes.NAME."+need))
				}
			}
			for _, k := range at.kids {
				if place, written := r.keys[path+"."+k.name]; written && !k.means(h.Kind) {
					r.fail(place, path+"."+k.name, "is not used by kind "+h.Kind, "remove it")
				}
			}
		}
		if h.Kind == CareHomeFHIR {
			r.checkAuth(path+".auth", at.kid("auth"), h.Auth)
			r.checkTLS(path + ".tls")
		}
		r.checkRecipients(path+".recipients", h.Recipients)
		r.checkOrganization(name, h.Organization, known)
	}
}

// checkRecipients sees that one file can be encrypted to all keys: classic and
// post-quantum keys cannot be mixed.
func (r *reader) checkRecipients(path string, keys []string) {
	if len(keys) < 2 {
		return
	}
	recipients, err := age.ParseRecipients(strings.NewReader(strings.Join(keys, "\n")))
	if err == nil {
		_, err = age.Encrypt(io.Discard, recipients...)
	}
	if err != nil {
		r.fail(r.values[path], path, "one file cannot be encrypted to all of these keys together", "write keys of one kind: those of age-keygen, or those of age-keygen -pq")
	}
}

// checkOrganization sees that a care home is some organization, and that no other
// care home is the same.
func (r *reader) checkOrganization(name string, id CareHomeID, known map[string]string) {
	path := "carehomes." + name + ".organization"
	written := false
	for _, one := range []struct{ key, value string }{{"id", id.ID}, {"hsa_id", id.HSAID}, {"number", id.Number}} {
		at, ok := r.values[path+"."+one.key]
		written = written || ok
		if one.value == "" {
			continue
		}
		same := one.key + " " + strings.ToUpper(one.value)
		if one.key == "id" {
			same = one.key + " " + one.value
		}
		if other, taken := known[same]; taken {
			r.fail(at, path+"."+one.key, "is that of the care home "+other+" too, and a handover goes to one of them", "write what tells them apart, or remove one of the two")
			continue
		}
		known[same] = name
	}
	if !written {
		at := r.keys[path]
		if at.line == 0 {
			at = r.keys["carehomes."+name]
		}
		r.fail(at, path, "is missing: nothing says which organization of the record system the home is", "write organization: {hsa_id: "+exampleOf("carehomes.NAME.organization.hsa_id")+"}, or its id or number")
	}
}

// checkHandover sees that what handovers rest on is there: an audit log that cannot
// be forged, and consents that can be read again right before something is sent.
func (r *reader) checkHandover(c *Config) {
	const key = "carehomes"
	if len(c.CareHomes) == 0 {
		return
	}
	at := r.keys[key]
	if _, written := r.keys["keys.audit"]; !written {
		r.fail(at, key, "needs keys.audit: what is handed over, and on which consent, is kept in a log that cannot be forged", "write audit: "+exampleOf("keys.audit")+" under keys")
	}
	if r.dropped || c.authority == nil {
		return // which system holds the consents is not known
	}
	sources := c.authority[care.KindConsent]
	if len(sources) == 0 {
		r.fail(at, key, "needs consents, and no system provides them: without consent nothing is handed over", "write consent: under facts, with the FHIR system that holds them")
	}
	for _, name := range sources {
		if s := c.Systems[name]; s.Kind != KindFHIR {
			r.fail(at, key, "needs consents of a FHIR system, and those of "+name+" ("+s.Kind+") count: a handover reads them again right before it is sent, and such a system cannot be asked for one client's", "write consent: under facts, with a FHIR system, or remove "+key+": the contact is then asked to hand over by hand")
			return
		}
	}
	if len(sources) > 1 {
		r.fail(at, key, "needs consents of one system, and those of "+strings.Join(sources, " and ")+" count: one that is taken back in one of them would not be seen in another", "write consent: under facts, with the one FHIR system that holds them")
	}
}
