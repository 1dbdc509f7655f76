package config

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const swordfish = "swordfish-that-nobody-may-see"

func secretIn(t *testing.T, ref, value string) Secret {
	t.Helper()
	s, err := NewSecret(ref, "brygga.yaml", func(string) (string, bool) { return value, true })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestASecretIsNeverPrinted(t *testing.T) {
	s := secretIn(t, "env:BRYGGA_FHIR_TOKEN", swordfish)
	if v, err := s.Value(t.Context()); err != nil || v != swordfish {
		t.Fatalf("Value gives %q, %v", v, err)
	}
	holder := struct {
		Token  Secret
		Inside *Secret
		list   []Secret
	}{s, &s, []Secret{s}}
	asJSON, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "secret", s, "holder", holder)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "secret", s, "holder", holder)
	text, _ := s.MarshalText()
	all := map[string]string{
		"%v": fmt.Sprintf("%v", holder), "%+v": fmt.Sprintf("%+v", holder), "%#v": fmt.Sprintf("%#v", holder),
		"%s": s.String(), "%q": fmt.Sprintf("%q", s), "%x": fmt.Sprintf("%x", s),
		"GoString": s.GoString(), "JSON": string(asJSON), "YAML": string(asYAML), "text": string(text), "slog": logged.String(),
		"error": fmt.Errorf("cannot use %v", s).Error(),
	}
	for how, shown := range all {
		if strings.Contains(shown, swordfish) || strings.Contains(shown, fmt.Sprintf("%x", swordfish)) {
			t.Errorf("%s shows the secret: %s", how, shown)
		}
	}
	for _, how := range []string{"%v", "JSON", "YAML", "text", "slog", "GoString"} {
		if !strings.Contains(all[how], "env:BRYGGA_FHIR_TOKEN") {
			t.Errorf("%s does not show the reference: %s", how, all[how])
		}
	}
}

func TestAReferenceIsReadOrRefused(t *testing.T) {
	for _, row := range []struct{ name, ref, refused string }{
		{"an environment variable", "env:BRYGGA_KEY", ""},
		{"an environment variable in lower case", "env:brygga_key2", ""},
		{"a file", "file:secrets/a.key", ""},
		{"a file with spaces in its name", "file:my secrets/a.key", ""},
		{"a secret in clear", swordfish, "stands here in clear"},
		{"a secret in clear after a wrong prefix", "vault:" + swordfish, "stands here in clear"},
		{"an upper-case prefix", "ENV:" + swordfish, "stands here in clear"},
		{"no variable", "env:", "is not followed by the name"},
		{"a variable whose name begins with a digit", "env:1A", "is not followed by the name"},
		{"a shell's notation", "env:$" + swordfish, "is not followed by the name"},
		{"no file", "file:", "is not followed by a path"},
		{"a path with a zero byte", "file:a\x00" + swordfish, "is not followed by a path"},
		{"nothing", "", "stands here in clear"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, err := NewSecret(row.ref, "brygga.yaml", nil)
			if row.refused == "" {
				if err != nil || !s.Set() || s.String() != row.ref {
					t.Fatalf("got %v, %v", s, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), row.refused) || strings.Contains(err.Error(), swordfish) {
				t.Fatalf("got %v, want %q", err, row.refused)
			}
			if s.Set() {
				t.Error("a refused reference gives a secret")
			}
		})
	}
}

func TestValueFromAFile(t *testing.T) {
	dir := t.TempDir()
	for _, row := range []struct {
		name, content string
		mode          os.FileMode
		want, err     string
	}{
		{"a file of the owner alone is read", "abc", 0o600, "abc", ""},
		{"a file that not even the owner may write is read", "abc", 0o400, "abc", ""},
		{"the line break at its end is dropped", "abc\n", 0o600, "abc", ""},
		{"several line breaks at its end are dropped", "abc\r\n\n", 0o600, "abc", ""},
		{"spaces and line breaks inside of it are kept", " a\nb ", 0o600, " a\nb ", ""},
		{"a file that the group can read is refused", "abc", 0o640, "", "chmod 600"},
		{"a file that anybody can read is refused", "abc", 0o604, "", "chmod 600"},
		{"a file that anybody can write is refused", "abc", 0o602, "", "chmod 600"},
		{"an empty file is refused", "\n", 0o600, "", "is empty"},
		{"a huge file is refused", strings.Repeat("a", maxSecret+1), 0o600, "", "larger than 64 KiB"},
		{"a file of the largest size is read", strings.Repeat("a", maxSecret), 0o600, strings.Repeat("a", maxSecret), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := filepath.Join(dir, "secret")
			os.Remove(path)
			if err := os.WriteFile(path, []byte(row.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, row.mode); err != nil {
				t.Fatal(err)
			}
			s, err := NewSecret("file:secret", filepath.Join(dir, "brygga.yaml"), nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.Value(t.Context())
			if row.err != "" {
				if err == nil || !strings.Contains(err.Error(), row.err) {
					t.Fatalf("got %v, want %q", err, row.err)
				}
				return
			}
			if err != nil || got != row.want {
				t.Fatalf("got %q, %v", got, err)
			}
		})
	}
}

func TestASecretIsLookedUpAnew(t *testing.T) {
	value, set := "first", true
	s, err := NewSecret("env:X", "brygga.yaml", func(string) (string, bool) { return value, set })
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"first", "second"} {
		value = want
		if got, err := s.Value(t.Context()); err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	set = false
	if _, err := s.Value(t.Context()); err == nil || !strings.Contains(err.Error(), "X is not set") {
		t.Errorf("got %v", err)
	}
}

func TestASecretThatCannotBeLookedUp(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := secretIn(t, "env:X", "a").Value(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context gives %v", err)
	}
	if _, err := secretIn(t, "env:X", "a").Key(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context gives %v", err)
	}
	if _, err := (Secret{}).Value(t.Context()); err == nil {
		t.Error("an unset secret has a value")
	}
	s, _ := NewSecret("env:X", "brygga.yaml", nil)
	if _, err := s.Value(t.Context()); err == nil || !strings.Contains(err.Error(), "was not handed over") {
		t.Errorf("without an environment: %v", err)
	}
	s, _ = NewSecret("file:nowhere", filepath.Join(t.TempDir(), "brygga.yaml"), nil)
	if _, err := s.Key(t.Context()); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("a missing file: %v", err)
	}
	s, _ = NewSecret("file:"+string(filepath.Separator)+"dev/null/x", "brygga.yaml", nil)
	if _, err := s.Value(t.Context()); err == nil {
		t.Error("a path through a file has a value")
	}
}

func TestKeysAreDecodedAndMeasured(t *testing.T) {
	raw32 := "exactly thirty-two bytes, no hex"
	for _, row := range []struct {
		name, value string
		want        int // bytes; 0 is refused
	}{
		{"64 hex digits are 32 bytes", testKey, 32},
		{"hex digits with spaces around them are decoded", " " + testKey + " \n", 32},
		{"44 letters of base64 are 32 bytes", "YnJ5Z2dhLXRlc3Qta2V5LW5vdGhpbmctcmVhbC0xMjM=", 32},
		{"base64 for addresses, without padding, is decoded", strings.Repeat("_-A0", 11), 33},
		{"a sentence of 32 bytes stands as it is", raw32, 32},
		{"31 bytes are refused", raw32[1:], 0},
		{"32 hex digits are 16 bytes and refused", testKey[:32], 0},
		{"40 letters that are base64 are 30 bytes and refused", strings.Repeat("abcd", 10), 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			key, err := secretIn(t, "env:K", row.value).Key(t.Context())
			if row.want == 0 {
				if err == nil || !strings.Contains(err.Error(), "openssl rand -hex 32") || strings.Contains(err.Error(), row.value) {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err != nil || len(key) != row.want {
				t.Fatalf("got %d bytes, %v; want %d", len(key), err, row.want)
			}
		})
	}
}
