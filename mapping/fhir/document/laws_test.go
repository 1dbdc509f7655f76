package document

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"brygga/care"
)

// Whatever the record holds: the document passes the checks, and nothing of what must not
// come along is in it, in the Bundle or on the page.
func TestNothingOfAForbiddenSectionLeaks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		o := options()
		o.Permitted = w.permitted
		d, err := Compose(w.collection(), o)
		if err != nil {
			t.Fatal(err)
		}
		bundle, page := string(d.Bundle(testID, at)), string(d.Page(testID, at))
		for _, p := range Check([]byte(bundle), o.Permitted) {
			t.Errorf("Check: %s", p)
		}
		for what, s := range map[string]string{"bundle": bundle, "page": page} {
			if i := strings.Index(s, leak); i >= 0 {
				t.Errorf("in the %s: %q", what, s[max(0, i-300):min(len(s), i+100)])
			}
		}
	})
}

// What is permitted does come along, or is told among what was left out: the laws above
// would hold for an empty document.
func TestEveryRowIsCarriedOrToldAsLeftOut(t *testing.T) {
	carried := 0
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		o := options()
		o.Permitted = w.permitted
		d, err := Compose(w.collection(), o)
		if err != nil {
			t.Fatal(err)
		}
		entries, left := map[care.Ref]bool{}, map[care.Ref]bool{}
		for _, s := range d.Sections {
			for _, e := range s.Entries {
				entries[e] = true
			}
			for _, l := range s.LeftOut {
				left[l.Ref] = left[l.Ref] || l.Element == ""
			}
		}
		for _, m := range w.all {
			ref := care.Ref(m.ref)
			switch {
			case m.secret && entries[ref]:
				t.Errorf("%s is carried", ref)
			case !m.secret && !entries[ref] && !left[ref]:
				t.Errorf("%s is neither carried nor left out", ref)
			case !m.secret && left[ref] && !disordered(m.o) && m.o["modifierExtension"] == nil:
				t.Errorf("%s is left out", ref)
			}
		}
		carried += len(entries)
	})
	if carried == 0 {
		t.Error("no row was ever carried")
	}
}

// The hash is that of the content: the order of rows, their versions, the document's id
// and time, and the consent do not count.
func TestTheHashIsOfTheContent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		o := options()
		o.Permitted = w.permitted
		c := w.collection()
		first, err := Compose(c, o)
		if err != nil {
			t.Fatal(err)
		}
		for s, rows := range c.Rows {
			rows = slices.Clone(rows)
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
			r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			for i, raw := range rows {
				rows[i] = json.RawMessage(strings.Replace(string(raw), `"meta":{`, `"meta":{"lastUpdated":"2026-11-20T01:02:03Z",`, 1))
			}
			c.Rows[s] = rows
		}
		o.Consents = []Basis{BasisOf("Consent/c9/_history/9")}
		second, err := Compose(c, o)
		if err != nil {
			t.Fatal(err)
		}
		if first.Hash != second.Hash {
			t.Error("the same content has another hash")
		}
	})
}

// What Wants names, and nothing else, closes what was collected.
func TestWantsCloses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		o := options()
		o.Permitted = w.permitted
		c := w.collection()
		there := c.Support
		c.Support = map[care.Ref]json.RawMessage{}
		for round := 0; ; round++ {
			wants := c.Wants(o)
			if len(wants) == 0 {
				break
			}
			if round == 3 {
				t.Fatalf("still wanted after %d rounds: %d", round, len(wants))
			}
			for _, ref := range wants {
				if _, again := c.Support[ref]; again {
					t.Fatalf("%s is wanted though it was read", ref)
				}
				c.Support[ref] = there[ref]
			}
		}
		asked, err := Compose(c, o)
		if err != nil {
			t.Fatal(err)
		}
		c.Support = there
		all, err := Compose(c, o)
		if err != nil {
			t.Fatal(err)
		}
		if asked.Hash != all.Hash {
			t.Error("reading what was wanted gives another document than reading everything")
		}
	})
}
