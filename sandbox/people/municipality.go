// Package people makes a synthetic Swedish municipality, as FHIR R4 resources
// in the codes and shapes of the design's fhir.md. Nobody in it exists: names
// are drawn from lists of common ones, and person numbers come from the years
// 1800 to 1839, which were never assigned (personnummer began in 1947).
//
// Everything follows from Options: the same options give the same bytes on
// every platform, since only integers and one PCG stream per client are used.
package people

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Options say which municipality is made. AsOf is required; every other field
// has a default.
type Options struct {
	// Seed chooses names, dates and who has which story.
	Seed uint64
	// Clients is how many people receive care; 500 by default, at most MaxClients.
	Clients int
	// Units is how many home-care units there are; by default one for about 83
	// clients: 6 for 500.
	Units int
	// AsOf is the day on which things are to be current, YYYY-MM-DD, a date in
	// Stockholm. Every other date is counted from it.
	AsOf string
	// VisitsPerMonth is the mean number of visits a client has; 60 by default,
	// a negative number gives none. With fewer than 10 nothing can be said of
	// continuity; between 10 and 24, or with none, what Expected says of
	// continuity and of weekly meetings is not exact.
	VisitsPerMonth int
	// Months is how far back visits go from AsOf; 2 by default.
	Months int
	// Prefix is put before every id (and into every HSA-id), so that several
	// municipalities fit on one server: at most 20 letters, digits, hyphens, dots.
	Prefix string
	// System is the base of our own code systems and extensions, "B" of
	// fhir.md: https://brygga.example/fhir by default.
	System string
	// Uncoded leaves assistant nurses' certificates out: what is known of them is
	// free-text titles alone, as in a system that has no codes for them. No
	// contact is then unqualified; each is unverified.
	Uncoded bool
}

// MaxClients is how many clients can have person numbers of their own, with one
// left for the client who arrives in an act.
const MaxClients = spread*serials - 1

// DefaultSystem is the base of our own code systems and extensions.
const DefaultSystem = "https://brygga.example/fhir"

var prefixForm = regexp.MustCompile(`^[A-Za-z0-9.-]{0,20}$`)

// Validate says what is wrong with options that Generate would refuse.
func (o Options) Validate() error {
	o = o.withDefaults()
	switch {
	case o.Clients < 1 || o.Clients > MaxClients:
		return fmt.Errorf("clients: %d is not between 1 and %d", o.Clients, MaxClients)
	case o.Units < 1 || o.Units > 5000:
		return fmt.Errorf("units: %d is not between 1 and 5000", o.Units)
	case o.VisitsPerMonth > 400:
		return fmt.Errorf("visits per month: %d is more than 400", o.VisitsPerMonth)
	case o.Months < 0 || o.Months > 24:
		return fmt.Errorf("months: %d is not between 0 and 24", o.Months)
	case !prefixForm.MatchString(o.Prefix):
		return errors.New("prefix: at most 20 letters, digits, hyphens and dots")
	}
	t, err := time.Parse(time.DateOnly, o.AsOf)
	if err != nil || t.Year() < 2025 || t.Year() > 2032 {
		// Before 2025 some clients are under 65 and certificates were new; in
		// 2033 the transitional ones end: stories would not mean what they say.
		return errors.New("as of: not a date of the form YYYY-MM-DD from 2025 to 2032")
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.Clients == 0 {
		o.Clients = 500
	}
	if o.Units == 0 {
		o.Units = max(1, (o.Clients+41)/83)
	}
	if o.VisitsPerMonth == 0 {
		o.VisitsPerMonth = 60
	}
	if o.Months == 0 {
		o.Months = 2
	}
	if o.System == "" {
		o.System = DefaultSystem
	}
	return o
}

// Resource is one FHIR resource. JSON is one line without a line feed at its
// end, with resourceType and id first; it belongs to the receiver.
type Resource struct {
	Type, ID string
	JSON     []byte
}

// Ref is "Type/id".
func (r Resource) Ref() string { return r.Type + "/" + r.ID }

// Municipality is a municipality that is made as it is asked for: it holds its
// units, staff and who has which story, and no client. It never changes and is
// safe for use by several goroutines.
type Municipality struct {
	o    Options
	asOf day

	town, provider careHome
	homes          []careHome
	units          []unit
	staff          []staff
	assessors      []int // indexes of staff

	stories []uint16    // of client i, an index of catalogue
	partner map[int]int // of those who share a number: the other one's index

	chosen []int // stories in a fixed order instead of dealt ones: indexes of catalogue
}

// Generate makes a municipality. It panics on options that Validate refuses.
func Generate(o Options) *Municipality {
	if err := o.Validate(); err != nil {
		panic("people: " + err.Error())
	}
	m := &Municipality{o: o.withDefaults()}
	m.build()
	m.deal()
	return m
}

// smallStories are the stories of a Small municipality, one client each: what
// brings Flags and Tasks in every pack, and what must bring none; then those who
// move to a care home.
var smallStories = []string{
	"settled", "contact-missing-overdue", "contact-left-last-week", "contact-certificate-expired",
	"only-services-and-unassessed", "offer-overdue", "plan-review-overdue", "plan-due-in-ten-days",
	"plan-missing-overdue", "change-requested-overdue", "declined", "protected-and-plan-overdue",
	"moving-with-everything-permitted", "moving-with-a-part-permitted", "moving-with-everything-refused", "moving-with-a-daughters-word",
	"moving-with-consent-withdrawn", "moving-to-another-home", "moving-and-protected",
}

// Small makes a tiny municipality: one unit, some twenty clients with one story
// each and few visits, for tests against any FHIR server. All ids begin with
// prefix. asOf is YYYY-MM-DD; it panics where Generate would.
func Small(prefix, asOf string) *Municipality { return small(prefix, asOf, smallStories) }

// SmallWithoutMoves is Small without those who move to a care home, whose records are
// long: for tests that load many of them.
func SmallWithoutMoves(prefix, asOf string) *Municipality {
	return small(prefix, asOf, slices.DeleteFunc(slices.Clone(smallStories), func(s string) bool { return strings.HasPrefix(s, "moving-") }))
}

func small(prefix, asOf string, stories []string) *Municipality {
	o := Options{Clients: len(stories), AsOf: asOf, VisitsPerMonth: 4, Months: 1, Prefix: prefix}
	if err := o.Validate(); err != nil {
		panic("people: " + err.Error())
	}
	m := &Municipality{o: o.withDefaults()}
	for _, name := range stories {
		m.chosen = append(m.chosen, byName(name))
	}
	m.build()
	m.deal()
	return m
}

// Options gives the options with their defaults filled in.
func (m *Municipality) Options() Options { return m.o }

// Resources yields every resource, each after those that it refers to:
// organizations, staff, then client by client. Nothing is kept: a second call
// makes the same bytes again. It stops when yield returns false.
func (m *Municipality) Resources(yield func(Resource) bool) {
	w := &writer{m: m, yield: yield}
	w.organizations()
	w.everybody()
	for i := 0; i < m.o.Clients && !w.stopped; i++ {
		w.record(m.client(i))
	}
}

// Client is what can be said of a client without reading the record.
type Client struct {
	ID        string // of the Patient, with the prefix
	Story     Story
	Unit      string // of the unit's Organization
	Protected bool   // protected identity
}

// Clients yields the clients, in the order of their ids.
func (m *Municipality) Clients(yield func(Client) bool) {
	for i := range m.o.Clients {
		c := m.client(i)
		if !yield(Client{c.patientID(), c.story.Story, m.unitID(c.unit), c.label != ""}) {
			return
		}
	}
}
