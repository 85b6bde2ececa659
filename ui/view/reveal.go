package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"berth/ui/theme"
	"berth/ui/widget"
)

// scrolls makes a scrolled column whose controls come into view when they get the keyboard.
func (s *Shell) scrolls(content fyne.CanvasObject) *container.Scroll {
	scroll := container.NewVScroll(content)
	s.scrolled = append(s.scrolled, scroll)
	return scroll
}

// reveal scrolls as little as needed to show a control, in whichever of the columns it is.
func (s *Shell) reveal(o fyne.CanvasObject) {
	for _, scroll := range s.scrolled {
		y, ok := below(scroll.Content, o)
		if !ok || !scroll.Visible() {
			continue
		}
		top, view := scroll.Offset.Y, scroll.Size().Height
		const room = 2 * theme.Space24 // for what stands over and under it
		switch {
		case y-room < top-view, y+room > top+2*view: // far away: in the middle
			top = y - view/2
		case y-room < top:
			top = y - room
		case y+o.Size().Height+room > top+view:
			top = y + o.Size().Height + room - view
		default:
			return
		}
		scroll.ScrollToOffset(fyne.NewPos(0, max(0, min(top, scroll.Content.MinSize().Height-view))))
		return
	}
}

// wheel scrolls the column that a control is in.
func (s *Shell) wheel(over fyne.CanvasObject, e *fyne.ScrollEvent) {
	for _, scroll := range s.scrolled {
		if _, in := below(scroll.Content, over); in && scroll.Visible() {
			scroll.Scrolled(e)
			return
		}
	}
}

// below is how far an object is under the top of a tree that it is a part of. Widgets are not looked into but for cards:
// controls are whole. Fyne's own answer is no use here, for it does not know what was never painted.
func below(tree, o fyne.CanvasObject) (y float32, ok bool) {
	if tree == o {
		return 0, true
	}
	var parts []fyne.CanvasObject
	switch tree := tree.(type) {
	case *fyne.Container:
		parts = tree.Objects
	case *widget.Card:
		parts = []fyne.CanvasObject{tree.Content()}
	}
	for _, part := range parts {
		if y, ok := below(part, o); ok {
			return part.Position().Y + y, true
		}
	}
	return 0, false
}
