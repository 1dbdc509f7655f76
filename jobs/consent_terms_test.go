package jobs

import (
	"slices"
	"strings"
	"testing"
	"time"

	"brygga/care"
	"brygga/care/rules"
	"brygga/sandbox/people"
)

// A consent means the same to the run, to what is told of one client, and to what
// looks ahead: on the terms that the configuration gives.
func TestConsentTermsHoldWhereverIsJudged(t *testing.T) {
	m := people.Small("t-", bedDay)
	var client, consent string
	for c := range m.Clients {
		if c.Story.Name == "moving-with-everything-permitted" {
			client = "Patient/" + c.ID
			consent = "Consent/t-cs-" + strings.TrimPrefix(c.ID, "t-p-") + "-1"
		}
	}
	const in = "consent: "
	for _, row := range []struct {
		name, terms string
		unnamed     bool // the consent names no care home
		want        string
	}{
		{"without terms a permit counts whatever its age", "", false, "transfer.not-sent"},
		{"a permit younger than the age that is set counts", in + "{max_age: 365d}", false, "transfer.not-sent"},
		{"an older one is as if it were not there", in + "{max_age: 5d}", false, "transfer.consent-missing"},
		{"without terms a consent that names nobody addresses nobody", "", true, "transfer.consent-missing"},
		{"it addresses any home where that is accepted", in + "{accept_unnamed_recipient: true}", true, "transfer.not-sent"},
		{"and is too old there too", in + "{accept_unnamed_recipient: true, max_age: 5d}", true, "transfer.consent-missing"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBed(t, "rules: {pack: hemvard}", row.terms)
			b.set(time.Date(2026, 12, 2, 2, 0, 0, 0, time.UTC)) // ten days after the consent, five before the move
			if row.unnamed {
				b.edit(consent, func(r map[string]any) { delete(r["provision"].(map[string]any), "actor") })
			}
			asOf := b.job.Today()
			transfers := func(j *rules.Judgement) string {
				var found []string
				for _, f := range j.Findings {
					if strings.HasPrefix(f.Rule, "transfer.") {
						found = append(found, f.Rule)
					}
				}
				return strings.Join(found, " ")
			}
			p, err := b.job.Preview(b.ctx(), b.options())
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(p.Judged, func(j Judged) bool { return j.Client.Ref == care.Ref(client) })
			if got := transfers(&p.Judged[i].Judgement); got != row.want {
				t.Errorf("the run finds %q, want %q", got, row.want)
			}
			c, err := FindCase(b.ctx(), b.job.Config, b.job.Job.Store, care.Ref(client), asOf, b.now())
			if err != nil {
				t.Fatal(err)
			}
			told := rules.Judge(c.Client, c.Roster, c.Params, asOf)
			if got := transfers(&told); got != row.want {
				t.Errorf("explain finds %q, want %q", got, row.want)
			}
			s, err := LoadSnapshot(b.ctx(), b.job.Config, b.job.Job.Store, asOf, b.now())
			if err != nil {
				t.Fatal(err)
			}
			judged := JudgeAll(s.Snapshot, s.Params, s.Units, asOf)
			i = slices.IndexFunc(judged, func(j Judged) bool { return j.Client.Ref == care.Ref(client) })
			if got := transfers(&judged[i].Judgement); got != row.want {
				t.Errorf("the snapshot finds %q, want %q", got, row.want)
			}
		})
	}
}
