package document

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"brygga/care"
)

// telling turns a resource into lines for people: everything that it holds, the known
// elements first and by name, the rest as it stands.
type telling struct {
	w      *words
	names  names
	inside map[string]object // what is contained, by "#id"
}

func insideOf(o object) map[string]object {
	inside := make(map[string]object)
	for _, c := range objects(o, "contained") {
		inside["#"+text(c, "id")] = c
	}
	return inside
}

// untold are elements of a resource that are for machines, or that everybody knows.
var untold = set("resourceType id meta language implicitRules subject patient")

// order is the order of what is read first.
var order = strings.Fields(`status category type code name relationship role title description created authoredOn
	date identifiedDateTime occurrenceDateTime performedDateTime period occurrencePeriod author member performer actor
	onBehalfOf participant detail activity content attachment prediction qualitativeRisk note`)

func (t telling) resource(o object) (lines []line) {
	for _, k := range t.inOrder(o) {
		if !untold[k] && k != "contained" {
			lines = append(lines, t.element(k, o[k])...)
		}
	}
	for _, c := range objects(o, "contained") {
		// Staff and units are told where they are referred to.
		if !staffTypes[text(c, "resourceType")] {
			lines = append(lines, line{Label: t.names.nameOf(t.w, c), Lines: t.resource(c)})
		}
	}
	return lines
}

func (t telling) inOrder(o object) []string {
	all := keys(o)
	place := func(k string) int {
		if i := slices.Index(order, k); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(all, func(a, b string) int { return place(a) - place(b) })
	return all
}

// element tells one element: a line for each of its values.
func (t telling) element(k string, v any) (lines []line) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			lines = append(lines, t.element(k, item)...)
		}
		return lines
	case object:
		if k == "extension" || k == "modifierExtension" {
			return t.extension(v)
		}
		l := t.object(k, v)
		if l.Text == "" && l.Lines == nil {
			return nil
		}
		return []line{l}
	case nil:
		return nil
	}
	return []line{{Label: t.label(k), Text: t.primitive(k, v)}}
}

func (t telling) label(k string) string {
	return printable(t.w.label(strings.TrimPrefix(k, "_")))
}

// extension is called by the last part of its address.
func (t telling) extension(e object) []line {
	url := text(e, "url")
	l := line{Label: t.label(url[strings.LastIndexByte(url, '/')+1:])}
	for _, k := range keys(e) {
		if k == "url" || k == "id" {
			continue
		}
		for _, inner := range t.element(k, e[k]) {
			if strings.HasPrefix(k, "value") && l.Text == "" && inner.Lines == nil {
				l.Text = inner.Text
			} else {
				l.Lines = append(l.Lines, inner)
			}
		}
	}
	return []line{l}
}

func (t telling) primitive(k string, v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return t.w.text("yes")
		}
		return t.w.text("no")
	case json.Number:
		return string(v)
	case string:
		if word := t.w.code(code{"", v}); word != "" && (k == "status" || k == "gender" || k == "intent" || k == "lifecycleStatus") {
			return word
		}
		return printable(moment(v))
	}
	return ""
}

// moment writes a time of day in Stockholm; other texts stay as they are.
func moment(s string) string {
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return at.In(care.Stockholm).Format("2006-01-02 15:04")
	}
	return s
}

// object tells an object by its form, as one text where that can be done.
func (t telling) object(k string, o object) line {
	l := line{Label: t.label(k)}
	rest := o
	tell := func(text string, told ...string) line {
		rest = without(o, told...)
		l.Text = printable(text)
		for _, k := range t.inOrder(rest) {
			l.Lines = append(l.Lines, t.element(k, rest[k])...)
		}
		return l
	}
	switch {
	case text(o, "reference") != "":
		return tell(t.reference(o), "reference", "type", "display")
	case o["coding"] != nil:
		return tell(t.concept(o), "coding", "text")
	case only(o, "system", "code", "display", "version", "userSelected") && o["code"] != nil:
		return tell(t.coding(o), "system", "code", "display", "version", "userSelected")
	case only(o, "start", "end"):
		return tell(moment(text(o, "start"))+" – "+moment(text(o, "end")), "start", "end")
	case o["family"] != nil || o["given"] != nil:
		return tell(humanName(o)+inBrackets(text(o, "use")), "text", "prefix", "given", "family", "suffix", "use")
	case o["data"] != nil || o["contentType"] != nil:
		return tell(t.attachment(o), "data", "contentType", "size", "hash")
	case only(o, "system", "value", "use", "rank", "type", "period"):
		return tell(t.primitive("value", o["value"])+inBrackets(text(o, "use")), "value", "use", "system", "rank")
	}
	return tell(text(o, "text"), "text", "id")
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

func only(o object, elements ...string) bool {
	for k := range o {
		if !slices.Contains(elements, k) {
			return false
		}
	}
	return true
}

func without(o object, told ...string) object {
	rest := object{}
	for k, v := range o {
		if k != "id" && !slices.Contains(told, k) {
			rest[k] = v
		}
	}
	return rest
}

func (t telling) reference(o object) string {
	to := text(o, "reference")
	name := t.names[to]
	if c := t.inside[to]; c != nil {
		name = t.names.nameOf(t.w, c)
	}
	if d := text(o, "display"); d != "" && d != name {
		name = strings.TrimPrefix(name+", "+d, ", ")
	}
	return name
}

// concept tells a CodeableConcept: our word for it, what it is called, its text; its code only
// where there is nothing else.
func (t telling) concept(o object) string {
	var all []string
	add := func(s string) {
		if s != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	add(text(o, "text"))
	for _, c := range objects(o, "coding") {
		add(t.coding(c))
	}
	return strings.Join(all, ", ")
}

func (t telling) coding(c object) string {
	word := t.w.code(code{text(c, "system"), text(c, "code")})
	switch d := text(c, "display"); {
	case d != "" && word != "" && d != word:
		return word + " (" + d + ")"
	case d != "":
		return d
	case word != "":
		return word
	}
	return text(c, "code")
}

// attachment tells a text as it is; of other files what they are.
func (t telling) attachment(a object) string {
	data, err := base64.StdEncoding.DecodeString(text(a, "data"))
	typ, _, _ := strings.Cut(text(a, "contentType"), ";")
	if err == nil && len(data) > 0 && strings.TrimSpace(typ) == "text/plain" && utf8.Valid(data) {
		return string(data)
	}
	if len(data) == 0 {
		return typ
	}
	return fmt.Sprintf("%s (%s, %d %s)", t.w.text("attached"), typ, len(data), t.w.text("bytes"))
}
