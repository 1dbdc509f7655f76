package jobs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/rs/zerolog"

	"brygga/config"
	"brygga/store"
)

// Lock is how a backup is encrypted: to public keys, or with a passphrase.
type Lock struct {
	Recipients []string // age public keys (age1...)
	Passphrase string
	// WorkFactor makes trying passphrases costly, as 2 to its power; 0 is what age
	// chooses. Tests want less.
	WorkFactor int
}

func (l Lock) recipients() (out []age.Recipient, err error) {
	switch {
	case len(l.Recipients) > 0 && l.Passphrase != "":
		return nil, errors.New("a backup is encrypted either to public keys or with a passphrase")
	case l.Passphrase != "":
		if len(l.Passphrase) < 16 {
			return nil, errors.New("the passphrase is short: whoever gets the backup can try as long as they like; take at least 16 characters, as from: openssl rand -base64 24")
		}
		r, err := age.NewScryptRecipient(l.Passphrase)
		if err == nil && l.WorkFactor > 0 {
			r.SetWorkFactor(l.WorkFactor)
		}
		return []age.Recipient{r}, err
	}
	for i, text := range l.Recipients {
		r, err := age.ParseX25519Recipient(text)
		if err != nil {
			return nil, fmt.Errorf("recipient %d is no age public key (age1...); make a pair with: age-keygen", i+1)
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, errors.New("for whom is the backup? Give an age public key, or a passphrase")
	}
	return out, nil
}

// Unlock is how a backup is decrypted.
type Unlock struct {
	Identity   string // of age: AGE-SECRET-KEY-1..., one a line
	Passphrase string
}

func (u Unlock) identities() ([]age.Identity, error) {
	if u.Passphrase != "" {
		id, err := age.NewScryptIdentity(u.Passphrase)
		return []age.Identity{id}, err
	}
	ids, err := age.ParseIdentities(strings.NewReader(u.Identity))
	if err != nil {
		return nil, errors.New("the identity is none of age (AGE-SECRET-KEY-1...)")
	}
	return ids, nil
}

// Backup writes what the configuration's store keeps into a new file, encrypted; runs
// may go on meanwhile. The file has its name only when it is whole and on the disk. It
// fails where there is one of that name. The keys of the configuration are not in it.
func Backup(ctx context.Context, cfg *config.Config, path string, lock Lock, now time.Time, log zerolog.Logger) (info store.BackupInfo, err error) {
	to, err := lock.recipients()
	if err != nil {
		return info, err
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return info, fmt.Errorf("%s is there already; give a new name, as one with the date", path)
	}
	st, _, err := OpenStore(ctx, cfg, log)
	if err != nil {
		return info, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return info, fmt.Errorf("the backup cannot be written: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if info, err = writeBackup(ctx, st, f, to, now); err != nil {
		return info, err
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return info, fmt.Errorf("the backup cannot be written: %w", err)
	}
	// A link fails where somebody else made a file of that name meanwhile.
	if err = os.Link(f.Name(), path); err != nil {
		return info, fmt.Errorf("the backup cannot be given its name: %w", err)
	}
	_ = os.Remove(f.Name())
	syncFolder(filepath.Dir(path))
	return info, nil
}

func writeBackup(ctx context.Context, st *store.Store, w io.Writer, to []age.Recipient, now time.Time) (info store.BackupInfo, err error) {
	buffered := bufio.NewWriterSize(w, 256<<10)
	sealed, err := age.Encrypt(buffered, to...)
	if err != nil {
		return info, err
	}
	if info, err = st.Backup(ctx, sealed, now); err != nil {
		return info, err
	}
	if err = errors.Join(sealed.Close(), buffered.Flush()); err != nil {
		err = fmt.Errorf("the backup cannot be written: %w", err)
	}
	return info, err
}

// Restore puts a backup into the configuration's store, which has to be empty. The
// whole file is read and verified before anything is written.
func Restore(ctx context.Context, cfg *config.Config, path string, unlock Unlock, log zerolog.Logger) (info store.BackupInfo, err error) {
	ids, err := unlock.identities()
	if err != nil {
		return info, err
	}
	f, err := os.Open(path)
	if err != nil {
		return info, fmt.Errorf("the backup cannot be read: %w", err)
	}
	defer f.Close()
	open := func() (io.Reader, error) {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, fmt.Errorf("the backup cannot be read: %w", err)
		}
		plain, err := age.Decrypt(bufio.NewReaderSize(f, 256<<10), ids...)
		var none *age.NoIdentityMatchError
		switch {
		case errors.As(err, &none):
			return nil, fmt.Errorf("%s is encrypted for another key, or with another passphrase", path)
		case err != nil:
			return nil, fmt.Errorf("%w: %s is not encrypted as brygga does, or is cut or damaged", store.ErrBackup, path)
		}
		return plain, nil
	}
	if _, err := open(); err != nil { // before a store is made
		return info, err
	}
	st, _, err := OpenStore(ctx, cfg, log)
	if err != nil {
		return info, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return st.Restore(ctx, open)
}

// syncFolder puts a new name on the disk. Systems that cannot do that do not need it.
func syncFolder(path string) {
	if d, err := os.Open(path); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
