// Package similar compares names, to suggest the one that was meant.
package similar

import "strings"

// Names reports whether one name may be a typo of the other: one contains the other, or
// at most a third of the letters differ.
func Names(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	shorter := min(len(a), len(b))
	if shorter == 0 {
		return false
	}
	if shorter > 3 && (strings.Contains(a, b) || strings.Contains(b, a)) {
		return true
	}
	return distance(a, b) <= shorter/3
}

// distance returns the Levenshtein distance: how many letters have to be added, removed or
// changed to turn a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
