package widget

import (
	"os"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"berth/ui/theme"
)

func TestMain(m *testing.M) {
	app := test.NewApp()
	app.Settings().SetTheme(theme.New(theme.Dark))
	code := m.Run()
	app.Quit()
	os.Exit(code)
}

// shown puts an object into a window of that size.
func shown(t *testing.T, o fyne.CanvasObject, width, height float32) fyne.Window {
	t.Helper()
	w := test.NewTempWindow(t, o)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(width, height))
	return w
}
