package lifecare

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// question is what a request asks of a list.
type question struct {
	limit, offset int
	gt, lt        int64 // milliseconds; 0 is not asked
	where         []condition
}

// condition is Field = 'value', or an order between the two as texts.
type condition struct{ field, op, value string }

var errQuery = errors.New("the query cannot be read")

// parse reads the parameters of a list. Those that the list does not have are
// ignored, as such systems do.
func parse(q url.Values, l list, most int) (question, error) {
	ask := question{limit: min(defaultLimit, most)}
	var err error
	number := func(name string, to *int) {
		if text := q.Get(name); text != "" {
			n, e := strconv.Atoi(text)
			if e != nil || n < 0 {
				err = errQuery
				return
			}
			*to = n
		}
	}
	number("limit", &ask.limit)
	number("offset", &ask.offset)
	ask.limit = min(ask.limit, most) // silently
	if l.delta {
		for name, to := range map[string]*int64{"gt": &ask.gt, "lt": &ask.lt} {
			if text := q.Get(name); text != "" {
				t, e := parseTime(text)
				if e != nil {
					return ask, e
				}
				*to = t.UnixMilli()
			}
		}
	}
	if text := q.Get("q"); text != "" {
		where, e := parseWhere(text)
		if e != nil {
			return ask, e
		}
		ask.where = where
	}
	return ask, err
}

// parseTime reads a moment in UTC, with or without Z, or a date.
func parseTime(text string) (time.Time, error) {
	for _, form := range []string{"2006-01-02T15:04:05.999999999", time.DateOnly, time.RFC3339Nano} {
		if t, err := time.Parse(form, strings.TrimSuffix(text, "Z")); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errQuery
}

// parseWhere reads a search expression: conditions joined by "and", each a field, one
// of = > >= < <=, and a text in quotes in which there is none.
func parseWhere(text string) ([]condition, error) {
	var all []condition
	for {
		text = strings.TrimLeft(text, " ")
		n := 0
		for n < len(text) && (text[n] == '_' || text[n] >= '0' && text[n] <= '9' || text[n]|0x20 >= 'a' && text[n]|0x20 <= 'z') {
			n++
		}
		c := condition{field: text[:n]}
		text = strings.TrimLeft(text[n:], " ")
		for _, op := range []string{">=", "<=", "=", ">", "<"} {
			if rest, ok := strings.CutPrefix(text, op); ok {
				c.op, text = op, strings.TrimLeft(rest, " ")
				break
			}
		}
		rest, quoted := strings.CutPrefix(text, "'")
		value, rest, closed := strings.Cut(rest, "'")
		if c.field == "" || c.op == "" || !quoted || !closed {
			return nil, errQuery
		}
		c.value = value
		all = append(all, c)
		if text = strings.TrimSpace(rest); text == "" {
			return all, nil
		}
		next, ok := strings.CutPrefix(text, "and ")
		if !ok {
			return nil, errQuery
		}
		text = next
	}
}

// holds compares as texts, which is right for dates that are written alike.
func (c condition) holds(value string) bool {
	order := strings.Compare(value, c.value)
	switch c.op {
	case "=":
		return order == 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	case "<":
		return order < 0
	}
	return order <= 0
}
