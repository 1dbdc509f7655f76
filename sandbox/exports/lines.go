package exports

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Encoding is how a file's text is written.
type Encoding uint8

// The encodings.
const (
	Windows1252 Encoding = iota
	UTF8
	UTF8WithMark // begins with a byte order mark
)

// delivered is a file that was written.
type delivered struct {
	name string
	rows int
	size int64
	sum  string
}

// lines writes rows of a file with semicolons, each ended by CR and LF. A cell is quoted
// where it needs to be. The first error is kept.
type lines struct {
	w        *bufio.Writer
	sum      hash.Hash
	encoding Encoding
	rows     int
	err      error
}

func newLines(w io.Writer, e Encoding) *lines {
	sum := sha256.New()
	l := &lines{w: bufio.NewWriter(io.MultiWriter(w, sum)), sum: sum, encoding: e}
	return l
}

// checksum is that of all rows so far, in hexadecimal.
func (l *lines) checksum() (string, error) {
	if l.err == nil {
		l.err = l.w.Flush()
	}
	return hex.EncodeToString(l.sum.Sum(nil)), l.err
}

func (l *lines) row(cells ...string) {
	if l.rows == 0 && l.encoding == UTF8WithMark {
		l.text("\ufeff")
	}
	for i, c := range cells {
		if i > 0 {
			l.text(";")
		}
		if strings.ContainsAny(c, ";\"\r\n") {
			c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
		}
		l.text(c)
	}
	l.text("\r\n")
	l.rows++
}

func (l *lines) text(s string) {
	if l.err != nil {
		return
	}
	if l.encoding != Windows1252 {
		_, l.err = l.w.WriteString(s)
		return
	}
	for _, r := range s {
		if l.err = l.w.WriteByte(windows1252(r)); l.err != nil {
			return
		}
	}
}

// windows1252 is the byte of a character, and a question mark for one that has none.
func windows1252(r rune) byte {
	switch {
	case r < 0x80 || (r >= 0xa0 && r <= 0xff):
		return byte(r)
	}
	if i, ok := upper[r]; ok {
		return i
	}
	return '?'
}

// upper is the bytes 0x80 to 0x9f that are characters.
var upper = map[rune]byte{
	'€': 0x80, '‚': 0x82, 'ƒ': 0x83, '„': 0x84, '…': 0x85, '†': 0x86, '‡': 0x87, 'ˆ': 0x88, '‰': 0x89, 'Š': 0x8a, '‹': 0x8b,
	'Œ': 0x8c, 'Ž': 0x8e, '\u2018': 0x91, '\u2019': 0x92, '\u201c': 0x93, '\u201d': 0x94, '•': 0x95, '–': 0x96, '—': 0x97,
	'˜': 0x98, '™': 0x99, 'š': 0x9a, '›': 0x9b, 'œ': 0x9c, 'ž': 0x9e, 'Ÿ': 0x9f,
}

// write writes one table as its faults say.
func (f *Folder) write(t table, on time.Time) (delivered, error) {
	faults := f.opt.Faults
	encoding, chosen := f.opt.Encodings[t.kind]
	if !chosen {
		encoding = t.encoding
	}
	if faults.WrongEncoding.has(t.kind) {
		if encoding == Windows1252 {
			encoding = UTF8
		} else {
			encoding = Windows1252
		}
	}
	d := delivered{name: t.fileName(on)}
	err := f.replace(d.name, encoding, func(w *lines) error {
		columns := t.columns
		if faults.OtherHeader.has(t.kind) {
			columns = renamed(columns)
		}
		w.row(columns...)
		if !faults.Empty.has(t.kind) {
			t.rows(f, w.row)
		}
		var err error
		d.rows = w.rows - 1
		d.sum, err = w.checksum()
		return err
	})
	if err != nil {
		return d, err
	}
	path := filepath.Join(f.opt.Dir, d.name)
	info, err := os.Stat(path)
	if err != nil {
		return d, err
	}
	d.size = info.Size()
	if faults.HalfWritten.has(t.kind) {
		return d, os.Truncate(path, d.size/2+1)
	}
	return d, nil
}

// manifest says of a file what was to be written, whatever became of it.
func (f *Folder) manifest(d delivered) error {
	return f.replace(d.name+".ok", UTF8, func(w *lines) error {
		w.text(fmt.Sprintf("{\"name\":%q,\"size\":%d,\"rows\":%d,\"sha256\":%q}\n", d.name, d.size, d.rows, d.sum))
		return nil
	})
}

// replace writes a file to a temporary name and renames it when it is whole.
func (f *Folder) replace(name string, encoding Encoding, fill func(*lines) error) (err error) {
	path := filepath.Join(f.opt.Dir, name)
	out, err := os.CreateTemp(f.opt.Dir, ".ny-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(out.Name())
		}
	}()
	w := newLines(out, encoding)
	err = errors.Join(fill(w), w.err, w.w.Flush(), out.Sync(), out.Close())
	if err != nil {
		return err
	}
	return os.Rename(out.Name(), path)
}
