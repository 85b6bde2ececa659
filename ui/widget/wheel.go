package widget

import (
	"slices"

	"fyne.io/fyne/v2"
	fw "fyne.io/fyne/v2/widget"
)

// wheel lies over an entry of one line and gives the mouse wheel to the column the entry is in. Fyne's own entry would keep it,
// though it has nothing to scroll: a page stood still as soon as a field came under the pointer.
type wheel struct {
	fw.BaseWidget
	of fyne.CanvasObject
}

func newWheel(of fyne.CanvasObject) *wheel {
	w := &wheel{of: of}
	w.ExtendBaseWidget(w)
	return w
}

// CreateRenderer is Fyne's way to the drawing: there is none.
func (w *wheel) CreateRenderer() fyne.WidgetRenderer { return fw.NewSimpleRenderer(&fyne.Container{}) }

// Scrolled is a turn of the wheel.
func (w *wheel) Scrolled(e *fyne.ScrollEvent) {
	if k := keysOf(w.of); k.Wheel != nil {
		k.Wheel(w.of, e)
	}
}

// wheeled is the drawing of an entry with a wheel over it.
type wheeled struct {
	fyne.WidgetRenderer
	wheel *wheel
}

// Layout places the parts.
func (r *wheeled) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.wheel.Resize(size)
}

// Objects are the parts.
func (r *wheeled) Objects() []fyne.CanvasObject {
	return append(slices.Clone(r.WidgetRenderer.Objects()), r.wheel)
}
