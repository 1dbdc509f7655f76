package rules

import (
	"maps"
	"slices"
	"strings"
)

// Sentences are what the rule's findings may say: its own sentence first, then
// those that it says instead in some cases, sorted by case. {system} stands for
// the record system's name.
func (r *Rule) Sentences() []Text {
	own := r.Code + ".text"
	sentences := []Text{Words(own)}
	sv, _ := catalogues()
	for _, key := range slices.Sorted(maps.Keys(sv)) {
		if strings.HasPrefix(key, own+".") {
			sentences = append(sentences, Words(key))
		}
	}
	return sentences
}
