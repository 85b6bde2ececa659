package widget

import (
	"errors"

	"fyne.io/fyne/v2"
	fw "fyne.io/fyne/v2/widget"
)

// Entry is a line to type into that knows Escape and leaves the window's shortcuts to the window.
type Entry struct {
	fw.Entry
	OnEscape func()
	OnLeave  func()                  // the keyboard goes elsewhere
	OnKey    func(fyne.KeyName) bool // sees keys first, and reports whether it used one
}

// NewEntry makes an entry; hint is what it says while it is empty.
func NewEntry(hint string) *Entry {
	e := &Entry{}
	e.ExtendBaseWidget(e)
	e.SetPlaceHolder(hint)
	return e
}

// NewTextArea makes an entry of several lines.
func NewTextArea(hint string, lines int) *Entry {
	e := NewEntry(hint)
	e.MultiLine = true
	e.Wrapping = fyne.TextWrapOff
	e.SetMinRowsVisible(lines)
	return e
}

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

// FocusGained begins typing.
func (e *Entry) FocusGained() { e.Entry.FocusGained(); tellFocus(e) }

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
