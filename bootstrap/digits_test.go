//go:build !large

package bootstrap_test

// sizes are the sizes of the measured applications. With -tags large they go up to
// 5,000, which takes the compiler a minute.
var sizes = []int{50, 500}

type (
	d0 struct{}
	d1 struct{}
	d2 struct{}
	d3 struct{}
	d4 struct{}
	d5 struct{}
	d6 struct{}
	d7 struct{}
)

func fillLast[A, B any](a *largeApp) {
	fill1[A, B, d0](a)
	fill1[A, B, d1](a)
	fill1[A, B, d2](a)
	fill1[A, B, d3](a)
	fill1[A, B, d4](a)
	fill1[A, B, d5](a)
	fill1[A, B, d6](a)
	fill1[A, B, d7](a)
}

func fillMiddle[A any](a *largeApp) {
	fillLast[A, d0](a)
	fillLast[A, d1](a)
	fillLast[A, d2](a)
	fillLast[A, d3](a)
	fillLast[A, d4](a)
	fillLast[A, d5](a)
	fillLast[A, d6](a)
	fillLast[A, d7](a)
}

func (a *largeApp) fill() {
	a.n = 0
	fillMiddle[d0](a)
	fillMiddle[d1](a)
	fillMiddle[d2](a)
	fillMiddle[d3](a)
	fillMiddle[d4](a)
	fillMiddle[d5](a)
	fillMiddle[d6](a)
	fillMiddle[d7](a)
}
