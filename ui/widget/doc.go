// Package widget holds Berth's reusable widgets: text, buttons, badges, meters, the data table, the log view, the list of
// steps. They know neither the engine nor a viewmodel; a view hands them values and functions.
//
// Everything here runs on the main goroutine. Cells are plain canvas text, and a setter that is given the value it has
// does nothing, because painting is what a window costs.
package widget
