package exports

import (
	"slices"
	"time"
	_ "time/tzdata" // times are Stockholm's also where no zone files are installed
)

// table is one kind of file: its name, how it is encoded, its columns, and its rows.
type table struct {
	kind     string // how its name begins
	dated    bool   // its name ends with the date of the export
	encoding Encoding
	columns  []string
	rows     func(f *Folder, put func(cells ...string))
}

func (t table) fileName(on time.Time) string {
	if !t.dated {
		return t.kind + ".csv"
	}
	return t.kind + "_" + on.Format("20060102") + ".csv"
}

// tables are the files, in the order in which they are written. Names and columns
// are those of the sample mappings procapita-example (the first four), hr-list, and
// register.
var tables = []table{
	{"enheter", true, Windows1252, []string{"Enhets-ID", "Enhetsnamn", "HSA-id", "Särskilt boende"}, units},
	{"personal", true, Windows1252, []string{"Anställnings-ID", "HSA-id", "Befattning", "Enhets-ID", "Anställd från", "Anställd till"}, employments},
	{"journal", true, Windows1252, []string{"Antecknings-ID", "Personnr", "Händelsedatum", "Skriven av (anställnings-ID)", "Makulerad"}, notes},
	{"kontakt", true, Windows1252, []string{"Rad-ID", "Personnr", "Beslut om kontakt", "Datum"}, decisions},
	{"intyg", false, UTF8WithMark, []string{"HSA-id", "Personnummer", "Intyg", "Från", "Till"}, certificates},
	{"information", true, UTF8, []string{"Nr", "Personnummer", "Om", "Till", "Hur", "Datum"}, told},
	{"uppfoljningar", true, UTF8, []string{"Nr", "Personnummer", "Datum", "Av (HSA-id)"}, reviews},
	{"samtycken", true, UTF8, []string{
		"Nr", "Personnummer", "Lämnat av", "Företrädares personnummer", "Svar", "Mottagare (organisationsnummer eller HSA-id)",
		"Delar", "Form", "Datum", "Gäller till", "Återkallat",
	}, consents},
	{"foretradare", true, UTF8, []string{"Nr", "Personnummer", "Företrädares personnummer", "Från", "Till"}, representatives},
}

func (f *Folder) tables() []table {
	if f.opt.Whole {
		return slices.Concat(tables, wholeTables)
	}
	return tables
}

func (f *Folder) tableOf(kind string) (table, bool) {
	for _, t := range f.tables() {
		if t.kind == kind {
			return t, true
		}
	}
	return table{}, false
}

// AllKinds lists the kinds of files, those of Whole last, as their names begin.
func AllKinds() Kinds {
	var all Kinds
	for _, t := range slices.Concat(tables, wholeTables) {
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

// local writes the date of a moment, and clock its time too.
func local(t time.Time) string { return t.In(stockholm).Format(time.DateOnly) }

func clock(t time.Time) string { return t.In(stockholm).Format("2006-01-02 15:04") }
