package lifecare

import (
	"strconv"
	"strings"
	"time"

	"brygga/sandbox/people"
)

// builder turns what is written down about a client into rows. Ids are counted
// from the client's index, so that a record that changes keeps its rows.
type builder struct {
	asOf  time.Time // midnight UTC of the day on which the municipality stands
	dates Dates
	units []people.Unit
	staff []people.Member
	nth   func(int) string // person number of a member of staff, or of a stranger
}

func newBuilder(m *people.Municipality, dates Dates) *builder {
	asOf, _ := time.Parse(time.DateOnly, m.Options().AsOf)
	return &builder{asOf, dates, m.Units(), m.Staff(), m.StaffNumber}
}

// Ids of a client's rows: a hundred for each list, a hundred thousand for visits.
const (
	perClient = 100
	perVisits = 100_000
)

func id(r *people.Record, n int) int64 { return int64(r.Index+1)*perClient + int64(n) }

// suffix is the number at the end of an id: 3 of "ct-000017-3".
func suffix(id string) int {
	n, _ := strconv.Atoi(id[strings.LastIndexByte(id, '-')+1:])
	return n % perClient
}

// Ids of units: those of the municipality, and some that it does not know of.
const (
	firstUnit   = 100
	dayUnit     = 90
	healthUnit  = 91
	shortUnit   = 92
	firstPerson = 1000
)

func unitID(i int) int64 { return int64(firstUnit + i) }

func (b *builder) unitName(i int) unitName { return unitName{unitID(i), b.units[i].Name} }

// changed is when a row was changed last: in the morning after the latest of those
// days that are not to come.
func (b *builder) changed(r *people.Record, days ...time.Time) time.Time {
	last := b.asOf.AddDate(-1, 0, 0)
	for _, d := range days {
		if d.After(last) && d.Before(b.asOf) {
			last = d
		}
	}
	n := 0
	if r != nil {
		n = r.Index
	}
	return last.Add(8*time.Hour + time.Duration(n*7%600)*time.Minute)
}

// rows adds a row of one client.
type rows struct {
	of  *people.Record
	all []entry
}

func (s *rows) add(list string, id int64, at time.Time, gone bool, value any) {
	s.all = append(s.all, entry{list, strconv.FormatInt(id, 10), s.of.Index, at, gone, value})
}

// client makes the rows of one client but visits and notes.
func (b *builder) client(r *people.Record) []entry {
	s := &rows{of: r}
	person := r.PersonID()
	b.person(s, r, person)
	b.contacts(s, r, person)
	b.executions(s, r, person)
	b.decisions(s, r, person)
	b.plans(s, r, person)
	for _, a := range r.Absences {
		d := b.dates.of(int64(r.Index))
		reason := "Bortrest"
		n := 50
		if a.Hospital {
			reason, n = "Sjukhusvistelse", 0
		}
		s.add("client_absences", id(r, n+suffix(a.ID)), b.changed(r, a.From, a.To), false, absence{
			id(r, n+suffix(a.ID)), person, d.required(a.From), d.date(a.To), reason,
		})
	}
	for _, v := range r.Relatives {
		s.add("relatives", id(r, suffix(v.ID)), b.changed(r), v.Inactive, relative{id(r, suffix(v.ID)), person, "Närstående", r.Family, v.Relation})
	}
	return s.all
}

// confidential says that the client is in no list of clients, though in others.
func confidential(r *people.Record) bool { return r.Label == "V" }

// person makes the row of clients.
func (b *builder) person(s *rows, r *people.Record, person string) {
	if confidential(r) {
		return
	}
	c := client{
		PersonID: person, FirstName: r.Given, LastName: r.Family, Active: true,
		ProtectedRegistration: r.Label == "skyddadFolkbokforing", IsConfidential: r.Label == "sekretessmarkering" || r.Label == "R",
	}
	at := b.changed(r, r.Placements[0].From, r.Died)
	home := r.Placements[0]
	switch {
	case r.Dead:
		c.Active = false
		c.Deregistration = &deregistration{b.dates.of(int64(r.Index)).required(r.Died), "Decease"}
	case r.Story == "moved-away":
		c.Active = false
		c.Deregistration = &deregistration{b.dates.of(int64(r.Index)).required(home.To), [...]string{"Other", "Emigrated"}[r.Index%2]}
	}
	s.all = append(s.all, entry{"clients", person, r.Index, at, false, c})
}

// contacts makes the rows of those who are contacts on asOf; who was it before is
// a deleted row.
func (b *builder) contacts(s *rows, r *people.Record, person string) {
	for _, k := range r.Contacts {
		now := k.Status == "active" && !k.From.After(b.asOf) && (k.To.IsZero() || !k.To.Before(b.asOf))
		who := k.Staff
		if who < 0 {
			who = len(b.staff) + r.Index
		}
		n := id(r, suffix(k.ID))
		at := b.changed(r, k.From)
		if !now {
			at = b.changed(r, k.From, k.To)
		}
		s.add("provider_contact_personnels", n, at, !now, contact{n, person, b.nth(who), unitID(r.Unit)})
	}
}

func (b *builder) plans(s *rows, r *people.Record, person string) {
	for _, p := range r.Plans {
		if p.Kind != "implementation" {
			continue
		}
		n := id(r, suffix(p.ID))
		d := b.dates.of(n)
		follow := d.date(p.FollowUp)
		if follow == "" && r.Index%2 == 0 {
			follow = absent
		}
		with := []participant{{r.Given + " " + r.Family, "Brukare"}}
		if p.Participated != "yes" {
			with = nil
		}
		s.add("service_plans", n, b.changed(r, p.Created), false, servicePlan{
			ID: n, PersonID: person, ProviderUnitID: unitID(r.Unit), EstablishedDate: d.required(p.Created), EndDate: d.date(p.To),
			ClientParticipation: p.Participated == "yes", FollowUpDate: follow, Participants: with,
			CreatedBy: signature(p.Author), Text: "Så här vill jag ha det på morgonen.",
		})
	}
}

func (b *builder) decisions(s *rows, r *people.Record, person string) {
	for _, v := range r.Services {
		n := id(r, suffix(v.ID))
		d := b.dates.of(n)
		s.add("sol_decisions", n, b.changed(r, v.Decided, v.From, v.To, v.First), false, solDecision{
			ID: n, PersonID: person, Type: serviceTypes[v.Code], Date: d.required(v.Decided), FromDate: d.required(v.From), ToDate: d.date(v.To),
			ExecutionStartDate: d.date(v.First), ExecutionEndDate: d.date(v.To), Decision: "Beviljas enligt ansökan.",
		})
	}
}
