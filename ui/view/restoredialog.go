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

// restoreDialog brings a backup back.
type restoreDialog struct {
	shell  *Shell
	vm     *viewmodel.RestoreForm
	sheet  *sheet
	file   *field
	name   *field
	typed  *widget.Entry // the name
	says   *fyne.Container
	wide   *widget.Check
	accept *widget.Button
}

// restore asks which backup comes back, and as which sandbox. A name is the sandbox that it is about, a path the file that was
// chosen already; either may be empty.
func (s *Shell) restore(name, path string) {
	if len(s.open) > 0 {
		return
	}
	d := &restoreDialog{shell: s, vm: s.vm.NewRestore(name)}
	d.accept = widget.NewButton(widget.ButtonOptions{Text: i18n.T("Restore"), Kind: widget.Primary, Tip: "Ctrl+Enter"}, d.submit)
	d.typed = widget.NewEntry("client-portal")
	d.typed.SetText(name)
	d.typed.OnChanged = func(text string) {
		d.vm.SetName(text)
		d.check()
	}
	d.typed.OnSubmitted = func(string) { d.submit() }
	d.name = newField(i18n.T("Name of the sandbox"), d.typed, i18n.T("Small letters, digits and dashes"))

	file := widget.NewChoiceEntry("", nil)
	file.OnChanged = func(text string) { d.vm.Choose(text, d.chosen) }
	browse := widget.NewButton(widget.ButtonOptions{Icon: theme.IconFolder, Tip: i18n.T("Choose a file")}, func() {
		s.askBackup(s.vm.Kept.Folder(), file.SetText)
	})
	d.file = newField(i18n.T("Backup"), frame(nil, nil, nil, padded(0, 0, theme.Space8, 0, browse), file), i18n.T("A .berth file, or one of those in the folder of the settings"))
	d.wide = widget.NewCheck(i18n.T("Take over what opens it wider than the defaults"), func(yes bool) { d.vm.Wide = yes })
	d.says = container.New(layout.NewCustomPaddedVBoxLayout(theme.Space12))
	d.sheet = s.sheet(modalOptions{
		Title: i18n.T("Restore a backup"), Subtitle: i18n.T("The whole file is checked before anything is touched."),
		Right: []*widget.Button{cancelButton(i18n.T("Cancel"), func() *modal { return d.sheet.modal }), d.accept},
	}, d.file.content, d.says, d.name.content)
	d.sheet.submit = d.submit
	d.check()
	d.sheet.show(file)
	d.vm.Known(func(known []viewmodel.BackupRow) {
		paths := make([]string, len(known))
		for i, b := range known {
			paths[i] = b.Path
		}
		file.SetChoices(paths)
		if path != "" {
			file.SetText(path)
		}
	})
}

// chosen shows what is known now of the file.
func (d *restoreDialog) chosen() {
	if d.typed.Text != d.vm.Name && d.typed.Text == "" {
		d.typed.SetText(d.vm.Name)
	}
	d.says.RemoveAll()
	if facts := d.vm.Facts(); len(facts) > 0 {
		d.says.Add(boxed(i18n.T("What is in it"), plainFacts(facts)))
	}
	d.wide.SetChecked(false)
	if badges := d.vm.Badges(); len(badges) > 0 {
		pills := container.New(layout.NewRowWrapLayout())
		for _, b := range badges {
			pills.Add(widget.NewBadge(viewmodel.Spoken(b.Text), viewmodel.Spoken(b.Help)))
		}
		d.says.Add(pills)
		for _, b := range badges {
			d.says.Add(widget.NewParagraph(viewmodel.Spoken(b.Help), theme.Warn))
		}
		d.says.Add(d.wide)
	}
	d.check()
}

// check says what there is to say of the file and the name.
func (d *restoreDialog) check() {
	d.file.show(d.vm.CheckFile())
	d.name.show(d.vm.CheckName())
	d.accept.SetEnabled(d.vm.Ready())
	d.sheet.fit()
}

func (d *restoreDialog) submit() {
	if d.vm.Ready() {
		d.sheet.hide()
		d.vm.Submit()
	}
}
