package widget

import (
	"fyne.io/fyne/v2"
	fw "fyne.io/fyne/v2/widget"
)

// SelectEntry is a line to type into with some proposals. It knows Escape, leaves the window's shortcuts to the window, and
// shows the proposals by the arrow key too.
type SelectEntry struct{ fw.SelectEntry }

// NewSelectEntry makes an entry with proposals.
func NewSelectEntry(options []string) *SelectEntry {
	e := &SelectEntry{}
	e.ExtendBaseWidget(e)
	e.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	e.SetOptions(options)
	return e
}

// TypedKey is a key that writes nothing.
func (e *SelectEntry) TypedKey(key *fyne.KeyEvent) {
	list, _ := e.ActionItem.(fyne.Tappable)
	switch {
	case windowsKey(key.Name):
		passKey(e, key.Name)
	case key.Name == fyne.KeyDown && list != nil && !e.Disabled():
		list.Tapped(&fyne.PointEvent{})
	default:
		e.SelectEntry.TypedKey(key)
	}
}

// FocusGained begins typing.
func (e *SelectEntry) FocusGained() { e.SelectEntry.FocusGained(); tellFocus(e) }

// TypedShortcut is a key with Ctrl or the like.
func (e *SelectEntry) TypedShortcut(s fyne.Shortcut) {
	if !passShortcut(e, s) {
		e.SelectEntry.TypedShortcut(s)
	}
}
