package store

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

// Whoever only asks whether a store stands there, and whose it is, makes none.
func TestProbeMakesNoStore(t *testing.T) {
	path := pathIn(t)
	dsn := dsnOf(path)
	for _, row := range []struct {
		name string
		when func()
		key  []byte
		made bool
		is   error
	}{
		{"where there is none", func() {}, testKey, false, nil},
		{"and none after that", func() {}, otherKey, false, nil},
		{"where there is one with this key", func() { ok(t, openAt(t, path).Close()) }, testKey, true, nil},
		{"where there is one with another key", func() {}, otherKey, true, ErrWrongKey},
		{"while it is used", func() { openAt(t, path) }, testKey, true, nil},
	} {
		row.when()
		made, err := Probe(t.Context(), dsn, row.key, zerolog.Nop())
		if made != row.made || !errors.Is(err, row.is) {
			t.Errorf("%s: made %v, %v; want %v, %v", row.name, made, err, row.made, row.is)
		}
	}
}

func TestProbeLeavesFilesAsTheyAre(t *testing.T) {
	path := pathIn(t)
	if made, err := Probe(t.Context(), "sqlite:"+path, testKey, zerolog.Nop()); made || err != nil {
		t.Errorf("made %v, %v", made, err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("asking has made a file: %v", err)
	}
	ok(t, os.WriteFile(path, []byte(strings.Repeat("no database\n", 1000)), 0o600))
	before := sumOf(t, path)
	if _, err := Probe(t.Context(), "sqlite:"+path, testKey, zerolog.Nop()); !errors.Is(err, ErrDamaged) {
		t.Errorf("a text file gives %v", err)
	}
	if sumOf(t, path) != before {
		t.Error("the file was changed")
	}
	for _, dsn := range []string{"mysql://host/db", "postgres://user:hemligt@host:x/db"} {
		if _, err := Probe(t.Context(), dsn, testKey, zerolog.Nop()); err == nil || strings.Contains(err.Error(), "hemligt") {
			t.Errorf("%v", err)
		}
	}
}
