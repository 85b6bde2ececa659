package view

import (
	"fyne.io/fyne/v2"

	"berth/ui/theme"
	"berth/ui/widget"
)

// searchLayout lays a short text over the end of an entry.
type searchLayout struct{}

// MinSize has the entry's own height: in less of it Fyne draws a scroll bar.
func (searchLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(150, max(theme.SmallH, o[0].MinSize().Height))
}

func (searchLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Resize(size)
	least := o[1].MinSize()
	o[1].Resize(least)
	o[1].Move(fyne.NewPos(size.Width-least.Width-theme.Space8, (size.Height-least.Height)/2))
}

// logBarLayout is a row in which one object takes what is left, up to a bound, and others give way where there is no room.
type logBarLayout struct {
	flexible fyne.CanvasObject
	optional []fyne.CanvasObject // the first goes first
	spread   fyne.CanvasObject   // takes the gap in the middle
}

const (
	searchMost  float32 = 230
	logSizeMost float32 = 190
)

func (l *logBarLayout) width(o fyne.CanvasObject) float32 {
	if o == l.spread {
		return min(logSizeMost, o.(*widget.Text).Natural())
	}
	return o.MinSize().Width
}

func (l *logBarLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(0, max(theme.SmallH, l.flexible.MinSize().Height))
	for _, o := range objects {
		if !contains(l.optional, o) {
			size.Width += l.width(o) + theme.Space8
		}
	}
	return size
}

func contains(list []fyne.CanvasObject, o fyne.CanvasObject) bool {
	for _, one := range list {
		if one == o {
			return true
		}
	}
	return false
}

func (l *logBarLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	need := -theme.Space8
	for _, o := range objects {
		need += l.width(o) + theme.Space8
	}
	gone := map[fyne.CanvasObject]bool{}
	for _, o := range l.optional {
		if need <= size.Width {
			break
		}
		gone[o] = true
		need -= l.width(o) + theme.Space8
	}
	spare := max(0, size.Width-need)
	search := min(spare, searchMost-l.width(l.flexible))
	spare -= search
	x := float32(0)
	for _, o := range objects {
		setHidden(o, gone[o])
		if o == l.spread { // all that follows stands at the right
			x += spare
		}
		if gone[o] {
			continue
		}
		width := l.width(o)
		if o == l.flexible {
			width += search
		}
		height := max(theme.SmallH, o.MinSize().Height)
		put(o, x, (size.Height-height)/2, width, height)
		x += width + theme.Space8
	}
}
