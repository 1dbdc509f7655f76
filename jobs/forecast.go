package jobs

import (
	"cmp"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"brygga/care"
	"brygga/care/rules"
)

// Forecast is what falls due in the coming days if nothing is done: the stored
// facts judged on each of these days. It names no client.
type Forecast struct {
	AsOf    care.Date `json:"asOf"` // the first day
	To      care.Date `json:"to"`   // the last day, included
	Read    time.Time `json:"read"` // when the oldest of the facts were read
	Clients int       `json:"clients"`
	// Unknown clients cannot be forecast.
	Unknown int `json:"unknown"`
	// Overdue and Open stand on the first day already, and are on no day below.
	Overdue int `json:"overdue"`
	Open    int `json:"open"`
	// Questions are services of which only the source can say whether they were
	// ever carried out; they fall due only where it says no.
	Questions int `json:"questions"`
	// LeftOut are rules that are on and are not forecast, since they judge visits
	// that have been made, and those of the coming days have not.
	LeftOut []string `json:"leftOut,omitempty"`
	// Days are all days from AsOf to To, with every client; Lines the same per unit
	// and owner, without clients with a protected identity, sorted.
	Days  []ForecastDay  `json:"days"`
	Lines []ForecastLine `json:"lines"`
	// Units are all units that have clients (protected ones aside), by reference.
	Units []ForecastUnit `json:"units"`
}

// ForecastDay is one day in the whole municipality.
type ForecastDay struct {
	Date  care.Date      `json:"date"`
	Count int            `json:"count"`
	Rules map[string]int `json:"rules,omitempty"`
}

// ForecastLine is what falls due on one day by one rule for one owner in one unit.
type ForecastLine struct {
	Date  care.Date  `json:"date"`
	Unit  care.Ref   `json:"unit,omitempty"`
	Name  string     `json:"name"` // of the unit
	Owner rules.Role `json:"owner"`
	Staff care.Ref   `json:"staff,omitempty"` // the contact who must act, where known
	Rule  string     `json:"rule"`
	// Opens: the rule has no deadline, and the shortcoming begins on this day.
	Opens bool `json:"opens,omitempty"`
	Count int  `json:"count"`
}

// ForecastUnit is one unit.
type ForecastUnit struct {
	Ref  care.Ref `json:"unit,omitempty"`
	Name string   `json:"name"`
}

// LongestForecast is how many days can be forecast: farther off, what is not yet
// decided outweighs what is.
const LongestForecast = 366

// MakeForecast judges the snapshot on each day from asOf to days later. It is
// pure; it takes a few microseconds per client and day.
func MakeForecast(s *Stored, asOf care.Date, days int) (*Forecast, error) {
	f := &Forecast{AsOf: asOf, To: asOf.AddDays(days), Read: s.Read, LeftOut: visitRules(s.Params)}
	off := map[string]string{}
	for _, code := range f.LeftOut {
		off[code+".enabled"] = "false"
	}
	params, err := s.Params.With(off)
	if err != nil {
		return nil, err
	}
	for d := asOf; d <= f.To; d++ {
		f.Days = append(f.Days, ForecastDay{Date: d, Rules: map[string]int{}})
	}
	scopes := params.In(s.Units)
	parts := make([]forecaster, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for w := range parts {
		wg.Go(func() {
			p := &parts[w]
			*p = forecaster{f: f, s: s, scopes: scopes, lines: map[ForecastLine]int{}, units: map[care.Ref]bool{}, days: make([]map[string]int, len(f.Days)), counted: map[[2]string]bool{}}
			for i := w; i < len(s.Clients); i += len(parts) {
				p.client(s.Clients[i])
			}
		})
	}
	wg.Wait()
	f.gather(parts, s.Units)
	return f, nil
}

// visitRules are the rules that are on for anybody and judge visits of the past
// days: in days to come there are none yet.
func visitRules(params ParamSet) []string {
	var codes []string
	for _, r := range rules.Catalogue() {
		if (r.Family == "visit" || r.Family == "continuity") && params.Enabled(r.Code) {
			codes = append(codes, r.Code)
		}
	}
	return codes
}

// forecaster is one worker's share of a forecast.
type forecaster struct {
	f      *Forecast
	s      *Stored
	scopes *Scopes

	inCare, unknown, overdue, open, questions int

	days    []map[string]int
	lines   map[ForecastLine]int // Count is 0 in the keys
	units   map[care.Ref]bool
	counted map[[2]string]bool // rule and anchor, of one client
}

// client judges one client day after day. What stands on the first day, overdue
// or open, is counted apart; what falls due is counted on its day, if it is still
// so then; what begins later is counted on the day on which it begins.
func (p *forecaster) client(c *care.Client) {
	clear(p.counted)
	asked := map[care.Ref]bool{}
	for d := p.f.AsOf; d <= p.f.To; d++ {
		j := rules.Judge(c, p.s.Roster, p.scopes.For(c, d), d)
		if d == p.f.AsOf && !p.begin(c, &j) {
			return
		}
		for _, q := range j.Questions {
			asked[q.Service] = true
		}
		for i := range j.Findings {
			f := &j.Findings[i]
			key := [2]string{f.Rule, f.Anchor}
			if p.counted[key] || f.Due > d {
				continue
			}
			p.counted[key] = true
			switch {
			case f.Due == d || d > p.f.AsOf:
				p.count(c, f, d)
			case f.Due.Known():
				p.overdue++
			default:
				p.open++
			}
		}
	}
	p.questions += len(asked)
}

// begin counts a client, and says whether it can be forecast.
func (p *forecaster) begin(c *care.Client, j *rules.Judgement) bool {
	if j.Contact.Status != care.ContactNotApplicable {
		p.inCare++
		if !c.Protected {
			p.units[UnitOf(c, p.f.AsOf)] = true
		}
	}
	if len(c.Gaps) > 0 {
		p.unknown++
		return false
	}
	return true
}

func (p *forecaster) count(c *care.Client, f *rules.Finding, d care.Date) {
	day := &p.days[d-p.f.AsOf]
	if *day == nil {
		*day = map[string]int{}
	}
	(*day)[f.Rule]++
	if c.Protected {
		return // counted in the whole only
	}
	l := ForecastLine{Date: d, Unit: UnitOf(c, d), Owner: f.Owner, Rule: f.Rule, Opens: !f.Due.Known()}
	if l.Owner == rules.Contact {
		// As when it is written: a contact who is away passes it on.
		if l.Staff = f.Staff; f.StaffAbsent || !isRead(p.s.Roster, f.Staff) {
			l.Owner, l.Staff = rules.Coordinator, ""
		}
	}
	p.units[l.Unit] = true
	p.lines[l]++
}

// gather adds the workers' shares up.
func (f *Forecast) gather(parts []forecaster, units *Units) {
	lines, known := map[ForecastLine]int{}, map[care.Ref]bool{}
	for i := range parts {
		p := &parts[i]
		f.Clients += p.inCare
		f.Unknown += p.unknown
		f.Overdue += p.overdue
		f.Open += p.open
		f.Questions += p.questions
		for d, byRule := range p.days {
			for rule, n := range byRule {
				f.Days[d].Rules[rule] += n
				f.Days[d].Count += n
			}
		}
		for l, n := range p.lines {
			lines[l] += n
		}
		maps.Copy(known, p.units)
	}
	f.Lines, f.Units = []ForecastLine{}, []ForecastUnit{}
	for l, n := range lines {
		l.Name, l.Count = unitName(units, l.Unit), n
		f.Lines = append(f.Lines, l)
	}
	slices.SortFunc(f.Lines, func(a, b ForecastLine) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Unit, b.Unit),
			cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Staff, b.Staff), cmp.Compare(a.Rule, b.Rule))
	})
	for ref := range known {
		f.Units = append(f.Units, ForecastUnit{ref, unitName(units, ref)})
	}
	slices.SortFunc(f.Units, func(a, b ForecastUnit) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Ref, b.Ref))
	})
}

// unitName is what views call a unit.
func unitName(units *Units, ref care.Ref) string { return cmp.Or(units.Label(ref), "no unit") }
