package config

import (
	"strings"
	"unicode/utf8"
)

// nearest gives the name among known that was most likely meant; "" where none
// is near enough to be worth saying. Upper case, hyphens and underscores make no
// difference: perOwnerPerNight is per_owner_per_night.
func nearest(name string, known []string) string {
	name = flat(name)
	letters := utf8.RuneCountInString(name)
	best, least := "", 3
	if letters <= 4 {
		least = 2
	}
	for _, k := range known {
		if d := distance(name, flat(k), least); d < least {
			best, least = k, d
		}
	}
	if best != "" {
		return best
	}
	for _, k := range known { // the beginning of it, or more than it: transaction for transaction_size
		if letters >= 4 && (strings.HasPrefix(flat(k), name) || len(flat(k)) >= 4 && strings.HasPrefix(name, flat(k))) {
			return k
		}
	}
	return ""
}

func flat(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name))
}

// distance counts the letters to insert, remove, exchange or swap with their
// neighbour that lie between a and b; it gives up at limit.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) >= limit || len(y)-len(x) >= limit {
		return limit
	}
	rows := [3][]int{make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := range x {
		before, last, now := rows[0], rows[1], rows[2]
		now[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			now[j+1] = min(last[j+1]+1, now[j]+1, last[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				now[j+1] = min(now[j+1], before[j-1]+1)
			}
		}
		rows[0], rows[1], rows[2] = last, now, before
	}
	return min(rows[1][len(y)], limit)
}
