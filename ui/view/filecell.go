package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// fileCell is a file's name, behind the picture of a folder when it is one.
type fileCell struct {
	fw.BaseWidget
	icon *canvas.Image
	name *widget.Text
	row  *fyne.Container
}

func newFileCell() fyne.CanvasObject {
	c := &fileCell{icon: canvas.NewImageFromResource(theme.Icon(theme.IconFolder, theme.Muted)), name: widget.NewText("", widget.TextStyle{})}
	c.icon.FillMode = canvas.ImageFillContain
	c.row = container.New(fileLayout{}, c.icon, c.name)
	c.ExtendBaseWidget(c)
	return c
}

func (c *fileCell) set(r viewmodel.FileRow) {
	setHidden(c.icon, !r.Folder)
	c.name.SetText(r.Words)
}

// Tip is the whole of a name that is cut.
func (c *fileCell) Tip(at fyne.Position) string { return widget.TipAt(at, c.row) }

// CreateRenderer is Fyne's way to the drawing.
func (c *fileCell) CreateRenderer() fyne.WidgetRenderer { return fw.NewSimpleRenderer(c.row) }

// fileLayout keeps room for the picture, so that the names stand under each other.
type fileLayout struct{}

func (fileLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, theme.RowH) }

func (fileLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	put(o[0], 0, (size.Height-theme.IconSize)/2, theme.IconSize, theme.IconSize)
	put(o[1], theme.IconSize+theme.Space8, 0, size.Width-theme.IconSize-theme.Space8, size.Height)
}
