package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rs/zerolog"
)

// On a disk that is full to its last byte a store cannot even be opened; that is said to
// be a full disk, and not a broken one.
func TestAFullDiskIsSaidToBeFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("this machine lets nobody mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("the disk cannot be let go: %v", err)
		}
	})
	key := []byte(strings.Repeat("k", 32))
	open := func() error {
		st, err := Open(t.Context(), "sqlite:"+filepath.Join(dir, "a.db"), key, zerolog.Nop())
		if err != nil {
			return err
		}
		return st.Close()
	}
	if err := open(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "fill"), make([]byte, 2<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk takes two megabytes: %v", err)
	}
	if err := open(); !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "free space") {
		t.Errorf("opening says %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "fill")); err != nil {
		t.Fatal(err)
	}
	if err := open(); err != nil {
		t.Errorf("with space again: %v", err)
	}
}
