package notify

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var night = time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC)

func reading(system, kind string) Trouble {
	return Trouble{Sort: Read, System: system, Kind: kind, Why: Credentials, Since: night}
}

var guarded = Trouble{Sort: Guard, Hash: "ab12", Since: night}

// nightOf is the run of the nth night, with these troubles; it came to its end.
func nightOf(n int, troubles ...Trouble) Run {
	return Run{Tenant: "exempelkommun", Job: "reconcile", ID: fmt.Sprintf("run-%d", n), Ended: night.AddDate(0, 0, n), Troubles: troubles, Whole: true}
}

func cut(r Run) Run { r.Whole = false; return r }

// told says a message in a word: what begins, what is over, and how the job is.
func told(m *Message) string {
	if m == nil {
		return "nothing"
	}
	var parts []string
	for _, t := range m.Begun {
		parts = append(parts, "+"+t.System+"/"+string(t.Sort)+"/"+t.Kind)
	}
	for _, s := range m.Over {
		parts = append(parts, "-"+s.System+"/"+string(s.Sort))
	}
	return strings.Join(parts, " ") + " " + string(m.State)
}

func TestWhatIsTold(t *testing.T) {
	a, b := reading("journal", "visit"), reading("journal", "care-plan")
	other := reading("lifecare", "visit")
	for _, c := range []struct {
		name   string
		nights []Run
		want   []string
	}{
		{"of nights that are well, nothing", []Run{nightOf(1), nightOf(2)}, []string{"nothing", "nothing"}},
		{
			"once when it begins, however long it lasts, and once when it is over",
			[]Run{nightOf(1, a), nightOf(2, a), nightOf(3, a), nightOf(4), nightOf(5)},
			[]string{"+journal/read/visit failing", "nothing", "nothing", "-journal/ well", "nothing"},
		},
		{
			"what fails again after it was well is told again",
			[]Run{nightOf(1, a), nightOf(2), nightOf(3, a)},
			[]string{"+journal/read/visit failing", "-journal/ well", "+journal/read/visit failing"},
		},
		{
			"a system that limps from list to list is told of once per list, and is well only when all are",
			[]Run{nightOf(1, a), nightOf(2, b), nightOf(3, a), nightOf(4, b), nightOf(5)},
			[]string{"+journal/read/visit failing", "+journal/read/care-plan failing", "nothing", "nothing", "-journal/ well"},
		},
		{
			"a system that dies while something else of it is known to fail is told of",
			[]Run{nightOf(1, a), nightOf(2, a, b)},
			[]string{"+journal/read/visit failing", "+journal/read/care-plan failing"},
		},
		{
			"one system that is well while another fails is said, with how the whole is",
			[]Run{nightOf(1, a, other), nightOf(2, other), nightOf(3)},
			[]string{"+journal/read/visit +lifecare/read/visit failing", "-journal/ failing", "-lifecare/ well"},
		},
		{
			"a run that was cut short tells what fails, and of nothing that it is well",
			[]Run{nightOf(1, a), cut(nightOf(2)), cut(nightOf(3, b)), nightOf(4)},
			[]string{"+journal/read/visit failing", "nothing", "+journal/read/care-plan failing", "-journal/ well"},
		},
		{
			"the guard and records in quarantine are troubles of their own",
			[]Run{nightOf(1, guarded), nightOf(2, guarded, Trouble{Sort: Quarantine, Count: 3}), nightOf(3, Trouble{Sort: Quarantine, Count: 9})},
			[]string{"+/guard/ failing", "+/quarantine/ failing", "-/guard failing"},
		},
		{"a trouble that is named twice in one run is told of once", []Run{nightOf(1, a, a)}, []string{"+journal/read/visit failing"}},
		{"one run that is told of twice is one message", []Run{nightOf(1, a), nightOf(1, a)}, []string{"+journal/read/visit failing", "nothing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var ledger Ledger
			for i, run := range c.nights {
				var m *Message
				ledger, m = Decide(restarted(t, ledger), run, []string{"mail"})
				if got := strings.TrimSpace(told(m)); got != c.want[i] {
					t.Errorf("night %d: %s, want %s", i+1, got, c.want[i])
				}
			}
		})
	}
}

// restarted is a ledger as the next process reads it.
func restarted(t interface{ Fatal(...any) }, l Ledger) Ledger {
	b, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	var out Ledger
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestHowManyGoOnIsCounted(t *testing.T) {
	ledger, _ := Decide(Ledger{}, nightOf(1, reading("journal", "visit"), reading("journal", "note")), nil)
	_, m := Decide(ledger, nightOf(2, reading("journal", "visit"), reading("journal", "note"), guarded), nil)
	if m.Still != 2 || len(m.Begun) != 1 {
		t.Errorf("%d go on and %d begin, want 2 and 1", m.Still, len(m.Begun))
	}
}

func TestWhatWaitsIsBounded(t *testing.T) {
	var ledger Ledger
	for n := range 4 * mostWaiting {
		var troubles []Trouble
		if n%2 == 0 {
			troubles = append(troubles, guarded)
		}
		ledger, _ = Decide(ledger, nightOf(n, troubles...), []string{"mail"})
	}
	if len(ledger.Waiting) != mostWaiting {
		t.Errorf("%d messages wait, want %d", len(ledger.Waiting), mostWaiting)
	}
	lost := ledger.Lost
	for _, w := range ledger.Waiting {
		lost += w.Message.Lost
	}
	if lost == 0 {
		t.Error("messages were given up, and that is not said")
	}
	if ledger, _ = Decide(ledger, nightOf(1000), []string{"webhook"}); len(ledger.Waiting) != 0 {
		t.Errorf("%d messages wait for a sender that is not configured any more", len(ledger.Waiting))
	}
}

// Whatever happens night after night: a list of a system is begun at most once between
// two times when the system is well, nothing is over that had not begun, and telling
// of the same run again tells nothing.
func TestNothingIsToldTwice(t *testing.T) {
	all := []Trouble{reading("journal", "visit"), reading("journal", "note"), reading("lifecare", "visit"), guarded}
	rapid.Check(t, func(t *rapid.T) {
		var ledger Ledger
		open := map[string]map[string]bool{}
		for n := range rapid.IntRange(1, 30).Draw(t, "nights") {
			run := nightOf(n, rapid.SliceOfDistinct(rapid.SampledFrom(all), func(x Trouble) string { return spellOf(x) + nameOf(x) }).Draw(t, "troubles")...)
			run.Whole = rapid.Bool().Draw(t, "whole")
			var m *Message
			ledger, m = Decide(restarted(t, ledger), run, []string{"mail"})
			if again, m := Decide(ledger, run, []string{"mail"}); m != nil || !reflect.DeepEqual(restarted(t, again), restarted(t, ledger)) {
				t.Fatalf("the same run again tells %s", told(m))
			}
			if m == nil {
				continue
			}
			for _, b := range m.Begun {
				key := spellOf(b)
				if open[key][nameOf(b)] {
					t.Fatalf("%s %s is told of twice", key, nameOf(b))
				}
				if open[key] == nil {
					open[key] = map[string]bool{}
				}
				open[key][nameOf(b)] = true
			}
			for _, s := range m.Over {
				key := spellOf(Trouble{System: s.System, Sort: s.Sort})
				if len(open[key]) == 0 {
					t.Fatalf("%s is over, and had not begun", key)
				}
				delete(open, key)
			}
			if (m.State == Well) != (len(open) == 0) {
				t.Fatalf("state %s with %v open", m.State, open)
			}
		}
	})
}
