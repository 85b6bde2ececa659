package view

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/engine/fault"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// keysDialog adds, changes and removes the provider keys of a sandbox.
type keysDialog struct {
	shell  *Shell
	vm     *viewmodel.Keys
	modal  *modal
	open   bool
	filter *widget.Entry
	table  *widget.DataTable[viewmodel.KeyRow]
	note   *widget.Text // in the middle of the table while there is nothing in it
	middle *fyne.Container
	typed  *widget.Entry // the key
	key    *field
	label  *widget.Text
	save   *widget.Button
	give   *widget.Button
	remove *widget.Button
	look   func() // says anew where secrets are kept
}

// keys shows which providers a sandbox has keys of.
func (s *Shell) keys(name string) {
	if name == "" || len(s.open) > 0 {
		return
	}
	d := &keysDialog{shell: s, vm: s.vm.NewKeys(name), open: true}
	d.filter = widget.NewEntry(i18n.T("Filter providers"))
	d.filter.OnChanged = func(string) { d.list() }
	d.filter.OnSubmitted = func(string) { s.window.Canvas().Focus(d.typed) }
	d.table = widget.NewDataTable(keyColumns(), func(r viewmodel.KeyRow) string { return r.ID })
	d.table.OnSelect = func(string) { d.chosen() }
	d.table.OnActivate = func(string) { s.window.Canvas().Focus(d.typed) }
	d.note = widget.NewText(i18n.T("Asking opencode for its providers, which takes it some seconds"), widget.TextStyle{Color: theme.Muted, Align: fyne.TextAlignCenter, Wrap: true})
	d.middle = padded(0, 0, theme.Space24, theme.Space24, container.NewVBox(layout.NewSpacer(), d.note, layout.NewSpacer()))

	d.typed = widget.NewEntry(i18n.T("Paste the key here"))
	d.typed.Password = true
	d.typed.OnChanged = func(text string) {
		d.key.show(d.vm.Check(text))
		d.enable()
	}
	d.typed.OnSubmitted = func(string) { d.submit() }
	d.key = newField("", d.typed, i18n.T("Saving it breaks off an answer in progress."))
	d.label = widget.NewText("", widget.TextStyle{Bold: true, Size: theme.SecondSize})
	entry := container.New(layout.NewCustomPaddedVBoxLayout(5), d.label, d.typed, d.key.say)

	d.save = widget.NewButton(widget.ButtonOptions{Text: i18n.T("Save the key"), Icon: theme.IconCheck, Kind: widget.Primary, Tip: "Ctrl+Enter"}, d.submit)
	d.give = widget.NewButton(widget.ButtonOptions{Text: i18n.T("Give it the kept key"), Icon: theme.IconRestore, Tip: i18n.T("The key that Berth keeps of this provider for this sandbox")}, func() {
		d.change(d.vm.Give)
	})
	d.remove = widget.NewButton(widget.ButtonOptions{Text: i18n.T("Remove"), Icon: theme.IconTrash, Tip: i18n.T("Take the key away from the sandbox, and forget it")}, d.askRemove)
	place := container.NewStack(widget.NewParagraph(" ", theme.Muted))
	body := frame(padded(0, theme.Space12, 0, 0, d.filter),
		container.New(layout.NewCustomPaddedVBoxLayout(theme.Space12), padded(theme.Space16, 0, 0, 0, entry), place), nil, nil,
		widget.NewCard(container.NewStack(d.table, d.middle), 0))
	d.modal = s.modal(modalOptions{
		Title: i18n.T("Provider keys of %s", name), Subtitle: i18n.T("opencode keeps them on the sandbox's volume, where docker inspect does not show them."),
		Body: body, Width: 760, Height: 600,
		Left: []*widget.Button{d.remove, d.give}, Right: []*widget.Button{cancelButton(i18n.T("Close"), func() *modal { return d.modal }), d.save},
		OnClose: func() {
			d.open = false
			d.typed.SetText("")
		},
	})
	d.modal.submit = d.submit
	d.chosen()
	d.modal.show(d.filter)
	d.look = func() {
		s.vm.AskSecretPlace(func(f viewmodel.Finding) {
			if d.open {
				showPlace(place, f)
				d.modal.fit()
			}
		})
	}
	d.look()
	d.vm.Ask(func(err error) {
		if !d.open {
			return
		}
		if err != nil {
			f := fault.From("", err) // its cause alone would begin with an "it" that nobody knows
			d.note.SetText(strings.TrimSpace(i18n.T("opencode cannot be asked for its providers: %s", viewmodel.Cause(f)) + ". " + viewmodel.Spoken(f.Remedy)))
			d.note.SetColor(theme.Bad)
			return
		}
		d.note.SetText(i18n.T("No provider has that in its name."))
		d.list()
	})
}

func keyColumns() []widget.Column[viewmodel.KeyRow] {
	type row = viewmodel.KeyRow
	return []widget.Column[row]{
		{ID: "name", Label: i18n.T("Provider"), Width: 200, Flex: 1, Create: textCell(widget.TextStyle{}), Update: setCell(func(r row) string { return r.Name })},
		{ID: "key", Label: i18n.T("Key"), Width: 230, Create: textCell(widget.TextStyle{}), Update: func(o fyne.CanvasObject, r row) {
			text := o.(*widget.Text)
			text.SetText(r.Words)
			text.SetColor(toneColor(r.Tone))
		}},
		{ID: "id", Label: i18n.T("Identifier"), Width: 150, Flex: 1, Drop: 1, Create: textCell(widget.TextStyle{Color: theme.Muted, Mono: true, Size: theme.MonoSize}), Update: setCell(func(r row) string { return r.Shown })},
	}
}

// showPlace says where secrets are kept, in another colour where that is not a keyring.
func showPlace(box *fyne.Container, f viewmodel.Finding) {
	color := theme.Muted
	if f.Bad {
		color = theme.Warn
	}
	box.RemoveAll()
	box.Add(widget.NewParagraph(f.Text, color))
}

// list shows the providers that the filter lets through.
func (d *keysDialog) list() {
	rows := d.vm.Rows(d.filter.Text)
	d.table.SetRows(rows)
	if at := d.table.Selected(); len(rows) > 0 && !slices.ContainsFunc(rows, func(r viewmodel.KeyRow) bool { return r.ID == at }) {
		d.table.Select(rows[0].ID) // a key goes to nobody who is not seen
	}
	setHidden(d.middle, len(rows) > 0)
	d.chosen()
}

// chosen shows whose key is typed.
func (d *keysDialog) chosen() {
	row, ok := d.vm.Row(d.table.Selected())
	d.label.SetText(i18n.T("Key"))
	if ok {
		d.label.SetText(i18n.T("Key of %s", row.Name))
	}
	d.enable()
}

// enable lets be done what can be done.
func (d *keysDialog) enable() {
	row, ok := d.vm.Row(d.table.Selected())
	free := ok && !d.vm.Working()
	text := i18n.T("Save the key")
	if row.Has {
		text = i18n.T("Change the key")
	}
	d.save.SetText(text)
	d.save.SetEnabled(free && d.vm.Ready(d.typed.Text))
	d.remove.SetEnabled(free && (row.Has || row.Lost))
	setHidden(d.give, !row.Lost)
	d.give.SetEnabled(free)
	if ok {
		d.typed.Enable()
	} else {
		d.typed.Disable()
	}
	if d.modal != nil {
		d.modal.foot.Refresh()
	}
}

func (d *keysDialog) submit() {
	if key := d.typed.Text; d.table.Selected() != "" && d.vm.Ready(key) {
		d.change(func(id string, then func(error)) { d.vm.Save(id, key, then) })
	}
}

func (d *keysDialog) askRemove() {
	row, ok := d.vm.Row(d.table.Selected())
	if !ok {
		return
	}
	d.shell.sure(i18n.T("Remove the key of %s?", row.Name), i18n.T("%s can then not use its models any more, and Berth forgets the key too. At the provider it stays valid.", d.vm.Sandbox), i18n.T("Remove"),
		func() { d.change(d.vm.Remove) })
}

// change carries a change of the chosen provider out and says what came of it.
func (d *keysDialog) change(do func(id string, then func(error))) {
	id := d.table.Selected()
	d.key.show(viewmodel.Finding{Text: i18n.T("telling opencode")})
	do(id, func(err error) {
		if !d.open {
			if err != nil { // there is no field left to say it beside
				d.shell.vm.Say(viewmodel.Cause(err))
			}
			return
		}
		if err != nil {
			d.key.show(viewmodel.Finding{Text: viewmodel.Cause(err), Bad: true})
		} else {
			d.typed.SetText("")
			d.key.show(viewmodel.Finding{})
		}
		d.look() // the person may have unlocked the keyring for it, or declined to
		d.list()
	})
	d.enable()
}

// newPassword asks before a sandbox gets another password.
func (s *Shell) newPassword(name string) {
	if name == "" || len(s.open) > 0 {
		return
	}
	s.sure(i18n.T("Give %s a new password?", name),
		i18n.T("Its container is made anew with another random password, on the same volumes and at the same address; what opencode is just doing in it ends. Browsers that are signed in have to open it from Berth again. When the new container does not become healthy, the old one comes back with the old password."),
		i18n.T("New password"), func() { s.vm.NewPassword(name) })
}
