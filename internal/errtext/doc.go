// Package errtext writes the error texts of the packages of this module.
//
// A text names types as Go code does: order.Place. If two types in one text
// would have the same name, both get their import paths. Lists and causes are shortened,
// so that every text is bounded.
//
// A [Text] is written only when it is read. A text that quotes others, such as the list of
// problems of bootstrap.New, can therefore distinguish the types in all of them.
//
// The package imports the standard library only, so that package cqrs may import it.
package errtext
