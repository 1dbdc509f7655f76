package cli

import (
	"strings"
	"testing"

	"brygga/care"
	"brygga/care/rules"
	"brygga/jobs"
)

// The timeline shows what brygga's own ledger says, in every state, and marks what no
// rule sees yet.
func TestTheTimelineShowsHandovers(t *testing.T) {
	asOf := care.NewDate(2026, 11, 21)
	params, err := rules.NewParams("national", nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &subject{Case: &jobs.Case{Client: &care.Client{Ref: "Patient/p1"}, Roster: &care.Roster{}, Params: params}, asOf: asOf}
	for state := care.HandoverRecipientUnknown; state <= care.HandoverRevoked; state++ {
		s.Client.Handovers = append(s.Client.Handovers, care.Handover{
			Ref: care.Ref("handover/" + state.String()), Service: "ServiceRequest/1", State: state, Since: asOf - 5 + care.Date(state),
		})
	}
	said := map[string]bool{}
	for _, l := range factLines(s) {
		if l.Kind != "handover" {
			continue
		}
		_, what, _ := strings.Cut(l.What, "handover to a care home: ")
		if what == "" || said[what] {
			t.Errorf("%s says %q", l.Ref, l.What)
		}
		said[what] = true
		if l.After != (l.Date > asOf) || l.Period {
			t.Errorf("%+v", l)
		}
	}
	if len(said) != int(care.HandoverRevoked) {
		t.Errorf("%d handovers are shown", len(said))
	}
}
