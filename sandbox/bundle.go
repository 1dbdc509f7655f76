package sandbox

import (
	"strconv"
	"strings"
)

// bundle is a Bundle that is answered.
type bundle struct {
	typ     string
	at      int64 // the server's time when it was asked; 0 leaves meta out
	total   int   // -1 leaves it out
	links   []link
	entries []entry
}

type link struct{ relation, url string }

// entry is one entry of a Bundle; what is empty is left out.
type entry struct {
	url  string // fullUrl
	raw  string // the resource
	mode string // of a search

	verb, path string // request, in a history

	status, location, etag string // response, in a history, batch or transaction
	modified               int64
	outcome                string
}

func (b *bundle) link(relation, url string) { b.links = append(b.links, link{relation, url}) }

// set replaces a link, or adds it.
func (b *bundle) set(relation, url string) {
	for i := range b.links {
		if b.links[i].relation == relation {
			b.links[i].url = url
			return
		}
	}
	b.link(relation, url)
}

func (b *bundle) get(relation string) string {
	for _, l := range b.links {
		if l.relation == relation {
			return l.url
		}
	}
	return ""
}

// json writes the Bundle.
func (b *bundle) json() string {
	size := 512
	for i := range b.entries {
		size += len(b.entries[i].raw) + 256
	}
	var w strings.Builder
	w.Grow(size)
	w.WriteString(`{"resourceType":"Bundle"`)
	if b.at != 0 {
		w.WriteString(`,"meta":{"lastUpdated":"` + instant(b.at) + `"}`)
	}
	w.WriteString(`,"type":` + quote(b.typ))
	if b.total >= 0 {
		w.WriteString(`,"total":` + strconv.Itoa(b.total))
	}
	for i, l := range b.links {
		w.WriteString(sep(i, `,"link":[`))
		w.WriteString(`{"relation":` + quote(l.relation) + `,"url":` + quote(l.url) + `}`)
	}
	if len(b.links) > 0 {
		w.WriteByte(']')
	}
	for i := range b.entries {
		w.WriteString(sep(i, `,"entry":[`))
		b.entries[i].json(&w)
	}
	if len(b.entries) > 0 {
		w.WriteByte(']')
	}
	w.WriteByte('}')
	return w.String()
}

// sep opens a list before its first item.
func sep(i int, first string) string {
	if i == 0 {
		return first
	}
	return ","
}

func (e *entry) json(w *strings.Builder) {
	comma := "{"
	member := func(name, value string) {
		w.WriteString(comma + `"` + name + `":` + value)
		comma = ","
	}
	if e.url != "" {
		member("fullUrl", quote(e.url))
	}
	if e.raw != "" {
		member("resource", e.raw)
	}
	if e.mode != "" {
		member("search", `{"mode":"`+e.mode+`"}`)
	}
	if e.verb != "" {
		member("request", `{"method":"`+e.verb+`","url":`+quote(e.path)+`}`)
	}
	if e.status != "" {
		response := `{"status":` + quote(e.status)
		if e.location != "" {
			response += `,"location":` + quote(e.location)
		}
		if e.etag != "" {
			response += `,"etag":` + quote(e.etag)
		}
		if e.modified != 0 {
			response += `,"lastModified":"` + instant(e.modified) + `"`
		}
		if e.outcome != "" {
			response += `,"outcome":` + e.outcome
		}
		member("response", response+`}`)
	}
	if comma == "{" { // an entry with nothing in it
		w.WriteByte('{')
	}
	w.WriteByte('}')
}
