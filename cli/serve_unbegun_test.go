package cli

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/config"
	"brygga/jobs"
	"brygga/jobs/engine"
	"brygga/web"
)

// A secret that goes away under the daemon lets no run begin: that is a run that failed,
// in the list of runs, and it is told of once, and once when it is there again.
func TestARunThatCannotBeginIsRecordedAndToldOf(t *testing.T) {
	now := time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
	type message struct {
		State string
		Begun []struct{ Sort string }
	}
	var told []message
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m message
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &m); err != nil {
			t.Error(err)
		}
		told = append(told, m)
	}))
	defer hook.Close()
	_, url := recordSystem(t, now)
	s := newServing(t)
	s.write("key", strings.Repeat("7a", 32))
	s.write("hook", hook.URL)
	token := s.write("token", "t")
	s.write("a.yaml", "tenant: a-kommun\nstore: sqlite:a.db\nkeys: {pseudonym: file:key}\nsystems:\n"+
		"  journal: {kind: fhir, url: "+url+", receives: [flags, tasks], auth: {kind: bearer, token: file:token}}\n"+
		"jobs: {retention: {schedule: \"off\"}}\nnotify: {webhook: file:hook}\n")
	cfg, problems := config.Load(filepath.Join(s.dir, "a.yaml"), os.LookupEnv)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	st := s.store("a.yaml")
	a := &app{Process: Process{Now: func() time.Time { return now }}, counters: &web.Counters{}}
	list, err := a.jobsOf(cfg, st, zerolog.Nop())
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	night := func() (engine.Outcome, error) {
		now = now.Add(24 * time.Hour)
		call := engine.Call{Tick: now, Trigger: engine.TriggerSchedule, Attempt: 1}
		out, err := list[0].Run(t.Context(), call)
		if unbegun := (*engine.Unrecorded)(nil); errors.As(err, &unbegun) { // as the engine does
			if err := list[0].Failed(t.Context(), call, err); err != nil {
				t.Error(err)
			}
		}
		return out, err
	}
	if err := os.Remove(token); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := night(); err == nil || !strings.Contains(err.Error(), "auth.token") {
			t.Errorf("without its secret a run ends with %v", err)
		}
	}
	runs, err := jobs.ReportsOf(t.Context(), st.Tenant("a-kommun"), jobs.JobReconcile, 10)
	if err != nil || len(runs) != 2 {
		t.Fatalf("%d runs are recorded, %v", len(runs), err)
	}
	r := runs[0]
	if r.Exit != jobs.ExitFailed || r.Trigger != engine.TriggerSchedule || r.Ended.IsZero() || len(r.Problems) != 1 || !strings.Contains(r.Problems[0].What, "auth.token") {
		t.Errorf("the record says %+v", r)
	}
	if len(told) != 1 || told[0].State != "failing" || len(told[0].Begun) != 1 || told[0].Begun[0].Sort != "failed" {
		t.Errorf("two such nights tell %+v", told)
	}
	c, err := jobs.ConditionOf(t.Context(), cfg, st.Tenant("a-kommun"), now)
	if err != nil || c.Jobs[0].Exit != jobs.ExitFailed || c.Jobs[0].Late.IsZero() {
		t.Errorf("health sees %+v, %v", c, err)
	}
	s.write("token", "t")
	if out, err := night(); err != nil || out.Exit != jobs.ExitDone {
		t.Fatal(out, err)
	}
	if len(told) != 2 || told[1].State != "well" {
		t.Errorf("when the secret is there again, %+v is told", told)
	}
}
