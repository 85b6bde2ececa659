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

// ButtonKind is how much a button asks to be pressed.
type ButtonKind uint8

// The kinds. A view has at most one primary button.
const (
	Plain ButtonKind = iota
	Primary
	Danger // what it does cannot be taken back
	On     // a switch that is on
)

// Button is a button with an icon, a text, or both.
type Button struct {
	fw.BaseWidget
	OnTapped func()

	text     string
	icon     theme.IconName
	kind     ButtonKind
	small    bool
	quiet    bool
	tipText  string
	room     []string // texts it may show; its width is that of the longest
	disabled bool
	narrow   bool // shows its icon alone
	hovered  bool
	focused  bool
	tip      tipped
}

// ButtonOptions are what a button is made of.
type ButtonOptions struct {
	Text  string
	Icon  theme.IconName // empty for none
	Kind  ButtonKind
	Small bool   // 28 high rather than 34
	Quiet bool   // without a fill until the pointer is over it
	Tip   string // shown when the pointer rests on it: what it does, and its key
	Other string // a text it shows at other times: its width is that of the longer, so that nothing beside it moves
}

// NewButton makes a button.
func NewButton(o ButtonOptions, tapped func()) *Button {
	b := &Button{OnTapped: tapped, text: o.Text, icon: o.Icon, kind: o.Kind, small: o.Small, quiet: o.Quiet, tipText: o.Tip}
	if o.Other != "" {
		b.room = []string{o.Text, o.Other}
	}
	b.ExtendBaseWidget(b)
	return b
}

// Text is what stands on it.
func (b *Button) Text() string { return b.text }

// Tip is what it says when the pointer rests on it.
func (b *Button) Tip() string { return b.tipText }

// SetTip changes what it says then.
func (b *Button) SetTip(tip string) { b.tipText = tip }

// SetText changes the text.
func (b *Button) SetText(text string) {
	if text != b.text {
		b.text = text
		b.Refresh()
	}
}

// SetIcon changes the icon.
func (b *Button) SetIcon(icon theme.IconName) {
	if icon != b.icon {
		b.icon = icon
		b.Refresh()
	}
}

// Wide is the width with all words, Narrow that of the icon alone; both are the same for a button without an icon.
func (b *Button) Wide() float32 { return b.width(false) }

// Narrow is the width of the icon alone.
func (b *Button) Narrow() float32 { return b.width(true) }

func (b *Button) width(narrow bool) float32 {
	return b.widthOf(narrow, append([]string{b.text}, b.room...)...)
}

// widthOf is the width with the longest of some texts.
func (b *Button) widthOf(narrow bool, texts ...string) float32 {
	size := theme.TextSize
	if b.small {
		size = theme.SecondSize
	}
	width := 2 * theme.Space12
	words := b.text != "" && (!narrow || b.icon == "")
	if words {
		var widest float32
		for _, text := range texts {
			widest = max(widest, fyne.MeasureText(text, size, fyne.TextStyle{Bold: true}).Width)
		}
		width += widest
	}
	if b.icon != "" {
		width += theme.IconSize
		if words {
			width += theme.Space8
		} else {
			width -= theme.Space8
		}
	}
	return width
}

// SetNarrow shows the icon alone, the words in its tip; a button without an icon keeps its words.
func (b *Button) SetNarrow(narrow bool) {
	if narrow = narrow && b.icon != ""; narrow != b.narrow {
		b.narrow = narrow
		b.Refresh()
	}
}

// Kind is what it is now.
func (b *Button) Kind() ButtonKind { return b.kind }

// SetKind changes the kind.
func (b *Button) SetKind(k ButtonKind) {
	if k != b.kind {
		b.kind = k
		b.Refresh()
	}
}

// Disable makes it deaf.
func (b *Button) Disable() { b.SetEnabled(false) }

// Enable makes it work.
func (b *Button) Enable() { b.SetEnabled(true) }

// Disabled reports whether it is deaf.
func (b *Button) Disabled() bool { return b.disabled }

// SetEnabled makes it work or deaf.
func (b *Button) SetEnabled(enabled bool) {
	if b.disabled == !enabled {
		return
	}
	b.disabled = !enabled
	b.Refresh()
}

// Tapped presses it.
func (b *Button) Tapped(*fyne.PointEvent) {
	b.tip.leave()
	if !b.disabled && b.OnTapped != nil {
		b.OnTapped()
	}
}

// TypedKey presses it by Space or Enter.
func (b *Button) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeySpace || e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter {
		b.Tapped(nil)
		return
	}
	passKey(b, e.Name)
}

// TypedRune passes a letter on.
func (b *Button) TypedRune(r rune) { passRune(b, r) }

// FocusGained shows the focus.
func (b *Button) FocusGained() { b.focused = true; b.Refresh(); tellFocus(b) }

// FocusLost hides it.
func (b *Button) FocusLost() { b.focused = false; b.Refresh() }

// MouseIn shows that it can be pressed.
func (b *Button) MouseIn(e *desktop.MouseEvent) {
	b.hovered = true
	b.Refresh()
	text := b.tipText
	if b.narrow && !strings.HasPrefix(text, b.text) { // what stands on it no longer
		text = strings.TrimSuffix(b.text+" · "+text, " · ")
	}
	b.tip.enter(b, text, e.AbsolutePosition)
}

// MouseMoved does nothing.
func (b *Button) MouseMoved(*desktop.MouseEvent) {}

// MouseOut ends that.
func (b *Button) MouseOut() {
	b.hovered = false
	b.Refresh()
	b.tip.leave()
}

// CreateRenderer is Fyne's way to the drawing.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{
		of: b, back: canvas.NewRectangle(color.Transparent), text: canvas.NewText("", color.Transparent), icon: canvas.NewImageFromResource(nil),
	}
	r.back.CornerRadius = theme.Corner
	r.text.TextStyle = fyne.TextStyle{Bold: true}
	r.icon.FillMode = canvas.ImageFillContain
	r.Refresh()
	return r
}

type buttonRenderer struct {
	of   *Button
	back *canvas.Rectangle
	text *canvas.Text
	icon *canvas.Image
}

func (r *buttonRenderer) height() float32 {
	if r.of.small {
		return theme.SmallH
	}
	return theme.ControlH
}

func (r *buttonRenderer) size() float32 {
	if r.of.small {
		return theme.SecondSize
	}
	return theme.TextSize
}

func (r *buttonRenderer) MinSize() fyne.Size {
	return fyne.NewSize(r.of.width(r.of.narrow), r.height())
}

func (r *buttonRenderer) Layout(size fyne.Size) {
	r.back.Resize(size)
	content := r.of.widthOf(r.of.narrow, r.of.text) - 2*theme.Space12
	if r.of.text == "" || r.of.narrow {
		content = theme.IconSize
	}
	x := (size.Width - content) / 2
	if r.of.icon != "" {
		r.icon.Resize(fyne.NewSquareSize(theme.IconSize))
		r.icon.Move(fyne.NewPos(x, (size.Height-theme.IconSize)/2))
		x += theme.IconSize + theme.Space8
	}
	least := r.text.MinSize()
	r.text.Resize(least)
	r.text.Move(fyne.NewPos(x, (size.Height-least.Height)/2))
}

// colors are the fill and what stands on it.
func (r *buttonRenderer) colors() (fill, front fyne.ThemeColorName) {
	fill, front = theme.Raised, theme.Text
	if r.of.hovered && !r.of.disabled {
		fill = theme.Hover
	}
	if r.of.quiet && !r.of.hovered {
		fill, front = "", theme.Muted
	}
	switch r.of.kind {
	case Primary:
		fill, front = theme.Accent, theme.OnAccent
	case Danger:
		front = theme.Bad
	case On:
		fill, front = theme.Selection, theme.Accent
	}
	if r.of.disabled {
		fill, front = theme.Raised, theme.Muted
	}
	return fill, front
}

func (r *buttonRenderer) Refresh() {
	fill, front := r.colors()
	r.back.FillColor = color.Transparent
	if fill != "" {
		r.back.FillColor = theme.Color(fill)
	}
	r.back.StrokeWidth, r.back.StrokeColor = 0, color.Transparent
	if r.of.focused {
		ring := theme.Accent
		if r.of.kind == Primary {
			ring = theme.Text
		}
		r.back.StrokeWidth, r.back.StrokeColor = 2, theme.Color(ring)
	}
	r.text.Text, r.text.TextSize, r.text.Color = r.of.text, r.size(), theme.Color(front)
	r.text.Hidden = r.of.narrow
	r.icon.Hidden = r.of.icon == ""
	if r.of.icon != "" {
		r.icon.Resource = theme.Icon(r.of.icon, front)
		r.icon.Translucency = 0
	}
	if r.of.disabled {
		r.text.Color = faded(r.text.Color)
		r.icon.Translucency = 0.5
	}
	r.Layout(r.of.Size())
	r.back.Refresh()
	r.text.Refresh()
	r.icon.Refresh()
}

// faded is a colour at half strength.
func faded(c color.Color) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A /= 2
	return n
}

func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.icon, r.text}
}
func (r *buttonRenderer) Destroy() { r.of.tip.leave() }
