package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/theme"
)

// Tap makes any content something that can be pressed, by the pointer and by the keyboard.
type Tap struct {
	fw.BaseWidget
	OnTapped func()
	OnKey    func(fyne.KeyName) bool // sees keys first, and reports whether it used one

	content fyne.CanvasObject
	help    string
	hovered bool
	focused bool
	tip     tipped
}

// NewTap makes one; help is said when the pointer rests on it.
func NewTap(content fyne.CanvasObject, help string, tapped func()) *Tap {
	t := &Tap{OnTapped: tapped, content: content, help: help}
	t.ExtendBaseWidget(t)
	return t
}

// Tapped presses it.
func (t *Tap) Tapped(*fyne.PointEvent) {
	t.tip.leave()
	t.OnTapped()
}

// TypedKey presses it by Space or Enter.
func (t *Tap) TypedKey(e *fyne.KeyEvent) {
	switch {
	case t.OnKey != nil && t.OnKey(e.Name):
	case e.Name == fyne.KeySpace || e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter:
		t.OnTapped()
	default:
		passKey(t, e.Name)
	}
}

// TypedRune passes a letter on.
func (t *Tap) TypedRune(r rune) { passRune(t, r) }

// TypedShortcut is a key with Ctrl or the like.
func (t *Tap) TypedShortcut(pressed fyne.Shortcut) { passShortcut(t, pressed) }

// FocusGained shows the focus.
func (t *Tap) FocusGained() { t.focused = true; t.Refresh(); tellFocus(t) }

// FocusLost hides it.
func (t *Tap) FocusLost() { t.focused = false; t.Refresh() }

// CreateRenderer is Fyne's way to the drawing.
func (t *Tap) CreateRenderer() fyne.WidgetRenderer {
	r := &tapRenderer{of: t, back: canvas.NewRectangle(color.Transparent), cover: &tapCover{of: t}}
	r.cover.ExtendBaseWidget(r.cover)
	r.back.CornerRadius = theme.Corner
	r.paint()
	return r
}

type tapRenderer struct {
	of    *Tap
	back  *canvas.Rectangle
	cover *tapCover
}

func (r *tapRenderer) MinSize() fyne.Size { return r.of.content.MinSize() }

func (r *tapRenderer) Layout(size fyne.Size) {
	r.back.Resize(size)
	r.of.content.Resize(size)
	r.cover.Resize(size)
}

func (r *tapRenderer) paint() {
	r.back.FillColor, r.back.StrokeWidth = color.Transparent, 0
	if r.of.hovered || r.of.focused {
		r.back.FillColor = theme.Color(theme.Raised)
	}
	if r.of.focused {
		r.back.StrokeWidth, r.back.StrokeColor = 2, theme.Color(theme.Accent)
	}
}

func (r *tapRenderer) Refresh() {
	r.paint()
	r.back.Refresh()
	r.of.content.Refresh()
}

func (r *tapRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.of.content, r.cover}
}
func (r *tapRenderer) Destroy() {}

// tapCover lies over the content and takes the pointer, which texts would have for their own tips.
type tapCover struct {
	fw.BaseWidget
	of *Tap
}

// MouseIn shows that it can be pressed.
func (c *tapCover) MouseIn(e *desktop.MouseEvent) {
	c.of.hovered = true
	c.of.Refresh()
	c.of.tip.enter(c.of, c.of.help, e.AbsolutePosition)
}

// MouseMoved does nothing.
func (c *tapCover) MouseMoved(*desktop.MouseEvent) {}

// MouseOut ends that.
func (c *tapCover) MouseOut() {
	c.of.hovered = false
	c.of.Refresh()
	c.of.tip.leave()
}

// CreateRenderer is Fyne's way to the drawing, of which there is none.
func (c *tapCover) CreateRenderer() fyne.WidgetRenderer {
	return fw.NewSimpleRenderer(canvas.NewRectangle(color.Transparent))
}

// Catcher is nothing to be seen that takes the clicks beside what is over it.
type Catcher struct {
	fw.BaseWidget
	tapped func()
}

// NewCatcher makes one.
func NewCatcher(tapped func()) *Catcher {
	c := &Catcher{tapped: tapped}
	c.ExtendBaseWidget(c)
	return c
}

// Tapped is a click on it.
func (c *Catcher) Tapped(*fyne.PointEvent) { c.tapped() }

// TappedSecondary is one with the other button.
func (c *Catcher) TappedSecondary(*fyne.PointEvent) { c.tapped() }

// CreateRenderer is Fyne's way to the drawing, of which there is none.
func (c *Catcher) CreateRenderer() fyne.WidgetRenderer {
	return fw.NewSimpleRenderer(canvas.NewRectangle(color.Transparent))
}
