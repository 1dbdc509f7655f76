package interop

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// own is a Flag or Task of one tenant as it stands on the server.
type own struct {
	resource
	client, rule string
	finding      string // value of the finding identifier, with "#n"
}

func (o own) status() string { return text(o.resource, "status") }
func (o own) task() bool     { return o.typ() == "Task" }
func (o own) open() bool {
	return !slices.Contains([]string{"inactive", "completed", "cancelled", "rejected", "failed", "entered-in-error"}, o.status())
}

// byTag says whether the server searches by tag: an empty probe shows it.
var byTag = struct {
	once sync.Once
	yes  bool
}{}

func searchesByTag(t testing.TB) bool {
	byTag.once.Do(func() {
		found, err := under.pages(t, "Task", url.Values{"_tag": {ours + "/tenant|no-such-tenant"}})
		byTag.yes = err == nil && len(found) == 0
		if byTag.yes { // an empty server would say the same to anything
			r := under.create(t, resource{
				"resourceType": "Task", "status": "draft", "intent": "order", "description": "brygga interop: search by tag",
				"meta": map[string]any{"tag": []any{map[string]any{"system": ours + "/interop", "code": "probe"}}},
			})
			found, err = under.pages(t, "Task", url.Values{"_tag": {ours + "/interop|probe"}})
			byTag.yes = err == nil && slices.ContainsFunc(found, func(f resource) bool { return f.id() == r.id() })
		}
	})
	return byTag.yes
}

// standing reads back what stands for a tenant, sorted. Everything of it must
// have been written as fhir.md says of what is own: with tag and identifier.
func standing(t testing.TB, tenant string) []own {
	t.Helper()
	var out []own
	for _, typ := range []string{"Flag", "Task"} {
		criteria := url.Values{}
		if searchesByTag(t) {
			criteria.Set("_tag", ours+"/tenant|"+tenant)
		}
		for _, r := range under.search(t, typ, criteria) {
			if tenantOf(r) == tenant {
				out = append(out, asOwn(t, r))
			}
		}
	}
	slices.SortFunc(out, func(a, b own) int { return strings.Compare(a.ref(), b.ref()) })
	return out
}

func tenantOf(r resource) string {
	for _, tag := range list(r, "meta", "tag") {
		if text(tag, "system") == ours+"/tenant" {
			return text(tag, "code")
		}
	}
	return ""
}

func asOwn(t testing.TB, r resource) own {
	t.Helper()
	o := own{resource: r, client: subject(r), rule: coded(at(r, "code"), ours+"/CodeSystem/rule")}
	for _, id := range list(r, "identifier") {
		if text(id, "system") == ours+"/finding" {
			o.finding = text(id, "value")
		}
	}
	if o.client == "" || o.rule == "" || o.finding == "" {
		t.Errorf("%s has the tenant's tag, and client %q, rule %q, finding %q", r.ref(), o.client, o.rule, o.finding)
	}
	return o
}

// find gives the own resource of a type about a client and a rule: the latest
// occurrence, where there are several.
func find(t testing.TB, all []own, typ, client, rule string) own {
	t.Helper()
	var found []own
	for _, o := range all {
		if o.typ() == typ && o.client == client && o.rule == rule {
			found = append(found, o)
		}
	}
	if len(found) == 0 {
		t.Fatalf("there is no %s of %s for %s", typ, rule, client)
	}
	return slices.MaxFunc(found, func(a, b own) int { return strings.Compare(a.finding, b.finding) })
}

// once demands that nothing stands twice: one resource per identifier and type.
func once(t testing.TB, all []own) {
	t.Helper()
	seen := map[string]string{}
	for _, o := range all {
		k := o.typ() + " " + o.finding
		if other := seen[k]; other != "" {
			t.Errorf("%s stands twice: %s and %s", k, other, o.ref())
		}
		seen[k] = o.ref()
	}
}

// versions gives the version of each.
func versions(all []own) map[string]string {
	out := map[string]string{}
	for _, o := range all {
		out[o.ref()] = o.version()
	}
	return out
}

// moved lists what is new, has another version or is gone, as "Type rule story".
func (m *municipality) moved(before, after []own) []string {
	was, is := versions(before), versions(after)
	var out []string
	for _, o := range after {
		if was[o.ref()] != is[o.ref()] {
			out = append(out, m.label(o))
		}
	}
	for _, o := range before {
		if is[o.ref()] == "" {
			out = append(out, "gone: "+m.label(o))
		}
	}
	slices.Sort(out)
	return out
}

func (m *municipality) label(o own) string { return o.typ() + " " + o.rule + ", " + m.story(o.client) }

// same demands that nothing was written between two readings.
func (m *municipality) same(t testing.TB, before, after []own, when string) {
	t.Helper()
	if moved := m.moved(before, after); len(moved) > 0 {
		t.Errorf("%s something was written:\n  %s", when, strings.Join(moved, "\n  "))
	}
}

// just demands that exactly these moved, each given as "Type rule, story".
func (m *municipality) just(t testing.TB, before, after []own, want ...string) {
	t.Helper()
	got := m.moved(before, after)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("what moved:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// content is what stands for a tenant, without what differs between tenants and
// between instants: by type, rule and client, with how many there are.
func (m *municipality) content(t testing.TB, all []own) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, o := range all {
		r := resource(maps.Clone(o.resource))
		for _, name := range []string{"id", "meta", "identifier", "authoredOn", "lastModified", "text"} {
			delete(r, name)
		}
		_, occurrence, _ := strings.Cut(o.finding, "#")
		key := m.label(o) + " #" + occurrence
		if out[key] != "" {
			t.Errorf("%s stands twice", key)
		}
		out[key] = string(asJSON(t, r))
	}
	return out
}

// alike demands the same content for two tenants of one municipality.
func (m *municipality) alike(t testing.TB, got, want []own) {
	t.Helper()
	g, w := m.content(t, got), m.content(t, want)
	for _, k := range slices.Sorted(maps.Keys(w)) {
		if g[k] != w[k] {
			t.Errorf("%s:\n  %s\nwant\n  %s", k, or(g[k], "(nothing)"), w[k])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(g)) {
		if w[k] == "" {
			t.Errorf("%s stands and should not", k)
		}
	}
}

// Staff, in their own system.

// accepts takes a Task.
func accepts(owner string) func(resource) {
	return func(r resource) {
		r["status"] = "accepted"
		r["owner"] = map[string]any{"reference": owner}
		r["note"] = append(list(r, "note"), map[string]any{"text": "Jag tar den."})
	}
}

// sets the status, as a person who ends or reopens something does.
func sets(status string) func(resource) {
	return func(r resource) { r["status"] = status }
}

func (o own) String() string { return fmt.Sprintf("%s %s %s", o.typ(), o.rule, o.status()) }
