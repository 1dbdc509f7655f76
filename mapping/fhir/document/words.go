package document

import "brygga/care"

// words are the texts of one language. All languages have the same keys.
type words struct {
	language string
	texts    map[string]string
	labels   map[string]string // of elements, by their name, or by type and name
	codes    map[code]string   // of codes of ours, and of statuses (without a system)
}

// wordsOf gives the words of a language: Swedish where it is not known.
func wordsOf(language string) *words {
	if language == english.language {
		return &english
	}
	return &swedish
}

func (w *words) text(key string) string { return w.texts[key] }

func (w *words) section(s care.Section) string { return w.texts["section-"+s.String()] }

// label names an element for people; one that is not known keeps its own name.
func (w *words) label(key string) string {
	if l, ok := w.labels[key]; ok {
		return l
	}
	return key
}

func (w *words) code(c code) string { return w.codes[c] }
