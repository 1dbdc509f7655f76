//go:build unix

package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// systemd hands a credential over as a file of root's with mode 0440, whose group is
// root's alone; the service's user is let in besides (LoadCredential, systemd 250 and
// later).
func TestACredentialOfSystemdIsRead(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give files to others")
	}
	for _, row := range []struct {
		name     string
		uid, gid int
		mode     os.FileMode
		refused  bool
	}{
		{"a file of root's that root's group can read", 0, 0, 0o440, false},
		{"one that another group can read", 0, 65532, 0o440, true},
		{"one of another owner", 65532, 0, 0o440, true},
		{"one that the group can write", 0, 0, 0o460, true},
		{"one that anybody can read", 0, 0, 0o444, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, []byte("abc"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chown(path, row.uid, row.gid); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, row.mode); err != nil {
				t.Fatal(err)
			}
			b, err := readSecret(path)
			if row.refused {
				if err == nil || !strings.Contains(err.Error(), "by others than its owner") {
					t.Errorf("it is read: %v", err)
				}
			} else if err != nil || string(b) != "abc" {
				t.Errorf("%q, %v", b, err)
			}
		})
	}
}
