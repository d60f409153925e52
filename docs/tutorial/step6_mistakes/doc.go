// Command step6_mistakes is step 6 of the tutorial. It makes one mistake after
// the other on purpose, and prints the error of each.
//
//	go run ./docs/tutorial/step6_mistakes
package main
