package cli

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"brygga/sandbox"
)

// guideEnv is the environment that the guide tells the reader to set.
var guideEnv = map[string]string{"BRYGGA_PSEUDONYM_KEY": strings.Repeat("7", 64), "OMSORG_TOKEN": "token-of-the-guide"}

// guided is a folder in which the guide is followed, beside the systems that it
// tells of.
type guided struct {
	swap *strings.Replacer // addresses of the guide to those of the servers here
	back *strings.Replacer
}

// omsorgPlus holds the lists of the guide's invented system, as its supplier
// describes them there. K3 is in no other system, and K4 has a number that is none.
var omsorgPlus = map[string]string{
	"units": `[{"unitId":"E10","name":"Hemtjänst Norra","hsaId":"SE2321000016-E10","kind":"HTJ"},
		{"unitId":"E20","name":"Solgården","hsaId":"SE2321000016-E20","kind":"SÄBO"}]`,
	"staff": `[{"staffId":"A1","hsaId":"SE2321000016-A1","title":"Undersköterska","unitId":"E10","employedFrom":"2012-06-01"},
		{"staffId":"A2","hsaId":"SE2321000016-A2","title":"Undersköterska","unitId":"E10","employedFrom":"2019-01-15","employedTo":"2026-10-31"}]`,
	"clients": `[{"clientId":"K1","personalNumber":"18960202-9812","protectedIdentity":false,"deceasedOn":null,"homeUnitId":"E10"},
		{"clientId":"K2","personalNumber":"18900202-9800","protectedIdentity":false,"deceasedOn":null,"homeUnitId":"E10"},
		{"clientId":"K3","personalNumber":"19500907-2553","protectedIdentity":false,"deceasedOn":null,"homeUnitId":"E10"},
		{"clientId":"K4","personalNumber":"18960202-981","protectedIdentity":false,"deceasedOn":null,"homeUnitId":"E10"}]`,
	"placements": `[{"placementId":41,"clientId":"K1","form":"HTJ","unitId":"E10","fromDate":"2026-01-12"},
		{"placementId":42,"clientId":"K2","form":"HTJ","unitId":"E10","fromDate":"2026-02-02"},
		{"placementId":43,"clientId":"K3","form":"HTJ","unitId":"E10","fromDate":"2026-03-02"},
		{"placementId":44,"clientId":"K3","form":"KORT","unitId":"E20","fromDate":"2026-08-01","toDate":"2026-08-14"},
		{"placementId":45,"clientId":"K4","form":"HTJ","unitId":"E10","fromDate":"2026-11-16"}]`,
	"services": `[{"serviceId":1,"clientId":"K1","serviceName":"Personlig omvårdnad","decidedOn":"2026-01-09","fromDate":"2026-01-12","startedOn":"2026-01-12"},
		{"serviceId":2,"clientId":"K2","serviceName":"Personlig omvårdnad","decidedOn":"2026-01-30","fromDate":"2026-02-02","startedOn":"2026-02-02"},
		{"serviceId":3,"clientId":"K3","serviceName":"Fönsterputs","decidedOn":"2026-02-27","fromDate":"2026-03-02","startedOn":"2026-03-02"}]`,
	"contacts": `[{"contactId":1,"clientId":"K1","staffId":"A1","role":"Fast omsorgskontakt","fromDate":"2026-01-15"},
		{"contactId":2,"clientId":"K2","staffId":"A2","role":"Fast omsorgskontakt","fromDate":"2026-02-05"},
		{"contactId":3,"clientId":"K3","staffId":"A1","role":"Kontaktman","fromDate":"2026-03-05"}]`,
	"visits": `[{"visitId":501,"clientId":"K1","staffIds":["A1"],"startedAt":"2026-11-19T08:00:00+01:00","endedAt":"2026-11-19T08:40:00+01:00","state":"DONE","serviceNames":["Personlig omvårdnad"],"removed":false},
		{"visitId":502,"clientId":"K1","staffIds":["A1"],"startedAt":"2026-11-20T08:00:00+01:00","endedAt":"2026-11-20T08:30:00+01:00","state":"DONE","serviceNames":["Städ"],"removed":false},
		{"visitId":503,"clientId":"K2","staffIds":["A1"],"startedAt":"2026-11-20T09:00:00+01:00","endedAt":"2026-11-20T09:30:00+01:00","state":"PLANNED","serviceNames":[],"removed":false}]`,
}

// newGuided starts Omsorg Plus and the system that receives, and goes to an empty
// folder.
func newGuided(t *testing.T) *guided {
	t.Helper()
	omsorg := httptest.NewServer(http.HandlerFunc(serveOmsorgPlus))
	t.Cleanup(omsorg.Close)
	journal := sandbox.New(sandbox.Options{Clock: func() time.Time { return testNow }})
	for id, number := range map[string]string{"j1": "189602029812", "j2": "189002029800"} {
		err := journal.Load(json.RawMessage(`{"resourceType":"Patient","id":"` + id + `","active":true,"identifier":[` +
			`{"system":"http://electronichealth.se/identifier/personnummer","value":"` + number + `"}]}`))
		if err != nil {
			t.Fatal(err)
		}
	}
	fhir, stop, err := journal.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	t.Chdir(t.TempDir())
	const omsorgURL, fhirURL = "https://omsorgplus.exempelkommun.se", "https://fhir.exempelkommun.se/fhir"
	return &guided{
		swap: strings.NewReplacer(omsorgURL, omsorg.URL, fhirURL, fhir),
		back: strings.NewReplacer(omsorg.URL, omsorgURL, fhir, fhirURL),
	}
}

func (g *guided) tidy(text string) string { return g.back.Replace(text) }

// put lays a file out, or changes one.
func (g *guided) put(t *testing.T, f *fence) {
	t.Helper()
	var old []string
	if b, err := os.ReadFile(f.file); err == nil {
		old = strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	}
	lines, err := f.changed(old)
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, f.file, g.swap.Replace(strings.Join(lines, "\n")+"\n"))
}

// age makes every file one that has been left alone for an hour.
func (g *guided) age(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chtimes(path, time.Time{}, testNow.Add(-time.Hour))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// serveOmsorgPlus answers as the guide says: pages from 1 in an envelope, a token,
// and visits by change. Nothing has changed since the night began.
func serveOmsorgPlus(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", testNow.Format(http.TimeFormat))
	w.Header().Set("Content-Type", "application/json")
	list, there := omsorgPlus[strings.TrimPrefix(r.URL.Path, "/rest/v2/")]
	page, err := strconv.Atoi(r.URL.Query().Get("page"))
	size, err2 := strconv.Atoi(r.URL.Query().Get("size"))
	switch {
	case r.Header.Get("Authorization") != "Bearer "+guideEnv["OMSORG_TOKEN"]:
		w.WriteHeader(http.StatusUnauthorized)
		return
	case !there:
		w.WriteHeader(http.StatusNotFound)
		return
	case err != nil || err2 != nil || page < 1 || size < 1:
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var rows []json.RawMessage
	if json.Unmarshal([]byte(list), &rows) != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	size = min(size, 2) // as much as Omsorg Plus gives at a time, whatever is asked for
	from := min((page-1)*size, len(rows))
	some := append([]json.RawMessage{}, rows[from:min(from+size, len(rows))]...)
	if since := r.URL.Query().Get("changedSince"); since > "2026-11-20T00:00:00Z" {
		some = []json.RawMessage{}
	}
	b, err := json.Marshal(map[string]any{"data": map[string]any{"items": some}})
	if err == nil {
		_, err = w.Write(b)
	}
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
	}
}
