package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// What a configuration may not exceed. The limits lie far above what anybody
// writes; they keep a wrong file (a database, an export) and a hostile one (deep
// nesting overflows the parser's stack) from being parsed at all.
const (
	maxSize     = 1 << 20 // bytes
	maxLines    = 20_000
	maxLine     = 4096   // bytes in one line
	maxBrackets = 10_000 // opening ones in the whole file
)

// readSource gives the text of a configuration file, or why there is none. The
// text is UTF-8 without a byte order mark, and safe to hand to the parser.
func readSource(path string) (text string, problem *Problem) {
	bad := func(what, do string) (string, *Problem) {
		return "", &Problem{File: path, What: what, Do: do}
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return bad("does not exist", "run `brygga init`, or name another file with --config")
	case errors.Is(err, os.ErrPermission):
		return bad("cannot be read", "give the user that brygga runs as the right to read it")
	case err != nil:
		return bad("cannot be opened", "name the configuration file with --config")
	case info.IsDir():
		return bad("is a folder", "name the configuration file in it with --config")
	case !info.Mode().IsRegular():
		return bad("is not a file", "name the configuration file with --config")
	case info.Size() > maxSize:
		return bad(fmt.Sprintf("is %d bytes large, and a configuration is at most 1 MiB", info.Size()), "is this the right file?")
	}
	f, err := os.Open(path)
	if err != nil {
		return bad("cannot be read", "give the user that brygga runs as the right to read it")
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return bad("cannot be read to its end", "is the disk in order?")
	}
	return cleanText(path, b)
}

// cleanText checks what the parser would not survive, or would explain badly.
func cleanText(path string, b []byte) (text string, problem *Problem) {
	b = bytes.TrimPrefix(b, []byte("\uFEFF"))
	if len(b) > maxSize {
		return "", &Problem{File: path, What: "is larger than 1 MiB", Do: "is this the right file?"}
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return "", &Problem{File: path, What: "is empty", Do: "run `brygga init`"}
	}
	brackets := 0
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		brackets += strings.Count(line, "[") + strings.Count(line, "{")
		column, what, do := badLine(line)
		switch {
		case what != "":
		case n > maxLines:
			column, what, do = 1, fmt.Sprintf("more than %d lines", maxLines), "is this the right file?"
		case brackets > maxBrackets:
			column, what, do = 1, fmt.Sprintf("more than %d brackets", maxBrackets), "is this the right file?"
		default:
			continue
		}
		return "", &Problem{File: path, Line: n, Column: column, What: what, Do: do}
	}
	return string(b), nil
}

// badLine says what is wrong with one line, and at which column; what is empty for a good one.
func badLine(line string) (column int, what, do string) {
	if len(line) > maxLine {
		return 1, fmt.Sprintf("a line longer than %d bytes", maxLine), "is this the right file?"
	}
	column = 1
	indenting := true
	for i, r := range line {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(line[i:], "\uFFFD"):
			return column, "not UTF-8", "save the file as UTF-8 in your editor"
		case r == '\t' && indenting:
			return column, "a tab in the indentation", "indent with spaces; YAML does not allow tabs"
		case r == '\r' && i < len(line)-2, r == '\u007f', r < ' ' && r != '\t' && r != '\r' && r != '\n':
			return column, "a control character", "remove it; is this the right file?"
		}
		indenting = indenting && r == ' '
		column++
	}
	return 0, "", ""
}
