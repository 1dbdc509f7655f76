package fhir

import "brygga/care"

// codeBase is where the systems, codes and extensions of our own live.
const codeBase = "https://brygga.example/fhir"

// Code is a code in its system. A coding without that very system is another code.
type Code struct{ System, Code string }

// Codes is the code table of reading: which system and code mean which fact.
// Municipalities differ, so every entry can be replaced; where several entries
// mean the same, all are read. It must not change while a Mapper uses it.
type Codes struct {
	// Identifiers names the kinds of persons' identifiers by their system.
	Identifiers map[string]care.IdentifierKind
	// OrganizationNumbers are systems of organisationsnummer.
	OrganizationNumbers []string

	Settings       map[Code]care.Setting
	Services       map[Code]care.ServiceCode
	Qualifications map[Code]care.QualificationKind
	Plans          map[Code]care.PlanKind
	Decisions      map[Code]care.DecisionKind
	Topics         map[Code]care.Topic

	ContactTeam []Code   // CareTeam.category of a fast omsorgskontakt
	ContactRole []Code   // CareTeam.participant.role
	Decision    []Code   // Observation.code
	Review      []Code   // Procedure.code
	FollowUp    []Code   // CarePlan.activity.detail.code
	Journal     []Code   // DocumentReference.type
	HomeVisit   []Code   // Encounter.class
	Inpatient   []Code   // Encounter.class
	HighRisk    []Code   // RiskAssessment.prediction.qualitativeRisk
	Oral        []Code   // Communication.medium
	Written     []Code   // Communication.medium
	Deviations  []string // systems of DetectedIssue.code: any code in them

	// Consent: category of a handover, whatever its scope; category that is one
	// together with a scope; and what its parts mean (consent.md).
	ConsentCategory []Code
	ConsentForm     []Code
	ConsentScope    []Code
	Sections        map[Code]care.Section
	Recipient       []Code // provision.actor.role
	Deciding        []Code // RelatedPerson.relationship of one who may decide for the client
	OptIn           []Code // policyRule
	Treatment       []Code // provision.purpose
	OtherPurposes   []Code // purposes that are known not to be treatment, nor to hold it

	// Protected are security labels that mean skyddade personuppgifter; Open are
	// labels that are known not to. Every other label counts as protected.
	Protected []Code
	Open      []Code

	// Addresses of extensions.
	FirstCarriedOut []string
	Participation   []string
	PlannedFollowUp []string
}

// DefaultCodes is the table of fhir.md, with everything that is "also read".
func DefaultCodes() Codes {
	const (
		setting       = codeBase + "/CodeSystem/setting"
		service       = codeBase + "/CodeSystem/service"
		qualification = codeBase + "/CodeSystem/qualification"
		plan          = codeBase + "/CodeSystem/plan"
		decision      = codeBase + "/CodeSystem/care-contact-decision"
		information   = codeBase + "/CodeSystem/information"
		act           = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
		mode          = "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode"
		risk          = "http://terminology.hl7.org/CodeSystem/risk-probability"
		label         = "http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel"
		confidential  = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
		section       = codeBase + "/CodeSystem/section"
		terminology   = "http://terminology.hl7.org/CodeSystem/"
		reason        = terminology + "v3-ActReason"
		definition    = codeBase + "/StructureDefinition/"
	)
	sections := make(map[Code]care.Section)
	for _, s := range care.Sections() {
		sections[Code{section, s.String()}] = s
	}
	services := make(map[Code]care.ServiceCode, len(care.ServiceNames))
	for i, name := range care.ServiceNames {
		services[Code{service, name}] = 1 << i
	}
	return Codes{
		Identifiers: map[string]care.IdentifierKind{
			"http://electronichealth.se/identifier/personnummer":           care.Personnummer,
			"urn:oid:1.2.752.129.2.1.3.1":                                  care.Personnummer,
			"http://electronichealth.se/identifier/samordningsnummer":      care.Samordningsnummer,
			"urn:oid:1.2.752.129.2.1.3.3":                                  care.Samordningsnummer,
			"http://electronichealth.se/identifier/nationelltReservnummer": care.Reservnummer,
			"http://electronichealth.se/identifier/nationelltReservnumer":  care.Reservnummer, // a published typo
			"urn:oid:1.2.752.74.9.1":                                       care.Reservnummer,
			"urn:oid:1.2.752.29.4.19":                                      care.HSAID,
			"urn:oid:1.2.752.129.2.1.4.1":                                  care.HSAID,
		},
		OrganizationNumbers: []string{"urn:oid:2.5.4.97"},
		Settings: map[Code]care.Setting{
			{setting, "home-care"}: care.HomeCare,
			{setting, "care-home"}: care.CareHome,
		},
		Services: services,
		Qualifications: map[Code]care.QualificationKind{
			{qualification, "assistant-nurse"}:              care.AssistantNurse,
			{qualification, "assistant-nurse-transitional"}: care.AssistantNurseTransitional,
			{qualification, "care-contact-routine"}:         care.RoutineAcknowledged,
		},
		Plans: map[Code]care.PlanKind{
			{plan, "implementation"}: care.Implementation,
			{plan, "sip"}:            care.SIP,
			{plan, "action"}:         care.ActionPlan,
		},
		Decisions: map[Code]care.DecisionKind{
			{decision, "offered"}:          care.Offered,
			{decision, "accepted"}:         care.Accepted,
			{decision, "declined"}:         care.Declined,
			{decision, "unnecessary"}:      care.Unnecessary,
			{decision, "change-requested"}: care.ChangeRequested,
		},
		Topics: map[Code]care.Topic{
			{information, "care-contact"}:       care.TopicContact,
			{information, "right-to-change"}:    care.TopicRightToChange,
			{information, "contact-handover"}:   care.TopicContactHandover,
			{information, "care-home-handover"}: care.TopicCareHomeHandover,
		},
		ContactTeam: []Code{{"https://fhir.inera.se/ig/careteam/CodeSystem/typ-av-careteam-cs", "fast-kontakt"}},
		ContactRole: []Code{
			{"https://terminologitjansten.inera.se/inera-kodverksforvaltning/kodverk/kv_typ_av_fast_kontakt", "3"},
			{"urn:oid:1.2.752.129.5.1.69", "3"},
		},
		Decision:        []Code{{codeBase + "/CodeSystem/observation", "care-contact-decision"}},
		Review:          []Code{{plan, "review"}},
		FollowUp:        []Code{{plan, "follow-up"}},
		Journal:         []Code{{codeBase + "/CodeSystem/document", "social-journal"}},
		HomeVisit:       []Code{{act, "HH"}},
		Inpatient:       []Code{{act, "IMP"}},
		HighRisk:        codesOf(risk, "high", "certain"),
		Oral:            codesOf(mode, "VERBAL", "DICTATE", "FACE", "PHONE", "VIDEOCONF"),
		Written:         codesOf(mode, "WRITTEN", "EMAILWRIT", "FAXWRIT", "HANDWRIT", "MAILWRIT", "ONLINEWRIT", "TYPEWRIT"),
		Deviations:      []string{codeBase + "/CodeSystem/deviation"},
		ConsentCategory: []Code{{codeBase + "/CodeSystem/consent", "care-home-handover"}},
		ConsentForm:     []Code{{"http://loinc.org", "59284-0"}},
		ConsentScope:    []Code{{terminology + "consentscope", "patient-privacy"}},
		Sections:        sections,
		Recipient:       codesOf(terminology+"v3-ParticipationType", "IRCP", "PRCP"),
		Deciding:        codesOf(terminology+"v3-RoleCode", "GUARD", "POWATT", "HPOWATT"),
		OptIn:           []Code{{act, "OPTIN"}},
		Treatment:       []Code{{reason, "TREAT"}},
		OtherPurposes:   codesOf(reason, otherPurposes...),
		Protected:       append(codesOf(label, "sekretessmarkering", "skyddadFolkbokforing"), codesOf(confidential, "R", "V")...),
		Open:            codesOf(confidential, "U", "L", "M", "N"),
		FirstCarriedOut: []string{definition + "first-carried-out"},
		Participation:   []string{definition + "client-participation"},
		PlannedFollowUp: []string{definition + "planned-follow-up"},
	}
}

func codesOf(system string, codes ...string) []Code {
	out := make([]Code, len(codes))
	for i, c := range codes {
		out[i] = Code{system, c}
	}
	return out
}
