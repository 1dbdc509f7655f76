package interop

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"brygga/sandbox/people"
)

// municipality is a small municipality as it stands on the server.
type municipality struct {
	t      testing.TB
	made   *people.Municipality
	prefix string
	place  map[string]string // "Type/id" as made → as the server calls it
	clean  map[string]string // the other way round
	all    []resource        // as loaded, with the server's ids
}

// mark is what makes the names of one test of one run its own.
func mark() string {
	b := make([]byte, 4)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// newTenant is a tenant that nobody else writes under.
func newTenant() string { return "interop-" + mark() }

// loaded is every resource that this run of the tests put on the server.
var loaded registry

type registry struct {
	mu   sync.Mutex
	refs map[string]bool
}

func (r *registry) add(ref string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refs == nil {
		r.refs = map[string]bool{}
	}
	r.refs[ref] = true
}

func (r *registry) anyOf(lines []struct{ Record string }) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(lines, func(l struct{ Record string }) bool { return r.refs[l.Record] })
}

// load puts a new small municipality on the server. The server gives the ids, as
// every FHIR server does; not all of them take the client's.
func load(t testing.TB) *municipality {
	t.Helper()
	m := &municipality{t: t, prefix: "i" + mark() + "-", place: map[string]string{}, clean: map[string]string{}}
	m.made = people.SmallWithoutMoves(m.prefix, today().String())
	m.made.Resources(func(r people.Resource) bool {
		m.add(r.JSON)
		return true
	})
	return m
}

// add gives one resource, as it was made, to the server.
func (m *municipality) add(made []byte) resource {
	m.t.Helper()
	r := m.translate(made)
	was := r.ref()
	delete(r, "id")
	got := under.create(m.t, r)
	m.place[was], m.clean[got.ref()] = got.ref(), was
	m.all = append(m.all, got)
	loaded.add(got.ref())
	return got
}

// translate reads a resource as it was made, with its references as the server
// calls them.
func (m *municipality) translate(made []byte) resource {
	m.t.Helper()
	r := parse(m.t, made)
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["reference"].(string); ok {
				if m.place[ref] == "" {
					m.t.Fatalf("%s is referred to before it was made", ref)
				}
				v["reference"] = m.place[ref]
			}
			for _, x := range v {
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(map[string]any(r))
	return r
}

// shared is one municipality whose records no test changes: tests that only
// write, each under a tenant of its own, share it.
var shared = struct {
	once sync.Once
	m    *municipality
}{}

func unchanging(t testing.TB) *municipality {
	t.Helper()
	shared.once.Do(func() { shared.m = load(t) })
	if shared.m == nil {
		t.Fatal("the shared municipality could not be loaded")
	}
	m := *shared.m
	m.t = t
	return &m
}

// unit is the id of the one unit of home care.
func (m *municipality) unit() string {
	m.t.Helper()
	var unit string
	m.made.Clients(func(c people.Client) bool {
		unit = m.place["Organization/"+c.Unit]
		return false
	})
	_, id, _ := strings.Cut(unit, "/")
	if id == "" {
		m.t.Fatal("the municipality has no unit")
	}
	return id
}

// client is the one client with a story, as the server calls it.
func (m *municipality) client(story string) string {
	m.t.Helper()
	found := ""
	m.made.Clients(func(c people.Client) bool {
		if c.Story.Name == story {
			found = m.place["Patient/"+c.ID]
		}
		return found == ""
	})
	if found == "" {
		m.t.Fatalf("the municipality has no client with the story %q", story)
	}
	return found
}

// story names the story of a client, for messages: nothing personal in it.
func (m *municipality) story(client string) string {
	s, ok := m.made.StoryOf(m.clean[client])
	if !ok {
		return "somebody else (" + client + ")"
	}
	return s.Name
}

// of gives the resources of a type about a client, as they were loaded.
func (m *municipality) of(typ, client string) []resource {
	var out []resource
	for _, r := range m.all {
		if r.typ() == typ && subject(r) == client {
			out = append(out, r)
		}
	}
	return out
}

func subject(r resource) string {
	for _, name := range []string{"subject", "patient", "for"} {
		if ref := text(r, name, "reference"); ref != "" {
			return tidyRef(ref)
		}
	}
	return ""
}

// change changes a record on the server, as somebody does in the record system.
func (m *municipality) change(ref string, how func(resource)) {
	m.t.Helper()
	now := under.change(m.t, ref, how)
	for i, r := range m.all {
		if r.ref() == ref {
			m.all[i] = now
		}
	}
}

// teams gives a client's CareTeams that hold today.
func (m *municipality) teams(client string) []resource {
	return slices.DeleteFunc(m.of("CareTeam", client), func(r resource) bool {
		return text(r, "status") != "active" || text(r, "period", "end") != ""
	})
}

// member gives the Practitioner whom a CareTeam names, however it does so.
func (m *municipality) member(team resource) string {
	who := at(team, "participant", 0, "member")
	if ref := tidyRef(text(who, "reference")); ref != "" {
		return m.person(ref)
	}
	value := text(who, "identifier", "value")
	for _, r := range m.all {
		if r.typ() == "Practitioner" && value != "" && text(r, "identifier", 0, "value") == value {
			return r.ref()
		}
	}
	return ""
}

// person gives the Practitioner of a Practitioner or PractitionerRole.
func (m *municipality) person(ref string) string {
	for _, r := range m.all {
		if r.ref() == ref && r.typ() == "PractitionerRole" {
			return tidyRef(text(r, "practitioner", "reference"))
		}
	}
	return ref
}

// roles gives the employments of a person.
func (m *municipality) roles(person string) []resource {
	var out []resource
	for _, r := range m.all {
		if r.typ() == "PractitionerRole" && tidyRef(text(r, "practitioner", "reference")) == person {
			out = append(out, r)
		}
	}
	return out
}

// secrets are what must not be in anything that is written: names, numbers,
// addresses and dates of birth of all clients, and names and HSA-ids of staff.
func (m *municipality) secrets() []string {
	var out []string
	for _, r := range m.all {
		if r.typ() != "Patient" && r.typ() != "Practitioner" {
			continue
		}
		out = append(out, text(r, "name", 0, "family"), text(r, "name", 0, "given", 0))
		for _, id := range list(r, "identifier") {
			out = append(out, text(id, "value"))
		}
		out = append(out, text(r, "address", 0, "line", 0), text(r, "birthDate"))
	}
	out = slices.DeleteFunc(out, func(s string) bool { return s == "" })
	slices.Sort(out)
	return slices.Compact(out)
}

// names says whether a text holds a secret as a word of its own.
func names(content []byte, secret string) bool {
	for rest := content; ; {
		i := bytes.Index(rest, []byte(secret))
		if i < 0 {
			return false
		}
		before, after := bytes.Runes(rest[:i]), bytes.Runes(rest[i+len(secret):])
		if (len(before) == 0 || !wordly(before[len(before)-1])) && (len(after) == 0 || !wordly(after[0])) {
			return true
		}
		rest = rest[i+len(secret):]
	}
}

func wordly(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 127
}

func asJSON(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheMunicipalityStandsOnTheServerAsItWasMade(t *testing.T) {
	m := unchanging(t)
	n := 0
	m.made.Resources(func(r people.Resource) bool {
		n++
		if m.place[r.Ref()] == "" {
			t.Errorf("%s was not loaded", r.Ref())
		}
		return true
	})
	if n < 300 || len(m.all) != n {
		t.Fatalf("%d resources were made and %d loaded", n, len(m.all))
	}
	for _, typ := range []string{"Patient", "CareTeam", "CarePlan", "Encounter"} {
		for _, r := range m.all {
			if r.typ() != typ {
				continue
			}
			if a := under.ask(t, http.MethodGet, r.ref(), nil); a.status != http.StatusOK {
				t.Errorf("GET %s: %d", r.ref(), a.status)
			}
			break
		}
	}
}
