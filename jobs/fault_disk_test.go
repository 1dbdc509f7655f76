package jobs

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"brygga/store"
)

// pages limits how large the store may become; 0 is no limit.
func (b *bed) pages(most int) {
	b.Helper()
	db := b.job.Store.DB()
	if most == 0 {
		most = 1 << 30
	}
	if _, err := db.Exec(`PRAGMA max_page_count = ` + strconv.Itoa(most)); err != nil {
		b.Error(err)
	}
}

// The disk becomes full at a step of a run: what was stored is kept, what cannot be
// written down is not done, and when there is space again the next runs do the rest.
func TestAFullDiskAtEachStep(t *testing.T) {
	if testing.Short() {
		t.Skip("several runs for each step")
	}
	findings, handed := undisturbed(t)
	var full atomic.Int64
	t.Run("steps", func(t *testing.T) {
		for job, steps := range map[string][]string{JobReconcile: nightSteps, JobHandover: sendingSteps} {
			for _, step := range steps {
				if strings.HasPrefix(step, "request") {
					continue
				}
				t.Run(job+", "+step, func(t *testing.T) {
					t.Parallel()
					b := newMoveTown(t)
					if job == JobHandover {
						b.run(ExitDone)
					}
					var once sync.Once
					var reached atomic.Bool
					b.job.atStep = func(at string) {
						if at == step {
							once.Do(func() { reached.Store(true); b.pages(1) })
						}
					}
					var err error
					if job == JobHandover {
						_, err = b.job.RunHandover(b.ctx(), HandoverOptions{Trigger: "test", By: Asker{By: "schedule"}})
					} else {
						_, err = b.job.Reconcile(b.ctx(), b.options())
					}
					if !reached.Load() {
						t.Fatal("the run did not come to this step")
					}
					if errors.Is(err, store.ErrFull) {
						full.Add(1)
						if !strings.Contains(err.Error(), "free space") {
							t.Errorf("what to do is not said: %v", err)
						}
					} else if err != nil {
						t.Errorf("a full disk gives %v", err)
					}
					b.job.atStep = nil
					b.pages(0)
					b.reopen()
					b.asUndisturbed(findings, handed)
				})
			}
		}
	})
	if full.Load() < 10 {
		t.Errorf("the disk was full for %d runs only: the test has shown little", full.Load())
	}
}

// A store that may not be written, by whoever runs brygga: nothing is done that could
// not be written down, it is said, and the store is as it was.
func TestAReadOnlyDisk(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("another user is needed to run as, which only root can")
	}
	if testing.Short() {
		t.Skip("it starts processes")
	}
	const nobody = 65534
	findings, handed := undisturbed(t)
	place, err := os.MkdirTemp("", "brygga-readonly-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(place) })
	if err := os.Chmod(place, 0o755); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(place, "jobs.test")
	own, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(binary, own, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name      string
		file, dir os.FileMode
	}{
		{"the file is for reading only", 0o400, 0o700},
		{"the folder is for reading only", 0o600, 0o500},
		{"both are", 0o400, 0o500},
	} {
		for _, job := range []string{JobReconcile, JobHandover} {
			t.Run(row.name+", "+job, func(t *testing.T) {
				b := newMoveTown(t)
				if job == JobHandover {
					b.run(ExitDone)
				}
				b.must(b.job.Close())
				dir := filepath.Join(place, strings.ReplaceAll(t.Name(), "/", "-"))
				b.must(os.CopyFS(dir, os.DirFS(b.dir)))
				db := filepath.Join(dir, "brygga.db")
				before, err := os.ReadFile(db)
				b.must(err)
				b.must(filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
					return errors.Join(err, os.Chmod(path, 0o600), os.Chown(path, nobody, nobody))
				}))
				b.must(os.Chmod(filepath.Join(dir, "outbox"), 0o700))
				b.must(os.Chmod(db, row.file))
				b.must(os.Chmod(dir, row.dir))
				stood, given := b.findings(), b.handed()

				cmd := exec.CommandContext(b.ctx(), binary, "-test.run=^TestFaultChild$")
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "BRYGGA_FAULT_CONFIG=brygga.yaml", "BRYGGA_FAULT_NOW="+strconv.FormatInt(b.now().UnixNano(), 10),
					"BRYGGA_FAULT_JOB="+job, "HOME=/tmp")
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
				out, err := cmd.CombinedOutput()
				if err == nil || !strings.Contains(string(out), store.ErrReadOnly.Error()) || !strings.Contains(string(out), "check ") {
					t.Errorf("it says %q, %v", out, err)
				}
				if after, err := os.ReadFile(db); err != nil || !bytes.Equal(after, before) {
					t.Errorf("the file is another one, %v", err)
				}
				b.nothingBut("the record system while nothing could be stored", b.findings(), stood)
				b.nothingBut("the care homes while nothing could be stored", b.handed(), given)
				b.reopen()
				b.asUndisturbed(findings, handed)
			})
		}
	}
}
