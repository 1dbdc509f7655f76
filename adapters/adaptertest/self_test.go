package adaptertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"brygga/adapters"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The contract is tested on adapters that break it, each in its own way: one that
// lets everything pass would be worth nothing.

// toy is a naive adapter for a toy protocol: {"rows":["r1",...],"next":"?at=10"}.
type toy struct {
	url   string
	fault func(o adapters.Outcome) adapters.Outcome // how it lies
	body  []byte                                    // what a read gives when all fails
}

func toyServer(_ func() string, n int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at, _ := strconv.Atoi(r.URL.Query().Get("at"))
		page := map[string]any{}
		var list []string
		for i := at; i < min(at+n/10, n); i++ {
			list = append(list, fmt.Sprint("r", i))
		}
		page["rows"] = list
		if at+n/10 < n {
			page["next"] = fmt.Sprint("?at=", at+n/10)
		}
		_ = json.NewEncoder(w).Encode(page)
	})
}

func (a toy) Name() string { return "toy" }

func (a toy) fetch(ctx context.Context, query string) ([]byte, int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+"/"+query, nil)
	if err != nil {
		return nil, 0, err
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return b, resp.StatusCode, err
}

// Pull asks each page once, and stops at whatever goes wrong as if it were the end.
func (a toy) Pull(ctx context.Context, q adapters.Query, r adapters.Reader) adapters.Outcome {
	o := adapters.Outcome{Complete: true, Checkpoint: "2026-11-21T12:00:00Z"}
	for next := "?at=0"; next != "" && o.Pages < 50; {
		body, _, err := a.fetch(ctx, next)
		if err != nil {
			break
		}
		p, err := r.Open(body)
		if err != nil {
			break
		}
		o.Pages++
		o.Bytes += int64(len(body))
		o.Rows += len(p.Keys)
		if p.Take() != nil {
			break
		}
		next = p.Next
	}
	if a.fault != nil {
		return a.fault(o)
	}
	return o
}

func (a toy) Can() adapters.Can { return adapters.Can{Read: true, Any: true} }

func (a toy) Read(context.Context, string) ([]byte, error) { return a.body, nil }

func (a toy) Any(context.Context, adapters.Query) (bool, error) { return true, nil }

// toyRows reads the toy protocol.
type toyRows struct {
	mu   sync.Mutex
	rows map[string]bool
}

func (r *toyRows) Distinct() int { return len(r.rows) }

func (r *toyRows) Open(body []byte) (adapters.Page, error) {
	var page struct {
		Rows []string
		Next string
	}
	if err := json.Unmarshal(body, &page); err != nil {
		return adapters.Page{}, err
	}
	p := adapters.Page{Next: page.Next, Total: -1}
	for i := range page.Rows {
		p.Keys = append(p.Keys, uint64(i))
	}
	p.Take = func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, row := range page.Rows {
			r.rows[row] = true
		}
		return nil
	}
	return p, nil
}

func contractOf(fault func(adapters.Outcome) adapters.Outcome) SourceContract {
	return SourceContract{
		Healthy: toyServer,
		Open:    func(_ testing.TB, url string) adapters.Source { return toy{url: url, fault: fault} },
		Reader:  func() Rows { return &toyRows{rows: map[string]bool{}} },
		Query:   adapters.Query{Kind: "row"},
		Present: "row/1", Missing: "row/2",
		Relink: func(page []byte, next string) []byte {
			return []byte(strings.Replace(string(page), `"next":"?at=20"`, fmt.Sprintf(`"next":%q`, next), 1))
		},
		Secrets: []string{"hemlig"},
	}
}

func TestTheContractCatchesASourceThatTakesEveryEndForTheEnd(t *testing.T) {
	c := contractOf(nil)
	for _, pc := range pullCases(c) {
		if slices.ContainsFunc([]string{"a healthy", "a slow", "a page that takes longer"}, func(s string) bool { return strings.HasPrefix(pc.name, s) }) {
			if err := c.pull(t, pc); err != nil {
				t.Errorf("%s: %v", pc.name, err)
			}
			continue
		}
		if strings.Contains(pc.name, "pages that take longer") {
			continue // the naive source has no timeout at all; waiting for it proves nothing
		}
		if err := c.pull(t, pc); err == nil {
			t.Errorf("%s: was let pass", pc.name)
		}
	}
	for name, check := range c.checks() {
		if name == "a record that is not there is nil without an error" || name == "what a source cannot do besides, it says" {
			continue
		}
		if err := check(t); err == nil {
			t.Errorf("%s: was let pass", name)
		}
	}
}

func TestTheContractCatchesOutcomesThatDoNotHoldTogether(t *testing.T) {
	classes := []adapters.Class{adapters.Retry, adapters.Wait}
	good := adapters.Error{Class: adapters.Retry, System: "toy", Kind: "row", What: "answered 500"}
	with := func(change func(*adapters.Error)) *adapters.Error {
		e := good
		change(&e)
		return &e
	}
	c := contractOf(nil)
	if err := c.broken(adapters.Outcome{Fault: &good}, classes); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]adapters.Outcome{
		"complete with a fault":      {Complete: true, Fault: &good},
		"a checkpoint with a fault":  {Checkpoint: "x", Fault: &good},
		"incomplete without a fault": {},
		"a fault of another class":   {Fault: with(func(e *adapters.Error) { e.Class = adapters.Fatal })},
		"a fault of another kind":    {Fault: with(func(e *adapters.Error) { e.Kind = "visit" })},
		"a wait without a time":      {Fault: with(func(e *adapters.Error) { e.Class = adapters.Wait })},
		"a secret in the text":       {Fault: with(func(e *adapters.Error) { e.What = "hemlig" })},
		"a secret within":            {Fault: with(func(e *adapters.Error) { e.Err = fmt.Errorf("x: %w", errors.New("hemlig")) })},
		"a query in the text":        {Fault: with(func(e *adapters.Error) { e.What = "GET http://a?b" })},
		"nothing said":               {Fault: with(func(e *adapters.Error) { e.What = "" })},
	} {
		if c.broken(o, classes) == nil {
			t.Errorf("%s: was let pass", name)
		}
	}
	rows := &toyRows{rows: map[string]bool{}}
	for i := range 100 {
		rows.rows[fmt.Sprint(i)] = true
	}
	whole := adapters.Outcome{Complete: true, Rows: 100, Pages: 10, Bytes: 1, Checkpoint: "2026-11-21T12:00:00Z"}
	if err := c.whole(whole, rows); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*adapters.Outcome){
		"a fault":              func(o *adapters.Outcome) { o.Fault = &good },
		"incomplete":           func(o *adapters.Outcome) { o.Complete = false },
		"too few rows":         func(o *adapters.Outcome) { o.Rows = 99 },
		"no pages":             func(o *adapters.Outcome) { o.Pages = 0 },
		"no checkpoint":        func(o *adapters.Outcome) { o.Checkpoint = "" },
		"a checkpoint of sand": func(o *adapters.Outcome) { o.Checkpoint = "yesterday" },
	} {
		o := whole
		if change(&o); c.whole(o, rows) == nil {
			t.Errorf("%s: was let pass", name)
		}
	}
}

// careless is a sink that posts every write as it is, and believes in success.
type careless struct{ url string }

func (s careless) Standing(context.Context, string, string, string, adapters.Reader) adapters.Outcome {
	return adapters.Outcome{Complete: true}
}

func (s careless) Apply(_ context.Context, writes []adapters.Write) []adapters.Answer {
	answers := make([]adapters.Answer, len(writes))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for i, w := range writes {
		answers[i].Answered = adapters.Written
		if resp, err := client.Post(s.url, "", strings.NewReader(string(w.Body))); err == nil {
			resp.Body.Close()
		}
	}
	return answers
}

// heap stores whatever is posted.
type heap struct {
	mu sync.Mutex
	n  int
}

func (h *heap) Count() int { return h.n }

func (h *heap) ServeHTTP(http.ResponseWriter, *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n++
}

func TestTheContractCatchesASinkThatWritesTwice(t *testing.T) {
	c := SinkContract{
		Healthy: func(int) Stored { return &heap{} },
		Open:    func(_ testing.TB, url string) adapters.Sink { return careless{url} },
		Create:  func(int) adapters.Write { return adapters.Write{Op: adapters.Create, Type: "row"} },
		Update: func(int, string, string) adapters.Write {
			return adapters.Write{Op: adapters.Update, Type: "row"}
		},
		Reader: func() Rows { return &toyRows{rows: map[string]bool{}} },
	}
	for name, check := range c.checks() {
		if name == "no writes are no answers" || strings.Contains(name, "after the timeout") {
			continue
		}
		if err := check(t); err == nil {
			t.Errorf("%s: was let pass", name)
		}
	}
}
