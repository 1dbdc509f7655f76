package document

import (
	"bytes"
	"html/template"
	"strings"

	"brygga/care"
)

// block is one resource as people read it.
type block struct {
	Title string
	Lines []line
}

// line is a label and a text, lines of their own, or both.
type line struct {
	Label string
	Text  string
	Lines []line
}

// The narrative is a list of definitions: XHTML as FHIR allows it, and well formed in HTML too.
const blocksHTML = `{{define "lines"}}<dl>{{range .}}<dt>{{.Label}}</dt><dd>{{with .Text}}{{.}}{{end}}{{with .Lines}}{{template "lines" .}}{{end}}</dd>{{end}}</dl>{{end}}` +
	`{{define "blocks"}}{{range .}}<h3>{{.Title}}</h3>{{with .Lines}}{{template "lines" .}}{{end}}{{end}}{{end}}`

var narrativeTemplate = template.Must(template.Must(template.New("narrative").Parse(blocksHTML)).Parse(
	`<div xmlns="http://www.w3.org/1999/xhtml">{{if .Blocks}}{{template "blocks" .Blocks}}{{else}}<p>{{.Nothing}}</p>{{end}}</div>`))

// narrative is the text of a section: all that its entries hold, for people.
func narrative(w *words, blocks []block) string {
	var b bytes.Buffer
	// The template fails on nothing that a block can hold.
	_ = narrativeTemplate.Execute(&b, struct {
		Blocks  []block
		Nothing string
	}{blocks, w.text("nothing")})
	return b.String()
}

// blocks tells the entries of a section.
func (d *Document) blocks(w *words, s care.Section) (blocks []block) {
	names := d.names(w, s == care.SectionContact)
	for _, r := range d.of(s) {
		t := telling{w: w, names: names, inside: insideOf(r.out)}
		blocks = append(blocks, block{Title: printable(names[r.urn]), Lines: t.resource(r.out)})
	}
	return blocks
}

// printable takes out what XML 1.0 cannot hold.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\t' || c == '\n' || c == '\r':
			return c
		case c < 0x20 || c >= 0xFFFE && c <= 0xFFFF:
			return -1
		}
		return c
	}, s)
}

// names are what entries are called for people, by their address.
type names map[string]string

// names tells what each entry is called: staff and units by name, resources by what
// they are and when they were made. phones says whether units are told with their
// telephone, as in the section of the contact, and nowhere else.
func (d *Document) names(w *words, phones bool) names {
	n := names{d.patient.urn: w.text("the-client")}
	for _, typ := range []string{"Practitioner", "Organization", "PractitionerRole"} { // roles are named by the others
		for _, e := range d.support {
			if text(e.out, "resourceType") == typ {
				n[e.urn] = n.nameOf(w, e.out)
				for _, c := range objects(e.out, "telecom") {
					if v := text(c, "value"); phones && v != "" {
						n[e.urn] += ", " + v
					}
				}
			}
		}
	}
	if _, ok := n[d.custodian.urn]; !ok {
		n[d.custodian.urn] = text(d.custodian.out, "name")
	}
	for _, r := range d.rows {
		n[r.urn] = n.nameOf(w, r.out)
	}
	return n
}

// nameOf gives what a resource is called.
func (n names) nameOf(w *words, o object) string {
	t := telling{w: w, names: n}
	parts := []string{}
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	switch typ := text(o, "resourceType"); typ {
	case "Practitioner":
		add(nameOf(o))
		for _, q := range objects(o, "qualification") {
			add(t.concept(one(q, "code")))
		}
	case "PractitionerRole":
		add(n[text(one(o, "practitioner"), "reference")])
		add(n[text(one(o, "organization"), "reference")])
	case "Organization":
		add(text(o, "name"))
	default:
		title := w.text("type-" + typ)
		if typ == "CarePlan" {
			title = t.known(o, "category", title)
		}
		if typ == "ServiceRequest" {
			title = t.known(o, "code", title)
		}
		if day := madeAt(o).Day(); day.Known() {
			title += " " + day.String()
		}
		if typ == "RelatedPerson" && nameOf(o) != "" {
			title = w.text("type-"+typ) + ": " + nameOf(o)
		}
		return title
	}
	if len(parts) == 0 {
		add(t.identifiers(o))
	}
	if len(parts) == 0 {
		return w.text("not-told")
	}
	return strings.Join(parts, ", ")
}

// known gives the word for the first code of ours of an element.
func (t telling) known(o object, key, otherwise string) string {
	for _, c := range codesOf(o, key) {
		if word := t.w.code(c); word != "" {
			return word
		}
	}
	return otherwise
}

// identifiers of staff and units are told after their name.
func (t telling) identifiers(o object) string {
	var all []string
	for _, i := range objects(o, "identifier") {
		if v := text(i, "value"); v != "" {
			all = append(all, v)
		}
	}
	return strings.Join(all, ", ")
}

// nameOf gives the name of a person: the official one, else the first.
func nameOf(o object) string {
	var first string
	for _, n := range objects(o, "name") {
		s := humanName(n)
		if text(n, "use") == "official" && s != "" {
			return s
		}
		if first == "" {
			first = s
		}
	}
	return first
}

func humanName(n object) string {
	if s := text(n, "text"); s != "" {
		return s
	}
	var parts []string
	for _, k := range []string{"prefix", "given"} {
		for _, v := range many(n, k) {
			parts = append(parts, textOf(v))
		}
	}
	parts = append(parts, text(n, "family"))
	for _, v := range many(n, "suffix") {
		parts = append(parts, textOf(v))
	}
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}
