// Package rules is the catalogue: what law and routine ask about a client's care
// contact, plan, journal and visits, judged over plain facts. Judge is the only
// place where findings are made; it is pure, and its trace comes out of the same
// evaluation, so that an explanation can never disagree with a finding.
package rules

import (
	"github.com/google/uuid"

	"brygga/care"
)

// State says where a finding stands.
type State = care.State

// The states.
const (
	Open    = care.Open
	DueSoon = care.DueSoon
	Overdue = care.Overdue
)

// Role is who must act.
type Role string

// The owners of findings.
const (
	Contact      Role = "contact"
	Coordinator  Role = "coordinator"
	UnitManager  Role = "unit-manager"
	CareAssessor Role = "care-assessor"
	IT           Role = "it"
)

// Text is one sentence for people, in Swedish with its English twin.
type Text struct {
	SV string `json:"sv"`
	EN string `json:"en"`
}

// Write says what a finding becomes in the client's record.
type Write string

// What is written. Report is seen in status, explain, page and reports only.
const (
	WriteReport      Write = "report"
	WriteTask        Write = "task"
	WriteFlag        Write = "flag"
	WriteFlagAndTask Write = "flag+task"
)

// Flag says whether a Flag is written while the finding is overdue or open.
func (w Write) Flag() bool { return w == WriteFlag || w == WriteFlagAndTask }

// Task says whether a Task is written.
func (w Write) Task() bool { return w == WriteTask || w == WriteFlagAndTask }

// Finding is one shortcoming: a client, a rule and an anchor.
type Finding struct {
	Rule  string
	State State
	// Anchor is the identity of what started the clock, never a date that somebody
	// may correct: the reference of a fact ("EpisodeOfCare/e1"), with what tells
	// several apart behind a bar: the month or week ("EpisodeOfCare/e1|2026-10",
	// "EpisodeOfCare/e1|2026-W47"), the person of a team
	// ("CareTeam/ct1|Practitioner/s1"), the plan of a review
	// ("Procedure/r1|CarePlan/cp1", since one review may follow up two plans).
	Anchor     string
	AnchorDate care.Date // the day the clock started; no date where there is no clock
	Due        care.Date // no date for an open finding
	Owner      Role
	// Staff is who must act, or whom the finding is about: the Practitioner where
	// known, else the best name there is; empty where there is none.
	Staff care.Ref
	// StaffAbsent: that person is not at work today, absent for any length or no
	// longer employed, and cannot take a Task.
	StaffAbsent bool
	Unit        care.Ref
	Focus       care.Ref   // the main fact
	Evidence    []care.Ref // the facts it rests on, the main one first
	Text        Text
	Ground      Text
	Writes      Write
}

// namespace is brygga's own, made once (UUIDv4) and never changed: a change would
// give every finding a new identity.
var namespace = uuid.MustParse("6d0c8f0e-7a54-4f5e-9b0a-3d1a5f6f2c47")

// FindingID is the identity of a finding: UUIDv5 over the tenant, the client's
// Patient id in the system that receives Flags and Tasks, the rule, and the
// anchor's identity. It is the same in every run, from due-soon through overdue.
func FindingID(tenant string, subject care.Ref, rule, anchor string) string {
	name := make([]byte, 0, len(tenant)+len(subject)+len(rule)+len(anchor)+3)
	name = append(name, tenant...)
	name = append(append(name, 0), subject...)
	name = append(append(name, 0), rule...)
	name = append(append(name, 0), anchor...)
	return uuid.NewSHA1(namespace, name).String()
}
