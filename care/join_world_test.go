package care

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// lawPart is what one system of the laws gives, as a recipe: Join changes the
// records of its parts, so each joining makes them anew.
type lawPart struct {
	system    string
	plain     bool
	authority FactSet
	rank      map[FactKind]int
	rows      bool
	implied   bool
	people    [][]byte  // identifiers of the clients "client/0", "client/1" ...
	staff     [][]byte  // of the members of staff "staff/0" ...
	facts     []lawFact // "fact/0" ...
}

type lawFact struct {
	kind   FactKind
	client Ref // a client of the same system, or somebody by identifier
	member Ref // of an assignment
}

// part makes the part. Order says in which order its records stand; nil is that
// in which they were drawn.
func (l *lawPart) part(order []int) Part {
	var all []Record
	for n, ids := range l.people {
		all = append(all, person(Ref(fmt.Sprint("client/", n)), idents(ids)...))
	}
	for n, ids := range l.staff {
		q := []Qualification{{Kind: AssistantNurse, Period: Period{Start: day("2020-01-01").AddDays(n)}}}
		all = append(all, nurse(Ref(fmt.Sprint("staff/", n)), q, idents(ids)...))
	}
	for n, f := range l.facts {
		all = append(all, f.record(Ref(fmt.Sprint("fact/", n))))
	}
	if order != nil {
		shuffled := make([]Record, len(all))
		for i, to := range order {
			shuffled[to] = all[i]
		}
		all = shuffled
	}
	p := part(l.system, l.plain, l.authority, all...)
	p.Rank, p.Rows, p.Implied = l.rank, l.rows, l.implied
	return p
}

func (l *lawPart) size() int { return len(l.people) + len(l.staff) + len(l.facts) }

func (f lawFact) record(ref Ref) Record {
	r := Record{Ref: ref, Client: f.client}
	switch f.kind {
	case KindPlacement:
		r.Placements = []Placement{{Ref: ref, Setting: HomeCare}}
	case KindAssignment:
		r.Assignments = []Assignment{{Team: ref, Member: f.member}}
	case KindDecision:
		r.Decisions = []Decision{{Ref: ref, Kind: Offered, Date: day("2026-11-01")}}
	default:
		r.Plans = []Plan{{Ref: ref, Kind: Implementation, Active: true}}
	}
	return r
}

func idents(numbers []byte) (out []Identifier) {
	for _, n := range numbers {
		out = append(out, ident(n))
	}
	return out
}

// lawClients know the clients; lawSystems are those that may be there besides.
var lawSystems = []lawPart{
	{system: "lifecare", authority: SetOf(KindClient, KindStaff, KindPlacement, KindAssignment)},
	{system: "journal", plain: true, authority: SetOf(KindPlan), rank: map[FactKind]int{KindPlan: 1}},
	{system: "register", authority: SetOf(KindPlan, KindDecision)},
	{system: "hr", authority: SetOf(KindQualification), rows: true},
	{system: "other", authority: SetOf(KindClient), rank: map[FactKind]int{KindClient: 1}},
	{system: "archive"}, // holds much of everybody, and counts for nothing
}

var lawKinds = []FactKind{KindPlacement, KindAssignment, KindDecision, KindPlan}

// drawParts draws what several systems hold: few people with few numbers, so that
// they are often the same, often doubtful, and often have the same local ids.
func drawParts(t *rapid.T) (out []*lawPart) {
	numbers := rapid.SliceOfNDistinct(rapid.ByteRange(1, 7), 0, 2, rapid.ID[byte])
	staffNumbers := rapid.SliceOfNDistinct(rapid.ByteRange(101, 104), 0, 2, rapid.ID[byte])
	for i, s := range lawSystems {
		if i > 0 && rapid.Bool().Draw(t, "without "+s.system) {
			continue
		}
		l := s
		l.implied = (i == 0 || s.system == "other") && rapid.Bool().Draw(t, "implied")
		l.people = rapid.SliceOfN(numbers, 0, 3).Draw(t, s.system+" clients")
		l.staff = rapid.SliceOfN(staffNumbers, 0, 2).Draw(t, s.system+" staff")
		for n := range rapid.IntRange(0, 4).Draw(t, s.system+" facts") {
			label := fmt.Sprint(s.system, " fact ", n)
			f := lawFact{kind: rapid.SampledFrom(lawKinds).Draw(t, label)}
			f.client = drawRef(t, label+" client", "client/", 3, 1, 7)
			f.member = drawRef(t, label+" member", "staff/", 2, 101, 104)
			l.facts = append(l.facts, f)
		}
		out = append(out, &l)
	}
	return out
}

func drawRef(t *rapid.T, label, local string, most int, low, high byte) Ref {
	if rapid.Bool().Draw(t, label+" by identifier") {
		return LogicalRef(ident(rapid.ByteRange(low, high).Draw(t, label)))
	}
	return Ref(fmt.Sprint(local, rapid.IntRange(0, most-1).Draw(t, label)))
}

func joinLaw(parts []*lawPart) Joined {
	all := make([]Part, len(parts))
	for i, p := range parts {
		all[i] = p.part(nil)
	}
	return Join(all)
}

// digest is all that joining decides, in an order of its own.
type digest struct {
	Clients  []string
	Staff    []string
	Unjoined []string
	Orphans  []string
	There    map[string]map[Ref]Ref
}

func digestOf(j Joined) digest {
	s := Assemble(j.Input)
	d := digest{There: map[string]map[Ref]Ref{}}
	for _, c := range s.Clients {
		var gaps []string
		for _, g := range c.Gaps {
			gaps = append(gaps, fmt.Sprint(g.Source, g.Facts, g.Record, g.Reason))
		}
		slices.Sort(gaps)
		twins := slices.Sorted(slices.Values(s.Roster.Duplicates(c.Ref)))
		d.Clients = append(d.Clients, fmt.Sprint(c.Ref, " protected ", c.Protected, " facts ", factsHeld(c, s.Roster), " gaps ", gaps, " twins ", twins))
	}
	for ref, m := range s.Roster.Staff() {
		q := slices.Clone(m.Qualifications)
		slices.SortFunc(q, func(a, b Qualification) int { return cmp.Compare(a.Start, b.Start) })
		d.Staff = append(d.Staff, fmt.Sprint(ref, m.Read, m.Unreadable, q))
	}
	slices.Sort(d.Staff)
	for _, u := range j.Unjoined {
		d.Unjoined = append(d.Unjoined, fmt.Sprint(u))
	}
	for _, o := range s.Orphans {
		d.Orphans = append(d.Orphans, fmt.Sprint(o))
	}
	for name, there := range j.There {
		if len(there) > 0 {
			d.There[name] = there
		}
	}
	return d
}

// factsHeld lists the facts of a client by their references, sorted.
func factsHeld(c *Client, roster *Roster) (out []string) {
	for _, f := range c.Placements {
		out = append(out, string(f.Ref))
	}
	for _, f := range c.Decisions {
		out = append(out, string(f.Ref))
	}
	for _, f := range c.Plans {
		out = append(out, string(f.Ref))
	}
	for _, f := range c.Assignments {
		who, _, read := roster.Person(f.Member)
		out = append(out, fmt.Sprint(f.Team, " by ", who, read))
	}
	slices.Sort(out)
	return out
}

// factOf is the reference of a fact that factsHeld shows.
func factOf(shown string) Ref {
	ref, _, _ := strings.Cut(shown, " by ")
	return Ref(ref)
}

func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// lawWorld is a joining and what is asked of it.
type lawWorld struct {
	parts  []*lawPart
	joined Joined
	snap   *Snapshot
	on     map[Ref][]*Client // by fact: the clients who have it
}

func drawWorld(t *rapid.T) *lawWorld {
	w := &lawWorld{parts: drawParts(t), on: map[Ref][]*Client{}}
	w.joined = joinLaw(w.parts)
	w.snap = Assemble(w.joined.Input)
	for _, c := range w.snap.Clients {
		for _, f := range factsHeld(c, w.snap.Roster) {
			w.on[factOf(f)] = append(w.on[factOf(f)], c)
		}
	}
	return w
}

func (p *lawPart) name(r Ref) Ref {
	q := p.part(nil)
	return q.name(r)
}

// eachFact gives every fact of every system, with its name among all.
func (w *lawWorld) eachFact(yield func(*lawPart, lawFact, Ref)) {
	for _, p := range w.parts {
		for n, f := range p.facts {
			yield(p, f, p.name(Ref(fmt.Sprint("fact/", n))))
		}
	}
}

// numbersOf are the identifiers of a client in all systems.
func (w *lawWorld) numbersOf(c *Client) map[byte]bool {
	out := map[byte]bool{}
	for _, id := range c.Identifiers {
		out[id.Hash[0]] = true
	}
	for _, p := range w.parts {
		for n, ids := range p.people {
			if w.joined.There[p.system][c.Ref] == Ref(fmt.Sprint("client/", n)) {
				for _, id := range ids {
					out[id] = true
				}
			}
		}
	}
	return out
}
