package vendor

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// compareNames says of each record which fields it has besides those of the shape,
// and which of those it has not, persons' names aside, which are not read. Names alone,
// at the top of the record.
func (c *list) compareNames(body []byte, out []Explanation) {
	var top map[string]json.RawMessage
	if json.Unmarshal(body, &top) == nil {
		for _, path := range c.rowsPaths {
			if inner := descend(top, path); path != "" && inner != nil {
				body = inner
				break
			}
		}
	}
	var records []map[string]json.RawMessage
	if json.Unmarshal(body, &records) != nil || len(records) != len(out) {
		return
	}
	for i, record := range records {
		for _, name := range sortedKeys(record) {
			if !slices.ContainsFunc(c.all, func(f *field) bool { return strings.EqualFold(f.column, name) }) {
				out[i].Other = append(out[i].Other, hideNumbers(name))
			}
		}
		for _, f := range c.all {
			has := f.typ == typeName
			for name := range record {
				has = has || strings.EqualFold(f.column, name)
			}
			if !has {
				out[i].Absent = append(out[i].Absent, f.column)
			}
		}
	}
}

// alone takes one record of a list whose rows come in an envelope for the page that
// holds it: an object without the envelope, and with some field of the shape.
func (c *list) alone(body []byte) []byte {
	var top map[string]json.RawMessage
	if c.REST == nil || c.REST.Rows == "" || json.Unmarshal(body, &top) != nil {
		return body
	}
	for _, path := range c.rowsPaths {
		if path != "" && descend(top, path) != nil {
			return body
		}
	}
	for name := range top {
		if slices.ContainsFunc(c.fields, func(f *field) bool { return strings.EqualFold(f.column, name) }) {
			return append(append([]byte{'['}, body...), ']')
		}
	}
	return body
}

// body turns lines of CSV into the JSON in which they reach a mapper.
func (c *list) body(record []byte) ([]byte, error) {
	t := bytes.TrimSpace(record)
	if c.Files == nil || c.Files.Format != "csv" || len(t) > 0 && (t[0] == '{' || t[0] == '[') {
		return record, nil
	}
	lines := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(t, []byte("\uFEFF"))))
	lines.Comma = rune(c.Files.Delimiter[0])
	lines.Comment = '#'
	all, err := lines.ReadAll()
	if err != nil || len(all) == 0 {
		return nil, errors.New("no CSV with a header and lines that have as many columns")
	}
	rows := []map[string]string{}
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return json.Marshal(rows)
}
