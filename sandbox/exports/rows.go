package exports

import (
	"fmt"
	"slices"
	"strings"

	"brygga/sandbox/people"
)

// employment is by what the export knows a member of staff: each employment has an
// id of its own, and who has none recorded has one without dates.
func employment(i, job int) string { return fmt.Sprintf("A%05d-%d", i+1, job+1) }

// latest is the employment by which somebody signs.
func (f *Folder) latest(i int) string { return employment(i, max(len(f.staff[i].Jobs)-1, 0)) }

func unitID(i int) string { return fmt.Sprintf("E%03d", i+1) }

func units(f *Folder, put func(...string)) {
	for i, u := range f.units {
		put(unitID(i), u.Name, u.HSA, yes(u.Kind == "care-home"))
	}
}

func yes(is bool) string {
	if is {
		return "Ja"
	}
	return "Nej"
}

func employments(f *Folder, put func(...string)) {
	for i, p := range f.staff {
		if len(p.Jobs) == 0 {
			put(employment(i, 0), p.HSA, p.Title, "", "", "")
		}
		for k, j := range p.Jobs {
			put(employment(i, k), p.HSA, p.Title, unitID(j.Unit), date(j.From), date(j.To))
		}
	}
}

func notes(f *Folder, put func(...string)) {
	f.sorted(func(r *people.Record) bool {
		for _, n := range r.Notes {
			put(n.ID, r.PersonID(), clock(n.At), f.latest(n.By), "Nej")
		}
		if r.Index%9 == 4 { // was written for the wrong client
			put(r.ID+"-x", r.PersonID(), date(f.asOf.AddDate(0, 0, -20))+" 10:15", f.latest(0), "Ja")
		}
		return true
	})
}

// The words that are written for decisions, topics, certificates and sections.
var (
	decisionWords = map[string]string{
		"offered": "Erbjuden", "accepted": "Ja", "declined": "Nej", "unnecessary": "Obehövligt", "change-requested": "Byte",
	}
	topicWords = map[string]string{
		"care-contact": "Fast omsorgskontakt", "right-to-change": "Rätt att byta", "contact-handover": "Överlämning",
		"care-home-handover": "Överlämning till vårdboende",
	}
	certificateWords = map[string]string{
		"assistant-nurse": "Undersköterska", "assistant-nurse-transitional": "Övergångsbestämmelse", "care-contact-routine": "Rutin för fast omsorgskontakt",
	}
	sectionWords = [][2]string{
		{"contact", "Kontakt"},
		{"relatives", "Anhöriga"},
		{"services", "Insatser"},
		{"plan", "Genomförandeplan"},
		{"journal", "Journal"},
		{"deviations", "Avvikelser"},
		{"risks", "Risker"},
		{"sip", "SIP"},
	}
)

func decisions(f *Folder, put func(...string)) {
	f.sorted(func(r *people.Record) bool {
		for _, d := range r.Decisions {
			put(d.ID, r.PersonID(), decisionWords[d.Kind], date(d.On))
		}
		return true
	})
}

// certificates are those of people whom HR employs: who left long ago is not there.
func certificates(f *Folder, put func(...string)) {
	for _, p := range f.staff {
		if p.Left {
			continue
		}
		for _, c := range p.Certificates {
			put(p.HSA, p.Number, certificateWords[c.Code], date(c.From), date(c.To))
		}
	}
}

// told is information given. What went to a care home names no person, and the
// register has no place for an organization.
func told(f *Folder, put func(...string)) {
	f.sorted(func(r *people.Record) bool {
		for _, t := range r.Told {
			var to []string
			if t.Client {
				to = append(to, "Brukaren")
			}
			if t.Relatives {
				to = append(to, "Anhöriga")
			}
			how := "Muntligt"
			if strings.Contains(t.Medium, "WRIT") || t.Medium == "ELECTRONIC" {
				how = "Skriftligt"
			}
			put(t.ID, r.PersonID(), topicWords[t.Topic], strings.Join(to, ","), how, local(t.At))
		}
		return true
	})
}

func reviews(f *Folder, put func(...string)) {
	f.sorted(func(r *people.Record) bool {
		for _, p := range r.Plans {
			if p.Kind != "implementation" {
				continue
			}
			for _, v := range p.Reviews {
				put(v.ID, r.PersonID(), date(v.On), f.staff[v.By].HSA)
			}
		}
		return true
	})
}

// consents are those about a handover to a care home.
func consents(f *Folder, put func(...string)) {
	f.sorted(func(r *people.Record) bool {
		for _, k := range r.Consents {
			if k.Home < 0 {
				continue
			}
			answer, giver, number := "Ja", "Brukaren", ""
			if !k.Permits {
				answer = "Nej"
			}
			switch {
			case k.MayNot:
				giver = "Anhörig"
			case k.Guardian != "":
				giver, number = "Företrädare", f.guardian(r)
			}
			put(k.ID, r.PersonID(), giver, number, answer, f.units[k.Home].HSA, sections(k.Without), "Skriftligt", local(k.At), date(k.To), date(k.Withdrawn))
		}
		return true
	})
}

// guardian is the person number of the client's guardian: nobody else's.
func (f *Folder) guardian(r *people.Record) string {
	return f.number(len(f.staff) + people.MaxClients + 1 + r.Index)
}

func representatives(f *Folder, put func(...string)) {
	f.sorted(func(r *people.Record) bool {
		for _, v := range r.Relatives {
			if v.Relation == "GUARD" && !v.Inactive {
				put(v.ID, r.PersonID(), f.guardian(r), "", "")
			}
		}
		return true
	})
}

// sections lists all but those left out.
func sections(without []string) string {
	if len(without) == 0 {
		return "Allt"
	}
	var left []string
	for _, s := range sectionWords {
		if !slices.Contains(without, s[0]) {
			left = append(left, s[1])
		}
	}
	return strings.Join(left, ",")
}
