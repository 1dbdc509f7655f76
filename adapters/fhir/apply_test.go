package fhir

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"brygga/adapters"
)

func creations(from, n int) []adapters.Write {
	writes := make([]adapters.Write, n)
	for i := range writes {
		writes[i] = creation(from + i)
	}
	return writes
}

func update(n int, id, version string) adapters.Write {
	return adapters.Write{Op: adapters.Update, Type: "Task", ID: id, Version: version, Body: testTask(n, id, "changed")}
}

func tally(answers []adapters.Answer) map[adapters.Answered]int {
	m := map[adapters.Answered]int{}
	for _, a := range answers {
		m[a.Answered]++
	}
	return m
}

func TestTransactionOnTheWire(t *testing.T) {
	var got map[string]any
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &got); err != nil {
			t.Error(err)
		}
		if r.Method != "POST" || r.URL.RequestURI() != "/" || r.Header.Get("Content-Type") != "application/fhir+json" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		fmt.Fprint(w, `{"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{"status":"201"}}]}`)
	}))
	s.Apply(context.Background(), []adapters.Write{{Op: adapters.Create, Type: "Flag", Identifier: "http://x/a b|v,1|2$3\\4&c=d#é", Body: []byte(`{"resourceType":"Flag","x":"<&>å"}`)}})
	want := map[string]any{"resourceType": "Bundle", "type": "transaction", "entry": []any{map[string]any{
		"resource": map[string]any{"resourceType": "Flag", "x": "<&>å"},
		"request":  map[string]any{"method": "POST", "url": "Flag", "ifNoneExist": `identifier=http%3A%2F%2Fx%2Fa+b%7Cv%5C%2C1%5C%7C2%5C%243%5C%5C4%26c%3Dd%23%C3%A9`},
	}}}
	if a, b := mustJSON(got), mustJSON(want); a != b {
		t.Errorf("sent %s\nwant %s", a, b)
	}
	s.Apply(context.Background(), []adapters.Write{update(1, "t1", "7")})
	if e := got["entry"].([]any)[0].(map[string]any)["request"]; mustJSON(e) != `{"ifMatch":"W/\"7\"","method":"PUT","url":"Task/t1"}` {
		t.Errorf("sent %s", mustJSON(e))
	}
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestWhatIsLearntOfTheServerIsNotPaidForAgain(t *testing.T) {
	for _, tt := range []struct{ limit, most int }{{7, 30}, {1, 140}, {0, 130}, {50, 3}} {
		t.Run(fmt.Sprintf("of a server that takes %d", tt.limit), func(t *testing.T) {
			m := newMemory(tt.limit)
			s := serve(t, m)
			if got := tally(s.Apply(context.Background(), creations(0, 120))); got[adapters.Written] != 120 {
				t.Fatalf("%v", got)
			}
			first := len(m.requests)
			if first > tt.most {
				t.Errorf("%d requests, at most %d expected", first, tt.most)
			}
			refused := m.asked("POST ") - m.asked("POST Task")
			m.requests = nil
			if got := tally(s.Apply(context.Background(), creations(200, 120))); got[adapters.Written] != 120 {
				t.Fatalf("%v", got)
			}
			if len(m.requests) >= first && refused > 3 {
				t.Errorf("%d requests, and %d the second time", first, len(m.requests))
			}
			if tt.limit == 0 && m.asked("POST Task") != len(m.requests) {
				t.Error("a transaction was tried again on a server that has none")
			}
		})
	}
	t.Run("a bad entry teaches nothing about sizes", func(t *testing.T) {
		m := newMemory(50)
		s := serve(t, m)
		writes := creations(0, 100)
		writes[60].Body = testTask(60, "", "bad")
		if got := tally(s.Apply(context.Background(), writes)); got[adapters.Written] != 99 || got[adapters.Refused] != 1 {
			t.Fatalf("%v", got)
		}
		m.requests = nil
		s.Apply(context.Background(), creations(200, 100))
		if len(m.requests) != 2 {
			t.Errorf("%d requests for two transactions", len(m.requests))
		}
	})
	t.Run("updates may be more than creates", func(t *testing.T) {
		m := newMemory(50)
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			m.mu.Lock()
			m.limit = 50
			if strings.Contains(string(body), "ifNoneExist") {
				m.limit = 8
			}
			m.mu.Unlock()
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			m.ServeHTTP(w, r)
		}))
		made := s.Apply(context.Background(), creations(0, 100))
		m.requests = nil
		writes := make([]adapters.Write, 100)
		for i, a := range made {
			writes[i] = update(i, a.ID, a.Version)
		}
		if got := tally(s.Apply(context.Background(), writes)); got[adapters.Written] != 100 || len(m.requests) != 2 {
			t.Errorf("%v in %d requests", got, len(m.requests))
		}
	})
}

func TestStaleWritesOfATransaction(t *testing.T) {
	for _, tt := range []struct {
		name   string
		blames bool
		stale  int
	}{
		{"that the server does not name: all of them", false, 10},
		{"that the server names: only it, the others are written", true, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMemory(50)
			m.blames = tt.blames
			s := serve(t, m)
			made := s.Apply(context.Background(), creations(0, 10))
			writes := make([]adapters.Write, 10)
			for i, a := range made {
				writes[i] = update(i, a.ID, a.Version)
			}
			writes[3].Version = "99"
			answers := s.Apply(context.Background(), writes)
			if got := tally(answers); answers[3].Answered != adapters.Stale || got[adapters.Stale] != tt.stale || got[adapters.Written] != 10-tt.stale {
				t.Errorf("%v", got)
			}
		})
	}
	t.Run("an update of what is no longer there is stale, and holds up no other", func(t *testing.T) {
		s := serve(t, newMemory(50))
		made := s.Apply(context.Background(), creations(0, 3))
		answers := s.Apply(context.Background(), []adapters.Write{update(0, made[0].ID, "1"), update(7, "gone", "1"), update(2, made[2].ID, "1")})
		if answers[0].Answered != adapters.Written || answers[1].Answered != adapters.Stale || answers[2].Answered != adapters.Written {
			t.Errorf("%+v", answers)
		}
	})
	t.Run("a stale update stops no create", func(t *testing.T) {
		s := serve(t, newMemory(50))
		made := s.Apply(context.Background(), creations(0, 1))
		answers := s.Apply(context.Background(), append(creations(1, 3), update(0, made[0].ID, "99")))
		if got := tally(answers); got[adapters.Written] != 3 || got[adapters.Stale] != 1 {
			t.Errorf("%v", got)
		}
	})
}

func TestAServerThatSaysLittle(t *testing.T) {
	m := newMemory(50)
	m.silent = true
	a := serve(t, m).Apply(context.Background(), creations(0, 1))[0]
	if a.Answered != adapters.Written || a.ID != "" || a.Version != "" {
		t.Errorf("%+v", a)
	}
}

func TestAnswersToATransactionThatAreNone(t *testing.T) {
	ok := `{"response":{"status":"201 Created"}}`
	for _, tt := range []struct{ name, body, want string }{
		{"too few entries", `{"resourceType":"Bundle","type":"transaction-response","entry":[` + ok + `]}`, "a transaction of 2 entries was answered with 1"},
		{"too many entries", `{"resourceType":"Bundle","type":"transaction-response","entry":[` + ok + `,` + ok + `,` + ok + `]}`, "a transaction of 2 entries was answered with 3"},
		{"no entries", `{"resourceType":"Bundle","type":"transaction-response"}`, "a transaction of 2 entries was answered with 0"},
		{"another Bundle", `{"resourceType":"Bundle","type":"searchset","entry":[` + ok + `,` + ok + `]}`, "a transaction was answered with Bundle of type searchset"},
		{"an outcome", `{"resourceType":"OperationOutcome"}`, "a transaction was answered with OperationOutcome of type none"},
		{"no JSON", `ok`, "the answer to a transaction is no JSON"},
		{"a web page", `<html>`, "answered with a web page (text/html), not FHIR"},
		{"entries without a response", `{"resourceType":"Bundle","type":"transaction-response","entry":[{},{}]}`, "a transaction was answered without a status for an entry"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, tt.body) }))
			for _, a := range s.Apply(context.Background(), creations(0, 2)) {
				if a.Answered != adapters.Failed || a.Err == nil || a.Err.Class != adapters.Protocol || a.Err.What != tt.want {
					t.Errorf("%+v %v", a, a.Err)
				}
			}
		})
	}
}

func TestWritesWithoutTheirConditionAreNotSent(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Errorf("sent %s %s", r.Method, r.URL.Path) }))
	good := creation(1)
	for name, change := range map[string]func(*adapters.Write){
		"no operation":              func(w *adapters.Write) { w.Op = 0 },
		"no type":                   func(w *adapters.Write) { w.Type = "" },
		"a type that is a path":     func(w *adapters.Write) { w.Type = "Task/../Patient" },
		"a body of another type":    func(w *adapters.Write) { w.Type = "Flag" },
		"no identifier":             func(w *adapters.Write) { w.Identifier = "" },
		"an identifier's system":    func(w *adapters.Write) { w.Identifier = testSystem + "|" },
		"an identifier's value":     func(w *adapters.Write) { w.Identifier = "f1" },
		"a body that is no JSON":    func(w *adapters.Write) { w.Body = []byte("{") },
		"an update without an id":   func(w *adapters.Write) { w.Op, w.Version = adapters.Update, "1" },
		"an update of any version":  func(w *adapters.Write) { w.Op, w.ID = adapters.Update, "t1" },
		"an id that is a path":      func(w *adapters.Write) { w.Op, w.ID, w.Version = adapters.Update, "../1", "1" },
		"a version that ends early": func(w *adapters.Write) { w.Op, w.ID, w.Version = adapters.Update, "1", `1", W/"2` },
	} {
		t.Run(name, func(t *testing.T) {
			w := good
			change(&w)
			if a := s.Apply(context.Background(), []adapters.Write{w}); a[0].Answered != adapters.Refused || a[0].Err == nil {
				t.Errorf("%+v", a[0])
			}
		})
	}
}

func TestOneRecordThatMakesTheServerFailHoldsUpNoOther(t *testing.T) {
	m := newMemory(50)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), `"poison"`) {
			w.WriteHeader(500)
			return
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		m.ServeHTTP(w, r)
	}))
	writes := creations(0, 50)
	writes[31].Body = testTask(31, "", "poison")
	answers := s.Apply(context.Background(), writes)
	if got := tally(answers); got[adapters.Written] != 49 || answers[31].Answered != adapters.Failed || answers[31].Err.Class != adapters.Retry {
		t.Errorf("%v, %+v", got, answers[31])
	}
}

func TestAServerThatLetsNothingThroughIsNotAskedForLong(t *testing.T) {
	for _, status := range []int{401, 403, 500, 503} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			var n atomic.Int32
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { n.Add(1); w.WriteHeader(status) }))
			answers := s.Apply(context.Background(), creations(0, 2000))
			if got := tally(answers); got[adapters.Failed] != 2000 {
				t.Errorf("%v", got)
			}
			if n.Load() > 40 {
				t.Errorf("%d requests", n.Load())
			}
			if last := answers[1999].Err; !strings.HasPrefix(last.What, "not sent, since the writes before failed: answered ") {
				t.Errorf("%v", last)
			}
		})
	}
}

func TestOneTypeThatMayNotBeWrittenStopsNoOther(t *testing.T) {
	m := newMemory(50)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), `"Flag"`) {
			w.WriteHeader(403)
			return
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		m.ServeHTTP(w, r)
	}))
	flag := adapters.Write{Op: adapters.Create, Type: "Flag", Identifier: testSystem + "|f1", Body: []byte(`{"resourceType":"Flag"}`)}
	answers := s.Apply(context.Background(), []adapters.Write{flag, creation(1)})
	if answers[0].Answered != adapters.Failed || answers[0].Err.Class != adapters.Credentials || !strings.Contains(answers[0].Err.Do, "write this type") || answers[1].Answered != adapters.Written {
		t.Errorf("%+v %v", answers, answers[0].Err)
	}
}

func TestSeveralTransactionsAreUnderWayAtOneTime(t *testing.T) {
	m := newMemory(50)
	var now, most atomic.Int32
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		for k := most.Load(); n > k && !most.CompareAndSwap(k, n); k = most.Load() {
		}
		time.Sleep(10 * time.Millisecond)
		m.ServeHTTP(w, r)
		now.Add(-1)
	}))
	if got := tally(s.Apply(context.Background(), creations(0, 600))); got[adapters.Written] != 600 || most.Load() != 4 {
		t.Errorf("%v, %d at one time", got, most.Load())
	}
}

func TestTwoWritersAtOnceWriteOnce(t *testing.T) {
	m := newMemory(20)
	one := serve(t, m)
	two := opened(t, quick(one.opts.URL))
	var all sync.WaitGroup
	for _, s := range []*System{one, two, one} {
		all.Go(func() {
			for i, a := range s.Apply(context.Background(), creations(0, 200)) {
				if a.Answered != adapters.Written && a.Answered != adapters.Existed {
					t.Errorf("%d: %+v", i, a)
				}
			}
		})
	}
	all.Wait()
	if m.Count() != 200 {
		t.Errorf("%d stand", m.Count())
	}
}

// TestApplyingTwiceIsApplyingOnce, whatever is in the batch, the server's limit,
// and which requests' answers are lost.
func TestApplyingTwiceIsApplyingOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newMemory(rapid.IntRange(0, 12).Draw(rt, "limit"))
		lost := rapid.SliceOfN(rapid.Bool(), 1, 7).Draw(rt, "lost")
		var n atomic.Int32
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if k := int(n.Add(1)); k <= len(lost) && lost[k-1] {
				m.ServeHTTP(discard{http.Header{}}, r)
				hijack(w, "")
				return
			}
			m.ServeHTTP(w, r)
		}))
		ids := rapid.SliceOfN(rapid.IntRange(0, 30), 1, 40).Draw(rt, "ids")
		distinct := map[int]bool{}
		writes := make([]adapters.Write, len(ids))
		for i, id := range ids {
			writes[i] = creation(id)
			distinct[id] = true
		}
		s.Apply(context.Background(), writes)
		n.Store(100) // from here on every answer arrives
		again := tally(s.Apply(context.Background(), writes))
		if m.Count() != len(distinct) || again[adapters.Existed]+again[adapters.Written] != len(ids) {
			rt.Errorf("%d stand of %d; %v", m.Count(), len(distinct), again)
		}
		s.Close()
	})
}

// discard is a ResponseWriter into nothing.
type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}
