// Command step6_mistakes is step 6 of the tutorial. It makes one mistake after
// another on purpose, and prints the error that each one causes.
//
//	go run ./docs/tutorial/step6_mistakes
package main
