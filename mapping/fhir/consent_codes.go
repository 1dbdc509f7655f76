package fhir

import "brygga/care"

// otherPurposes are the codes of v3-PurposeOfUse (FHIR R4) besides TREAT, the
// purpose of a handover, and PurposeOfUse itself, which holds them all. A purpose
// that stands nowhere is not understood: it permits nothing, and denies.
var otherPurposes = []string{
	"HMARKT", "HOPERAT", "CAREMGT", "DONAT", "FRAUD", "GOV", "HACCRED", "HCOMPL", "HDECD", "HDIRECT", "HDM",
	"HLEGAL", "HOUTCOMS", "HPRGRP", "HQUALIMP", "HSYSADMIN", "LABELING", "METAMGT", "MEMADMIN", "MILCDM",
	"PATADMIN", "PATSFTY", "PERFMSR", "RECORDMGT", "SYSDEV", "HTEST", "TRAIN", "HPAYMT", "CLMATTCH", "COVAUTH",
	"COVERAGE", "ELIGDTRM", "ELIGVER", "ENROLLM", "MILDCRG", "REMITADV", "HRESCH", "BIORCH", "CLINTRCH",
	"CLINTRCHNPC", "CLINTRCHPC", "PRECLINTRCH", "DSRCH", "POARCH", "TRANSRCH", "PATRQT", "FAMRQT", "PWATRNY",
	"SUPNWK", "PUBHLTH", "DISASTER", "THREAT", "CLINTRL", "COC", "ETREAT", "BTG", "ERTREAT", "POPHLTH",
}

// consentActions are the actions that are known: disclosing, what is near it, and
// what has nothing to do with it. They count whatever their system.
var consentActions = map[string]care.Action{
	"disclose": care.ActionDisclose,
	"access":   care.ActionNear, "use": care.ActionNear, "read": care.ActionNear,
	"collect": 0, "correct": 0,
}

var consentStatus = map[string]care.ConsentStatus{
	"draft": care.ConsentVoid, "proposed": care.ConsentVoid, "entered-in-error": care.ConsentVoid,
	"active": care.ConsentActive, "inactive": care.ConsentWithdrawn, "rejected": care.ConsentWithdrawn,
}

var provisionTypes = map[string]care.Effect{"permit": care.Permit, "deny": care.Deny}

// The elements of FHIR R4. Whatever else stands in a Consent is not understood.
var (
	consentElements = elements("resourceType", "id", "meta", "implicitRules", "language", "text", "contained",
		"extension", "modifierExtension", "identifier", "status", "scope", "category", "patient", "dateTime",
		"performer", "organization", "sourceAttachment", "sourceReference", "policy", "policyRule",
		"verification", "provision")
	verificationElements = elements("id", "extension", "verified", "verifiedWith", "verificationDate")
	provisionElements    = elements("id", "extension", "modifierExtension", "type", "period", "actor", "action",
		"securityLabel", "purpose", "class", "code", "dataPeriod", "data", "provision")
	actorElements     = elements("id", "extension", "role", "reference")
	periodElements    = elements("id", "extension", "start", "end")
	codingElements    = elements("id", "extension", "system", "version", "code", "display", "userSelected")
	conceptElements   = elements("id", "extension", "coding", "text")
	referenceElements = elements("id", "extension", "reference", "type", "identifier", "display")
)

func elements(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}
