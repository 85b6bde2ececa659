package main

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

// marker is a dot that calls painted, on the main goroutine, for each frame that it is in and for which it was refreshed.
func marker(painted func()) (in fyne.CanvasObject, refresh func()) {
	dot := canvas.NewRasterWithPixels(func(_, _, _, _ int) color.Color {
		painted()
		return color.Transparent
	})
	dot.Resize(fyne.NewSquareSize(1))
	return container.NewWithoutLayout(dot), dot.Refresh
}

// mark puts a marker over the window that is there.
func mark(painted func()) (refresh func()) {
	dot, refresh := marker(painted)
	fyne.CurrentApp().Driver().AllWindows()[0].Canvas().Overlays().Add(dot)
	return refresh
}
