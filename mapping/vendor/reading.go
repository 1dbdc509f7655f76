package vendor

import (
	"encoding/hex"
	"strings"
	"time"

	"github.com/expr-lang/expr/vm"

	"brygga/care"
	"brygga/mapping/person"
)

// reading is one page, or one record, being read by one goroutine. What
// expressions need besides the row is here, and nothing of it outlives the page.
type reading struct {
	*Mapper
	list    *list
	fact    *fact // being filled
	vm      vm.VM
	values  values
	people  map[string]named // by person number
	hsas    map[string]care.Identifier
	tables  []tableRow
	counts  []tableCount
	rec     care.Record // of the row being read
	scratch value
	parts   [4]string // of the row's key
	splits  bool      // raw rows are kept beside the decoded ones
	trace   *trace    // nil unless somebody wants to see how a record is read

	note        care.NoteRecord
	visit       care.VisitRecord
	visitRoom   []care.Visit
	staffRoom   []uint32
	serviceRoom []uint32
}

func (m *Mapper) newReading(l *list) *reading {
	x := &reading{Mapper: m, list: l, people: map[string]named{}, hsas: map[string]care.Identifier{}}
	x.vm.MemoryBudget = memoryBudget
	x.tables = make([]tableRow, len(m.tables))
	x.counts = make([]tableCount, len(m.tables))
	return x
}

// fault is why a record cannot be read; it never holds a value.
type fault struct {
	place  place
	field  string // the field of the fact, or of the row
	reason string
}

func (f *fault) Error() string { return f.reason }

// path is what Unreadable.Path says.
func (f *fault) path() string {
	p := f.place.String()
	if f.field != "" {
		p += ": " + f.field
	}
	return p
}

func unreadable(reason string) *fault { return &fault{reason: reason} }

// named is a person, and the reference by which records name the person.
type named struct {
	id  care.Identifier
	ref care.Ref
}

// client gives a value the person with a number.
func (x *reading) client(s string, out *value) error {
	p, ok := x.people[s]
	if !ok {
		return out.person(x.identify(s))
	}
	out.who, out.ref, out.set = who{p.id}, p.ref, true
	return nil
}

// identify gives the keyed hash of a person number, written with 12 digits and
// perhaps a hyphen before the last four. A day of 60 and more is that of a
// samordningsnummer. Nothing at all is nobody; anything else is an identifier
// that is not valid.
func (x *reading) identify(s string) who {
	s = strings.TrimSpace(s)
	if s == "" {
		return who{}
	}
	if p, ok := x.people[s]; ok {
		return who{p.id}
	}
	n := plainNumber(s)
	kind := care.Personnummer
	if len(n) == 12 && n[6] >= '6' && n[6] <= '9' {
		kind = care.Samordningsnummer
	}
	id := x.hasher.Identifier(kind, n)
	if len(x.people) < 4096 {
		x.people[s] = named{id, person.Ref(id)}
	}
	x.trace.label(person.Ref(id), "person(", s)
	return who{id}
}

func plainNumber(s string) string {
	if len(s) == 13 && s[8] == '-' {
		return s[:8] + s[9:]
	}
	return s
}

// born gives the date of birth that a person number holds; none where it is not
// valid or does not say.
func (x *reading) born(s string) care.Date {
	w := x.identify(s)
	n := plainNumber(strings.TrimSpace(s))
	if !w.id.Valid || len(n) != 12 {
		return 0
	}
	y, m, d := figures(n[:4]), figures(n[4:6]), figures(n[6:8])
	if w.id.Kind == care.Samordningsnummer {
		d -= 60
	}
	if m == 0 || d == 0 {
		return 0
	}
	return care.NewDate(y, time.Month(m), d)
}

func (x *reading) hsa(s string) who {
	s = strings.TrimSpace(s)
	if s == "" {
		return who{}
	}
	id, ok := x.hsas[s]
	if !ok {
		id = x.hasher.Identifier(care.HSAID, s)
		if len(x.hsas) < 4096 {
			x.hsas[s] = id
		}
		x.trace.label(person.Ref(id), "hsa(", s)
	}
	return who{id}
}

// local names a person as only this system does: by a signature, by a number of
// employment. It is nobody's name in any other system.
func (x *reading) local(name, s string) who {
	s = strings.TrimSpace(s)
	if s == "" {
		return who{}
	}
	id := care.Identifier{Kind: care.Reservnummer, Hash: x.hasher.Sum(0, x.system+"|"+name+"|"+s), Valid: true}
	x.trace.label(person.Ref(id), "local("+name+", ", s)
	return who{id}
}

// organizationNumber is the system of organisationsnummer (fhir.md), by which one
// organization is the same in every source.
const organizationNumber = "urn:oid:2.5.4.97"

// organization names an organization by its HSA-id or organisationsnummer.
func (x *reading) organization(s string) care.Ref {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	if n := strings.ReplaceAll(s, "-", ""); len(n) == 10 && figures(n) >= 0 {
		ref := person.Ref(care.Identifier{Hash: x.hasher.Sum(0, organizationNumber+"|"+n)})
		x.trace.label(ref, "orgnr(", s)
		return ref
	}
	return person.Ref(x.hsa(s).id)
}

// refOf makes the reference of a record of a list, among those of its own system
// (care.Join tells systems apart); empty where a part of the key is.
func (x *reading) refOf(list string, parts ...string) care.Ref {
	n := len(list) + 1
	for _, p := range parts {
		if p == "" || p == "0" {
			return ""
		}
		n += len(p) + 1
	}
	if len(parts) > 1 { // so that two keys never look like one
		for i, p := range parts {
			parts[i] = strings.NewReplacer("%", "%25", "|", "%7C").Replace(p)
		}
	}
	var b strings.Builder
	b.Grow(n)
	b.WriteString(list)
	sep := byte('/')
	for _, p := range parts {
		b.WriteByte(sep)
		b.WriteString(p)
		sep = '|'
	}
	return care.Ref(b.String())
}

// keyPart is a text or whole number as part of a key. One that is somebody's
// number, though the mapping does not say so, goes no further than a person's.
func (x *reading) keyPart(s string) string {
	if s = strings.TrimSpace(s); isNumber(s) {
		return x.keyOf(s)
	}
	return strings.Clone(s)
}

// isNumber says whether a text is a valid person number, in any of the ways in which
// they are written: with ten digits too, which are nobody in particular and tell all
// the same who it is.
func isNumber(s string) bool {
	if n := len(s) - 5; n > 0 && strings.IndexByte("-+ ", s[n]) >= 0 {
		s = s[:n] + s[n+1:]
	}
	valid := func(n string) bool {
		return person.Valid(care.Personnummer, n) || person.Valid(care.Samordningsnummer, n)
	}
	switch len(s) {
	case 12:
		return valid(s)
	case 10:
		return valid("19"+s) || valid("20"+s)
	}
	return false
}

// keyOf is a person number as part of a key: its keyed hash.
func (x *reading) keyOf(s string) string {
	w := x.identify(s)
	if w == (who{}) {
		return ""
	}
	return hex.EncodeToString(w.id.Hash[:])
}

// date and instant read what a field or a text holds; nothing is no date.
func (x *reading) date(s string) (care.Date, error) {
	m, ok, err := x.moment(s)
	if !ok || err != nil {
		return 0, err
	}
	return m.calendar(x.utc), nil
}

func (x *reading) instant(s string) (time.Time, error) {
	m, ok, err := x.moment(s)
	if !ok || err != nil {
		return time.Time{}, err
	}
	return m.instant(x.utc), nil
}

func (x *reading) moment(s string) (m moment, ok bool, err error) {
	if s == "" {
		return m, false, nil
	}
	m, ok = parseStamp(s)
	if !ok {
		if strings.TrimSpace(s) == "" {
			return m, false, nil
		}
		return m, false, unreadable("is no date, or one that does not exist")
	}
	return m, !m.absent(), nil
}
