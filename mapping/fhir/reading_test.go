package fhir

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"testing"

	"brygga/care"
	"brygga/mapping"
	"brygga/mapping/person"
)

// heard is a Sink that remembers what it was told.
type heard struct {
	mu      sync.Mutex
	Records []care.Record
	Unread  []care.Unreadable
	Visits  []care.VisitRecord
	Notes   []care.NoteRecord
}

func (h *heard) Record(r care.Record) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Records = append(h.Records, r)
}

func (h *heard) Unreadable(u care.Unreadable) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Unread = append(h.Unread, u)
}

func (h *heard) Visit(v care.VisitRecord) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Visits = append(h.Visits, v)
}

func (h *heard) Note(n care.NoteRecord) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Notes = append(h.Notes, n)
}

// calls is how often the sink was called.
func (h *heard) calls() int {
	return len(h.Records) + len(h.Unread) + len(h.Visits) + len(h.Notes)
}

var testHasher = person.NewHasher([]byte("test"))

func newMapper(plain bool) *Mapper {
	return New(Options{Hasher: testHasher, Names: care.NewNames(), PlainJSON: plain})
}

// read reads one resource in every way there is, and checks that they agree: by
// itself, with care, with encoding/json, and as the only row of a page of each
// kind that asks for its type.
func read(t *testing.T, raw string) *heard {
	t.Helper()
	one := &heard{}
	if err := newMapper(false).Resource(one, []byte(raw)); err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	same := func(how string, got *heard) {
		t.Helper()
		if !reflect.DeepEqual(got, one) {
			t.Errorf("%s differs:\n got %s\nwant %s", how, show(got), show(one))
		}
	}
	plain := &heard{}
	if err := newMapper(true).Resource(plain, []byte(raw)); err != nil {
		t.Fatal(err)
	}
	same("encoding/json", plain)

	m := newMapper(false)
	typ, err := m.typeOf([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	with := &heard{}
	careful, ok := m.types[typ].(interface {
		carefully(x *reading, sink mapping.Sink, raw []byte) error
	})
	if !ok {
		return one
	}
	if err := careful.carefully(&reading{Mapper: m}, with, []byte(raw)); err != nil {
		t.Fatal(err)
	}
	same("reading with care", with)

	for _, k := range Kinds(DefaultCodes()) {
		if k.Type != typ {
			continue
		}
		want := &heard{Records: one.Records, Unread: one.Unread, Visits: one.Visits, Notes: one.Notes}
		if typ == "Encounter" { // a kind asks for one of the two things that it may be
			if k.Name == "visit" {
				want.Records = nil
			} else {
				want.Visits = nil
			}
		}
		for name, row := range map[string]string{"ordinary": raw, "out of the ordinary": strings.Replace(raw, "{", `{"language":5,"text":[],`, 1)} {
			got := &heard{}
			page, err := newMapper(false).Page(k, got, searchset(`{"resource":`+row+`}`))
			if err != nil {
				t.Fatal(err)
			}
			if got.calls() != 0 || len(page.Keys) != 1 {
				t.Errorf("%s page: %d calls before Take, %d keys", name, got.calls(), len(page.Keys))
			}
			if err := page.Take(); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s page of %s differs:\n got %s\nwant %s", name, k.Name, show(got), show(want))
			}
			if got.calls() != 1 {
				t.Errorf("%s page of %s: %d calls for one row", name, k.Name, got.calls())
			}
		}
	}
	return one
}

func show(h *heard) string {
	b, _ := json.Marshal(map[string]any{"r": h.Records, "u": h.Unread, "v": h.Visits, "n": h.Notes})
	return string(b)
}

// record reads one resource that gives one record (and perhaps a void visit).
func record(t *testing.T, raw string) care.Record {
	t.Helper()
	h := read(t, raw)
	if len(h.Records) != 1 || len(h.Unread) != 0 {
		t.Fatalf("want one record, got %s", show(h))
	}
	return h.Records[0]
}

// fact is a row of a table: a resource and the facts that it gives.
type fact struct {
	name   string
	raw    string
	client care.Ref // "" for a record about nobody
	want   care.Facts
}

func checkFacts(t *testing.T, rows []fact) {
	t.Helper()
	for _, c := range rows {
		t.Run(c.name, func(t *testing.T) {
			got := record(t, c.raw)
			if !reflect.DeepEqual(got.Facts, c.want) {
				g, _ := json.Marshal(got.Facts)
				w, _ := json.Marshal(c.want)
				t.Errorf("\n got %s\nwant %s", g, w)
			}
			if got.Client != c.client {
				t.Errorf("about %q, want %q", got.Client, c.client)
			}
		})
	}
}

// broken is a row of a table: a resource that cannot be read, and where.
type broken struct {
	name, raw, path string
	client          care.Ref
}

func checkBroken(t *testing.T, facts care.FactSet, rows []broken) {
	t.Helper()
	for _, c := range rows {
		t.Run(c.name, func(t *testing.T) {
			h := read(t, c.raw)
			if h.calls() != 1 || len(h.Unread) != 1 {
				t.Fatalf("want one unreadable record, got %s", show(h))
			}
			u := h.Unread[0]
			if u.Path != c.path || u.Client != c.client || u.Facts != facts || u.Reason == "" {
				t.Errorf("got %+v, want path %s, client %q, facts %v", u, c.path, c.client, facts.Kinds())
			}
		})
	}
}

// with is a JSON object with some of its properties set to other JSON, or removed
// where that is "-".
func with(base string, properties ...string) string {
	var tree map[string]json.RawMessage
	if err := json.Unmarshal([]byte(base), &tree); err != nil {
		panic(err)
	}
	for i := 0; i < len(properties); i += 2 {
		if properties[i+1] == "-" {
			delete(tree, properties[i])
		} else {
			tree[properties[i]] = json.RawMessage(properties[i+1])
		}
	}
	b, err := json.Marshal(tree)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func onDay(s string) care.Date {
	d, err := care.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func from(start string) care.Period { return care.Period{Start: onDay(start)} }

func span(start, end string) care.Period { return care.Period{Start: onDay(start), End: onDay(end)} }

// ours is a concept of a code system of our own.
func ours(system, code string) string {
	return `{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/` + system + `","code":"` + code + `"}]}`
}
