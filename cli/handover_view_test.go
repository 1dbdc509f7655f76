package cli

import (
	"strings"
	"testing"
	"time"

	"brygga/care"
	"brygga/jobs"
	"brygga/store"
)

// Whoever looks at a handover is told what stands in the way of its being sent.
func TestAPreviewTellsWhatTheLedgerHas(t *testing.T) {
	at := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name string
		have store.Handover
		want string
	}{
		{"it waits", store.Handover{ID: "a", State: care.HandoverPrepared, Begun: at}, "prepared since 2026-11-20 09:00"},
		{"another content waits", store.Handover{ID: "b", State: care.HandoverPrepared, Begun: at}, "another content was prepared"},
		{"it was sent", store.Handover{ID: "a", State: care.HandoverSent, Delivered: at, Document: "Bundle/1"}, "is not sent again"},
		{"it was sent, taken back, and is permitted again", store.Handover{ID: "a", State: care.HandoverRevoked, Delivered: at, Document: "Bundle/1"}, "tell the care home by hand that it stands again"},
	} {
		line := jobs.LineOf(row.have)
		if got := haveWords(&jobs.HandoverPreview{ID: "a", Have: &line}); !strings.Contains(got, row.want) {
			t.Errorf("%s: %s", row.name, got)
		}
	}
}
