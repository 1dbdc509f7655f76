package document

import (
	"bytes"
	"html/template"
	"strings"
	"time"

	"brygga/care"
)

// The page has no script and fetches nothing: it can be opened from a file, and shows the
// same for ever. Its title names nobody, since titles stand in histories and print queues.
var pageTemplate = template.Must(template.Must(template.New("page").Parse(blocksHTML)).Parse(`<!DOCTYPE html>
<html lang="sv">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{.Title}}</title>
<style>
@page { size: A4; margin: 18mm 16mm 20mm; }
* { box-sizing: border-box; }
body { font: 11pt/1.45 Georgia, "Times New Roman", serif; color: #111; background: #fff; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3, dt, .facts th { font-family: "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 18pt; margin: 0 0 .6em; }
h2 { font-size: 14pt; margin: 1.6em 0 .4em; border-bottom: 1.5pt solid #111; break-after: avoid; }
h3 { font-size: 11.5pt; margin: 1.1em 0 .3em; break-after: avoid; }
.facts { border-collapse: collapse; width: 100%; }
.facts th { text-align: left; font-weight: 600; width: 9rem; vertical-align: top; padding: .15em .6em .15em 0; }
.facts td { padding: .15em 0; }
dl { display: grid; grid-template-columns: 10rem 1fr; gap: .1em .8em; margin: 0; }
dl dl { margin-top: .1em; border-left: 2pt solid #ccc; padding-left: .6em; grid-template-columns: 8rem 1fr; }
dt { color: #444; font-size: 9.5pt; padding-top: .12em; }
dd { margin: 0; white-space: pre-line; overflow-wrap: anywhere; min-width: 0; }
footer { margin-top: 2em; border-top: .75pt solid #999; padding-top: .5em; font-size: 9pt; color: #444; }
@media print { body { margin: 0; max-width: none; padding: 0; } }
@media (max-width: 34rem) { dl, dl dl { grid-template-columns: 1fr; } }
</style>
</head>
<body>
<header>
<h1>{{.Title}}</h1>
<table class="facts">
{{range .Facts}}<tr><th scope="row">{{.Label}}</th><td>{{.Text}}</td></tr>
{{end}}</table>
</header>
<main>
{{range .Sections}}<section>
<h2>{{.Title}}</h2>
{{if .Blocks}}{{template "blocks" .Blocks}}{{else}}<p>{{$.Nothing}}</p>{{end}}
</section>
{{end}}</main>
<footer><p>{{.Confidential}}</p><p>{{.Document}}</p></footer>
</body>
</html>
`))

type pageSection struct {
	Title  string
	Blocks []block
}

// Page writes the document down for people, in Swedish, as HTML that prints on A4: of
// exactly the same content as the Bundle of the same id and time.
func (d *Document) Page(id string, at time.Time) []byte {
	w := &swedish
	names := d.names(w, false)
	var sections []pageSection
	for _, c := range d.Sections {
		sections = append(sections, pageSection{w.section(c.Section), d.blocks(w, c.Section)})
	}
	if staff := d.mentioned(w, names); staff.Blocks != nil {
		sections = append(sections, staff)
	}
	var b bytes.Buffer
	// The template fails on nothing that a block can hold.
	_ = pageTemplate.Execute(&b, map[string]any{
		"Title": w.text("title"), "Facts": d.facts(w, names, at), "Sections": sections, "Nothing": w.text("nothing"),
		"Confidential": w.text("confidential"), "Document": w.text("document") + " " + id,
	})
	return b.Bytes()
}

// mentioned lists the staff and units that are named, with what else is told of them.
func (d *Document) mentioned(w *words, names names) pageSection {
	s := pageSection{Title: w.text("mentioned")}
	t := telling{w: w, names: names}
	for _, e := range d.support {
		if typ := text(e.out, "resourceType"); typ != "PractitionerRole" || e.out["identifier"] != nil {
			s.Blocks = append(s.Blocks, block{Title: printable(names[e.urn]), Lines: t.resource(e.out)})
		}
	}
	return s
}

// facts head the page: whom it is about, who sent it, to whom, when, on which consent.
func (d *Document) facts(w *words, names names, at time.Time) (facts []line) {
	t := telling{w: w, names: names}
	p := d.patient.out
	about := []string{}
	for _, s := range append([]string{nameOf(p)}, strings.Split(t.identifiers(p), ", ")...) {
		if s != "" {
			about = append(about, s)
		}
	}
	facts = append(facts, line{Label: w.text("about"), Text: printable(strings.Join(about, ", "))})
	for _, k := range t.inOrder(p) {
		if !untold[k] && k != "identifier" && k != "name" && k != "managingOrganization" {
			facts = append(facts, flat(t.element(k, p[k]))...)
		}
	}
	facts = append(facts, line{Label: w.text("from"), Text: printable(party(d.custodian.out, t))})
	if d.recipient.out != nil {
		facts = append(facts, line{Label: w.text("to"), Text: printable(party(d.recipient.out, t))})
	}
	facts = append(facts, line{Label: w.text("made"), Text: at.In(care.Stockholm).Format("2006-01-02 15:04")})
	consents := []string{}
	for _, b := range d.o.Consents {
		s := string(b.Consent)
		if b.Version != "" {
			s += ", " + w.text("version") + " " + b.Version
		}
		consents = append(consents, s)
	}
	if len(consents) == 0 {
		consents = append(consents, w.text("consent-none"))
	}
	return append(facts, line{Label: w.text("consent"), Text: printable(strings.Join(consents, "; "))})
}

func party(o object, t telling) string {
	return strings.TrimPrefix(strings.TrimSuffix(text(o, "name")+", "+t.identifiers(o), ", "), ", ")
}

// flat makes of lines within lines texts on one line.
func flat(lines []line) (out []line) {
	for _, l := range lines {
		parts := []string{}
		if l.Text != "" {
			parts = append(parts, l.Text)
		}
		for _, inner := range flat(l.Lines) {
			parts = append(parts, inner.Text)
		}
		out = append(out, line{Label: l.Label, Text: strings.Join(parts, ", ")})
	}
	return out
}
