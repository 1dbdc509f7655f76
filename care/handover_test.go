package care

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
)

func TestStatesOfHandoversHaveNamesThatLeadBack(t *testing.T) {
	seen := map[string]bool{}
	for s := HandoverRecipientUnknown; s <= HandoverRevoked; s++ {
		name := s.String()
		got, ok := HandoverStateByName(name)
		if name == "" || seen[name] || !ok || got != s {
			t.Errorf("state %d is named %q, and that is %d, %v", s, name, got, ok)
		}
		seen[name] = true
	}
	for _, none := range []string{"", "Sent", "sent ", "lost"} {
		if s, ok := HandoverStateByName(none); ok || s != 0 {
			t.Errorf("%q is %v", none, s)
		}
	}
	if HandoverState(0).String() != "" || HandoverState(200).String() != "" {
		t.Error("what is no state has a name")
	}
}

func TestEveryFactIsASystemsOrOurs(t *testing.T) {
	if SystemFacts|OwnFacts != AllFacts || SystemFacts&OwnFacts != 0 || OwnFacts.Kinds()[0].String() != "handover" {
		t.Errorf("systems %v, own %v", SystemFacts.Kinds(), OwnFacts.Kinds())
	}
}

// A handover in the ledger is a record beside those of the systems: it comes to its
// client, and is read back as it was.
func TestAHandoverIsPutOnItsClient(t *testing.T) {
	h := Handover{Ref: "handover/2", Service: "ServiceRequest/s", State: HandoverSent, Since: NewDate(2026, 11, 20)}
	other := Handover{Ref: "handover/1", State: HandoverByHand}
	row := func(client Ref, h Handover) Record {
		return Record{Ref: h.Ref, Client: client, Facts: Facts{Handovers: []Handover{h}}}
	}
	in := Input{Provides: AllFacts, AsOf: NewDate(2026, 11, 21), Records: []Record{
		{Ref: "Patient/1", Client: "Patient/1", Facts: Facts{Person: &PersonFact{}}},
		{Ref: "Patient/2", Client: "Patient/2", Facts: Facts{Person: &PersonFact{}}},
	}, More: [][]Packed{Pack(row("Patient/1", h), row("Patient/1", other), row("Patient/3", Handover{Ref: "handover/3", State: HandoverSent}))}}
	s := Assemble(in)
	if got, want := s.Clients[0].Handovers, []Handover{other, h}; !slices.Equal(got, want) || len(s.Clients[1].Handovers) > 0 {
		t.Errorf("got %+v and %+v", got, s.Clients[1].Handovers)
	}
	if len(s.Orphans) != 0 || len(s.Clients) != 2 {
		t.Errorf("what the ledger has of a client who has left is no fault of the record: %+v", s.Orphans)
	}
	b, err := json.Marshal(row("Patient/1", h))
	var back Record
	if err != nil || json.Unmarshal(b, &back) != nil || !reflect.DeepEqual(back, row("Patient/1", h)) {
		t.Errorf("%s is read as %+v", b, back)
	}
}

// Where systems are joined, a ledger may be a part of its own: its references are
// those of the joined systems already.
func TestALedgerIsJoinedAsItStands(t *testing.T) {
	asOf := NewDate(2026, 11, 21)
	id := Identifier{Kind: Personnummer, Hash: [16]byte{1}, Valid: true}
	records := func(ref Ref) []Record {
		return []Record{{Ref: ref, Client: ref, Facts: Facts{Person: &PersonFact{Identifiers: []Identifier{id}}}}}
	}
	h := Handover{Ref: "handover/1", Service: "lifecare:Insats/7", State: HandoverSent, Since: asOf}
	joined := Join([]Part{
		{System: "lifecare", Authority: SystemFacts &^ SetOf(KindConsent), Input: Input{System: "Lifecare", AsOf: asOf, Records: records("Person/7")}},
		{System: "journal", Plain: true, Authority: SetOf(KindConsent), Input: Input{System: "Journalen", AsOf: asOf, Records: records("Patient/1")}},
		{System: "brygga", Plain: true, Authority: OwnFacts, Input: Input{AsOf: asOf, Records: []Record{
			{Ref: h.Ref, Client: "lifecare:Person/7", Facts: Facts{Handovers: []Handover{h}}},
		}}},
	})
	s := Assemble(joined.Input)
	if len(s.Clients) != 1 || !slices.Equal(s.Clients[0].Handovers, []Handover{h}) || !joined.Provides.Has(OwnFacts) {
		t.Errorf("got %+v", s.Clients)
	}
	if got := joined.Systems.Of(KindService, KindHandover); got != "Lifecare" {
		t.Errorf("a sentence names %q", got)
	}
}
