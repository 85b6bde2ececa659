package widget

import (
	"image/color"
	"strings"

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
	// Wrap breaks a text that is too long into lines instead. They are known once it has a width, as with every text that wraps:
	// Fyne lays out anew what is around it then.
	Wrap bool
	// Lines is how many lines a text that wraps takes at most; the whole of what does not fit is in a tip. 0 for as many as it needs.
	Lines int
}

// Text is a text in one style, on one line unless it wraps.
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
func (t *Text) Natural() float32 { return TextWidth(t.text, t.style) }

// TextWidth is the width of a whole text in a style.
func TextWidth(text string, style TextStyle) float32 {
	size := style.Size
	if size == 0 {
		size = theme.TextSize
	}
	return fyne.MeasureText(text, size, fyne.TextStyle{Bold: style.Bold, Monospace: style.Mono}).Width + 1
}

// SetColor changes the colour.
func (t *Text) SetColor(c fyne.ThemeColorName) {
	if c == t.style.Color {
		return
	}
	t.style.Color = c
	t.Refresh()
}

// Tip is the whole of a text that is cut.
func (t *Text) Tip(fyne.Position) string {
	if !t.cut {
		return ""
	}
	return t.text
}

// MouseIn shows the whole of a text that is cut, after a moment.
func (t *Text) MouseIn(e *desktop.MouseEvent) { t.tip.enter(t, t.Tip(e.Position), e.AbsolutePosition) }

// MouseMoved does nothing.
func (t *Text) MouseMoved(*desktop.MouseEvent) {}

// MouseOut hides the tip.
func (t *Text) MouseOut() { t.tip.leave() }

// CreateRenderer is Fyne's way to the drawing.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	r := &textRenderer{of: t, lines: []*canvas.Text{canvas.NewText(t.text, color.Transparent)}}
	r.Refresh()
	return r
}

type textRenderer struct {
	of    *Text
	lines []*canvas.Text // one, unless it wraps
	width float32
}

func (r *textRenderer) fyneStyle() fyne.TextStyle {
	return fyne.TextStyle{Bold: r.of.style.Bold, Monospace: r.of.style.Mono}
}

func (r *textRenderer) measure(s string) float32 {
	return fyne.MeasureText(s, r.of.style.Size, r.fyneStyle()).Width
}

func (r *textRenderer) MinSize() fyne.Size {
	size := fyne.MeasureText(r.of.text, r.of.style.Size, r.fyneStyle())
	if !r.of.style.Fixed {
		size.Width = 0
	}
	size.Height *= float32(len(r.lines))
	return size
}

func (r *textRenderer) Layout(size fyne.Size) {
	r.width = size.Width
	r.fit()
	height := r.lines[0].MinSize().Height
	top := (size.Height - height*float32(len(r.lines))) / 2
	for i, line := range r.lines {
		line.Move(fyne.NewPos(0, top+float32(i)*height))
		line.Resize(fyne.NewSize(size.Width, height))
	}
}

// fit makes the text as wide as there is room: by breaking it into lines, or by cutting it.
func (r *textRenderer) fit() {
	text := r.of.text
	r.of.cut = false
	lines := []string{text}
	if tooWide := r.width > 0 && !r.of.style.Fixed && r.measure(text) > r.width+0.5; tooWide && r.of.style.Wrap {
		lines, r.of.cut = atMost(broken(text, r.width, r.measure), r.of.style.Lines, r.width, r.measure)
	} else if tooWide {
		lines[0], r.of.cut = shortened(text, r.width, r.measure), true
	}
	for len(r.lines) < len(lines) {
		r.lines = append(r.lines, canvas.NewText("", color.Transparent))
	}
	r.lines = r.lines[:len(lines)]
	for i, line := range lines {
		r.lines[i].Text = line
		r.style(r.lines[i])
	}
}

func (r *textRenderer) style(line *canvas.Text) {
	line.Color = theme.Color(r.of.style.Color)
	line.TextSize = r.of.style.Size
	line.TextStyle = r.fyneStyle()
	line.Alignment = r.of.style.Align
}

// fitting is how many of the runes, with an end behind them, are not wider than that, found by halving.
func fitting(runes []rune, end string, width float32, measure func(string) float32) int {
	low, high := 0, len(runes)
	for low < high {
		middle := (low + high + 1) / 2
		if measure(string(runes[:middle])+end) <= width {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}

// broken breaks a text between words into lines that are not wider than that; a longer word is broken too.
func broken(text string, width float32, measure func(string) float32) []string {
	var lines []string
	rest := []rune(text)
	for len(rest) > 0 && measure(string(rest)) > width+0.5 {
		n := max(1, fitting(rest, "", width, measure))
		end := n
		for end > 0 && rest[end-1] != ' ' && (end == len(rest) || rest[end] != ' ') {
			end--
		}
		if end == 0 {
			end = n
		}
		lines = append(lines, strings.TrimSpace(string(rest[:end])))
		rest = []rune(strings.TrimLeft(string(rest[end:]), " "))
	}
	if len(rest) > 0 || len(lines) == 0 {
		lines = append(lines, string(rest))
	}
	return lines
}

// shortened is as much of a text as is not wider than that, with an ellipsis.
func shortened(text string, width float32, measure func(string) float32) string {
	runes := []rune(text)
	return string(runes[:fitting(runes, "…", width, measure)]) + "…"
}

// atMost leaves that many lines, and says whether it left any out; 0 for all.
func atMost(lines []string, most int, width float32, measure func(string) float32) (left []string, cut bool) {
	if most == 0 || len(lines) <= most {
		return lines, false
	}
	lines[most-1] = shortened(lines[most-1]+" "+lines[most], width, measure)
	return lines[:most], true
}

func (r *textRenderer) Refresh() {
	r.Layout(r.of.Size())
	for _, line := range r.lines {
		line.Refresh()
	}
}

func (r *textRenderer) Objects() []fyne.CanvasObject {
	objects := make([]fyne.CanvasObject, len(r.lines))
	for i, line := range r.lines {
		objects[i] = line
	}
	return objects
}

func (r *textRenderer) Destroy() { r.of.tip.leave() }

// Fixed reports whether it keeps its whole width.
func (t *Text) Fixed() bool { return t.style.Fixed }

// Wraps reports whether it breaks into lines.
func (t *Text) Wraps() bool { return t.style.Wrap }
