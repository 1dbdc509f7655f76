//go:build unix

package store

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// asNobody lets a command run without root's right to write everything.
func asNobody(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if os.Getuid() == 0 {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
}
