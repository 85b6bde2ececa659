package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fw "fyne.io/fyne/v2/widget"
)

// KeyScroll is a scrolled column that can have the keyboard, for what is only read: the arrows scroll it.
type KeyScroll struct {
	fw.BaseWidget
	scroll *container.Scroll
}

// NewKeyScroll makes one.
func NewKeyScroll(content fyne.CanvasObject) *KeyScroll {
	s := &KeyScroll{scroll: container.NewVScroll(content)}
	s.ExtendBaseWidget(s)
	return s
}

// Scroll is what scrolls.
func (s *KeyScroll) Scroll() *container.Scroll { return s.scroll }

// CreateRenderer is Fyne's way to the drawing.
func (s *KeyScroll) CreateRenderer() fyne.WidgetRenderer { return fw.NewSimpleRenderer(s.scroll) }

// keyLine is how far an arrow scrolls.
const keyLine = 24

// TypedKey scrolls, or passes the key on.
func (s *KeyScroll) TypedKey(e *fyne.KeyEvent) {
	y, page, end := s.scroll.Offset.Y, s.scroll.Size().Height-keyLine, s.scroll.Content.MinSize().Height-s.scroll.Size().Height
	switch e.Name {
	case fyne.KeyUp:
		y -= keyLine
	case fyne.KeyDown:
		y += keyLine
	case fyne.KeyPageUp:
		y -= page
	case fyne.KeyPageDown, fyne.KeySpace:
		y += page
	case fyne.KeyHome:
		y = 0
	case fyne.KeyEnd:
		y = end
	default:
		passKey(s, e.Name)
		return
	}
	s.scroll.ScrollToOffset(fyne.NewPos(0, max(0, min(y, end))))
}

// TypedRune passes a letter on.
func (s *KeyScroll) TypedRune(r rune) { passRune(s, r) }

// FocusGained does nothing: that it scrolls is to be seen.
func (s *KeyScroll) FocusGained() {}

// FocusLost does nothing.
func (s *KeyScroll) FocusLost() {}
