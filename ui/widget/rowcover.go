package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	fw "fyne.io/fyne/v2/widget"
)

// Tipper is a part of a row that has something to say where the pointer rests on it; "" where it has not.
type Tipper interface{ Tip(at fyne.Position) string }

// TipAt is what the objects, or those within them, have to say at a place.
func TipAt(at fyne.Position, objects ...fyne.CanvasObject) string {
	for _, o := range objects {
		within, size := at.Subtract(o.Position()), o.Size()
		if !o.Visible() || within.X < 0 || within.Y < 0 || within.X >= size.Width || within.Y >= size.Height {
			continue
		}
		tip := ""
		switch one := o.(type) {
		case *fyne.Container:
			tip = TipAt(within, one.Objects...)
		case Tipper:
			tip = one.Tip(within)
		}
		if tip != "" {
			return tip
		}
	}
	return ""
}

// rowCover lies over a row and takes the pointer for all of it. Fyne tells only the innermost object that the pointer is over it:
// a text, which has a tip when it is cut, would leave the row without its highlight.
type rowCover struct {
	fw.BaseWidget
	hover func(bool)
	tipAt func(fyne.Position) string
	said  string // the tip that was asked for
	tip   tipped
}

func newRowCover(hover func(bool), tipAt func(fyne.Position) string) *rowCover {
	c := &rowCover{hover: hover, tipAt: tipAt}
	c.ExtendBaseWidget(c)
	return c
}

// MouseIn highlights the row, and shows the tip of what is under the pointer.
func (c *rowCover) MouseIn(e *desktop.MouseEvent) {
	c.hover(true)
	c.MouseMoved(e)
}

// MouseMoved shows another tip where it is over something else.
func (c *rowCover) MouseMoved(e *desktop.MouseEvent) {
	text := c.tipAt(e.Position)
	if text == c.said {
		return
	}
	c.said = text
	c.tip.enter(c, text, e.AbsolutePosition) // without a text it only ends the one before
}

// MouseOut ends both.
func (c *rowCover) MouseOut() {
	c.hover(false)
	c.said = ""
	c.tip.leave()
}

// CreateRenderer is Fyne's way to the drawing, of which there is none.
func (c *rowCover) CreateRenderer() fyne.WidgetRenderer {
	return fw.NewSimpleRenderer(container.NewWithoutLayout())
}
