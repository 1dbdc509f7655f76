package people

import "fmt"

// client is everything that a client's record is written from. base fills it
// with a client for whom nothing is to be found; the story then changes it.
type client struct {
	m     *Municipality
	d     *dice
	asOf  day
	index int
	num   string // the index as it stands in ids
	unit  int
	story *story

	woman         bool
	given, family string
	born          day
	numbers       []number
	label         string // security label code, of labelSystem
	labelSystem   string
	deceased      day
	deceasedFlag  bool // deceasedBoolean: dead, the day not known

	relatives  []relative
	placements []placement
	services   []service
	contacts   []contact
	decisions  []decision
	told       []told
	plans      []plan
	notes      []note
	deviations []deviation
	risks      []risk
	stays      []stay
	consents   []consent

	from       day // the home-care placement's start
	dayCentre  bool
	share      int  // of every ten counted visits, how many a contact makes
	level      int  // visits, in percent of VisitsPerMonth
	nights     bool // is also visited at night
	double     bool // needs two people at times
	crowd      int  // how many others make visits
	missedWeek bool // no contact came in the last complete week
}

// number is one identifier; system is relative to fhir.md's table.
type number struct{ system, value string }

type relative struct {
	id       string
	relation string // v3-RoleCode
	inactive bool
}

type placement struct {
	id      string
	setting string
	org     string // reference
	status  string
	span
	monthOnly bool // the start is known to the month (and is its first day)
	pauses    []span
}

type service struct {
	id        string
	code      string // "" is a service that is named in words only
	setting   string
	status    string
	decided   day
	first     day  // first carried out, where the record says so
	never     bool // never carried out
	performer string
	span
}

// contact is an assignment: one CareTeam, unless with is set.
type contact struct {
	id     string
	who    int // index of staff, or strangers
	status string
	span
	by    reference
	joint bool // written as a second participant of the CareTeam before it
	late  bool // the start is written as an instant after midnight in Stockholm that is before it in UTC
}

// stranger is a contact who is in nobody's staff list.
const stranger = -1

// reference says how a contact's member is written.
type reference int

const (
	byRole reference = iota
	byPerson
	byHSA
)

type decision struct {
	kind string
	on   day
}

type told struct {
	topic  string
	to     []string // references
	medium string   // v3-ParticipationMode
	on     day
	by     int
}

type plan struct {
	id, kind, status string
	span
	created    day
	author     int
	took       participation
	followUp   day
	asActivity bool // the follow-up stands as an activity
	reviews    []review
}

type participation int

const (
	tookPart participation = iota // the Patient is a contributor
	saidYes
	saidNo
	notSaid
)

type review struct {
	id string
	on day
	by int
}

type note struct {
	on     day
	minute int
	by     int
}

type deviation struct {
	on, remedied day
	code         string
}

type risk struct {
	on    day
	level string
}

// stay is time in hospital; no day to is still there.
type stay struct{ span }

type consent struct {
	shape    consentShape
	home     int
	on       day
	until    day
	guardian string   // reference to a relative who gave it; "" is the client
	denied   []string // sections, of consentPartial
}

// id makes an id of this client's: kind-00017-n, with the prefix.
func (c *client) id(kind string, n int) string {
	return fmt.Sprintf("%s%s-%s-%d", c.m.o.Prefix, kind, c.num, n)
}

func (c *client) patientID() string { return c.m.o.Prefix + "p-" + c.num }

func (c *client) ref() string { return "Patient/" + c.patientID() }

func (c *client) unitRef() string { return c.m.unitRef(c.unit) }

// colleague is somebody of the client's unit of that kind: the k-th, from a
// place that is the client's own.
func (c *client) colleague(kind staffKind, k int) int {
	all := c.m.units[c.unit].kinds[kind]
	return all[(c.index*7+k)%len(all)]
}

// home is the placement in home care, which base makes first.
func (c *client) home() *placement { return &c.placements[0] }

// current is the plan that runs, which base makes last.
func (c *client) current() *plan { return &c.plans[len(c.plans)-1] }
