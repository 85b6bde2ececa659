package view

import (
	"strings"

	"fyne.io/fyne/v2"
	ft "fyne.io/fyne/v2/theme"
	fw "fyne.io/fyne/v2/widget"
)

// entry is a line of a menu; checked shows a mark before it.
func entry(label string, checked bool, do func()) *fyne.MenuItem {
	item := fyne.NewMenuItem(label, do)
	item.Checked = checked
	return item
}

// dropDown shows a menu under an object.
func (s *Shell) dropDown(under fyne.CanvasObject, items ...*fyne.MenuItem) {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(under).AddXY(0, under.Size().Height+2)
	s.popUp(at, items...)
}

// popUp shows a menu at a place of the window.
func (s *Shell) popUp(at fyne.Position, items ...*fyne.MenuItem) {
	alignKeys(items)
	fw.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), s.window.Canvas(), at)
}

// alignKeys puts the keys of a menu, which stand behind a tab in each label, into one column. Fyne's own hint of a shortcut would
// be in one, but in a fifth of the text's strength, which nobody can read.
func alignKeys(items []*fyne.MenuItem) {
	wide := func(text string) float32 { return fyne.MeasureText(text, ft.TextSize(), fyne.TextStyle{}).Width }
	var column float32
	for _, item := range items {
		if words, _, keyed := strings.Cut(item.Label, "\t"); keyed {
			column = max(column, wide(words+"  \t")) // never closer to the words than two spaces
		}
	}
	for _, item := range items {
		words, key, keyed := strings.Cut(item.Label, "\t")
		if !keyed {
			continue
		}
		words += "\t"
		for wide(words) < column {
			words += "\t"
		}
		item.Label = words + key
	}
}
