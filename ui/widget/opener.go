package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	fw "fyne.io/fyne/v2/widget"
)

// opener is the mark in an entry that opens its choices with the mouse. The keyboard never goes to it: Down in the entry does the same,
// and one of Fyne's buttons there would be another stop for Tab, at which Escape and the window's shortcuts are lost.
type opener struct {
	fw.BaseWidget
	tapped func()
}

func newOpener(tapped func()) *opener {
	o := &opener{tapped: tapped}
	o.ExtendBaseWidget(o)
	return o
}

// Tapped opens the choices.
func (o *opener) Tapped(*fyne.PointEvent) { o.tapped() }

// Cursor is the arrow: nothing is written here.
func (o *opener) Cursor() desktop.Cursor { return desktop.DefaultCursor }

// CreateRenderer is Fyne's way to the drawing.
func (o *opener) CreateRenderer() fyne.WidgetRenderer {
	inset := fynetheme.InnerPadding()
	return fw.NewSimpleRenderer(container.New(layout.NewCustomPaddedLayout(0, 0, inset, inset), fw.NewIcon(fynetheme.MenuDropDownIcon())))
}
