package store

import (
	"encoding/binary"

	"brygga/care"
)

// layout is how the rows of a bulky kind lie in a client's content: a format
// byte, the length of the client's Ref as a uvarint, the Ref, and rows of a fixed
// width, all little-endian. A later layout gets a new format byte, since
// migrations cannot open what is sealed.
type layout[T any] struct {
	kind   string
	format byte
	width  int
	append func(dst []byte, row T) []byte
	read   func(b []byte) T // b is width bytes
	names  func(row T) uint32
}

var visitLayout = layout[care.Visit]{
	kind: VisitKind, format: 1, width: 28,
	append: func(dst []byte, v care.Visit) []byte {
		le := binary.LittleEndian
		dst = le.AppendUint32(dst, v.KeyHi)
		dst = le.AppendUint32(dst, v.KeyLo)
		dst = le.AppendUint32(dst, v.Start)
		dst = le.AppendUint32(dst, v.Staff[0])
		dst = le.AppendUint32(dst, v.Staff[1])
		dst = le.AppendUint32(dst, v.BasedOn)
		dst = le.AppendUint16(dst, v.Minutes)
		return le.AppendUint16(dst, uint16(v.Services))
	},
	read: func(b []byte) care.Visit {
		le := binary.LittleEndian
		return care.Visit{
			KeyHi: le.Uint32(b), KeyLo: le.Uint32(b[4:]), Start: le.Uint32(b[8:]),
			Staff:   [2]uint32{le.Uint32(b[12:]), le.Uint32(b[16:])},
			BasedOn: le.Uint32(b[20:]), Minutes: le.Uint16(b[24:]), Services: care.ServiceCode(le.Uint16(b[26:])),
		}
	},
	names: func(v care.Visit) uint32 { return max(v.Staff[0], v.Staff[1], v.BasedOn) },
}

var noteLayout = layout[care.Note]{
	kind: NoteKind, format: 2, width: 16,
	append: func(dst []byte, n care.Note) []byte {
		le := binary.LittleEndian
		dst = le.AppendUint64(dst, n.Key)
		dst = le.AppendUint32(dst, uint32(n.Date))
		return le.AppendUint32(dst, n.Author)
	},
	read: func(b []byte) care.Note {
		le := binary.LittleEndian
		return care.Note{Key: le.Uint64(b), Date: care.Date(int32(le.Uint32(b[8:]))), Author: le.Uint32(b[12:])}
	},
	names: func(n care.Note) uint32 { return n.Author },
}

// pack makes the content of a client's row.
func (l layout[T]) pack(client care.Ref, rows []T) []byte {
	b := make([]byte, 0, 1+binary.MaxVarintLen32+len(client)+l.width*len(rows))
	b = append(b, l.format)
	b = binary.AppendUvarint(b, uint64(len(client)))
	b = append(b, client...)
	for _, r := range rows {
		b = l.append(b, r)
	}
	return b
}

// unpack reads what pack made; anything else is ErrDamaged.
func (l layout[T]) unpack(b []byte) (client care.Ref, rows []T, err error) {
	if len(b) == 0 || b[0] != l.format {
		return "", nil, damaged("the " + l.kind + "s of a client have an unknown format")
	}
	size, used := binary.Uvarint(b[1:])
	if used <= 0 || size > uint64(len(b)-1-used) {
		return "", nil, damaged("the " + l.kind + "s of a client are cut short")
	}
	b = b[1+used:]
	client, b = care.Ref(b[:size]), b[size:]
	if len(b)%l.width != 0 {
		return "", nil, damaged("the " + l.kind + "s of a client are cut short")
	}
	rows = make([]T, 0, len(b)/l.width)
	for ; len(b) > 0; b = b[l.width:] {
		rows = append(rows, l.read(b))
	}
	return client, rows, nil
}
