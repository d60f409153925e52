package similar

// Distance is tested on its own.
func Distance(a, b string) int { return distance(a, b) }
