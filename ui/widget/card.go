package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/theme"
)

// Card is a panel with a thin border and round corners around its content.
type Card struct {
	fw.BaseWidget
	content fyne.CanvasObject
	padding float32
}

// NewCard makes a card; padding is the space around the content.
func NewCard(content fyne.CanvasObject, padding float32) *Card {
	c := &Card{content: content, padding: padding}
	c.ExtendBaseWidget(c)
	return c
}

// Content is what the card is around.
func (c *Card) Content() fyne.CanvasObject { return c.content }

// CreateRenderer is Fyne's way to the drawing.
func (c *Card) CreateRenderer() fyne.WidgetRenderer {
	r := &cardRenderer{of: c, back: canvas.NewRectangle(color.Transparent)}
	r.back.CornerRadius, r.back.StrokeWidth = theme.CardCorner, 1
	r.paint()
	return r
}

type cardRenderer struct {
	of   *Card
	back *canvas.Rectangle
}

func (r *cardRenderer) inset() float32 { return r.of.padding + 1 } // the border

func (r *cardRenderer) MinSize() fyne.Size {
	return r.of.content.MinSize().Add(fyne.NewSquareSize(2 * r.inset()))
}

func (r *cardRenderer) Layout(size fyne.Size) {
	r.back.Resize(size)
	r.of.content.Move(fyne.NewSquareOffsetPos(r.inset()))
	r.of.content.Resize(size.Subtract(fyne.NewSquareSize(2 * r.inset())))
}

func (r *cardRenderer) paint() {
	r.back.FillColor, r.back.StrokeColor = theme.Color(theme.Panel), theme.Color(theme.Line)
}

func (r *cardRenderer) Refresh() {
	r.paint()
	r.back.Refresh()
	r.of.content.Refresh()
}

func (r *cardRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.of.content}
}
func (r *cardRenderer) Destroy() {}
