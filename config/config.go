// Package config reads brygga's configuration: what stands in brygga.yaml, what
// holds where nothing stands there, and everything that is wrong with it, with
// file, line and column. Every key is described once, in table.go; defaults, the
// JSON Schema, docs/configuration.md and the file of `brygga init` come from there.
package config

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"brygga/care"
	"brygga/care/rules"
)

// Config is a whole configuration, valid and with its defaults filled in.
type Config struct {
	Path     string // the file it was read from, as the caller named it
	Tenant   string
	Timezone string // always Europe/Stockholm
	Language string // sv or en
	Store    string // sqlite:PATH, as written; StorePath resolves it
	Keys     Keys
	Systems  map[string]System   // by the name that the configuration gives them
	Facts    map[string][]string // kind of fact → systems, as written; nil: the source provides all kinds
	Rules    Rules
	Writes   Writes
	Guard    Guard
	Jobs     Jobs
}

// Keys are the tenant's own keys; they are at least 32 bytes long.
type Keys struct {
	Pseudonym Secret // person identifiers are kept only as an HMAC under it; facts at rest are sealed under it
	Audit     Secret // chains the audit log; may be unset
}

// KindFHIR is the only kind of system in this version.
const KindFHIR = "fhir"

// System is one record system.
type System struct {
	Name        string // its key under systems
	Kind        string // KindFHIR
	URL         string // the FHIR base, without a slash at its end
	DisplayName string // for texts: "ingen ... är registrerad i <DisplayName>"; Name where nothing is said
	Auth        Auth
	TLS         TLS
	Proxy       string        // empty: none, whatever the environment says
	PageSize    int           // rows per page (_count)
	Connections int           // at once, at most
	Overlap     time.Duration // taken off a checkpoint, since clocks and indexes lag
	Timeout     time.Duration // for one answer
	Receives    []string      // of ReceivesFlags, ReceivesTasks; empty: nothing is written there
}

// What a system may receive.
const (
	ReceivesFlags = "flags"
	ReceivesTasks = "tasks"
)

// The ways to sign in. Which fields of Auth each of them reads stands in authFields.
const (
	AuthNone              = "none"
	AuthBasic             = "basic"
	AuthBearer            = "bearer"
	AuthClientCredentials = "client-credentials" // OAuth 2.0 with a client secret
	AuthSMARTBackend      = "smart-backend"      // SMART Backend Services: OAuth 2.0 with a signed assertion
)

// Auth says how to sign in at a system.
type Auth struct {
	Kind         string
	Token        Secret
	User         string
	Password     Secret
	ClientID     string
	ClientSecret Secret
	TokenURL     string // empty: the server's .well-known/smart-configuration is asked
	Key          Secret // private key of smart-backend: a JWK or a JWKS
	Scopes       []string
}

// TLS says what is trusted and shown. Paths are absolute or relative to the
// working directory: Load has resolved them.
type TLS struct {
	CA         string // PEM file of certificate authorities, trusted besides the system's
	ClientCert string // PEM file
	ClientKey  Secret // PEM
}

// Rules choose a pack and change its parameters.
type Rules struct {
	Pack string      // one of rules.Packs, or the path of the municipality's own pack, as written
	Own  *rules.Pack // the own pack, with all that it extends; nil where Pack is one of rules.Packs
	Set  map[string]string
	// Parameters that differ: for a provider, on top of the tenant's; for clients
	// with a service, on top of these; for a unit, on top of all.
	Providers map[string]UnitRules // by id (without "Organization/"), identifier or name
	Services  map[string]UnitRules // by code
	Units     map[string]UnitRules // as providers
}

// UnitRules change parameters for one provider, service or unit: parameter →
// value, as text; a list is written with commas.
type UnitRules struct {
	Set map[string]string
}

// Mode says whether anything is written.
type Mode string

// The modes.
const (
	Report Mode = "report" // what would be written is computed and shown
	Write  Mode = "write"
)

// Writes is the rollout: what is written, from when, where, and how fast.
type Writes struct {
	Mode Mode
	// From is the first day on which anything is written; no date: at once.
	From care.Date
	// Units are ids of Organizations (without "Organization/"), their identifiers
	// or names; nil: all of them.
	Units []string
	// Rules are the codes of rules; nil: all that their parameters let write.
	Rules []string
	// PerOwnerPerNight is how many new Tasks one owner gets in one run, at most; 0: no limit.
	PerOwnerPerNight int
	// TransactionSize is how many resources go out in one transaction, at most.
	TransactionSize int
}

// Guard stops a run before its first write when it would change too much.
type Guard struct {
	CloseShare float64 // of what is open
	OpenShare  float64 // of the clients
	AtLeast    int     // fewer changes than this never stop a run
}

// Jobs are what runs on a schedule.
type Jobs struct {
	Reconcile Reconcile
}

// Reconcile is the nightly job.
type Reconcile struct {
	Schedule  string        // five cron fields in Stockholm time, readable by ParseSchedule
	FullAfter time.Duration // visits and notes are read whole after this long
	CatchUp   time.Duration // a night that was missed is caught up within this long; 0: never
}

// Source names the one system that provides facts.
func (c *Config) Source() string {
	for _, names := range c.Facts {
		if len(names) > 0 {
			return names[0]
		}
	}
	source, _ := roles(c.Systems)
	return source
}

// Receiver names the one system that receives Flags and Tasks. It may be the source.
func (c *Config) Receiver() string {
	_, receiver := roles(c.Systems)
	return receiver
}

// roles tells source and receiver apart where facts does not: of several
// systems, the one that receives nothing is the source.
func roles(systems map[string]System) (source, receiver string) {
	for name, s := range systems {
		if len(s.Receives) > 0 {
			receiver = name
		} else {
			source = name
		}
	}
	if source == "" {
		source = receiver
	}
	return source, receiver
}

// Provides is the set of facts that the source provides: those under facts, or
// all of them where there is no such section.
func (c *Config) Provides() care.FactSet {
	if len(c.Facts) == 0 {
		return care.AllFacts
	}
	var set care.FactSet
	for _, k := range care.FactKinds() {
		if len(c.Facts[k.String()]) > 0 {
			set |= care.SetOf(k)
		}
	}
	return set
}

// ReceivesKind says whether the system takes resources of a FHIR type ("Flag", "Task").
func (s System) ReceivesKind(fhirType string) bool {
	return slices.Contains(s.Receives, strings.ToLower(fhirType)+"s")
}

const sqlitePrefix = "sqlite:"

// StorePath is the database file: absolute, or relative to the working directory.
func (c *Config) StorePath() string {
	return beside(c.Path, strings.TrimPrefix(c.Store, sqlitePrefix))
}

// beside resolves a path that stands in the file at config.
func beside(config, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(config), path)
}
