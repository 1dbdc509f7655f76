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
	"brygga/mapping/vendor"
)

// Config is a whole configuration, valid and with its defaults filled in.
type Config struct {
	Path     string // the file it was read from, as the caller named it
	Tenant   string
	Timezone string // always Europe/Stockholm
	Language string // sv or en
	// Store is as written: sqlite:PATH, a PostgreSQL address without a password, or the
	// reference of a secret that holds one. StoreDSN resolves it, StoreShown shows it.
	Store       string
	storeSecret Secret
	Keys        Keys
	Systems     map[string]System   // by the name that the configuration gives them
	Facts       map[string][]string // kind of fact → systems in their order, as written
	// authority is which systems count for which kind, in their order.
	authority map[care.FactKind][]string
	order     []string // the systems in the order of the file
	Rules     Rules
	Writes    Writes
	Guard     Guard
	Jobs      Jobs
	Consent   Consent
	CareHomes map[string]CareHome // by the name that the configuration gives them
	Notify    Notify
	Serve     Serve
}

// Keys are the tenant's own keys; they are at least 32 bytes long.
type Keys struct {
	Pseudonym Secret // person identifiers are kept only as an HMAC under it; facts at rest are sealed under it
	Audit     Secret // chains the audit log; may be unset
}

// The kinds of systems.
const (
	KindFHIR  = "fhir"  // any FHIR R4 server
	KindREST  = "rest"  // a paged JSON API, described by a mapping
	KindFiles = "files" // exports in a folder or over SFTP, described by a mapping
)

// System is one record system.
type System struct {
	Name string // its key under systems
	Kind string
	URL  string // the base address, without a slash at its end; of KindFiles empty, or sftp://host/path
	Path string // of KindFiles: the folder, resolved; empty where URL says it
	// Mapping says what its records mean; nil for KindFHIR. Settings are what it asks
	// the municipality to declare.
	Mapping      *vendor.Mapping
	MappingName  string       // as written
	given        care.FactSet // what Mapping gives under Settings
	Settings     map[string]string
	PerSecond    float64 // requests, at most; 0: no limit
	UnknownCodes float64 // share of rows with codes that no table knows, from which nothing is written
	KnownHosts   string  // of sftp: a file, resolved
	DisplayName  string  // for texts: "ingen ... är registrerad i <DisplayName>"; Name where nothing is said
	Auth         Auth
	TLS          TLS
	Proxy        string        // empty: none, whatever the environment says
	PageSize     int           // rows per page (_count)
	Connections  int           // at once, at most
	Overlap      time.Duration // taken off a checkpoint, since clocks and indexes lag
	Timeout      time.Duration // for one answer
	Receives     []string      // of ReceivesFlags, ReceivesTasks; empty: nothing is written there
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
	AuthQueryKey          = "query-key"          // a domain and a key in the address, as Lifecare has it
	AuthSSHKey            = "ssh-key"            // SFTP with a private key
)

// Where a query-key goes besides the address.
const (
	HeaderNone = "none"
	HeaderAlso = "also"
	HeaderOnly = "only"
)

// Auth says how to sign in at a system.
type Auth struct {
	Kind         string
	Token        Secret
	Domain       Secret            // of AuthQueryKey
	Keys         map[string]Secret // of AuthQueryKey: by group of addresses; Key for all others
	Header       string            // of AuthQueryKey: one of HeaderNone, HeaderAlso, HeaderOnly
	keys         map[string]string // Keys as written
	User         string
	Password     Secret
	ClientID     string
	ClientSecret Secret
	TokenURL     string // empty: the server's .well-known/smart-configuration is asked
	Key          Secret // of smart-backend: a private JWK or JWKS; of query-key: the key; of ssh-key: a private key in PEM
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
	Handover  Handover
	Report    ReportJob
	Retention Retention
}

// Reconcile is the nightly job.
type Reconcile struct {
	Schedule  string        // five cron fields in Stockholm time, readable by ParseSchedule
	FullAfter time.Duration // visits and notes are read whole after this long
	CatchUp   time.Duration // a night that was missed is caught up within this long; 0: never
}

// The ways a prepared handover is released.
const (
	ReleaseByHand    = "by-hand"
	ReleaseAutomatic = "automatic"
)

// Handover is the job that prepares handovers to care homes, sends what is released
// and follows what was sent. It is on where some care home is configured.
type Handover struct {
	Schedule string // empty: only by hand
	Release  string // ReleaseByHand, ReleaseAutomatic
	Sections care.SectionSet
	// Document is the LOINC code of the document's type.
	Document string
	// CatchUp is as that of Reconcile.
	CatchUp time.Duration
}

// Consent says how consents are read.
type Consent struct {
	AcceptUnnamedRecipient bool
	MaxAge                 time.Duration // in whole days; a permit counts for so long; 0: for ever
}

// The kinds of care homes.
const (
	CareHomeFHIR   = "fhir"   // a FHIR R4 server that takes documents and Tasks
	CareHomeOutbox = "outbox" // a folder of encrypted files
)

// CareHome is where handovers to one care home go.
type CareHome struct {
	Name         string // its key under carehomes
	DisplayName  string // for people; Name where nothing is said
	Organization CareHomeID
	Kind         string
	// Of CareHomeFHIR: as those of System.
	URL     string
	Auth    Auth
	TLS     TLS
	Proxy   string
	Timeout time.Duration
	// Of CareHomeOutbox.
	Path       string   // the folder, resolved
	Recipients []string // age public keys (age1...)
}

// CareHomeID says which Organization of the record system a care home is: by any of
// these, at least one.
type CareHomeID struct {
	ID     string // without "Organization/"
	HSAID  string
	Number string // organisationsnummer, ten digits without a hyphen
}

// ReportJob writes the reports on a schedule.
type ReportJob struct {
	Schedule string // empty: not
	Path     string // the folder, resolved
}

// Retention removes what is no longer needed.
type Retention struct {
	Schedule string        // empty: only by hand
	Gone     time.Duration // facts of clients who left the record system this long ago
	Runs     time.Duration // records of runs
	Outbox   time.Duration // files of an outbox that nobody fetched
	Audit    time.Duration // entries of the audit log; at least five years
}

// Notify says who is told when something begins to fail, and when it is well again.
type Notify struct {
	Webhook Secret
	Mail    Mail
}

// Mail is how messages are sent; To empty: none are.
type Mail struct {
	To       []string
	From     string
	SMTP     string // host:port
	TLS      string // starttls, tls; none only to this machine
	User     string
	Password Secret
}

// Serve is the daemon.
type Serve struct {
	Listen   string        // host:port of health, metrics and page
	Workers  int           // jobs at once in this process
	Shards   int           // parts of a large night's changes; 0: as the store is
	Shutdown time.Duration // what SIGTERM lets jobs take to finish
}

// Sources are the systems that are authorities for some kind of fact, in the
// order of the file.
func (c *Config) Sources() []string {
	var out []string
	for _, name := range c.order {
		if c.Authority(name) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// Receiver names the one system that receives Flags and Tasks. It may be a source.
func (c *Config) Receiver() string {
	for _, name := range c.order {
		if len(c.Systems[name].Receives) > 0 {
			return name
		}
	}
	return ""
}

// Authority is the set of facts that count from a system.
func (c *Config) Authority(system string) care.FactSet {
	var set care.FactSet
	for kind, systems := range c.authority {
		if slices.Contains(systems, system) {
			set |= care.SetOf(kind)
		}
	}
	return set
}

// Rank is a system's place among the authorities of each kind that has several.
func (c *Config) Rank(system string) map[care.FactKind]int {
	out := map[care.FactKind]int{}
	for kind, systems := range c.authority {
		if i := slices.Index(systems, system); i > 0 {
			out[kind] = i
		}
	}
	return out
}

// Provides is the set of facts that some system provides, with those that brygga keeps
// itself where it hands over to some care home.
func (c *Config) Provides() care.FactSet {
	var set care.FactSet
	if len(c.CareHomes) > 0 {
		set = care.OwnFacts
	}
	for kind := range c.authority {
		set |= care.SetOf(kind)
	}
	return set
}

// SourcesShown is what staff call the systems that provide facts, for texts.
func (c *Config) SourcesShown() string {
	var names []string
	for _, name := range c.Sources() {
		names = append(names, c.Systems[name].DisplayName)
	}
	return strings.Join(names, ", ")
}

// ReceivesKind says whether the system takes resources of a FHIR type ("Flag", "Task").
func (s System) ReceivesKind(fhirType string) bool {
	return slices.Contains(s.Receives, strings.ToLower(fhirType)+"s")
}

// beside resolves a path that stands in the file at config.
func beside(config, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(config), path)
}
