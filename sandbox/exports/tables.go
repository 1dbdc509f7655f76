package exports

import (
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // times are Stockholm's also where no zone files are installed

	"brygga/sandbox/people"
)

// table is one kind of file: its name, its columns, and its rows.
type table struct {
	kind    string // how its name begins
	dated   bool   // its name ends with the date of the export
	columns []string
	rows    func(f *Folder, put func(cells ...string))
}

func (t table) fileName(on time.Time) string {
	if !t.dated {
		return t.kind + ".csv"
	}
	return t.kind + "_" + on.Format("20060102") + ".csv"
}

// tables are the files, in the order in which they are written.
var tables = []table{
	{"anteckningar", true, []string{"AnteckningsId", "Personnummer", "Datum", "Klockslag", "SkrivenAv", "Status", "Rubrik"}, notes},
	{"beslut", true, []string{"BeslutsId", "Personnummer", "Beslut", "Datum", "Handläggare"}, decisions},
	{"intyg", false, []string{"HSA-id", "Personnummer", "Intyg", "Giltigt från", "Giltigt till"}, certificates},
	{"information", true, []string{"Id", "Personnummer", "Ämne", "Mottagare", "Form", "Datum", "Enhet"}, told},
	{"uppfoljningar", true, []string{"Id", "Personnummer", "Datum", "Gjord av"}, reviews},
	{"samtycken", true, []string{"Id", "Personnummer", "Svar", "Lämnat av", "Mottagare", "Uppgifter", "Form", "Datum", "Giltigt till", "Återkallat"}, consents},
}

func tableOf(kind string) (table, bool) {
	for _, t := range tables {
		if t.kind == kind {
			return t, true
		}
	}
	return table{}, false
}

// AllKinds lists the kinds of files, as their names begin.
func AllKinds() Kinds {
	var all Kinds
	for _, t := range tables {
		all = append(all, t.kind)
	}
	return all
}

var stockholm = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		panic("exports: " + err.Error()) // the zone files are compiled in
	}
	return zone
}()

// date writes a calendar date that is given as midnight UTC.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func local(t time.Time) string { return t.In(stockholm).Format(time.DateOnly) }

func notes(f *Folder, put func(...string)) {
	f.sorted(func(r *people.Record) bool {
		for _, n := range r.Notes {
			put(n.ID, r.PersonID(), local(n.At), n.At.In(stockholm).Format("15:04"), f.staff[n.By].HSA, "Gällande", `Besök; "allt väl"`)
		}
		if r.Index%9 == 4 { // was written for the wrong client
			put(r.ID+"-x", r.PersonID(), date(f.asOf.AddDate(0, 0, -20)), "10:15", f.staff[0].HSA, "Makulerad", "Fel brukare")
		}
		return true
	})
}

// The words that are written for decisions, topics, recipients and sections.
var (
	decisionWords = map[string]string{
		"offered": "Erbjuden", "accepted": "Tackat ja", "declined": "Tackat nej", "unnecessary": "Behövs inte", "change-requested": "Önskar byte",
	}
	topicWords = map[string]string{
		"care-contact": "Fast omsorgskontakt", "right-to-change": "Rätt att byta", "contact-handover": "Överlämning", "care-home-handover": "Överlämning till boende",
	}
	certificateWords = map[string]string{
		"assistant-nurse": "Undersköterska", "assistant-nurse-transitional": "Undersköterska övergång", "care-contact-routine": "Rutin fast omsorgskontakt",
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
			put(d.ID, r.PersonID(), decisionWords[d.Kind], date(d.On), "Handläggare "+strconv.Itoa(r.Index%4+1))
		}
		return true
	})
}

// certificates are those of people whom HR employs: who left is not there.
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

func told(f *Folder, put func(...string)) {
	f.sorted(func(r *people.Record) bool {
		for _, t := range r.Told {
			unit := ""
			if t.Unit >= 0 {
				unit = f.units[t.Unit].HSA
			}
			form := "Muntligt"
			if strings.Contains(t.Medium, "WRIT") || t.Medium == "ELECTRONIC" {
				form = "Skriftligt"
			}
			put(t.ID, r.PersonID(), topicWords[t.Topic], recipients(t), form, local(t.At), unit)
		}
		return true
	})
}

func recipients(t people.Told) string {
	var to []string
	if t.Client {
		to = append(to, "Brukare")
	}
	if t.Relatives {
		to = append(to, "Närstående")
	}
	if t.Unit >= 0 {
		to = append(to, "Boende")
	}
	return strings.Join(to, ", ")
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
			answer, giver := "Ja", r.PersonID()
			if !k.Permits {
				answer = "Nej"
			}
			if k.Guardian != "" {
				giver = "God man"
			}
			put(k.ID, r.PersonID(), answer, giver, f.units[k.Home].HSA, sections(k.Without), "Skriftligt", local(k.At), date(k.To), "")
		}
		return true
	})
}

// sections lists all but those left out; all of them are no list.
func sections(without []string) string {
	if len(without) == 0 {
		return "Allt"
	}
	var left []string
	for _, s := range sectionWords {
		if !strings.Contains(strings.Join(without, " "), s[0]) {
			left = append(left, s[1])
		}
	}
	return strings.Join(left, ", ")
}
