package jobs

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"brygga/store"
)

// A store that is damaged is said to be and left as it is; what it knew comes from a
// backup, or where there is none, from the systems, and nothing is written twice.
func TestADamagedStore(t *testing.T) {
	if testing.Short() {
		t.Skip("several runs for each row")
	}
	findings, handed := undisturbed(t)
	for _, damage := range []struct {
		name string
		how  func([]byte) []byte
	}{
		{"its beginning is overwritten", func(b []byte) []byte { copy(b, bytes.Repeat([]byte{0x5a}, 4096)); return b }},
		{"it is a text", func([]byte) []byte { return bytes.Repeat([]byte("this is no database\n"), 400) }},
		{"its second half is lost", func(b []byte) []byte { return b[:len(b)/2] }},
		{"its pages are overwritten", func(b []byte) []byte {
			for i := 8192; i < len(b); i += 4096 {
				copy(b[i:], bytes.Repeat([]byte{0x5a}, 300))
			}
			return b
		}},
	} {
		for _, after := range []string{"a backup comes back", "a new one is begun"} {
			t.Run(damage.name+", and "+after, func(t *testing.T) {
				t.Parallel()
				b := newMoveTown(t)
				b.last()
				b.must(b.job.Close())
				file := filepath.Join(b.dir, "brygga.db")
				whole, err := os.ReadFile(file)
				b.must(err)
				damaged := damage.how(bytes.Clone(whole))
				for _, rest := range []string{"-wal", "-shm"} {
					b.must(os.RemoveAll(file + rest))
				}
				b.must(os.WriteFile(file, damaged, 0o600))

				o, err := Open(b.ctx(), b.job.Config, Deps{Now: b.now})
				refused := err != nil
				if !refused {
					_, err = o.Reconcile(b.ctx(), b.options())
					if _, herr := o.RunHandover(b.ctx(), HandoverOptions{Trigger: "test", By: Asker{By: "schedule"}}); herr == nil || err == nil {
						t.Errorf("runs on a damaged store give %v and %v", err, herr)
					}
					o.Close()
				}
				if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "restore it from a backup") {
					t.Errorf("it is said: %v", err)
				}
				b.sameAs("the record system, with a damaged store", b.findings(), findings)
				b.sameAs("the care homes, with a damaged store", b.handed(), handed)
				if now, err := os.ReadFile(file); err != nil || refused && !bytes.Equal(now, damaged) {
					t.Errorf("the damaged file is another one, %v", err)
				}
				for _, rest := range []string{"", "-wal", "-shm"} {
					b.must(os.RemoveAll(file + rest))
				}
				if after == "a backup comes back" {
					b.must(os.WriteFile(file, whole, 0o600))
				}
				b.reopen()
				b.asUndisturbed(findings, handed)
			})
		}
	}
}
