package fhir

import (
	"encoding/json"
	"fmt"
	"strconv"

	"brygga/mapping"
)

// RawPage is one page of a search whose rows are kept as they are.
type RawPage struct {
	mapping.Page
	Entries []json.RawMessage // they refer to the body of the page
}

// OpenPage opens one answer to a search for a type, with the same strictness as
// Mapper.Page, and leaves its rows as they are. Page.Take is nil.
func OpenPage(typ string, body []byte) (RawPage, error) {
	b, err := frame(body)
	if err != nil {
		return RawPage{}, err
	}
	p := RawPage{Page: newPage(b.Link, b.Meta.LastUpdated)}
	if n, err := strconv.Atoi(string(b.Total)); err == nil {
		p.Total = n
	}
	rows := spec[struct{}]{name: typ}
	for i, e := range b.Entry {
		id, skip, err := rows.admit(e)
		if err != nil {
			return RawPage{}, fmt.Errorf("entry %d: %w", i+1, err)
		}
		if !skip {
			p.Entries, p.Keys = append(p.Entries, e.Resource), append(p.Keys, mapping.KeyOf(typ, "/", id))
		}
	}
	return p, nil
}
