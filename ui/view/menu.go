package view

import (
	"fyne.io/fyne/v2"
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
	fw.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), s.window.Canvas(), at)
}

// popUp shows a menu at a place of the window.
func (s *Shell) popUp(at fyne.Position, items ...*fyne.MenuItem) {
	fw.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), s.window.Canvas(), at)
}
