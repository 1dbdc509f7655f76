package lifecare

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"brygga/sandbox/people"
)

// What may happen besides people.Acts: small changes to single clients, as staff
// make them in a day. Each is dated by the store's clock.

var errNoClient = errors.New("lifecare: no such client")

// change gives a copy of what is known of a client to edit, and puts it.
func (s *Store) change(index int, edit func(r *people.Record) error) error {
	s.mu.RLock()
	old, ok := s.known[index]
	s.mu.RUnlock()
	if !ok {
		return errNoClient
	}
	r := *old
	r.Numbers, r.Contacts, r.Plans = slices.Clone(r.Numbers), slices.Clone(r.Contacts), slices.Clone(r.Plans)
	if err := edit(&r); err != nil {
		return err
	}
	s.Put(&r)
	return nil
}

// ContactLeaves takes the client's contacts away: their rows are deleted.
func (s *Store) ContactLeaves(client int) error {
	return s.change(client, func(r *people.Record) error {
		for i := range r.Contacts {
			r.Contacts[i].Status, r.Contacts[i].To = "inactive", s.build.asOf.AddDate(0, 0, -1)
		}
		return nil
	})
}

// FollowUpMoves moves the follow-up that the client's latest plan names.
func (s *Store) FollowUpMoves(client int, to time.Time) error {
	return s.change(client, func(r *people.Record) error {
		if len(r.Plans) == 0 {
			return errors.New("lifecare: the client has no plan")
		}
		r.Plans[len(r.Plans)-1].FollowUp = to
		return nil
	})
}

// Dies deregisters the client; what runs is left running, as it often is at first.
func (s *Store) Dies(client int, on time.Time) error {
	return s.change(client, func(r *people.Record) error {
		r.Dead, r.Died = true, on
		return nil
	})
}

// GetsPersonnummer gives a client, who had a samordningsnummer, a personnummer: every
// row of the client names it from now on, and the row of clients under the old
// number is deleted. The system itself does not say that they are one person.
func (s *Store) GetsPersonnummer(client int, number string) error {
	err := s.change(client, func(r *people.Record) error {
		r.Numbers = []people.Number{{Kind: "personnummer", Value: number}}
		return nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables["reported_visits"]
	now := s.now()
	for _, v := range t.rows {
		if v.owner != client || v.deleted {
			continue
		}
		var row map[string]json.RawMessage
		if err := json.Unmarshal(v.body, &row); err != nil {
			return fmt.Errorf("lifecare: read a visit: %w", err)
		}
		row["ClientPersonId"] = json.RawMessage(strconv.Quote(number))
		v.body, v.modified = encode(row), now
	}
	return nil
}

// TitleChanges gives a member of staff another title.
func (s *Store) TitleChanges(staff int, title string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if staff < 0 || staff >= len(s.build.staff) {
		return errors.New("lifecare: no such member of staff")
	}
	s.build.staff[staff].Title = title
	s.enter(s.build.member(staff, &s.build.staff[staff]))
	return nil
}

// Visited reports a visit that was made just now, and gives its Id.
func (s *Store) Visited(client, staff int, start, end time.Time, services ...string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.known[client]
	if !ok {
		return 0, errNoClient
	}
	t := s.tables["reported_visits"]
	n := int64(client+1)*perVisits + 95_000
	for t.index[strconv.FormatInt(n, 10)] != nil {
		n++
	}
	d := s.build.dates.of(n)
	row := reportedVisit{
		ID: n, ClientPersonID: r.PersonID(), PersonnelPersonID: s.build.nth(staff), StartTime: d.instant(start), EndTime: d.instant(end),
		Status: "Completed", Law: "SoL",
	}
	for _, code := range services {
		row.Services = append(row.Services, visitService{serviceTypes[code].Text, "Done"})
	}
	s.enter(entry{"reported_visits", strconv.FormatInt(n, 10), client, start, false, row})
	return n, nil
}

// Delete deletes a row by its Id now; false where there is none.
func (s *Store) Delete(list string, id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[list]
	if t == nil {
		return false
	}
	r := t.index[strconv.FormatInt(id, 10)]
	if r == nil || r.deleted {
		return false
	}
	r.deleted, r.body, r.modified = true, nil, s.now()
	return true
}
