package files

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// Options says where the exports lie and what is in them. They are plain data:
// secrets come as values. A zero value stands for the default that New writes in
// its place.
type Options struct {
	Name string // the system's name in the configuration; it opens every error

	// Folder is where the files are, on this machine. Either it or SFTP is given.
	Folder string
	SFTP   *SFTP

	// Lists are the lists that the files hold, by the name that Query.Type gives.
	Lists map[string]List

	MaxBytes    int64         // of one file; 4 GiB
	PageRows    int           // rows of a page at most; 1000
	Connections int           // SFTP connections, and local pulls, at one time; 2
	Timeout     time.Duration // of one SFTP request; 60s
	Retries     int           // further attempts after a lost SFTP connection; 3; negative is none

	Logger zerolog.Logger
	// Clock tells how old a file is. It is needed.
	Clock func() time.Time
	// Sleep waits between attempts and for a file to be quiet; nil waits by the
	// real clock, or until ctx ends.
	Sleep func(ctx context.Context, d time.Duration) error
}

// SFTP is a folder on a server. The server must be known beforehand: without its
// key in KnownHosts nothing is sent to it.
type SFTP struct {
	Host       string
	Port       int // 22
	User       string
	Password   string
	Key        []byte // a private key, PEM, without a passphrase
	KnownHosts string // a file as OpenSSH keeps it; see ssh-keyscan(1)
	Path       string // the folder; relative to where the server puts the user
}

// The formats of a list.
const (
	CSV    = "csv"
	JSON   = "json"
	NDJSON = "ndjson"
	XML    = "xml"
)

// The encodings. UTF-8 is with or without a byte order mark; UTF-16 has one,
// which says its byte order.
const (
	UTF8    = "utf-8"
	Latin1  = "iso-8859-1"
	Win1252 = "windows-1252"
	UTF16   = "utf-16"
)

// Delivery is what the files of a list are to each other.
type Delivery string

// The deliveries.
const (
	// Whole: each file is the whole list; the newest complete one counts.
	Whole Delivery = "whole"
	// Changes: each file holds what changed; all are read, in order, and later rows win.
	Changes Delivery = "changes"
)

// List is one list: which files hold it, how they are written, and when one of
// them is complete.
type List struct {
	// Glob is the pattern of the names in the folder: *, ?, [0-9], {date} (20261129
	// or 2026-11-29) and after it {time} (0230, 02-30, 023000).
	Glob   string
	Format string
	// Encoding: empty is utf-8, and for XML what the file declares.
	Encoding string
	// CSV: Delimiter is one character, or "tab"; empty is a semicolon. Quote is one
	// character, or "none"; empty is ". A quote within quotes is doubled.
	Delimiter string
	Quote     string
	Header    bool
	// Columns are what the mapping wants. With a header they are found by name;
	// without one they are the first columns, in this order.
	Columns []string
	// Rows leads to the rows: JSON, the keys to the array ("data.rows"), empty if
	// the file is the array; XML, the elements from the root to the one that is a
	// row ("Export/Kund").
	Rows string
	// Fields is where in a row of XML a column is: "kund/pnr", "@id", "kund/@id",
	// "." for the row's own text. A column that is not here is the child element of
	// its name. Where it comes several times, the values are lines of one value.
	Fields map[string]string

	Complete Complete
	Delivery Delivery      // whole
	MaxAge   time.Duration // older than this the newest file is not believed; 0: any age
}

// How says by what a delivery is known to be complete.
type How string

// The ways.
const (
	// Quiet: neither size nor time of change has moved for Complete.Quiet.
	Quiet How = "quiet"
	// Manifest: a file beside it says so.
	Manifest How = "manifest"
	// Pattern: a file of a later date is there, or it has been quiet.
	Pattern How = "pattern"
)

// Complete says when a file is complete.
type Complete struct {
	How   How           // quiet
	Quiet time.Duration // 1m; of Pattern 10m
	// Manifest is the name of the manifest, with {name}, {stem} (the name without its
	// last extension) or {date} of the file; "{name}.ok". Without any of them it is
	// one manifest for several files, and must list them.
	Manifest string
}

func (o Options) withDefaults() Options {
	positive(&o.MaxBytes, 4<<30)
	positive(&o.PageRows, 1000)
	positive(&o.Connections, 2)
	positive(&o.Timeout, time.Minute)
	if o.Retries == 0 {
		o.Retries = 3
	}
	o.Retries = max(o.Retries, 0)
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.SFTP != nil {
		at := *o.SFTP
		positive(&at.Port, 22)
		if at.Path == "" {
			at.Path = "."
		}
		o.SFTP = &at
	}
	return o
}

func positive[T int | int64 | time.Duration](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// check says everything that is wrong with the options, each with the setting's
// name. No value is repeated: it may be a secret.
func (o Options) check() error {
	var errs []error
	bad := func(setting, what string) { errs = append(errs, fmt.Errorf("%s: %s", setting, what)) }
	if o.Name == "" {
		bad("name", "is missing")
	}
	if o.Clock == nil {
		bad("clock", "is missing")
	}
	switch {
	case o.Folder == "" && o.SFTP == nil:
		bad("folder", "is missing; give it, or sftp.host")
	case o.Folder != "" && o.SFTP != nil:
		bad("folder", "and sftp.host are both given; the files are in one place")
	case o.Folder != "" && !filepath.IsAbs(o.Folder):
		bad("folder", "is not an absolute path")
	}
	if o.SFTP != nil {
		errs = append(errs, o.SFTP.check()...)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Lists)) {
		if _, err := compile(o.Lists[name]); err != nil {
			bad("list "+name, err.Error())
		}
	}
	return errors.Join(errs...)
}

func (at SFTP) check() (errs []error) {
	bad := func(setting, what string) { errs = append(errs, fmt.Errorf("sftp.%s: %s", setting, what)) }
	if at.Host == "" || strings.ContainsAny(at.Host, "/@ \t\r\n") {
		bad("host", "is not the name or address of a machine")
	}
	if at.Port < 0 || at.Port > 65535 {
		bad("port", "is no port")
	}
	if at.User == "" {
		bad("user", "is missing")
	}
	if at.Password == "" && len(at.Key) == 0 {
		bad("password", "is missing; give it, or sftp.key")
	}
	if strings.ContainsAny(at.Password, "\r\n\x00") {
		bad("password", "holds a line break; is a newline left at the end of its file?")
	}
	if len(at.Key) > 0 {
		if _, err := signer(at.Key); err != nil {
			bad("key", err.Error())
		}
	}
	if at.KnownHosts == "" {
		bad("known_hosts", "is missing: a server whose key is not known beforehand is not spoken to; make the file with ssh-keyscan and compare the key with its operator")
	} else if _, err := knownKeys(at.KnownHosts); err != nil {
		bad("known_hosts", err.Error())
	}
	return errs
}
