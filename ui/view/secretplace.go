package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// secretPlace is what leads to that group among the options.
const secretPlace = "secrets"

// newSecretPlace says on the settings page where passwords and provider keys are kept, as it is whenever the page is opened.
func newSecretPlace(s *Shell) fyne.CanvasObject {
	words := container.NewStack(widget.NewParagraph(" ", theme.Muted))
	look := func() { s.vm.AskSecretPlace(func(f viewmodel.Finding) { showPlace(words, f) }) }
	on(s.vm.Page, func(p viewmodel.Page) {
		if p == viewmodel.SettingsPage {
			look()
		}
	})
	again := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Look again"), Icon: theme.IconRestart, Small: true, Tip: i18n.T("Look for the keyring now")}, look)
	s.options[secretPlace] = again
	return group(i18n.T("Passwords and keys"), again, padded(theme.Space12, theme.Space16, theme.Space16, theme.Space16, words))
}
