package engine

import "time"

// JobState is what is known of one job at one moment, for health checks, metrics
// and pages. Zero instants: never, or not now.
type JobState struct {
	Tenant      string    `json:"tenant"`
	Job         string    `json:"job"`
	Schedule    string    `json:"schedule"`
	Next        time.Time `json:"next"`             // in Stockholm time
	Tick        time.Time `json:"tick"`             // the latest that this daemon knows of, or since when it counts
	Running     time.Time `json:"running,omitzero"` // in this process, since when
	Ended       time.Time `json:"ended,omitzero"`   // in this process
	Exit        int       `json:"exit"`             // of the run that ended then
	LastSuccess time.Time `json:"lastSuccess,omitzero"`
}

// Snapshot is how the jobs stand now, in the order in which they were given.
func (e *Engine) Snapshot() []JobState {
	now := e.now()
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]JobState, 0, len(e.jobs))
	for _, j := range e.jobs {
		s := e.states[j]
		js := JobState{
			Tenant: j.Tenant, Job: j.Name, Schedule: j.Schedule.String(), Next: j.Schedule.Next(now),
			Tick: s.tick, Running: s.running, Ended: s.ended, LastSuccess: s.lastSuccess,
		}
		if s.outcome != nil {
			js.Exit = s.outcome.Exit
		}
		out = append(out, js)
	}
	return out
}

// Well is nil, or says why no job can begin: the store cannot be used.
func (e *Engine) Well() (problem string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ailing
}

// begin notes that a job runs here.
func (e *Engine) begin(j *Job) time.Time {
	now := e.now()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.states[j].running = now
	return now
}

// end notes that it does no more; without an outcome it was put back.
func (e *Engine) end(j *Job, out *Outcome) {
	now := e.now()
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.states[j]
	s.running = time.Time{}
	if out == nil {
		return
	}
	if s.ended, s.outcome = now, out; out.Exit == 0 {
		s.lastSuccess = now
	}
}

// wait notes that a job was put back; waited says whether it was; settled forgets it.
func (e *Engine) wait(id int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.waiting[id] = true
}

func (e *Engine) waited(id int64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.waiting[id]
}

func (e *Engine) settled(id int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.waiting, id)
}
