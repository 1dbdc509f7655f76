package store

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"
)

// A backup is, in this order: a line that names the form; the header as JSON, with its
// length before it; rows, each the number of its table (from 1) and its values; the
// number 0; how many rows there were of each table; and the SHA-256 of all that. It is
// the same whether it comes from SQLite or PostgreSQL, and goes into either.
const backupForm = "brygga-backup/1\n"

// The bounds of what is read of a backup, so that a damaged one does not fill the memory.
const (
	mostTables  = 64
	mostColumns = 64
	mostHeader  = 1 << 20
	mostValue   = 512 << 20 // the quarantine of a kind is one value
)

// ErrBackup is that a file is no whole backup: nothing of it was restored.
var ErrBackup = errors.New("this is not a whole backup of brygga")

// BackupHeader says what is in a backup, before the rows.
type BackupHeader struct {
	Schema int64         `json:"schema"` // the version of the store that it was made of
	Made   time.Time     `json:"made"`
	Tables []BackupTable `json:"tables"` // those that others refer to come first
}

// BackupTable is one table and its columns, in the order of the values of its rows.
type BackupTable struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
}

// BackupInfo is what is in a backup.
type BackupInfo struct {
	Made   time.Time
	Schema int64
	Rows   int // of all tables
}

// backupWriter writes a backup to out.
type backupWriter struct {
	out    *bufio.Writer
	sum    hash.Hash
	header BackupHeader
	rows   []uint64
	buf    []byte
}

func newBackupWriter(out io.Writer, h BackupHeader) (*backupWriter, error) {
	w := &backupWriter{sum: sha256.New(), header: h, rows: make([]uint64, len(h.Tables))}
	w.out = bufio.NewWriterSize(io.MultiWriter(out, w.sum), 64<<10)
	b, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	w.buf = append(w.buf[:0], backupForm...)
	w.buf = binary.AppendUvarint(w.buf, uint64(len(b)))
	_, err = w.out.Write(append(w.buf, b...))
	return w, err
}

// The kinds of values.
const (
	nullValue byte = iota
	intValue
	textValue
	blobValue
)

// row writes one row of the table with this index.
func (w *backupWriter) row(table int, values []any) error {
	w.rows[table]++
	b := binary.AppendUvarint(w.buf[:0], uint64(table+1))
	for i, v := range values {
		switch v := v.(type) {
		case nil:
			b = append(b, nullValue)
		case int64:
			b = binary.AppendVarint(append(b, intValue), v)
		case string:
			b = append(binary.AppendUvarint(append(b, textValue), uint64(len(v))), v...)
		case []byte:
			b = append(binary.AppendUvarint(append(b, blobValue), uint64(len(v))), v...)
		default:
			return fmt.Errorf("%s.%s holds a %T, and backups know whole numbers, texts and bytes", w.header.Tables[table].Name, w.header.Tables[table].Columns[i], v)
		}
	}
	w.buf = b
	_, err := w.out.Write(b)
	return err
}

// end writes what tells that a backup is whole.
func (w *backupWriter) end(to io.Writer) (rows int, err error) {
	b := binary.AppendUvarint(w.buf[:0], 0)
	for _, n := range w.rows {
		b = binary.AppendUvarint(b, n)
		rows += int(n)
	}
	if _, err = w.out.Write(b); err == nil {
		err = w.out.Flush()
	}
	if err == nil {
		_, err = to.Write(w.sum.Sum(nil))
	}
	return rows, err
}

// readBackup reads a backup to its end and gives its header, and then every row, to
// who asks; it fails with ErrBackup where anything is not as it was written, and then
// rows may already have been given. A slice of values is used again for the next row;
// the bytes in it are not.
func readBackup(in io.Reader, begin func(BackupHeader) error, give func(table int, values []any) error) (info BackupInfo, err error) {
	r := backupReader{in: bufio.NewReaderSize(in, 64<<10), sum: sha256.New()}
	if r.header, err = r.begin(); err != nil {
		return info, err
	}
	if err := begin(r.header); err != nil {
		return info, err
	}
	counts := make([]uint64, len(r.header.Tables))
	for {
		n, err := r.number()
		if err != nil {
			return info, err
		}
		if n == 0 {
			break
		}
		if n > uint64(len(counts)) {
			return info, fmt.Errorf("%w: it has a row of no table", ErrBackup)
		}
		counts[n-1]++
		values, err := r.row(len(r.header.Tables[n-1].Columns))
		if err != nil {
			return info, err
		}
		if err := give(int(n-1), values); err != nil {
			return info, err
		}
		info.Rows++
	}
	for _, want := range counts {
		if n, err := r.number(); err != nil || n != want {
			return info, errors.Join(err, fmt.Errorf("%w: rows are missing", ErrBackup))
		}
	}
	sum := r.sum.Sum(nil)
	kept := make([]byte, len(sum))
	if _, err := io.ReadFull(r.in, kept); err != nil || !bytes.Equal(kept, sum) {
		return info, fmt.Errorf("%w: its checksum is not that of what is in it", ErrBackup)
	}
	if _, err := r.in.ReadByte(); !errors.Is(err, io.EOF) {
		return info, fmt.Errorf("%w: something follows its end", ErrBackup)
	}
	info.Made, info.Schema = r.header.Made, r.header.Schema
	return info, nil
}

// backupReader reads and sums up.
type backupReader struct {
	in     *bufio.Reader
	sum    hash.Hash
	header BackupHeader
	values []any
}

// cut explains what reading ran into. What the decryption says is kept: it tells a
// file that was cut from one that is another's.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends too early", ErrBackup)
	}
	return fmt.Errorf("%w: %w", ErrBackup, err)
}

// ReadByte is for numbers.
func (r *backupReader) ReadByte() (byte, error) {
	b, err := r.in.ReadByte()
	if err == nil {
		r.sum.Write([]byte{b})
	}
	return b, err
}

func (r *backupReader) number() (uint64, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return 0, cut(err)
	}
	return n, nil
}

// bytes reads n bytes, in pieces: what is said to be long and is not costs nothing.
func (r *backupReader) bytes(n, most uint64) ([]byte, error) {
	if n > most {
		return nil, fmt.Errorf("%w: a value in it is too long", ErrBackup)
	}
	if n <= 64<<10 {
		b := make([]byte, n)
		if _, err := io.ReadFull(r.in, b); err != nil {
			return nil, cut(err)
		}
		r.sum.Write(b)
		return b, nil
	}
	var b bytes.Buffer
	if _, err := io.CopyN(io.MultiWriter(&b, r.sum), r.in, int64(n)); err != nil {
		return nil, cut(err)
	}
	return b.Bytes(), nil
}

func (r *backupReader) begin() (h BackupHeader, err error) {
	form, err := r.bytes(uint64(len(backupForm)), mostHeader)
	if err != nil {
		return h, err
	}
	if string(form) != backupForm {
		return h, fmt.Errorf("%w, or one of a newer version", ErrBackup)
	}
	n, err := r.number()
	if err != nil {
		return h, err
	}
	b, err := r.bytes(n, mostHeader)
	if err != nil {
		return h, err
	}
	if err := json.Unmarshal(b, &h); err != nil || len(h.Tables) == 0 || len(h.Tables) > mostTables {
		return h, fmt.Errorf("%w: what it says of itself cannot be read", ErrBackup)
	}
	for _, t := range h.Tables {
		if len(t.Columns) == 0 || len(t.Columns) > mostColumns {
			return h, fmt.Errorf("%w: a table in it has no columns, or too many", ErrBackup)
		}
	}
	return h, nil
}

func (r *backupReader) row(columns int) ([]any, error) {
	r.values = r.values[:0]
	for range columns {
		kind, err := r.ReadByte()
		if err != nil {
			return nil, cut(err)
		}
		var v any
		switch kind {
		case nullValue:
		case intValue:
			n, err := binary.ReadVarint(r)
			if err != nil {
				return nil, cut(err)
			}
			v = n
		case textValue, blobValue:
			n, err := r.number()
			if err != nil {
				return nil, err
			}
			b, err := r.bytes(n, mostValue)
			if err != nil {
				return nil, err
			}
			if v = b; kind == textValue {
				v = string(b)
			}
		default:
			return nil, fmt.Errorf("%w: it holds a value of no kind", ErrBackup)
		}
		r.values = append(r.values, v)
	}
	return r.values, nil
}
