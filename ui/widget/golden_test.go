package widget

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"berth/ui/theme"
)

// idleAfterAStart is a minute that begins with a start and then idles, busy for a moment every second second.
func idleAfterAStart() []float64 {
	history := []float64{180, 150, 90}
	for i := range 57 {
		history = append(history, 3+float64(i%2)*2+float64(i%11)/2)
	}
	return history
}

// The widgets that draw are compared as pictures, all kinds and states of each on one sheet.
func TestDrawnWidgetsLookAsTheyDid(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		settings := fyne.CurrentApp().Settings()
		before := settings.Theme()
		t.Cleanup(func() { settings.SetTheme(before) })
		settings.SetTheme(theme.New(mode))
		row := func(objects ...fyne.CanvasObject) fyne.CanvasObject { return container.NewHBox(objects...) }
		sized := func(o fyne.CanvasObject, w, h float32) fyne.CanvasObject {
			return container.NewGridWrap(fyne.NewSize(w, h), o)
		}

		dots := container.NewHBox()
		for _, color := range []fyne.ThemeColorName{theme.OK, theme.Warn, theme.Bad, theme.Info, theme.Muted} {
			dots.Add(NewDot(color))
		}
		meters := container.NewHBox()
		for _, share := range []float64{0, 0.01, 0.5, 1} {
			m := NewMeter(theme.Accent)
			m.Set(share)
			meters.Add(sized(m, 90, 8))
		}
		sparks := container.NewHBox()
		for _, history := range [][]float64{nil, {5}, {1, 4, 2, 8, 3}, {100, 100, 100}, {0, 250, 30, 80, 0, 0, 10}, idleAfterAStart()} {
			g := NewSparkline()
			g.Set(history)
			sparks.Add(sized(g, 70, 22))
		}
		buttons := container.NewHBox()
		for kind, text := range []string{"Plain", "Primary", "Danger", "On"} {
			b := NewButton(ButtonOptions{Text: text, Icon: theme.IconPlay, Kind: ButtonKind(kind)}, nil)
			buttons.Add(b)
			off := NewButton(ButtonOptions{Text: text, Kind: ButtonKind(kind), Small: true}, nil)
			off.Disable()
			buttons.Add(off)
		}
		focused := NewButton(ButtonOptions{Text: "Focused", Icon: theme.IconStop}, nil)
		focused.FocusGained()
		narrow := NewButton(ButtonOptions{Text: "Narrow", Icon: theme.IconTrash}, nil)
		narrow.SetNarrow(true)
		tabs := NewTabs("Logs", "Details", "Sessions")
		tabs.Choose(1)
		chosen := NewNavItem(theme.IconSandbox, "Sandboxes", nil)
		chosen.SetSelected(true)
		chosen.SetCount("4")
		step := NewStepRow()
		step.Set(Step{ID: "a", Icon: theme.IconActivity, Color: theme.Accent, Label: "5d0f8e19c2aa", Detail: "downloading", Right: "44.1 of 62 MB", Progress: 0.7, Metered: true})
		log := NewLogView(&growing{lines: []LogLine{
			{Seq: 1, Text: "\x1b[32mINFO\x1b[0m a line that is found here"}, {Seq: 2, Text: "of standard error", Error: true}, {Seq: 3, Text: "a remark", Meta: true},
		}})
		log.SetOptions(LogOptions{Stamps: NoTime})
		log.Highlight = func(text string) [][2]int {
			if len(text) > 20 {
				return [][2]int{{5, 11}}
			}
			return nil
		}
		log.Reveal(1)
		log.chosen = choice{place{2, 3}, place{3, 4}}
		sheet := container.NewVBox(
			row(dots, meters), sparks, buttons, row(focused, narrow, NewBadge("home folder mounted", "")), tabs,
			row(sized(chosen, 180, 36), sized(NewNavItem(theme.IconActivity, "Activity", nil), 180, 36)),
			sized(NewCard(step, 0), 700, 40), sized(log, 700, 90),
		)
		w := test.NewTempWindow(t, sheet)
		w.Resize(fyne.NewSize(760, 420))
		log.Changed()
		test.AssertRendersToImage(t, "widgets-"+string(mode)+".png", w.Canvas())
	}
}
