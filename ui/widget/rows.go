package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fw "fyne.io/fyne/v2/widget"
)

// rows shows any number of rows of one height, and holds objects only for those on the screen. A row that scrolls out
// lends its object to one that scrolls in.
type rows struct {
	fw.BaseWidget
	height float32
	count  func() int
	create func() fyne.CanvasObject
	update func(i int, row fyne.CanvasObject)
	width  float32 // least width of a row; 0 is the view's
	moved  func()  // the person or the program scrolled

	body   *rowsBody
	scroll *container.Scroll
}

func newRows(height float32, count func() int, create func() fyne.CanvasObject, update func(int, fyne.CanvasObject)) *rows {
	r := &rows{height: height, count: count, create: create, update: update}
	r.body = &rowsBody{of: r}
	r.body.ExtendBaseWidget(r.body)
	r.scroll = container.NewScroll(r.body)
	r.scroll.OnScrolled = func(fyne.Position) {
		r.body.show(false)
		if r.moved != nil {
			r.moved()
		}
	}
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer is Fyne's way to the drawing.
func (r *rows) CreateRenderer() fyne.WidgetRenderer { return fw.NewSimpleRenderer(r.scroll) }

// MinSize is little: it scrolls.
func (r *rows) MinSize() fyne.Size { return fyne.NewSize(40, r.height) }

// again shows what the rows are now, after their number or content changed.
func (r *rows) again() {
	r.scroll.Content = r.body // its least size depends on the count
	r.scroll.Refresh()
	r.body.show(true)
}

// top is how far it may be scrolled down.
func (r *rows) top() float32 {
	return max(0, float32(r.count())*r.height-r.scroll.Size().Height)
}

// scrollTo scrolls down to y.
func (r *rows) scrollTo(y float32) {
	r.scroll.ScrollToOffset(fyne.NewPos(r.scroll.Offset.X, max(0, min(y, r.top()))))
	r.body.show(false)
}

// reveal scrolls as little as needed to show row i.
func (r *rows) reveal(i int) {
	if r.scroll.Size().Height <= 0 {
		return // nobody sees it yet, and it begins at the top
	}
	y := float32(i) * r.height
	switch {
	case y < r.scroll.Offset.Y:
		r.scrollTo(y)
	case y+r.height > r.scroll.Offset.Y+r.scroll.Size().Height:
		r.scrollTo(y + r.height - r.scroll.Size().Height)
	}
}

// page is how many rows are on the screen.
func (r *rows) page() int { return max(1, int(r.scroll.Size().Height/r.height)) }

// rowsBody is what is scrolled.
type rowsBody struct {
	fw.BaseWidget
	of    *rows
	pool  []fyne.CanvasObject
	shown []int // which row each object of the pool shows; -1 is none
}

// MinSize is the size of all rows.
func (b *rowsBody) MinSize() fyne.Size {
	return fyne.NewSize(b.of.width, float32(b.of.count())*b.of.height)
}

// CreateRenderer is Fyne's way to the drawing.
func (b *rowsBody) CreateRenderer() fyne.WidgetRenderer { return &rowsRenderer{b} }

type rowsRenderer struct{ of *rowsBody }

func (r *rowsRenderer) MinSize() fyne.Size           { return r.of.MinSize() }
func (r *rowsRenderer) Layout(fyne.Size)             { r.of.show(false) }
func (r *rowsRenderer) Objects() []fyne.CanvasObject { return r.of.pool }
func (r *rowsRenderer) Destroy()                     {}
func (r *rowsRenderer) Refresh()                     { r.of.show(true) }

// show lays the rows on the screen out; all updates those that are there already too.
func (b *rowsBody) show(all bool) {
	r := b.of
	view := r.scroll.Size()
	need := int(view.Height/r.height) + 2
	for len(b.pool) < need {
		row := r.create()
		row.Hide()
		b.pool = append(b.pool, row)
		b.shown = append(b.shown, -1)
		all = true // each row moves to another object
	}
	first := int(r.scroll.Offset.Y / r.height)
	count := r.count()
	width := max(view.Width, r.width)
	for i := first; i < first+len(b.pool); i++ {
		slot := i % len(b.pool)
		row := b.pool[slot]
		if i >= count {
			if b.shown[slot] != -1 {
				b.shown[slot] = -1
				row.Hide()
			}
			continue
		}
		fresh := b.shown[slot] != i
		b.shown[slot] = i
		row.Resize(fyne.NewSize(width, r.height))
		row.Move(fyne.NewPos(0, float32(i)*r.height))
		if fresh || all {
			r.update(i, row)
		}
		if !row.Visible() {
			row.Show()
		}
	}
}
