package widget

import (
	"errors"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
	fw "fyne.io/fyne/v2/widget"
)

// Entry is a line to type into that knows Escape and leaves the window's shortcuts to the window.
type Entry struct {
	fw.Entry
	OnEscape func()
	OnLeave  func()                  // the keyboard goes elsewhere
	OnKey    func(fyne.KeyName) bool // sees keys first, and reports whether it used one

	choices []string
	begun   bool   // it had the keyboard before
	hint    string // all of it
}

// NewEntry makes an entry; hint is what it says while it is empty.
func NewEntry(hint string) *Entry {
	e := &Entry{}
	e.ExtendBaseWidget(e)
	e.hint = hint
	e.SetPlaceHolder(hint)
	return e
}

// Resize gives it its size. What it says while it is empty is cut where it does not fit: Fyne would show a scroll bar under it.
func (e *Entry) Resize(size fyne.Size) {
	e.Entry.Resize(size)
	if e.MultiLine {
		return
	}
	th := e.Theme()
	room := size.Width - 4*th.Size(fynetheme.SizeNameInnerPadding)
	for _, mark := range []bool{e.ActionItem != nil, e.Validator != nil, e.Icon != nil} {
		if mark {
			room -= th.Size(fynetheme.SizeNameInlineIcon) + th.Size(fynetheme.SizeNameLineSpacing)
		}
	}
	measure := func(text string) float32 {
		return fyne.MeasureText(text, th.Size(fynetheme.SizeNameText), e.TextStyle).Width
	}
	fits := e.hint
	if measure(fits) > room {
		fits = shortened(fits, room, measure)
	}
	if fits != e.PlaceHolder {
		e.SetPlaceHolder(fits)
	}
}

// NewTextArea makes an entry of several lines.
func NewTextArea(hint string, lines int) *Entry {
	e := NewEntry(hint)
	e.MultiLine = true
	e.Wrapping = fyne.TextWrapOff
	e.SetMinRowsVisible(lines)
	return e
}

// NewChoiceEntry makes an entry with a list of texts to choose from, opened by its button or with Down.
func NewChoiceEntry(hint string, choices []string) *Entry {
	e := NewEntry(hint)
	e.OnKey = func(key fyne.KeyName) bool {
		if key != fyne.KeyDown || len(e.choices) == 0 {
			return false
		}
		e.openChoices()
		return true
	}
	e.SetChoices(choices)
	return e
}

// SetChoices sets the texts to choose from; without any there is no button.
func (e *Entry) SetChoices(choices []string) {
	e.choices = choices
	if len(choices) > 0 && e.ActionItem == nil {
		e.ActionItem = newOpener(e.openChoices)
		e.Refresh()
	}
}

func (e *Entry) openChoices() {
	c := fyne.CurrentApp().Driver().CanvasForObject(e)
	if c == nil || e.Disabled() {
		return
	}
	var items []*fyne.MenuItem
	for _, text := range e.choices {
		items = append(items, fyne.NewMenuItem(text, func() { e.SetText(text) }))
	}
	menu := fw.NewPopUpMenu(fyne.NewMenu("", items...), c)
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(e)
	menu.ShowAtPosition(at.AddXY(0, e.Size().Height))
	menu.Resize(fyne.NewSize(max(e.Size().Width, menu.MinSize().Width), menu.MinSize().Height))
}

// CreateRenderer is Fyne's way to the drawing.
func (e *Entry) CreateRenderer() fyne.WidgetRenderer {
	drawn := e.Entry.CreateRenderer()
	if e.MultiLine {
		return drawn
	}
	return &wheeled{drawn, newWheel(e)}
}

// AcceptsTab reports that Tab goes to the next control, also from several lines: who has no mouse could not leave them.
func (e *Entry) AcceptsTab() bool { return false }

// TypedKey is a key that writes nothing.
func (e *Entry) TypedKey(key *fyne.KeyEvent) {
	switch {
	case e.OnKey != nil && e.OnKey(key.Name):
	case key.Name == fyne.KeyEscape && e.OnEscape != nil:
		e.OnEscape()
	case windowsKey(key.Name):
		passKey(e, key.Name)
	default:
		e.Entry.TypedKey(key)
	}
}

// FocusGained begins typing. The first time all of a line is selected, so that what is typed replaces the default in it rather than
// going before it; later the person is in the midst of it, and the keyboard only comes back from another window or a menu. A press of
// the mouse comes after this, and puts the cursor where it points.
func (e *Entry) FocusGained() {
	e.Entry.FocusGained()
	if !e.begun && !e.MultiLine {
		e.Entry.TypedShortcut(&fyne.ShortcutSelectAll{})
	}
	e.begun = true
	tellFocus(e)
}

// FocusLost ends typing.
func (e *Entry) FocusLost() {
	e.Entry.FocusLost()
	if e.OnLeave != nil {
		e.OnLeave()
	}
}

// TypedShortcut is a key with Ctrl or the like.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	if !passShortcut(e, s) {
		e.Entry.TypedShortcut(s)
	}
}

// errTrouble makes Fyne draw an entry as one with something wrong in it.
var errTrouble = errors.New("trouble")

// SetTrouble draws it as one with something wrong in it, or not.
func (e *Entry) SetTrouble(trouble bool) {
	e.AlwaysShowValidationError = trouble
	if trouble {
		e.Validator = func(string) error { return errTrouble }
		e.SetValidationError(errTrouble)
		return
	}
	if e.Validator != nil {
		e.Validator = nil
		e.SetValidationError(nil)
	}
}
