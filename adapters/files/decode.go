package files

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// text reads bytes in one of the encodings as UTF-8 that is certain to be valid
// and without NUL and byte order mark. What does not fit the encoding is a
// *flaw: nothing is replaced or guessed.
type text struct {
	src io.Reader
	enc string

	space []byte // of raw
	raw   []byte // read, not yet decoded
	out   []byte // decoded, not yet given; a part of raw where nothing had to be decoded
	at    int
	buf   []byte // of out, where something had to
	began bool
	big   bool // UTF-16, the high byte first
	lines int  // ends of line before what is in out
	like  int  // of an encoding of one byte: runs of bytes that are UTF-8 for something
	other int  // and those that are not
	err   error
}

// chunk is how much is decoded at a time.
const chunk = 64 << 10

// newText: an empty encoding takes UTF-16 by its mark, and lets everything else
// through as it is, for a reader that knows what to do with it.
func newText(src io.Reader, enc string) *text {
	return &text{src: src, enc: enc, space: make([]byte, chunk)}
}

func (t *text) Read(p []byte) (int, error) {
	for t.at == len(t.out) {
		if t.err != nil {
			return 0, t.err
		}
		t.fill()
	}
	n := copy(p, t.out[t.at:])
	t.at += n
	return n, nil
}

// fill decodes the next piece, or sets err.
func (t *text) fill() {
	t.lines += bytes.Count(t.out, []byte{'\n'})
	t.out, t.at = nil, 0
	kept := copy(t.space, t.raw)
	least := 1
	if !t.began {
		least = 4
	}
	n, err := io.ReadAtLeast(t.src, t.space[kept:], least)
	t.raw = t.space[:kept+n]
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !ended {
		t.err = err
		return
	}
	if !t.began {
		t.began = true
		if t.err = t.begin(); t.err != nil {
			return
		}
	}
	used := 0
	switch t.enc {
	case "":
		t.out, used = t.raw, len(t.raw)
	case UTF8:
		used = t.utf8(ended)
	case UTF16:
		used = t.utf16(ended)
	default:
		used = t.single()
	}
	t.raw = t.raw[used:]
	if ended && t.err == nil {
		t.err = io.EOF
		if t.other == 0 && t.like >= fewest {
			t.bad(nil, "all its letters outside ASCII are those of UTF-8, and it is to be read as "+t.enc, "set encoding: utf-8 of this list")
			t.err.(*flaw).line = 0
		}
	}
}

// fewest is how many runs must look like UTF-8, and none like anything else,
// before a file is taken for it: å, ä or ö before a plain letter is no UTF-8.
const fewest = 4

// begin looks for a byte order mark.
func (t *text) begin() error {
	utf16LE, utf16BE := bytes.HasPrefix(t.raw, []byte{0xff, 0xfe}), bytes.HasPrefix(t.raw, []byte{0xfe, 0xff})
	switch {
	case utf16LE || utf16BE:
		if t.enc == "" {
			t.enc = UTF16
		}
		if t.enc != UTF16 {
			return &flaw{1, "begins with the byte order mark of UTF-16, and is to be read as " + t.enc, "set encoding: utf-16 of this list"}
		}
		t.big = utf16BE
		t.raw = t.raw[2:]
	case bytes.HasPrefix(t.raw, []byte{0xef, 0xbb, 0xbf}):
		if t.enc != UTF8 && t.enc != "" {
			return &flaw{1, "begins with the byte order mark of UTF-8, and is to be read as " + t.enc, "set encoding: utf-8 of this list"}
		}
		t.raw = t.raw[3:]
	case t.enc == UTF16 && len(t.raw) > 0:
		return &flaw{1, "is to be read as UTF-16 and has no byte order mark", "have the mark written, or set the encoding of this list that the file has"}
	}
	return nil
}

// bad sets the flaw at a place in raw, given what of it was decoded.
func (t *text) bad(decoded []byte, what, do string) {
	t.err = &flaw{t.lines + 1 + bytes.Count(decoded, []byte{'\n'}), what, do}
	t.out = nil
}

const nul = "holds a NUL character: it is UTF-16 without its mark, or no text"

func (t *text) utf8(ended bool) int {
	b := t.raw
	n := len(b)
	if !utf8.Valid(b) {
		for n = 0; n < len(b); {
			r, w := utf8.DecodeRune(b[n:])
			if r == utf8.RuneError && w == 1 {
				break
			}
			n += w
		}
		if ended || utf8.FullRune(b[n:]) {
			t.bad(b[:n], "is not valid UTF-8", "set encoding of this list: windows-1252, or iso-8859-1, is what such files mostly are")
			return n
		}
	}
	if i := bytes.IndexByte(b[:n], 0); i >= 0 {
		t.bad(b[:i], nul, "set encoding of this list, and have a byte order mark written")
		return n
	}
	t.out = b[:n:n]
	return n
}

func (t *text) utf16(ended bool) int {
	b, out := t.raw, t.buf[:0]
	unit := func(i int) rune {
		if t.big {
			return rune(b[i])<<8 | rune(b[i+1])
		}
		return rune(b[i+1])<<8 | rune(b[i])
	}
	i := 0
	for ; i+1 < len(b); i += 2 {
		r := unit(i)
		if utf16.IsSurrogate(r) {
			if i+3 >= len(b) && !ended {
				break
			}
			if i+3 < len(b) {
				r = utf16.DecodeRune(r, unit(i+2))
			} else {
				r = utf8.RuneError
			}
			if r == utf8.RuneError {
				t.bad(out, "is not valid UTF-16", "have the file written again")
				return len(b)
			}
			i += 2
		}
		if r == 0 {
			t.bad(out, nul, "set encoding of this list")
			return len(b)
		}
		out = utf8.AppendRune(out, r)
	}
	if ended && i < len(b) {
		t.bad(out, "ends in the middle of a character", "have the file written again")
		return len(b)
	}
	t.buf, t.out = out, out
	return i
}

// single decodes the encodings of one byte. In both, some bytes stand for nothing
// that a text holds, and show that it is another one.
func (t *text) single() int {
	table, hint := &latin1, "set encoding: windows-1252 of this list"
	if t.enc == Win1252 {
		table, hint = &win1252, "set encoding of this list: utf-8 is what it mostly is then"
	}
	b, out := t.raw, t.buf[:0]
	for i := 0; i < len(b); {
		from := i
		for i < len(b) && b[i] < utf8.RuneSelf && b[i] != 0 {
			i++
		}
		out = append(out, b[from:i]...)
		if i == len(b) {
			break
		}
		if b[i] >= utf8.RuneSelf && (i == 0 || b[i-1] < utf8.RuneSelf) {
			t.resembles(b[i:])
		}
		r := table[b[i]]
		switch {
		case b[i] == 0:
			t.bad(out, nul, hint)
			return len(b)
		case r == 0:
			t.bad(out, "holds a byte that "+t.enc+" has no character for", hint)
			return len(b)
		}
		out = utf8.AppendRune(out, r)
		i++
	}
	t.buf, t.out = out, out
	return len(b)
}

// resembles counts whether a run of bytes outside ASCII is UTF-8. One at the end
// of what was read may be cut, and tells nothing.
func (t *text) resembles(b []byte) {
	n := 0
	for n < len(b) && b[n] >= utf8.RuneSelf {
		n++
	}
	switch {
	case n == len(b):
	case utf8.Valid(b[:n]):
		t.like++
	default:
		t.other++
	}
}

// The characters of the bytes; 0 for one that has none, or a control character
// of 80–9F, which no export holds.
var latin1, win1252 = characters(charmap.ISO8859_1), characters(charmap.Windows1252)

func characters(m *charmap.Charmap) (table [256]rune) {
	for i := range table {
		if r := m.DecodeByte(byte(i)); r != utf8.RuneError && (r < 0x80 || r > 0x9f) {
			table[i] = r
		}
	}
	return table
}
