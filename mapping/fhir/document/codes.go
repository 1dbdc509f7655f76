package document

import "brygga/care"

const (
	codeBase    = "https://brygga.example/fhir"
	terminology = "http://terminology.hl7.org/CodeSystem/"

	settingSystem       = codeBase + "/CodeSystem/setting"
	serviceSystem       = codeBase + "/CodeSystem/service"
	qualificationSystem = codeBase + "/CodeSystem/qualification"
	planSystem          = codeBase + "/CodeSystem/plan"
	deviationSystem     = codeBase + "/CodeSystem/deviation"
	sectionSystem       = codeBase + "/CodeSystem/section"
	// consentSystem is the system of the logical reference to a consent: its address at
	// the sender is nobody's business, and would not be reachable.
	consentSystem = codeBase + "/consent"

	uriSystem             = "urn:ietf:rfc:3986"
	labelSystem           = "http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel"
	confidentialitySystem = terminology + "v3-Confidentiality"
	participationSystem   = terminology + "v3-ParticipationType"
	hsaSystem             = "urn:oid:1.2.752.29.4.19"
	numberSystem          = "urn:oid:2.5.4.97"
)

// code is a code in its system.
type code struct{ system, code string }

var (
	contactTeam = code{"https://fhir.inera.se/ig/careteam/CodeSystem/typ-av-careteam-cs", "fast-kontakt"}
	contactRole = code{"https://terminologitjansten.inera.se/inera-kodverksforvaltning/kodverk/kv_typ_av_fast_kontakt", "3"}
	contactOID  = code{"urn:oid:1.2.752.129.5.1.69", "3"}
	review      = code{planSystem, "review"}
	journal     = code{codeBase + "/CodeSystem/document", "social-journal"}

	planSections = map[code]care.Section{
		{planSystem, "implementation"}: care.SectionPlan,
		{planSystem, "sip"}:            care.SectionSIP,
		{planSystem, "action"}:         care.SectionRisks,
	}

	// open are the security labels that are known not to protect; every other does
	// (fhir.md, "Identifiers").
	open = map[code]bool{
		{confidentialitySystem, "U"}: true, {confidentialitySystem, "L"}: true,
		{confidentialitySystem, "M"}: true, {confidentialitySystem, "N"}: true,
	}

	// staffIdentifiers name staff and units: HSA-id, and the number of an organization.
	staffIdentifiers = map[string]bool{hsaSystem: true, "urn:oid:1.2.752.129.2.1.4.1": true, numberSystem: true}
)

// journalDays is how far back notes go (consent.md, "The decision").
const journalDays = 70

// DefaultCode is the LOINC code of the document where none is configured: plan of care note.
const DefaultCode = "18776-5"

// Bounds: more is no record of one client, and would not be read by anybody.
const (
	mostRows    = 5000
	mostSupport = 500
	mostBytes   = 64 << 20
	mostDepth   = 60
)
