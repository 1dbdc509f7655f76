package sandbox

import (
	"slices"
	"strings"
	"sync"
)

// paramKind is a kind of FHIR search parameter.
type paramKind string

const (
	tokenParam paramKind = "token"
	refParam   paramKind = "reference"
	dateParam  paramKind = "date"
	uriParam   paramKind = "uri"
)

// param is one search parameter of one resource type, R4 §3.1.1 and the type's own page.
type param struct {
	name  string
	kind  paramKind
	paths []path
	n     uint8 // its place among the type's parameters
}

// path leads to the elements a parameter looks at; only, where set, is the one
// type that a reference there must point to.
type path struct{ elements, only string }

// typeDef is what the server knows of a resource type's searching.
type typeDef struct {
	params []*param
	byName map[string]*param
}

// commonParams can be searched on every type; _id and _lastUpdated are dealt with apart.
const commonParams = `
	_tag token meta.tag
	_security token meta.security
	_profile uri meta.profile
	_source uri meta.source`

// searchParams are R4's own parameters of the types that care records use: name, kind and
// paths ("for:Patient" counts only references to a Patient). Every other type has the common ones and identifier.
var searchParams = map[string]string{
	"Patient": `identifier token identifier
		active token active
		birthdate date birthDate
		death-date date deceasedDateTime
		gender token gender
		general-practitioner reference generalPractitioner
		organization reference managingOrganization`,
	"Practitioner": `identifier token identifier
		active token active
		gender token gender`,
	"PractitionerRole": `identifier token identifier
		active token active
		practitioner reference practitioner
		organization reference organization
		role token code
		specialty token specialty
		date date period
		location reference location
		service reference healthcareService`,
	"Organization": `identifier token identifier
		active token active
		type token type
		partof reference partOf`,
	"Location": `identifier token identifier
		status token status
		type token type
		organization reference managingOrganization
		partof reference partOf`,
	"RelatedPerson": `identifier token identifier
		active token active
		birthdate date birthDate
		patient reference patient
		relationship token relationship`,
	"EpisodeOfCare": `identifier token identifier
		status token status
		type token type
		patient reference patient
		organization reference managingOrganization
		care-manager reference careManager:Practitioner
		date date period`,
	"ServiceRequest": `identifier token identifier
		status token status
		intent token intent
		priority token priority
		category token category
		code token code
		subject reference subject
		patient reference subject:Patient
		encounter reference encounter
		requester reference requester
		performer reference performer
		based-on reference basedOn
		authored date authoredOn
		occurrence date occurrenceDateTime|occurrencePeriod`,
	"CareTeam": `identifier token identifier
		status token status
		category token category
		subject reference subject
		patient reference subject:Patient
		encounter reference encounter
		participant reference participant.member
		date date period`,
	"CarePlan": `identifier token identifier
		status token status
		intent token intent
		category token category
		subject reference subject
		patient reference subject:Patient
		encounter reference encounter
		care-team reference careTeam
		based-on reference basedOn
		part-of reference partOf
		replaces reference replaces
		performer reference activity.detail.performer
		activity-code token activity.detail.code
		activity-date date activity.detail.scheduledPeriod
		date date period`,
	"Communication": `identifier token identifier
		status token status
		category token category
		medium token medium
		subject reference subject
		patient reference subject:Patient
		encounter reference encounter
		based-on reference basedOn
		part-of reference partOf
		recipient reference recipient
		sender reference sender
		sent date sent
		received date received`,
	"Observation": `identifier token identifier
		status token status
		category token category
		code token code
		value-concept token valueCodeableConcept
		subject reference subject
		patient reference subject:Patient
		encounter reference encounter
		performer reference performer
		based-on reference basedOn
		part-of reference partOf
		focus reference focus
		date date effectiveDateTime|effectivePeriod|effectiveInstant`,
	"Procedure": `identifier token identifier
		status token status
		category token category
		code token code
		subject reference subject
		patient reference subject:Patient
		encounter reference encounter
		performer reference performer.actor
		based-on reference basedOn
		part-of reference partOf
		date date performedDateTime|performedPeriod`,
	"DocumentReference": `identifier token identifier|masterIdentifier
		status token status
		type token type
		category token category
		subject reference subject
		patient reference subject:Patient
		encounter reference context.encounter
		author reference author
		custodian reference custodian
		related reference context.related
		date date date
		period date context.period`,
	"DetectedIssue": `identifier token identifier
		code token code
		patient reference patient
		author reference author
		implicated reference implicated
		identified date identifiedDateTime|identifiedPeriod`,
	"RiskAssessment": `identifier token identifier
		method token method
		risk token prediction.qualitativeRisk
		subject reference subject
		patient reference subject:Patient
		encounter reference encounter
		performer reference performer
		condition reference condition
		date date occurrenceDateTime|occurrencePeriod`,
	"Encounter": `identifier token identifier
		status token status
		class token class
		type token type
		subject reference subject
		patient reference subject:Patient
		participant reference participant.individual
		practitioner reference participant.individual:Practitioner
		participant-type token participant.type
		service-provider reference serviceProvider
		episode-of-care reference episodeOfCare
		part-of reference partOf
		location reference location.location
		based-on reference basedOn
		date date period`,
	"Consent": `identifier token identifier
		status token status
		scope token scope
		category token category
		action token provision.action
		purpose token provision.purpose
		patient reference patient
		consentor reference performer
		organization reference organization
		actor reference provision.actor.reference
		date date dateTime
		period date provision.period`,
	"Flag": `identifier token identifier
		subject reference subject
		patient reference subject:Patient
		encounter reference encounter
		author reference author
		date date period`,
	"Task": `identifier token identifier
		status token status
		intent token intent
		priority token priority
		code token code
		business-status token businessStatus
		group-identifier token groupIdentifier
		performer token performerType
		subject reference for
		patient reference for:Patient
		encounter reference encounter
		focus reference focus
		owner reference owner
		requester reference requester
		based-on reference basedOn
		part-of reference partOf
		authored-on date authoredOn
		modified date lastModified
		period date executionPeriod`,
	"Provenance": `target reference target
		patient reference target:Patient
		agent reference agent.who
		agent-type token agent.type
		entity reference entity.what
		location reference location
		recorded date recorded
		when date occurredDateTime`,
	"Device": `identifier token identifier
		status token status
		type token type
		patient reference patient
		organization reference owner
		location reference location`,
	"Composition": `identifier token identifier
		status token status
		type token type
		category token category
		subject reference subject
		patient reference subject:Patient
		author reference author
		date date date`,
	"Bundle": `identifier token identifier
		type token type
		timestamp date timestamp`,
	"AuditEvent": `action token action
		type token type
		subtype token subtype
		outcome token outcome
		agent reference agent.who
		entity reference entity.what
		patient reference entity.what:Patient
		date date recorded`,
}

// otherTypes are the rest of R4's resource types that can be stored.
const otherTypes = `Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse Basic Binary
	BodyStructure CapabilityStatement ChargeItem ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem
	CommunicationRequest CompartmentDefinition ConceptMap Condition Contract Coverage CoverageEligibilityRequest
	CoverageEligibilityResponse DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement DiagnosticReport
	DocumentManifest Endpoint EnrollmentRequest EnrollmentResponse EventDefinition Evidence EvidenceVariable ExampleScenario
	ExplanationOfBenefit FamilyMemberHistory Goal GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy
	Immunization ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan Invoice Library Linkage
	List Measure MeasureReport Media Medication MedicationAdministration MedicationDispense MedicationKnowledge
	MedicationRequest MedicationStatement MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionOrder
	ObservationDefinition OperationDefinition OrganizationAffiliation PaymentNotice PaymentReconciliation Person
	PlanDefinition Questionnaire QuestionnaireResponse RequestGroup ResearchDefinition ResearchElementDefinition
	ResearchStudy ResearchSubject RiskEvidenceSynthesis Schedule SearchParameter Slot Specimen SpecimenDefinition
	StructureDefinition StructureMap Subscription Substance SupplyDelivery SupplyRequest TerminologyCapabilities TestReport
	TestScript ValueSet VerificationResult VisionPrescription`

// defs is every resource type the server stores.
var defs = sync.OnceValue(func() map[string]*typeDef {
	all := map[string]*typeDef{}
	for typ, own := range searchParams {
		all[typ] = define(commonParams + "\n" + own)
	}
	for _, typ := range strings.Fields(otherTypes) {
		all[typ] = define(commonParams + "\nidentifier token identifier")
	}
	return all
})

func define(table string) *typeDef {
	d := &typeDef{byName: map[string]*param{}}
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) != 3 {
			continue // the first line of a table is empty
		}
		p := &param{name: f[0], kind: paramKind(f[1]), n: uint8(len(d.params))}
		for one := range strings.SplitSeq(f[2], "|") {
			elements, only, _ := strings.Cut(one, ":")
			p.paths = append(p.paths, path{elements, only})
		}
		d.params = append(d.params, p)
		d.byName[p.name] = p
	}
	return d
}

// typeNames are all of them, sorted.
func typeNames() []string {
	names := make([]string, 0, len(defs()))
	for n := range defs() {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
