package cli

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"

	"brygga/care/rules"
	"brygga/jobs"
)

// workWords are the words of worklists, in both languages. The list is for staff:
// it speaks the tenant's language wherever it is shown.
var workWords = map[string]rules.Text{
	"worklist":  {SV: "Att göra", EN: "To be done"},
	"read":      {SV: "Uppgifter hämtade", EN: "Facts read"},
	"unit":      {SV: "Enhet", EN: "Unit"},
	"client":    {SV: "Person", EN: "Client"},
	"name":      {SV: "Namn", EN: "Name"},
	"title":     {SV: "Vad", EN: "What"},
	"state":     {SV: "Läge", EN: "State"},
	"due":       {SV: "Senast", EN: "Due"},
	"owner":     {SV: "Ansvarig", EN: "Owner"},
	"text":      {SV: "Beskrivning", EN: "Description"},
	"protected": {SV: "Skyddade personuppgifter", EN: "Protected identity"},
	"protected-note": {
		SV: "För enhetschefen. Dessa personer står inte under någon enhet och namnges aldrig; sök fram dem med referensen.",
		EN: "For the unit manager. These clients stand under no unit and are never named; look them up by the reference.",
	},
	"count":        {SV: "%d att göra", EN: "%d to be done"},
	"nothing":      {SV: "Inget att göra.", EN: "Nothing is to be done."},
	"nothing-unit": {SV: "Inget är känt att göra.", EN: "Nothing is known to be done."},
	"unknown": {
		SV: "%d personer kunde inte bedömas, eftersom uppgifter om dem saknas eller inte gick att läsa. Vad som är att göra för dem står inte här.",
		EN: "%d clients could not be judged, since facts about them are missing or cannot be read. What is to be done for them is not listed.",
	},
	"names": {
		SV: "Namnen lästes %s av %s, och det är loggat. Listan ska förstöras när den är använd.",
		EN: "The names were read %s by %s, and that is logged. Destroy the list when it has been used.",
	},
	"names-lost": {SV: "För %d personer fanns inget namn att läsa.", EN: "For %d clients there was no name to read."},
}

func (v *listed) say(word string, args ...any) string {
	s := inWords(workWords[word], v.language)
	if len(args) > 0 {
		return fmt.Sprintf(s, args...)
	}
	return s
}

// head are the titles of a list's columns.
func (v *listed) head() []string {
	columns := []string{"client", "name", "title", "state", "due", "owner", "text"}
	if v.Names == nil {
		columns = slices.Delete(columns, 1, 2)
	}
	for i := range columns {
		columns[i] = v.say(columns[i])
	}
	return columns
}

func (v *listed) row(i *jobs.WorkItem) []string {
	row := []string{i.Shown(), i.Name, i.Title, v.word("state." + string(i.State)), "", v.word("owner." + string(i.Owner)), i.Text}
	if i.Due.Known() {
		row[4] = i.Due.String()
	}
	if v.Names == nil {
		row = slices.Delete(row, 1, 2)
	}
	return row
}

func (v *listed) word(key string) string { return inWords(rules.Words(key), v.language) }

// notes are what has to be said of the whole list.
func (v *listed) notes() (out []string) {
	if v.Unknown > 0 {
		out = append(out, v.say("unknown", v.Unknown))
	}
	if n := v.Names; n != nil {
		out = append(out, v.say("names", n.At, n.By))
		if lost := n.Asked - n.Found; lost > 0 {
			out = append(out, v.say("names-lost", lost))
		}
	}
	return out
}

// sheet is the list as one table, with the unit in each row. A client with a
// protected identity is a row with the reference and a count.
func (v *listed) sheet() sheet {
	s := sheet{head: append([]string{v.say("unit")}, v.head()...)}
	for _, u := range v.Units {
		for i := range u.Items {
			s.rows = append(s.rows, append([]string{unitWords(u.Name, v.language)}, v.row(&u.Items[i])...))
		}
	}
	for _, p := range v.Protected {
		row := make([]string, len(s.head))
		row[0], row[1] = v.say("protected"), string(p.Client)
		row[len(row)-2], row[len(row)-1] = v.word("owner."+string(p.Owner)), v.say("count", p.Count)
		s.rows = append(s.rows, row)
	}
	return s
}

// worklistView prints the list.
func (a *app) worklistView(v *listed) {
	fmt.Fprintf(a.Out, "%s: %s %s. %s %s.\n", v.Tenant, v.say("worklist"), v.AsOf, v.say("read"), clock(v.Read))
	for _, note := range v.notes() {
		fmt.Fprintf(a.Out, "! %s\n", wrapped("  ", note))
	}
	if v.Count()+len(v.Protected) == 0 {
		fmt.Fprintf(a.Out, "\n%s\n", v.say("nothing"))
	}
	for _, u := range v.Units {
		if len(u.Items) == 0 {
			continue
		}
		fmt.Fprintf(a.Out, "\n%s (%s)\n", a.paint(bold, printable(unitWords(u.Name, v.language))), v.say("count", len(u.Items)))
		t := a.table("  ")
		t.head(v.head()...)
		for i := range u.Items {
			row := v.row(&u.Items[i])
			cells := make([]any, len(row))
			for k := range row {
				cells[k] = row[k]
			}
			state := len(row) - 4
			cells[state] = cell{row[state], stateStyle(u.Items[i].State)}
			t.row(cells...)
		}
		t.write(a.Out)
	}
	if len(v.Protected) > 0 {
		fmt.Fprintf(a.Out, "\n%s (%d)\n  %s\n", a.paint(bold, v.say("protected")), len(v.Protected), wrapped("  ", v.say("protected-note")))
		t := a.table("  ")
		for _, p := range v.Protected {
			t.row(string(p.Client), v.say("count", p.Count))
		}
		t.write(a.Out)
	}
}

//go:embed worklist.html
var worklistHTML string

var worklistPage = template.Must(template.New("worklist").Parse(worklistHTML))

// page writes pages that stand alone, set for A4 on its side: each unit begins a new
// one, and so do the clients with a protected identity.
func (v *listed) page(w io.Writer) error {
	type section struct {
		Title, Count string
		Head         []string
		Rows         [][]string
		Notes        []string
	}
	page := struct {
		Lang, Title, Read string
		Notes             []string
		Sections          []section
	}{v.language, v.Tenant + ": " + v.say("worklist") + " " + v.AsOf.String(), v.say("read") + " " + clock(v.Read), nil, nil}
	for _, u := range v.Units {
		s := section{Title: unitWords(u.Name, v.language), Count: v.say("count", len(u.Items)), Head: v.head()}
		for i := range u.Items {
			s.Rows = append(s.Rows, v.row(&u.Items[i]))
		}
		if u.Unknown > 0 {
			s.Notes = append(s.Notes, v.say("unknown", u.Unknown))
		}
		if len(u.Items) == 0 {
			s.Notes = append(s.Notes, v.say("nothing-unit"))
		}
		if v.Names != nil {
			s.Notes = append(s.Notes, v.say("names", v.Names.At, v.Names.By))
		}
		page.Sections = append(page.Sections, s)
	}
	if len(v.Protected) > 0 {
		s := section{
			Title: v.say("protected"), Count: strconv.Itoa(len(v.Protected)), Head: []string{v.say("client"), v.say("worklist")},
			Notes: []string{v.say("protected-note")},
		}
		for _, p := range v.Protected {
			s.Rows = append(s.Rows, []string{string(p.Client), v.say("count", p.Count)})
		}
		page.Sections = append(page.Sections, s)
	}
	if len(page.Sections) == 0 {
		page.Notes = []string{v.say("nothing")}
	}
	return worklistPage.Execute(w, page)
}
