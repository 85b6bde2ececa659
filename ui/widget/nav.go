package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/theme"
)

// NavItem is one entry of the rail.
type NavItem struct {
	fw.BaseWidget
	OnTapped func()

	text     string
	icon     theme.IconName
	count    string
	selected bool
	hovered  bool
	focused  bool
}

// NewNavItem makes an entry.
func NewNavItem(icon theme.IconName, text string, tapped func()) *NavItem {
	n := &NavItem{OnTapped: tapped, text: text, icon: icon}
	n.ExtendBaseWidget(n)
	return n
}

// SetCount shows a number at its end; "" shows none.
func (n *NavItem) SetCount(count string) {
	if count != n.count {
		n.count = count
		n.Refresh()
	}
}

// SetSelected marks it as the page that is shown.
func (n *NavItem) SetSelected(selected bool) {
	if selected != n.selected {
		n.selected = selected
		n.Refresh()
	}
}

// Tapped chooses it.
func (n *NavItem) Tapped(*fyne.PointEvent) { n.OnTapped() }

// TypedKey chooses it by Space or Enter.
func (n *NavItem) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeySpace || e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter {
		n.OnTapped()
		return
	}
	passKey(n, e.Name)
}

// TypedRune passes a letter on.
func (n *NavItem) TypedRune(r rune) { passRune(n, r) }

// FocusGained shows the focus.
func (n *NavItem) FocusGained() { n.focused = true; n.Refresh() }

// FocusLost hides it.
func (n *NavItem) FocusLost() { n.focused = false; n.Refresh() }

// MouseIn shows that it can be chosen.
func (n *NavItem) MouseIn(*desktop.MouseEvent) { n.hovered = true; n.Refresh() }

// MouseMoved does nothing.
func (n *NavItem) MouseMoved(*desktop.MouseEvent) {}

// MouseOut ends that.
func (n *NavItem) MouseOut() { n.hovered = false; n.Refresh() }

// CreateRenderer is Fyne's way to the drawing.
func (n *NavItem) CreateRenderer() fyne.WidgetRenderer {
	r := &navRenderer{
		of: n, back: canvas.NewRectangle(color.Transparent), icon: canvas.NewImageFromResource(nil),
		text: canvas.NewText(n.text, color.Transparent), count: canvas.NewText("", color.Transparent),
	}
	r.back.CornerRadius = theme.Corner
	r.text.TextSize, r.count.TextSize = theme.TextSize, theme.SmallSize
	r.icon.FillMode = canvas.ImageFillContain
	r.Refresh()
	return r
}

type navRenderer struct {
	of          *NavItem
	back        *canvas.Rectangle
	icon        *canvas.Image
	text, count *canvas.Text
}

func (r *navRenderer) MinSize() fyne.Size { return fyne.NewSize(120, 36) }

func (r *navRenderer) Layout(size fyne.Size) {
	r.back.Resize(size)
	r.icon.Resize(fyne.NewSquareSize(theme.IconSize + 1))
	r.icon.Move(fyne.NewPos(10, (size.Height-theme.IconSize-1)/2))
	text, count := r.text.MinSize(), r.count.MinSize()
	r.text.Resize(text)
	r.text.Move(fyne.NewPos(38, (size.Height-text.Height)/2))
	r.count.Resize(count)
	r.count.Move(fyne.NewPos(size.Width-count.Width-10, (size.Height-count.Height)/2))
}

func (r *navRenderer) Refresh() {
	front := theme.Muted
	r.back.FillColor, r.back.StrokeWidth = color.Transparent, 0
	switch {
	case r.of.selected:
		r.back.FillColor, front = theme.Color(theme.Selection), theme.Text
	case r.of.hovered:
		r.back.FillColor = theme.Color(theme.Raised)
	}
	if r.of.focused {
		r.back.StrokeWidth, r.back.StrokeColor = 2, theme.Color(theme.Accent)
	}
	r.icon.Resource = theme.Icon(r.of.icon, front)
	r.text.Color, r.count.Color = theme.Color(front), theme.Color(theme.Muted)
	r.count.Text = r.of.count
	r.Layout(r.of.Size())
	r.back.Refresh()
	r.icon.Refresh()
	r.text.Refresh()
	r.count.Refresh()
}

func (r *navRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.icon, r.text, r.count}
}
func (r *navRenderer) Destroy() {}
