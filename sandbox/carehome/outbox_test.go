package carehome

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"filippo.io/age"
)

// sealed writes a file as a sender does who follows the documentation.
func sealed(t *testing.T, path, to string, files map[string]string) {
	t.Helper()
	key, err := age.ParseX25519Recipient(to)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := age.Encrypt(&b, key)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(w)
	for name, text := range files {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTheOutboxIsFetched(t *testing.T) {
	o, err := NewOutbox(filepath.Join(t.TempDir(), "outbox"))
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(o.Dir, name) }
	whole := map[string]string{"document.json": "{}", "handover.html": "<p>"}
	sealed(t, at("b.age"), o.Recipient(), whole)
	sealed(t, at("a.age"), o.Recipient(), map[string]string{"document.json": "{}"})
	sealed(t, at(".c.tmp-x.age"), o.Recipient(), whole)
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	sealed(t, at("d.age"), other.Recipient().String(), whole)
	if err := os.WriteFile(at("readme.txt"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}

	if names, err := o.Waiting(); err != nil || !slices.Equal(names, []string{"a.age", "b.age", "d.age"}) {
		t.Errorf("waiting: %v, %v", names, err)
	}
	got, err := o.Fetch("b.age")
	if err != nil || string(got.Document) != "{}" || string(got.Page) != "<p>" {
		t.Errorf("fetched %+v, %v", got, err)
	}
	for name, why := range map[string]string{
		"a.age": "a file without a page", "b.age": "what was fetched already", "d.age": "what is for another", "../x": "a path", "readme.txt": "what is not encrypted",
	} {
		if _, err := o.Fetch(name); err == nil {
			t.Errorf("%s is fetched", why)
		}
	}
	if names, _ := o.Waiting(); !slices.Equal(names, []string{"a.age", "d.age"}) {
		t.Errorf("what could not be opened is gone: %v", names)
	}
	if _, err := age.ParseX25519Identity(o.Identity()); err != nil {
		t.Errorf("the private key is none: %v", err)
	}
}
