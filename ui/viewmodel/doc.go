// Package viewmodel turns the engine's snapshots into what the window shows, and owns every data binding. It knows no
// widget: words, tones and rows come out, and a view decides how they look.
//
// Apply is called on the main goroutine only, at most once a tick, with the newest snapshot. It compares before it sets:
// a binding is set, and a revision grows, only when what it stands for has changed.
package viewmodel
