package jobs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"brygga/mapping/vendor"
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
	// Refused: the share is larger than the configuration allows, so nothing is written.
	Refused bool `json:"refused,omitempty"`
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
	return fmt.Sprintf("%q: other", c.Commonest[0].Code)
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

// codes counts unknown codes, table by table. What was read by change is added to
// what the runs since the last whole read saw, so that a quiet night's few rows do
// not decide.
func (j *Job) codes(ctx context.Context, rep *Report, pulled *Pulled) error {
	var before []CodeShare
	for _, s := range j.Systems {
		m, mapped := s.Mapper.(*vendor.Mapper)
		if !mapped {
			continue
		}
		if before == nil {
			runs, err := j.Reports(ctx, 10)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(runs, func(r *Report) bool { return !r.Ended.IsZero() && len(r.Codes) > 0 })
			if before = []CodeShare{}; i >= 0 {
				before = runs[i].Codes
			}
		}
		for _, c := range m.Codes() {
			rep.Codes = append(rep.Codes, share(s, c, before, pulled.wholly(s.Name)))
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
	return nil
}

func share(s *System, c vendor.CodeCount, before []CodeShare, whole bool) CodeShare {
	out := CodeShare{System: s.Name, Table: c.Table, Place: c.Place, Rows: c.Rows, Unknown: c.Unknown}
	seen := map[string]int{}
	for _, u := range c.Commonest {
		seen[u.Code] += u.Count
	}
	i := slices.IndexFunc(before, func(b CodeShare) bool { return b.System == s.Name && b.Table == c.Table && b.Place == c.Place })
	if i >= 0 && !whole {
		out.Rows, out.Unknown = out.Rows+before[i].Rows, out.Unknown+before[i].Unknown
		for _, u := range before[i].Commonest {
			seen[u.Code] += u.Count
		}
	}
	for code, n := range seen {
		out.Commonest = append(out.Commonest, CodeSeen{code, n})
	}
	slices.SortFunc(out.Commonest, func(a, b CodeSeen) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code)) })
	out.Commonest = out.Commonest[:min(mostCodes, len(out.Commonest))]
	out.Refused = out.Share() > s.unknownCodes
	return out
}

// wholly says whether everything that a system has was read anew: nothing by
// change, and no file passed over since it is still the same.
func (p *Pulled) wholly(system string) bool {
	return !slices.ContainsFunc(p.Kinds, func(k KindReport) bool { return k.System == system && (!k.Whole || k.Pages == 0) })
}

// refusesCodes says whether unknown codes keep the run from writing.
func (r *Report) refusesCodes() bool {
	return slices.ContainsFunc(r.Codes, func(c CodeShare) bool { return c.Refused })
}
