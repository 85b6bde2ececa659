package view

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"

	"berth/ui/theme"
	"berth/ui/widget"
)

// ask shows a form in a dialog: a text, an entry, and what is wrong with what was typed. Do is called only with what check
// lets pass.
func (s *Shell) ask(title, verb string, kind widget.ButtonKind, lines []string, hint string, check func(string) string, do func(string)) {
	entry := widget.NewEntry(hint)
	wrong := widget.NewText("", widget.TextStyle{Color: theme.Bad, Size: theme.SecondSize})
	form := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space8))
	for _, line := range lines {
		form.Add(widget.NewText(line, widget.TextStyle{Color: theme.Muted}))
	}
	form.Add(entry)
	form.Add(wrong)
	var box *dialog.CustomDialog
	accept := widget.NewButton(widget.ButtonOptions{Text: verb, Kind: kind}, nil)
	accept.OnTapped = func() {
		if why := check(entry.Text); why != "" {
			wrong.SetText(why)
			return
		}
		box.Hide()
		do(entry.Text)
	}
	entry.OnChanged = func(text string) {
		why := check(text)
		accept.SetEnabled(why == "")
		if text == "" {
			why = ""
		}
		wrong.SetText(why)
	}
	entry.OnSubmitted = func(string) { accept.Tapped(nil) }
	entry.OnEscape = func() { box.Hide() }
	accept.Disable()
	cancel := widget.NewButton(widget.ButtonOptions{Text: "Cancel"}, func() { box.Hide() })
	box = dialog.NewCustomWithoutButtons(title, form, s.window)
	box.SetButtons([]fyne.CanvasObject{cancel, accept})
	box.SetOnClosed(s.Focus)
	box.Resize(fyne.NewSize(540, 0))
	box.Show()
	s.window.Canvas().Focus(entry)
}

// askRemove asks for the name before a sandbox's container goes.
func (p *sandboxesPage) askRemove(name string) {
	if name == "" {
		return
	}
	p.shell.ask("Remove "+name+"?", "Remove", widget.Danger,
		[]string{"Its container goes. Its volumes stay: sessions, projects and settings", "are back when you start it again. Type its name to go on."}, name,
		func(typed string) string {
			if strings.TrimSpace(typed) != name {
				return "Type " + name
			}
			return ""
		},
		func(string) { p.vm.Remove(name) })
}
