package cli

import (
	"cmp"
	"fmt"
	"strings"

	"brygga/mapping/vendor"
)

// mappingsText prints each mapping with its lists and settings.
func (a *app) mappingsText(views []mappingView) {
	for i, v := range views {
		if i > 0 {
			fmt.Fprintln(a.Out)
		}
		fmt.Fprintf(a.Out, "%s   %s\n\n", a.paint(bold, v.Name), printable(v.Doc))
		t := a.table("  ")
		t.head("LIST", "WHERE", "FACTS")
		for _, l := range v.Lists {
			t.row(l.Name, l.Where, strings.Join(l.Facts, ", "))
		}
		t.write(a.Out)
		fmt.Fprintln(a.Out)
		s := a.table("  ")
		s.head("SETTING", "DEFAULT", "MAY BE", "")
		for _, one := range v.Settings {
			s.row(one.Name, cmp.Or(one.Default, "not set"), strings.Join(one.Choices, ", "), one.Doc)
		}
		s.write(a.Out)
	}
}

// mappingTestText prints what came of the examples: one line each, and what differs.
func (a *app) mappingTestText(views []testView) {
	for i := range views {
		v := &views[i]
		switch {
		case v.Problem != "":
			fmt.Fprintf(a.Out, "%s   %s\n", a.paint(bold, printable(v.Mapping)), a.paint(red, "cannot be used"))
			for line := range strings.SplitSeq(v.Problem, "\n") {
				fmt.Fprintln(a.Out, "  "+printable(line))
			}
			continue
		case len(v.Examples) == 0:
			fmt.Fprintf(a.Out, "%s   no examples: put some beside it, in the folder that `examples:` names\n", a.paint(bold, printable(v.Mapping)))
			continue
		}
		fmt.Fprintf(a.Out, "%s   %d of %d examples as they should be\n", a.paint(bold, printable(v.Mapping)), len(v.Examples)-v.failed(), len(v.Examples))
		t := a.table("  ")
		for j := range v.Examples {
			if e := &v.Examples[j]; e.OK() {
				t.row(cell{"ok", green}, e.List, e.Says)
			}
		}
		t.write(a.Out)
		for j := range v.Examples {
			e := &v.Examples[j]
			if e.OK() {
				continue
			}
			fmt.Fprintf(a.Out, "  %s  %s  %s (%s:%d)\n", a.paint(red, "differs"), printable(e.List), printable(e.Says), printable(e.File), e.Line)
			for line := range strings.SplitSeq(strings.TrimSuffix(e.Problem, "\n"), "\n") {
				if line != "" {
					fmt.Fprintln(a.Out, "      "+printable(line))
				}
			}
			for _, d := range e.Diff {
				fmt.Fprintln(a.Out, "      "+printable(d))
			}
		}
	}
}

// explanationText prints how one record was read.
func (a *app) explanationText(e *vendor.Explanation) {
	fmt.Fprintf(a.Out, "%s   %s\n\nRead from the record:\n", a.paint(bold, printable(e.List)), printable(e.Ref))
	t := a.table("  ")
	for _, f := range e.Fields {
		t.row(f.Name, f.Text())
	}
	t.write(a.Out)
	if len(e.Other) > 0 {
		fmt.Fprintf(a.Out, "In the record, and not read: %s\n", printable(strings.Join(e.Other, ", ")))
	}
	if len(e.Absent) > 0 {
		fmt.Fprintf(a.Out, "In the shape, and not in the record: %s\n", printable(strings.Join(e.Absent, ", ")))
	}
	fmt.Fprintln(a.Out, "\nExpressions:")
	s := a.table("  ")
	for _, one := range e.Steps {
		if one.Fact != "" {
			s.row(cell{"fact " + one.Fact, bold}, "", "", one.Place)
			continue
		}
		s.row(one.Field, one.Value, one.Expression, one.Place)
	}
	s.write(a.Out)
	switch {
	case e.Reason != "":
		fmt.Fprintf(a.Out, "\n%s: %s: %s\n", a.paint(red, "Cannot be read"), printable(e.Path), printable(e.Reason))
	case len(e.Facts) == 0:
		fmt.Fprintln(a.Out, "\nNo facts: it is deleted, or is none of those that are meant.")
	default:
		fmt.Fprintln(a.Out, "\nFacts, as an example states them:")
		for line := range strings.SplitSeq(strings.TrimSuffix(e.YAML(), "\n"), "\n") {
			fmt.Fprintln(a.Out, "  "+printable(line))
		}
	}
	for _, u := range e.Unknown {
		for _, c := range u.Commonest {
			fmt.Fprintf(a.Out, "\nThe table %s (%s) does not know %q.\n", u.Table, u.Place, c.Code)
		}
	}
}

func (a *app) templatesText(views []templateView) {
	for _, v := range views {
		if v.Kept {
			fmt.Fprintf(a.Out, "%s is there already, and is left as it is\n", printable(v.File))
		} else {
			fmt.Fprintf(a.Out, "%s\n", printable(v.File))
		}
	}
}
