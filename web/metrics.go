package web

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"brygga/jobs"
)

// metrics serves the metrics from a registry of its own. What is of runs is read from
// the store when it is asked for, so that a restart keeps it.
func (w *watch) metrics() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collector{w}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 2 * lookTime})
}

func gauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("brygga_"+name, help, labels, nil)
}

// The metrics. "Last run" is the latest night that ended.
var (
	storeReadable = gauge("store_readable", "Whether the store could be read (1) when it was last asked.", "tenant")
	canBegin      = gauge("jobs_can_begin", "Whether jobs of the tenant can begin (1); not where its store cannot be used, or its configuration was wrong when brygga began. A file that names no tenant is called as it is in the folder.", "tenant")
	jobSuccess    = gauge("job_last_success_timestamp_seconds", "When the latest run ended that went well (exit 0).", "tenant", "job")
	jobDone       = gauge("job_last_done_timestamp_seconds", "When the latest run ended that was done, or done in part (exit 0 or 3).", "tenant", "job")
	jobEnded      = gauge("job_last_end_timestamp_seconds", "When the latest run ended, however it went.", "tenant", "job")
	jobExit       = gauge("job_last_exit_code", "How the latest run ended: 0 done, 1 failed, 3 in part, 4 stopped by the guard, 5 stale.", "tenant", "job")
	jobTook       = gauge("job_last_duration_seconds", "How long the latest run took that ended.", "tenant", "job")
	jobRuns       = gauge("job_unfinished", "Whether a run began that has not ended (1): it goes on, or its process died.", "tenant", "job")
	jobLate       = gauge("job_late", "Whether a run that is done has been missing for two scheduled times (1).", "tenant", "job")

	pulledRows    = gauge("last_run_pulled_rows", "Rows that the last run read.", "tenant", "system", "kind")
	pulledWhole   = gauge("last_run_pull_complete", "Whether the last run could read the kind to its end (1).", "tenant", "system", "kind")
	quarantined   = gauge("last_run_quarantined_records", "Records that the last run could not read.", "tenant", "system", "kind")
	findings      = gauge("last_run_findings", "Findings of the last run.", "tenant", "rule", "state")
	writes        = gauge("last_run_writes", "What became of the changes of the last run.", "tenant", "kind", "outcome")
	clients       = gauge("last_run_clients", "Clients in home care in the last run.", "tenant")
	unknown       = gauge("last_run_clients_unknown", "Clients of whom the last run could say nothing certain.", "tenant")
	guardStopped  = gauge("last_run_stopped_by_guard", "Whether the guard stopped the last run (1).", "tenant")
	retriesTotal  = gauge("retries_total", "Attempts at requests that were followed by another, in this process.", "tenant", "system")
	circuitIsOpen = gauge("circuit_open", "Whether a system is left alone, since it fails (1).", "tenant", "system")
)

// collector gives the metrics of all tenants.
type collector struct{ *watch }

// Describe gives nothing: which series there are depends on what has run.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c collector) Collect(to chan<- prometheus.Metric) {
	e := emitter{to}
	problems := map[string]string{}
	if c.Problems != nil {
		problems = c.Problems()
	}
	for tenant := range problems { // also of those that are left out
		e.is(canBegin, false, tenant)
	}
	for _, s := range c.look(context.Background()) {
		if problems[s.tenant] == "" {
			e.is(canBegin, true, s.tenant)
		}
		e.is(storeReadable, s.condition != nil, s.tenant)
		if s.condition != nil {
			e.jobs(s.condition)
			e.last(s.condition)
		}
	}
	c.Counters.each(func(tenant, system string, retries int64, open bool) {
		to <- prometheus.MustNewConstMetric(retriesTotal, prometheus.CounterValue, float64(retries), tenant, system)
		e.is(circuitIsOpen, open, tenant, system)
	})
}

// emitter sends series.
type emitter struct{ to chan<- prometheus.Metric }

func (e emitter) put(d *prometheus.Desc, v float64, labels ...string) {
	e.to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func (e emitter) is(d *prometheus.Desc, yes bool, labels ...string) {
	v := 0.0
	if yes {
		v = 1
	}
	e.put(d, v, labels...)
}

func (e emitter) at(d *prometheus.Desc, t time.Time, labels ...string) {
	if !t.IsZero() {
		e.put(d, float64(t.UnixMilli())/1000, labels...)
	}
}

func (e emitter) jobs(c *jobs.Condition) {
	for _, j := range c.Jobs {
		e.at(jobSuccess, j.Success, c.Tenant, j.Job)
		e.at(jobDone, j.Done, c.Tenant, j.Job)
		e.at(jobEnded, j.Ended, c.Tenant, j.Job)
		if !j.Ended.IsZero() {
			e.put(jobExit, float64(j.Exit), c.Tenant, j.Job)
			e.put(jobTook, j.Took.Seconds(), c.Tenant, j.Job)
		}
		e.is(jobRuns, !j.Began.IsZero(), c.Tenant, j.Job)
		e.is(jobLate, !j.Late.IsZero(), c.Tenant, j.Job)
	}
}

// last gives what the latest night found and did.
func (e emitter) last(c *jobs.Condition) {
	r := c.Last
	if r == nil {
		return
	}
	l := labels{systems: c.Systems}
	sums := sums{}
	for _, k := range r.Kinds {
		system, kind := l.system(k.System), l.kind(k.Kind)
		sums.add(pulledRows, float64(k.Rows), c.Tenant, system, kind)
		sums.add(quarantined, float64(k.Quarantined), c.Tenant, system, kind)
		whole := 0.0
		if k.Complete {
			whole = 1
		}
		sums.least(pulledWhole, whole, c.Tenant, system, kind)
	}
	for _, t := range r.Findings {
		rule := l.rule(t.Rule)
		sums.add(findings, float64(t.Open), c.Tenant, rule, "open")
		sums.add(findings, float64(t.DueSoon), c.Tenant, rule, "due-soon")
		sums.add(findings, float64(t.Overdue), c.Tenant, rule, "overdue")
	}
	if a := r.Applied; a != nil {
		for typ, kind := range map[string]string{"Flag": "flag", "Task": "task"} {
			for _, outcome := range []string{"created", "updated", "closed", "existed", "left", "refused", "failed"} {
				sums.add(writes, float64(a.Kinds[typ][outcome]), c.Tenant, kind, outcome)
			}
		}
	}
	if n := len(r.Coverage); n > 0 {
		sums.add(clients, float64(r.Coverage[n-1].Clients), c.Tenant)
		sums.add(unknown, float64(r.Coverage[n-1].Unknown), c.Tenant)
	}
	for _, s := range sums {
		e.put(s.desc, s.value, s.labels...)
	}
	e.is(guardStopped, r.Guard != nil, c.Tenant)
}
