package jobs

import (
	"cmp"
	"slices"
	"time"

	"brygga/care"
	"brygga/care/rules"
)

// Exit codes (contract.md). Where several apply, Worse decides.
const (
	ExitDone    = 0
	ExitFailed  = 1
	ExitUsage   = 2
	ExitPartly  = 3
	ExitGuard   = 4
	ExitStale   = 5
	ExitChanges = 6
)

// Worse gives the exit code that counts where two apply: 2, 5, 4, 1, 3, 6, 0 in this order.
func Worse(a, b int) int {
	rank := [...]int{ExitDone: 6, ExitFailed: 3, ExitUsage: 0, ExitPartly: 4, ExitGuard: 2, ExitStale: 1, ExitChanges: 5}
	if rank[a] < rank[b] {
		return a
	}
	return b
}

// Report is what one run of reconcile did: what views print and what the store
// keeps. It holds references and counts, no names and no person numbers.
type Report struct {
	Run     string    `json:"run"`
	Tenant  string    `json:"tenant"`
	Job     string    `json:"job"`
	Trigger string    `json:"trigger"`
	AsOf    care.Date `json:"asOf"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	Exit    int       `json:"exit"`
	// Skipped says why the run did not take place; all that follows is empty then.
	Skipped string `json:"skipped,omitempty"`

	Kinds      []KindReport     `json:"kinds"`
	Quarantine []QuarantineLine `json:"quarantine,omitempty"`
	Problems   []Problem        `json:"problems,omitempty"`
	Codes      []CodeShare      `json:"codes,omitempty"` // of systems with a mapping, by table

	Coverage []Coverage `json:"coverage"` // per unit, sorted by name; the last line is all of them
	Findings []Tally    `json:"findings"` // per rule
	Warnings []string   `json:"warnings,omitempty"`

	// Unjoined are the first of those whom systems do not agree about, and
	// UnjoinedMore how many more there are. Not kept in the store.
	Unjoined     []UnjoinedLine `json:"unjoined,omitempty"`
	UnjoinedMore int            `json:"unjoinedMore,omitempty"`

	Mode    string   `json:"mode"` // report or write
	Totals  Totals   `json:"totals"`
	Changes []Change `json:"changes,omitempty"` // not kept in the store
	Hash    string   `json:"hash,omitempty"`    // of the changes that would be written
	Guard   *Stop    `json:"guard,omitempty"`
	Applied *Applied `json:"applied,omitempty"`

	// Did counts what a run of another job did. Not kept in the store: it is counted when
	// the record of the run is read.
	Did []Count `json:"did,omitempty"`
}

// Problem is something that went wrong and what to do about it.
type Problem struct {
	System string    `json:"system,omitempty"`
	Kind   string    `json:"kind,omitempty"`
	Since  time.Time `json:"since,omitzero"` // when it was first seen
	What   string    `json:"what"`           // one line: what, where, what to do
}

// QuarantineLine is one record that could not be read.
type QuarantineLine struct {
	System string   `json:"system"`
	Record care.Ref `json:"record"`
	Path   string   `json:"path,omitempty"`
	Reason string   `json:"reason"`
}

// Why is where and why the record cannot be read, in one text; a record that is at odds
// with another one is wrong in no single place.
func (q QuarantineLine) Why() string {
	if q.Path == "" {
		return q.Reason
	}
	return q.Path + ": " + q.Reason
}

// Coverage is how the clients of one unit stand.
type Coverage struct {
	Unit          string `json:"unit"`
	Clients       int    `json:"clients"` // in home care, or unknown
	Appointed     int    `json:"appointed"`
	Unqualified   int    `json:"unqualified"`
	Vacant        int    `json:"vacant"`
	Declined      int    `json:"declined"`
	Exempt        int    `json:"exempt"`
	Candidates    int    `json:"candidates"`
	Offered       int    `json:"offered"`
	Missing       int    `json:"missing"`
	Unknown       int    `json:"unknown"`
	PlanCurrent   int    `json:"planCurrent"`
	PlanDueSoon   int    `json:"planDueSoon"`
	PlanOverdue   int    `json:"planOverdue"`
	PlanMissing   int    `json:"planMissing"`
	NotApplicable int    `json:"notApplicable"` // not in home care; not part of Clients
}

// Tally counts the findings of one rule by state.
type Tally struct {
	Rule    string `json:"rule"`
	Open    int    `json:"open,omitempty"`
	DueSoon int    `json:"dueSoon,omitempty"`
	Overdue int    `json:"overdue,omitempty"`
}

// Totals counts changes by action, and what is held or kept by reason.
type Totals struct {
	Create int            `json:"create"`
	Update int            `json:"update"`
	Close  int            `json:"close"`
	Keep   int            `json:"keep"`
	Hold   int            `json:"hold"`
	Why    map[Reason]int `json:"why,omitempty"`
}

// Writes is how many resources would be written.
func (t Totals) Writes() int { return t.Create + t.Update + t.Close }

func totals(changes []Change) Totals {
	t := Totals{Why: map[Reason]int{}}
	for i := range changes {
		t.Why[changes[i].Reason]++
		switch changes[i].Action {
		case ActCreate:
			t.Create++
		case ActUpdate:
			t.Update++
		case ActClose:
			t.Close++
		case ActKeep:
			t.Keep++
		default:
			t.Hold++
		}
	}
	return t
}

// tally counts findings by rule, in the order of the rules' codes.
func tally(judged []Judged) []Tally {
	byRule := map[string]*Tally{}
	for i := range judged {
		for _, f := range judged[i].Findings {
			t := byRule[f.Rule]
			if t == nil {
				t = &Tally{Rule: f.Rule}
				byRule[f.Rule] = t
			}
			switch f.State {
			case rules.Open:
				t.Open++
			case rules.DueSoon:
				t.DueSoon++
			default:
				t.Overdue++
			}
		}
	}
	return sortedValues(byRule)
}

// coverage counts statuses per unit. Protected clients count only in the whole:
// in a small unit a count can locate a person. Units of one name are told apart by
// their references.
func coverage(judged []Judged, units *Units) []Coverage {
	byUnit := map[care.Ref]*Coverage{}
	all := Coverage{Unit: "all units"}
	for i := range judged {
		j := &judged[i]
		all.count(j)
		if j.Client.Protected {
			continue
		}
		u := byUnit[j.Unit]
		if u == nil {
			u = &Coverage{Unit: cmp.Or(units.Label(j.Unit), "no unit")}
			byUnit[j.Unit] = u
		}
		u.count(j)
	}
	names := map[string]int{}
	for _, u := range byUnit {
		if u.Clients > 0 {
			names[u.Unit]++
		}
	}
	var out []Coverage
	for ref, u := range byUnit {
		if u.Clients == 0 {
			continue
		}
		if names[u.Unit] > 1 {
			u.Unit += " (" + string(ref) + ")"
		}
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b Coverage) int { return cmp.Compare(a.Unit, b.Unit) })
	return append(out, all)
}

func (u *Coverage) count(j *Judged) {
	switch j.Contact.Status {
	case care.ContactNotApplicable:
		u.NotApplicable++
		return
	case care.ContactAppointed:
		u.Appointed++
	case care.ContactUnqualified:
		u.Unqualified++
	case care.ContactVacant:
		u.Vacant++
	case care.ContactDeclined:
		u.Declined++
	case care.ContactExempt:
		u.Exempt++
	case care.ContactExemptCandidate:
		u.Candidates++
	case care.ContactOffered:
		u.Offered++
	case care.ContactMissing:
		u.Missing++
	default:
		u.Unknown++
	}
	u.Clients++
	switch j.Plan.Status {
	case care.PlanCurrent:
		u.PlanCurrent++
	case care.PlanDueSoon:
		u.PlanDueSoon++
	case care.PlanOverdue:
		u.PlanOverdue++
	case care.PlanMissing:
		u.PlanMissing++
	}
}
