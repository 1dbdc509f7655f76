package jobs

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"brygga/mapping/vendor"
	"brygga/sandbox/mixed"
)

// codesOf gives what a report says of a table.
func codesOf(t *testing.T, rep *Report, system, table string) CodeShare {
	t.Helper()
	i := slices.IndexFunc(rep.Codes, func(c CodeShare) bool { return c.System == system && c.Table == table })
	if i < 0 {
		t.Fatalf("nothing is said of the table %s of %s: %+v", table, system, rep.Codes)
	}
	return rep.Codes[i]
}

// byCode has services read by codes that no table knows yet; codes are lines that
// were pasted into the table.
func (f *faultTown) byCode(codes ...string) {
	f.Helper()
	text := "mapping: mine\nextends: lifecare\nversion: 1\nfacts:\n  service:\n    code: code(service, Type.Code)\n"
	if len(codes) > 0 {
		text += "codes:\n  service:\n    " + strings.Join(codes, "\n    ") + "\n"
	}
	f.write("mine.yaml", text)
}

// Codes that the mapping does not know keep everything from being written, on the
// night of the whole read and on quiet nights after it, until the mapping knows them:
// then what was stored is read anew, and written.
func TestUnknownCodesAreNotWrittenUntilTheMappingKnowsThem(t *testing.T) {
	f := newFaultTown(t, mixed.Options{}, "")
	f.byCode()
	f.reconfigure("mapping: lifecare", "mapping: ./mine.yaml")
	rep := f.run(ExitPartly)
	first := codesOf(t, rep, "lifecare", "service")
	if !first.Refused || first.Unknown == 0 || first.Rows <= first.Unknown || len(first.Commonest) == 0 {
		t.Fatalf("%+v", first)
	}
	if len(f.lines()) > 0 {
		t.Errorf("%d resources were written", len(f.lines()))
	}
	p := rep.problem("lifecare", "codes")
	if p == nil || !strings.Contains(p.What, first.Line()) || !strings.Contains(p.What, "codes: service") || !strings.Contains(p.What, "nothing is written") {
		t.Errorf("%+v, and the line is %s", p, first.Line())
	}
	for i := 1; i < len(first.Commonest); i++ {
		if a, b := first.Commonest[i-1], first.Commonest[i]; a.Count < b.Count {
			t.Errorf("%s in %d rows stands before %s in %d", a.Code, a.Count, b.Code, b.Count)
		}
	}
	f.dawn()
	quiet := f.run(ExitPartly)
	if c := codesOf(t, quiet, "lifecare", "service"); !c.Refused || c.Rows < first.Rows || c.Unknown < first.Unknown {
		t.Errorf("a night of changes counts %d of %d, after %d of %d", c.Unknown, c.Rows, first.Unknown, first.Rows)
	}
	if len(f.lines()) > 0 {
		t.Errorf("%d resources were written on the second night", len(f.lines()))
	}
	var known []string
	share := codesOf(t, quiet, "lifecare", "service")
	for len(share.Commonest) > 0 && len(known) < 30 {
		for _, c := range share.Commonest {
			known = append(known, fmt.Sprintf("%q: personal-care", c.Code))
		}
		f.byCode(known...)
		f.open()
		p, err := f.job.Preview(f.ctx(), f.options())
		if err != nil {
			t.Fatal(err)
		}
		share = codesOf(t, p.Report, "lifecare", "service")
	}
	if share.Unknown != 0 || share.Refused {
		t.Fatalf("still unknown: %+v", share)
	}
	done := f.run(ExitDone)
	if len(f.lines()) == 0 {
		t.Error("nothing is written, and every code is known")
	}
	if c := codesOf(t, done, "lifecare", "service"); c.Unknown != 0 {
		t.Errorf("what was counted under another mapping counts still: %+v", c)
	}
}

// What a preview reads is counted for the run after it, which reads no more than
// what has changed since.
func TestAPreviewDoesNotHideUnknownCodesFromTheRun(t *testing.T) {
	f := newFaultTown(t, mixed.Options{}, "")
	f.byCode()
	f.reconfigure("mapping: lifecare", "mapping: ./mine.yaml")
	p, err := f.job.Preview(f.ctx(), f.options())
	if err != nil {
		t.Fatal(err)
	}
	seen := codesOf(t, p.Report, "lifecare", "service")
	rep := f.run(ExitPartly)
	if c := codesOf(t, rep, "lifecare", "service"); !c.Refused || c.Rows != seen.Rows || c.Unknown != seen.Unknown {
		t.Errorf("the run counts %d of %d, after a preview that counted %d of %d", c.Unknown, c.Rows, seen.Unknown, seen.Rows)
	}
	if len(f.lines()) > 0 {
		t.Errorf("%d resources were written", len(f.lines()))
	}
}

// A whole list that fails, or is the same as before, counts as it did.
func TestWhatIsNotReadCountsAsItDid(t *testing.T) {
	for _, c := range []struct {
		name string
		was  ListCodes
		now  [2]int // rows, and of them unknown
		k    KindReport
		want [2]int
	}{
		{"a first whole read", ListCodes{}, [2]int{10, 2}, KindReport{Complete: true, Whole: true}, [2]int{10, 2}},
		{"another whole read", ListCodes{Rows: 50, Unknown: 40}, [2]int{10, 2}, KindReport{Complete: true, Whole: true}, [2]int{10, 2}},
		{"changes are added", ListCodes{Rows: 50, Unknown: 40}, [2]int{10, 2}, KindReport{Complete: true}, [2]int{60, 42}},
		{"no changes", ListCodes{Rows: 50, Unknown: 40}, [2]int{}, KindReport{Complete: true}, [2]int{50, 40}},
		{"the same file", ListCodes{Rows: 50, Unknown: 40}, [2]int{}, KindReport{Complete: true, Whole: true, Same: true}, [2]int{50, 40}},
		{"half of a whole read", ListCodes{Rows: 50, Unknown: 40}, [2]int{10, 0}, KindReport{Whole: true}, [2]int{50, 40}},
		{"half of the first read", ListCodes{}, [2]int{10, 4}, KindReport{Whole: true}, [2]int{10, 4}},
		{"a whole read in which the table was not asked", ListCodes{Rows: 50, Unknown: 40}, [2]int{}, KindReport{Complete: true, Whole: true}, [2]int{}},
	} {
		got := c.was.with(vendor.CodeCount{Rows: c.now[0], Unknown: c.now[1]}, c.k)
		if [2]int{got.Rows, got.Unknown} != c.want {
			t.Errorf("%s: %d of %d, want %v", c.name, got.Unknown, got.Rows, c.want)
		}
	}
}

// decide makes the share of contact decisions that have a code of no table.
func (f *faultTown) decide(every int) {
	f.Helper()
	f.rewrite("kontakt", func(text string) string {
		lines := strings.SplitAfter(text, "\n")
		for i := 1; i < len(lines); i++ {
			cells := strings.Split(lines[i], ";")
			if len(cells) == 4 && i%every == 0 {
				cells[2] = "Tveksam"
			}
			lines[i] = strings.Join(cells, ";")
		}
		return strings.Join(lines, "")
	})
}

func TestTheShareOfUnknownCodesInFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("a town of several systems is made for each row")
	}
	for _, c := range []struct {
		name    string
		every   int
		more    string
		refused bool
	}{
		{"one row in four is too many", 4, "", true},
		{"one row in fifty is told, and all is written", 50, "", false},
		{"one row in four is allowed where the configuration says so", 4, "unknown_codes: 0.3", false},
		{"one row in fifty is too many where the configuration says so", 50, "unknown_codes: 0.001", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFaultTown(t, mixed.Options{}, "")
			f.run(ExitDone)
			before := f.lines()
			f.dawn()
			f.decide(c.every)
			if c.more != "" {
				f.reconfigure("mapping: procapita-example,", "mapping: procapita-example, "+c.more+",")
			}
			var shares []string
			for range 3 {
				rep := f.run(ExitPartly)
				share := codesOf(t, rep, "export", "decision")
				shares = append(shares, fmt.Sprintf("%d of %d", share.Unknown, share.Rows))
				if share.Refused != c.refused {
					t.Errorf("run %d: %+v", len(shares), share)
				}
				if share.Line() != `"Tveksam": none` {
					t.Errorf("run %d: the line to paste is %s", len(shares), share.Line())
				}
				if wrote := !slices.Equal(f.lines(), before); wrote == c.refused {
					t.Errorf("run %d: something was written is %v", len(shares), wrote)
				}
				told := strings.Join(rep.Warnings, "\n")
				if p := rep.problem("export", "codes"); p != nil {
					told = p.What
				}
				if !strings.Contains(told, "Tveksam") {
					t.Errorf("run %d: it is not told: %s", len(shares), told)
				}
			}
			if shares[0] != shares[1] || shares[1] != shares[2] {
				t.Errorf("the same file, read once and then known: %v", shares)
			}
			f.mend()
			f.run(ExitDone)
			f.same("when the file has codes that are known", control(t))
		})
	}
}
