package cli

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"html/template"
	"io"
	"strings"
	"time"

	"brygga/care"
)

// csv writes the one table, with decimal commas.
func (v *figures) csv(language string) ([]byte, error) { return csvOf(v.sheets(language, ",")) }

// csvOf writes tables as a Swedish Excel opens them: UTF-8 with its mark, and
// semicolons. What comes from elsewhere, such as a unit's name, cannot become a
// formula.
func csvOf(sheets []sheet) ([]byte, error) {
	b := bytes.NewBufferString("\uFEFF")
	w := csv.NewWriter(b)
	w.Comma, w.UseCRLF = ';', true
	for _, s := range sheets {
		rows := append([][]string{s.head}, s.rows...)
		if len(s.head) == 0 {
			rows = [][]string{s.notes} // why there are no figures
		}
		for _, row := range rows {
			for i, cell := range row {
				if cell != "–" && strings.HasPrefix(strings.TrimLeft(cell, " "), "–") || strings.IndexAny(cell, "=+-@\t\r") == 0 {
					row[i] = "'" + cell
				}
			}
			if err := w.Write(row); err != nil {
				return nil, err
			}
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

//go:embed report.html
var reportHTML string

var reportPage = template.Must(template.New("report").Parse(reportHTML))

// html writes a page that stands alone: no scripts, nothing from elsewhere, set
// for A4 on its side.
func (v *figures) html(w io.Writer, language string, asOf care.Date, read time.Time) error {
	type table struct {
		Title      string
		Head       []string
		Rows       [][]string
		Total      []string
		Notes      []string
		HasFigures bool
	}
	page := struct {
		Lang, Tenant, AsOf, Read, ReadWord string
		Tables                             []table
	}{language, v.Tenant, asOf.String(), clock(read), map[string]string{"sv": "Uppgifter hämtade", "en": "Facts read"}[language], nil}
	for _, s := range v.sheets(language, map[string]string{"sv": ",", "en": "."}[language]) {
		t := table{Title: s.title, Head: s.head, Notes: s.notes, HasFigures: len(s.rows) > 0}
		if n := len(s.rows); n > 0 {
			t.Rows, t.Total = s.rows[:n-1], s.rows[n-1]
		}
		page.Tables = append(page.Tables, t)
	}
	return reportPage.Execute(w, page)
}
