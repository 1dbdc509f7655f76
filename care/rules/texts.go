package rules

import (
	"embed"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed texts/*.yaml
var textFiles embed.FS

// catalogues are the texts of both languages by key. They are part of the
// program: a test reads them and compares their keys.
var catalogues = sync.OnceValues(func() (sv, en map[string]string) {
	return mustTexts("sv"), mustTexts("en")
})

func mustTexts(language string) map[string]string {
	b, err := textFiles.ReadFile("texts/" + language + ".yaml")
	if err != nil {
		panic(err)
	}
	m := map[string]string{}
	if err := yaml.Unmarshal(b, &m); err != nil {
		panic(err)
	}
	return m
}

// Words gives the text of a key in both languages: "contact.missing.title",
// "why.not-yet", "fact.placement-start", "owner.contact", "state.overdue",
// "because.gap", "status.contact.vacant". A key that is not there gives empty texts.
func Words(key string) Text {
	sv, en := catalogues()
	return Text{SV: sv[key], EN: en[key]}
}

// wording is every finding's text with the record system's name in it.
type wording struct {
	system string
	texts  []map[string]Text // by rule, by variant
}

// words gives the texts for a record system; empty stands for no name.
func (p *Params) words(system string) *wording {
	if w := p.cache.wording.Load(); w != nil && w.system == system {
		return w
	}
	name := Text{system, system}
	if system == "" {
		name = Words("system.none")
	}
	fill := func(t Text) Text {
		return Text{strings.ReplaceAll(t.SV, "{system}", name.SV), strings.ReplaceAll(t.EN, "{system}", name.EN)}
	}
	w := &wording{system: system, texts: make([]map[string]Text, len(catalogue()))}
	sv, _ := catalogues()
	for i, r := range catalogue() {
		w.texts[i] = map[string]Text{"": fill(Words(r.Code + ".text"))}
		for key := range sv {
			if variant, ok := strings.CutPrefix(key, r.Code+".text."); ok {
				w.texts[i][variant] = fill(Words(key))
			}
		}
	}
	p.cache.wording.Store(w)
	return w
}

// text is the sentence of a rule's finding. A variant that is not there gives the
// rule's own.
func (w *wording) text(r *Rule, variant string) Text {
	if t, ok := w.texts[r.index][variant]; ok {
		return t
	}
	return w.texts[r.index][""]
}
