package vendor

import (
	"sync"
	"testing"

	"brygga/care"
	"brygga/mapping/person"
)

func TestBuiltinMappingsLoad(t *testing.T) {
	for _, name := range Builtin() {
		t.Run(name, func(t *testing.T) {
			if _, err := Load(name, ""); err != nil {
				t.Error(err)
			}
		})
	}
}

// got is a sink that keeps everything.
type got struct {
	mu         sync.Mutex
	records    []care.Record
	unreadable []care.Unreadable
	visits     []care.VisitRecord
	notes      []care.NoteRecord
}

func (g *got) Record(r care.Record) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.records = append(g.records, r)
}

func (g *got) Unreadable(u care.Unreadable) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unreadable = append(g.unreadable, u)
}

func (g *got) Visit(v care.VisitRecord) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.visits = append(g.visits, v)
}

func (g *got) Note(n care.NoteRecord) { g.mu.Lock(); defer g.mu.Unlock(); g.notes = append(g.notes, n) }

func (g *got) calls() int {
	return len(g.records) + len(g.unreadable) + len(g.visits) + len(g.notes)
}

var testHasher = person.NewHasher([]byte("a key for tests"))

// mapper makes a mapper of a built-in mapping, or of one that is written out.
func mapper(t testing.TB, nameOrText string, settings map[string]string) *Mapper {
	t.Helper()
	m, err := Load(nameOrText, "")
	if len(nameOrText) > 40 {
		m, err = Parse("m.yaml", nameOrText)
	}
	if err != nil {
		t.Fatal(err)
	}
	v, err := New(m, Options{System: "s", Hasher: testHasher, Names: care.NewNames(), Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// read reads one page of a list.
func read(t testing.TB, m *Mapper, list, body string) *got {
	t.Helper()
	for _, k := range m.Kinds() {
		if k.Name != list {
			continue
		}
		g := &got{}
		p, err := m.Page(k, g, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Take(); err != nil {
			t.Fatal(err)
		}
		if len(p.Keys) != g.calls() {
			t.Errorf("%d rows gave %d calls", len(p.Keys), g.calls())
		}
		return g
	}
	t.Fatalf("there is no list %s", list)
	return nil
}

func TestAVisitOfLifecare(t *testing.T) {
	m := mapper(t, "lifecare", nil)
	g := read(t, m, "visit", `[{"Id": 1, "ClientPersonId": "195009072553", "PersonnelPersonId": "19610118-2803",
		"StartTime": "2026-11-01T08:00:00", "EndTime": "2026-11-01T08:30:00", "Status": "Completed",
		"Services": [{"Status":"Done","Name":"Städ"},{"Status":"Done","Name":"Fika"},{"Status":"Cancelled","Name":"Inköp"}], "Text": "free text"}]`)
	if len(g.visits) != 1 {
		t.Fatalf("%+v", g)
	}
	t.Logf("%+v %+v", g.visits[0], m.Codes())
}
