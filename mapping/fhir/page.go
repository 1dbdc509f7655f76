package fhir

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"brygga/care"
	"brygga/mapping"
)

// bundle is a search answer with entries of which nearly all are R.
type bundle[R any] struct {
	ResourceType string `json:"resourceType"`
	Type         string `json:"type"`
	Total        *int   `json:"total"`
	Meta         struct {
		LastUpdated string `json:"lastUpdated"`
	} `json:"meta"`
	Link  []link     `json:"link"`
	Entry []entry[R] `json:"entry"`
}

type link struct {
	Relation string `json:"relation"`
	URL      string `json:"url"`
}

type entry[R any] struct {
	Search struct {
		Mode string `json:"mode"`
	} `json:"search"`
	Resource R `json:"resource"`
}

// Page decodes one answer to a search for the kind. An error means that the body
// is no such answer, and that the pull is incomplete: no JSON, broken off, no
// searchset Bundle, an OperationOutcome, or resources of another type that the
// server does not say are merely included. Errors hold nothing of the body but
// codes and types. The rows go to the sink by Page.Take.
func (m *Mapper) Page(kind mapping.Kind, sink mapping.Sink, body []byte) (mapping.Page, error) {
	r, ok := m.types[kind.Type]
	if !ok {
		return mapping.Page{}, fmt.Errorf("kind %s: resources of type %s are not read", kind.Name, kind.Type)
	}
	return r.page(m, kind, sink, body)
}

// page decodes the whole answer in one scan; if anything in it is out of the
// ordinary, it is scanned again entry by entry.
func (s *spec[R]) page(m *Mapper, kind mapping.Kind, sink mapping.Sink, body []byte) (mapping.Page, error) {
	var b bundle[R]
	b.Entry = make([]entry[R], 0, bytes.Count(body, []byte(`"resource":`)))
	if err := s.decode(m.plain, body, &b); err != nil || !s.ordinary(&b) {
		return s.pageByEntry(m, kind, sink, body)
	}
	page := newPage(b.Link, b.Meta.LastUpdated)
	if b.Total != nil {
		page.Total = *b.Total
	}
	for i := range b.Entry {
		page.Keys = append(page.Keys, s.key(s.head(&b.Entry[i].Resource).id))
	}
	page.Take = func() error { return s.take(m, kind, sink, body, b.Entry) }
	return page, nil
}

// ordinary says whether the answer is a searchset with nothing in it but rows.
func (s *spec[R]) ordinary(b *bundle[R]) bool {
	if b.ResourceType != "Bundle" || b.Type != "searchset" {
		return false
	}
	for i := range b.Entry {
		e := &b.Entry[i]
		if s.head(&e.Resource).typ != s.name || (e.Search.Mode != "" && e.Search.Mode != "match") {
			return false
		}
	}
	return true
}

func (s *spec[R]) key(id string) uint64 { return mapping.KeyOf(s.name, "/", id) }

func newPage(links []link, updated string) mapping.Page {
	page := mapping.Page{Total: -1}
	for _, l := range links {
		if l.Relation == "next" {
			page.Next = strings.Clone(l.URL) // the body is not kept
		}
	}
	if m, ok := parseMoment(updated); ok && m.timed {
		page.Updated = m.at
	}
	return page
}

// take hands over the rows of an ordinary answer. A row that cannot be mapped is
// looked up in the body, which is then split once, and read with care.
func (s *spec[R]) take(m *Mapper, kind mapping.Kind, sink mapping.Sink, body []byte, rows []entry[R]) error {
	var raw []entry[json.RawMessage]
	x := &reading{Mapper: m, asked: kind.Facts}
	if kind.Facts.Has(care.SetOf(care.KindVisit)) {
		x.visitRoom = make([]care.Visit, 0, len(rows))
	}
	for i := range rows {
		if s.attempt(x, &rows[i].Resource, sink) == nil {
			continue
		}
		if raw == nil {
			var b bundle[json.RawMessage]
			if err := json.Unmarshal(body, &b); err != nil || len(b.Entry) != len(rows) {
				return fmt.Errorf("row %d: the answer cannot be split: %w", i+1, syntax(body, err))
			}
			raw = b.Entry
		}
		if err := s.carefully(&reading{Mapper: m, asked: kind.Facts}, sink, raw[i].Resource); err != nil {
			return fmt.Errorf("row %d: %w", i+1, syntax(raw[i].Resource, err))
		}
	}
	return nil
}

// loose is a search answer of which only the frame is read.
type loose struct {
	ResourceType string          `json:"resourceType"`
	Type         string          `json:"type"`
	Total        json.RawMessage `json:"total"`
	Meta         struct {
		LastUpdated string `json:"lastUpdated"`
	} `json:"meta"`
	Link  []link                   `json:"link"`
	Entry []entry[json.RawMessage] `json:"entry"`
	Issue []issue                  `json:"issue"`
}

// issue is what may be told of an OperationOutcome: never its diagnostics.
type issue struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
}

func (s *spec[R]) pageByEntry(m *Mapper, kind mapping.Kind, sink mapping.Sink, body []byte) (mapping.Page, error) {
	b, err := frame(body)
	if err != nil {
		return mapping.Page{}, err
	}
	page := newPage(b.Link, b.Meta.LastUpdated)
	if n, err := strconv.Atoi(string(b.Total)); err == nil {
		page.Total = n
	}
	var rows []json.RawMessage
	for i, e := range b.Entry {
		id, skip, err := s.admit(e)
		if err != nil {
			return mapping.Page{}, fmt.Errorf("entry %d: %w", i+1, err)
		}
		if skip {
			continue
		}
		rows = append(rows, e.Resource)
		page.Keys = append(page.Keys, s.key(id))
	}
	page.Take = func() error {
		for i, raw := range rows {
			if err := s.row(&reading{Mapper: m, asked: kind.Facts}, sink, raw); err != nil {
				return fmt.Errorf("row %d: %w", i+1, syntax(raw, err))
			}
		}
		return nil
	}
	return page, nil
}

// frame decodes the frame of a search answer and says what is wrong with it.
func frame(body []byte) (*loose, error) {
	b := &loose{}
	if err := json.Unmarshal(body, b); err != nil {
		if json.Valid(body) {
			return nil, fmt.Errorf("no FHIR Bundle: %w", syntax(body, err))
		}
		return nil, syntax(body, err)
	}
	switch {
	case b.ResourceType == "OperationOutcome":
		return nil, fmt.Errorf("an OperationOutcome instead of a Bundle (%s)", worst(b.Issue))
	case b.ResourceType != "Bundle":
		return nil, fmt.Errorf("%s instead of a Bundle", named(b.ResourceType))
	case b.Type != "searchset":
		return nil, fmt.Errorf("a Bundle of type %s instead of searchset", code(b.Type))
	}
	return b, nil
}

// admit says whether an entry is a row, or something to skip, or neither.
func (s *spec[R]) admit(e entry[json.RawMessage]) (id string, skip bool, err error) {
	var r struct {
		ResourceType string          `json:"resourceType"`
		ID           json.RawMessage `json:"id"`
		Issue        json.RawMessage `json:"issue"`
	}
	if err := json.Unmarshal(e.Resource, &r); err != nil || r.ResourceType == "" {
		return "", false, fmt.Errorf("holds no resource")
	}
	switch mode := e.Search.Mode; {
	case r.ResourceType == "OperationOutcome":
		var issues []issue
		_ = json.Unmarshal(r.Issue, &issues) // what cannot be read is no error that the server reports
		for _, i := range issues {
			if i.Severity == "error" || i.Severity == "fatal" {
				return "", false, fmt.Errorf("an OperationOutcome (%s)", worst(issues))
			}
		}
		return "", true, nil
	case mode == "include" || mode == "outcome":
		return "", true, nil
	case r.ResourceType != s.name:
		return "", false, fmt.Errorf("a page of another type: %s instead of %s", named(r.ResourceType), s.name)
	}
	_ = json.Unmarshal(r.ID, &id) // an id that is no string is a matter of the row
	return id, false, nil
}

// worst gives the first error of the issues, else the first issue, as "severity, code".
func worst(issues []issue) string {
	for _, i := range issues {
		if i.Severity == "error" || i.Severity == "fatal" {
			return code(i.Severity) + ", " + code(i.Code)
		}
	}
	if len(issues) == 0 {
		return "without an issue"
	}
	return code(issues[0].Severity) + ", " + code(issues[0].Code)
}

// code lets a code through to a message, and nothing that might be text.
func code(s string) string {
	if s == "" {
		return "(none)"
	}
	for i := range len(s) {
		if c := s[i]; c != '-' && (c < 'a' || c > 'z') || i >= 40 {
			return "(not a code)"
		}
	}
	return s
}

// named lets the name of a resource type through to a message.
func named(s string) string {
	if plainType(s) {
		return s
	}
	return "something"
}
