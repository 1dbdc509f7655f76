package care

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const (
	lawClient    = Ref("Patient/1")
	lawRecipient = Ref("Organization/9")
)

var lawAsOf = time.Date(2026, 11, 21, 12, 0, 0, 0, Stockholm)

// drawMoment draws a day, a month or an instant near asOf, or no time.
func drawMoment(t *rapid.T, label string) Moment {
	day := DateOf(lawAsOf).AddDays(rapid.IntRange(-4, 1).Draw(t, label))
	switch rapid.IntRange(0, 3).Draw(t, label+" precision") {
	case 0:
		return Moment{}
	case 1:
		return DayMoment(day, day)
	case 2:
		return DayMoment(day.MonthStart(), day.MonthStart().AddMonths(1)-1)
	}
	return TimeMoment(day.Noon().Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, label+" hour"))*time.Hour), time.Second)
}

func drawInterval(t *rapid.T, label string) Interval {
	if rapid.IntRange(0, 5).Draw(t, label+" open") < 5 {
		return Interval{}
	}
	return Interval{drawMoment(t, label+" start"), drawMoment(t, label+" end")}
}

func drawNaming(t *rapid.T, label string) Naming {
	if rapid.IntRange(0, 4).Draw(t, label+" carried") < 4 {
		return Naming{}
	}
	return Naming{
		Carried: true, Sections: SectionSet(rapid.ByteRange(0, 255).Draw(t, label)),
		Strange: rapid.IntRange(0, 7).Draw(t, label+" strange") == 7,
	}
}

func drawActors(t *rapid.T, label string) (out Actors) {
	out.Carried = rapid.Bool().Draw(t, label+" carried")
	if !out.Carried {
		return out
	}
	for i := range rapid.IntRange(0, 2).Draw(t, label+"s") {
		one := Actor{
			Ref:       rapid.SampledFrom([]Ref{lawRecipient, lawRecipient, lawRecipient, "Organization/8", "identifier:aa", "", "Practitioner/s1"}).Draw(t, fmt.Sprint(label, i)),
			Recipient: rapid.IntRange(0, 5).Draw(t, label+" role") < 5,
			Strange:   rapid.IntRange(0, 9).Draw(t, label+" strange") == 9,
		}
		switch one.Ref {
		case lawRecipient, "Organization/8":
			one.Is = ActorOrganization
		case "Practitioner/s1":
			one.Is = ActorOther
		}
		out.All = append(out.All, one)
	}
	return out
}

func drawProvision(t *rapid.T, depth int) Provision {
	p := Provision{
		Type:   Effect(rapid.IntRange(0, 2).Draw(t, "type")),
		Period: drawInterval(t, "period"), Actor: drawActors(t, "actor"),
		Class: drawNaming(t, "class"), Code: drawNaming(t, "code"),
		Data: drawInterval(t, "data"), Strange: rapid.IntRange(0, 9).Draw(t, "strange") == 9,
	}
	p.DataPeriod = p.Data != Interval{}
	if rapid.IntRange(0, 4).Draw(t, "has action") == 4 {
		p.Action = ActionCarried | Action(rapid.IntRange(0, 7).Draw(t, "action")<<1)
	}
	if rapid.IntRange(0, 4).Draw(t, "has purpose") == 4 {
		p.Purpose = PurposeCarried | Purpose(rapid.IntRange(0, 3).Draw(t, "purpose")<<1)
	}
	if depth > 0 {
		for range rapid.IntRange(0, 2).Draw(t, "within") {
			p.Within = append(p.Within, drawProvision(t, depth-1))
		}
	}
	return p
}

func drawConsent(t *rapid.T, id int) Consent {
	c := Consent{
		Ref: Ref(fmt.Sprintf("Consent/c%d", id)), Patient: lawClient, Status: ConsentActive, Handover: true,
		Date: drawMoment(t, "date"), OptIn: rapid.Bool().Draw(t, "opt-in"), Root: drawProvision(t, 2),
	}
	if rapid.Bool().Draw(t, "plain") {
		c.Root.Type, c.Root.Actor.Carried = Permit, true
		c.Root.Actor.All = append(c.Root.Actor.All, Actor{Ref: lawRecipient, Is: ActorOrganization, Recipient: true})
	}
	switch rapid.IntRange(0, 20).Draw(t, "kind") {
	case 7:
		c.Status = ConsentWithdrawn
	case 1:
		c.Status = ConsentVoid
	case 2:
		c.Unverified = true
	case 3:
		c.Patient = "Patient/2"
	case 4:
		c.Unreadable = true
	case 5:
		c.Handover = false
	case 6:
		c.GiverRecorded, c.Givers = true, []Ref{"RelatedPerson/r1"}
	}
	return c
}

func drawConsents(t *rapid.T) []Consent {
	var out []Consent
	for i := range rapid.IntRange(0, 4).Draw(t, "consents") {
		out = append(out, drawConsent(t, i))
	}
	return out
}

func drawRequest(t *rapid.T) ConsentRequest {
	req := ConsentRequest{
		Client: lawClient, Recipient: lawRecipient, AsOf: lawAsOf, AcceptUnnamed: rapid.Bool().Draw(t, "unnamed"),
		MaxAge: rapid.SampledFrom([]int{0, 0, 2}).Draw(t, "max age"),
	}
	if rapid.Bool().Draw(t, "guardian") {
		req.Relatives = []Ref{"RelatedPerson/r1"}
	}
	return req
}

// within says whether a permits nothing that b does not: no section, and no data.
func within(a, b ConsentDecision) error {
	for _, s := range Sections() {
		x, y := a.Sections[s], b.Sections[s]
		if x.Effect != Permit {
			continue
		}
		if y.Effect != Permit {
			return fmt.Errorf("%s is permitted", s)
		}
		if len(y.Data) == 0 {
			continue
		}
		if len(x.Data) == 0 {
			return fmt.Errorf("all data of %s are permitted", s)
		}
		for _, v := range x.Data {
			if !slices.ContainsFunc(y.Data, func(w Interval) bool { return v.And(w) == v }) {
				return fmt.Errorf("more data of %s are permitted", s)
			}
		}
	}
	return nil
}

func TestEveryDecisionIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Decide(drawConsents(t), drawRequest(t))
		permitted := 0
		for _, s := range Sections() {
			one := d.Sections[s]
			if (one.Effect == Permit) != (one.Reason == ReasonPermitted) || one.Effect == NoEffect || one.Reason == "" {
				t.Fatalf("%s: %+v", s, one)
			}
			if one.Effect == Permit {
				permitted++
			}
			if decides := one.Consent != ""; decides == (one.Reason == ReasonNoConsent || one.Reason == ReasonNotAddressed) {
				t.Fatalf("%s: %+v", s, one)
			}
			if d.Outcome == ConsentNone && one.Consent != "" {
				t.Fatalf("none, but %s: %+v", s, one)
			}
		}
		want := map[ConsentOutcome]bool{ConsentNone: permitted == 0, ConsentRefused: permitted == 0, ConsentPartial: permitted > 0 && permitted < 8, ConsentFull: permitted == 8}
		if !want[d.Outcome] {
			t.Fatalf("%s with %d permitted", d.Outcome, permitted)
		}
	})
}

func TestTheOrderOfConsentsAndProvisionsDoesNotMatter(t *testing.T) {
	var turned func(Provision) Provision
	turned = func(p Provision) Provision {
		p.Within, p.Actor.All = slices.Clone(p.Within), slices.Clone(p.Actor.All)
		slices.Reverse(p.Within)
		slices.Reverse(p.Actor.All)
		for i := range p.Within {
			p.Within[i] = turned(p.Within[i])
		}
		return p
	}
	rapid.Check(t, func(t *rapid.T) {
		consents, req := drawConsents(t), drawRequest(t)
		a := Decide(consents, req)
		shuffled := rapid.Permutation(consents).Draw(t, "order")
		for i := range shuffled {
			shuffled[i].Root = turned(shuffled[i].Root)
		}
		if b := Decide(shuffled, req); !reflect.DeepEqual(a, b) {
			t.Fatalf("\n%+v\n%+v", a, b)
		}
	})
}

func TestAddingADenyNeverPermitsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		consents, req := drawConsents(t), drawRequest(t)
		deny := drawConsent(t, 9)
		deny.Root.Type, deny.Root.Within = Deny, nil
		more := Decide(append(slices.Clone(consents), deny), req)
		if err := within(more, Decide(consents, req)); err != nil {
			t.Fatal(err)
		}
		deny.Status, deny.Handover, deny.Unverified, deny.Unreadable, deny.Patient = ConsentActive, true, false, false, lawClient
		deny.Date, deny.Root.Period = TimeMoment(lawAsOf, 1), Interval{}
		deny.Root.Actor = Actors{Carried: true, All: []Actor{{Ref: lawRecipient, Is: ActorOrganization, Recipient: true}}}
		if d := Decide(append(slices.Clone(consents), deny), req); d.Permitted() != 0 {
			t.Fatalf("a deny of this very moment: %s", d.Outcome)
		}
	})
}

func TestAddingAWithdrawalNeverPermitsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		consents, req := drawConsents(t), drawRequest(t)
		withdrawn := drawConsent(t, 9)
		withdrawn.Status = ConsentWithdrawn
		if err := within(Decide(append(slices.Clone(consents), withdrawn), req), Decide(consents, req)); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRemovingAConsentNeverPermitsMoreUnlessItDeniedOrWithdrew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		consents, req := drawConsents(t), drawRequest(t)
		before := Decide(consents, req)
		for i, c := range consents {
			if c.Status == ConsentWithdrawn {
				continue
			}
			alone := Decide([]Consent{c}, req)
			after := Decide(slices.Delete(slices.Clone(consents), i, i+1), req)
			for _, s := range Sections() {
				if one := alone.Sections[s]; one.Effect == Deny && one.Consent != "" {
					before.Sections[s] = after.Sections[s] // it denied
				} else if len(one.Data) > 0 {
					before.Sections[s].Data = nil // it permitted some data, and no other
				}
			}
			if err := within(after, before); err != nil {
				t.Fatalf("without %s: %v", c.Ref, err)
			}
			before = Decide(consents, req)
		}
	})
}

func TestAnUnreadableConsentDenies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		consents := append(drawConsents(t), Consent{Ref: "Consent/0", Patient: lawClient, Unreadable: true})
		d := Decide(rapid.Permutation(consents).Draw(t, "order"), drawRequest(t))
		for _, s := range Sections() {
			if d.Outcome != ConsentRefused || d.Sections[s].Reason != ReasonUnreadable || d.Sections[s].Effect != Deny {
				t.Fatalf("%+v", d.Sections[s])
			}
		}
	})
}

// strangely gives a provision with one thing in it that is not understood, instead
// of whatever was there.
func strangely(t *rapid.T, p Provision) Provision {
	p.Within = slices.Clone(p.Within)
	if len(p.Within) > 0 && rapid.Bool().Draw(t, "deeper") {
		i := rapid.IntRange(0, len(p.Within)-1).Draw(t, "which")
		p.Within[i] = strangely(t, p.Within[i])
		return p
	}
	switch rapid.IntRange(0, 5).Draw(t, "what") {
	case 0:
		p.Strange = true
	case 1:
		p.Class = Naming{Carried: true, Strange: true}
	case 2:
		p.Code = Naming{Carried: true, Sections: p.Code.Sections, Strange: true}
	case 3:
		p.Action = ActionCarried | ActionStrange
	case 4:
		p.Purpose = PurposeCarried | PurposeStrange
	case 5:
		p.Actor.All = slices.Clone(p.Actor.All)
		for i := range p.Actor.All {
			p.Actor.All[i].Strange = true
		}
		p.Strange = p.Strange || len(p.Actor.All) == 0
	}
	return p
}

func TestWhatIsNotUnderstoodNeverPermits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		consents, req := drawConsents(t), drawRequest(t)
		if len(consents) == 0 {
			return
		}
		i := rapid.IntRange(0, len(consents)-1).Draw(t, "consent")
		before := Decide(consents, req)
		after := slices.Clone(consents)
		after[i].Root = strangely(t, after[i].Root)
		if err := within(Decide(after, req), before); err != nil {
			t.Fatalf("%v\n%+v\n%+v", err, consents[i].Root, after[i].Root)
		}
	})
}

// A consent that takes part only where it denies never permits.
func TestWhoMayNotGiveItPermitsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		consents, req := drawConsents(t), drawRequest(t)
		for i := range consents {
			consents[i].GiverRecorded, consents[i].Givers = true, []Ref{"Practitioner/s1", ""}
		}
		if d := Decide(consents, req); d.Permitted() != 0 {
			t.Fatalf("%s", d.Outcome)
		}
	})
}

// Nothing permits that stands in something which is not understood: not in the
// root, and not in a provision of a root that denies.
func TestNothingPermitsWithinWhatIsNotUnderstood(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		consents, req := drawConsents(t), drawRequest(t)
		for i := range consents {
			root := &consents[i].Root
			if rapid.Bool().Draw(t, "root") {
				root.Strange = true
				continue
			}
			root.Type = Deny
			for k := range root.Within {
				root.Within[k].Strange = true
			}
		}
		if d := Decide(consents, req); d.Permitted() != 0 {
			t.Fatalf("%s", d.Outcome)
		}
	})
}
