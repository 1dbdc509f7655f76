package rules

// nearest gives the known name that is most like what was written; empty where
// none is like it.
func nearest(written string, known []string) string {
	if len(written) > 100 {
		return ""
	}
	best, least := "", len(written)/3+2
	for _, k := range known {
		if d := distance(written, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is how many letters must be put in, taken out or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
