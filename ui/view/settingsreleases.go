package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/engine/release"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// newReleasesGroup is the feed that tells of newer Berths, what it said, and the way to what is new.
func newReleasesGroup(s *Shell, g viewmodel.OptionGroup) fyne.CanvasObject {
	vm := s.vm.Releases
	check := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Check now"), Icon: theme.IconRestart, Small: true, Tip: i18n.T("Ask the feed now")}, vm.Check)
	news := widget.NewButton(widget.ButtonOptions{Text: i18n.T("What is new…"), Small: true, Tip: i18n.T("Read the notes of the newest release")}, s.showRelease)
	said := widget.NewText("", widget.TextStyle{Size: 13})
	rows := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space12))
	for _, o := range g.Options {
		control, focus := newOption(s.vm.Settings, o)
		s.options[o.Key] = focus
		rows.Add(control)
	}
	rows.Add(container.New(fixedHeight(theme.SmallH), frame(nil, nil, nil, news, said)))
	tell := func() {
		busy, _ := vm.Busy.Get() // made in viewmodel, cannot fail
		found, _ := vm.Found.Get()
		f, _ := vm.Said.Get()
		text, color := f.Text, theme.Text
		switch {
		case busy:
			text, color = i18n.T("Asking the feed"), theme.Muted
		case text == "":
			text, color = i18n.T("Nothing is downloaded by itself."), theme.Muted
		case f.Bad:
			color = theme.Bad
		}
		said.SetText(text)
		said.SetColor(color)
		check.SetEnabled(!busy)
		news.SetEnabled(!busy && found != release.Release{})
	}
	on(vm.Busy, func(bool) { tell() })
	on(vm.Found, func(release.Release) { tell() })
	on(vm.Said, func(viewmodel.Finding) { tell() })
	return group(g.Title, check, padded(theme.Space12, theme.Space16, theme.Space16, theme.Space16, rows))
}

// showRelease shows the notes of the newest release as they are: they come from elsewhere, so nothing in them acts.
func (s *Shell) showRelease() {
	found, _ := s.vm.Releases.Found.Get() // made in viewmodel, cannot fail
	if len(s.open) > 0 || found == (release.Release{}) {
		return
	}
	notes := found.Notes
	if notes == "" {
		notes = i18n.T("The release has no notes.")
	}
	view := widget.NewLogView(newTextLines(notes))
	view.SetOptions(widget.LogOptions{Stamps: widget.NoTime, Wrap: true, Limit: wholeText})
	view.OnCopy = s.actions.Copy
	size := s.window.Canvas().Size()
	page := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Open its page"), Icon: theme.IconOpen, Tip: found.Page}, func() { s.actions.OpenPage(found.Page) })
	page.SetEnabled(found.Page != "")
	m := s.modal(modalOptions{
		Title: "Berth " + found.Version, Subtitle: i18n.T("Nothing is downloaded by itself."), Width: min(760, size.Width*0.8), Height: size.Height * 0.7, Body: view,
		Left: []*widget.Button{page},
	})
	m.addClose(i18n.T("Close"))
	m.show(view)
	view.Follow(false)
	view.Changed()
}
