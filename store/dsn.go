package store

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

const (
	driver = "sqlite"
	memory = ":memory:"

	// busyTimeout is how long a statement waits for another process' lock. The
	// longest transaction of our own, the first put of a large kind, takes seconds.
	busyTimeout = 30_000 // ms
	// pageSize: rows are some hundred bytes, and a row of a table without rowid
	// should be a small part of its page.
	pageSize = 8192
	// cacheSize in KiB (negative: SQLite's way of saying so), per connection.
	cacheSize = -8192
)

// parseDSN gives the path that "sqlite:PATH" names, absolute, or memory.
func parseDSN(dsn string) (string, error) {
	scheme, path, ok := strings.Cut(dsn, ":")
	switch {
	case !ok || scheme != driver:
		// The value is not repeated: it may hold a password.
		return "", fmt.Errorf("store: this kind of store is not known; write sqlite:PATH, or postgres://USER@HOST/DATABASE")
	case path == memory:
		return memory, nil
	case path == "":
		return "", fmt.Errorf("store: no path after sqlite: (write sqlite:brygga.db)")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("store: finding %s: %w", path, err)
	}
	return abs, nil
}

// address makes what the driver opens: a path with the settings of every
// connection. In a URI, '?', '#' and '%' of a path must be escaped.
func address(path string, settings url.Values) string {
	settings.Set("_error_rc", "1") // messages that belong to their error code
	if path == memory {
		return memory + "?" + settings.Encode()
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/... on Windows
	}
	return "file://" + (&url.URL{Path: path}).EscapedPath() + "?" + settings.Encode()
}

// forProbing reads an existing file. With mode ro it cannot change it; with rw it
// does no more than roll back what a process left unfinished.
func forProbing(path, mode string) string {
	return address(path, url.Values{
		"mode":          {mode},
		"_busy_timeout": {fmt.Sprint(busyTimeout)},
	})
}

// forReading is for the connections that read.
func forReading(path string) string {
	return address(path, url.Values{
		"mode":          {"rw"},
		"_busy_timeout": {fmt.Sprint(busyTimeout)},
		"_query_only":   {"1"},
		"_pragma":       {fmt.Sprintf("cache_size(%d)", cacheSize)},
	})
}

// forWriting is for the connection that writes. A transaction takes the lock
// when it begins (_txlock): one that first reads and then writes could not wait
// for another writer. synchronous is FULL, so that what was said to be stored
// outlives a power cut.
func forWriting(path string) string {
	v := url.Values{
		"_txlock":       {"immediate"},
		"_busy_timeout": {fmt.Sprint(busyTimeout)},
		"_foreign_keys": {"1"},
		"_synchronous":  {"FULL"},
		// The driver runs _pragma before these, so that a new file gets its page
		// size before WAL fixes it.
		"_journal_mode": {"WAL"},
		"_pragma":       {fmt.Sprintf("page_size(%d)", pageSize), fmt.Sprintf("cache_size(%d)", cacheSize)},
	}
	if path != memory {
		v.Set("mode", "rw")
	}
	return address(path, v)
}
