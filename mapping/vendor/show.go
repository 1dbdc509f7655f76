package vendor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"brygga/care"
)

// Shown is a name with what it is, as a person reads it: one value, or several.
type Shown struct {
	Name   string   `json:"name"`
	Value  string   `json:"value,omitempty"`
	Values []string `json:"values,omitempty"`
}

// Text is the value or, where there are several, all of them in brackets.
func (s Shown) Text() string {
	if s.Values != nil {
		return "[" + strings.Join(s.Values, ", ") + "]"
	}
	return s.Value
}

// ShownFact is one fact, in the words of mappings.
type ShownFact struct {
	Kind   string  `json:"fact"`
	Fields []Shown `json:"fields"`
}

// shower writes facts in the words of mappings. Persons are named by the field
// that their number stood in, so that nothing personal is shown.
type shower struct {
	x    *reading
	out  []ShownFact
	fact *ShownFact
}

func (w *shower) begin(kind care.FactKind) {
	w.out = append(w.out, ShownFact{Kind: kind.String(), Fields: []Shown{}})
	w.fact = &w.out[len(w.out)-1]
}

func (w *shower) text(name, v string) {
	if v != "" {
		w.fact.Fields = append(w.fact.Fields, Shown{Name: name, Value: v})
	}
}

func (w *shower) texts(name string, v []string) {
	if len(v) > 0 {
		w.fact.Fields = append(w.fact.Fields, Shown{Name: name, Values: v})
	}
}

func (w *shower) ref(name string, r care.Ref)    { w.text(name, w.name(r)) }
func (w *shower) day(name string, d care.Date)   { w.text(name, d.String()) }
func (w *shower) period(p care.Period)           { w.day("start", p.Start); w.day("end", p.End) }
func (w *shower) flag(name string, is bool)      { w.text(name, map[bool]string{true: "true"}[is]) }
func (w *shower) refs(name string, r []care.Ref) { w.texts(name, each(r, w.name)) }

func each[T any](all []T, name func(T) string) (out []string) {
	for _, v := range all {
		out = append(out, name(v))
	}
	return out
}

// name is how a reference is shown: LIST/KEY without the system, persons by the
// field that their number stood in.
func (w *shower) name(r care.Ref) string {
	if label, ok := w.x.trace.labels[r]; ok {
		return label
	}
	s := strings.TrimPrefix(string(r), w.x.system+":")
	for hex, label := range w.x.trace.hexes {
		s = strings.ReplaceAll(s, hex, label)
	}
	return s
}

func (w *shower) identifier(id care.Identifier) string {
	label := w.name(care.LogicalRef(id))
	if !id.Valid {
		label += " (not valid)"
	}
	return label
}

func settingName(s care.Setting) string { return [...]string{"", "home-care", "care-home"}[s] }

func serviceNames(s care.ServiceCode) (out []string) {
	for i, n := range care.ServiceNames {
		if s&(1<<i) != 0 {
			out = append(out, n)
		}
	}
	if s&care.UnknownService != 0 {
		out = append(out, "other")
	}
	return out
}

// word gives the word of a small number; of is in the order of the numbers from 1.
func word[T ~uint8](n T, of ...string) string {
	if n == 0 || int(n) > len(of) {
		return ""
	}
	return of[n-1]
}

// record writes the facts of one record.
func (w *shower) record(r *care.Record) {
	client := func(kind care.FactKind) { w.begin(kind); w.ref("client", r.Client) }
	if p := r.Person; p != nil {
		w.begin(care.KindClient)
		w.texts("person", each(p.Identifiers, w.identifier))
		w.day("born", p.Born)
		w.flag("protected", p.Protected)
		w.flag("deceased", p.Deceased)
		w.day("deceased_on", p.DeceasedOn)
		w.ref("unit", p.Unit)
		w.text("number", p.Number)
	}
	if u := r.Unit; u != nil {
		w.begin(care.KindUnit)
		w.text("name", u.Name)
		w.texts("identifiers", u.Identifiers)
		w.ref("part_of", u.PartOf)
		w.flag("care_home", u.CareHome)
	}
	w.staff(r)
	for _, p := range r.Placements {
		client(care.KindPlacement)
		w.text("setting", settingName(p.Setting))
		w.ref("unit", p.Unit)
		w.period(p.Period)
	}
	for _, s := range r.Services {
		client(care.KindService)
		w.text("code", strings.Join(serviceNames(s.Code), " "))
		w.text("setting", settingName(s.Setting))
		w.day("decided", s.Decided)
		w.period(s.Period)
		w.day("first_carried", s.FirstCarried)
		w.ref("performer", s.Performer)
	}
	for _, a := range r.Assignments {
		client(care.KindAssignment)
		w.ref("staff", a.Member)
		w.ref("unit", a.Unit)
		w.period(a.Period)
		w.flag("inactive", a.Inactive)
	}
	for _, d := range r.Decisions {
		client(care.KindDecision)
		w.text("decision", word(d.Kind, "change-requested", "declined", "unnecessary", "accepted", "offered"))
		w.day("date", d.Date)
	}
	for _, i := range r.Information {
		client(care.KindInformation)
		w.text("topic", word(i.Topic, "contact", "right-to-change", "contact-handover", "care-home-handover"))
		w.texts("to", chosen(i.ToClient, "client", i.ToRelatives, "relatives"))
		w.refs("organizations", i.Organizations)
		w.texts("medium", chosen(i.Oral, "oral", i.Written, "written"))
		w.day("date", i.Date)
	}
	for _, p := range r.Plans {
		client(care.KindPlan)
		w.text("kind", word(p.Kind, "implementation", "sip", "action"))
		w.day("created", p.Created)
		w.period(p.Period)
		w.text("active", strconv.FormatBool(p.Active))
		w.ref("author", p.Author)
		w.text("participated", [...]string{"unknown", "yes", "no"}[p.Participation])
		w.texts("follow_ups", each(p.FollowUps, care.Date.String))
	}
	for _, v := range r.Reviews {
		client(care.KindReview)
		w.ref("plan", v.Plan)
		w.day("date", v.Date)
		w.refs("by", v.By)
	}
	for _, d := range r.Deviations {
		client(care.KindDeviation)
		w.day("date", d.Date)
		w.day("remedied", d.Remedied)
	}
	for _, d := range r.Risks {
		client(care.KindRisk)
		w.day("date", d.Date)
		w.text("level", "high")
	}
	for _, a := range r.Absences {
		client(care.KindClientAbsence)
		w.period(a.Period)
	}
	for i := range r.Consents {
		client(care.KindConsent)
		w.consent(&r.Consents[i])
	}
	for _, v := range r.Relatives {
		client(care.KindRelative)
		w.refs("person", v.Also)
		w.flag("decides", v.Decides)
		w.period(v.Period)
	}
}

func chosen(a bool, an string, b bool, bn string) (out []string) {
	if a {
		out = append(out, an)
	}
	if b {
		out = append(out, bn)
	}
	return out
}

func (w *shower) staff(r *care.Record) {
	if s := r.Staff; s != nil {
		w.begin(care.KindStaff)
		w.texts("person", each(s.Identifiers, w.identifier))
		w.text("title", s.Title)
		for _, q := range s.Qualifications {
			w.begin(care.KindQualification)
			w.text("kind", word(q.Kind, "assistant-nurse", "transitional", "routine"))
			w.period(q.Period)
		}
	}
	if e := r.Role; e != nil {
		w.begin(care.KindEmployment)
		w.ref("staff", e.Person)
		w.ref("unit", e.Unit)
		w.period(e.Period)
		w.flag("left", e.Left)
		for _, a := range e.Absences {
			w.begin(care.KindStaffAbsence)
			w.period(a.Period)
		}
	}
}

func (w *shower) consent(c *care.Consent) {
	w.text("effect", c.Root.Type.String())
	w.flag("revoked", c.Status == care.ConsentWithdrawn)
	w.flag("giver_recorded", c.GiverRecorded)
	w.refs("given_by", c.Givers)
	w.refs("recipient", each2(c.Root.Actor.All, func(a care.Actor) care.Ref { return a.Ref }))
	if c.Root.Class.Carried {
		var sections []string
		for _, s := range care.Sections() {
			if c.Root.Class.Sections.Has(s) {
				sections = append(sections, s.String())
			}
		}
		if sections == nil {
			sections = []string{none}
		}
		w.texts("sections", sections)
	}
	w.day("date", c.Date.Day())
	w.day("start", c.Root.Period.Start.Day())
	w.day("end", c.Root.Period.End.Day())
}

func each2[T, R any](all []T, of func(T) R) (out []R) {
	for _, v := range all {
		out = append(out, of(v))
	}
	return out
}

// visit writes the rows of one visit as one.
func (w *shower) visit(v *care.VisitRecord) {
	if len(v.Visits) == 0 {
		return
	}
	w.begin(care.KindVisit)
	w.ref("client", v.Client)
	first := v.Visits[0]
	var staff, based []string
	for _, row := range v.Visits {
		for _, s := range row.Staff {
			if s != 0 && !slices.Contains(staff, w.name(w.x.names.Ref(s))) {
				staff = append(staff, w.name(w.x.names.Ref(s)))
			}
		}
		if b := w.x.names.Ref(row.BasedOn); b != "" && !slices.Contains(based, w.name(b)) {
			based = append(based, w.name(b))
		}
	}
	w.texts("staff", staff)
	if first.Start != 0 {
		w.text("start", time.Unix(int64(first.Start)*60, 0).In(care.Stockholm).Format("2006-01-02 15:04"))
	}
	w.text("minutes", fmt.Sprint(first.Minutes))
	w.texts("services", serviceNames(first.Services))
	w.texts("based_on", based)
}

func (w *shower) note(n *care.NoteRecord) {
	if n.Void {
		return
	}
	w.begin(care.KindNote)
	w.ref("client", n.Client)
	w.day("date", n.Note.Date)
	w.ref("author", w.x.names.Ref(n.Note.Author))
}
