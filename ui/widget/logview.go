package widget

import (
	"image/color"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/theme"
)

// LogLine is one line of a log.
type LogLine struct {
	Seq   uint64 // tells lines apart; grows
	Time  time.Time
	Text  string
	Error bool // written to standard error
	Meta  bool // a remark, not of the log's own
}

// LogSource is a log of lines 0 to Len()-1. Old lines may fall out at the front between two refreshes.
type LogSource interface {
	Len() int
	Line(i int) LogLine
}

// LogView shows a log that grows: only the lines on the screen are read. It follows the end until somebody scrolls up, and
// takes hold again at the end. Lines can be chosen with the mouse and copied.
type LogView struct {
	fw.BaseWidget
	OnFollow func(following bool)
	OnCopy   func(text string)

	source    LogSource
	list      *rows
	back      *canvas.Rectangle
	following bool
	busy      bool // the view itself scrolls
	first     uint64
	focused   bool
	from, to  uint64 // chosen lines, by Seq; 0 is none
	widest    float32
}

// NewLogView makes a view of a log.
func NewLogView(source LogSource) *LogView {
	v := &LogView{source: source, following: true, back: canvas.NewRectangle(color.Transparent)}
	v.list = newRows(theme.LogRowH, source.Len, func() fyne.CanvasObject { return newLogRow(v) }, func(i int, o fyne.CanvasObject) {
		o.(*logRow).show(source.Line(i))
	})
	v.list.moved = v.scrolled
	v.ExtendBaseWidget(v)
	return v
}

// CreateRenderer is Fyne's way to the drawing.
func (v *LogView) CreateRenderer() fyne.WidgetRenderer {
	r := &logRenderer{v}
	r.paint()
	return r
}

type logRenderer struct{ of *LogView }

func (r *logRenderer) MinSize() fyne.Size { return fyne.NewSize(100, 3*theme.LogRowH) }
func (r *logRenderer) Layout(size fyne.Size) {
	r.of.back.Resize(size)
	r.of.list.Move(fyne.NewPos(1, theme.Space8))
	r.of.list.Resize(size.Subtract(fyne.NewSize(2, 2*theme.Space8)))
	r.of.settle()
}

func (r *logRenderer) paint() {
	r.of.back.FillColor = theme.Color(theme.Log)
	r.of.back.CornerRadius = theme.CardCorner
	r.of.back.StrokeWidth, r.of.back.StrokeColor = 0, color.Transparent
	if r.of.focused {
		r.of.back.StrokeWidth, r.of.back.StrokeColor = 1, theme.Color(theme.Accent)
	}
}

func (r *logRenderer) Refresh() {
	r.paint()
	r.of.back.Refresh()
	r.of.list.again()
}

func (r *logRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.of.back, r.of.list} }
func (r *logRenderer) Destroy()                     {}

// Changed shows what the source has now. When lines fell out at the front, what is on the screen stays in its place.
func (v *LogView) Changed() {
	v.busy = true
	v.list.width = v.widest
	v.list.again()
	v.busy = false
	var first uint64
	if v.source.Len() > 0 {
		first = v.source.Line(0).Seq
	}
	if gone := first - v.first; !v.following && v.first != 0 && first > v.first {
		v.scroll(v.list.scroll.Offset.Y - float32(gone)*theme.LogRowH)
	}
	v.first = first
	v.settle()
}

// settle goes to the end while it is followed.
func (v *LogView) settle() {
	if v.following {
		v.scroll(v.list.top())
	}
}

func (v *LogView) scroll(y float32) {
	v.busy = true
	v.list.scrollTo(y)
	v.busy = false
}

// scrolled is the person's scrolling.
func (v *LogView) scrolled() {
	if !v.busy {
		v.setFollowing(v.list.scroll.Offset.Y >= v.list.top()-theme.LogRowH/2)
	}
}

// Following reports whether the end is followed.
func (v *LogView) Following() bool { return v.following }

// Follow goes to the end and stays there, or lets go.
func (v *LogView) Follow(follow bool) {
	v.setFollowing(follow)
	v.settle()
}

func (v *LogView) setFollowing(f bool) {
	if f != v.following {
		v.following = f
		if v.OnFollow != nil {
			v.OnFollow(f)
		}
	}
}

// TypedKey scrolls.
func (v *LogView) TypedKey(e *fyne.KeyEvent) {
	y, page := v.list.scroll.Offset.Y, float32(v.list.page()-1)*theme.LogRowH
	switch e.Name {
	case fyne.KeyUp:
		y -= theme.LogRowH
	case fyne.KeyDown:
		y += theme.LogRowH
	case fyne.KeyPageUp:
		y -= page
	case fyne.KeyPageDown:
		y += page
	case fyne.KeyHome:
		y = 0
	case fyne.KeyEnd:
		y = v.list.top()
	default:
		return
	}
	v.list.scrollTo(y)
	v.scrolled()
}

// TypedRune does nothing.
func (v *LogView) TypedRune(rune) {}

// TypedShortcut copies the chosen lines, or chooses all.
func (v *LogView) TypedShortcut(s fyne.Shortcut) {
	switch s.(type) {
	case *fyne.ShortcutCopy:
		if text := v.chosen(); text != "" && v.OnCopy != nil {
			v.OnCopy(text)
		}
	case *fyne.ShortcutSelectAll:
		if n := v.source.Len(); n > 0 {
			v.from, v.to = v.source.Line(0).Seq, v.source.Line(n-1).Seq
			v.list.body.show(true)
		}
	}
}

// chosen are the chosen lines as plain text, whole.
func (v *LogView) chosen() string {
	if v.from == 0 {
		return ""
	}
	low, high := min(v.from, v.to), max(v.from, v.to)
	var text strings.Builder
	for i := range v.source.Len() {
		if line := v.source.Line(i); line.Seq >= low && line.Seq <= high {
			text.WriteString(plain(line.Text))
			text.WriteByte('\n')
		}
	}
	return text.String()
}

// FocusGained shows the focus.
func (v *LogView) FocusGained() { v.focused = true; v.Refresh() }

// FocusLost hides it.
func (v *LogView) FocusLost() { v.focused = false; v.Refresh() }

// choose begins a choice at a line, or extends it to there.
func (v *LogView) choose(seq uint64, extend bool) {
	if !extend || v.from == 0 {
		v.from = seq
	}
	v.to = seq
	if c := fyne.CurrentApp().Driver().CanvasForObject(v); c != nil {
		c.Focus(v)
	}
	v.list.body.show(true)
}

// logRow is one line on the screen.
type logRow struct {
	fw.BaseWidget
	of    *LogView
	line  LogLine
	back  *canvas.Rectangle
	clock *canvas.Text
	spans []*canvas.Text // as many as a line ever had
	used  int
}

func newLogRow(v *LogView) *logRow {
	r := &logRow{of: v, back: canvas.NewRectangle(color.Transparent), clock: canvas.NewText("", color.Transparent)}
	r.clock.TextSize, r.clock.TextStyle = theme.MonoSize, fyne.TextStyle{Monospace: true}
	r.ExtendBaseWidget(r)
	return r
}

// clockWidth is the room of a time and the gap behind it.
const clockWidth = 118

func (r *logRow) show(line LogLine) {
	r.line = line
	r.clock.Text = ""
	if !line.Time.IsZero() {
		r.clock.Text = line.Time.Local().Format("15:04:05.000")
	}
	r.clock.Color = theme.Color(theme.Muted)
	normal := theme.Text
	switch {
	case line.Meta:
		normal = theme.Info
	case line.Error:
		normal = theme.Warn
	}
	spans := parseANSI(line.Text, normal)
	for len(r.spans) < len(spans) {
		r.spans = append(r.spans, canvas.NewText("", color.Transparent))
	}
	x := theme.Space16 + clockWidth
	for i, text := range r.spans {
		text.Hidden = i >= len(spans)
		if text.Hidden {
			continue
		}
		s := spans[i]
		text.Text, text.Color, text.TextSize = s.text, theme.Color(s.color), theme.MonoSize
		text.TextStyle = fyne.TextStyle{Monospace: true, Bold: s.bold}
		size := text.MinSize()
		text.Move(fyne.NewPos(x, (theme.LogRowH-size.Height)/2))
		text.Resize(size)
		x += size.Width
	}
	r.used = len(spans)
	if x > r.of.widest {
		r.of.widest = x + theme.Space16 // the next refresh makes room to scroll there
	}
	low, high := min(r.of.from, r.of.to), max(r.of.from, r.of.to)
	r.back.FillColor = color.Transparent
	if low != 0 && line.Seq >= low && line.Seq <= high {
		r.back.FillColor = theme.Color(theme.Selection)
	}
	r.Refresh()
}

// MouseDown chooses the line; with Shift, all up to it.
func (r *logRow) MouseDown(e *desktop.MouseEvent) {
	if e.Button == desktop.MouseButtonPrimary && r.line.Seq != 0 {
		r.of.choose(r.line.Seq, e.Modifier&fyne.KeyModifierShift != 0)
	}
}

// MouseUp does nothing.
func (r *logRow) MouseUp(*desktop.MouseEvent) {}

// CreateRenderer is Fyne's way to the drawing.
func (r *logRow) CreateRenderer() fyne.WidgetRenderer { return &logRowRenderer{r} }

type logRowRenderer struct{ of *logRow }

func (r *logRowRenderer) MinSize() fyne.Size { return fyne.NewSize(0, theme.LogRowH) }
func (r *logRowRenderer) Layout(size fyne.Size) {
	r.of.back.Resize(size)
	least := r.of.clock.MinSize()
	r.of.clock.Move(fyne.NewPos(theme.Space16, (theme.LogRowH-least.Height)/2))
	r.of.clock.Resize(least)
}

func (r *logRowRenderer) Refresh() {
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (r *logRowRenderer) Objects() []fyne.CanvasObject {
	objects := []fyne.CanvasObject{r.of.back, r.of.clock}
	for _, text := range r.of.spans[:min(r.of.used, len(r.of.spans))] {
		objects = append(objects, text)
	}
	return objects
}
func (r *logRowRenderer) Destroy() {}
