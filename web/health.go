package web

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Health is what /health/live and /health/ready answer.
type Health struct {
	OK      bool     `json:"ok"`
	Reasons []string `json:"reasons"` // why not; empty where ok
	// Notes are what does not make it unready, and should be looked at.
	Notes   []string       `json:"notes,omitempty"`
	Tenants []TenantHealth `json:"tenants,omitempty"`
}

// TenantHealth is how one tenant's jobs stand.
type TenantHealth struct {
	Tenant string      `json:"tenant"`
	Jobs   []JobHealth `json:"jobs"`
}

// JobHealth is how one job stands.
type JobHealth struct {
	Job         string    `json:"job"`
	LastSuccess time.Time `json:"lastSuccess,omitzero"`
	LastEnd     time.Time `json:"lastEnd,omitzero"`
	Exit        int       `json:"exit"`           // of the run that ended then
	Began       time.Time `json:"began,omitzero"` // a run that has not ended
	LateSince   time.Time `json:"lateSince,omitzero"`
}

// live answers 200 while the process answers at all: who asks may start it anew
// otherwise, and a database that is away is no reason for that.
func (w *watch) live(rw http.ResponseWriter, _ *http.Request) {
	answer(rw, http.StatusOK, Health{OK: true, Reasons: []string{}})
}

// ready answers 200 while jobs can begin and none is late, and otherwise 503 with the
// reasons: what, since when, and the command that says more.
func (w *watch) ready(rw http.ResponseWriter, r *http.Request) {
	h := w.health(w.look(r.Context()))
	status := http.StatusOK
	if !h.OK {
		status = http.StatusServiceUnavailable
	}
	answer(rw, status, h)
}

func (w *watch) health(all []seen) Health {
	h := Health{Reasons: []string{}}
	if w.Stopping != nil && w.Stopping() {
		h.Reasons = append(h.Reasons, "brygga is stopping")
	}
	if w.Problems != nil {
		problems := w.Problems()
		for _, tenant := range slices.Sorted(maps.Keys(problems)) {
			h.Reasons = append(h.Reasons, tenant+": no job can begin: "+problems[tenant])
		}
	}
	for _, s := range all {
		if s.condition == nil {
			h.Reasons = append(h.Reasons, s.tenant+": the store cannot be read; the log says why")
			continue
		}
		t := TenantHealth{Tenant: s.tenant, Jobs: []JobHealth{}}
		for _, j := range s.condition.Jobs {
			t.Jobs = append(t.Jobs, JobHealth{
				Job: j.Job, LastSuccess: j.Success, LastEnd: j.Ended, Exit: j.Exit, Began: j.Began, LateSince: j.Late,
			})
			switch {
			case !j.Late.IsZero() && j.Done.IsZero():
				h.Reasons = append(h.Reasons, fmt.Sprintf("%s: %s has run, and was never done; brygga status says why", s.tenant, j.Job))
			case !j.Late.IsZero():
				h.Reasons = append(h.Reasons, fmt.Sprintf("%s: %s was last done %s, and should have been since; brygga status says why", s.tenant, j.Job, j.Done.UTC().Format(time.RFC3339)))
			case !j.Ended.IsZero() && j.Exit != 0:
				h.Notes = append(h.Notes, fmt.Sprintf("%s: the last %s ended with exit %d; brygga status says why", s.tenant, j.Job, j.Exit))
			}
		}
		h.Tenants = append(h.Tenants, t)
	}
	h.OK = len(h.Reasons) == 0
	return h
}
