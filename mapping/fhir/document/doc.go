// Package document makes the document of a handover to a care home: a FHIR document
// Bundle, and a page of the same content for people (consent.md, "The handover").
//
// It is pure. The caller asks the source what Searches and Reviews say, reads what
// Wants names until it names nothing more, and hands all of it to Compose. What may
// go along is decided by what is allowed, never by what is forbidden:
//
//	classify.go   to which sections a resource belongs; one that belongs to none is not carried
//	admit.go      which rows are carried: their sections are permitted, they are this client's, dated within the permit
//	scrub.go      what of a carried row is carried: a reference only to what is carried itself
//	contained.go  the same for what is contained in it
//	persons.go    the client, staff and units, reduced to what names them
//	bundle.go     the Composition and the Provenance around it
//	page.go       the page; narrative.go and words*.go the words of both
//	check.go      own checks of a finished Bundle, which share no state with the composing
//
// Resources are carried as they were read, number for number, with what is not known
// here, and are never decoded into types that would lose something.
package document
