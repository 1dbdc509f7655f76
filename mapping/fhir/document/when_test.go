package document

import (
	"testing"

	"brygga/care"
)

func TestAResourceIsCoveredByTheDayItWasMade(t *testing.T) {
	on := func(s string) care.Moment { return momentOf(s) }
	march := []care.Interval{{Start: on("2026-03-01"), End: on("2026-03-31")}}
	for _, c := range []struct {
		name string
		row  string
		data []care.Interval
		want bool
	}{
		{"within", `"created":"2026-03-15"`, march, true},
		{"on the first day", `"created":"2026-03-01"`, march, true},
		{"on the last day", `"created":"2026-03-31"`, march, true},
		{"the day before", `"created":"2026-02-28"`, march, false},
		{"the day after", `"created":"2026-04-01"`, march, false},
		{"late on the last day in Stockholm", `"created":"2026-03-31T21:59:00Z"`, march, true},
		{"after midnight in Stockholm", `"created":"2026-03-31T22:00:00Z"`, march, false},
		{"a month that is all within", `"created":"2026-03"`, march, true},
		{"a year that is only partly within", `"created":"2026"`, march, false},
		{"by the beginning of its period, where nothing says when it was made", `"period":{"start":"2026-03-15"}`, march, true},
		{"when it was made goes before its period", `"created":"2026-01-15","period":{"start":"2026-03-15"}`, march, false},
		{"a day that is none is not another", `"created":"2026-02-30","period":{"start":"2026-03-15"}`, march, false},
		{"an unknown day", `"period":{"end":"2026-03-15"}`, march, false},
		{"an unknown day, where all data is permitted", `"title":"x"`, nil, true},
		{"in the second of two intervals", `"created":"2026-03-15"`, append([]care.Interval{{End: on("2025-12-31")}}, march...), true},
		{"in an open interval", `"created":"2031-03-15"`, []care.Interval{{Start: on("2026-03-01")}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, o := record(), options(care.SectionPlan)
			add(care.SectionPlan, rowOf("CarePlan", "x", `"status":"active","category":[`+concept(planSystem, "implementation")+`],`+c.row))(&r)
			o.Data = map[care.Section][]care.Interval{care.SectionPlan: c.data}
			d := composed(t, r, o)
			if got := entryOf(t, d, "CarePlan/x") != nil; got != c.want {
				t.Errorf("carried: %v, want %v (left out: %q)", got, c.want, leftOut(d, "CarePlan/x", ""))
			}
		})
	}
}

func TestMoments(t *testing.T) {
	for _, c := range []struct {
		text        string
		first, last string
	}{
		{"2026", "2026-01-01", "2026-12-31"},
		{"2026-02", "2026-02-01", "2026-02-28"},
		{"2026-02-03", "2026-02-03", "2026-02-03"},
		{"2026-06-30T23:30:00Z", "2026-07-01", "2026-07-01"},
		{"2026-06-30T23:30:00.5+02:00", "2026-06-30", "2026-06-30"},
		{"2026-06-30T23:30", "2026-06-30", "2026-06-30"},
		{"2026-02-30", "", ""},
		{"0000-01-01", "", ""},
		{"yesterday", "", ""},
		{"", "", ""},
	} {
		v := care.Interval{Start: momentOf(c.text), End: momentOf(c.text)}
		day := momentOf(c.text).Day().String()
		if day != c.first {
			t.Errorf("%q is of %q, want %q", c.text, day, c.first)
		}
		if _, last := v.Text(); v.End.Known() && last[:10] != c.last {
			t.Errorf("%q lasts to %q, want %q", c.text, last, c.last)
		}
	}
}
