package jobs

import (
	"cmp"
	"slices"

	"brygga/care"
)

// Continuity is the national continuity indicator (personalkontinuitet): how many
// different members of staff somebody with home care meets in 14 days. It names
// no client.
type Continuity struct {
	From care.Date `json:"from"`
	To   care.Date `json:"to"`
	// Cannot says why there are no figures; empty where there are.
	Cannot string `json:"cannot,omitempty"`
	// Reading says how the points that the definition leaves open were read.
	Reading []Reading `json:"reading"`
	// AbsencesRead is false where nothing tells who was in hospital or away: no system
	// provides it, or no rule that is on needs it. Then who was away may be counted, or
	// stands with those of too few visits.
	AbsencesRead bool `json:"absencesRead"`
	// Units are sorted by name; the smallest are put together, see fewest. Whole is
	// everybody, also clients with a protected identity, who are in no unit.
	Units []ContinuityFigures `json:"units"`
	Whole ContinuityFigures   `json:"whole"`
}

// Reading is one point of the definition, and how it was read.
type Reading struct {
	Point  string `json:"point"`  // the name of the option
	Chosen string `json:"chosen"` // its value
	Other  string `json:"other"`  // the value that it has besides
}

// ContinuityFigures are those of one unit. Mean and Median are missing where the
// population is smaller than fewest.
type ContinuityFigures struct {
	Unit string `json:"unit"`
	// Merged is how many units stand in this line because each is too small; 0: one.
	Merged     int                 `json:"merged,omitempty"`
	Clients    int                 `json:"clients"` // in home care, or unknown
	Population int                 `json:"population"`
	Mean       *float64            `json:"mean,omitempty"`
	Median     *float64            `json:"median,omitempty"`
	LeftOut    map[care.Reason]int `json:"leftOut"`

	staff []int
}

// fewest is how many clients a figure must rest on: fewer could tell who it is
// about (docs/decisions/0007).
const fewest = 5

// LeftUnknown is a client of whom something could not be read.
const LeftUnknown care.Reason = "indicator-unknown"

// LeftReasons lists why clients are left out, in the order in which they are asked.
func LeftReasons() []care.Reason {
	return []care.Reason{LeftUnknown, care.LeftAge, care.LeftAbsent, care.LeftVisits}
}

// MakeContinuity computes the indicator on a day by one reading of its definition.
func MakeContinuity(s *Stored, asOf care.Date, how care.Indicator) *Continuity {
	window := care.IndicatorDays(asOf)
	c := &Continuity{From: window.Start, To: window.End, Reading: readings(how), Units: []ContinuityFigures{}}
	c.Whole = ContinuityFigures{Unit: "all units", LeftOut: map[care.Reason]int{}}
	c.AbsencesRead = (s.Roster.Provides & s.Params.Needs()).Has(care.SetOf(care.KindClientAbsence))
	switch {
	case !s.Roster.Provides.Has(care.SetOf(care.KindVisit)):
		c.Cannot = "no system provides visits"
	case s.Roster.Incomplete.Has(care.SetOf(care.KindVisit)):
		c.Cannot = "visits were not read whole in the last run"
	case s.Roster.VisitsFrom > window.Start:
		c.Cannot = "visits were read from " + s.Roster.VisitsFrom.String() + " on: choose a later --as-of"
	case s.VisitsRead.IsZero():
		c.Cannot = "visits have not been read: no rule that is on needs them"
	case care.DateOf(s.VisitsRead) < asOf:
		day := care.DateOf(s.VisitsRead).String()
		c.Cannot = "visits were read last on " + day + ", before the last of these days was over: run brygga preview, or ask for --as-of " + day
	}
	if c.Cannot != "" {
		return c
	}
	byUnit := map[string]*ContinuityFigures{}
	scopes, days := s.Params.In(s.Units), care.NewDays(window.Start, window.End)
	var v care.View
	for _, k := range s.Clients {
		v.See(k, s.Roster, scopes.For(k, asOf).Terms(), asOf)
		if v.Contact == care.ContactNotApplicable || v.CareHome {
			continue
		}
		staff, left := v.StaffCountBy(days, how)
		if v.Unknown {
			staff, left = 0, LeftUnknown
		}
		if left == care.LeftHomeCare {
			continue
		}
		c.Whole.add(staff, left)
		if k.Protected {
			continue
		}
		name := unitName(s.Units, UnitOf(k, asOf))
		if byUnit[name] == nil {
			byUnit[name] = &ContinuityFigures{Unit: name, LeftOut: map[care.Reason]int{}}
		}
		byUnit[name].add(staff, left)
	}
	for _, u := range mergeSmall(sortedPointers(byUnit)) {
		u.conclude()
		c.Units = append(c.Units, *u)
	}
	c.Whole.conclude()
	return c
}

func readings(how care.Indicator) []Reading {
	pick := func(point string, other bool, first, second string) Reading {
		if other {
			first, second = second, first
		}
		return Reading{point, first, second}
	}
	return []Reading{
		pick("daily", how.DailyMean, "each", "mean"),
		pick("absent", how.KeepAbsent, "out", "in"),
		pick("hours", how.AnyPart, "start", "any-part"),
	}
}

func (u *ContinuityFigures) add(staff int, left care.Reason) {
	u.Clients++
	if left != "" {
		u.LeftOut[left]++
		return
	}
	u.Population++
	u.staff = append(u.staff, staff)
}

// mergeSmall puts units with a small population together. Where what comes out is
// still small, the next smallest unit joins it: the figures of a small rest could
// else be told by taking the others from the whole.
func mergeSmall(units []*ContinuityFigures) []*ContinuityFigures {
	bySize := slices.Clone(units)
	slices.SortStableFunc(bySize, func(a, b *ContinuityFigures) int { return cmp.Compare(a.Population, b.Population) })
	rest := &ContinuityFigures{Unit: "small units together", LeftOut: map[care.Reason]int{}}
	for len(bySize) > 0 {
		u := bySize[0]
		if u.Population >= fewest && (rest.Merged == 0 || rest.Population >= fewest) {
			break
		}
		rest.Merged++
		rest.Clients += u.Clients
		rest.Population += u.Population
		rest.staff = append(rest.staff, u.staff...)
		for why, n := range u.LeftOut {
			rest.LeftOut[why] += n
		}
		bySize = bySize[1:]
	}
	slices.SortStableFunc(bySize, func(a, b *ContinuityFigures) int { return cmp.Compare(a.Unit, b.Unit) })
	switch rest.Merged {
	case 0:
		return bySize
	case 1:
		rest.Unit = smallest(units, bySize) // one small unit and no other: it keeps its name, without figures
	}
	return append(bySize, rest)
}

// smallest is the name of the one unit that is in a and not in b.
func smallest(a, b []*ContinuityFigures) string {
	for _, u := range a {
		if !slices.Contains(b, u) {
			return u.Unit
		}
	}
	return ""
}

// conclude computes mean and median, where they rest on enough clients.
func (u *ContinuityFigures) conclude() {
	if u.Population < fewest {
		return
	}
	slices.Sort(u.staff)
	sum := 0
	for _, n := range u.staff {
		sum += n
	}
	mean := float64(sum) / float64(len(u.staff))
	half := len(u.staff) / 2
	median := float64(u.staff[half])
	if len(u.staff)%2 == 0 {
		median = float64(u.staff[half-1]+u.staff[half]) / 2
	}
	u.Mean, u.Median = &mean, &median
}
