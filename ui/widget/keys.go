package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	fw "fyne.io/fyne/v2/widget"
)

// Keys are what a window does with keys that the widget with the keyboard has no use for. Fyne gives a key to that widget
// alone, so each of ours passes on what it leaves.
type Keys struct {
	Shortcut func(*desktop.CustomShortcut) bool // reports whether it is one of the window's
	Key      func(fyne.KeyName)                 // a key without Ctrl or the like: Escape, F1
	Rune     func(rune)                         // a letter
	Focused  func(fyne.CanvasObject)            // it got the keyboard, and shall be seen

	Wheel func(over fyne.CanvasObject, e *fyne.ScrollEvent) // the mouse wheel turned over a control without a use for it
}

// windows finds a window's keys by its canvas; only the main goroutine touches it.
var windows = map[fyne.Canvas]Keys{}

// HandleKeys sets a window's keys.
func HandleKeys(of fyne.Canvas, k Keys) { windows[of] = k }

func keysOf(o fyne.CanvasObject) Keys {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil {
		return windows[c]
	}
	return Keys{}
}

// passShortcut gives a shortcut to the window and reports whether it knows it.
func passShortcut(o fyne.CanvasObject, s fyne.Shortcut) bool {
	custom, ok := s.(*desktop.CustomShortcut)
	k := keysOf(o)
	return ok && k.Shortcut != nil && k.Shortcut(custom)
}

// passKey gives a key to the window.
func passKey(o fyne.CanvasObject, key fyne.KeyName) {
	if k := keysOf(o); k.Key != nil {
		k.Key(key)
	}
}

// passRune gives a letter to the window.
func passRune(o fyne.CanvasObject, r rune) {
	if k := keysOf(o); k.Rune != nil {
		k.Rune(r)
	}
}

// windowsKey reports whether a key is the window's wherever the keyboard is.
func windowsKey(key fyne.KeyName) bool {
	switch key {
	case fyne.KeyEscape, fyne.KeyF1, fyne.KeyF3, fyne.KeyF5, fyne.KeyF6:
		return true
	}
	return false
}

// tellFocus tells the window who has the keyboard.
func tellFocus(o fyne.CanvasObject) {
	if k := keysOf(o); k.Focused != nil {
		k.Focused(o)
	}
}

// Select is a choice from a list that knows Escape.
type Select struct {
	fw.Select
	ring *focusRing
}

// NewSelect makes a choice.
func NewSelect(options []string, changed func(string)) *Select {
	s := &Select{ring: newFocusRing()}
	s.Options, s.OnChanged = options, changed
	s.ExtendBaseWidget(s)
	return s
}

// FocusGained shows the focus.
func (s *Select) FocusGained() { s.Select.FocusGained(); s.ring.show(true); tellFocus(s) }

// FocusLost hides it.
func (s *Select) FocusLost() { s.Select.FocusLost(); s.ring.show(false) }

// CreateRenderer is Fyne's way to the drawing.
func (s *Select) CreateRenderer() fyne.WidgetRenderer {
	return &ringed{s.Select.CreateRenderer(), s.ring, 0}
}

// TypedShortcut is a key with Ctrl or the like.
func (s *Select) TypedShortcut(pressed fyne.Shortcut) { passShortcut(s, pressed) }

// TypedKey is a key that writes nothing.
func (s *Select) TypedKey(e *fyne.KeyEvent) {
	if windowsKey(e.Name) {
		passKey(s, e.Name)
		return
	}
	s.Select.TypedKey(e)
}

// Check is a box to tick that knows Escape.
type Check struct {
	fw.Check
	ring *focusRing
}

// NewCheck makes a box with its text.
func NewCheck(text string, changed func(bool)) *Check {
	c := &Check{ring: newFocusRing()}
	c.Text, c.OnChanged = text, changed
	c.ExtendBaseWidget(c)
	return c
}

// FocusGained shows the focus.
func (c *Check) FocusGained() { c.Check.FocusGained(); c.ring.show(true); tellFocus(c) }

// FocusLost hides it.
func (c *Check) FocusLost() { c.Check.FocusLost(); c.ring.show(false) }

// CreateRenderer is Fyne's way to the drawing.
func (c *Check) CreateRenderer() fyne.WidgetRenderer {
	return &ringed{c.Check.CreateRenderer(), c.ring, 0}
}

// TypedShortcut is a key with Ctrl or the like.
func (c *Check) TypedShortcut(pressed fyne.Shortcut) { passShortcut(c, pressed) }

// TypedKey is a key that writes nothing; Escape is the window's.
func (c *Check) TypedKey(e *fyne.KeyEvent) {
	if windowsKey(e.Name) {
		passKey(c, e.Name)
		return
	}
	c.Check.TypedKey(e)
}
