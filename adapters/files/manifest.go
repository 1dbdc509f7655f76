package files

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// stated is what a manifest says of one file. What it does not say is not checked.
type stated struct {
	size int64  // -1: not said
	rows int    // -1: not said; a header is no row
	sum  string // SHA-256, lower case hex
}

// maxManifest is more than any manifest needs.
const maxManifest = 1 << 20

// errHalf: the manifest is not written to its end, or is none.
var errHalf = errors.New("the manifest cannot be read to its end")

// parseManifest reads what a manifest says of a file; listed is false where it
// speaks of others only. It knows JSON ({"name", "size", "sha256", "rows"}, an
// array of such, or one under "files"), the lines of sha256sum, and lines such as
// "rows=100". A manifest that says nothing of the kind is there, and that is all.
func parseManifest(b []byte, name string, own bool) (s stated, listed bool, err error) {
	s = stated{size: -1, rows: -1}
	b = bytes.TrimSpace(bytes.TrimPrefix(b, []byte{0xef, 0xbb, 0xbf}))
	if len(b) > 0 && (b[0] == '{' || b[0] == '[') {
		return manifestJSON(b, name, own)
	}
	sums := false
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if m := sumLine.FindStringSubmatch(line); m != nil {
			sums = true
			if m[2] == name || own && m[2] == "" {
				s.sum, listed = strings.ToLower(m[1]), true
			}
			continue
		}
		if m := setLine.FindStringSubmatch(line); m != nil && own {
			if err := s.set(strings.ToLower(m[1]), m[2]); err != nil {
				return s, false, err
			}
		}
	}
	return s, listed || own && !sums, nil
}

var (
	sumLine = regexp.MustCompile(`^([0-9a-fA-F]{64})(?: [ *](?:\./)?(.+))?$`)
	setLine = regexp.MustCompile(`(?i)^(size|bytes|rows|records|sha256|sha-256)\s*[=:]\s*"?([0-9a-fA-F]+)"?$`)
)

func (s *stated) set(key, value string) error {
	n, err := strconv.ParseInt(value, 10, 64)
	switch key {
	case "size", "bytes":
		s.size = n
	case "rows", "records":
		s.rows = int(n)
	default:
		s.sum = strings.ToLower(value)
		if raw, err := hex.DecodeString(value); err != nil || len(raw) != 32 {
			return errHalf
		}
		return nil
	}
	if err != nil {
		return errHalf
	}
	return nil
}

type manifestEntry struct {
	Name   string          `json:"name"`
	File   string          `json:"file"`
	Size   *int64          `json:"size"`
	Bytes  *int64          `json:"bytes"`
	Rows   *int            `json:"rows"`
	Number *int            `json:"records"`
	SHA256 string          `json:"sha256"`
	Files  []manifestEntry `json:"files"`
}

func manifestJSON(b []byte, name string, own bool) (s stated, listed bool, err error) {
	s = stated{size: -1, rows: -1}
	var all []manifestEntry
	var one manifestEntry
	if b[0] == '[' {
		err = json.Unmarshal(b, &all)
	} else if err = json.Unmarshal(b, &one); err == nil {
		all = append(one.Files, one)
	}
	if err != nil {
		return s, false, errHalf
	}
	for _, e := range all {
		called := e.Name
		if called == "" {
			called = e.File
		}
		if called != name && !(own && called == "" && len(all) == 1) {
			continue
		}
		for _, n := range []*int64{e.Size, e.Bytes} {
			if n != nil {
				s.size = *n
			}
		}
		for _, n := range []*int{e.Rows, e.Number} {
			if n != nil {
				s.rows = *n
			}
		}
		if e.SHA256 != "" {
			err = s.set("sha256", e.SHA256)
		}
		return s, true, err
	}
	return s, false, nil
}

// readManifest reads at most maxManifest.
func readManifest(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	if err == nil && len(b) > maxManifest {
		err = errHalf
	}
	return b, err
}

// disagrees says how a file is not as its manifest says; empty if it is.
func (s stated) disagrees(e entry, sum []byte) string {
	switch {
	case s.size >= 0 && s.size != e.size:
		return fmt.Sprintf("has %d bytes, and its manifest says %d", e.size, s.size)
	case s.sum != "" && sum != nil && s.sum != hex.EncodeToString(sum):
		return "has another SHA-256 than its manifest says"
	}
	return ""
}
