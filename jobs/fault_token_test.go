package jobs

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"brygga/sandbox"
)

// guardedServer is a server that lets in whoever has the token of the moment, and a place where
// tokens are given.
type guardedServer struct {
	url, tokens string

	mu      sync.Mutex
	given   int
	refused int
	asked   [2]int          // requests, and those that write
	ends    map[[2]int]bool // the token ends before the nth request, or the nth that writes
	closed  bool            // no token is given any more
}

func newGuardedServer(t *testing.T, server *sandbox.Server, inner string) *guardedServer {
	t.Helper()
	g := &guardedServer{}
	current := func() string { return fmt.Sprintf("Bearer token-%d", g.given) }
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		g.asked[0]++
		ends := g.ends[[2]int{0, g.asked[0]}]
		if isWrite(r) {
			g.asked[1]++
			ends = ends || g.ends[[2]int{1, g.asked[1]}]
		}
		if ends {
			g.given++
		}
		right := r.Header.Get("Authorization") == current()
		if !right {
			g.refused++
		}
		g.mu.Unlock()
		if !right {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if inner != "" {
			r.Header.Set("Authorization", "Bearer "+inner)
		}
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.closed {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer","expires_in":3600}`, g.given)
	}))
	t.Cleanup(tokens.Close)
	g.url, g.tokens = s.URL+"/fhir", tokens.URL
	return g
}

// when sets when tokens end, and counts anew.
func (g *guardedServer) when(closed bool, ends ...[2]int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ends, g.closed, g.asked, g.refused = map[[2]int]bool{}, closed, [2]int{}, 0
	for _, e := range ends {
		g.ends[e] = true
	}
}

func (g *guardedServer) refusals() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.refused
}

// A token ends in the middle of a run: a new one is fetched and the run ends well. Where
// none is given any more, the run says so and changes nothing that it could not finish;
// when one is, the next run does.
func TestATokenThatEndsInTheMiddleOfARun(t *testing.T) {
	if testing.Short() {
		t.Skip("several runs for each row")
	}
	quiet := newMoveTown(t)
	quiet.arrive(0, 0)
	quiet.last()
	findings, handed := quiet.findings(), quiet.handed()
	for _, row := range []struct {
		name         string
		record, home [2]int
	}{
		{"at the third request", [2]int{0, 3}, [2]int{0, 2}},
		{"at the seventh request", [2]int{0, 7}, [2]int{0, 3}},
		{"at the twelfth request", [2]int{0, 12}, [2]int{0, 4}},
		{"at the first write", [2]int{1, 1}, [2]int{1, 1}},
		{"at the second write", [2]int{1, 2}, [2]int{1, 2}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newMoveTown(t)
			record, home := newGuardedServer(t, b.server, ""), newGuardedServer(t, b.home, "the-homes-own-token")
			auth := func(g *guardedServer) string {
				return "auth: {kind: client-credentials, client_id: brygga, client_secret: file:client.secret, token_url: '" + g.tokens + "'}"
			}
			b.write("client.secret", "a secret of the test's")
			start := strings.Index(b.lines, "url: http://")
			end := start + strings.Index(b.lines[start:], "}") + 1 // that of auth
			b.lines = b.lines[:start] + "url: '" + home.url + "', " + auth(home) + b.lines[end:]
			b.configure("systems:\n  journal: {kind: fhir, url: '" + record.url + "', " + auth(record) + ", page_size: 50, receives: [flags, tasks]}\n" + b.lines + townSettings)

			record.when(true, row.record)
			rep := b.reconcile()
			if rep.Exit == ExitDone || !strings.Contains(told(rep.Problems), "401") {
				t.Errorf("without tokens: exit %d, %s", rep.Exit, told(rep.Problems))
			}
			b.nothingBut("the record system", b.findings(), findings)
			b.reopen()
			b.arrive(0, 0)
			record.when(false, row.record)
			b.run(ExitDone)
			if record.refusals() == 0 {
				t.Error("the record system refused no token, so nothing is shown")
			}
			record.when(false, row.record)
			home.when(false, row.home)
			b.hand(ExitDone)
			if record.refusals() == 0 || home.refusals() == 0 {
				t.Errorf("the record system refused %d tokens and the care home %d", record.refusals(), home.refusals())
			}
			record.when(false)
			home.when(false)
			b.asUndisturbed(findings, handed)
		})
	}
}
