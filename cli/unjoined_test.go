package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"brygga/jobs"
)

func TestUnjoinedOfOneSystem(t *testing.T) {
	s := town(t, "").read(t)
	if exit, out, errs := s.do(t, "report", "unjoined"); exit != 0 || !strings.Contains(out, "Everybody is joined.") {
		t.Errorf("exit %d: %s%s", exit, out, errs)
	}
	exit, out, _ := s.do(t, "report", "unjoined", "-o", "json")
	var l jobs.UnjoinedList
	if err := json.Unmarshal([]byte(out), &l); exit != 0 || err != nil || l.Lines == nil || len(l.Lines) != 0 {
		t.Errorf("exit %d, %v: %s", exit, err, out)
	}
	if exit, out, _ := s.do(t, "report", "unjoined", "--csv", "x.csv"); exit != 0 || out != "Written: x.csv\n" || len(readCSV(t, "x.csv")) != 1 {
		t.Errorf("exit %d: %s", exit, out)
	}
}

func TestUnjoinedSaysWhyInBothLanguages(t *testing.T) {
	l := &jobs.UnjoinedList{Receiver: "journal", Lines: []jobs.UnjoinedLine{
		{System: "lifecare", Kind: "client", Ref: "client/1", Why: jobs.NotInReceiver},
		{System: "hr", Kind: "staff", Ref: "certificate/2", Why: jobs.SeveralPossible},
		{System: "export", Kind: "unit", Ref: "unit/3", Why: jobs.NobodyElsewhere},
	}}
	for language, want := range map[string]string{
		"sv": "lifecare|person|client/1|finns inte i journal, som tar emot uppgifter",
		"en": "lifecare|client|client/1|is not found in journal, which receives Tasks",
	} {
		s := unjoinedSheet(l, language)
		if strings.Join(s.rows[0], "|") != want || len(s.rows) != 3 {
			t.Errorf("%s: %q", language, s.rows)
		}
		for _, row := range append(s.rows, s.head) {
			for _, cell := range row {
				if cell == "" || strings.Contains(cell, "%") {
					t.Errorf("%s: %q", language, row)
				}
			}
		}
	}
}
