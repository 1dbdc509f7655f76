package files

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// checkpoint is what was taken: of a whole list its one file, of changes the
// files so far. It holds hashes only, and is bound to the settings of the list
// under which they were taken.
type checkpoint struct {
	settings string
	whole    string // the content of the one file
	taken    []mark // oldest first
	// floor: of changes, files as old as this were taken or passed over, and are no
	// longer remembered one by one.
	floor time.Time
}

// mark is one file that was taken: by its content, and by name, size and time of
// change, so that what still lies there need not be read to be known.
type mark struct {
	content [8]byte
	state   [6]byte
}

// mostMarks is how many files are remembered one by one.
const mostMarks = 1000

func contentOf(sum []byte) (c [8]byte) {
	copy(c[:], sum)
	return c
}

func stateOf(e entry) (s [6]byte) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s", e.size, e.when.UnixNano(), e.name))
	copy(s[:], sum[:])
	return s
}

const (
	wholeMark   = "files1.w."
	changesMark = "files1.c."
)

func (c checkpoint) String() string {
	if c.whole != "" {
		return wholeMark + c.settings + "." + c.whole
	}
	floor := int64(0)
	if !c.floor.IsZero() {
		floor = c.floor.UnixNano()
	}
	raw := make([]byte, 0, 14*len(c.taken))
	for _, m := range c.taken {
		raw = append(append(raw, m.content[:]...), m.state[:]...)
	}
	return changesMark + c.settings + "." + strconv.FormatInt(floor, 36) + "." + base64.RawURLEncoding.EncodeToString(raw)
}

// parseCheckpoint gives false for one that was not given for this list as it is
// set now: everything is read then.
func parseCheckpoint(s string, l *list) (c checkpoint, ok bool) {
	rest, whole := strings.CutPrefix(s, wholeMark)
	if !whole {
		if rest, ok = strings.CutPrefix(s, changesMark); !ok {
			return c, false
		}
	}
	parts := strings.Split(rest, ".")
	if parts[0] != l.settings || whole != (l.Delivery == Whole) {
		return c, false
	}
	c.settings = parts[0]
	if whole {
		if len(parts) != 2 || len(parts[1]) != 32 {
			return c, false
		}
		c.whole = parts[1]
		return c, true
	}
	if len(parts) != 3 {
		return c, false
	}
	floor, err := strconv.ParseInt(parts[1], 36, 64)
	raw, err2 := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || err2 != nil || len(raw)%14 != 0 {
		return c, false
	}
	if floor != 0 {
		c.floor = time.Unix(0, floor).UTC()
	}
	for ; len(raw) > 0; raw = raw[14:] {
		var m mark
		copy(m.content[:], raw)
		copy(m.state[:], raw[8:])
		c.taken = append(c.taken, m)
	}
	return c, true
}

func wholeContent(sum []byte) string { return hex.EncodeToString(sum[:16]) }
