package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"brygga/mapping"
	"brygga/mapping/vendor"
	"brygga/store"
)

// CodeShare is how well one code table of a mapping knew what was read.
type CodeShare struct {
	System  string `json:"system"`
	Table   string `json:"table"`
	Place   string `json:"place"` // where it stands in the mapping: file:line
	Rows    int    `json:"rows"`
	Unknown int    `json:"unknown"` // rows with a code that the table does not know
	// Commonest are the unknown codes, the commonest first; a few of them.
	Commonest []CodeSeen `json:"commonest,omitempty"`
	// Lists are the same for each list in which the table is asked: what becomes of
	// one when the list is read whole leaves the others as they are.
	Lists []ListCodes `json:"lists,omitempty"`
	Word  string      `json:"word,omitempty"` // what a line to paste may say
	// Refused: the share is larger than the configuration allows, so nothing is written.
	Refused bool `json:"refused,omitempty"`
}

// ListCodes is how well a table knew the rows of one list.
type ListCodes struct {
	List      string     `json:"list"`
	Rows      int        `json:"rows"`
	Unknown   int        `json:"unknown"`
	Commonest []CodeSeen `json:"commonest,omitempty"`
}

// CodeSeen is an unknown code and how many rows had it.
type CodeSeen struct {
	Code  string `json:"code"`
	Count int    `json:"count"`
}

// Share is the part of the rows that had unknown codes.
func (c CodeShare) Share() float64 {
	if c.Rows == 0 {
		return 0
	}
	return float64(c.Unknown) / float64(c.Rows)
}

// Line is what may be pasted into the mapping for the commonest unknown code.
func (c CodeShare) Line() string {
	if len(c.Commonest) == 0 {
		return ""
	}
	return fmt.Sprintf("%q: %s", c.Commonest[0].Code, c.Word)
}

// Text says it in one line, with what to do.
func (c CodeShare) Text() string {
	text := c.System + ": " + c.Seen() + " of the table " + c.Table
	if do := c.Do(); do != "" {
		text += "; " + do
	}
	return text
}

// Seen is what was seen of the table.
func (c CodeShare) Seen() string {
	return fmt.Sprintf("%d of %d rows (%.1f %%) have unknown codes", c.Unknown, c.Rows, 100*c.Share())
}

// Do is what to do about the commonest unknown code; empty where there is none.
func (c CodeShare) Do() string {
	if len(c.Commonest) == 0 {
		return ""
	}
	return fmt.Sprintf("the commonest stands in %d rows: add it to %s, with what it means: %s", c.Commonest[0].Count, c.place(), c.Line())
}

// place is where a line goes: a built-in mapping is extended by one of the
// municipality's own.
func (c CodeShare) place() string {
	if rest, builtin := strings.CutPrefix(c.Place, "builtin/"); builtin {
		name, _, _ := strings.Cut(rest, "/")
		return "codes: " + c.Table + ": of a mapping of your own that begins with extends: " + name
	}
	return "codes: " + c.Table + ": (" + c.Place + ")"
}

// mostCodes is how many unknown codes of a table a report keeps.
const mostCodes = 10

// codes tells how well each table knew what is stored, and refuses to write where
// too little of it was known.
func (j *Job) codes(rep *Report, pulled *Pulled) {
	for _, s := range j.Systems {
		if m, mapped := s.Mapper.(*vendor.Mapper); mapped {
			rep.Codes = append(rep.Codes, shares(s, m, pulled.Kinds)...)
		}
	}
	for i := range rep.Codes {
		c := &rep.Codes[i]
		switch {
		case c.Refused:
			rep.Problems = append(rep.Problems, Problem{System: c.System, Kind: "codes", What: c.Text() + "; nothing is written while it is so"})
			rep.Exit = Worse(rep.Exit, ExitPartly)
		case c.Unknown > 0:
			rep.Warnings = append(rep.Warnings, c.Text())
		}
	}
}

// shares are those of one system's tables, in the order of its mapping.
func shares(s *System, m *vendor.Mapper, kinds []KindReport) (out []CodeShare) {
	for _, c := range m.Codes() {
		one := CodeShare{System: s.Name, Table: c.Table, Place: c.Place, Word: c.Word}
		for _, k := range kinds {
			if l := k.codes[c.Table]; k.System == s.Name && l.Rows > 0 {
				one.add(l)
			}
		}
		one.Refused = one.Share() > s.unknownCodes
		out = append(out, one)
	}
	return out
}

// Codes tells how well each table knew what is stored now, whoever read it: a run or
// a preview. What was read under another mapping is not part of it.
func (j *Job) Codes(ctx context.Context) (out []CodeShare, err error) {
	points, err := j.Store.Checkpoints(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range j.Systems {
		m, mapped := s.Mapper.(*vendor.Mapper)
		if !mapped {
			continue
		}
		p := &puller{sys: s}
		var kinds []KindReport
		for _, c := range points {
			if c.System == s.Name {
				kinds = append(kinds, KindReport{System: s.Name, Kind: c.Kind, codes: readCodes(p.believed(c.Checkpoint).Codes)})
			}
		}
		out = append(out, shares(s, m, kinds)...)
	}
	return out, nil
}

// tableCodes is how well each table, by its name, knew what is stored of one kind. It
// is kept with the checkpoint: whoever reads what has changed since then, be it a
// preview or a run, goes on counting from there.
type tableCodes map[string]ListCodes

// text is how it is kept; empty where no table was asked.
func (t tableCodes) text() string {
	if len(t) == 0 {
		return ""
	}
	b, err := json.Marshal(t)
	if err != nil {
		return "" // texts and numbers are always JSON
	}
	return string(b)
}

// readCodes reads what text gave; what is none tells of no table.
func readCodes(text string) (t tableCodes) {
	if text == "" || json.Unmarshal([]byte(text), &t) != nil {
		return nil
	}
	return t
}

// counted is how the tables stand after a pull of a kind: of a whole read as it was
// now, of changes added to what is stored, so that a quiet night's few rows do not
// decide. What was not read to its end counts as it is stored.
func (p *puller) counted(k mapping.Kind, old store.Checkpoint, rep KindReport) tableCodes {
	m, mapped := p.sys.Mapper.(*vendor.Mapper)
	if !mapped {
		return nil
	}
	was, out := readCodes(old.Codes), tableCodes{}
	for _, c := range m.CodesOf(k.Type) {
		l := was[c.Table]
		l.List = k.Name
		if l = l.with(c, rep); l.Rows > 0 {
			out[c.Table] = l
		}
	}
	return out
}

// with is how the rows of a list stand after it was read once more.
func (l ListCodes) with(c vendor.CodeCount, k KindReport) ListCodes {
	now := ListCodes{List: l.List, Rows: c.Rows, Unknown: c.Unknown}
	for _, u := range c.Commonest {
		now.Commonest = append(now.Commonest, CodeSeen{u.Code, u.Count})
	}
	switch {
	case l.Rows == 0, k.Complete && k.Whole && !k.Same:
	case !k.Complete || k.Same:
		return l
	default:
		now.Rows, now.Unknown, now.Commonest = now.Rows+l.Rows, now.Unknown+l.Unknown, together(now.Commonest, l.Commonest)
	}
	now.Commonest = now.Commonest[:min(mostCodes, len(now.Commonest))]
	return now
}

func (c *CodeShare) add(l ListCodes) {
	c.Lists = append(c.Lists, l)
	c.Rows, c.Unknown = c.Rows+l.Rows, c.Unknown+l.Unknown
	c.Commonest = together(c.Commonest, l.Commonest)
	c.Commonest = c.Commonest[:min(mostCodes, len(c.Commonest))]
}

// together adds up how often codes were seen, the commonest first.
func together(a, b []CodeSeen) (out []CodeSeen) {
	seen := map[string]int{}
	for _, c := range slices.Concat(a, b) {
		seen[c.Code] += c.Count
	}
	for code, n := range seen {
		out = append(out, CodeSeen{code, n})
	}
	slices.SortFunc(out, func(a, b CodeSeen) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code)) })
	return out
}

// refusesCodes says whether unknown codes keep the run from writing.
func (r *Report) refusesCodes() bool {
	return slices.ContainsFunc(r.Codes, func(c CodeShare) bool { return c.Refused })
}
