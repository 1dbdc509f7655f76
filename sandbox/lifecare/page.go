package lifecare

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
)

// target is what a path names.
type target struct {
	name     string // below api/v1 or api/v2
	list     *list
	id       string // of one object
	envelope bool
	recent   bool // reaches seven days back
}

// place finds what a path below api/ names; its list is nil where there is nothing.
func place(path string) target {
	switch path {
	case "v2/provider_units/provider_personnel":
		return target{name: path, list: &lists[staffList], envelope: true}
	case "v2/modified_provider_personnel":
		return target{name: path, list: &lists[staffList], envelope: true, recent: true}
	}
	rest, ok := strings.CutPrefix(path, "v1/")
	if !ok {
		return target{name: path}
	}
	name, id, _ := strings.Cut(rest, "/")
	for i := range lists {
		if lists[i].name == name {
			return target{name: name, list: &lists[i], id: id}
		}
	}
	return target{name: name}
}

// staffList is where provider_personnels stands among the lists.
const staffList = 4

// one answers one object; deleted ones are not there.
func (s *Server) one(w http.ResponseWriter, p target) {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	r := s.store.tables[p.list.name].index[p.id]
	if r == nil || r.deleted {
		refuse(w, http.StatusNotFound)
		return
	}
	send(w, r.append(nil, *p.list))
}

func (s *Server) page(w http.ResponseWriter, r *http.Request, p target, quirks *Quirks) {
	ask, err := parse(r.URL.Query(), *p.list, s.opt.MaxLimit)
	if err != nil {
		refuse(w, http.StatusBadRequest)
		return
	}
	if p.recent {
		since := s.opt.Clock().Add(-reach).UnixMilli()
		ask.gt = max(ask.gt, since)
	}
	if quirks.Repeats.has(p.name) {
		ask.offset = 0
	}
	if ask.gt > 0 && quirks.Window > 0 && ask.gt < s.opt.Clock().Add(-quirks.Window).UnixMilli() {
		ask.limit = 0 // it does not know so far back, and does not say so
	}
	b, n := s.store.page(p.list.name, ask, func(rows []*row) []*row { return s.shift(rows, p.name, quirks) })
	if p.envelope {
		b = append(append([]byte(`{"Items":`), b...), '}')
	}
	if n == 0 && quirks.NoContent {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	send(w, b)
}

// shift reorders the rows as the quirks say.
func (s *Server) shift(rows []*row, name string, quirks *Quirks) []*row {
	n := s.calls.Add(1)
	switch {
	case len(rows) == 0:
	case quirks.Shuffled.has(name):
		rows = append([]*row(nil), rows...)
		d := rand.New(rand.NewPCG(uint64(n), 1)) //nolint:gosec // nothing here is secret
		d.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	case quirks.Shift != 0:
		at := int(n) * quirks.Shift % len(rows)
		if at < 0 {
			at += len(rows)
		}
		rows = append(append([]*row(nil), rows[at:]...), rows[:at]...)
	}
	return rows
}

// page writes the rows that are asked for, and says how many there are of them.
func (s *Store) page(name string, ask question, order func([]*row) []*row) ([]byte, int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.tables[name]
	b := []byte{'['}
	n, skip := 0, ask.offset
	for _, r := range order(t.rows) {
		if n >= ask.limit {
			break
		}
		if !r.asked(ask) {
			continue
		}
		if skip--; skip >= 0 {
			continue
		}
		if n++; n > 1 {
			b = append(b, ',')
		}
		b = r.append(b, t.list)
	}
	return append(b, ']'), n
}

// asked says whether a row is among those asked for. Deleted ones are shown to who
// asks what changed.
func (r *row) asked(ask question) bool {
	switch {
	case r.deleted && ask.gt == 0,
		ask.gt > 0 && r.modified <= ask.gt,
		ask.lt > 0 && r.modified >= ask.lt:
		return false
	case len(ask.where) == 0:
		return true
	case r.deleted:
		return false
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(r.body, &fields) != nil {
		return false
	}
	for _, c := range ask.where {
		raw, ok := fields[c.field]
		if !ok {
			return false
		}
		text := string(raw)
		_ = json.Unmarshal(raw, &text) // a number stays as it is written
		if !c.holds(text) {
			return false
		}
	}
	return true
}

func send(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(body)
}
