package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"berth/ui/theme"
	"berth/ui/widget"
)

// frame puts objects along the edges of a center, without the gaps that Fyne's border layout has. An edge may be nil. They are
// added in the order in which they are read, because Tab goes that way.
func frame(top, bottom, left, right, center fyne.CanvasObject) *fyne.Container {
	f := frameLayout{top, bottom, left, right, center}
	box := container.New(f)
	for _, o := range []fyne.CanvasObject{top, left, center, right, bottom} {
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

// line puts a title at the left, something at the right, and gives the rest to what stands between them. A title that is too
// long gives way down to a share of the line, so that a small window shows the beginning of everything.
func line(title *widget.Text, middle, right fyne.CanvasObject) *fyne.Container {
	return container.New(lineLayout{title, middle, right}, title, middle, right)
}

type lineLayout struct {
	title         *widget.Text
	middle, right fyne.CanvasObject
}

func (l lineLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	title, middle, right := least(l.title), least(l.middle), least(l.right)
	return fyne.NewSize(right.Width+120, max(title.Height, middle.Height, right.Height))
}

func (l lineLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	wanted := float32(0) // of what stands between them
	middle, isText := l.middle.(*widget.Text)
	alone := isText && middle.Text() == "" // the title has all the room then
	if isText && !alone {
		wanted = min(middle.Natural(), 140) + theme.Space12
	}
	right := max(least(l.right).Width, min(natural(l.right), size.Width-min(l.title.Natural(), 160)-wanted-theme.Space12))
	room := size.Width - right
	title := min(l.title.Natural(), room)
	if alone {
		title = min(title, room-theme.Space12)
	} else if l.title.Natural() > room*0.7 {
		title = max(room*0.7, room-180)
	}
	put(l.title, 0, 0, title, size.Height)
	gap := min(theme.Space12, room-title)
	put(l.middle, title+gap, 0, room-title-gap-theme.Space12, size.Height)
	put(l.right, size.Width-right, 0, right, size.Height)
}

// capped gives a text the width it needs, up to a bound: what an engine says must not make the window wider.
type capped struct {
	text  *widget.Text
	bound float32
}

func (c capped) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(min(c.text.Natural(), c.bound), c.text.MinSize().Height)
}

func (c capped) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	put(c.text, 0, 0, size.Width, size.Height)
}

// pageHeader is the top of a page: what it is, and what can be done.
func pageHeader(title string, tools *fyne.Container) fyne.CanvasObject {
	text := widget.NewText(title, widget.TextStyle{Size: theme.TitleSize, Bold: true, Fixed: true})
	return container.New(headerLayout{}, text, tools)
}

// headerLayout puts a title at the left, whole, and a toolbar in the rest at the right.
type headerLayout struct{}

func (headerLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	a, b := o[0].MinSize(), o[1].MinSize()
	return fyne.NewSize(a.Width+theme.Space12+b.Width, max(a.Height, b.Height))
}

func (headerLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	title := o[0].MinSize().Width
	tools := min(natural(o[1]), size.Width-title-theme.Space12)
	put(o[0], 0, 0, title, size.Height)
	put(o[1], size.Width-tools, 0, tools, size.Height)
}
