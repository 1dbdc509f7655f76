package notify

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"
)

//go:embed texts/*.yaml
var textFiles embed.FS

// catalogues are the texts by language and key. They are part of the program: a test
// reads them and compares their keys.
var catalogues = sync.OnceValue(func() map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, language := range []string{"sv", "en"} {
		b, err := textFiles.ReadFile("texts/" + language + ".yaml")
		if err != nil {
			panic(err)
		}
		m := map[string]string{}
		if err := yaml.Unmarshal(b, &m); err != nil {
			panic(err)
		}
		out[language] = m
	}
	return out
})

// Text is a message for people.
type Text struct {
	Subject string `json:"subject"`
	Body    string `json:"body"` // lines, without one at the end
}

// Render writes a message in a language (sv or en; anything else is sv), with instants
// in zone.
func Render(m Message, language string, zone *time.Location) Text {
	words, ok := catalogues()[language]
	if !ok {
		words = catalogues()["sv"]
	}
	w := writer{words, zone}
	fill := func(key string, pairs ...string) string {
		return strings.NewReplacer(append([]string{"{tenant}", m.Tenant, "{job}", m.Job}, pairs...)...).Replace(words[key])
	}
	subject := "subject.well"
	switch {
	case len(m.Begun) > 0:
		subject = "subject.begun"
	case m.State == Failing:
		subject = "subject.partly"
	}
	head := "body.head"
	if len(words[head+"."+m.Job]) > 0 { // the daemon's beginning is no run
		head += "." + m.Job
	}
	lines := []string{fill(head, "{at}", w.instant(m.At))}
	if len(m.Begun) > 0 {
		lines = append(lines, "", words["body.begun"])
		for _, alike := range alike(m.Begun) {
			lines = append(lines, w.trouble(alike)...)
		}
	}
	if len(m.Over) > 0 {
		lines = append(lines, "", words["body.over"])
		for _, s := range m.Over {
			lines = append(lines, "- "+fill("over.line", "{what}", w.spell(s), "{since}", w.instant(s.Since)))
		}
	}
	lines = append(lines, "")
	for _, n := range []struct {
		count int
		key   string
	}{{m.Still, "body.still"}, {m.Unknown, "body.unknown"}, {m.Lost, "body.lost"}} {
		if n.count > 0 {
			lines = append(lines, fill(n.key, "{n}", fmt.Sprint(n.count)))
		}
	}
	lines = append(lines, words["body.more"])
	return Text{Subject: oneLine(fill(subject)), Body: strings.Join(lines, "\n")}
}

// writer writes parts of a message in one language.
type writer struct {
	words map[string]string
	zone  *time.Location
}

func (w writer) instant(t time.Time) string {
	if t.IsZero() {
		return w.words["since.unknown"]
	}
	return t.In(w.zone).Format("2006-01-02 15:04")
}

// alike puts troubles together that differ in their kind only: a key that has expired
// fails all kinds of a system, and is one thing to do.
func alike(all []Trouble) (out [][]Trouble) {
	for _, t := range all {
		i := slices.IndexFunc(out, func(g []Trouble) bool {
			other := g[0]
			if other.Kind = t.Kind; other.Since.Equal(t.Since) {
				other.Since = t.Since
			}
			return other == t
		})
		if i < 0 {
			out = append(out, []Trouble{t})
			continue
		}
		out[i] = append(out[i], t)
	}
	return out
}

// trouble is three lines: what, since when and why; what to do; the command.
func (w writer) trouble(alike []Trouble) []string {
	t := alike[0]
	var kinds []string
	for _, a := range alike {
		kinds = append(kinds, a.Kind)
	}
	fill := strings.NewReplacer("{system}", t.System, "{kind}", strings.Join(kinds, ", "), "{n}", fmt.Sprint(t.Count), "{hash}", t.Hash, "{since}", w.instant(t.Since))
	line := "- " + fill.Replace(w.words["trouble."+string(t.Sort)])
	if why := w.words["why."+string(t.Why)]; why != "" {
		line += ": " + why
	}
	about := string(t.Sort)
	if t.Sort == Read && t.Why == Credentials {
		about = string(Credentials) // another key is all that helps
	}
	return []string{
		line + fill.Replace(w.words["since"]),
		"  " + fill.Replace(w.words["do."+about]),
		"  " + fill.Replace(w.words["command."+about]),
	}
}

func (w writer) spell(s Spell) string {
	if s.System != "" {
		return s.System
	}
	return w.words["over."+string(s.Sort)]
}

// oneLine keeps a subject from becoming two headers.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
