package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"brygga/sandbox/people"
)

// town is a synthetic municipality on disk: every resource is rendered once, as
// an entry of a searchset, so that serving a page costs next to nothing. What
// happens on a day (visits, notes) lies in that day's file.
type town struct {
	dir    string
	asOf   time.Time
	groups []*group
	index  map[string]*group // by type and token
	based  map[string]bool   // the services that some visit is based on
	rows   int
	bytes  int64
}

// group is the rows of one type that share what searches select by: the class
// of Encounters, the type of DocumentReferences, the code of everything else.
type group struct {
	typ, token string
	days       []*day
	index      map[string]*day
}

// day is the rows of a group that happened on one date; "" for rows without one.
type day struct {
	date    string // YYYY-MM-DD in Stockholm
	updated time.Time
	file    string
	at      []int64 // where each row begins; one more than there are rows
	out     *bufio.Writer
	open    *os.File
}

func (d *day) rows() int { return len(d.at) - 1 }

// layOut writes a municipality of so many clients below dir. base is the address
// that it will be served at.
func layOut(dir, base string, clients int, asOf time.Time) (*town, error) {
	t := &town{dir: dir, asOf: asOf, index: map[string]*group{}, based: map[string]bool{}}
	m := people.Generate(people.Options{Seed: 1, Clients: clients, Months: 1, AsOf: asOf.Format(time.DateOnly)})
	var err error
	m.Resources(func(r people.Resource) bool {
		err = t.add(base, r)
		return err == nil
	})
	for _, g := range t.groups {
		slices.SortFunc(g.days, func(a, b *day) int { return cmp.Compare(a.date, b.date) })
		for _, d := range g.days {
			if e := d.out.Flush(); err == nil {
				err = e
			}
			if e := d.open.Close(); err == nil {
				err = e
			}
			d.out, d.open = nil, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("lay out a municipality on disk: %w", err)
	}
	return t, nil
}

// selectors is what of a resource decides which searches find it.
type selectors struct {
	Class  json.RawMessage `json:"class"`
	Code   json.RawMessage `json:"code"`
	Type   json.RawMessage `json:"type"`
	Date   string          `json:"date"`
	Period struct {
		Start string `json:"start"`
	} `json:"period"`
	BasedOn []struct {
		Reference string `json:"reference"`
	} `json:"basedOn"`
}

type coding struct{ System, Code string }

func (c coding) String() string { return c.System + "|" + c.Code }

func (t *town) add(base string, r people.Resource) error {
	token, date, err := t.place(r)
	if err != nil {
		return fmt.Errorf("a generated %s: %w", r.Type, err)
	}
	d, err := t.day(r.Type, token, date)
	if err != nil {
		return err
	}
	head := fmt.Sprintf(`{"resourceType":%q,"id":%q`, r.Type, r.ID)
	rest, ok := strings.CutPrefix(string(r.JSON), head)
	if !ok {
		return fmt.Errorf("a generated %s does not begin with its type and id", r.Type)
	}
	n, err := fmt.Fprintf(d.out, `,{"fullUrl":"%s/%s","resource":%s,"meta":{"versionId":"1","lastUpdated":"%s"}%s,"search":{"mode":"match"}}`,
		base, r.Ref(), head, d.updated.Format(time.RFC3339), rest)
	d.at = append(d.at, d.at[len(d.at)-1]+int64(n))
	t.rows++
	t.bytes += int64(n)
	return err
}

// place gives the token and the date that a resource is found by.
func (t *town) place(r people.Resource) (token, date string, err error) {
	var s selectors
	switch r.Type {
	case "Encounter", "DocumentReference", "Observation", "Procedure":
		if err := json.Unmarshal(r.JSON, &s); err != nil {
			return "", "", err
		}
	}
	var c coding
	var concept struct{ Coding []coding }
	switch r.Type {
	case "Encounter":
		err = json.Unmarshal(s.Class, &c)
		for _, b := range s.BasedOn {
			t.based[b.Reference] = true
		}
		if c.Code == "HH" { // stays away are read whole
			date = s.Period.Start
		}
		token = c.String()
	case "DocumentReference":
		err, date = json.Unmarshal(s.Type, &concept), s.Date
	case "Observation", "Procedure":
		err = json.Unmarshal(s.Code, &concept)
	}
	if len(concept.Coding) > 0 {
		token = concept.Coding[0].String()
	}
	return token, date[:min(len(date), len(time.DateOnly))], err
}

func (t *town) day(typ, token, date string) (*day, error) {
	key := typ + " " + token
	g := t.index[key]
	if g == nil {
		g = &group{typ: typ, token: token, index: map[string]*day{}}
		t.index[key], t.groups = g, append(t.groups, g)
	}
	if d := g.index[date]; d != nil {
		return d, nil
	}
	d := &day{date: date, updated: t.asOf.AddDate(0, 0, -90), at: []int64{0}}
	if date != "" {
		when, err := time.Parse(time.DateOnly, date)
		if err != nil {
			return nil, err
		}
		d.updated = when.Add(21 * time.Hour) // written down on the same evening
	}
	d.file = filepath.Join(t.dir, fmt.Sprintf("%s-%d-%s.entries", typ, len(t.groups), date))
	f, err := os.OpenFile(d.file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	d.open, d.out = f, bufio.NewWriterSize(f, 64<<10)
	g.index[date], g.days = d, append(g.days, d)
	return d, nil
}
