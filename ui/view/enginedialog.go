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

// engineDialog is the panel that adds an engine by hand.
type engineDialog struct {
	shell  *Shell
	vm     *viewmodel.EndpointForm
	sheet  *sheet
	fields map[viewmodel.EndpointField]*field

	confirm *widget.Check   // that one knows what the address means
	agree   *fyne.Container // around it
	tried   *fyne.Container // what came of a try

	try, only, accept *widget.Button
}

// addEngine opens it.
func (s *Shell) addEngine() {
	if len(s.open) > 0 {
		return
	}
	d := &engineDialog{shell: s, vm: s.vm.NewEndpointForm(), fields: map[viewmodel.EndpointField]*field{}}
	d.try = widget.NewButton(widget.ButtonOptions{Text: i18n.T("Try"), Icon: theme.IconEngine, Tip: i18n.T("Ask whether it answers; nothing is saved")}, d.ask)
	d.only = widget.NewButton(widget.ButtonOptions{Text: i18n.T("Add"), Tip: i18n.T("Put it into the list and stay with the engine in use")}, func() { d.add(false) })
	d.accept = widget.NewButton(widget.ButtonOptions{Text: i18n.T("Add and use"), Kind: widget.Primary, Tip: "Ctrl+Enter"}, func() { d.add(true) })
	cancel := cancelButton(i18n.T("Cancel"), func() *modal { return d.sheet.modal })

	host := d.text(viewmodel.EndpointHost, i18n.T("Address"), "ssh://ann@lab", i18n.T("ssh://user@host, unix:///path, tcp://host:port, or npipe:// on Windows"))
	certs := d.text(viewmodel.EndpointCerts, i18n.T("Folder of its certificates"), "/home/ann/.docker/lab", i18n.T("ca.pem, and cert.pem with key.pem when it asks for them"))
	browse := widget.NewButton(widget.ButtonOptions{Icon: theme.IconFolder, Tip: i18n.T("Choose a folder")}, func() { s.chooseFolder(certs.entry) })
	column := certs.content.(*fyne.Container)
	column.Objects[1] = frame(nil, nil, nil, padded(0, 0, theme.Space8, 0, browse), certs.entry)
	name := d.text(viewmodel.EndpointName, i18n.T("Name"), i18n.T("the lab"), i18n.T("What the list shall call it"))
	d.confirm = widget.NewCheck(i18n.T("I know what this opens"), func(bool) { d.check() })
	d.agree = container.New(layout.NewCustomPaddedVBoxLayout(theme.Space4),
		widget.NewParagraph(i18n.T("Whoever is on the way can read and change all that is sent, passwords among it, and whoever reaches this port rules that computer. Use ssh:// or certificates where you can."), theme.Warn),
		padded(0, 0, -checkInset, 0, d.confirm))
	d.tried = container.NewStack()

	d.sheet = s.sheet(modalOptions{
		Title: i18n.T("Add an engine"), Subtitle: i18n.T("Docker or Podman, on this computer or on another one."),
		Left: []*widget.Button{d.try}, Right: []*widget.Button{cancel, d.only, d.accept}, OnClose: d.vm.Stop,
	}, host.content, certs.content, d.agree, name.content, d.tried)
	d.sheet.submit = func() { d.add(true) }
	d.check()
	d.sheet.show(host.entry)
}

func (d *engineDialog) text(name viewmodel.EndpointField, label, placeHolder, hint string) *field {
	e := widget.NewEntry(placeHolder)
	e.OnChanged = func(text string) { d.set(name, text) }
	e.OnSubmitted = func(string) { d.sheet.submit() }
	d.fields[name] = newField(label, e, hint)
	return d.fields[name]
}

// set takes over what was typed. Who agreed to one address has not agreed to another.
func (d *engineDialog) set(name viewmodel.EndpointField, text string) {
	d.vm.Set(name, text)
	if name != viewmodel.EndpointName && d.confirm.Checked {
		d.confirm.Checked = false
		d.confirm.Refresh()
	}
	d.check()
	d.vm.LookAtCerts(d.check)
}

// check says beside each field what is wrong with it, and what came of a try.
func (d *engineDialog) check() {
	found := d.vm.Check()
	warned := false
	for name, one := range d.fields {
		one.show(found[name])
		warned = warned || found[name].Text != "" && !found[name].Bad
	}
	setHidden(d.fields[viewmodel.EndpointCerts].content, !d.vm.TakesCerts())
	setHidden(d.agree, !warned)
	ready := d.vm.Ready(d.confirm.Checked)
	d.accept.SetEnabled(ready)
	d.only.SetEnabled(ready)
	d.try.SetEnabled(d.vm.CanTry() && !d.vm.Trying())
	d.tried.RemoveAll()
	switch answer, failure := d.vm.Tried(); {
	case d.vm.Trying():
		d.tried.Add(widget.NewText(i18n.T("Asking…"), widget.TextStyle{Color: theme.Muted, Size: 13}))
	case failure != nil:
		d.tried.Add(widget.NewCard(whyNot(d.shell, failure), theme.Space12))
	case answer != "":
		d.tried.Add(widget.NewText(answer, widget.TextStyle{Color: theme.OK, Bold: true, Size: 13}))
	}
	setHidden(d.tried, len(d.tried.Objects) == 0)
	d.sheet.fit()
}

// ask tries the address.
func (d *engineDialog) ask() {
	d.vm.Try(d.check)
	d.check()
}

// add keeps it, when nothing is wrong.
func (d *engineDialog) add(use bool) {
	if d.accept.Disabled() {
		return
	}
	d.sheet.hide()
	d.vm.Add(use)
}
