// Package errtext writes the texts of errors for the packages of this module.
//
// A text names types as they are written in Go: order.Place. Where two types of one
// text would have the same name, both get their import paths. Lists and causes are
// shortened, so that a text is bounded however much it is about.
//
// A [Text] is written when somebody reads it. So a text that quotes another one, such
// as the list of problems of bootstrap.New, tells the types in all of them apart.
//
// The package imports the standard library only, so that package cqrs may import it.
package errtext
