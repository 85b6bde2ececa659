package widget

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/theme"
)

// shape is a widget that is one or two rectangles in colours of the palette.
type shape struct {
	fw.BaseWidget
	min    fyne.Size
	draw   func(size fyne.Size, back, front *canvas.Rectangle)
	radius float32
}

func (s *shape) init(self fyne.Widget, min fyne.Size, radius float32, draw func(fyne.Size, *canvas.Rectangle, *canvas.Rectangle)) {
	s.min, s.radius, s.draw = min, radius, draw
	s.ExtendBaseWidget(self)
}

// CreateRenderer is Fyne's way to the drawing.
func (s *shape) CreateRenderer() fyne.WidgetRenderer {
	r := &shapeRenderer{of: s, back: canvas.NewRectangle(color.Transparent), front: canvas.NewRectangle(color.Transparent)}
	r.back.CornerRadius, r.front.CornerRadius = s.radius, s.radius
	r.Refresh()
	return r
}

type shapeRenderer struct {
	of          *shape
	back, front *canvas.Rectangle
}

func (r *shapeRenderer) MinSize() fyne.Size           { return r.of.min }
func (r *shapeRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.back, r.front} }
func (r *shapeRenderer) Destroy()                     {}
func (r *shapeRenderer) Layout(size fyne.Size)        { r.of.draw(size, r.back, r.front) }
func (r *shapeRenderer) Refresh() {
	r.Layout(r.of.Size())
	r.back.Refresh()
	r.front.Refresh()
}

// Dot is the coloured dot before a state's word.
type Dot struct {
	shape
	color fyne.ThemeColorName
}

const dotSize = 9

// NewDot makes a dot.
func NewDot(c fyne.ThemeColorName) *Dot {
	d := &Dot{color: c}
	d.init(d, fyne.NewSquareSize(dotSize), dotSize/2.0, func(size fyne.Size, back, _ *canvas.Rectangle) {
		back.FillColor = theme.Color(d.color)
		back.Resize(fyne.NewSquareSize(dotSize))
		back.Move(fyne.NewPos((size.Width-dotSize)/2, (size.Height-dotSize)/2))
	})
	return d
}

// SetColor changes its colour.
func (d *Dot) SetColor(c fyne.ThemeColorName) {
	if c != d.color {
		d.color = c
		d.Refresh()
	}
}

// Meter is a thin bar that shows a share of a whole.
type Meter struct {
	shape
	value float64
	color fyne.ThemeColorName
}

const meterHeight = 6

// NewMeter makes an empty meter.
func NewMeter(c fyne.ThemeColorName) *Meter {
	m := &Meter{color: c}
	m.init(m, fyne.NewSize(24, meterHeight), meterHeight/2.0, func(size fyne.Size, back, front *canvas.Rectangle) {
		y := (size.Height - meterHeight) / 2
		back.FillColor, front.FillColor = theme.Color(theme.Raised), theme.Color(m.color)
		back.Move(fyne.NewPos(0, y))
		back.Resize(fyne.NewSize(size.Width, meterHeight))
		width := size.Width * float32(m.value)
		if m.value > 0 {
			width = max(width, meterHeight) // a round end needs its room
		}
		front.Move(fyne.NewPos(0, y))
		front.Resize(fyne.NewSize(width, meterHeight))
	})
	return m
}

// Set shows a share, 0 to 1. What is no whole permille more is not painted.
func (m *Meter) Set(value float64) {
	value = float64(int(max(0, min(value, 1))*1000)) / 1000
	if value != m.value {
		m.value = value
		m.Refresh()
	}
}

// SetColor changes the colour of what is filled.
func (m *Meter) SetColor(c fyne.ThemeColorName) {
	if c != m.color {
		m.color = c
		m.Refresh()
	}
}

// NewLine makes a separator, 1 high.
func NewLine() fyne.CanvasObject {
	l := &shape{}
	l.init(l, fyne.NewSize(1, 1), 0, func(size fyne.Size, back, _ *canvas.Rectangle) {
		back.FillColor = theme.Color(theme.Line)
		back.Resize(size)
	})
	return l
}

// NewSurface makes a plain area in a colour of the palette.
func NewSurface(c fyne.ThemeColorName) fyne.CanvasObject {
	s := &shape{}
	s.init(s, fyne.Size{}, 0, func(size fyne.Size, back, _ *canvas.Rectangle) {
		back.FillColor = theme.Color(c)
		back.Resize(size)
	})
	return s
}

// focusRing is a line around a control that has the keyboard.
type focusRing struct {
	box   *canvas.Rectangle
	shown bool
}

func newFocusRing() *focusRing {
	r := &focusRing{box: canvas.NewRectangle(color.Transparent)}
	r.box.CornerRadius = theme.Corner
	r.show(false)
	return r
}

func (r *focusRing) show(shown bool) {
	r.shown = shown
	r.box.StrokeWidth, r.box.StrokeColor = 0, color.Transparent
	if shown {
		r.box.StrokeWidth, r.box.StrokeColor = 2, theme.Color(theme.Accent)
	}
	r.box.Refresh()
}

// ringed is a renderer of Fyne's with the ring over it, for its own sign of the focus is hard to see.
type ringed struct {
	fyne.WidgetRenderer
	ring *focusRing
	out  float32 // how far the ring stands outside
}

func (r *ringed) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.ring.box.Move(fyne.NewPos(-r.out, -r.out))
	r.ring.box.Resize(size.Add(fyne.NewSquareSize(2 * r.out)))
}

func (r *ringed) Refresh() {
	r.WidgetRenderer.Refresh()
	r.ring.show(r.ring.shown)
}

func (r *ringed) Objects() []fyne.CanvasObject {
	return append(slices.Clone(r.WidgetRenderer.Objects()), r.ring.box)
}

// Badge is a short warning in a pill, with an explanation.
type Badge struct {
	fw.BaseWidget
	text, help string
	tip        tipped
}

// NewBadge makes a badge.
func NewBadge(text, help string) *Badge {
	b := &Badge{text: text, help: help}
	b.ExtendBaseWidget(b)
	return b
}

// BadgeWidth is how wide a badge with that text is.
func BadgeWidth(text string) float32 {
	return fyne.MeasureText(text, theme.SmallSize, fyne.TextStyle{Bold: true}).Width + 2*theme.Space8
}

// Set changes what it says and means.
func (b *Badge) Set(text, help string) {
	if text != b.text || help != b.help {
		b.text, b.help = text, help
		b.Refresh()
	}
}

// Tip is what it means.
func (b *Badge) Tip(fyne.Position) string { return b.help }

// MouseIn shows what it means.
func (b *Badge) MouseIn(e *desktop.MouseEvent) { b.tip.enter(b, b.help, e.AbsolutePosition) }

// MouseMoved does nothing.
func (b *Badge) MouseMoved(*desktop.MouseEvent) {}

// MouseOut hides that.
func (b *Badge) MouseOut() { b.tip.leave() }

// CreateRenderer is Fyne's way to the drawing.
func (b *Badge) CreateRenderer() fyne.WidgetRenderer {
	r := &badgeRenderer{of: b, back: canvas.NewRectangle(color.Transparent), text: canvas.NewText(b.text, color.Transparent)}
	r.back.CornerRadius = 6
	r.text.TextSize, r.text.TextStyle = theme.SmallSize, fyne.TextStyle{Bold: true}
	r.Refresh()
	return r
}

type badgeRenderer struct {
	of   *Badge
	back *canvas.Rectangle
	text *canvas.Text
}

func (r *badgeRenderer) MinSize() fyne.Size {
	return r.text.MinSize().Add(fyne.NewSize(2*theme.Space8, theme.Space4))
}

func (r *badgeRenderer) Layout(size fyne.Size) {
	least := r.MinSize()
	y := (size.Height - least.Height) / 2
	r.back.Move(fyne.NewPos(0, y))
	r.back.Resize(least)
	r.text.Move(fyne.NewPos(theme.Space8, y+theme.Space4/2))
	r.text.Resize(r.text.MinSize())
}

func (r *badgeRenderer) Refresh() {
	r.back.FillColor, r.text.Color = theme.Color(theme.Raised), theme.Color(theme.Warn)
	r.text.Text = r.of.text
	r.back.Refresh()
	r.text.Refresh()
}

func (r *badgeRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.back, r.text} }
func (r *badgeRenderer) Destroy()                     { r.of.tip.leave() }

// Outline is a thin border around what it is laid over, like that of an entry.
type Outline struct {
	fw.BaseWidget
	radius float32
	color  fyne.ThemeColorName
}

// NewOutline makes a border like that of an entry.
func NewOutline() *Outline { return NewOutlineOf(theme.Corner, theme.Border) }

// NewOutlineOf makes a border with that radius and colour.
func NewOutlineOf(radius float32, color fyne.ThemeColorName) *Outline {
	o := &Outline{radius: radius, color: color}
	o.ExtendBaseWidget(o)
	return o
}

// CreateRenderer is Fyne's way to the drawing.
func (o *Outline) CreateRenderer() fyne.WidgetRenderer {
	r := &outlineRenderer{o, canvas.NewRectangle(color.Transparent)}
	r.Refresh()
	return r
}

type outlineRenderer struct {
	of  *Outline
	box *canvas.Rectangle
}

func (r *outlineRenderer) MinSize() fyne.Size           { return fyne.Size{} }
func (r *outlineRenderer) Layout(size fyne.Size)        { r.box.Resize(size) }
func (r *outlineRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.box} }
func (r *outlineRenderer) Destroy()                     {}
func (r *outlineRenderer) Refresh() {
	r.box.StrokeWidth, r.box.StrokeColor, r.box.CornerRadius = 1, theme.Color(r.of.color), r.of.radius
	r.box.Refresh()
}
