package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"brygga/config"
	"brygga/jobs"
	"brygga/store"
)

// townsReport is what `brygga status` says of a folder: each municipality in short, those
// first that need somebody.
type townsReport struct {
	Folder string    `json:"folder"`
	Now    time.Time `json:"now"`
	// Attention is how many of them need somebody.
	Attention int          `json:"attention"`
	Tenants   []townReport `json:"tenants"`
	Exit      int          `json:"exit"` // the worst of theirs
}

// townReport is one municipality in short.
type townReport struct {
	Tenant string   `json:"tenant,omitempty"` // empty where its file does not say it readably
	Files  []string `json:"files"`            // one; several where they claim the same tenant
	State  state    `json:"state"`
	// Says is what is wrong; empty where nothing is.
	Says     []string  `json:"says"`
	Running  bool      `json:"running,omitempty"`
	LastEnd  time.Time `json:"lastEnd,omitzero"`  // of the last night
	LastGood time.Time `json:"lastGood,omitzero"` // when the latest night ended that was done (exit 0)
	Next     []nextRun `json:"next,omitempty"`
	Exit     int       `json:"exit"`
	// Command shows it in full.
	Command string `json:"command"`

	name, outcome string
}

// state is how much a municipality needs somebody.
type state string

// The states, the most urgent first.
const (
	stateLeftOut state = "left-out" // its configuration is wrong: the daemon begins without it
	stateNoStore state = "no-store" // its store cannot be used
	stateMissed  state = "missed"   // a job was due, and has not begun
	stateFailed  state = "failed"   // the last night failed, was stopped by the guard, or cut off
	statePart    state = "part"     // it was done in part, another job failed, or none has gone well for long
	stateNew     state = "new"      // no night has ended yet
	stateWell    state = "well"
)

var states = []state{stateLeftOut, stateNoStore, stateMissed, stateFailed, statePart, stateNew, stateWell}

func (s state) needsSomebody() bool { return s != stateNew && s != stateWell }

// townsStatus looks at all municipalities of a folder. One that cannot be looked at has its
// line like the others.
func (a *app) townsStatus(ctx context.Context, f *folder, check bool) error {
	rep := townsReport{Folder: a.configPath, Now: a.Now()}
	var unhealthy []error
	for _, l := range f.left {
		rep.Tenants = append(rep.Tenants, townReport{
			Tenant: l.tenant, name: l.name, Files: l.files, State: stateLeftOut, outcome: "LEFT OUT",
			Says: strings.Split(l.err.Error(), "\n"), Exit: jobs.ExitUsage,
		})
		unhealthy = append(unhealthy, l.err)
	}
	lost := map[string]error{} // stores that do not answer are waited for once
	for _, cfg := range f.right {
		t := townReport{Tenant: cfg.Tenant, name: cfg.Tenant, Files: []string{cfg.Path}}
		s, err := a.statusUnless(ctx, cfg, lost)
		if err == nil {
			t.fill(s)
			err = a.healthy(s)
		} else {
			t.State, t.outcome, t.Says, t.Exit = stateNoStore, "NO STORE", strings.Split(err.Error(), "\n"), jobs.ExitFailed
		}
		if err != nil {
			unhealthy = append(unhealthy, fmt.Errorf("%s: %w", cfg.Tenant, err))
		}
		rep.Tenants = append(rep.Tenants, t)
	}
	if check {
		return errors.Join(unhealthy...)
	}
	slices.SortStableFunc(rep.Tenants, func(a, b townReport) int {
		return cmp.Or(cmp.Compare(slices.Index(states, a.State), slices.Index(states, b.State)),
			a.LastGood.Compare(b.LastGood), cmp.Compare(a.name, b.name))
	})
	for i := range rep.Tenants {
		t := &rep.Tenants[i]
		t.Command = a.commandWith("status --tenant " + t.Tenant)
		if t.Tenant == "" {
			t.Command = commandOn(t.Files[0], "status")
		}
		if t.State.needsSomebody() {
			rep.Attention++
		}
		rep.Exit = jobs.Worse(rep.Exit, t.Exit)
	}
	if a.json() {
		if err := a.printJSON(rep); err != nil {
			return err
		}
	} else {
		townsView(a.Out, &rep, a.commandWith("status -o json"))
	}
	return code(rep.Exit)
}

// statusUnless is the status of one, unless its store has not answered to another.
func (a *app) statusUnless(ctx context.Context, cfg *config.Config, lost map[string]error) (*statusReport, error) {
	dsn, err := cfg.StoreDSN(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if lost[dsn] != nil {
		return nil, lost[dsn]
	}
	s, err := a.status(ctx, cfg)
	if errors.Is(err, store.ErrLost) {
		lost[dsn] = err
	}
	return s, err
}

// fill says in short what a status says.
func (t *townReport) fill(s *statusReport) {
	t.Exit, t.Next, t.Running, t.Says = s.Exit, s.Next, s.Running != nil, []string{}
	t.State, t.outcome = stateNew, "no run yet"
	if l := s.Last; l != nil {
		t.State, t.outcome, t.LastEnd = stateWell, outcomes[l.Exit], l.Ended
	}
	if s.LastClean != nil {
		t.LastGood = s.LastClean.Ended
	}
	says := func(st state, format string, args ...any) {
		if slices.Index(states, st) < slices.Index(states, t.State) {
			t.State = st
		}
		t.Says = append(t.Says, fmt.Sprintf(format, args...))
	}
	for _, m := range s.Missed {
		says(stateMissed, "%s was due %s, and has not begun", m.Job, clock(m.Due))
	}
	if s.Died != nil {
		t.outcome = "CUT OFF"
		says(stateFailed, "the run that began %s was cut off: its process died", clock(s.Died.Started))
	}
	if s.Last != nil && s.Last.Exit != jobs.ExitDone {
		st := stateFailed
		if s.Last.Exit == jobs.ExitPartly {
			st = statePart
		}
		says(st, "%s", shortly(s))
	}
	for _, r := range s.Others {
		says(statePart, "the last %s, %s: %s", r.Job, clock(r.Ended), outcomes[r.Exit])
	}
	if s.Last != nil && (s.LastClean == nil || s.Now.Sub(s.LastClean.Ended) > staleAfter) {
		says(statePart, "no run has gone well since %s", lastGood(s))
	}
}

// shortly is why the last night did not go well, in one line.
func shortly(s *statusReport) string {
	switch lines := s.problems(s.Last); {
	case s.Last.Guard != nil:
		return "the guard stopped it before its first write"
	case len(lines) > 0:
		return oneLine(lines[0])
	case len(s.Last.Quarantine) > 0:
		return fmt.Sprintf("%d records cannot be read", len(s.Last.Quarantine))
	}
	return "it ended with exit " + fmt.Sprint(s.Last.Exit)
}

// townsRuns lists the latest runs of all municipalities of a folder. Those that cannot be
// looked at are said on stderr, and by the exit code.
func (a *app) townsRuns(ctx context.Context, f *folder, job string, n int) error {
	var all []*jobs.Report
	wrong := []error{f.errs()}
	width := 12
	for _, cfg := range f.right {
		runs, err := a.runs(ctx, cfg, job, n)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", cfg.Tenant, err))
		}
		for _, r := range runs {
			r.Tenant = cfg.Tenant // one that goes on has not said it yet
			width = max(width, len(r.Tenant))
		}
		all = append(all, runs...)
	}
	slices.SortStableFunc(all, func(a, b *jobs.Report) int { return b.Started.Compare(a.Started) })
	all = all[:min(len(all), n)]
	err := a.showRuns(all, func() {
		if len(all) == 0 {
			fmt.Fprintln(a.Out, "No run has taken place yet.")
			return
		}
		column := func(tenant string) string { return fmt.Sprintf("%-*s  ", width, tenant) }
		runTable(a.Out, all, column("Tenant"), func(r *jobs.Report) string { return column(r.Tenant) })
	})
	return errors.Join(append([]error{err}, wrong...)...)
}
