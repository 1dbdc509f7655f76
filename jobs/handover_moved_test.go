package jobs

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"brygga/care"
	"brygga/mapping/fhir/document"
)

// moveTo writes the mover's care-home service anew: with a status, and another home.
func (b *moveBed) moveTo(status, home string) {
	b.Helper()
	b.put(`{"resourceType":"ServiceRequest","id":"move-mover","status":%q,"intent":"order","category":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/setting","code":"care-home"}]}],"code":{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/service","code":"care-home"}]},"subject":{"reference":"Patient/mover"},"authoredOn":"2026-11-01","occurrencePeriod":{"start":%q},"performer":[{"reference":"Organization/%s"}]}`, status, moveDay, home)
}

// The night said that a client moves to a care home. By day that is no longer so: the
// client goes to another one, or not at all. The consent still names the first.
func TestNothingIsSentToACareHomeThatTheClientNoLongerMovesTo(t *testing.T) {
	changes := []struct {
		name, status, home string
	}{
		{"it is another care home", "active", "bjorken"},
		{"it was revoked", "revoked", "solgarden"},
		{"it was entered in error", "entered-in-error", "solgarden"},
	}
	for _, c := range changes {
		t.Run(c.name+", before it is prepared", func(t *testing.T) {
			b := newMoveBed(t, "jobs: {handover: {release: automatic}}")
			b.moveTo(c.status, c.home)
			b.hand(ExitDone)
			b.is("stopped", moverFHIR, "0 Bundle, 0 Task")
		})
		t.Run(c.name+", before it is released", func(t *testing.T) {
			b := newMoveBed(t)
			b.hand(ExitDone)
			b.moveTo(c.status, c.home)
			if p := b.preview(moverFHIR); p.ID != "" || !strings.Contains(p.Why, "no longer moves") {
				t.Errorf("a preview shows %q: %s", p.ID, p.Why)
			}
			if err := b.releases(moverFHIR); !errors.Is(err, ErrNothingToRelease) {
				t.Errorf("a release says %v", err)
			}
			b.is("prepared", moverFHIR, "0 Bundle, 0 Task")
		})
		t.Run(c.name+", after it was released and could not be sent", func(t *testing.T) {
			b := newMoveBed(t)
			b.hand(ExitDone)
			b.home.SetFault(atType("Bundle", 503))
			b.must(b.releases(moverFHIR))
			b.home.SetFault(nil)
			b.later()
			b.moveTo(c.status, c.home)
			b.hand(ExitDone)
			b.is("stopped", moverFHIR, "0 Bundle, 0 Task")
			if r := b.entries(moverFHIR); r[len(r)-1].Action != "handover.stopped" {
				t.Errorf("the log ends with %s", r[len(r)-1].Action)
			}
		})
	}
}

// Another service that cannot be read does not stand in the way; the move itself does.
func TestAServiceThatCannotBeReadMayBeTheMove(t *testing.T) {
	b := newMoveBed(t)
	h, err := b.job.newHandovers(b.ctx(), "test", Asker{By: "Kim Chef"})
	b.must(err)
	moves, err := h.moves(b.ctx())
	b.must(err)
	read, err := h.readConsents(b.ctx())
	b.must(err)
	m := &moves[slices.IndexFunc(moves, func(m move) bool { return m.client.Ref == moverFHIR })]
	d, err := h.decide(b.ctx(), read, m)
	b.must(err)
	get := func(ref string) json.RawMessage {
		raw, _ := b.server.Get(ref)
		return raw
	}
	odd := json.RawMessage(`{"resourceType":"ServiceRequest","id":"odd","status":"no-such-status","intent":"order","subject":{"reference":"Patient/mover"}}`)
	home, moving := get("ServiceRequest/sr-mover"), get("ServiceRequest/move-mover")
	for _, row := range []struct {
		name string
		rows []json.RawMessage
		want string // how the error begins
	}{
		{"the move", []json.RawMessage{home, moving}, ""},
		{"the move, and one that cannot be read", []json.RawMessage{moving, odd}, ""},
		{"one that cannot be read, and no move", []json.RawMessage{home, odd}, "a service of the client's cannot be read"},
		{"one that is no record", []json.RawMessage{json.RawMessage(`[]`)}, "a service of the client's cannot be read"},
		{"no move", []json.RawMessage{home}, "the client no longer moves"},
	} {
		c := &document.Collection{Patient: get(moverFHIR), Rows: map[care.Section][]json.RawMessage{care.SectionServices: row.rows}}
		err := h.stillMoves(c, m, d)
		if (err == nil) != (row.want == "") || err != nil && !strings.HasPrefix(err.Error(), row.want) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

// What is moved to another day, and still near, is still a move to that care home.
func TestAMoveToAnotherDayIsStillAMove(t *testing.T) {
	b := newMoveBed(t)
	b.moveTo("on-hold", "solgarden")
	b.hand(ExitDone)
	b.must(b.releases(moverFHIR))
	b.is("sent", moverFHIR, "1 Bundle, 1 Task")
}

// Services that are not permitted are not fetched, and so not looked at: then what the
// night read is what is known.
func TestServicesThatAreNotPermittedAreNotLookedAt(t *testing.T) {
	b := newMoveBed(t)
	b.consent("mover", "solgarden", 2, "permit", "services")
	b.moveTo("active", "bjorken")
	b.forget()
	if p := b.preview(moverFHIR); p.ID == "" {
		t.Errorf("a preview shows nothing: %s", p.Why)
	}
	if b.asked()["ServiceRequest"] {
		t.Error("services were fetched")
	}
}
