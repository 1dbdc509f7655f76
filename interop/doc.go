// Package interop holds tests only: the built binary, as a child process,
// against a FHIR R4 server over HTTP.
//
//	BRYGGA_TEST_FHIR_URL=https://fhir.example.se/r4 go test ./interop
//
// takes any FHIR R4 server that may be written to; BRYGGA_TEST_FHIR_TOKEN is a
// bearer token for it. Without the first variable the tests start the sandbox of
// this repository, so that they always run. Nothing here knows which server it
// talks to: what servers may differ in (search by tag, deletion) is tried.
//
// Every run of the tests loads small municipalities of its own, under ids that
// the server gives, and writes under tenants of its own. It resets nothing,
// deletes nothing but one client and one decision of its own, and does not mind
// other clients on the server, nor what they lack. What it loads stays there, so
// the server should be one for tests.
//
// The Flags and Tasks are read back, and the expected dates and owners are worked
// out, by code of this package, not of the product.
package interop
