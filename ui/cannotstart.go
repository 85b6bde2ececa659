package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/resources"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// CannotStart shows what keeps Berth from starting, to whom started it by a double-click and sees no terminal. It returns once
// the window was closed, by its button, Escape or Return.
func CannotStart(err error) {
	a := app.NewWithID(ID)
	a.Settings().SetTheme(theme.New(theme.System))
	if err := i18n.Load(resources.Translations, "translations", ""); err != nil {
		fyne.LogError("translations", err) // the window is English then
	}
	w := a.NewWindow("Berth")
	w.SetPadded(false)
	w.SetIcon(theme.AppIcon())
	why, remedy := viewmodel.WhyAndRemedy(err)
	lines := []fyne.CanvasObject{
		widget.NewText(i18n.T("Berth cannot start"), widget.TextStyle{Size: theme.NameSize, Bold: true}), widget.NewParagraph(why, theme.Text),
	}
	if remedy != "" {
		lines = append(lines, widget.NewParagraph(remedy, theme.Muted))
	}
	closing := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Close"), Kind: widget.Primary}, w.Close)
	w.SetContent(container.New(layout.NewCustomPaddedLayout(theme.Space24, theme.Space16, theme.Space24, theme.Space24), container.NewBorder(
		nil, container.NewHBox(layout.NewSpacer(), closing), nil, nil, container.New(layout.NewCustomPaddedVBoxLayout(theme.Space12), lines...),
	)))
	w.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) {
		if k.Name == fyne.KeyEscape || k.Name == fyne.KeyReturn {
			w.Close()
		}
	})
	w.Resize(fyne.NewSize(460, 200))
	w.CenterOnScreen()
	w.ShowAndRun()
}
