//go:build unix

package jobs

import "syscall"

// gone says whether there is no process of this number on this machine.
func gone(pid int) bool { return syscall.Kill(pid, 0) == syscall.ESRCH }
