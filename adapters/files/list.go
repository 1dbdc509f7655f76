package files

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// list is a List that was found to make sense.
type list struct {
	List
	names     *pattern
	delimiter byte
	quote     byte     // 0: none
	rows      []string // Rows, split
	fields    *node    // XML
	settings  string   // a hash over all that decides what a reader is handed
}

func compile(l List) (*list, error) {
	if l.Complete.How == "" {
		l.Complete.How = Quiet
	}
	if l.Delivery == "" {
		l.Delivery = Whole
	}
	otherwise := time.Minute
	if l.Complete.How == Pattern {
		otherwise = 10 * time.Minute
	}
	positive(&l.Complete.Quiet, otherwise)
	c := &list{List: l, settings: settingsOf(l)}
	var errs []error
	bad := func(setting, what string) { errs = append(errs, fmt.Errorf("%s: %s", setting, what)) }
	var err error
	if c.names, err = parsePattern(l.Glob); err != nil {
		bad("glob", err.Error())
	}
	if !slices.Contains([]string{"", UTF8, Latin1, Win1252, UTF16}, l.Encoding) {
		bad("encoding", "is none of utf-8, iso-8859-1, windows-1252, utf-16")
	}
	if err := unique(l.Columns); err != nil {
		bad("columns", err.Error())
	}
	switch l.Format {
	case CSV:
		c.dialect(bad)
	case JSON:
		if l.Rows != "" {
			c.rows = strings.Split(l.Rows, ".")
		}
	case NDJSON:
	case XML:
		c.rows = strings.Split(strings.Trim(l.Rows, "/"), "/")
		if len(c.rows) < 1 || slices.Contains(c.rows, "") {
			bad("rows", `is not a path from the root to the element that is a row, such as "Export/Kund"`)
		}
		if c.fields, err = fieldTree(l.Columns, l.Fields); err != nil {
			bad("fields", err.Error())
		}
	default:
		bad("format", "is none of csv, json, ndjson, xml")
	}
	if l.Rows != "" && l.Format != JSON && l.Format != XML {
		bad("rows", "is for json and xml only")
	}
	if len(l.Fields) > 0 && l.Format != XML {
		bad("fields", "is for xml only")
	}
	c.delivery(bad)
	return c, errors.Join(errs...)
}

// dialect checks what is said of CSV.
func (c *list) dialect(bad func(setting, what string)) {
	single := func(setting, v, otherwise, word string, means byte) byte {
		switch {
		case v == "":
			v = otherwise
		case v == word:
			return means
		}
		if len(v) != 1 || v[0] >= 0x7f || (v[0] < 0x20 && v[0] != '\t') {
			bad(setting, "is not one ASCII character, or "+word)
			return otherwise[0]
		}
		return v[0]
	}
	c.delimiter = single("delimiter", c.Delimiter, ";", "tab", '\t')
	c.quote = single("quote", c.Quote, `"`, "none", 0)
	if c.delimiter == c.quote {
		bad("delimiter", "is the quote too")
	}
	if !c.Header && len(c.Columns) == 0 {
		bad("columns", "are missing: without a header nothing else says what is where")
	}
}

func (c *list) delivery(bad func(setting, what string)) {
	switch c.Complete.How {
	case Quiet:
	case Manifest:
		if err := checkManifestName(c.Complete.Manifest, c.names); err != nil {
			bad("complete", err.Error())
		}
	case Pattern:
		if c.names != nil && !c.names.dated {
			bad("complete", "pattern needs {date} in glob")
		}
	default:
		bad("complete", "is none of quiet, manifest, pattern")
	}
	if c.Delivery != Whole && c.Delivery != Changes {
		bad("delivery", "is none of whole, changes")
	}
	if c.MaxAge < 0 {
		bad("max_age", "is less than nothing")
	}
}

func unique(names []string) error {
	seen := map[string]bool{}
	for _, n := range names {
		if strings.TrimSpace(n) == "" {
			return errors.New("one of them has no name")
		}
		if n = columnName(n); seen[n] {
			return fmt.Errorf("%q stands there twice", n)
		}
		seen[n] = true
	}
	return nil
}

// settingsOf is the same for two lists only if the same files give the same
// pages and the same order under both.
func settingsOf(l List) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q %v %q %q %q %q", // maps are printed sorted
		l.Glob, l.Format, l.Encoding, l.Delimiter, l.Quote, l.Header, l.Columns, l.Rows, l.Fields, l.Delivery))
	return hex.EncodeToString(sum[:4])
}
