package jobs

import (
	"strings"
	"testing"

	"brygga/care"
	"brygga/care/rules"
)

// Who hands over to no care home lacks no system that would say what became of it.
func TestNobodyLacksBryggasOwnFacts(t *testing.T) {
	p, err := rules.NewParams("national", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		provides care.FactSet
		handover string // what is said of handover.waiting
	}{
		{"everything is provided", care.AllFacts, ""},
		{"nothing is handed over", care.SystemFacts, ""},
		{"something is handed over, and no system has services", care.AllFacts &^ care.SetOf(care.KindService), "service"},
		{"nothing is handed over, and no system has services", care.SystemFacts &^ care.SetOf(care.KindService), "service"},
	} {
		t.Run(c.name, func(t *testing.T) {
			said := ""
			for _, l := range Lacks(c.provides, p) {
				if l.Rule == "handover.waiting" {
					said += l.Fact
				}
				if strings.HasPrefix(l.Fact, "handover") {
					t.Errorf("%+v", l)
				}
			}
			if said != c.handover {
				t.Errorf("of handover.waiting it is said that %q is lacking, want %q", said, c.handover)
			}
		})
	}
}
