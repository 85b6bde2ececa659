package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/theme"
)

// logRow is one row on the screen: a line, or a part of one that is wrapped.
type logRow struct {
	fw.BaseWidget
	of     *LogView
	row    int
	line   LogLine
	part   int
	chosen *canvas.Rectangle
	marks  boxes // what a search found
	clock  *canvas.Text
	spans  []*canvas.Text // as many as a row ever had
	used   int
}

func newLogRow(v *LogView) *logRow {
	r := &logRow{of: v, chosen: canvas.NewRectangle(color.Transparent), clock: canvas.NewText("", color.Transparent)}
	r.clock.TextStyle = fyne.TextStyle{Monospace: true}
	r.ExtendBaseWidget(r)
	return r
}

// maxMarks is how many places of a search are marked in one row.
const maxMarks = 40

func (r *logRow) show(row int, line LogLine, part int) {
	r.row, r.line, r.part = row, line, part
	v := r.of
	r.showClock()
	normal := theme.Text
	switch {
	case line.Meta:
		normal = theme.Info
	case line.Error:
		normal = theme.Warn
	}
	spans, text := parseUpTo(line.Text, normal, v.limit()), ""
	for _, s := range spans {
		text += s.text
	}
	var places [][2]int
	if v.Highlight != nil && !line.Meta {
		places = v.Highlight(text)
		spans = r.marked(spans, places)
	}
	from, to := 0, 1<<30
	if v.options.Wrap {
		from, to = part*v.wrap.columns, (part+1)*v.wrap.columns
	}
	r.used = 0
	at := 0
	for _, s := range spans {
		length := cells(s.text)
		if at+length > from && at < to {
			piece := s.text[byteAt(s.text, max(0, from-at)):byteAt(s.text, min(length, to-at))]
			r.span(piece, s, max(at, from)-from)
		}
		at += length
	}
	for _, rest := range r.spans[r.used:] {
		rest.Hidden = true
	}
	if x := v.left() + float32(at)*v.cell + theme.Space16; !v.options.Wrap && x > v.widest {
		v.widest = x // the next refresh makes room to scroll there
	}
	r.mark(text, places, from, to)
	low, high := v.chosen.in(line.Seq, at)
	r.box(r.chosen, low, high, from, to)
	r.chosen.FillColor = theme.Color(theme.Chosen)
	r.Refresh()
}

func (r *logRow) showClock() {
	v := r.of
	r.clock.Text = ""
	r.clock.TextSize, r.clock.Color = v.textSize(), theme.Color(theme.Muted)
	if r.line.Time.IsZero() || r.part > 0 {
		return
	}
	switch v.options.Stamps {
	case LocalTime:
		r.clock.Text = r.line.Time.Local().Format("15:04:05.000")
	case UTC:
		r.clock.Text = r.line.Time.UTC().Format("15:04:05.000Z")
	}
}

// span puts a piece of text at a column.
func (r *logRow) span(piece string, s span, column int) {
	if r.used == len(r.spans) {
		r.spans = append(r.spans, canvas.NewText("", color.Transparent))
	}
	text := r.spans[r.used]
	r.used++
	text.Hidden = false
	text.Text, text.Color, text.TextSize = piece, theme.Color(s.color), r.of.textSize()
	text.TextStyle = fyne.TextStyle{Monospace: true, Bold: s.bold}
	size := text.MinSize()
	text.Move(fyne.NewPos(r.of.left()+float32(column)*r.of.cell, (r.of.list.height-size.Height)/2))
	text.Resize(size)
}

// marked gives what a search found the colour that can be read on its mark.
func (r *logRow) marked(spans []span, places [][2]int) []span {
	if len(places) == 0 {
		return spans
	}
	color := theme.OnFound
	if r.line.Seq == r.of.current {
		color = theme.OnFoundNow
	}
	var all []span
	start := 0
	for _, s := range spans {
		rest := 0 // what of s is done
		for _, p := range places {
			low, high := max(p[0]-start, rest), min(p[1]-start, len(s.text))
			if low >= high {
				continue
			}
			before, found := s, s
			before.text, found.text, found.color = s.text[rest:low], s.text[low:high], color
			all = append(all, before, found)
			rest = high
		}
		after := s
		after.text = s.text[rest:]
		all = append(all, after)
		start += len(s.text)
	}
	return all
}

// mark marks what a search found in the row's part of the line.
func (r *logRow) mark(text string, places [][2]int, from, to int) {
	r.marks.used = 0
	for _, at := range places {
		low, high := cells(text[:at[0]]), cells(text[:at[1]])
		if high <= from || low >= to || r.marks.used == maxMarks {
			continue
		}
		m := r.marks.next()
		m.CornerRadius = 3
		m.FillColor = theme.Color(theme.Found)
		if r.line.Seq == r.of.current {
			m.FillColor = theme.Color(theme.FoundNow)
		}
		r.box(m, low, high, from, to)
	}
}

// boxes are rectangles that are used again.
type boxes struct {
	all  []*canvas.Rectangle
	used int
}

func (b *boxes) next() *canvas.Rectangle {
	if b.used == len(b.all) {
		b.all = append(b.all, canvas.NewRectangle(color.Transparent))
	}
	b.used++
	return b.all[b.used-1]
}

// box lays a rectangle over the cells low to high of the line, as far as the row shows them.
func (r *logRow) box(box *canvas.Rectangle, low, high, from, to int) {
	low, high = max(low, from)-from, min(high, to)-from
	box.Hidden = high <= low
	if box.Hidden {
		return
	}
	box.Move(fyne.NewPos(r.of.left()+float32(low)*r.of.cell, 1))
	box.Resize(fyne.NewSize(float32(high-low)*r.of.cell, r.of.list.height-2))
}

// body is a position of the row as one of the scrolled body.
func (r *logRow) body(p fyne.Position) fyne.Position {
	return p.AddXY(0, float32(r.row)*r.of.list.height)
}

// MouseDown begins a choice; with Shift, it extends the present one.
func (r *logRow) MouseDown(e *desktop.MouseEvent) {
	if r.line.Seq == 0 {
		return
	}
	if e.Button == desktop.MouseButtonSecondary {
		if r.of.OnMenu != nil {
			r.of.OnMenu(r.line, e.AbsolutePosition)
		}
		return
	}
	if to, ok := r.of.at(r.body(e.Position)); ok {
		r.of.choose(to, e.Modifier&fyne.KeyModifierShift != 0)
	}
}

// MouseUp does nothing.
func (r *logRow) MouseUp(*desktop.MouseEvent) {}

// Dragged extends the choice.
func (r *logRow) Dragged(e *fyne.DragEvent) { r.of.drag(r.body(e.Position)) }

// DragEnd does nothing.
func (r *logRow) DragEnd() {}

// DoubleTapped opens the line whole.
func (r *logRow) DoubleTapped(*fyne.PointEvent) {
	if r.line.Seq != 0 && r.of.OnOpen != nil {
		r.of.OnOpen(r.line)
	}
}

// Cursor is that of text.
func (r *logRow) Cursor() desktop.Cursor { return desktop.TextCursor }

// CreateRenderer is Fyne's way to the drawing.
func (r *logRow) CreateRenderer() fyne.WidgetRenderer { return &logRowRenderer{r} }

type logRowRenderer struct{ of *logRow }

func (r *logRowRenderer) MinSize() fyne.Size { return fyne.NewSize(0, theme.LogRowH) }
func (r *logRowRenderer) Layout(fyne.Size) {
	least := r.of.clock.MinSize()
	r.of.clock.Move(fyne.NewPos(theme.Space16, (r.of.of.list.height-least.Height)/2))
	r.of.clock.Resize(least)
}

func (r *logRowRenderer) Refresh() {
	r.Layout(r.of.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (r *logRowRenderer) Objects() []fyne.CanvasObject {
	objects := []fyne.CanvasObject{r.of.chosen}
	for _, m := range r.of.marks.all[:r.of.marks.used] {
		objects = append(objects, m)
	}
	objects = append(objects, r.of.clock)
	for _, text := range r.of.spans[:min(r.of.used, len(r.of.spans))] {
		objects = append(objects, text)
	}
	return objects
}
func (r *logRowRenderer) Destroy() {}
