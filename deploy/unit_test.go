package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// unit gives the unit with an ExecStart that is there, at a place of its own.
func unit(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("brygga.service")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "brygga.service")
	text := strings.ReplaceAll(string(b), "/usr/local/bin/brygga", "/bin/true")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func analyze(t *testing.T, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	out, err := exec.Command("systemd-analyze", args...).CombinedOutput()
	text := string(out)
	if err != nil && regexp.MustCompile(`(?i)unrecognized option|unknown (command|option|verb)|invalid option`).MatchString(text) {
		t.Skipf("this systemd-analyze cannot %s: %s", args[0], text)
	}
	if err != nil {
		t.Fatalf("systemd-analyze %s: %v\n%s", strings.Join(args, " "), err, text)
	}
	return text
}

func TestTheUnitIsOneThatSystemdTakes(t *testing.T) {
	out := analyze(t, "verify", "--man=no", unit(t))
	for line := range strings.Lines(out) {
		if strings.Contains(line, "brygga.service") {
			t.Errorf("systemd says: %s", line)
		}
	}
}

// What systemd itself says of how much the service may do: 0 is nothing, 10 all.
func TestTheUnitLetsTheServiceDoLittle(t *testing.T) {
	out := analyze(t, "security", "--offline=true", "--no-pager", unit(t))
	m := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindStringSubmatch(out)
	if m == nil {
		t.Skipf("systemd-analyze says no level:\n%s", out)
	}
	level, err := strconv.ParseFloat(m[1], 64)
	if err != nil || level > 2.0 {
		t.Errorf("the exposure is %s, and at most 2.0 is what nothing needs more than:\n%s", m[1], out)
	}
}

func TestTheUnitPromisesOnlyWhatBryggaDoes(t *testing.T) {
	b, err := os.ReadFile("brygga.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, never := range []string{"WatchdogSec=", "Type=notify", "User=root"} {
		if strings.Contains(string(b), "\n"+never) {
			t.Errorf("the unit says %s, which brygga does not keep", never)
		}
	}
	for _, want := range []string{"NoNewPrivileges=yes", "ProtectSystem=strict", "LimitCORE=0", "RestartPreventExitStatus=2", "serve"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("the unit lacks %s", want)
		}
	}
}

type composeFile struct {
	Services map[string]struct {
		Image       string
		Command     []string
		Secrets     []string
		Volumes     []string
		Ports       []string
		Networks    []string
		Environment map[string]string
		NetworkMode string   `yaml:"network_mode"`
		ReadOnly    bool     `yaml:"read_only"`
		CapDrop     []string `yaml:"cap_drop"`
		SecurityOpt []string `yaml:"security_opt"`
		Stop        string   `yaml:"stop_grace_period"`
	}
	Secrets  map[string]map[string]string
	Networks map[string]map[string]bool
	Volumes  map[string]any
}

func TestTheComposeFileIsWhole(t *testing.T) {
	b, err := os.ReadFile("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var c composeFile
	if err := yaml.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	for name, s := range c.Services {
		for _, secret := range s.Secrets {
			if c.Secrets[secret] == nil {
				t.Errorf("%s wants the secret %s, which is not declared", name, secret)
			}
		}
		for _, n := range s.Networks {
			if _, there := c.Networks[n]; !there {
				t.Errorf("%s is in the network %s, which is not declared", name, n)
			}
		}
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			if _, there := c.Volumes[source]; !there && !strings.HasPrefix(source, "./") {
				t.Errorf("%s mounts %s, which is not declared", name, source)
			}
		}
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s is open to other machines: %s", name, p)
			}
		}
		for k, v := range s.Environment {
			if strings.Contains(k, "PASSWORD") && !strings.HasPrefix(v, "/run/secrets/") {
				t.Errorf("%s has a secret in clear: %s", name, k)
			}
		}
	}
	b2 := c.Services["brygga"]
	if !b2.ReadOnly || !slices.Contains(b2.CapDrop, "ALL") || !slices.Contains(b2.SecurityOpt, "no-new-privileges:true") || b2.Stop == "" || !slices.Equal(b2.Command, []string{"serve"}) {
		t.Errorf("brygga may do more than it needs: %+v", b2)
	}
	if db := c.Services["postgres"]; db.NetworkMode != "none" || len(db.Networks)+len(db.Ports) > 0 || !strings.Contains(db.Environment["POSTGRES_INITDB_ARGS"], "--auth-local=scram-sha-256") {
		t.Error("the database can be reached from outside, or without its password")
	}
}

func TestTheImageIsSmallAndNobodys(t *testing.T) {
	b, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, want := range []string{"AS build", "FROM scratch", "CGO_ENABLED=0", "USER 65532:65532", `"health"]`, `CMD ["serve"]`} {
		if !strings.Contains(text, want) {
			t.Errorf("the Dockerfile lacks %s", want)
		}
	}
}
