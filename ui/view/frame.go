package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// frame puts objects along the edges of a center, without the gaps that Fyne's border layout has. An edge may be nil.
func frame(top, bottom, left, right, center fyne.CanvasObject) *fyne.Container {
	f := frameLayout{top, bottom, left, right, center}
	box := container.New(f)
	for _, o := range []fyne.CanvasObject{top, bottom, left, right, center} {
		if o != nil {
			box.Add(o)
		}
	}
	return box
}

type frameLayout struct{ top, bottom, left, right, center fyne.CanvasObject }

// least is an object's least size; that of none and of a hidden one is zero.
func least(o fyne.CanvasObject) fyne.Size {
	if o == nil || !o.Visible() {
		return fyne.Size{}
	}
	return o.MinSize()
}

func (f frameLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	top, bottom, left, right, center := least(f.top), least(f.bottom), least(f.left), least(f.right), least(f.center)
	return fyne.NewSize(
		max(top.Width, bottom.Width, left.Width+center.Width+right.Width),
		top.Height+bottom.Height+max(left.Height, center.Height, right.Height))
}

func (f frameLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	top, bottom, left, right := least(f.top).Height, least(f.bottom).Height, least(f.left).Width, least(f.right).Width
	middle := size.Height - top - bottom
	put(f.top, 0, 0, size.Width, top)
	put(f.bottom, 0, size.Height-bottom, size.Width, bottom)
	put(f.left, 0, top, left, middle)
	put(f.right, size.Width-right, top, right, middle)
	put(f.center, left, top, size.Width-left-right, middle)
}

func put(o fyne.CanvasObject, x, y, width, height float32) {
	if o != nil {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(max(0, width), max(0, height)))
	}
}
