package document

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"

	"brygga/care"
)

// space is the namespace of the addresses of entries. (A UUID of its own, made once.)
var space = [16]byte{0x6f, 0x1d, 0x5c, 0x0a, 0x2b, 0x97, 0x4e, 0x3d, 0x8a, 0x54, 0x11, 0xc9, 0x70, 0xe2, 0xb6, 0x4f}

// urnOf is the address of an entry: a UUIDv5 over what it is called at the source, so
// that the same resource has the same address in every document.
func urnOf(name string) string {
	h := sha1.New()
	h.Write(space[:])
	h.Write([]byte(name))
	u := h.Sum(nil)[:16]
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	s := hex.EncodeToString(u)
	return "urn:uuid:" + s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// refOf reads a reference to a record of the source: "Type/id", or an address of the
// source; a version is ignored. It is empty for anything else.
func refOf(s, base string) care.Ref {
	if strings.Contains(s, ":") {
		rest, ok := strings.CutPrefix(s, strings.TrimSuffix(base, "/")+"/")
		if base == "" || !ok {
			return ""
		}
		s = rest
	}
	s, _, _ = strings.Cut(s, "/_history/")
	typ, id, ok := strings.Cut(s, "/")
	if !ok || !plainType(typ) || !plainID(id) {
		return ""
	}
	return care.Ref(s)
}

// selfOf is what a resource is called at its source; empty where it does not say.
func selfOf(o object) care.Ref {
	typ, id := text(o, "resourceType"), text(o, "id")
	if !plainType(typ) || !plainID(id) {
		return ""
	}
	return care.Ref(typ + "/" + id)
}

func typeOf(r care.Ref) string {
	typ, _, _ := strings.Cut(string(r), "/")
	return typ
}

// namesRecord says whether a whole text is the address of a record about somebody, on
// whatever server: such a text is a reference, in whatever element it stands.
func namesRecord(s string) bool {
	if len(s) > 2000 {
		return false
	}
	s, _, _ = strings.Cut(s, "/_history/")
	s, _, _ = strings.Cut(s, "?")
	s, _, _ = strings.Cut(s, "#")
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return false
	}
	return plainID(s[i+1:]) && recordTypes[s[strings.LastIndexByte(s[:i], '/')+1:i]]
}

// recordTypes are the types of R4 that are about somebody, or about what somebody did.
// Types that define (StructureDefinition, CodeSystem, PlanDefinition ...) are not among
// them: their addresses are those of profiles, codes and extensions.
var recordTypes = set(`Account AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent
	Basic Binary BodyStructure Bundle CarePlan CareTeam ClinicalImpression Communication
	CommunicationRequest Composition Condition Consent Contract Coverage Device DeviceRequest DeviceUseStatement
	DetectedIssue DiagnosticReport DocumentManifest DocumentReference Encounter EpisodeOfCare
	FamilyMemberHistory Flag Goal Group GuidanceResponse ImagingStudy Immunization Invoice List
	Location Media Medication MedicationAdministration MedicationDispense MedicationRequest
	MedicationStatement NutritionOrder Observation Organization Patient Person Practitioner
	PractitionerRole Procedure Provenance QuestionnaireResponse RelatedPerson RequestGroup
	RiskAssessment Schedule ServiceRequest Slot Specimen SupplyDelivery SupplyRequest Task
	VisionPrescription HealthcareService`)

func set(words string) map[string]bool {
	out := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

func plainType(s string) bool {
	if s == "" || len(s) > 64 || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

func plainID(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c == '-', c == '.', c == '_':
		default:
			return false
		}
	}
	return true
}
