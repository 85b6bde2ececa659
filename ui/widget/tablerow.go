package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/theme"
)

// tableRow is one row on the screen. Another row of the table may be shown by it at any time.
type tableRow[T any] struct {
	fw.BaseWidget
	of      *DataTable[T]
	row     T
	set     bool
	last    bool
	hovered bool
	back    *canvas.Rectangle
	mark    *canvas.Rectangle // at the left of the chosen row while the table has the keyboard
	line    *canvas.Rectangle
	cells   []fyne.CanvasObject
	cover   *rowCover
}

func newTableRow[T any](t *DataTable[T]) *tableRow[T] {
	r := &tableRow[T]{
		of: t, back: canvas.NewRectangle(color.Transparent), mark: canvas.NewRectangle(color.Transparent), line: canvas.NewRectangle(color.Transparent),
	}
	for _, c := range t.columns {
		r.cells = append(r.cells, c.Create())
	}
	r.cover = newRowCover(r.hover, func(at fyne.Position) string { return TipAt(at, r.cells...) })
	r.ExtendBaseWidget(r)
	return r
}

func (r *tableRow[T]) show(row T, last bool) {
	r.row, r.set, r.last = row, true, last
	for i, c := range r.of.columns {
		c.Update(r.cells[i], row)
	}
	r.paint()
}

func (r *tableRow[T]) chosen() bool { return r.set && r.of.key(r.row) == r.of.selected }

// paint sets the colours that changed.
func (r *tableRow[T]) paint() {
	var back, mark color.Color = color.Transparent, color.Transparent
	switch {
	case r.chosen():
		back = theme.Color(theme.Selection)
		if r.of.focused {
			mark = theme.Color(theme.Accent)
		}
	case r.hovered:
		back = theme.Color(theme.Raised)
	}
	r.round()
	fill(r.back, back)
	fill(r.mark, mark)
	line := theme.Color(theme.Line)
	if r.last {
		line = color.Transparent
	}
	fill(r.line, line)
}

// round gives the row at the very bottom of the table the round corners of the card it is in.
func (r *tableRow[T]) round() {
	scroll := r.of.list.scroll
	radius := float32(0)
	if gap := scroll.Offset.Y + scroll.Size().Height - r.Position().Y - theme.RowH; gap > -3 && gap < 3 {
		radius = theme.CardCorner - 1
	}
	if r.back.BottomLeftCornerRadius != radius {
		r.back.BottomLeftCornerRadius, r.back.BottomRightCornerRadius = radius, radius
		r.mark.BottomLeftCornerRadius = radius
		r.back.Refresh()
		r.mark.Refresh()
	}
}

func fill(r *canvas.Rectangle, c color.Color) {
	if r.FillColor != c {
		r.FillColor = c
		r.Refresh()
	}
}

// MouseDown chooses the row at once, before it is known whether a double click follows.
func (r *tableRow[T]) MouseDown(e *desktop.MouseEvent) {
	if !r.set {
		return
	}
	key := r.of.key(r.row)
	r.of.Select(key)
	if r.of.OnSelect != nil {
		r.of.OnSelect(key)
	}
	r.of.takeFocus()
	if e.Button == desktop.MouseButtonSecondary && r.of.OnMenu != nil {
		r.of.OnMenu(key, e.AbsolutePosition)
	}
}

// MouseUp does nothing.
func (r *tableRow[T]) MouseUp(*desktop.MouseEvent) {}

// DoubleTapped activates the row.
func (r *tableRow[T]) DoubleTapped(*fyne.PointEvent) {
	if r.set && r.of.OnActivate != nil {
		r.of.OnActivate(r.of.key(r.row))
	}
}

// hover shows that it can be chosen, or ends that.
func (r *tableRow[T]) hover(is bool) {
	r.hovered = is
	r.paint()
}

// CreateRenderer is Fyne's way to the drawing.
func (r *tableRow[T]) CreateRenderer() fyne.WidgetRenderer { return &tableRowRenderer[T]{r} }

type tableRowRenderer[T any] struct{ of *tableRow[T] }

func (r *tableRowRenderer[T]) MinSize() fyne.Size { return fyne.NewSize(0, theme.RowH) }

func (r *tableRowRenderer[T]) Layout(size fyne.Size) {
	r.of.back.Resize(size)
	r.of.mark.Resize(fyne.NewSize(3, size.Height))
	r.of.line.Move(fyne.NewPos(0, size.Height-1))
	r.of.line.Resize(fyne.NewSize(size.Width, 1))
	r.of.cover.Resize(size)
	x, w := r.of.of.place(size.Width)
	for i, cell := range r.of.cells {
		placeCell(cell, x[i], w[i], size.Height)
	}
}

// placeCell puts a cell into its column; one without room is hidden.
func placeCell(cell fyne.CanvasObject, x, width, height float32) {
	if width <= 0 {
		cell.Hide()
		return
	}
	cell.Move(fyne.NewPos(x, 0))
	cell.Resize(fyne.NewSize(width, height))
	if !cell.Visible() {
		cell.Show()
	}
}

func (r *tableRowRenderer[T]) Refresh() {
	r.of.paint()
	r.Layout(r.of.Size()) // other columns may be shown
	for _, cell := range r.of.cells {
		cell.Refresh()
	}
}

func (r *tableRowRenderer[T]) Objects() []fyne.CanvasObject {
	return append(append([]fyne.CanvasObject{r.of.back, r.of.line, r.of.mark}, r.of.cells...), r.of.cover)
}
func (r *tableRowRenderer[T]) Destroy() {}

// tableHeader is the row of labels; a click sorts.
type tableHeader[T any] struct {
	fw.BaseWidget
	of     *DataTable[T]
	labels []*Text
}

func newTableHeader[T any](t *DataTable[T]) *tableHeader[T] {
	h := &tableHeader[T]{of: t}
	for _, c := range t.columns {
		style := headStyle
		if c.Right {
			style.Align = fyne.TextAlignTrailing
		}
		h.labels = append(h.labels, NewText("", style))
	}
	h.ExtendBaseWidget(h)
	return h
}

// Tapped sorts by the column under the pointer.
func (h *tableHeader[T]) Tapped(e *fyne.PointEvent) {
	x, w := h.of.place(h.Size().Width)
	for i := range x {
		if e.Position.X >= x[i] && e.Position.X < x[i]+w[i]+theme.Space12 {
			h.of.SortBy(h.of.columns[i].ID)
		}
	}
}

// CreateRenderer is Fyne's way to the drawing.
func (h *tableHeader[T]) CreateRenderer() fyne.WidgetRenderer {
	r := &tableHeaderRenderer[T]{h}
	r.Refresh()
	return r
}

type tableHeaderRenderer[T any] struct{ of *tableHeader[T] }

func (r *tableHeaderRenderer[T]) MinSize() fyne.Size { return fyne.NewSize(0, theme.HeadRowH) }

func (r *tableHeaderRenderer[T]) Layout(size fyne.Size) {
	x, w := r.of.of.place(size.Width)
	for i, label := range r.of.labels {
		placeCell(label, x[i], w[i], size.Height)
	}
}

func (r *tableHeaderRenderer[T]) Refresh() {
	for i, c := range r.of.of.columns {
		text := c.Label
		if i == r.of.of.sortBy && c.Compare != nil {
			text += " ↑"
			if r.of.of.reverse {
				text = c.Label + " ↓"
			}
		}
		r.of.labels[i].SetText(text)
		r.of.labels[i].Refresh()
	}
	r.Layout(r.of.Size())
}

func (r *tableHeaderRenderer[T]) Objects() []fyne.CanvasObject {
	objects := make([]fyne.CanvasObject, len(r.of.labels))
	for i, label := range r.of.labels {
		objects[i] = label
	}
	return objects
}
func (r *tableHeaderRenderer[T]) Destroy() {}
