package rules

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"brygga/care"
)

// Params are the parameters in force: which rules are on, and their figures.
// They are immutable, and safe for use by several goroutines.
type Params struct {
	pack   string
	values map[string]string
	from   map[string]string
	rules  []ruleParams
	terms  care.Terms
	trace  bool

	mediaBoth   bool
	shareVisits int
	share       float64
	shareDays   int
	staff       int

	on    []*Rule
	cache *cache
}

// ruleParams are the parameters of one rule, as numbers.
type ruleParams struct {
	enabled        bool
	days, months   int
	warn, escalate int
	write          Write
	shown          []Value
}

func (r *ruleParams) span() care.Span { return care.Span{Months: r.months, Days: r.days} }

// cache keeps what does not depend on a client, for the date and the system that
// were judged last. It never changes an answer.
type cache struct {
	days    atomic.Pointer[dayCache]
	wording atomic.Pointer[wording]
}

type dayCache struct {
	asOf care.Date
	days *care.Days
}

// days gives the calendar of the weeks for which visits are looked at.
func (p *Params) days(asOf care.Date) *care.Days {
	if c := p.cache.days.Load(); c != nil && c.asOf == asOf {
		return c.days
	}
	c := &dayCache{asOf, care.NewDays(asOf-visitDays-1, asOf)}
	p.cache.days.Store(c)
	return c.days
}

// NewParams gives the parameters of a pack with some of them set otherwise:
// {"plan.review.months": "3"}. Every fault is told, sorted by name: an unknown
// name with the nearest known one, an impossible value with what is possible.
func NewParams(pack string, set map[string]string) (*Params, error) {
	chosen, err := findPack(pack)
	if err != nil {
		return nil, err
	}
	return chosen.params(set)
}

// params gives the parameters of a pack with some of them set otherwise.
func (chosen pack) params(set map[string]string) (*Params, error) {
	p := &Params{pack: chosen.name, values: map[string]string{}, from: map[string]string{}, cache: &cache{}}
	for name, s := range specs() {
		p.values[name], p.from[name] = s.Default, "default"
	}
	for code, on := range chosen.on {
		p.values[code+".enabled"], p.from[code+".enabled"] = strconv.FormatBool(on), "pack"
	}
	for name, value := range chosen.set {
		p.values[name], p.from[name] = value, "pack"
	}
	return p.with(set)
}

// With gives the same parameters with some of them set otherwise: what a unit or
// a provider has of its own.
func (p *Params) With(set map[string]string) (*Params, error) {
	q := *p
	q.values, q.from, q.cache = maps.Clone(p.values), maps.Clone(p.from), &cache{}
	return q.with(set)
}

func (p *Params) with(set map[string]string) (*Params, error) {
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if err := CheckParam(name, set[name]); err != nil {
			faults = append(faults, err)
			continue
		}
		p.values[name], p.from[name] = set[name], "set"
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	p.compile()
	return p, nil
}

// WithTrace gives the same parameters with traces on.
func (p *Params) WithTrace() *Params {
	q := *p
	q.trace = true
	return &q
}

// CheckParam says what is wrong with one setting; nil where nothing is.
func CheckParam(name, value string) error {
	s, ok := specs()[name]
	if !ok {
		if near := nearest(name, slices.Sorted(maps.Keys(specs()))); near != "" {
			return fmt.Errorf("there is no parameter %q; did you mean %s?", name, near)
		}
		return fmt.Errorf("there is no parameter %q; brygga rules lists them", name)
	}
	_, err := s.parse(value)
	return err
}

// specs are all parameters by name.
var specs = sync.OnceValue(func() map[string]*ParamSpec {
	all := map[string]*ParamSpec{}
	add := func(list []ParamSpec) {
		for i := range list {
			all[list[i].Name] = &list[i]
		}
	}
	add(general())
	for _, r := range catalogue() {
		add(r.Params)
	}
	return all
})

// compile turns the values, which are known to be right, into numbers.
func (p *Params) compile() {
	get := func(name string) (v parsed) {
		if s, ok := specs()[name]; ok {
			v, _ = s.parse(p.values[name])
		}
		return v
	}
	p.rules, p.on = make([]ruleParams, len(catalogue())), nil
	for i, r := range catalogue() {
		rp := ruleParams{
			enabled: get(r.Code + ".enabled").yes, days: get(r.Code + ".days").number,
			months: get(r.Code + ".months").number, warn: get(r.Code + ".warn").number,
			escalate: get(r.Code + ".escalate_after").number, write: r.Writes,
		}
		if r.Family == "continuity" {
			rp.days = 0 // the length of a window, not a deadline
		}
		if w := p.values[r.Code+".write"]; w != "" {
			rp.write = Write(w)
		}
		for _, s := range r.Params {
			rp.shown = append(rp.shown, Value{s.Name, p.values[s.Name]})
		}
		p.rules[i] = rp
		if rp.enabled {
			p.on = append(p.on, r)
		}
	}
	clock := func(code string) care.PlanClock {
		rp := &p.rules[ByCode(code).index]
		return care.PlanClock{Span: rp.span(), Warn: rp.warn}
	}
	p.terms = care.Terms{
		AbsenceDays:  get("contact.absence_days").number,
		ServiceOnly:  get("contact.service_only").services,
		CareHomeFrom: get("contact.care_home_from").date,
		PlanMissing:  clock("plan.missing"), PlanReview: clock("plan.review"),
	}
	p.terms.PlanMissing.FromDecision = p.values["plan.missing.clock"] == "decision"
	p.mediaBoth = p.values["contact.not-informed.media"] == "both"
	p.shareVisits = get("continuity.contact-share.visits").number
	p.share = get("continuity.contact-share.share").share
	p.shareDays = get("continuity.contact-share.days").number
	p.staff = get("continuity.staff-count.staff").number
}

// asked are the rules that Judge goes through: with traces on also those that are off.
func (p *Params) asked() []*Rule {
	if p.trace {
		return catalogue()
	}
	return p.on
}

// Pack is the name of the pack.
func (p *Params) Pack() string { return p.pack }

// Terms are the parameters that the statuses depend on.
func (p *Params) Terms() care.Terms { return p.terms }

// Enabled says whether a rule is on.
func (p *Params) Enabled(code string) bool { return p.value(code+".enabled") == "true" }

// EscalateAfter is after how many days overdue a finding goes up to the next
// owner; 0 days for a rule without a deadline, which never does.
func (p *Params) EscalateAfter(code string) int {
	if r := ByCode(code); r != nil {
		return p.rules[r.index].escalate
	}
	return 0
}

// WritesOf is what a rule's findings become, unless a finding says otherwise.
func (p *Params) WritesOf(code string) Write {
	if r := ByCode(code); r != nil {
		return p.rules[r.index].write
	}
	return WriteReport
}

func (p *Params) value(name string) string { return p.values[name] }

// Needs are the facts that some enabled rule, or one of the two statuses, needs:
// what is pulled, and what can make a client unknown. Units are not among them:
// no rule reads them.
func (p *Params) Needs() care.FactSet {
	needs := ofStatus | ofPlan
	for _, r := range p.on {
		needs |= r.Needs
	}
	return needs
}

// Setting is one parameter in force.
type Setting struct {
	ParamSpec
	Value string
	From  string // "default", "pack" or "set"
}

// List gives the parameters in force: those of the statuses first, then rule by
// rule in the order of the catalogue.
func (p *Params) List() []Setting {
	var all []Setting
	add := func(specs []ParamSpec) {
		for _, s := range specs {
			all = append(all, Setting{s, p.values[s.Name], p.from[s.Name]})
		}
	}
	add(general())
	for _, r := range catalogue() {
		add(r.Params)
	}
	return all
}
