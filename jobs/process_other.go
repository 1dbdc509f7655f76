//go:build !unix

package jobs

// gone says whether there is no process of this number. Where that cannot be
// asked, a lease of a process that died is over when its time is.
func gone(int) bool { return false }
