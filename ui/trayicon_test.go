package ui

import (
	"bytes"
	"image/png"
	"runtime"
	"testing"

	"fyne.io/fyne/v2/test"

	"berth/ui/theme"
)

// Fyne paints a drawing for the tray on a goroutine of its own, so it is given none.
func TestTheTrayIsGivenPicturesAndNoDrawings(t *testing.T) {
	if runtime.GOOS == "darwin" {
		t.Skip("its trays take drawings")
	}
	test.NewTempApp(t)
	seen := map[string]theme.IconName{}
	for _, name := range []theme.IconName{theme.IconTrayNone, theme.IconTrayStopped, theme.IconTrayStarting, theme.IconTrayRunning, theme.IconTrayTrouble} {
		content := painted(theme.TrayIcon(name)).Content()
		picture, err := png.Decode(bytes.NewReader(content))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if size := picture.Bounds().Size(); size.X != trayIconSize || size.Y != trayIconSize {
			t.Errorf("%s is of %v", name, size)
		}
		if other, ok := seen[string(content)]; ok {
			t.Errorf("%s looks as %s does", name, other)
		}
		seen[string(content)] = name
	}
}

func BenchmarkATrayIcon(b *testing.B) {
	test.NewTempApp(b)
	for b.Loop() {
		painted(theme.TrayIcon(theme.IconTrayRunning))
	}
}
