package widget

import (
	"context"
	"image/color"
	"math"
	"sort"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
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

// LogSource is a log of lines 0 to Len()-1, their Seqs growing. Old lines may fall out at the front between two refreshes.
type LogSource interface {
	Len() int
	Line(i int) LogLine
}

// freezer is a LogSource that can be read elsewhere.
type freezer interface {
	// Frozen is what the source is now, for any goroutine.
	Frozen() LogSource
}

// Stamps says how the time of a line is shown.
type Stamps uint8

// The ways.
const (
	LocalTime Stamps = iota
	UTC
	NoTime
)

// LogOptions are how a log is shown. The zero value is the usual way.
type LogOptions struct {
	Stamps Stamps
	Wrap   bool
	Size   float32 // of the text; 0 means theme.MonoSize
	Limit  int     // characters of a line that are shown; 0 means maxShown
}

// LogView shows a log that grows: only the lines on the screen are read. It follows the end until somebody scrolls up, and
// takes hold again at the end. Text can be chosen with the mouse across lines and copied.
type LogView struct {
	fw.BaseWidget
	OnFollow  func(following bool)
	OnCopy    func(text string)
	OnOpen    func(line LogLine)                   // a double click, or Enter on a chosen line
	OnMenu    func(line LogLine, at fyne.Position) // the other mouse button
	Highlight func(text string) [][2]int           // places in a shown text that a search found, in bytes; nil for none

	// Async runs work away from the main goroutine, and then on it what work gives; nil when the source can be read only here.
	Async func(work func(context.Context) (apply func()))

	source    LogSource
	options   LogOptions
	list      *rows
	back      *canvas.Rectangle
	wrap      wrapped
	cell      float32 // width of a character
	current   uint64  // the line a search stands at
	following bool
	busy      bool // the view itself scrolls
	focused   bool
	chosen    choice
	widest    float32
	anchor    uint64 // Seq of the line at the top of the screen, and how far its row is above it
	above     float32
}

// NewLogView makes a view of a log.
func NewLogView(source LogSource) *LogView {
	v := &LogView{source: source, following: true, back: canvas.NewRectangle(color.Transparent)}
	v.list = newRows(theme.LogRowH, v.rowCount, func() fyne.CanvasObject { return newLogRow(v) }, func(i int, o fyne.CanvasObject) {
		line, part := v.lineOf(i)
		o.(*logRow).show(i, source.Line(line), part)
	})
	v.list.moved = v.scrolled
	v.list.width = 0
	v.measure()
	v.ExtendBaseWidget(v)
	return v
}

// Options are how the log is shown now.
func (v *LogView) Options() LogOptions { return v.options }

// SetOptions shows the log in another way; what is on the screen stays in its place.
func (v *LogView) SetOptions(o LogOptions) {
	v.options = o
	v.measure()
	v.Changed()
}

func (v *LogView) textSize() float32 {
	if v.options.Size > 0 {
		return v.options.Size
	}
	return theme.MonoSize
}

func (v *LogView) measure() {
	v.cell = cellWidth(v.textSize())
	v.list.height = float32(math.Ceil(float64(v.textSize() * theme.LogRowH / theme.MonoSize)))
	v.widest = 0
}

func (v *LogView) limit() int {
	if v.options.Limit > 0 {
		return v.options.Limit
	}
	return maxShown
}

// left is where the text of a row begins.
func (v *LogView) left() float32 {
	if v.options.Stamps == NoTime {
		return theme.Space16
	}
	return theme.Space16 + 14*v.cell + theme.Space4
}

func (v *LogView) columns() int {
	return int((v.list.scroll.Size().Width - v.left() - theme.Space16) / v.cell)
}

func (v *LogView) rowCount() int {
	if v.options.Wrap {
		return v.wrap.total()
	}
	return v.source.Len()
}

// lineOf is the line of a row, and which of its rows that is.
func (v *LogView) lineOf(row int) (line, part int) {
	if v.options.Wrap {
		return v.wrap.line(row)
	}
	return row, 0
}

func (v *LogView) rowOf(line int) int {
	if v.options.Wrap {
		return v.wrap.start(line)
	}
	return line
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
	r.of.Changed() // other rows fit, and wrapped lines take others
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

// Changed shows what the source has now. What is on the screen stays in its place, also when lines fell out at the front or
// other lines were chosen.
func (v *LogView) Changed() {
	v.busy = true
	v.list.width = v.widest
	if v.options.Wrap {
		v.list.width = 0
		v.wrap.sync(v.source, v.columns(), v.limit())
	}
	v.list.again()
	v.busy = false
	if !v.following && v.anchor != 0 {
		v.scroll(float32(v.rowOf(v.find(v.anchor)))*v.list.height + v.above)
	}
	v.settle()
	v.hold()
}

// find is the first line from that Seq on.
func (v *LogView) find(seq uint64) int { return findLine(v.source, seq) }

func findLine(source LogSource, seq uint64) int {
	return sort.Search(source.Len(), func(i int) bool { return source.Line(i).Seq >= seq })
}

// hold remembers what is at the top of the screen.
func (v *LogView) hold() {
	y := v.list.scroll.Offset.Y
	row := int(y / v.list.height)
	line, part := v.lineOf(row)
	if line < v.source.Len() {
		v.anchor = v.source.Line(line).Seq
		v.above = y - float32(row-part)*v.list.height
	}
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
		v.setFollowing(v.list.scroll.Offset.Y >= v.list.top()-v.list.height/2)
		v.hold()
	}
}

// Following reports whether the end is followed.
func (v *LogView) Following() bool { return v.following }

// Follow goes to the end and stays there, or lets go.
func (v *LogView) Follow(follow bool) {
	v.setFollowing(follow)
	v.settle()
	v.hold()
}

func (v *LogView) setFollowing(f bool) {
	if f != v.following {
		v.following = f
		if v.OnFollow != nil {
			v.OnFollow(f)
		}
	}
}

// Reveal shows a line as the one a search stands at; 0 is none. It lets go of the end.
func (v *LogView) Reveal(seq uint64) {
	v.current = seq
	if seq != 0 {
		v.setFollowing(false)
		row := float32(v.rowOf(v.find(seq))) * v.list.height
		view := v.list.scroll.Size().Height
		if y := v.list.scroll.Offset.Y; row < y || row+v.list.height > y+view {
			v.scroll(row - view/2)
		}
		v.hold()
	}
	v.list.body.show(true)
}

// TypedKey scrolls.
func (v *LogView) TypedKey(e *fyne.KeyEvent) {
	y, page := v.list.scroll.Offset.Y, float32(v.list.page()-1)*v.list.height
	switch e.Name {
	case fyne.KeyUp, fyne.KeyDown:
		by := 1
		if e.Name == fyne.KeyUp {
			by = -1
		}
		if shifted() {
			v.extend(by)
			return
		}
		y += float32(by) * v.list.height
	case fyne.KeyPageUp:
		y -= page
	case fyne.KeyPageDown:
		y += page
	case fyne.KeyHome:
		y = 0
	case fyne.KeyEnd:
		y = v.list.top()
	case fyne.KeyReturn, fyne.KeyEnter:
		v.openChosen()
		return
	case fyne.KeyEscape:
		v.chosen = choice{}
		v.list.body.show(true)
		v.Follow(true)
		passKey(v, e.Name)
		return
	default:
		passKey(v, e.Name)
		return
	}
	v.list.scrollTo(y)
	v.scrolled()
}

// TypedRune passes a letter on.
func (v *LogView) TypedRune(r rune) { passRune(v, r) }

// FocusGained shows the focus.
func (v *LogView) FocusGained() { v.focused = true; v.Refresh() }

// FocusLost hides it.
func (v *LogView) FocusLost() { v.focused = false; v.Refresh() }
