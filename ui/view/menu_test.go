package view

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	ft "fyne.io/fyne/v2/theme"

	"berth/ui/theme"
)

func TestTheKeysOfAMenuStandInOneColumn(t *testing.T) {
	open(t, theme.Dark, 1280, 800)
	items := []*fyne.MenuItem{
		entry("Stop\tT", false, nil), entry("Save the whole log…\tCtrl+Shift+S", false, nil), fyne.NewMenuItemSeparator(),
		entry("Smaller text\tCtrl+-", false, nil), entry("Repair ownership of all…", false, nil),
	}
	alignKeys(items)
	wide := func(text string) float32 { return fyne.MeasureText(text, ft.TextSize(), fyne.TextStyle{}).Width }
	var column float32
	for _, item := range items {
		at := strings.LastIndex(item.Label, "\t") + 1
		if at == 0 {
			continue
		}
		if column == 0 {
			column = wide(item.Label[:at])
		}
		if begins := wide(item.Label[:at]); begins != column {
			t.Errorf("the key of %q begins at %v, others at %v", item.Label, begins, column)
		}
		if words := strings.TrimRight(item.Label[:at], "\t"); wide(words) > column-4 {
			t.Errorf("the key of %q touches its words", item.Label)
		}
	}
	if column < wide("Save the whole log…") {
		t.Errorf("the column is at %v", column)
	}
	if got := items[4].Label; got != "Repair ownership of all…" {
		t.Errorf("a line without a key became %q", got)
	}
}
