// Package render draws diagrams in tests, to find those that do not parse, that are empty or that
// lack a label: Mermaid in a real browser, and DOT with Graphviz.
//
// [Open] needs a Chromium and a Mermaid, at the places that these environment variables name, and
// [Dot] needs the program dot in the PATH. Without them a test is skipped, but fails if CI is set.
//
//	CHROMIUM  the program of the browser
//	MERMAID   the file mermaid.min.js of the npm package mermaid
//
// .ci/run installs all of them. No network is used.
package render
