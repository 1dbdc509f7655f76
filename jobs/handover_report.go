package jobs

import (
	"slices"
	"time"

	"brygga/care"
	"brygga/store"
)

// HandoverReport is what one run of the job handover did. It holds counts and
// references, and nothing of what was handed over.
type HandoverReport struct {
	Run      string    `json:"run"`
	Tenant   string    `json:"tenant"`
	Job      string    `json:"job"`
	Trigger  string    `json:"trigger"`
	AsOf     care.Date `json:"asOf"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	Exit     int       `json:"exit"`
	Mode     string    `json:"mode"` // report or write
	Problems []Problem `json:"problems,omitempty"`
	// States counts what stands in the ledger after the run.
	States map[care.HandoverState]int `json:"states"`
	// Lines are the handovers. Not kept in the store.
	Lines []HandoverLine `json:"handovers,omitempty"`
}

// HandoverLine is one handover as it is listed.
type HandoverLine struct {
	store.Handover
	Sections []string `json:"sections,omitempty"` // by name, in place of the set
}

// LineOf lists a row of the ledger.
func LineOf(row store.Handover) HandoverLine { return HandoverLine{row, names(row.Sections)} }

func (r *HandoverReport) count(ledger map[string]*store.Handover) {
	r.States = map[care.HandoverState]int{}
	for _, id := range sortedKeys(ledger) {
		r.States[ledger[id].State]++
		r.Lines = append(r.Lines, LineOf(*ledger[id]))
	}
	slices.SortStableFunc(r.Lines, func(a, b HandoverLine) int { return a.Begun.Compare(b.Begun) })
}

func (r *HandoverReport) problem(system, what string) {
	r.Exit = Worse(r.Exit, ExitPartly)
	for _, p := range r.Problems {
		if p.System == system && p.What == what {
			return
		}
	}
	r.Problems = append(r.Problems, Problem{System: system, Kind: JobHandover, What: what})
}

// fault is a problem with what it means.
func (r *HandoverReport) fault(system string, err error, meaning string) {
	r.problem(system, err.Error()+"; "+meaning)
}

// asRun is what the report says of the run itself, as people are told of it.
func (r *HandoverReport) asRun() *Report {
	return &Report{
		Run: r.Run, Tenant: r.Tenant, Job: r.Job, Trigger: r.Trigger, AsOf: r.AsOf, Started: r.Started, Ended: r.Ended,
		Exit: r.Exit, Mode: r.Mode, Problems: r.Problems,
	}
}

// kept is the report as its run's record keeps it.
func (r *HandoverReport) kept() HandoverReport {
	kept := *r
	kept.Lines = nil
	return kept
}
