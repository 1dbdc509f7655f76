package care

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestJoiningDoesNotDependOnAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := drawParts(t)
		want := digestOf(joinLaw(parts))
		var shuffled []Part
		for _, i := range rapid.Permutation(indexes(len(parts))).Draw(t, "order of parts") {
			order := rapid.Permutation(indexes(parts[i].size())).Draw(t, "order of "+parts[i].system)
			shuffled = append(shuffled, parts[i].part(order))
		}
		if got := digestOf(Join(shuffled)); !reflect.DeepEqual(got, want) {
			t.Fatalf("in another order\n%+v\nwas\n%+v", got, want)
		}
	})
}

func TestASystemThatKnowsNobodyChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := drawParts(t)
		want := digestOf(joinLaw(parts))
		stranger := &lawPart{system: "stranger", authority: FactSet(rapid.Uint32Range(0, uint32(AllFacts)).Draw(t, "authority")), rank: map[FactKind]int{}}
		for _, k := range FactKinds() {
			stranger.rank[k] = 9
		}
		at := rapid.IntRange(0, len(parts)).Draw(t, "place")
		if got := digestOf(joinLaw(slices.Insert(slices.Clone(parts), at, stranger))); !reflect.DeepEqual(got, want) {
			t.Fatalf("with a system that knows nobody\n%+v\nwas\n%+v", got, want)
		}
	})
}

// One system is what it is, whether it goes through Join or not: but for the names
// in front of its references, and for certificates that are rows of a list.
func TestOneSystemJoinedIsTheSystem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawParts(t)[0]
		p.plain, p.authority, p.implied = true, AllFacts, false
		alone := Joined{Input: p.part(nil).Input}
		alone.Provides = AllFacts
		want, got := digestOf(alone), digestOf(joinLaw([]*lawPart{p}))
		got.There, want.There = nil, nil
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("joined\n%+v\nalone\n%+v", got, want)
		}
		p.plain = false
		named := digestOf(joinLaw([]*lawPart{p}))
		strip := strings.NewReplacer(p.system+":", "")
		for _, list := range [][]string{named.Clients, named.Staff, named.Orphans} {
			for i := range list {
				list[i] = strip.Replace(list[i])
			}
		}
		if named.There = nil; !reflect.DeepEqual(named, want) {
			t.Fatalf("joined under its name\n%+v\nalone\n%+v", named, want)
		}
	})
}

func TestAFactIsOnNobodyButTheClientItNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.eachFact(func(p *lawPart, f lawFact, ref Ref) {
			on := w.on[ref]
			if len(on) > 1 {
				t.Fatalf("%s is on %d clients", ref, len(on))
			}
			if len(on) == 0 {
				return
			}
			c := on[0]
			if hash, byNumber := hashOf(f.client); byNumber {
				if !w.numbersOf(c)[hash[0]] {
					t.Fatalf("%s names somebody by %d, and is on %s, who has %v", ref, hash[0], c.Ref, w.numbersOf(c))
				}
				return
			}
			if local := w.joined.There[p.system][c.Ref]; local != f.client {
				t.Fatalf("%s is of %s in %s, and is on %s, who is %q there", ref, f.client, p.system, c.Ref, local)
			}
		})
	})
}

func TestNobodyIsMergedWithinASystem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		for _, p := range w.parts {
			is := map[Ref]Ref{}
			for joined, local := range w.joined.There[p.system] {
				if other, taken := is[local]; taken {
					t.Fatalf("%s of %s is both %s and %s", local, p.system, joined, other)
				}
				is[local] = joined
			}
			for n := range p.people {
				local := Ref(fmt.Sprint("client/", n))
				i := slices.IndexFunc(w.joined.Unjoined, func(u Unjoined) bool { return u.System == p.system && u.Ref == p.name(local) })
				if _, known := is[local]; known == (i >= 0) {
					t.Fatalf("%s of %s is joined: %v, and is listed as joined to nobody: %v", local, p.system, known, i >= 0)
				}
			}
		}
		counted := 0
		for _, p := range w.parts {
			if p.authority.Has(SetOf(KindClient)) {
				counted += len(p.people)
			}
		}
		if !slices.ContainsFunc(w.parts, func(p *lawPart) bool { return p.implied }) && len(w.snap.Clients) > counted {
			t.Fatalf("%d clients of %d records", len(w.snap.Clients), counted)
		}
	})
}

func TestEveryFactThatIsLeftOutIsListed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		orphans := map[Ref]bool{}
		for _, o := range w.snap.Orphans {
			orphans[o.Record] = true
		}
		unjoined := map[Ref]bool{}
		for _, u := range w.joined.Unjoined {
			unjoined[u.Ref] = true
		}
		planned := map[Ref]bool{} // clients, and what facts name where there is none, with a plan of the first system
		for _, p := range w.parts {
			if p.system != "register" {
				continue
			}
			for n, f := range p.facts {
				if f.kind != KindPlan {
					continue
				}
				planned[p.name(f.client)] = true
				for _, c := range w.on[p.name(Ref(fmt.Sprint("fact/", n)))] {
					planned[c.Ref] = true
				}
			}
		}
		w.eachFact(func(p *lawPart, f lawFact, ref Ref) {
			switch {
			case len(w.on[ref]) == 1:
				if !p.authority.Has(SetOf(f.kind)) {
					t.Fatalf("%s counts, and %s is no authority for it", ref, p.system)
				}
			case !p.authority.Has(SetOf(f.kind)), orphans[ref], unjoined[p.name(f.client)]:
			case f.kind == KindPlan && p.rank[KindPlan] > 0 && w.outranked(p, f, planned):
			default:
				t.Fatalf("%s, a %s of %s in %s, is nowhere: orphans %v, unjoined %v", ref, f.kind, f.client, p.system, slices.Sorted(maps.Keys(orphans)), w.joined.Unjoined)
			}
		})
	})
}

// outranked: the client of the fact has such facts from the first system.
func (w *lawWorld) outranked(p *lawPart, f lawFact, planned map[Ref]bool) bool {
	if planned[p.name(f.client)] {
		return true
	}
	for joined, local := range w.joined.There[p.system] {
		if local == f.client && planned[joined] {
			return true
		}
	}
	hash, byNumber := hashOf(f.client)
	return byNumber && slices.ContainsFunc(w.snap.Clients, func(c *Client) bool { return planned[c.Ref] && w.numbersOf(c)[hash[0]] })
}
