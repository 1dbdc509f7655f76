package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"brygga/adapters"
)

// The contract of a recipient is tried on one that keeps it, and on many that are the
// same but for one flaw: each flaw must be caught.

// toyBoard is a toy server. GET, PUT and POST /d/ID, /t/ID; a PUT puts in the place of
// what is there, a POST adds; what an answer holds ends with a semicolon.
type toyBoard struct {
	mu    sync.Mutex
	lines []toyLine
}

type toyLine struct{ path, body string }

func (s *toyBoard) at(prefix string) (found []toyLine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lines {
		if strings.HasPrefix(l.path, prefix) {
			found = append(found, l)
		}
	}
	return found
}

func (s *toyBoard) set(path, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, l := range s.lines {
		if l.path == path {
			s.lines[i].body = body
			return
		}
	}
	s.lines = append(s.lines, toyLine{path, body})
}

func (s *toyBoard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	there := s.at(r.URL.Path)
	switch {
	case r.Method == http.MethodGet && len(there) == 0:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodGet:
		fmt.Fprint(w, there[0].body+";")
	case r.Method == http.MethodPost && r.Header.Get("If-None-Exist") == "":
		s.mu.Lock()
		s.lines = append(s.lines, toyLine{r.URL.Path, string(body)})
		s.mu.Unlock()
		fmt.Fprint(w, "added;")
	case r.Method == http.MethodPut && len(there) > 0 && r.Header.Get("If-Match") != "" && r.Header.Get("If-Match") != tag(there[0].body):
		w.WriteHeader(http.StatusPreconditionFailed)
	default:
		s.set(r.URL.Path, string(body))
		fmt.Fprint(w, "set;")
	}
}

func tag(body string) string { return fmt.Sprintf("%x", body) }

// postman is a recipient over a toyBoard. A Task is "status|reason|kept".
type postman struct {
	url  string
	flaw string
}

var _ adapters.Recipient = postman{}

func (p postman) fails(class adapters.Class, status int, what string, err error) error {
	if p.flaw == "tells secrets" {
		what += " hemlig"
	}
	if p.flaw == "mixes the classes up" {
		class = adapters.Fatal
	}
	return &adapters.Error{Class: class, System: "toy", Status: status, What: what, Err: err}
}

func (p postman) ask(ctx context.Context, method, path, body string, header ...string) (string, bool, error) {
	if p.flaw == "goes on when told to stop" {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, done := context.WithTimeout(ctx, Timeout)
	defer done()
	req, err := http.NewRequestWithContext(ctx, method, p.url+path, strings.NewReader(body))
	if err != nil {
		return "", false, p.fails(adapters.Rejected, 0, "no address", nil)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if errors.Is(err, context.Canceled) {
		return "", false, p.fails(adapters.Retry, 0, "was stopped", context.Canceled)
	}
	if err != nil {
		return "", false, p.fails(adapters.Retry, 0, "no answer", nil)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, MaxBytes))
	switch code := resp.StatusCode; {
	case code == 401 || code == 403:
		return "", false, p.fails(adapters.Credentials, code, "not let in", nil)
	case code == 429 || code == 503:
		return "", false, p.fails(adapters.Wait, code, "not now", nil)
	case code >= 500:
		return "", false, p.fails(adapters.Retry, code, "broken", nil)
	case code == 404 && method == http.MethodGet && len(text) == 0 && p.flaw != "takes 404 for a fault":
		return "", false, nil
	case code != 200:
		return "", false, p.fails(adapters.Rejected, code, "refused", nil)
	case err != nil && p.flaw != "believes half an answer":
		return "", false, p.fails(adapters.Retry, code, "half an answer", nil)
	}
	said, whole := strings.CutSuffix(string(text), ";")
	if !whole && p.flaw != "believes web pages" {
		return "", false, p.fails(adapters.Protocol, 200, "no answer of ours", nil)
	}
	return said, true, nil
}

var toyID = regexp.MustCompile(`^[0-9a-f-]{36}$`)

func (p postman) ready(ctx context.Context, id string) error {
	switch {
	case !toyID.MatchString(id) && p.flaw != "takes any id":
		return p.fails(adapters.Rejected, 0, "no id", nil)
	case ctx.Err() != nil && p.flaw != "goes on when told to stop":
		return p.fails(adapters.Retry, 0, "was stopped", ctx.Err())
	}
	return nil
}

func (p postman) Name() string { return "toy" }

func (p postman) Close() {}

func (p postman) Can() adapters.RecipientCan {
	return adapters.RecipientCan{Tasks: p.flaw != "has Tasks and says that it has none"}
}

func (p postman) Stage(ctx context.Context, d adapters.Delivery) (string, error) {
	err := p.ready(ctx, d.ID)
	if err == nil && p.flaw == "delivers when it stages" {
		_, _, err = p.ask(ctx, http.MethodPut, "/d/"+d.ID, string(d.Document))
	}
	return "", err
}

func (p postman) Drop(_ context.Context, id, _ string) error {
	if p.flaw == "drops what was delivered" {
		_, _, err := p.ask(context.Background(), http.MethodPut, "/d/"+id, "")
		return err
	}
	return p.ready(context.Background(), id)
}

func (p postman) Deliver(ctx context.Context, d adapters.Delivery, _ string) (adapters.Receipt, error) {
	r := adapters.Receipt{Document: "d/" + d.ID}
	if p.flaw == "gives a new receipt each time" {
		r.Document += time.Now().String()
	}
	if err := p.ready(ctx, d.ID); err != nil {
		return adapters.Receipt{}, err
	}
	body, method := string(d.Document), http.MethodPut
	if p.flaw == "changes what is sent" {
		body = strings.ToUpper(body)
	}
	if p.flaw == "adds without asking" || p.flaw == "asks, and then adds" {
		method = http.MethodPost
	}
	if p.flaw == "asks, and then adds" {
		if _, there, err := p.ask(ctx, http.MethodGet, "/d/"+d.ID, ""); there || err != nil {
			return r, err
		}
	}
	if p.flaw != "asks for no permission" {
		if err := d.Permit(ctx); err != nil {
			return adapters.Receipt{}, err
		}
	}
	_, _, err := p.ask(ctx, method, "/d/"+d.ID, body)
	if p.flaw == "asks for permission once" && err != nil {
		_, _, err = p.ask(ctx, method, "/d/"+d.ID, body)
	}
	if p.flaw == "believes that it delivered" {
		err = nil
	}
	return r, err
}

func (p postman) Delivered(ctx context.Context, id, _ string) (adapters.Receipt, bool, error) {
	if err := p.ready(ctx, id); err != nil {
		return adapters.Receipt{}, false, err
	}
	switch p.flaw {
	case "says that all was delivered":
		return adapters.Receipt{Document: "d/" + id}, true, nil
	case "says that nothing was delivered":
		return adapters.Receipt{}, false, nil
	}
	_, there, err := p.ask(ctx, http.MethodGet, "/d/"+id, "")
	return adapters.Receipt{Document: "d/" + id}, there, err
}

func (p postman) Announce(ctx context.Context, id string, r adapters.Receipt, task []byte) (adapters.Receipt, error) {
	if err := p.ready(ctx, id); err != nil {
		return r, err
	}
	method := http.MethodPut
	if p.flaw == "announces without asking" {
		method = http.MethodPost
	}
	_, _, err := p.ask(ctx, method, "/t/"+id, string(task))
	r.Task = "Task/" + id
	return r, err
}

func (p postman) Announced(ctx context.Context, id string) (adapters.Receipt, error) {
	if err := p.ready(ctx, id); err != nil {
		return adapters.Receipt{}, err
	}
	_, there, err := p.ask(ctx, http.MethodGet, "/t/"+id, "")
	if !there || err != nil || p.flaw == "knows of no Task" {
		return adapters.Receipt{}, err
	}
	return adapters.Receipt{Task: "Task/" + id}, nil
}

var toyTask = regexp.MustCompile(`^Task/[a-z0-9-]+$`)

func (p postman) task(ctx context.Context, r adapters.Receipt) (path string, parts []string, err error) {
	if r.Task == "" {
		return "", nil, nil
	}
	if !toyTask.MatchString(r.Task) && p.flaw != "reads any address" {
		return "", nil, p.fails(adapters.Rejected, 0, "no Task", nil)
	}
	path = "/t/" + strings.TrimPrefix(r.Task, "Task/")
	said, there, err := p.ask(ctx, http.MethodGet, path, "")
	if !there || err != nil {
		return "", nil, err
	}
	return path, strings.Split(said, "|"), nil
}

func (p postman) Reply(ctx context.Context, r adapters.Receipt) (adapters.Reply, error) {
	if p.flaw == "says that all is accepted" {
		return adapters.Reply{Status: "accepted", At: time.Unix(0, 0)}, nil
	}
	_, t, err := p.task(ctx, r)
	if t == nil || err != nil {
		if p.flaw == "takes silence for an answer" {
			err = nil
		}
		return adapters.Reply{}, err
	}
	return adapters.Reply{Status: t[0], Reason: t[1], At: time.Unix(0, 0)}, nil
}

func (p postman) Cancel(ctx context.Context, r adapters.Receipt, reason string) error {
	for range 3 {
		path, t, err := p.task(ctx, r)
		if t == nil || err != nil {
			return err
		}
		if slices.Contains([]string{"completed", "rejected", "failed", "entered-in-error", "cancelled"}, t[0]) && p.flaw != "cancels what is over" {
			return nil
		}
		match := tag(strings.Join(t, "|"))
		t[0], t[1] = "cancelled", reason
		switch p.flaw {
		case "loses what staff wrote":
			t[2] = ""
		case "writes over what moved":
			match = ""
		case "cancels nothing":
			return nil
		}
		_, _, err = p.ask(ctx, http.MethodPut, path, strings.Join(t, "|"), "If-Match", match)
		var e *adapters.Error
		if !errors.As(err, &e) || e.Status != 412 && e.Status != 409 {
			return err
		}
	}
	return p.fails(adapters.Rejected, 412, "keeps moving", nil)
}

func (p postman) Check(ctx context.Context) []adapters.CheckResult {
	if p.flaw == "leaves something when it checks" {
		_, _, _ = p.ask(ctx, http.MethodPost, "/d/x", "")
	}
	if p.flaw == "checks nothing" {
		return nil
	}
	_, _, err := p.ask(ctx, http.MethodGet, "/d/x", "")
	return []adapters.CheckResult{{What: "reach", Verdict: map[bool]adapters.Verdict{true: adapters.OK, false: adapters.Fail}[err == nil]}}
}

func postmanContract(flaw string) RecipientContract {
	return RecipientContract{
		Delivery: func(n int) adapters.Delivery {
			return adapters.Delivery{ID: fmt.Sprintf("5f0c8e0a-7a4e-4d5c-8b3f-%012d", n), Document: []byte("doc"), Page: []byte("page")}
		},
		Task:    func(string, adapters.Receipt) []byte { return []byte("requested||") },
		Secrets: []string{"hemlig"},
		World: func(testing.TB) RecipientWorld {
			s := &toyBoard{}
			path := func(ref string) string { return "/t/" + strings.TrimPrefix(ref, "Task/") }
			return RecipientWorld{
				Healthy: s,
				Open:    func(_ testing.TB, url string) adapters.Recipient { return postman{url, flaw} },
				Documents: func() (all [][]byte) {
					for _, l := range s.at("/d/") {
						all = append(all, []byte(l.body))
					}
					return all
				},
				Tasks: func() int { return len(s.at("/t/")) },
				Staff: func(ref, status, reason string) { s.set(path(ref), status+"|"+reason+"|ringt") },
				Kept:  func(ref string) string { return strings.Split(s.at(path(ref))[0].body, "|")[2] },
			}
		},
	}
}

func TestTheContractLetsAGoodRecipientPass(t *testing.T) {
	Recipient(t, postmanContract(""))
}

func TestTheContractCatchesEveryFlawOfARecipient(t *testing.T) {
	for _, c := range []struct{ flaw, caught string }{
		{"adds without asking", "delivered again, it gives the same receipt"},
		{"asks, and then adds", "several that deliver the same at one moment leave one document"},
		{"announces without asking", "delivered again, it gives the same receipt"},
		{"changes what is sent", "what is delivered is there once, as it was sent"},
		{"gives a new receipt each time", "delivered again, it gives the same receipt"},
		{"has Tasks and says that it has none", "what is delivered is there once, as it was sent"},
		{"asks for no permission", "what is not permitted at the last moment is not let go"},
		{"asks for permission once", "what is not permitted any more when the server asked to wait is not let go"},
		{"knows of no Task", "a Task is found by what it is about"},
		{"says that all was delivered", "what was not delivered is said not to be"},
		{"says that nothing was delivered", "what is delivered is there once, as it was sent"},
		{"delivers when it stages", "what was not delivered is said not to be"},
		{"drops what was delivered", "what is dropped was not delivered, and can be staged anew"},
		{"takes any id", "an id that is no UUID is refused everywhere"},
		{"goes on when told to stop", "a caller that has given up gets an error, and nothing is delivered"},
		{"leaves something when it checks", "a check of a healthy recipient finds nothing wrong, and sends nothing"},
		{"checks nothing", "a check of a healthy recipient finds nothing wrong, and sends nothing"},
		{"tells secrets", "nothing but 401 is a matter of credentials"},
		{"mixes the classes up", "nothing but 500 is to be tried again"},
		{"believes that it delivered", "nothing but 500 is to be tried again"},
		{"believes web pages", "nothing but web pages is no answer"},
		{"says that all is accepted", "a Task is followed through its life"},
		{"takes 404 for a fault", "a Task that is gone has no status"},
		{"reads any address", "a Task that is gone has no status"},
		{"takes silence for an answer", "nothing is told of a Task behind a 500"},
		{"cancels what is over", "cancelling a Task that is completed leaves it"},
		{"cancels nothing", "cancelling a Task that is accepted ends it, and keeps what staff wrote"},
		{"loses what staff wrote", "cancelling a Task that is accepted ends it, and keeps what staff wrote"},
		{"writes over what moved", "a Task that staff finish while it is cancelled stays finished"},
	} {
		t.Run(c.flaw, func(t *testing.T) {
			t.Parallel()
			check, ok := postmanContract(c.flaw).checks(t)[c.caught]
			if !ok {
				t.Fatalf("there is no check %q", c.caught)
			}
			if check(t) == nil {
				t.Error("was let pass")
			}
			if clean := postmanContract("").checks(t)[c.caught](t); clean != nil {
				t.Errorf("without the flaw: %v", clean)
			}
		})
	}
}

// One that asks before it adds, but believes what is no answer, is caught by the faults.
func TestTheContractCatchesARecipientThatAddsAfterALostAnswer(t *testing.T) {
	for _, name := range []string{"an answer that is lost after the work was done", "a 500 after the work was done", "a web page after the work was done"} {
		c := postmanContract("says that nothing was delivered")
		c.World = func(t testing.TB) RecipientWorld {
			w := postmanContract("").World(t)
			w.Open = func(_ testing.TB, url string) adapters.Recipient {
				return forgetful{postman{url, "adds without asking"}}
			}
			return w
		}
		if c.checks(t)[name+", at each request alone, leaves one document"](t) == nil {
			t.Errorf("%s: was let pass", name)
		}
	}
}

// forgetful does not know what it delivered.
type forgetful struct{ postman }

func (forgetful) Delivered(context.Context, string, string) (adapters.Receipt, bool, error) {
	return adapters.Receipt{}, false, nil
}
