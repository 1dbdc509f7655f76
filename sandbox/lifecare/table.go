package lifecare

import (
	"bytes"
	"encoding/json"
	"hash/fnv"
	"slices"
	"strconv"
	"time"
)

// list says how one list of the API behaves.
type list struct {
	name   string
	group  string // keys are licensed per group
	key    string // the field by which rows are known, and which is all that a deleted one holds
	delta  bool   // has gt and lt, and Deleted rows
	stamps bool   // rows say when they changed
}

// The lists below /api/v1, and the group that each is licensed with.
var lists = []list{
	{"clients", "client", "PersonId", true, true},
	{"client_absences", "client", "Id", true, false},
	{"relatives", "client", "Id", true, false},
	{"provider_contact_personnels", "personnel", "Id", true, false},
	{"provider_personnels", "personnel", "Id", true, false},
	{"provider_units", "unit", "Id", true, false},
	{"executions", "execution", "Id", true, false},
	{"sol_decisions", "decision", "Id", true, false},
	{"service_plans", "plan", "Id", false, false},
	{"documentations", "documentation", "Id", false, false},
	{"reported_visits", "visit", "Id", true, false},
}

// table is the rows of one list, in an order that means nothing.
type table struct {
	list
	rows  []*row // by order
	index map[string]*row
}

type row struct {
	key      string
	owner    int    // index of the client; nobody for staff and units
	order    uint64 // where it stands among the rows
	modified int64  // milliseconds UTC
	deleted  bool
	body     []byte // without UpdateTime and Deleted
}

// nobody owns rows that belong to no client.
const nobody = -1

// entry is a row to be entered.
type entry struct {
	list  string
	key   string
	owner int
	at    time.Time // when it was changed last
	gone  bool      // it was deleted then
	value any
}

// enter puts a row in or changes it, and says whether anything changed. A row that
// another client owns is left as it is: somebody registered twice is one person here.
func (t *table) enter(e entry, ms int64) bool {
	var body []byte
	if !e.gone {
		body = encode(e.value)
	}
	old := t.index[e.key]
	if old == nil {
		r := &row{e.key, e.owner, orderOf(t.name, e.key), ms, e.gone, body}
		t.index[e.key] = r
		t.rows = append(t.rows, r)
		return true
	}
	if old.owner != e.owner || (old.deleted == e.gone && bytes.Equal(old.body, body)) {
		return false
	}
	old.modified, old.deleted, old.body = ms, e.gone, body
	return true
}

// sort brings rows that were entered to where they stand.
func (t *table) sort() {
	slices.SortFunc(t.rows, func(a, b *row) int {
		switch {
		case a.order != b.order:
			return map[bool]int{true: -1, false: 1}[a.order < b.order]
		case a.key < b.key:
			return -1
		}
		return 1
	})
}

// orderOf scatters rows, so that a new one comes anywhere among the others.
func orderOf(list, key string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(list + "/" + key))
	x := h.Sum64()
	x ^= x >> 33 // short keys differ in their last bits only
	x *= 0xff51afd7ed558ccd
	return x ^ x>>33
}

// encode writes a row as such systems do: without escaping what HTML would.
func encode(value any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		panic("lifecare: " + err.Error()) // the types of wire.go can be written
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// append writes a row as the list shows it.
func (r *row) append(b []byte, l list) []byte {
	if r.deleted {
		b = append(append(append(b, `{"`...), l.key...), `":`...)
		if l.key == "Id" {
			b = append(b, r.key...)
		} else {
			b = strconv.AppendQuote(b, r.key)
		}
		return append(b, `,"Deleted":true}`...)
	}
	b = append(b, r.body[:len(r.body)-1]...)
	if l.stamps {
		b = append(append(append(b, `,"UpdateTime":"`...), modified(time.UnixMilli(r.modified))...), '"')
	}
	if l.delta {
		b = append(b, `,"Deleted":false`...)
	}
	return append(b, '}')
}
