package carehome

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"

	"brygga/adapters"
)

// Check writes a small hidden file and removes it again, says how much waits to be
// fetched, and to whom is encrypted.
func (o *Outbox) Check(context.Context) []adapters.CheckResult {
	const folder, keys = "write in the outbox", "encrypt"
	waiting, fault := o.trial()
	results := []adapters.CheckResult{{What: folder, Verdict: adapters.OK, Seen: fmt.Sprintf("allowed; %d waiting to be fetched", waiting)}}
	if fault != nil {
		results[0] = fault.Checked(folder)
	}
	var to []string
	for _, k := range o.opts.Recipients {
		to = append(to, shortened(k))
	}
	return append(results, adapters.CheckResult{What: keys, Verdict: adapters.OK, Seen: "to " + strings.Join(to, ", ")})
}

func (o *Outbox) trial() (waiting int, fault *adapters.Error) {
	info, err := os.Stat(o.opts.Path)
	switch {
	case err != nil:
		return 0, o.failed("opening", err)
	case !info.IsDir():
		return 0, o.fault(adapters.Fatal, o.opts.Path+" is no folder", "correct path of this care home")
	}
	const prefix = ".check" + stagedPart
	err = os.WriteFile(o.path(prefix+rand.Text()), []byte("brygga check"), 0o600)
	mine, gone := o.names(prefix) // and those of checks that were killed
	if gone == nil {
		gone = o.remove(mine...)
	}
	if err != nil {
		return 0, o.failed("writing in", err)
	}
	if gone != nil {
		return 0, gone
	}
	all, fault := o.names("")
	for _, name := range all {
		if id, ok := strings.CutSuffix(name, Extension); ok && uuidForm.MatchString(id) {
			waiting++
		}
	}
	return waiting, fault
}

// shortened is enough of a public key to tell it from others.
func shortened(key string) string {
	if len(key) <= 30 {
		return key
	}
	return key[:14] + "…" + key[len(key)-8:]
}
