package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"brygga/jobs"
)

// A municipality that has one system with a mapping, and nothing else: its records
// name people by number and by one another, and somebody's number is not in the list
// of clients. What is said of them is taken by the other commands as it is said.
func TestOneSystemWithAMappingIsAllThereIs(t *testing.T) {
	t.Chdir(t.TempDir())
	files := map[string]string{
		"m.yaml": `mapping: m
records:
  client:
    files: {glob: client.csv, format: csv}
    key: Id
    shape: {Id: string, Pnr: person}
  stay:
    files: {glob: stay.csv, format: csv}
    key: Id
    shape: {Id: string, Pnr: person, From: date}
  plan:
    files: {glob: plan.csv, format: csv}
    key: Id
    shape: {Id: string, Stay: string, From: date}
  contact:
    files: {glob: contact.csv, format: csv}
    key: Id
    shape: {Id: string, Pnr: person, Hsa: string}
facts:
  assignment: {from: contact, client: person(Pnr), staff: hsa(Hsa)}
  client: {from: client, unlisted: protected, person: person(Pnr)}
  placement: {from: stay, client: person(Pnr), setting: '"home-care"', start: From}
  plan: {from: plan, client: 'of(stay, Stay)', kind: '"implementation"', created: From, start: From}
`,
		"brygga.yaml":    "tenant: exempelkommun\nkeys: {pseudonym: env:BRYGGA_PSEUDONYM_KEY}\nsystems:\n  care: {kind: files, mapping: m.yaml, path: in}\nwrites: {mode: report}\n",
		"in/client.csv":  "Id;Pnr\nÅ 1|2;189602029812\n",
		"in/stay.csv":    "Id;Pnr;From\n1;189602029812;2026-01-12\n2;189002029800;2026-01-12\n",
		"in/plan.csv":    "Id;Stay;From\n1;1;2026-06-01\n",
		"in/contact.csv": "Id;Pnr;Hsa\n",
	}
	for name, text := range files {
		if err := os.Chtimes(mustWrite(t, filepath.FromSlash(name), text), time.Time{}, testNow.Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	p := process{env: secrets}
	exit, out, errs := call(t, p, "run", "reconcile")
	if exit != 0 || strings.Contains(out, "not read") {
		t.Fatalf("exit %d: %s%s", exit, out, errs)
	}
	_, out, errs = call(t, p, "report", "worklist", "-o", "json")
	var l struct {
		jobs.Worklist
	}
	if err := json.Unmarshal([]byte(out), &l); err != nil || len(l.Units) != 1 || len(l.Units[0].Items) == 0 || len(l.Protected) == 0 {
		t.Fatalf("%v: the client, and somebody who is kept from us: %s%s", err, out, errs)
	}
	known, hidden := string(l.Units[0].Items[0].Client), string(l.Protected[0].Client)
	for what, arg := range map[string]string{
		"as the lists write it": known, "without the system's name": strings.TrimPrefix(known, "care:"), "who is kept from us": hidden,
	} {
		exit, out, errs := call(t, p, "explain", arg)
		if exit != 0 || !strings.Contains(out, "2026-01-12") {
			t.Errorf("%s, %q: exit %d: %s%s", what, arg, exit, out, errs)
		}
		if plan := strings.Contains(out, "2026-06-01"); plan == (arg == hidden) {
			t.Errorf("%s: the plan of the other one's placement is told: %v\n%s", what, plan, out)
		}
	}
}
