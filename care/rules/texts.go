package rules

import (
	"cmp"
	"embed"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"brygga/care"
)

//go:embed texts/*.yaml
var textFiles embed.FS

// catalogues are the texts of both languages by key. They are part of the
// program: a test reads them and compares their keys.
var catalogues = sync.OnceValues(func() (sv, en map[string]string) {
	return mustTexts("sv"), mustTexts("en")
})

func mustTexts(language string) map[string]string {
	b, err := textFiles.ReadFile("texts/" + language + ".yaml")
	if err != nil {
		panic(err)
	}
	m := map[string]string{}
	if err := yaml.Unmarshal(b, &m); err != nil {
		panic(err)
	}
	return m
}

// Words gives the text of a key in both languages: "contact.missing.title",
// "why.not-yet", "fact.placement-start", "owner.contact", "state.overdue",
// "because.gap", "status.contact.vacant". A key that is not there gives empty texts.
func Words(key string) Text {
	sv, en := catalogues()
	return Text{SV: sv[key], EN: en[key]}
}

// wording is every finding's text with the record system's name in it.
type wording struct {
	system  string
	systems *care.SystemNames
	texts   []map[string]Text // by rule, by variant
}

// words gives the texts for the record systems of a municipality; none stands for no name.
func (p *Params) words(of *care.Roster) *wording {
	if w := p.cache.wording.Load(); w != nil && w.system == of.System && w.systems == of.Systems {
		return w
	}
	w := &wording{system: of.System, systems: of.Systems, texts: make([]map[string]Text, len(catalogue()))}
	sv, _ := catalogues()
	for i, r := range catalogue() {
		system := systemOf(r, of)
		name := Text{system, system}
		if system == "" {
			name = Words("system.none")
		}
		fill := func(t Text) Text {
			return Text{strings.ReplaceAll(t.SV, "{system}", name.SV), strings.ReplaceAll(t.EN, "{system}", name.EN)}
		}
		w.texts[i] = map[string]Text{"": fill(Words(r.Code + ".text"))}
		for key := range sv {
			if variant, ok := strings.CutPrefix(key, r.Code+".text."); ok {
				w.texts[i][variant] = fill(Words(key))
			}
		}
	}
	p.cache.wording.Store(w)
	return w
}

// speaksOf are the kinds of facts that a rule's sentence says are registered, or
// not, by the rule or else its family: they name the system.
var speaksOf = map[string][]care.FactKind{
	"contact":                          {care.KindAssignment},
	"contact.missing":                  {care.KindAssignment, care.KindDecision},
	"contact.offer-unanswered":         {care.KindDecision},
	"contact.change-requested":         {care.KindDecision},
	"contact.unqualified":              {care.KindQualification},
	"contact.qualification-unverified": {care.KindQualification},
	"contact.routine-not-acknowledged": {care.KindQualification},
	"contact.exempt-undocumented":      {care.KindService, care.KindDecision},
	"contact.exempt-reassess":          {care.KindService, care.KindDecision},
	"contact.vacant":                   {care.KindAssignment, care.KindEmployment, care.KindStaffAbsence},
	"contact.not-informed":             {care.KindInformation},
	"contact.relatives-not-informed":   {care.KindInformation},
	"contact.right-to-change-not-told": {care.KindInformation},
	"contact.handover-missing":         {care.KindInformation},
	"plan":                             {care.KindPlan},
	"plan.review":                      {care.KindPlan, care.KindReview},
	"plan.contact-update":              {care.KindPlan, care.KindReview},
	"plan.decision-changed":            {care.KindPlan, care.KindReview, care.KindService},
	"journal":                          {care.KindNote},
	"journal.deviation-open":           {care.KindDeviation},
	"visit":                            {care.KindVisit},
	"continuity":                       {care.KindVisit},
	"service":                          {care.KindVisit, care.KindService},
	"sip":                              {care.KindPlan, care.KindReview},
	"risk":                             {care.KindRisk, care.KindPlan},
	"transfer":                         {care.KindConsent},
	"transfer.not-sent":                {care.KindConsent, care.KindInformation},
	"handover":                         {care.KindService},
	"data":                             {care.KindClient},
	"data.unknown-start":               {care.KindPlacement, care.KindService, care.KindAssignment},
	"data.unknown-staff":               {care.KindStaff},
}

// systemOf is what a rule's sentence calls the system.
func systemOf(r *Rule, of *care.Roster) string {
	if of.Systems == nil {
		return of.System
	}
	kinds, own := speaksOf[r.Code]
	if !own {
		kinds = speaksOf[r.Family]
	}
	return cmp.Or(of.Systems.Of(kinds...), of.System)
}

// text is the sentence of a rule's finding. A variant that is not there gives the
// rule's own.
func (w *wording) text(r *Rule, variant string) Text {
	if t, ok := w.texts[r.index][variant]; ok {
		return t
	}
	return w.texts[r.index][""]
}
