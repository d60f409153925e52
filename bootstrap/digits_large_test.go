//go:build large

package bootstrap_test

// sizes are the sizes of the measured applications.
var sizes = []int{50, 500, 5000}

type (
	d0  struct{}
	d1  struct{}
	d2  struct{}
	d3  struct{}
	d4  struct{}
	d5  struct{}
	d6  struct{}
	d7  struct{}
	d8  struct{}
	d9  struct{}
	d10 struct{}
	d11 struct{}
	d12 struct{}
	d13 struct{}
	d14 struct{}
	d15 struct{}
	d16 struct{}
	d17 struct{}
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
	fill1[A, B, d8](a)
	fill1[A, B, d9](a)
	fill1[A, B, d10](a)
	fill1[A, B, d11](a)
	fill1[A, B, d12](a)
	fill1[A, B, d13](a)
	fill1[A, B, d14](a)
	fill1[A, B, d15](a)
	fill1[A, B, d16](a)
	fill1[A, B, d17](a)
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
	fillLast[A, d8](a)
	fillLast[A, d9](a)
	fillLast[A, d10](a)
	fillLast[A, d11](a)
	fillLast[A, d12](a)
	fillLast[A, d13](a)
	fillLast[A, d14](a)
	fillLast[A, d15](a)
	fillLast[A, d16](a)
	fillLast[A, d17](a)
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
	fillMiddle[d8](a)
	fillMiddle[d9](a)
	fillMiddle[d10](a)
	fillMiddle[d11](a)
	fillMiddle[d12](a)
	fillMiddle[d13](a)
	fillMiddle[d14](a)
	fillMiddle[d15](a)
	fillMiddle[d16](a)
	fillMiddle[d17](a)
}
