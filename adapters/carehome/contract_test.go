package carehome

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"

	"brygga/adapters"
	"brygga/adapters/adaptertest"
)

var contract = adaptertest.RecipientContract{
	Delivery: delivery, Task: taskOf,
	Secrets: []string{"top-secret-token", delivery(1).ID, "Andersson", "19500907", "AGE-SECRET"},
}

func TestFHIRServer(t *testing.T) {
	c := contract
	c.World = func(testing.TB) adaptertest.RecipientWorld {
		h := newHome()
		return adaptertest.RecipientWorld{
			Healthy:   h,
			Open:      func(t testing.TB, url string) adapters.Recipient { return opened(t, quick(url)) },
			Documents: func() [][]byte { h.mu.Lock(); defer h.mu.Unlock(); return append([][]byte{}, h.sent...) },
			Tasks:     func() int { return h.count("Task") },
			Staff: func(ref, status, reason string) {
				h.staff(ref, func(task map[string]any) {
					task["status"], task["owner"] = status, map[string]any{"display": "Natt"}
					task["note"] = []any{map[string]any{"text": "ringt"}}
					delete(task, "statusReason")
					if reason != "" {
						task["statusReason"] = map[string]any{"text": reason}
					}
				})
			},
			Kept: func(ref string) string {
				kept := ""
				h.staff(ref, func(task map[string]any) {
					said := fmt.Sprint(task["statusReason"], task["note"])
					kept = fmt.Sprint(task["owner"], bytes.Contains([]byte(said), []byte("ringt")), bytes.Contains([]byte(said), []byte("väntar på rum")), task["focus"], task["authoredOn"])
				})
				return kept
			},
		}
	}
	adaptertest.Recipient(t, c)
}

// keys are a care home's two key pairs.
var keys = func() (all []*age.X25519Identity) {
	for range 2 {
		k, err := age.GenerateX25519Identity()
		if err != nil {
			panic(err)
		}
		all = append(all, k)
	}
	return all
}()

func outboxIn(folder string) OutboxOptions {
	o := OutboxOptions{Name: "solgarden", Path: folder, Clock: func() time.Time { return noon }}
	for _, k := range keys {
		o.Recipients = append(o.Recipients, k.Recipient().String())
	}
	return o
}

func openOutbox(t testing.TB, o OutboxOptions) *Outbox {
	t.Helper()
	b, err := NewOutbox(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// unsealed decrypts one file as the owner of a key does, and gives what is in it.
func unsealed(path string, key age.Identity) (document, page []byte, err error) {
	sealed, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer sealed.Close()
	plain, err := age.Decrypt(sealed, key)
	if err != nil {
		return nil, nil, err
	}
	all, err := io.ReadAll(plain)
	if err != nil {
		return nil, nil, err
	}
	archive, err := zip.NewReader(bytes.NewReader(all), int64(len(all)))
	if err != nil {
		return nil, nil, err
	}
	if len(archive.File) != 2 {
		return nil, nil, fmt.Errorf("%d files in the archive", len(archive.File))
	}
	read := func(name string) []byte {
		var f io.ReadCloser
		if f, err = archive.Open(name); err != nil {
			return nil
		}
		defer f.Close()
		var b []byte
		b, err = io.ReadAll(f)
		return b
	}
	document = read(DocumentFile)
	if err == nil {
		page = read(PageFile)
	}
	return document, page, err
}

func waiting(t testing.TB, folder string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*"+Extension))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestOutbox(t *testing.T) {
	c := contract
	c.World = func(t testing.TB) adaptertest.RecipientWorld {
		folder := t.TempDir()
		return adaptertest.RecipientWorld{
			Open: func(t testing.TB, _ string) adapters.Recipient { return openOutbox(t, outboxIn(folder)) },
			Documents: func() [][]byte {
				var all [][]byte
				for _, name := range waiting(t, folder) {
					var document []byte
					for _, key := range keys { // each of them alone
						var page []byte
						var err error
						if document, page, err = unsealed(name, key); err != nil || !bytes.Equal(page, delivery(1).Page) {
							t.Errorf("a delivered file cannot be read as it was sent: %v", err)
						}
					}
					all = append(all, document)
				}
				return all
			},
			Fetch: func() {
				for _, name := range waiting(t, folder) {
					if err := os.Remove(name); err != nil {
						t.Error(err)
					}
				}
			},
		}
	}
	adaptertest.Recipient(t, c)
}

func TestWhatTestsSendIsJSON(t *testing.T) {
	if d := delivery(1); !json.Valid(d.Document) || !json.Valid(taskOf(d.ID, adapters.Receipt{})) {
		t.Error("it is not")
	}
}
