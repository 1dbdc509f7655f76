package fhir

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

var checkProbe = CheckProbe{Types: []string{"Encounter"}, Writes: []string{"Task"}, Tag: testTag, IdentifierSystem: testSystem}

// lines shows the results one per line.
func lines(results []CheckResult) string {
	var b strings.Builder
	for _, r := range results {
		fmt.Fprintf(&b, "%s %s: %s", r.Verdict, r.What, r.Seen)
		if r.Do != "" {
			b.WriteString(" -> " + r.Do)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestCheck(t *testing.T) {
	start := "ok reach the server: speaks FHIR 4.0.1\nok sign in: no sign-in is set\nok search Encounter: allowed, 3 there\nok find our own Task: search by tag\n"
	for _, tt := range []struct {
		name  string
		write bool
		set   func(*memory)
		want  string
	}{
		{"what is declared, without writing", false, func(*memory) {}, start +
			"ok transaction: declared, not tried\nok create and update Task: declared, not tried\nok conditional create of Task: declared, not tried\nok update of Task by version (If-Match): declared, not tried\n"},
		{"a server that does everything", true, func(*memory) {}, start +
			"ok conditional create: created once, the second time nothing was written\nok transaction: two created together\nok update by version (If-Match): the version that stands is updated, a passed one is not\n"},
		{"a server that says little of what it wrote", true, func(m *memory) { m.silent = true }, start +
			"ok conditional create: created once, the second time nothing was written\nok transaction: two created together\nok update by version (If-Match): the version that stands is updated, a passed one is not\n"},
		{"a server without transactions", true, func(m *memory) { m.limit = 0 }, start +
			"ok conditional create: created once, the second time nothing was written\nwarn transaction: refused (405) -> it works without, one request per Flag and Task; have transactions enabled if there are many clients\nok update by version (If-Match): the version that stands is updated, a passed one is not\n"},
		{"a server that passes over the conditions", true, func(m *memory) { m.forgetful = true }, start +
			"fail conditional create: the server created the same Task twice -> do not set receives for this system: it does not heed If-None-Exist, and Flags and Tasks would be doubled\nok transaction: two created together\nfail update by version (If-Match): an update of a version that had passed was carried out -> do not set receives for this system: a person's change could be overwritten\n"},
		{"a server without versions", true, func(m *memory) { m.noVersions = true }, start +
			"ok conditional create: created once, the second time nothing was written\nok transaction: two created together\nfail update by version (If-Match): an update leaves the version as it was -> have versioning enabled for Flag and Task\n"},
		{"a server without a search by tag", false, func(m *memory) { m.noTag = true }, strings.Replace(start, "ok find our own Task: search by tag", "warn find our own Task: search by identifier system; no search by tag -> have the search parameter _tag enabled, if several installations write to this server", 1) +
			"ok transaction: declared, not tried\nok create and update Task: declared, not tried\nok conditional create of Task: declared, not tried\nok update of Task by version (If-Match): declared, not tried\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMemory(50).fill(3)
			tt.set(m)
			got := lines(serve(t, m).Check(context.Background(), tt.write, checkProbe))
			if got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
			wrote := 0
			for _, r := range m.resources {
				if r["resourceType"] != "Task" {
					continue
				}
				wrote++
				if r["status"] != "cancelled" && !m.forgetful {
					t.Errorf("a Task of the check's was left %v", r["status"])
				}
				if !m.matches(r, map[string][]string{"_tag": {testTag}}) {
					t.Error("a Task of the check's lacks our tag")
				}
			}
			if !tt.write && (wrote > 0 || m.asked("POST") > 0 || m.asked("PUT") > 0) {
				t.Errorf("wrote without being told to: %v", m.requests)
			}
			if m.asked("DELETE") > 0 {
				t.Error("something was deleted")
			}
		})
	}
}

func TestCheckOfAServerThatIsNone(t *testing.T) {
	metadata := func(status int, media, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	for _, tt := range []struct {
		name string
		h    http.Handler
		want string
	}{
		{"a web page", metadata(200, "text/html", "<html>"), "fail reach the server: answered with a web page (text/html), not FHIR -> check url of this system: it must be the FHIR base, without a login page before it\n"},
		{"another FHIR version", metadata(200, "application/fhir+json", `{"resourceType":"CapabilityStatement","fhirVersion":"5.0.0"}`), "fail reach the server: speaks FHIR 5.0.0, not R4 (4.0.1) -> set url of this system to the server's R4 base\n"},
		{"no FHIR version", metadata(200, "application/fhir+json", `{"resourceType":"CapabilityStatement"}`), "fail reach the server: speaks FHIR of an unstated version, not R4 (4.0.1) -> set url of this system to the server's R4 base\n"},
		{"a FHIR version that is a sentence", metadata(200, "application/fhir+json", `{"resourceType":"CapabilityStatement","fhirVersion":"Anna Andersson"}`), "fail reach the server: speaks FHIR of an unreadable version, not R4 (4.0.1) -> set url of this system to the server's R4 base\n"},
		{"another resource", metadata(200, "application/fhir+json", `{"resourceType":"Patient"}`), "fail reach the server: metadata is no CapabilityStatement -> check url of this system: it must be the FHIR base\n"},
		{"an address below which there is nothing", metadata(404, "text/plain", "no"), "fail reach the server: answered 404 Not Found -> check url of this system: it must be the FHIR base\n"},
		{"a server that wants a sign-in for everything", metadata(401, "text/plain", ""), "fail reach the server: answered 401 Unauthorized -> this server wants a sign-in: set auth of this system\n"},
		{"a server that lets nobody search", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/metadata" {
				metadata(200, "application/fhir+json", `{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1"}`)(w, r)
				return
			}
			w.WriteHeader(403)
		}), `ok reach the server: speaks FHIR 4.0.1
ok sign in: no sign-in is set
fail search Encounter: answered 403 Forbidden -> let this client read and search this type at the server (scopes or roles)
fail find our own Task: answered 403 Forbidden -> let this client read and search this type at the server (scopes or roles)
warn transaction: not declared by the server -> try it: brygga check --write
warn create and update Task: not declared by the server -> try it: brygga check --write
warn conditional create of Task: not declared by the server -> try it: brygga check --write
warn update of Task by version (If-Match): not declared by the server -> try it: brygga check --write
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := lines(serve(t, tt.h).Check(context.Background(), false, checkProbe)); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
	t.Run("a server that lets us write nothing", func(t *testing.T) {
		m := newMemory(50).fill(1)
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != "GET" && !strings.HasSuffix(r.URL.Path, "/_search") {
				w.WriteHeader(403)
				return
			}
			m.ServeHTTP(w, r)
		}))
		got := lines(s.Check(context.Background(), true, checkProbe))
		if !strings.Contains(got, "fail conditional create: the first create: answered 403 Forbidden -> let this client write this type") ||
			!strings.Contains(got, "fail transaction: two created together") && !strings.Contains(got, "fail transaction: two creates together: answered 403") {
			t.Error(got)
		}
	})
	t.Run("a sign-in that works is said, and one that does not ends the check", func(t *testing.T) {
		i := newIssuer(t)
		s := i.open(t, Auth{Kind: AuthSmartBackend, ClientID: "b", Key: jwk(ecKey, "")}, nil)
		if got := lines(s.Check(context.Background(), false, checkProbe)); !strings.Contains(got, "ok sign in: got a token (smart-backend)") {
			t.Error(got)
		}
		i = newIssuer(t)
		i.fail = func(int) int { return 401 }
		i.valid = "never"
		s = i.open(t, Auth{Kind: AuthClientCredentials, ClientID: "b", ClientSecret: "hemlig"}, nil)
		got := lines(s.Check(context.Background(), true, checkProbe))
		if !strings.Contains(got, "the token endpoint gave no token (401, invalid_client)") || strings.Contains(got, "search") || strings.Contains(got, "hemlig") {
			t.Error(got)
		}
		m := newMemory(50).fill(1)
		m.token = "Bearer t"
		got = lines(serve(t, m, func(o *Options) { o.Auth = Auth{Kind: AuthBearer, Token: "wrong"} }).Check(context.Background(), false, checkProbe))
		if !strings.Contains(got, "ok sign in: sends bearer") || !strings.Contains(got, "fail search Encounter: answered 401 Unauthorized -> renew auth.token of this system") {
			t.Error(got)
		}
	})
}
