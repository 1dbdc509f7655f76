// Package fhir stands between FHIR R4 and facts, both ways.
//
// Reading (Mapper) turns resources into care.Record, care.VisitRecord and
// care.NoteRecord, by the rows of "Facts in" in the FHIR profile. It is strict
// about what it reads and blind to the rest: a status outside its value set, a date
// that does not exist or a wrong JSON type in a field that is read makes a record
// unreadable (care.Unreadable, with id, path and reason), and nothing else does.
//
// A page, or a resource, is decoded at once into thin structs (Encounter,
// DocumentReference) or samply's types (all others). Only if that fails is it taken
// apart: what is read is cut out of it (shape.go), decoded again, and what then
// still fails is quarantined. Both ways end in the same functions, one per type:
//
//	people.go     Patient, RelatedPerson, Organization
//	staff.go      Practitioner, PractitionerRole
//	services.go   EpisodeOfCare, ServiceRequest
//	teams.go      CareTeam
//	contacts.go   Observation, Communication
//	plans.go      CarePlan, Procedure
//	risks.go      DetectedIssue, RiskAssessment
//	consent.go    Consent, which alone is read whole: what is not understood in it must never permit
//	encounter.go  Encounter
//	note.go       DocumentReference
//
// Writing (Writer) makes and revises brygga's own Flags and Tasks.
package fhir
