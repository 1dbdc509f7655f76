package jobs

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"brygga/care"
	"brygga/sandbox"
	"brygga/sandbox/mixed"
	"brygga/sandbox/people"
)

func TestWhoCannotBeJoinedIsListed(t *testing.T) {
	o := people.Options{Seed: 1, Clients: 300, AsOf: bedDay, VisitsPerMonth: 4, Months: 1}
	b, _ := newTown(t, mixed.Options{People: o}, "")
	p, err := b.job.Preview(b.ctx(), b.options())
	if err != nil {
		t.Fatal(err)
	}
	l := MakeUnjoined(b.stored())
	if l.Receiver != "journal" || len(l.Unsure) != 0 || len(l.Lines) == 0 {
		t.Fatalf("%+v", l)
	}
	why := map[Apart]int{}
	for _, u := range l.Lines {
		why[u.Why]++
		if strings.HasPrefix(string(u.Ref), u.System+":") || u.System == "" || u.Kind == "" {
			t.Errorf("%+v: a reference is as the system itself writes it", u)
		}
		if u.Why == NotInReceiver && u.System != "lifecare" {
			t.Errorf("%+v is no client of Lifecare's", u)
		}
	}
	if why[NotInReceiver] == 0 {
		t.Errorf("nobody is missing in the journal: %v", why)
	}
	// The run's report says the same, and how many more there are.
	all := l.Lines
	if got := p.Report.Unjoined; len(got)+p.Report.UnjoinedMore != len(all) || fmt.Sprint(got) != fmt.Sprint(all[:len(got)]) || len(got) > mostUnjoined {
		t.Errorf("the report lists %d and %d more, of %d", len(got), p.Report.UnjoinedMore, len(all))
	}
	// Its JSON has it, and what the store keeps of a run does not.
	text, err := json.Marshal(p.Report)
	if err != nil || !strings.Contains(string(text), `"unjoined":[{"system":`) {
		t.Errorf("%v: %.200s", err, text)
	}
	b.run(ExitDone)
	kept, err := b.job.Reports(b.ctx(), 1)
	if err != nil || len(kept) != 1 || kept[0].Unjoined != nil {
		t.Errorf("%v: %d are kept", err, len(kept[0].Unjoined))
	}
}

// A list of people that could not be read whole is said to be so: who is missing in
// it may be there.
func TestUnjoinedSaysWhatWasNotReadWhole(t *testing.T) {
	b, town := newTown(t, mixed.Options{}, "")
	b.run(ExitDone)
	before := MakeUnjoined(b.stored())
	town.FHIR.SetFault(func(r *http.Request) *sandbox.Fault {
		if strings.HasSuffix(r.URL.Path, "/Patient") {
			return &sandbox.Fault{Status: 401}
		}
		return nil
	})
	b.nextDay()
	rep := b.run(ExitPartly)
	l := MakeUnjoined(b.stored())
	if fmt.Sprint(l.Unsure) != "[journal]" || fmt.Sprint(l.Lines) != fmt.Sprint(before.Lines) {
		t.Errorf("%v, %d lines, before %d", l.Unsure, len(l.Lines), len(before.Lines))
	}
	for _, u := range rep.Unjoined {
		if u.Why == NotInReceiver {
			t.Error("somebody counts as missing in a list that was not read")
		}
	}
}

func TestOneSystemHasNobodyToJoin(t *testing.T) {
	b := newBed(t)
	rep := b.run(ExitDone)
	if l := MakeUnjoined(b.stored()); len(l.Lines) != 0 || len(rep.Unjoined) != 0 {
		t.Errorf("%+v %+v", l, rep.Unjoined)
	}
}

func TestUnjoinedLinesAreInOrderAndCapped(t *testing.T) {
	var unjoined []care.Unjoined
	for i := range 250 {
		unjoined = append(unjoined, care.Unjoined{System: "hr", Ref: care.Ref(fmt.Sprintf("hr:row/%03d", 249-i)), Kind: care.KindStaff, Several: i%2 == 0})
	}
	own := func(r care.Ref) (string, care.Ref) {
		system, ref, ok := strings.Cut(string(r), ":")
		if !ok {
			return "", r
		}
		return system, care.Ref(ref)
	}
	lines := apart(append(unjoined, unjoined[0]), []care.Ref{"lifecare:client/1", "Patient/1"}, own)
	if len(lines) != 252 || lines[0].Why != NobodyElsewhere || lines[0].Ref != "row/000" || lines[251].Why != SeveralPossible || lines[125].System != "" || lines[126].Ref != "client/1" {
		t.Errorf("%d lines, %+v ... %+v", len(lines), lines[:2], lines[124:128])
	}
	rep := &Report{}
	rep.listUnjoined(lines)
	if len(rep.Unjoined) != mostUnjoined || rep.UnjoinedMore != 52 {
		t.Errorf("%d and %d more", len(rep.Unjoined), rep.UnjoinedMore)
	}
}
