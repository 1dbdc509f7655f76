package fhir

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"brygga/care"
)

// onDisk writes files and reads them back through ReadPath.
func onDisk(t *testing.T, files map[string]string) (*heard, []Problem, error) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return readPath(t, dir, "")
}

func readPath(t *testing.T, path, stdin string) (*heard, []Problem, error) {
	t.Helper()
	h := &heard{}
	var problems []Problem
	err := ReadPath(context.Background(), path, strings.NewReader(stdin), newMapper(false), h, func(p Problem) {
		p.File = filepath.Base(p.File)
		problems = append(problems, p)
	})
	return h, problems, err
}

func refs(h *heard) (out []string) {
	for _, r := range h.Records {
		out = append(out, string(r.Ref))
	}
	return out
}

func oneLine(s string) string { return strings.ReplaceAll(s, "\n", "") }

func TestReadPath(t *testing.T) {
	bundle := `{"resourceType":"Bundle","type":"collection","entry":[{"resource":` + wholeTeam + `},{"resource":` + wholeRole + `}]}`
	for _, c := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"any file name will do", map[string]string{"Anything.ndjson": oneLine(barePlan) + "\n" + oneLine(wholePatient) + "\n"}, []string{"CarePlan/cp1", "Patient/p1"}},
		{"the last line needs no end", map[string]string{"a.ndjson": oneLine(barePlan)}, []string{"CarePlan/cp1"}},
		{"empty lines and Windows lines are fine", map[string]string{"a.ndjson": "\r\n" + oneLine(barePlan) + "\r\n\r\n \n"}, []string{"CarePlan/cp1"}},
		{"a byte order mark is passed over", map[string]string{"a.ndjson": "\xef\xbb\xbf" + oneLine(barePlan), "b.json": "\xef\xbb\xbf" + wholePatient}, []string{"CarePlan/cp1", "Patient/p1"}},
		{"files are read in the order of their names", map[string]string{"b.ndjson": oneLine(barePlan), "a.ndjson": oneLine(wholePatient)}, []string{"Patient/p1", "CarePlan/cp1"}},
		{"one resource a file, on many lines", map[string]string{"a.json": wholePatient, "b.JSON": barePlan}, []string{"Patient/p1", "CarePlan/cp1"}},
		{"a Bundle in a file", map[string]string{"a.json": bundle}, []string{"CareTeam/ct1", "PractitionerRole/r1"}},
		{"a Bundle in a line", map[string]string{"a.ndjson": oneLine(bundle)}, []string{"CareTeam/ct1", "PractitionerRole/r1"}},
		{"a Bundle in a Bundle", map[string]string{"a.json": `{"entry":[{"resource":` + bundle + `}],"resourceType":"Bundle"}`}, []string{"CareTeam/ct1", "PractitionerRole/r1"}},
		{"both layouts in one folder", map[string]string{"a.json": wholePatient, "b.ndjson": oneLine(barePlan)}, []string{"Patient/p1", "CarePlan/cp1"}},
		{"other files and folders are left alone", map[string]string{"a.json": wholePatient, "README.md": "x", "more/b.json": "{", "c.json/d.json": "{"}, []string{"Patient/p1"}},
		{"resources that are not ours are passed over", map[string]string{"a.ndjson": `{"resourceType":"Goal"}` + "\n" + oneLine(wholePatient)}, []string{"Patient/p1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, problems, err := onDisk(t, c.files)
			if err != nil || problems != nil || h.Unread != nil {
				t.Fatalf("%v, problems %v, got %s", err, problems, show(h))
			}
			if !reflect.DeepEqual(refs(h), c.want) {
				t.Errorf("got %v, want %v", refs(h), c.want)
			}
		})
	}
}

func TestReadPathOfOneFileAndOfStandardInput(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.ndjson")
	if err := os.WriteFile(file, []byte(oneLine(barePlan)), 0o600); err != nil {
		t.Fatal(err)
	}
	if h, _, err := readPath(t, file, ""); err != nil || len(h.Records) != 1 {
		t.Errorf("one file: %v %s", err, show(h))
	}
	if h, _, err := readPath(t, "-", oneLine(barePlan)+"\n"+oneLine(wholePatient)); err != nil || len(h.Records) != 2 {
		t.Errorf("stdin: %v %s", err, show(h))
	}
}

func TestNothingToReadIsAnError(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "x.txt")
	if err := os.WriteFile(text, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		filepath.Join(dir, "nowhere"): "no such file or folder",
		dir:                           "no *.ndjson or *.json",
		text:                          "must be named .ndjson or .json",
	} {
		if _, _, err := readPath(t, path, ""); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want %q", path, err, says)
		}
	}
}

func TestReadingThatStopsHalfWayIsAnError(t *testing.T) {
	in := iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(oneLine(barePlan) + "\n" + oneLine(barePlan))))
	err := ReadPath(context.Background(), "-", in, newMapper(false), &heard{}, func(Problem) {})
	if !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err = ReadPath(ctx, "-", strings.NewReader(oneLine(barePlan)), newMapper(false), &heard{}, func(Problem) {})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestABrokenLineDoesNotStopTheRest(t *testing.T) {
	for _, c := range []struct {
		name, line    string
		unread        care.Unreadable // with a Ref where the line still tells whom it concerns
		problemReason string
	}{
		{"half a plan that names its client", oneLine(barePlan)[:250], care.Unreadable{Ref: "CarePlan/cp1", Client: "Patient/p1", Facts: care.SetOf(care.KindPlan), Path: "CarePlan"}, ""},
		{"a plan with a comma too many", strings.Replace(oneLine(barePlan), `,`, `,,`, 1), care.Unreadable{Ref: "CarePlan", Client: "Patient/p1", Facts: care.SetOf(care.KindPlan), Path: "CarePlan"}, ""},
		{"a plan broken off before its subject", oneLine(barePlan)[:60], care.Unreadable{}, "breaks off"},
		{"half a client", `{"resourceType":"Patient","id":"p1","birth`, care.Unreadable{Ref: "Patient/p1", Client: "Patient/p1", Facts: care.SetOf(care.KindClient), Path: "Patient"}, ""},
		{"half a member of staff", `{"resourceType":"Practitioner","id":"s1","qualif`, care.Unreadable{Ref: "Practitioner/s1", Staff: "Practitioner/s1", Facts: care.SetOf(care.KindStaff, care.KindQualification), Path: "Practitioner"}, ""},
		{"half an employment", `{"resourceType":"PractitionerRole","id":"r1","practitioner":{"reference":"Practitioner/s1"},"per`, care.Unreadable{Ref: "PractitionerRole/r1", Staff: "Practitioner/s1", Facts: care.SetOf(care.KindEmployment, care.KindStaffAbsence), Path: "PractitionerRole"}, ""},
		{"half a unit", `{"resourceType":"Organization","id":"u1","na`, care.Unreadable{}, "breaks off"},
		{"half of something that is not ours", `{"resourceType":"Goal","id":"g","subject":{"reference":"Patient/p1"},"x`, care.Unreadable{}, "breaks off"},
		{"no JSON at all", `Anna Andersson 181902238292`, care.Unreadable{}, "not JSON from byte"},
		{"a list", `[1,2]`, care.Unreadable{}, "another shape"},
		{"no type", `{"id":"x"}`, care.Unreadable{}, "without a resourceType"},
		{"half a Bundle", `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"CarePlan"`, care.Unreadable{}, "breaks off"},
		{"a Bundle of a broken thing", `{"resourceType":"Bundle","entry":[{"resource":{"id":"x"}}]}`, care.Unreadable{}, "entry 1 of the Bundle: JSON without a resourceType"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, problems, err := readPath(t, "-", oneLine(wholePatient)+"\n"+c.line+"\n"+oneLine(wholeRole))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(refs(h), []string{"Patient/p1", "PractitionerRole/r1"}) {
				t.Errorf("the rest became %v", refs(h))
			}
			if c.unread.Ref == "" {
				if len(problems) != 1 || problems[0].Line != 2 || problems[0].File != "stdin" || !strings.Contains(problems[0].Reason, c.problemReason) || h.Unread != nil {
					t.Errorf("problems %v, got %s", problems, show(h))
				}
				if strings.Contains(problems[0].String(), "Anna") || strings.Contains(problems[0].String(), "1819") {
					t.Error("the problem shows what was in the line")
				}
				return
			}
			if problems != nil || len(h.Unread) != 1 {
				t.Fatalf("problems %v, got %s", problems, show(h))
			}
			u := h.Unread[0]
			if !strings.HasPrefix(u.Reason, "stdin, line 2: ") {
				t.Errorf("reason %q", u.Reason)
			}
			u.Reason = ""
			if u != c.unread {
				t.Errorf("got %+v, want %+v", u, c.unread)
			}
		})
	}
}

func TestLongLinesAreRead(t *testing.T) {
	long := strings.Replace(oneLine(barePlan), `{`, `{"note":[{"text":"`+strings.Repeat("x", 3_000_000)+`"}],`, 1)
	h, problems, err := readPath(t, "-", long+"\n"+oneLine(wholePatient)+"\n"+long)
	got := refs(h)
	slices.Sort(got) // blocks of lines are read side by side: a sink is promised no order
	if err != nil || problems != nil || !reflect.DeepEqual(got, []string{"CarePlan/cp1", "CarePlan/cp1", "Patient/p1"}) {
		t.Errorf("%v, problems %v, got %v", err, problems, got)
	}
}

func TestUUIDsAreResolvedWithinTheBundle(t *testing.T) {
	const plan, patient = "urn:uuid:11111111-0000-4000-8000-000000000001", "urn:uuid:11111111-0000-4000-8000-000000000002"
	bundle := func(patientID string) string {
		return `{"resourceType":"Bundle","type":"transaction","entry":[
		{"fullUrl":"` + plan + `","resource":` + with(barePlan, "id", "-", "subject", `{"reference":"`+patient+`"}`) + `,"request":{"method":"POST","url":"CarePlan"}},
		{"fullUrl":"` + patient + `","resource":` + with(wholePatient, "id", patientID) + `},
		{"request":{"method":"DELETE","url":"Goal/1"}},
		{"fullUrl":"https://x.example/fhir/Practitioner/s9","resource":` + with(wholePractitioner, "id", "-") + `}]}`
	}
	for name, c := range map[string]struct{ id, client string }{
		"a client who has an id goes by it":        {`"p7"`, "Patient/p7"},
		"a client who has none goes by the uuid's": {"-", "Patient/11111111-0000-4000-8000-000000000002"},
	} {
		t.Run(name, func(t *testing.T) {
			h := &heard{}
			if err := newMapper(false).Document(h, []byte(bundle(c.id))); err != nil {
				t.Fatal(err)
			}
			if len(h.Records) != 3 || h.Unread != nil {
				t.Fatalf("got %s", show(h))
			}
			if r := h.Records[0]; r.Ref != "CarePlan/11111111-0000-4000-8000-000000000001" || r.Client != care.Ref(c.client) {
				t.Errorf("the plan is %s of %s, want of %s", r.Ref, r.Client, c.client)
			}
			if r := h.Records[1]; r.Ref != care.Ref(c.client) {
				t.Errorf("the client is %s, want %s", r.Ref, c.client)
			}
			if r := h.Records[2]; r.Ref != "Practitioner/s9" {
				t.Errorf("the practitioner is %s", r.Ref)
			}
		})
	}
}

func TestBundlesAreNotFollowedForEver(t *testing.T) {
	raw := barePlan
	for range 20 {
		raw = `{"resourceType":"Bundle","entry":[{"resource":` + raw + `}]}`
	}
	h := &heard{}
	if err := newMapper(false).Document(h, []byte(raw)); err == nil || h.calls() != 0 {
		t.Errorf("%v, got %s", err, show(h))
	}
}
