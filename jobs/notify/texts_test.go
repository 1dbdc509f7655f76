package notify

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

func zone(t *testing.T) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestBothLanguagesHaveTheSameTexts(t *testing.T) {
	sv, en := slices.Sorted(maps.Keys(catalogues()["sv"])), slices.Sorted(maps.Keys(catalogues()["en"]))
	if !slices.Equal(sv, en) {
		t.Errorf("the keys differ:\n%v\n%v", sv, en)
	}
	for language, texts := range catalogues() {
		for key, text := range texts {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s is empty", language, key)
			}
		}
		for _, s := range Sorts() {
			for _, part := range []string{"trouble.", "do.", "command.", "over."} {
				if texts[part+string(s)] == "" {
					t.Errorf("%s: there is no %s%s", language, part, s)
				}
			}
		}
		for _, w := range []Why{NoAnswer, Busy, Credentials, Protocol, Rejected, Fatal} {
			if texts["why."+string(w)] == "" {
				t.Errorf("%s: there is no why.%s", language, w)
			}
		}
	}
}

func TestAMessageSaysWhatSinceWhenAndWhatToDo(t *testing.T) {
	begun := Message{
		Tenant: "exempelkommun", Job: "reconcile", At: night, State: Failing, Unknown: 12, Still: 1, Lost: 2,
		Begun: []Trouble{reading("journal", "care-plan"), guarded, {Sort: Quarantine, Count: 3, Since: night}},
	}
	over := Message{Tenant: "exempelkommun", Job: "reconcile", At: night, State: Well, Over: []Spell{{System: "journal", Since: night.AddDate(0, 0, -3)}, {Sort: Guard, Since: night}}}
	left := Message{Tenant: "exempelkommun", Job: "serve", At: night, State: Failing, Begun: []Trouble{{Sort: Configuration, Since: night}}}
	partly := over
	partly.State, partly.Still = Failing, 1
	for _, c := range []struct {
		name     string
		message  Message
		language string
		subject  string
		body     []string
	}{
		{"what begins, in Swedish", begun, "sv", "brygga exempelkommun: reconcile har fått ett nytt fel", []string{
			"- care-plan kan inte läsas från journal: systemet släpper inte in brygga (sedan 2026-11-22 02:30)", "Kör: brygga check",
			"brygga run reconcile --accept ab12", "- 3 poster kan inte läsas", "just nu: 12.", "pågår: 1.", "att skicka: 2.", "Mer finns att läsa med: brygga status",
		}},
		{"what begins, in English", begun, "en", "brygga exempelkommun: reconcile has begun to fail", []string{
			"- care-plan cannot be read from journal: the system does not let brygga in (since 2026-11-22 02:30)", "can be said now: 12.",
		}},
		{"what is over", over, "sv", "brygga exempelkommun: reconcile är bra igen", []string{"- journal (felet började 2026-11-19 02:30)", "- spärren mot för många ändringar"}},
		{"what is over in part", partly, "sv", "brygga exempelkommun: reconcile är delvis bra igen", nil},
		{"a municipality that is left out, in Swedish", left, "sv", "brygga exempelkommun: serve har fått ett nytt fel", []string{
			"Kommun exempelkommun, brygga serve, som startade 2026-11-22 02:30.", "- konfigurationen är fel, och brygga serve startade utan den här kommunen", "Kör: brygga check",
		}},
		{"a municipality that is left out, in English", left, "en", "brygga exempelkommun: serve has begun to fail", []string{"Municipality exempelkommun, brygga serve, which began 2026-11-22 02:30.", "nothing runs for it"}},
		{"an unknown language is Swedish", over, "fi", "brygga exempelkommun: reconcile är bra igen", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := Render(c.message, c.language, zone(t))
			if text.Subject != c.subject {
				t.Errorf("subject %q", text.Subject)
			}
			for _, want := range c.body {
				if !strings.Contains(text.Body, want) {
					t.Errorf("%q is not in\n%s", want, text.Body)
				}
			}
			if strings.ContainsAny(text.Body, "{}") {
				t.Errorf("a place was not filled in:\n%s", text.Body)
			}
		})
	}
}

func TestANameCannotAddAHeader(t *testing.T) {
	m := Message{Tenant: "a\r\nBcc: x@example.org", Job: "reconcile", At: night}
	if s := Render(m, "sv", zone(t)).Subject; strings.ContainsAny(s, "\r\n") {
		t.Errorf("the subject is %q", s)
	}
}

// A key that has expired fails every kind of a system: one thing, said once, with what
// to renew.
func TestWhatIsAlikeIsSaidOnce(t *testing.T) {
	refused := func(kind string) Trouble {
		return Trouble{Sort: Read, System: "lifecare", Kind: kind, Why: Credentials, Since: night}
	}
	later := refused("visit")
	later.Since = night.Add(time.Hour)
	m := Message{
		Tenant: "exempelkommun", Job: "reconcile", At: night, State: Failing,
		Begun: []Trouble{refused("client"), refused("plan"), later, {Sort: Handovers, System: "lifecare", Kind: "handover", Since: night}},
	}
	for language, want := range map[string][]string{
		"sv": {"- client, plan kan inte läsas från lifecare: systemet släpper inte in brygga", "Förnya den nyckel", "systems.lifecare.auth", "brygga run reconcile", "- visit kan", "överlämningar till boenden väntar"},
		"en": {"- client, plan cannot be read from lifecare: the system does not let brygga in", "Renew the key", "systems.lifecare.auth", "brygga run reconcile", "- visit cannot", "handovers to care homes wait"},
	} {
		body := Render(m, language, zone(t)).Body
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("%s: it does not say %q:\n%s", language, w, body)
			}
		}
		if n := strings.Count(body, "\n- "); n != 3 {
			t.Errorf("%s: it says %d things, want 3:\n%s", language, n, body)
		}
	}
}
