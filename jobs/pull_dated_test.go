package jobs

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"brygga/care"
	"brygga/sandbox"
	"brygga/sandbox/mixed"
	"brygga/sandbox/people"
)

// contactTown is a municipality in which one client's contact personnel comes and
// goes, without dates.
type contactTown struct {
	*faultTown
	record *people.Record // as the record system has the client
	anna   int            // who is the contact
	bo     int            // another one who could be

	remapped bool
}

func newContactTown(t *testing.T) *contactTown {
	t.Helper()
	c := &contactTown{faultTown: newFaultTown(t, mixed.Options{}, "jobs: {reconcile: {full_after: 60d}}\n")}
	for r := range c.town.Municipality.Records {
		if r.Story == "one-contact" {
			c.record = r
		}
	}
	if c.record == nil || len(c.record.Contacts) != 1 {
		t.Fatalf("there is no client with one contact: %+v", c.record)
	}
	c.anna, c.bo = c.record.Contacts[0].Staff, -1
	for r := range c.town.Municipality.Records {
		if r.Story == "settled" && r.Unit == c.record.Unit && r.Contacts[0].Staff != c.anna {
			c.bo = r.Contacts[0].Staff
		}
	}
	if c.bo < 0 {
		t.Fatal("nobody else could be the contact")
	}
	return c
}

// has makes the rows of the client's contact personnel those of these members of
// staff, the nth row that of the nth; -1 is no row.
func (c *contactTown) has(staff ...int) {
	r := *c.record
	first := r.Contacts[0]
	r.Contacts = nil
	for n, who := range staff {
		one := people.Contact{ID: fmt.Sprintf("%s%d", first.ID[:strings.LastIndexByte(first.ID, '-')+1], n+1), Staff: who, Status: "active", From: first.From}
		if who < 0 {
			one.Staff, one.Status, one.To = 0, "inactive", first.From
		}
		r.Contacts = append(r.Contacts, one)
	}
	c.town.Lifecare.Store().Put(&r)
}

// sees judges, and tells of the client: the status, and the assignments in their
// order with the days from and to which they held; "?" is a day that nobody knows.
func (c *contactTown) sees(full bool) string {
	c.Helper()
	c.exportToday()
	opt := c.options()
	opt.Full = full
	p, err := c.job.Preview(c.ctx(), opt)
	if err != nil {
		c.Fatal(err)
	}
	for _, j := range p.Judged {
		if p.there[j.Client.Ref] != care.Ref("Patient/"+c.record.ID) {
			continue
		}
		out := string(j.Contact.Status)
		for _, f := range j.Findings {
			if f.Rule == "data.unknown-start" {
				out += " UNKNOWN-START"
			}
		}
		list := slices.Clone(j.Client.Assignments)
		slices.SortFunc(list, func(a, b care.Assignment) int {
			return strings.Compare(fmt.Sprint(a.Start, a.End), fmt.Sprint(b.Start, b.End))
		})
		for _, a := range list {
			out += fmt.Sprintf(", %s–%s", shownDay(a.Start), shownDay(a.End))
			if a.Inactive != (a.End != 0) {
				out += " (inactive is " + fmt.Sprint(a.Inactive) + ")"
			}
		}
		return out
	}
	c.Fatal("the client is not judged")
	return ""
}

func shownDay(d care.Date) string {
	if d == 0 {
		return "?"
	}
	return d.String()[5:]
}

// A source without dates shows who is a contact now, and no more. Each step is a
// day, unless it says otherwise, and one run; whether what changed is read or
// everything makes no difference.
func TestAssignmentsWithoutDates(t *testing.T) {
	const nobody = -1
	type step struct {
		has   []string // who stands in the client's rows from now on; nil changes nothing
		later time.Duration
		fails bool // the list of contact personnel cannot be read
		remap bool // the mapping has another version from now on
		want  string
	}
	day, hour := 24*time.Hour, time.Hour
	anna, bo, none := []string{"anna"}, []string{"bo"}, []string{"-"}
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"of one that was there on the first day the start is unknown, and nobody is asked for it", []step{
			{has: anna, want: "appointed, ?–?"},
			{later: day, want: "appointed, ?–?"},
		}},
		{"one that appears starts on the day when it is first seen", []step{
			{has: none, want: "missing"},
			{later: day, has: anna, want: "appointed, 11-23–?"},
			{later: day, want: "appointed, 11-23–?"},
		}},
		{"one that disappears ended on the day when it was last seen", []step{
			{has: anna, want: "appointed, ?–?"},
			{later: day, want: "appointed, ?–?"},
			{later: 2 * day, has: none, want: "vacant, ?–11-23"},
			{later: day, want: "vacant, ?–11-23"},
		}},
		{"one that comes back starts anew", []step{
			{has: anna, want: "appointed, ?–?"},
			{later: day, has: none, want: "vacant, ?–11-22"},
			{later: day, has: anna, want: "appointed, ?–11-22, 11-24–?"},
			{later: day, want: "appointed, ?–11-22, 11-24–?"},
			{later: day, has: none, want: "vacant, ?–11-22, 11-24–11-25"},
		}},
		{"another person in the same row ends the first", []step{
			{has: anna, want: "appointed, ?–?"},
			{later: day, has: bo, want: "appointed, ?–11-22, 11-23–?"},
			{later: day, has: anna, want: "appointed, ?–11-22, 11-23–11-23, 11-24–?"},
		}},
		{"a second row is a second contact, and the first goes on", []step{
			{has: anna, want: "appointed, ?–?"},
			{later: day, has: []string{"anna", "bo"}, want: "appointed, ?–?, 11-23–?"},
			{later: day, has: []string{"-", "bo"}, want: "appointed, ?–11-23, 11-23–?"},
		}},
		{"a run that failed saw nothing: one that appears starts when it is read", []step{
			{has: none, want: "missing"},
			{later: day, has: anna, fails: true, want: "unknown"},
			{later: day, want: "appointed, 11-24–?"},
		}},
		{"a run that failed saw nothing: one that disappears ended before it", []step{
			{has: anna, want: "appointed, ?–?"},
			{later: day, fails: true, want: "unknown, ?–?"},
			{later: day, has: none, want: "vacant, ?–11-22"},
		}},
		{"a first run that failed was none: what is there then has no start", []step{
			{has: anna, fails: true, want: "unknown"},
			{later: day, want: "appointed, ?–?"},
		}},
		{"in two runs of one day it ends on that day, and holds no more", []step{
			{has: anna, want: "appointed, ?–?"},
			{later: hour, has: none, want: "vacant, ?–11-22"},
			{later: day, want: "vacant, ?–11-22"},
		}},
		{"in three runs of one day it ends and comes back", []step{
			{has: anna, want: "appointed, ?–?"},
			{later: hour, has: none, want: "vacant, ?–11-22"},
			{later: hour, has: anna, want: "appointed, ?–11-22, 11-22–?"},
		}},
		{"one that was there for a part of a day was there on that day", []step{
			{has: none, want: "missing"},
			{later: day, has: anna, want: "appointed, 11-23–?"},
			{later: hour, has: none, want: "missing, 11-23–11-23"},
			{later: day, want: "vacant, 11-23–11-23"},
		}},
		{"another version of the mapping has everything read anew, and no start is lost or made", []step{
			{has: none, want: "missing"},
			{later: day, has: anna, want: "appointed, 11-23–?"},
			{later: day, remap: true, has: []string{"anna", "bo"}, want: "appointed, 11-23–?, 11-24–?"},
			{later: day, has: []string{"-", "bo"}, want: "appointed, 11-23–11-24, 11-24–?"},
		}},
		{"of one that was there on the first day another version makes no start", []step{
			{has: anna, want: "appointed, ?–?"},
			{later: day, remap: true, want: "appointed, ?–?"},
			{later: day, remap: true, has: none, want: "vacant, ?–11-23"},
		}},
	} {
		for _, full := range []bool{false, true} {
			name := c.name
			if full {
				name += ", read whole"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				f := newContactTown(t)
				who := map[string]int{"anna": f.anna, "bo": f.bo, "-": nobody}
				for n, s := range c.steps {
					f.clock.Add(int64(s.later))
					if s.has != nil {
						var rows []int
						for _, name := range s.has {
							rows = append(rows, who[name])
						}
						f.has(rows...)
					}
					if s.remap {
						f.remap(n)
					}
					f.town.Lifecare.SetFault(nil)
					if s.fails {
						f.town.Lifecare.SetFault(func(r *http.Request) *sandbox.Fault {
							if list(r) == "provider_contact_personnels" {
								return &sandbox.Fault{Status: 401}
							}
							return nil
						})
					}
					if got := f.sees(full); got != s.want {
						t.Fatalf("step %d: %s, want %s", n+1, got, s.want)
					}
				}
			})
		}
	}
}

// remap has the system read by another mapping that means the same.
func (c *contactTown) remap(n int) {
	c.Helper()
	c.write("mine.yaml", fmt.Sprintf("mapping: mine\nextends: lifecare\nversion: 1\ncodes:\n  service:\n    insats nummer %d: cleaning\n", n))
	if !c.remapped {
		c.remapped = true
		c.reconfigure("mapping: lifecare", "mapping: ./mine.yaml")
		return
	}
	c.open()
}

// What a municipality declares of its system decides what was read: another
// declaration has it read anew, as another mapping has.
func TestAnotherSettingHasEverythingReadAnew(t *testing.T) {
	f := newFaultTown(t, mixed.Options{}, "")
	f.run(ExitDone)
	employed := func() (n int) {
		t.Helper()
		state, err := f.job.Job.Store.Kind(f.ctx(), "lifecare", "staff")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range state.Records {
			if r.Role != nil {
				n++
			}
		}
		return n
	}
	if n := employed(); n != 0 {
		t.Fatalf("%d are employed, and roles are no employments", n)
	}
	f.reconfigure("settings: {contact_personnel_is: fast-omsorgskontakt}", `settings: {contact_personnel_is: fast-omsorgskontakt, roles_are_employment: "yes"}`)
	rep := f.run(ExitDone)
	if employed() == 0 {
		t.Error("nobody is employed, and roles are declared to be employments")
	}
	for _, k := range rep.Kinds {
		if k.System == "lifecare" && !k.Whole {
			t.Errorf("%s was read by change", k.Kind)
		}
	}
	for _, k := range f.run(ExitDone).Kinds {
		if k.System == "lifecare" && k.Kind != "plan" && k.Whole {
			t.Errorf("%s was read whole again", k.Kind)
		}
	}
}
