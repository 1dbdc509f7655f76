package exports

import (
	"fmt"
	"strings"

	"brygga/sandbox/people"
)

// wholeTables are what a record system without an API exports besides: with them a
// municipality is read from files alone.
var wholeTables = []table{
	{"brukare", true, Windows1252, []string{"Personnr", "Tidigare personnr", "Skyddad identitet", "Avliden", "Enhets-ID", "Brukarnr", "Namn"}, clients},
	{"verkstallighet", true, Windows1252, []string{"Verkställighets-ID", "Personnr", "Vårdform", "Enhets-ID", "Från", "Till"}, placements},
	{"beslut", true, Windows1252, []string{"Besluts-ID", "Personnr", "Insats", "Beslutsdatum", "Från", "Till"}, services},
	{"besok", true, Windows1252, []string{
		"Besöks-ID", "Personnr", "Anställnings-ID", "Anställnings-ID 2", "Starttid", "Sluttid", "Utförda insatser", "Status", "Makulerad",
	}, visits},
}

var serviceWords = map[string]string{
	"personal-care": "Personlig omvårdnad", "respite": "Avlösning", "companion": "Ledsagning", "shopping": "Inköp", "cleaning": "Städ",
	"laundry": "Tvätt", "meal-delivery": "Matdistribution", "safety-alarm": "Trygghetslarm", "day-activity": "Dagverksamhet",
	"care-home": "Vård- och omsorgsboende", "": "Ledsagning till gudstjänst",
}

// clients are those of the record system: two who have one number are one there.
// Of somebody who died on a day that is not known, nothing says so.
func clients(f *Folder, put func(...string)) {
	seen := map[string]bool{}
	f.sorted(func(r *people.Record) bool {
		id := r.PersonID()
		if !seen[id] {
			put(id, "", yes(r.Label != ""), date(r.Died), unitID(r.Unit), fmt.Sprintf("B%05d", r.Index+1), r.Given+" "+r.Family)
		}
		seen[id] = true
		return true
	})
}

// placements are stays in home care and in care homes; a place that is granted and
// begins later is one.
func placements(f *Folder, put func(...string)) {
	words := map[string]string{"home-care": "Hemtjänst", "care-home": "Vård- och omsorgsboende"}
	f.sorted(func(r *people.Record) bool {
		lives := map[int]bool{}
		for _, p := range r.Placements {
			lives[p.Unit] = true
			put(p.ID, r.PersonID(), words[p.Setting], unitID(p.Unit), date(p.From), date(p.To))
		}
		for _, s := range r.Services {
			if s.Setting == "care-home" && s.Performer >= 0 && !lives[s.Performer] {
				put(s.ID+"-v", r.PersonID(), words[s.Setting], unitID(s.Performer), date(s.From), date(s.To))
			}
		}
		return true
	})
}

func services(f *Folder, put func(...string)) {
	f.sorted(func(r *people.Record) bool {
		for _, s := range r.Services {
			put(s.ID, r.PersonID(), serviceWords[s.Code], date(s.Decided), date(s.From), date(s.To))
		}
		return true
	})
}

// visits are those of the record as it first was: what happens later changes none.
func visits(f *Folder, put func(...string)) {
	f.sorted(func(r *people.Record) bool {
		f.first[r.Index].Visits(func(v people.Visit) bool {
			second, status := "", "Utförd"
			if v.With >= 0 {
				second = f.latest(v.With)
			}
			if v.Cancelled {
				status = "Inställd"
			}
			done := make([]string, len(v.Services))
			for i, code := range v.Services {
				done[i] = serviceWords[code]
			}
			put(fmt.Sprintf("%s-%d", r.ID, v.N), r.PersonID(), f.latest(v.By), second, clock(v.Start), clock(v.End), strings.Join(done, ","), status, "Nej")
			return true
		})
		return true
	})
}
