package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/theme"
)

// TextStyle is how a Text looks. The zero value is normal text.
type TextStyle struct {
	Color fyne.ThemeColorName // empty means theme.Text
	Size  float32             // 0 means theme.TextSize
	Bold  bool
	Mono  bool
	Align fyne.TextAlign
	// Fixed keeps the text's whole width as its least; else it gives way and ends in an ellipsis, its whole text in a tip.
	Fixed bool
}

// Text is one line of text in one style.
type Text struct {
	fw.BaseWidget
	style TextStyle
	text  string
	tip   tipped
	cut   bool
}

// NewText makes a text.
func NewText(text string, style TextStyle) *Text {
	if style.Color == "" {
		style.Color = theme.Text
	}
	if style.Size == 0 {
		style.Size = theme.TextSize
	}
	t := &Text{text: text, style: style}
	t.ExtendBaseWidget(t)
	return t
}

// SetText changes the text.
func (t *Text) SetText(text string) {
	if text == t.text {
		return
	}
	t.text = text
	t.Refresh()
}

// Text is what it shows, or would with room enough.
func (t *Text) Text() string { return t.text }

// Natural is the width of the whole text.
func (t *Text) Natural() float32 {
	return fyne.MeasureText(t.text, t.style.Size, fyne.TextStyle{Bold: t.style.Bold, Monospace: t.style.Mono}).Width + 1
}

// SetColor changes the colour.
func (t *Text) SetColor(c fyne.ThemeColorName) {
	if c == t.style.Color {
		return
	}
	t.style.Color = c
	t.Refresh()
}

// MouseIn shows the whole of a text that is cut, after a moment.
func (t *Text) MouseIn(e *desktop.MouseEvent) {
	if t.cut {
		t.tip.enter(t, t.text, e.AbsolutePosition)
	}
}

// MouseMoved does nothing.
func (t *Text) MouseMoved(*desktop.MouseEvent) {}

// MouseOut hides the tip.
func (t *Text) MouseOut() { t.tip.leave() }

// CreateRenderer is Fyne's way to the drawing.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	r := &textRenderer{of: t, shown: canvas.NewText(t.text, color.Transparent)}
	r.Refresh()
	return r
}

type textRenderer struct {
	of    *Text
	shown *canvas.Text
	width float32
}

func (r *textRenderer) fyneStyle() fyne.TextStyle {
	return fyne.TextStyle{Bold: r.of.style.Bold, Monospace: r.of.style.Mono}
}

func (r *textRenderer) MinSize() fyne.Size {
	size := fyne.MeasureText(r.of.text, r.of.style.Size, r.fyneStyle())
	if !r.of.style.Fixed {
		size.Width = 0
	}
	return size
}

func (r *textRenderer) Layout(size fyne.Size) {
	r.width = size.Width
	r.fit()
	height := r.shown.MinSize().Height
	r.shown.Move(fyne.NewPos(0, (size.Height-height)/2))
	r.shown.Resize(fyne.NewSize(size.Width, height))
}

// fit cuts the text to the width.
func (r *textRenderer) fit() {
	text := r.of.text
	measure := func(s string) float32 { return fyne.MeasureText(s, r.of.style.Size, r.fyneStyle()).Width }
	r.of.cut = false
	if r.width > 0 && !r.of.style.Fixed && measure(text) > r.width+0.5 {
		r.of.cut = true
		runes := []rune(text)
		low, high := 0, len(runes) // the longest prefix that fits, by halving
		for low < high {
			middle := (low + high + 1) / 2
			if measure(string(runes[:middle])+"…") <= r.width {
				low = middle
			} else {
				high = middle - 1
			}
		}
		text = string(runes[:low]) + "…"
	}
	r.shown.Text = text
}

func (r *textRenderer) Refresh() {
	r.shown.Color = theme.Color(r.of.style.Color)
	r.shown.TextSize = r.of.style.Size
	r.shown.TextStyle = r.fyneStyle()
	r.shown.Alignment = r.of.style.Align
	r.Layout(r.of.Size())
	r.shown.Refresh()
}

func (r *textRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.shown} }
func (r *textRenderer) Destroy()                     { r.of.tip.leave() }

// Fixed reports whether it keeps its whole width.
func (t *Text) Fixed() bool { return t.style.Fixed }
