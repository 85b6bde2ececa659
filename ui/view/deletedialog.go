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

// sessionsNamed is how many sessions are named of those that would be gone.
const sessionsNamed = 5

// deleteData says what would be gone with a sandbox, and deletes it when its name is typed.
func (s *Shell) deleteData(name string) {
	if name == "" || len(s.open) > 0 {
		return
	}
	var d *sheet
	entry := widget.NewEntry("") // a hint would look as if the name was typed
	typed := newField(i18n.T("Type %s to go on", name), entry, i18n.T("This cannot be taken back."))
	accept := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Delete"), Icon: theme.IconTrash, Kind: widget.Danger}, nil)
	accept.OnTapped = func() {
		if trimmed(entry.Text) == name {
			d.hide()
			s.vm.Kept.DeleteData(name)
		}
	}
	entry.OnChanged = func(text string) {
		right := trimmed(text) == name
		accept.SetEnabled(right)
		wrong := viewmodel.Finding{}
		if !right && text != "" {
			wrong = viewmodel.Finding{Text: i18n.T("Type %s", name), Bad: true}
		}
		typed.show(wrong)
	}
	entry.OnSubmitted = func(string) { accept.OnTapped() }
	accept.Disable()
	stays := container.NewStack()
	gone := container.NewStack(widget.NewText(i18n.T("Counting what it holds"), widget.TextStyle{Color: theme.Muted, Size: 13}))
	first := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Back up first…"), Icon: theme.IconBackup, Tip: i18n.T("Write all of it into one file")}, func() {
		d.hide()
		s.backUp(name)
	})
	d = s.sheet(modalOptions{
		Title: i18n.T("Delete the data of %s?", name), Subtitle: i18n.T("Its container, its volumes, its rollback points and its password go. Backups stay."),
		Left: []*widget.Button{first}, Right: []*widget.Button{cancelButton(i18n.T("Cancel"), func() *modal { return d.modal }), accept},
	}, boxed(i18n.T("What will be gone"), gone), stays, typed.content)
	d.show(entry)
	s.vm.Kept.AskData(name, func(data viewmodel.Data, err error) {
		gone.RemoveAll()
		if err != nil {
			gone.Add(widget.NewText(i18n.T("It could not be counted: %s", viewmodel.Cause(err)), widget.TextStyle{Color: theme.Bad, Size: 13}))
		} else {
			gone.Add(dataFacts(data))
			stays.Add(boxed(i18n.T("What stays"), plainFacts(data.Stays)))
		}
		d.fit()
	})
}

// dataFacts is what a sandbox holds: its volumes and the first of its sessions by their titles.
func dataFacts(data viewmodel.Data) fyne.CanvasObject {
	column := plainFacts(data.Facts)
	words := data.Note
	if n := len(data.Sessions); n > 0 {
		words = i18n.N("%d sessions", n)
	}
	column.Add(plainFacts([]viewmodel.Fact{{Label: i18n.T("opencode"), Value: words}}))
	list := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space4))
	for i, title := range data.Sessions {
		if i == sessionsNamed {
			list.Add(widget.NewText(i18n.N("and %d more", len(data.Sessions)-i), widget.TextStyle{Color: theme.Muted, Size: 13}))
			break
		}
		list.Add(widget.NewText(title, widget.TextStyle{Size: 13}))
	}
	column.Add(padded(0, 0, 150, 0, list))
	return column
}
