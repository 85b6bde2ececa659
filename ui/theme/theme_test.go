package theme

import (
	"image/color"
	"math"
	"path"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"berth/resources"
)

func luminance(c color.Color) float64 {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	linear := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n.R) + 0.7152*linear(n.G) + 0.0722*linear(n.B)
}

// contrast is WCAG's ratio of two colours.
func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// standsOn are the colours of text and the backgrounds that the window puts them on.
var standsOn = map[fyne.ThemeColorName][]fyne.ThemeColorName{
	Text:       {Background, Panel, Raised, Hover, Selection, Log, Chosen},
	Muted:      {Background, Panel, Raised, Selection, Log},
	OK:         {Panel, Selection, Log}, // a state, what is better, a colour of the log
	Warn:       {Panel, Selection, Log, Raised},
	Bad:        {Background, Panel, Selection, Log, Raised, Hover}, // also on the button that takes something away
	Info:       {Panel, Selection, Log},
	Accent:     {Background, Panel, Selection, Log, Raised}, // an address in the chosen row, a switch that is on
	OnAccent:   {Accent},
	OnFound:    {Found},
	OnFoundNow: {FoundNow},
}

func TestTextIsReadableOnEveryBackgroundItStandsOn(t *testing.T) {
	for _, variant := range []fyne.ThemeVariant{fynetheme.VariantDark, fynetheme.VariantLight} {
		l := New(System)
		for front, backs := range standsOn {
			for _, back := range backs {
				if got := contrast(l.Color(front, variant), l.Color(back, variant)); got < 4.5 {
					t.Errorf("variant %d: %s on %s has %.2f to 1", variant, front, back, got)
				}
			}
		}
		for _, back := range []fyne.ThemeColorName{Background, Panel} { // WCAG asks 3 to 1 of what shows the focus
			if got := contrast(l.Color(Accent, variant), l.Color(back, variant)); got < 3 {
				t.Errorf("variant %d: the ring around what has the keyboard has %.2f to 1 on %s", variant, got, back)
			}
		}
	}
}

func TestAModeOverridesTheDesktops(t *testing.T) {
	if New(Light).Color(Background, fynetheme.VariantDark) != New(System).Color(Background, fynetheme.VariantLight) {
		t.Error("light mode is not light on a dark desktop")
	}
	if New(Dark).Color(fynetheme.ColorNameBackground, fynetheme.VariantLight) != New(System).Color(Background, fynetheme.VariantDark) {
		t.Error("Fyne's own names do not follow the mode")
	}
}

var icons = []IconName{
	IconSandbox, IconActivity, IconSettings, IconPlay, IconStop, IconRestart, IconOpen, IconSearch, IconPlus, IconClose, IconCheck, IconClock,
	IconUp, IconDown, IconTrash, IconLog, IconCopy, IconWarning, IconEngine, IconFollow,
	IconSave, IconImages, IconEdit, IconMore, IconFolder, IconClean, IconUpdate, IconColumns, IconOthers, IconChat,
	IconVolumes, IconBackup, IconRollback, IconRestore,
}

var trayIcons = []IconName{IconTrayNone, IconTrayStopped, IconTrayStarting, IconTrayRunning, IconTrayTrouble}

func TestEveryIconHasItsDrawingAndEveryDrawingItsIcon(t *testing.T) {
	files, err := resources.Icons.ReadDir("icons")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range icons {
		text := string(read("icons/" + string(name) + ".svg").Content())
		if !strings.Contains(text, `stroke-width="1.7"`) || !strings.Contains(text, `viewBox="0 0 24 24"`) {
			t.Errorf("%s is not drawn in the set's style", name)
		}
	}
	for _, name := range trayIcons {
		if len(TrayIcon(name).Content()) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), path.Ext(f.Name()))
		if !strings.HasPrefix(name, "berth") && !slices.Contains(slices.Concat(icons, trayIcons), IconName(name)) {
			t.Errorf("nothing uses %s", f.Name())
		}
	}
	if len(AppIcon().Content()) == 0 {
		t.Error("the app has no icon")
	}
}
