package ui

import (
	"bytes"
	"image/png"
	"runtime"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
)

// trayIconSize is that of the picture of a tray's icon, in pixels, as Fyne makes them.
const trayIconSize = 64

// painted is a drawing as a picture of pixels, where trays take no drawings. Fyne would make it too, but the first time on a goroutine of
// the tray's, beside the main one, which draws icons from the same cache then: two at once in one map end the program.
func painted(drawing fyne.Resource) fyne.Resource {
	if runtime.GOOS == "darwin" {
		return drawing
	}
	c := software.NewTransparentCanvas()
	c.SetContent(canvas.NewImageFromResource(drawing))
	c.SetPadded(false)
	c.Resize(fyne.NewSquareSize(trayIconSize))
	var picture bytes.Buffer
	if err := png.Encode(&picture, c.Capture()); err != nil {
		return drawing // Fyne tries it again, and says why it cannot be
	}
	return fyne.NewStaticResource(drawing.Name()+".png", picture.Bytes())
}
