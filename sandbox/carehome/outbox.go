package carehome

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"
)

// Outbox is the care home's end of an outbox: a folder, and the key that only the care
// home has.
type Outbox struct {
	Dir string
	key *age.X25519Identity
}

// NewOutbox makes the folder, where it is not there, and a new key pair.
func NewOutbox(dir string) (*Outbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the outbox: %w", err)
	}
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, fmt.Errorf("making the care home's key: %w", err)
	}
	return &Outbox{Dir: dir, key: key}, nil
}

// Recipient is the public key, for the sender's configuration ("age1...").
func (o *Outbox) Recipient() string { return o.key.Recipient().String() }

// Identity is the private key ("AGE-SECRET-KEY-1..."), for who wants to try age by hand.
func (o *Outbox) Identity() string { return o.key.String() }

// Waiting are the names of the files that can be fetched, sorted.
func (o *Outbox) Waiting() ([]string, error) {
	entries, err := os.ReadDir(o.Dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && strings.HasSuffix(e.Name(), ".age") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// Delivered is what is in one file.
type Delivered struct {
	Document []byte // the FHIR document Bundle
	Page     []byte // the same for people
}

// most bounds what is read of one file: it is a document of one client.
const most = 256 << 20

// Open decrypts one file and leaves it.
func (o *Outbox) Open(name string) (Delivered, error) {
	if name != filepath.Base(name) {
		return Delivered{}, errors.New("that is no name of a file in the outbox")
	}
	f, err := os.Open(filepath.Join(o.Dir, name))
	if err != nil {
		return Delivered{}, err
	}
	defer f.Close()
	plain, err := age.Decrypt(f, o.key)
	if err != nil {
		return Delivered{}, fmt.Errorf("decrypting a file of the outbox: %w", err)
	}
	all, err := io.ReadAll(io.LimitReader(plain, most))
	if err != nil {
		return Delivered{}, fmt.Errorf("decrypting a file of the outbox: %w", err)
	}
	archive, err := zip.NewReader(bytes.NewReader(all), int64(len(all)))
	if err != nil {
		return Delivered{}, fmt.Errorf("what was decrypted is no ZIP archive: %w", err)
	}
	var d Delivered
	for name, to := range map[string]*[]byte{"document.json": &d.Document, "handover.html": &d.Page} {
		if *to, err = read(archive, name); err != nil {
			return Delivered{}, fmt.Errorf("reading %s of the archive: %w", name, err)
		}
	}
	return d, nil
}

func read(archive *zip.Reader, name string) ([]byte, error) {
	f, err := archive.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}

// Fetch decrypts one file and removes it, as staff do who have saved it where it belongs.
func (o *Outbox) Fetch(name string) (Delivered, error) {
	d, err := o.Open(name)
	if err != nil {
		return d, err
	}
	return d, os.Remove(filepath.Join(o.Dir, name))
}
