package vendor

import (
	"slices"

	"brygga/care"
)

// kindOf is what a field of a fact holds.
type kindOf uint8

const (
	isWho   kindOf = iota // a person: by number, by HSA-id, or by a record of the system
	isRef                 // a record of the system, or an organization by its number
	isDay                 // a calendar date
	isTime                // a point in time
	isFlag                // yes or no
	isText                // a text
	isCode                // one of the words in values
	isCount               // a number written in the mapping, no expression
)

// words says what a field wants, as a person would.
func (k kindOf) words() string {
	return [...]string{
		"a person: person(...), hsa(...), local(...), ref(...) or of(...)",
		"a reference: ref(LIST, ...), hsa(...) or orgnr(...)",
		"a date: a field of type date or datetime, or date(...)",
		"a point in time: a field of type datetime, or instant(...)",
		"yes or no: a field of type bool, or a comparison",
		"a text", "a code: a text in quotes, or code(TABLE, ...)", "a whole number",
	}[k]
}

// factField is one field of a fact, as mappings write it.
type factField struct {
	name     string
	is       kindOf
	many     bool // one value, or a list of them
	required bool
	values   []string // of codes
	doc      string
}

// factSpec is one kind of fact: its fields, and how they become the fact.
type factSpec struct {
	kind   care.FactKind
	doc    string
	fields []factField
	// options are keys that are no expressions.
	options []string
	// fill puts the fact on the record of the row; no field of it is none.
	fill func(x *reading, v *values, rec *care.Record)
}

// none is the code that says that nothing is made of a value.
const none = "none"

var serviceValues = append(slices.Clone(care.ServiceNames[:]), "other", none)

var (
	clientField = factField{"client", isWho, false, true, nil, "whom it concerns; of(LIST, ...) is the client of another record"}
	startField  = factField{"start", isDay, false, false, nil, "the first day; absent is unknown"}
	endField    = factField{"end", isDay, false, false, nil, "the last day, itself included; absent is open"}
	dateField   = factField{"date", isDay, false, false, nil, "the day of it"}
	staffField  = factField{"staff", isWho, false, true, nil, "the member of staff"}
	settings    = []string{"home-care", "care-home", none}
)

// factTable is what mappings may say, per kind of fact: validation, the JSON
// Schema and the documentation all come from it.
var factTable = []*factSpec{
	{kind: care.KindClient, doc: "A client.", options: []string{"unlisted", "display_name"}, fill: fillClient, fields: []factField{
		{"person", isWho, true, false, nil, "the person number"},
		{"former", isWho, true, false, nil, "earlier numbers of the same person"},
		{"born", isDay, false, false, nil, "date of birth; born(NUMBER) takes it from the person number"},
		{"protected", isFlag, false, false, nil, "skyddade personuppgifter of any kind"},
		{"deceased", isFlag, false, false, nil, "known to be dead"},
		{"deceased_on", isDay, false, false, nil, "the day of death"},
		{"unit", isRef, false, false, nil, "the unit that the client belongs to"},
		{"number", isText, false, false, nil, "what staff know the client by; never a person number"},
	}},
	{kind: care.KindUnit, doc: "A unit, or another organization.", fill: fillUnit, fields: []factField{
		{"name", isText, false, false, nil, "its name"},
		{"identifiers", isText, true, false, nil, "HSA-id, organisationsnummer"},
		{"part_of", isRef, false, false, nil, "the unit above it"},
		{"care_home", isFlag, false, false, nil, "placements there are ones in a care home"},
	}},
	{kind: care.KindPlacement, doc: "One stay in home care or in a care home.", options: []string{"renewed_within"}, fill: fillPlacement, fields: []factField{
		clientField,
		{"setting", isCode, false, true, settings, "where care is given; none is no placement"},
		{"unit", isRef, false, false, nil, "who gives the care"},
		startField, endField,
	}},
	{kind: care.KindService, doc: "A granted service.", fill: fillService, fields: []factField{
		clientField,
		{"code", isCode, false, true, serviceValues, "what was granted; other is not one of these, none is no service"},
		{"setting", isCode, false, false, settings, "where it is given; absent counts as home care"},
		{"decided", isDay, false, false, nil, "the day of the decision"},
		startField, endField,
		{"first_carried", isDay, false, false, nil, "the day it was first carried out"},
		{"performer", isRef, false, false, nil, "the organization that carries it out"},
	}},
	{kind: care.KindStaff, doc: "A member of staff.", fill: fillStaff, fields: []factField{
		{"person", isWho, true, false, nil, "the person number"},
		{"hsa", isWho, true, false, nil, "HSA-ids, as hsa(...)"},
		{"known_as", isWho, true, false, nil, "what this system's other lists call the person, as local(NAME, ...)"},
		{"title", isText, false, false, nil, "the title as it is written; evidence, never proof"},
	}},
	{kind: care.KindQualification, doc: "What a member of staff is qualified for.", options: []string{"complete"}, fill: fillQualification, fields: []factField{
		{"staff", isWho, true, false, nil, "the person, by number or HSA-id; not needed beside the fact staff"},
		{"kind", isCode, false, true, []string{"assistant-nurse", "transitional", "routine", none}, "undersköterska, transitional to 2033-06-30, or having acknowledged the routine"},
		startField, endField,
	}},
	{kind: care.KindEmployment, doc: "An employment of a member of staff.", fill: fillEmployment, fields: []factField{
		staffField,
		{"unit", isRef, false, false, nil, "where"},
		startField, endField,
		{"left", isFlag, false, false, nil, "it has ended, whatever the dates say"},
	}},
	{kind: care.KindStaffAbsence, doc: "A member of staff is away.", fill: fillStaffAbsence, fields: []factField{
		staffField, startField, endField,
	}},
	{kind: care.KindAssignment, doc: "Somebody is a client's fast omsorgskontakt.", fill: fillAssignment, fields: []factField{
		clientField, staffField,
		{"unit", isRef, false, false, nil, "it counts only while the client has a placement at this unit"},
		{"start", isDay, false, false, nil, "the first day, or first_seen: the day it was first seen to appear"},
		{"end", isDay, false, false, nil, "the last day, or last_seen: the last day it was seen"},
		{"inactive", isFlag, false, false, nil, "it has ended, whatever the dates say"},
	}},
	{kind: care.KindDecision, doc: "A decision about the contact.", fill: fillDecision, fields: []factField{
		clientField,
		{"decision", isCode, false, true, []string{"offered", "accepted", "declined", "unnecessary", "change-requested", none}, "what was decided"},
		dateField,
	}},
	{kind: care.KindInformation, doc: "Information that was given.", fill: fillInformation, fields: []factField{
		clientField,
		{"topic", isCode, false, true, []string{"contact", "right-to-change", "contact-handover", "care-home-handover", none}, "what about"},
		{"to", isCode, true, false, []string{"client", "relatives", none}, "to whom"},
		{"organizations", isRef, true, false, nil, "to which organizations"},
		{"medium", isCode, true, false, []string{"oral", "written", none}, "how"},
		dateField,
	}},
	{kind: care.KindPlan, doc: "A genomförandeplan, a SIP or an action plan.", fill: fillPlan, fields: []factField{
		clientField,
		{"kind", isCode, false, true, []string{"implementation", "sip", "action", none}, "which of them"},
		{"created", isDay, false, false, nil, "the day it was made"},
		startField, endField,
		{"active", isFlag, false, false, nil, "it is running; absent is yes"},
		{"author", isWho, false, false, nil, "who wrote it"},
		{"participated", isCode, false, false, []string{"yes", "no", "unknown"}, "whether the client took part"},
		{"follow_ups", isDay, true, false, nil, "planned follow-up dates"},
	}},
	{kind: care.KindReview, doc: "A plan was followed up.", fill: fillReview, fields: []factField{
		clientField,
		{"plan", isRef, false, false, nil, "which plan"},
		dateField,
		{"by", isWho, true, false, nil, "by whom"},
	}},
	{kind: care.KindNote, doc: "A note of the social journal: when and by whom, never what.", fill: fillNote, fields: []factField{
		clientField, dateField,
		{"author", isWho, false, false, nil, "who wrote it"},
	}},
	{kind: care.KindDeviation, doc: "Something went wrong.", fill: fillDeviation, fields: []factField{
		clientField, dateField,
		{"remedied", isDay, false, false, nil, "the day it was put right"},
	}},
	{kind: care.KindRisk, doc: "A risk assessment; only high risks are facts.", fill: fillRisk, fields: []factField{
		clientField, dateField,
		{"level", isCode, false, true, []string{"high", "certain", "other", none}, "how high"},
	}},
	{kind: care.KindVisit, doc: "A visit that took place.", fill: fillVisit, fields: []factField{
		clientField,
		{"staff", isWho, true, false, nil, "who came"},
		{"start", isTime, false, false, nil, "when it began"},
		{"end", isTime, false, false, nil, "when it ended"},
		{"services", isCode, true, false, serviceValues, "what was carried out"},
		{"based_on", isRef, true, false, nil, "the granted services it carries out"},
	}},
	{kind: care.KindClientAbsence, doc: "The client is away: in hospital, on a short-term stay, travelling.", fill: fillClientAbsence, fields: []factField{
		clientField, startField, endField,
	}},
	{kind: care.KindConsent, doc: "A consent to hand facts over to a care home.", fill: fillConsent, fields: []factField{
		clientField,
		{"effect", isCode, false, true, []string{"permit", "deny", none}, "what it says; a line that does not say cannot be read"},
		{"given_by", isWho, true, false, nil, "who gave it: the client, or one who may decide for the client"},
		{"giver_recorded", isFlag, false, false, nil, "it is written down who gave it; given_by says so too"},
		{"recipient", isRef, true, false, nil, "the care home that it names; none named is any, where that is accepted"},
		{"sections", isCode, true, false, sectionValues(), "what may be handed over; absent is everything"},
		dateField,
		{"start", isDay, false, false, nil, "the first day it is valid"},
		{"end", isDay, false, false, nil, "the last day it is valid"},
		{"revoked", isFlag, false, false, nil, "it was taken back"},
		{"revoked_on", isDay, false, false, nil, "the day it was taken back"},
	}},
	{kind: care.KindRelative, doc: "A relative or representative of the client.", fill: fillRelative, fields: []factField{
		clientField,
		{"person", isWho, true, false, nil, "the person number, by which a consent may name who gave it"},
		{"decides", isFlag, false, false, nil, "may decide for the client, as guardian or by a power of attorney"},
		{"active", isFlag, false, false, nil, "still is one; absent is yes"},
		startField, endField,
	}},
}

func sectionValues() []string {
	var out []string
	for _, s := range care.Sections() {
		out = append(out, s.String())
	}
	return append(out, "all", none)
}

// specOf gives the entry of a kind by its name.
func specOf(name string) *factSpec {
	for _, s := range factTable {
		if s.kind.String() == name {
			return s
		}
	}
	return nil
}

func (s *factSpec) field(name string) int {
	return slices.IndexFunc(s.fields, func(f factField) bool { return f.name == name })
}

func (s *factSpec) fieldNames() []string {
	var out []string
	for _, f := range s.fields {
		out = append(out, f.name)
	}
	return out
}
