package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"brygga/config"
)

var secrets = map[string]string{
	"BRYGGA_PSEUDONYM_KEY": strings.Repeat("0123456789abcdef", 4), "BRYGGA_FHIR_TOKEN": "a-token-of-a-test",
}

func TestInitWritesAFileThatLoads(t *testing.T) {
	t.Chdir(t.TempDir())
	exit, out, errs := call(t, process{}, "init")
	if exit != 0 || errs != "" {
		t.Fatalf("exit %d: %s", exit, errs)
	}
	for _, says := range []string{"Wrote brygga.yaml", "report mode", "brygga check", "brygga preview", "BRYGGA_PSEUDONYM_KEY", "BRYGGA_FHIR_TOKEN"} {
		if !strings.Contains(out, says) {
			t.Errorf("it does not say %q:\n%s", says, out)
		}
	}
	cfg, problems := config.Load("brygga.yaml", func(name string) (string, bool) { v, ok := secrets[name]; return v, ok })
	if problems.Err() != nil || cfg.Writes.Mode != config.Report {
		t.Errorf("%v", problems)
	}
}

func TestInitKeepsAFileThatIsThere(t *testing.T) {
	dir := t.TempDir()
	file := mustWrite(t, filepath.Join(dir, "mine.yaml"), "tenant: mine\n")
	exit, out, errs := call(t, process{}, "init", "--output-file", file)
	if exit != 2 || out != "" || !strings.Contains(errs, "--force") {
		t.Errorf("exit %d: %s%s", exit, out, errs)
	}
	if b, _ := os.ReadFile(file); string(b) != "tenant: mine\n" {
		t.Errorf("it is now %q", b)
	}
	exit, out, _ = call(t, process{}, "init", "--output-file", file, "--force")
	b, err := os.ReadFile(file)
	if exit != 0 || err != nil || !strings.HasPrefix(string(b), "# brygga.yaml") || !strings.Contains(out, "brygga check -c "+file) {
		t.Errorf("exit %d, %v: %s", exit, err, out)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestInitWhereItCannotWrite(t *testing.T) {
	for _, args := range [][]string{{}, {"--force"}} {
		exit, _, errs := call(t, process{}, append([]string{"init", "--output-file", filepath.Join(t.TempDir(), "no", "such", "folder.yaml")}, args...)...)
		if exit != 1 || errs == "" {
			t.Errorf("%v: exit %d: %s", args, exit, errs)
		}
	}
}

func TestInitOfWhatIsNotThere(t *testing.T) {
	for kind, says := range map[string]string{"procapita": "unknown kind", "kuvert": "unknown kind"} {
		exit, _, errs := call(t, process{}, "init", "--system", kind, "--output-file", filepath.Join(t.TempDir(), "x.yaml"))
		if exit != 2 || !strings.Contains(errs, says) {
			t.Errorf("%s: exit %d: %s", kind, exit, errs)
		}
	}
}

func TestInitForPrograms(t *testing.T) {
	t.Chdir(t.TempDir())
	exit, out, _ := call(t, process{}, "init", "-o", "json", "-c", "kommun.yaml")
	var v initView
	mustDecode(t, out, &v)
	if exit != 0 || v.File != "kommun.yaml" || v.System != "fhir" || len(v.Next) != 3 || v.Next[1] != "brygga check -c kommun.yaml" {
		t.Errorf("exit %d: %+v", exit, v)
	}
	exit, out, _ = call(t, process{}, "init", "--output-file", "-")
	want, err := config.Init("fhir")
	if err != nil || exit != 0 || out != string(want) {
		t.Errorf("exit %d, %v: %.60q", exit, err, out)
	}
}
