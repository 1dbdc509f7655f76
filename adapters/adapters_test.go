package adapters

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// loud is a sink that counts.
type loud struct{ applied, read int }

func (l *loud) Standing(context.Context, string, string, string, Reader) Outcome {
	l.read++
	return Outcome{Complete: true, Rows: 7}
}

func (l *loud) Apply(_ context.Context, w []Write) []Answer {
	l.applied++
	return make([]Answer, len(w))
}

func TestDryRunCannotWrite(t *testing.T) {
	inner := &loud{}
	d := DryRun("journal", inner)
	answers := d.Apply(context.Background(), []Write{{Op: Create, Type: "Task"}, {Op: Update, Type: "Flag", ID: "f1"}})
	if inner.applied != 0 || len(answers) != 2 {
		t.Fatalf("applied %d, %d answers", inner.applied, len(answers))
	}
	for _, a := range answers {
		if a.Answered != Refused || a.Err == nil || a.Err.Class != Rejected || a.Err.What != "nothing was sent: this is a dry run" {
			t.Errorf("%+v", a)
		}
	}
	if o := d.Standing(context.Background(), "Task", "", "", nil); o.Rows != 7 || inner.read != 1 {
		t.Error("what stands is not read")
	}
	// The proof that nothing can go through: what it holds knows of no writing.
	v := reflect.ValueOf(d)
	for i := range v.NumField() {
		if v.Type().Field(i).Type.Kind() == reflect.Interface {
			if _, can := v.Type().Field(i).Type.MethodByName("Apply"); can {
				t.Errorf("the field %s can write", v.Type().Field(i).Name)
			}
		}
	}
}

// transport answers every request by a function.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func ok(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
}

func get(t *testing.T, rt http.RoundTripper, ctx context.Context) error {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://a.se/r4/Task?identifier=secret", io.NopCloser(strings.NewReader("body")))
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = 4
	resp, err := rt.RoundTrip(req)
	if resp != nil {
		resp.Body.Close()
	}
	return err
}

func TestPace(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var waits []time.Duration
	sleep := func(ctx context.Context, d time.Duration) error { waits = append(waits, d); return ctx.Err() }
	rt := Pace(4, func() time.Time { return now }, sleep)(transport(ok))
	for range 3 {
		if err := get(t, rt, ctx); err != nil {
			t.Fatal(err)
		}
	}
	if want := []time.Duration{250 * time.Millisecond, 500 * time.Millisecond}; !slices.Equal(waits, want) {
		t.Errorf("waited %v, want %v", waits, want)
	}
	t.Run("turns that nobody used are not saved up", func(t *testing.T) {
		now, waits = now.Add(time.Hour), nil
		for range 2 {
			_ = get(t, rt, ctx)
		}
		if want := []time.Duration{250 * time.Millisecond}; !slices.Equal(waits, want) {
			t.Errorf("waited %v", waits)
		}
	})
	t.Run("a caller that gives up is not sent", func(t *testing.T) {
		gone, stop := context.WithCancel(ctx)
		stop()
		sent := false
		rt := Pace(1, func() time.Time { return now }, sleep)(transport(func(*http.Request) (*http.Response, error) { sent = true; return ok(nil) }))
		_ = get(t, rt, ctx)
		sent = false
		if err := get(t, rt, gone); !errors.Is(err, context.Canceled) || sent {
			t.Errorf("%v, sent %v", err, sent)
		}
	})
	t.Run("zero is no limit", func(t *testing.T) {
		waits = nil
		rt := Pace(0, nil, nil)(transport(ok))
		for range 5 {
			_ = get(t, rt, ctx)
		}
		if waits != nil {
			t.Errorf("waited %v", waits)
		}
	})
	t.Run("many at once take turns", func(t *testing.T) {
		var mu sync.Mutex
		seen := map[time.Duration]int{}
		rt := Pace(10, func() time.Time { return now }, func(_ context.Context, d time.Duration) error {
			mu.Lock()
			defer mu.Unlock()
			seen[d]++
			return nil
		})(transport(ok))
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { _ = get(t, rt, ctx) })
		}
		all.Wait()
		if len(seen) != 19 || seen[1900*time.Millisecond] != 1 {
			t.Errorf("%v", seen)
		}
	})
}

func TestObserve(t *testing.T) {
	var seen []Seen
	note := Observe(func(s Seen) { seen = append(seen, s) })
	_ = get(t, note(transport(ok)), context.Background())
	if err := get(t, note(transport(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })), context.Background()); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	want := []Seen{{"POST", "/r4/Task", 200, 4}, {"POST", "/r4/Task", 0, 4}}
	if !slices.Equal(seen, want) {
		t.Errorf("%+v", seen)
	}
	if strings.Contains(fmt.Sprint(seen), "secret") {
		t.Error("the query is told")
	}
}

func TestAround(t *testing.T) {
	var order []string
	note := func(name string) func(http.RoundTripper) http.RoundTripper {
		return func(next http.RoundTripper) http.RoundTripper {
			return transport(func(r *http.Request) (*http.Response, error) {
				order = append(order, name)
				return next.RoundTrip(r)
			})
		}
	}
	_ = get(t, Around(note("outer"), nil, note("inner"))(transport(ok)), context.Background())
	if !slices.Equal(order, []string{"outer", "inner"}) {
		t.Errorf("%v", order)
	}
}

func TestRegistry(t *testing.T) {
	var got map[string]string
	r := Registry{"memory": {
		Doc: "a memory",
		Options: []Option{
			{Name: "url", Doc: "where", Required: true},
			{Name: "auth.kind", Default: "none", OneOf: []string{"none", "token"}},
			{Name: "auth.token", Secret: true},
		},
		Open: func(_ string, set map[string]string, _ Env) (Opened, error) {
			got = set
			return Opened{Sink: &loud{}}, nil
		},
	}}
	for _, tt := range []struct {
		name, kind string
		set        map[string]string
		want       string
	}{
		{"what is missing gets its default", "memory", map[string]string{"url": "x"}, ""},
		{"a kind that is not there", "disk", nil, `there is no kind "disk"; known are memory`},
		{"what is required is missing", "memory", nil, "url: is missing (where)"},
		{"an empty value is none", "memory", map[string]string{"url": ""}, "url: is missing (where)"},
		{"a value that is none of the allowed", "memory", map[string]string{"url": "x", "auth.kind": "hemlig"}, "auth.kind: is none of none, token"},
		{"an option that is not there", "memory", map[string]string{"url": "x", "tokn": "hemlig"}, "tokn: is no option of this kind"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, err := r.Open(tt.kind, "journal", tt.set, Env{})
			if tt.want == "" {
				if err != nil || o.Sink == nil || got["auth.kind"] != "none" || got["url"] != "x" {
					t.Errorf("%v %v", err, got)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hemlig") {
				t.Errorf("%v", err)
			}
		})
	}
	shown := r["memory"].Redacted(map[string]string{"url": "x", "auth.token": "hemlig", "unknown": "hemlig", "auth.kind": ""})
	if want := map[string]string{"url": "x", "auth.token": "(hidden)", "unknown": "(hidden)", "auth.kind": ""}; !reflect.DeepEqual(shown, want) {
		t.Errorf("%v", shown)
	}
}

func TestErrorSaysWhatWhereAndWhatToDo(t *testing.T) {
	inner := errors.New("x")
	for _, tt := range []struct {
		e    Error
		want string
	}{
		{Error{System: "journal", What: "answered 500"}, "journal: answered 500"},
		{Error{System: "journal", Kind: "visit", Page: 3, What: "answered 401 Unauthorized", Do: "renew auth.token", Err: inner}, "journal, visit, page 3: answered 401 Unauthorized; renew auth.token"},
	} {
		if got := tt.e.Error(); got != tt.want || !errors.Is(&tt.e, tt.e.Err) && tt.e.Err != nil {
			t.Errorf("%q", got)
		}
	}
	if Create.String() != "create" || Update.String() != "update" {
		t.Error("the operations have other names")
	}
}
