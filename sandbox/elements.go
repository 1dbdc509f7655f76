package sandbox

import (
	"strings"
	"sync"
)

// required are the elements without which a resource is refused: R4's own of
// cardinality 1..1 or 1..*. "x" in square brackets is a choice of types.
var required = map[string]string{
	"CarePlan":          "status intent subject",
	"CareTeam":          "",
	"Communication":     "status",
	"Consent":           "status scope category",
	"DetectedIssue":     "status",
	"DocumentReference": "status content",
	"Encounter":         "status class",
	"EpisodeOfCare":     "status patient",
	"Flag":              "status code subject",
	"Observation":       "status code",
	"Procedure":         "status subject",
	"Provenance":        "target recorded agent",
	"RelatedPerson":     "patient",
	"RiskAssessment":    "status subject",
	"ServiceRequest":    "status intent subject",
	"Task":              "status intent",
	"Composition":       "status type date author title",
	"Bundle":            "type",
	"AuditEvent":        "type recorded agent source",
}

// codes are the value sets of R4's required bindings that matter here, by "Type.element".
var codes = map[string]string{
	"Task.status":              "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed entered-in-error",
	"Task.intent":              "unknown proposal plan order original-order reflex-order filler-order instance-order option",
	"Task.priority":            "routine urgent asap stat",
	"Flag.status":              "active inactive entered-in-error",
	"CarePlan.status":          "draft active on-hold revoked completed entered-in-error unknown",
	"CarePlan.intent":          "proposal plan order option",
	"CareTeam.status":          "proposed active suspended inactive entered-in-error",
	"Communication.status":     "preparation in-progress not-done on-hold stopped completed entered-in-error unknown",
	"Consent.status":           "draft proposed active rejected inactive entered-in-error",
	"DetectedIssue.status":     "registered preliminary final amended corrected cancelled entered-in-error unknown",
	"DocumentReference.status": "current superseded entered-in-error",
	"Encounter.status":         "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown",
	"EpisodeOfCare.status":     "planned waitlist active onhold finished cancelled entered-in-error",
	"Observation.status":       "registered preliminary final amended corrected cancelled entered-in-error unknown",
	"Procedure.status":         "preparation in-progress not-done on-hold stopped completed entered-in-error unknown",
	"RiskAssessment.status":    "registered preliminary final amended corrected cancelled entered-in-error unknown",
	"ServiceRequest.status":    "draft active on-hold revoked completed entered-in-error unknown",
	"ServiceRequest.intent":    "proposal plan directive order original-order reflex-order filler-order instance-order option",
	"Device.status":            "active inactive entered-in-error unknown",
	"Composition.status":       "preliminary final amended entered-in-error",
	"Bundle.type":              "document message transaction transaction-response batch batch-response history searchset collection",
	"Patient.gender":           "male female other unknown",
	"Practitioner.gender":      "male female other unknown",
	"RelatedPerson.gender":     "male female other unknown",
}

// elementsOf are all elements of the types that are written into a record system,
// with [] after those that repeat; what is not among them is refused.
var elementsOf = map[string]string{
	"Flag": `identifier[] status category[] code subject period encounter author`,
	"Task": `identifier[] instantiatesCanonical instantiatesUri basedOn[] groupIdentifier partOf[] status statusReason businessStatus
		intent priority code description focus for encounter executionPeriod authoredOn lastModified requester performerType[] owner
		location reasonCode reasonReference insurance[] note[] relevantHistory[] restriction input[] output[]`,
	"Provenance": `target[] occurredPeriod occurredDateTime recorded policy[] location reason[] activity agent[] entity[] signature[]`,
	"Device": `identifier[] definition udiCarrier[] status statusReason[] distinctIdentifier manufacturer manufactureDate expirationDate
		lotNumber serialNumber deviceName[] modelNumber partNumber type specialization[] version[] property[] patient owner contact[]
		location url note[] safety[] parent`,
	"Communication": `identifier[] instantiatesCanonical[] instantiatesUri[] basedOn[] partOf[] inResponseTo[] status statusReason
		category[] priority medium[] subject topic about[] encounter sent received recipient[] sender reasonCode[] reasonReference[]
		payload[] note[]`,
	"CareTeam": `identifier[] status category[] name subject encounter period participant[] reasonCode[] reasonReference[]
		managingOrganization[] telecom[] note[]`,
}

// everywhere are the elements that every resource may have.
const everywhere = `resourceType id meta implicitRules language text contained[] extension[] modifierExtension[]`

// shapes gives elementsOf as name to whether it repeats.
var shapes = sync.OnceValue(func() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for typ, list := range elementsOf {
		m := map[string]bool{}
		for _, e := range strings.Fields(everywhere + " " + list) {
			name, many := strings.CutSuffix(e, "[]")
			m[name] = many
		}
		all[typ] = m
	}
	return all
})

// dateElements hold a date, dateTime or instant, wherever in a resource they stand.
var dateElements = func() map[string]bool {
	all := map[string]bool{}
	for _, name := range strings.Fields(`birthDate start end authoredOn lastModified created date sent received recorded issued
		timestamp dateTime lastUpdated valueDate valueDateTime valueInstant effectiveDateTime effectiveInstant performedDateTime
		identifiedDateTime occurrenceDateTime occurredDateTime deceasedDateTime onsetDateTime verificationDate manufactureDate
		expirationDate assertedDate recordedDate time`) {
		all[name] = true
	}
	return all
}()
