package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"brygga/sandbox"
)

const (
	envURL   = "BRYGGA_TEST_FHIR_URL"
	envToken = "BRYGGA_TEST_FHIR_TOKEN"
)

// ours is the base of brygga's own systems and codes (fhir.md, "B").
const ours = "https://brygga.example/fhir"

// server is a FHIR server as the tests use it, beside the product.
type server struct {
	base  string // without a slash at its end
	token string
}

// under is the server that the tests run against.
var under server

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	awayFromMidnight()
	dir, err := os.MkdirTemp("", "brygga-interop-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "interop:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary.dir = dir
	// Tests that run in parallel mostly wait, as brygga does between its attempts.
	if err := flag.Set("test.parallel", "8"); err != nil {
		fmt.Fprintln(os.Stderr, "interop:", err)
		return 1
	}
	under = server{base: strings.TrimSuffix(os.Getenv(envURL), "/"), token: os.Getenv(envToken)}
	if under.base == "" {
		fmt.Printf("%s is not set: the tests run against the sandbox of this repository\n", envURL)
		s := sandbox.New(sandbox.Options{Clock: time.Now})
		base, stop, err := s.Start(context.Background(), "127.0.0.1:0")
		if err != nil {
			fmt.Fprintln(os.Stderr, "interop:", err)
			return 1
		}
		defer stop()
		under = server{base: base}
	}
	return m.Run()
}

// awayFromMidnight waits out the last minutes of a day in Stockholm: a run judges
// today, and the municipalities are made for a day.
func awayFromMidnight() {
	const left = 4 * time.Minute
	now := time.Now().In(stockholm)
	next := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 5, 0, stockholm)
	if until := next.Sub(now); until < left {
		fmt.Printf("it is soon midnight in Stockholm: waiting %s\n", until.Round(time.Second))
		time.Sleep(until)
	}
}

// answer is one HTTP answer, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask sends one request; path is below the base, or an absolute address.
func (s server) ask(t testing.TB, method, path string, body any, header ...string) answer {
	t.Helper()
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		content = bytes.NewReader(b)
	}
	if !strings.Contains(path, "://") {
		path = s.base + "/" + path
	}
	req, err := http.NewRequestWithContext(t.Context(), method, path, content)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/fhir+json")
	req.Header.Set("Cache-Control", "no-cache") // some servers answer searches from a cache
	if body != nil {
		req.Header.Set("Content-Type", "application/fhir+json")
	}
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, short(path), err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, short(path), err)
	}
	return answer{res.StatusCode, res.Header, b}
}

func short(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return address
}

// resource is any FHIR resource.
type resource map[string]any

func (r resource) typ() string     { return text(r, "resourceType") }
func (r resource) id() string      { return text(r, "id") }
func (r resource) ref() string     { return r.typ() + "/" + r.id() }
func (r resource) version() string { return text(r, "meta", "versionId") }

// at follows names and indexes into a resource; nil where the way ends.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			switch m := v.(type) {
			case resource:
				v = m[p]
			case map[string]any:
				v = m[p]
			default:
				return nil
			}
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

func text(v any, path ...any) string { s, _ := at(v, path...).(string); return s }

func list(v any, path ...any) []any { l, _ := at(v, path...).([]any); return l }

// coded gives the code of a CodeableConcept in a system, or "".
func coded(concept any, system string) string {
	for _, c := range list(concept, "coding") {
		if text(c, "system") == system {
			return text(c, "code")
		}
	}
	return ""
}

// tidyRef makes "Type/id" of a reference, however the server wrote it.
func tidyRef(ref string) string {
	ref, _, _ = strings.Cut(ref, "/_history/")
	if p := strings.Split(ref, "/"); len(p) > 2 {
		return strings.Join(p[len(p)-2:], "/")
	}
	return ref
}

func parse(t testing.TB, body []byte) resource {
	t.Helper()
	var r resource
	if err := json.Unmarshal(body, &r); err != nil || r == nil {
		t.Fatalf("an answer is no JSON object: %v", err)
	}
	return r
}

// create gives a resource to the server, which gives it an id, and gives it back
// as it stands.
func (s server) create(t testing.TB, r resource) resource {
	t.Helper()
	a := s.ask(t, http.MethodPost, r.typ(), r, "Prefer", "return=representation")
	if a.status != http.StatusCreated {
		t.Fatalf("the server refuses a %s with %d: %s", r.typ(), a.status, outcome(a.body))
	}
	if len(a.body) > 0 {
		if got := parse(t, a.body); got.typ() == r.typ() {
			return got
		}
	}
	place, _, _ := strings.Cut(a.header.Get("Location"), "/_history/")
	return s.read(t, tidyRef(place))
}

// read gives a resource as it stands.
func (s server) read(t testing.TB, ref string) resource {
	t.Helper()
	a := s.ask(t, http.MethodGet, ref, nil)
	if a.status != http.StatusOK {
		t.Fatalf("GET %s: %d: %s", ref, a.status, outcome(a.body))
	}
	return parse(t, a.body)
}

// change does what somebody does in the system that has the resource: it is
// read, changed and written.
func (s server) change(t testing.TB, ref string, how func(resource)) resource {
	t.Helper()
	r := s.read(t, ref)
	how(r)
	a := s.ask(t, http.MethodPut, ref, r, "If-Match", `W/"`+r.version()+`"`)
	if a.status != http.StatusOK {
		t.Fatalf("PUT %s: %d: %s", ref, a.status, outcome(a.body))
	}
	return s.read(t, ref)
}

// remove deletes a resource; false where the server does not let us.
func (s server) remove(t testing.TB, ref string) bool {
	t.Helper()
	a := s.ask(t, http.MethodDelete, ref, nil)
	if a.status >= 300 {
		return false
	}
	a = s.ask(t, http.MethodGet, ref, nil)
	return a.status == http.StatusNotFound || a.status == http.StatusGone
}

// search gives every resource of a type that matches, page by page, each once.
func (s server) search(t testing.TB, typ string, criteria url.Values) []resource {
	t.Helper()
	found, err := s.pages(t, typ, criteria)
	if err != nil {
		t.Fatalf("search %s: %v", typ, err)
	}
	return found
}

func (s server) pages(t testing.TB, typ string, criteria url.Values) ([]resource, error) {
	t.Helper()
	q := url.Values{"_count": {"200"}}
	for k, v := range criteria {
		q[k] = v
	}
	var found []resource
	seen := map[string]bool{}
	for next := typ + "?" + q.Encode(); next != ""; {
		if seen[next] {
			return nil, errors.New("the pages go round")
		}
		seen[next] = true
		a := s.ask(t, http.MethodGet, next, nil)
		if a.status != http.StatusOK {
			return nil, fmt.Errorf("%d: %s", a.status, outcome(a.body))
		}
		b := parse(t, a.body)
		next = nextLink(b)
		for _, e := range list(b, "entry") {
			m, _ := at(e, "resource").(map[string]any)
			if r := resource(m); r.typ() == typ && !seen[r.ref()] {
				seen[r.ref()] = true
				found = append(found, r)
			}
		}
	}
	return found, nil
}

func nextLink(bundle resource) string {
	for _, l := range list(bundle, "link") {
		if text(l, "relation") == "next" {
			return text(l, "url")
		}
	}
	return ""
}

// outcome shows what a refusal says, cut short.
func outcome(body []byte) string {
	var r resource
	_ = json.Unmarshal(body, &r) // what is no JSON is shown as it is
	for _, issue := range list(r, "issue") {
		return fmt.Sprint(text(issue, "code"), " ", text(issue, "diagnostics"))
	}
	return string(body[:min(len(body), 200)])
}
