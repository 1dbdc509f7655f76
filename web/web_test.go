package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/jobs"
)

var noon = time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)

// daemon is a handler behind a real server, with a tenant that is as the test says.
type daemon struct {
	*httptest.Server
	condition *jobs.Condition
	err       error
	looks     int
	now       time.Time
	log       strings.Builder
}

func newDaemon(t *testing.T, c *jobs.Condition, change ...func(*Options)) *daemon {
	t.Helper()
	d := &daemon{condition: c, now: noon}
	o := Options{
		Tenants: func() []Tenant {
			return []Tenant{{"exempelkommun", func(context.Context) (*jobs.Condition, error) { d.looks++; return d.condition, d.err }}}
		},
		Now: func() time.Time { return d.now },
	}
	o.Log = zerolog.New(zerolog.SyncWriter(&d.log))
	for _, f := range change {
		f(&o)
	}
	d.Server = httptest.NewServer(Handler(o))
	t.Cleanup(d.Close)
	return d
}

func (d *daemon) get(t *testing.T, path string) (int, string) {
	t.Helper()
	resp, err := http.Get(d.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func one(j jobs.JobCondition) *jobs.Condition {
	return &jobs.Condition{Tenant: "exempelkommun", Systems: []string{"journal"}, Jobs: []jobs.JobCondition{j}}
}

func TestReadySaysWhyNot(t *testing.T) {
	good := jobs.JobCondition{Job: "reconcile", Ended: noon, Success: noon, Done: noon}
	failed := jobs.JobCondition{Job: "reconcile", Ended: noon, Exit: 1, Success: noon.Add(-time.Hour), Done: noon.Add(-time.Hour)}
	late, never := failed, failed
	late.Late = noon.Add(-time.Minute)
	never.Success, never.Done, never.Late = time.Time{}, time.Time{}, noon
	for _, c := range []struct {
		name      string
		condition *jobs.Condition
		err       error
		change    func(*Options)
		status    int
		reason    string
		note      string
	}{
		{"nothing has run yet", one(jobs.JobCondition{Job: "reconcile"}), nil, nil, 200, "", ""},
		{"all is well", one(good), nil, nil, 200, "", ""},
		{"one night failed", one(failed), nil, nil, 200, "", "the last reconcile ended with exit 1"},
		{"two nights are missing", one(late), nil, nil, 503, "reconcile was last done 2026-11-22T10:00:00Z", ""},
		{"none was ever done", one(never), nil, nil, 503, "reconcile has run, and was never done", ""},
		{"the store cannot be read", nil, errors.New("disk /var/lib/x is gone"), nil, 503, "exempelkommun: the store cannot be read", ""},
		{"the engine cannot work", one(good), nil, func(o *Options) {
			o.Problems = func() map[string]string { return map[string]string{"exempelkommun": "the database is away"} }
		}, 503, "exempelkommun: no job can begin: the database is away", ""},
		{"another is left out", one(good), nil, func(o *Options) {
			o.Problems = func() map[string]string { return map[string]string{"b.yaml": "its configuration was wrong"} }
		}, 503, "b.yaml: no job can begin: its configuration was wrong", ""},
		{"the engine is well", one(good), nil, func(o *Options) { o.Problems = func() map[string]string { return nil } }, 200, "", ""},
		{"it is told to stop", one(good), nil, func(o *Options) { o.Stopping = func() bool { return true } }, 503, "brygga is stopping", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(*Options) {}
			}
			d := newDaemon(t, c.condition, c.change)
			d.err = c.err
			status, body := d.get(t, "/health/ready")
			var h Health
			if err := json.Unmarshal([]byte(body), &h); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			if status != c.status || h.OK != (status == 200) {
				t.Errorf("%d, ok %v: %s", status, h.OK, body)
			}
			if got := strings.Join(h.Reasons, "\n"); !strings.Contains(got, c.reason) || c.reason == "" && got != "" {
				t.Errorf("reasons %q, want %q", got, c.reason)
			}
			if got := strings.Join(h.Notes, "\n"); !strings.Contains(got, c.note) {
				t.Errorf("notes %q, want %q", got, c.note)
			}
			if strings.Contains(body, "/var/lib") {
				t.Error("what the log says is shown to whoever asks")
			}
			if c.err != nil && !strings.Contains(d.log.String(), "/var/lib/x") {
				t.Error("the log does not say why")
			}
			if status, _ := d.get(t, "/health/live"); status != 200 {
				t.Errorf("live answers %d", status)
			}
		})
	}
}

func TestTheStoreIsNotAskedEachTime(t *testing.T) {
	d := newDaemon(t, one(jobs.JobCondition{Job: "reconcile"}))
	for range 20 {
		d.get(t, "/health/ready")
		d.get(t, "/metrics")
	}
	if d.looks != 1 {
		t.Errorf("it was asked %d times within five seconds", d.looks)
	}
	d.now = d.now.Add(6 * time.Second)
	d.get(t, "/health/ready")
	d.now = d.now.Add(-time.Hour) // somebody sets the clock back
	d.get(t, "/health/ready")
	if d.looks != 3 {
		t.Errorf("it was asked %d times, want 3", d.looks)
	}
	d.err = errors.New("away")
	d.now = d.now.Add(time.Minute)
	if status, _ := d.get(t, "/health/ready"); status != 503 {
		t.Errorf("when the store is away, ready answers %d", status)
	}
}

// A store that does not answer at all takes the time of nobody else's.
func TestAStoreThatHangsHidesNoOther(t *testing.T) {
	hangs := func(ctx context.Context) (*jobs.Condition, error) { <-ctx.Done(); return nil, ctx.Err() }
	d := newDaemon(t, nil, func(o *Options) {
		o.Tenants = func() []Tenant {
			return []Tenant{{"a-kommun", hangs}, {"b-kommun", func(ctx context.Context) (*jobs.Condition, error) {
				return &jobs.Condition{Tenant: "b-kommun"}, ctx.Err()
			}}, {"c-kommun", hangs}}
		}
	})
	_, body := d.get(t, "/health/ready")
	var h Health
	if err := json.Unmarshal([]byte(body), &h); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if len(h.Reasons) != 2 || strings.Contains(strings.Join(h.Reasons, "\n"), "b-kommun") || len(h.Tenants) != 1 {
		t.Errorf("health says %s", body)
	}
	_, body = d.get(t, "/metrics")
	for _, want := range []string{`brygga_store_readable{tenant="a-kommun"} 0`, `brygga_store_readable{tenant="b-kommun"} 1`} {
		if !strings.Contains(body, want) {
			t.Errorf("metrics do not say %s:\n%s", want, body)
		}
	}
}

func TestOnlyWhatIsServedIsAnswered(t *testing.T) {
	d := newDaemon(t, one(jobs.JobCondition{Job: "reconcile"}))
	for path, want := range map[string]int{"/": 404, "/health": 404, "/health/ready/": 404, "/debug/pprof/": 404} {
		if status, _ := d.get(t, path); status != want {
			t.Errorf("%s answers %d, want %d", path, status, want)
		}
	}
	resp, err := http.Post(d.URL+"/health/ready", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST answers %d", resp.StatusCode)
	}
}
