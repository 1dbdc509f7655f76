//go:build unix

package config

import (
	"io/fs"
	"syscall"
)

// rootsAlone says whether a file's owner and group are both root's: who may read it
// through its group is root. systemd hands over credentials so (mode 0440), with an entry
// for the service's user that the mode does not show.
func rootsAlone(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && s.Uid == 0 && s.Gid == 0
}
