package config

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"runtime"
	"strings"
)

// Secret is a reference to a secret: env:NAME or file:PATH. It never holds the
// value, which is fetched anew by each call of Value; so whatever prints,
// encodes or logs a Secret can show the reference only.
type Secret struct {
	ref  string // as written
	path string // file: resolved beside the configuration; empty with env:
	env  func(string) (string, bool)
}

const (
	envPrefix  = "env:"
	filePrefix = "file:"

	// maxSecret bounds what is read of a secret file; keys and tokens are far smaller.
	maxSecret = 64 << 10
	// minKey is the least length of a key in bytes: the size of an HMAC-SHA256 key.
	minKey = 32

	makeKey = "make one with: openssl rand -hex 32"
)

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// NewSecret makes a Secret from env:NAME or file:PATH; a relative path is
// relative to the folder of the configuration file. What is not such a
// reference is an error that does not show it.
func NewSecret(ref, configFile string, env func(string) (string, bool)) (Secret, error) {
	switch {
	case strings.HasPrefix(ref, envPrefix):
		if !envName.MatchString(ref[len(envPrefix):]) {
			return Secret{}, &secretError{what: "env: is not followed by the name of an environment variable", do: "write env:NAME"}
		}
		return Secret{ref: ref, env: env}, nil
	case strings.HasPrefix(ref, filePrefix):
		path := ref[len(filePrefix):]
		if path == "" || strings.ContainsRune(path, 0) {
			return Secret{}, &secretError{what: "file: is not followed by a path", do: "write file:PATH"}
		}
		return Secret{ref: ref, path: beside(configFile, path), env: env}, nil
	}
	return Secret{}, &secretError{
		what: "a secret stands here in clear",
		do:   "put it into an environment variable or a file of its own, write env:NAME or file:PATH here, and replace the secret: it may have been copied with this file",
	}
}

// secretError says what is wrong and what to do apart, so that both can be shown in their places.
type secretError struct{ what, do string }

func (e *secretError) Error() string {
	if e.do == "" {
		return e.what
	}
	return e.what + "; " + e.do
}

// Set says whether the configuration names a secret here.
func (s Secret) Set() bool { return s.ref != "" }

// String is the reference, never the value; empty where nothing is configured.
func (s Secret) String() string { return s.ref }

// GoString is for %#v: the reference, never the value.
func (s Secret) GoString() string { return fmt.Sprintf("config.Secret(%q)", s.ref) }

// MarshalText writes the reference, never the value; JSON and YAML use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.ref), nil }

// MarshalJSON writes the reference, never the value.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.ref) }

// LogValue is for slog: the reference, never the value.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.ref) }

// Value fetches the secret, without a line break at its end. It is looked up
// anew by each call, so a secret that was replaced holds without a restart. A
// variable that is not set or empty, a file that is missing, empty, larger than
// 64 KiB or readable by others than its owner is an error that says what to do.
func (s Secret) Value(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	return s.fetch()
}

func (s Secret) fetch() (string, error) {
	var value string
	switch {
	case s.ref == "":
		return "", errors.New("no secret is configured here")
	case s.path != "":
		b, err := readSecret(s.path)
		if err != nil {
			return "", err
		}
		value = string(b)
	case s.env == nil:
		return "", &secretError{what: "the environment was not handed over: " + s.ref + " cannot be looked up"}
	default:
		v, ok := s.env(s.ref[len(envPrefix):])
		if !ok {
			return "", &secretError{
				what: "the environment variable " + s.ref[len(envPrefix):] + " is not set",
				do:   "set it for the user that brygga runs as",
			}
		}
		value = v
	}
	value = strings.TrimRight(value, "\r\n")
	if value == "" {
		return "", &secretError{what: s.ref + " is empty", do: "put the secret there"}
	}
	return value, nil
}

// Key fetches the secret as a key: decoded where it is hex or base64, else as it
// stands. A key below 32 bytes is an error that shows how to make one.
func (s Secret) Key(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.key()
}

func (s Secret) key() ([]byte, error) {
	v, err := s.fetch()
	if err != nil {
		return nil, err
	}
	v = strings.TrimSpace(v)
	key := decodeKey(v)
	if len(key) < minKey {
		return nil, &secretError{what: fmt.Sprintf("the key in %s is %d bytes long, and %d are needed", s.ref, len(key), minKey), do: makeKey}
	}
	return key, nil
}

func decodeKey(v string) []byte {
	if b, err := hex.DecodeString(v); err == nil {
		return b
	}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := enc.DecodeString(v); err == nil {
			return b
		}
	}
	return []byte(v)
}

// readSecret reads a file that its owner alone may read, or a credential of systemd. Rights are asked of the
// open file, so that nobody can exchange it in between.
func readSecret(path string) ([]byte, error) {
	before, err := os.Stat(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	if !before.Mode().IsRegular() { // opening a named pipe would wait for ever
		return nil, &secretError{what: path + " is not a file", do: "name the file that holds the secret"}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fileError(path, err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" && !(mode == 0o440 && rootsAlone(info)) {
		return nil, &secretError{
			what: fmt.Sprintf("%s can be read or written by others than its owner (mode %04o)", path, mode),
			do:   "run: chmod 600 " + path,
		}
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return nil, fileError(path, err)
	}
	if len(b) > maxSecret {
		return nil, &secretError{what: path + " is larger than 64 KiB", do: "name the file that holds the secret alone"}
	}
	return b, nil
}

func fileError(path string, err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &secretError{what: path + " does not exist", do: "create it, or correct the path (it is relative to the configuration file)"}
	case errors.Is(err, os.ErrPermission):
		return &secretError{what: path + " cannot be read", do: "make the user that brygga runs as its owner"}
	}
	return fmt.Errorf("cannot read %s: %w", path, err)
}
