package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// loginOption is the key of the control that starts Berth at login, which the system keeps and not the settings file.
const loginOption = "login"

func loginLabel() string { return i18n.T("Start Berth at login") }

// newLoginGroup is the setting that the system keeps.
func newLoginGroup(s *Shell) fyne.CanvasObject {
	vm := s.vm.Login
	check := widget.NewCheck(loginLabel(), nil)
	said := widget.NewText("", widget.TextStyle{Size: theme.SecondSize, Wrap: true})
	column := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space4), padded(0, 0, -checkInset, 0, check), said)
	on(vm.Checked, func(yes bool) {
		check.OnChanged = nil // it is shown, not chosen
		check.SetChecked(yes)
		check.OnChanged = vm.Set
	})
	on(vm.Said, func(f viewmodel.Finding) {
		text, color := f.Text, theme.Warn
		switch {
		case text == "":
			text, color = i18n.T("In the tray, without a window"), theme.Muted
		case f.Bad:
			color = theme.Bad
		}
		said.SetText(text)
		said.SetColor(color)
	})
	s.options[loginOption] = check
	return group(i18n.T("At login"), nil, padded(theme.Space12, theme.Space16, theme.Space16, theme.Space16, column))
}
