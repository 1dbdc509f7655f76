package jobs

import (
	"maps"
	"slices"

	"brygga/care"
)

// Maps have no order, and what brygga prints and writes has one.

func sortedRefs(m map[care.Ref]bool) []care.Ref { return slices.Sorted(maps.Keys(m)) }

func sortedPointers[T any](m map[string]*T) []*T {
	out := make([]*T, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[k])
	}
	return out
}

func sortedValues[T any](m map[string]*T) []T {
	out := make([]T, 0, len(m))
	for _, v := range sortedPointers(m) {
		out = append(out, *v)
	}
	return out
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
