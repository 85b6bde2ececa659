package view

import (
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/engine/config"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// form is the panel that makes or changes a sandbox.
type form struct {
	shell   *Shell
	vm      *viewmodel.Form
	modal   *modal
	fields  map[viewmodel.Field]*field
	confirm *widget.Check
	agree   *fyne.Container // around it
	agreed  bool
	accept  *widget.Button
	changes *fyne.Container
	body    *fyne.Container
	scroll  *container.Scroll
}

// formWidth is the panel's, as drawn.
const formWidth = 760

// newSandbox opens the form of a sandbox that does not exist.
func (s *Shell) newSandbox() { s.openForm(s.vm.NewForm(), "") }

// editSandbox opens the form of one that does.
func (s *Shell) editSandbox(name string) { s.editField(name, "") }

// editField opens it with the keyboard on one of its fields.
func (s *Shell) editField(name string, field viewmodel.Field) {
	if f, ok := s.vm.EditForm(name); ok {
		s.openForm(f, field)
	}
}

// openForm opens a form with the keyboard on a field; "" is the one to begin with.
func (s *Shell) openForm(vm *viewmodel.Form, first viewmodel.Field) {
	if len(s.open) > 0 {
		return
	}
	f := &form{shell: s, vm: vm, fields: map[viewmodel.Field]*field{}}
	title, subtitle, verb := i18n.T("New sandbox"), i18n.T("It gets volumes, a network and a password of its own."), i18n.T("Create and start")
	if vm.Edits {
		title, verb = i18n.T("Edit %s", vm.Value(viewmodel.NameField)), i18n.T("Recreate")
		subtitle = i18n.T("Volumes stay. If the new container does not become healthy, the old one comes back.")
	}
	if vm.Again {
		title, verb = i18n.T("Bring back %s", vm.Value(viewmodel.NameField)), i18n.T("Bring back")
		subtitle = i18n.T("It takes over the volumes that are left, with their sessions, projects and settings.")
	}
	f.accept = widget.NewButton(widget.ButtonOptions{Text: verb, Kind: widget.Primary, Tip: "Ctrl+Enter"}, f.submit)
	cancel := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Cancel"), Tip: "Esc"}, func() { f.modal.hide() })
	command := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Copy as docker command"), Tip: i18n.T("The password is not in it")}, f.copyCommand)
	focus := f.build()
	if one, ok := f.fields[first]; ok && one.entry != nil {
		focus = one.entry
	}
	f.scroll = s.scrolls(padded(0, 0, bleedLeft, bleedRight, f.body))
	f.modal = s.modal(modalOptions{
		Title: title, Subtitle: subtitle, Body: container.New(bleed{}, f.scroll), Width: formWidth, Scrolled: f.scroll,
		Left: []*widget.Button{command}, Right: []*widget.Button{cancel, f.accept},
	})
	f.modal.submit = f.submit
	f.modal.close = func() {
		s.scrolled = slices.DeleteFunc(s.scrolled, func(one *container.Scroll) bool { return one == f.scroll })
	}
	f.check()
	f.vm.Learn(f.learned)
	f.modal.show(focus)
}

// build makes the fields and gives the one to begin with.
func (f *form) build() fyne.Focusable {
	hint := i18n.T("Small letters, digits and dashes")
	if f.vm.Edits {
		hint = i18n.T("It stays; a clone can have another one")
	}
	if f.vm.Again {
		hint = i18n.T("Its volumes are found by it")
	}
	name := f.text(viewmodel.NameField, "client-portal", hint)
	if f.vm.Edits || f.vm.Again {
		name.entry.Disable()
	}
	image := widget.NewChoiceEntry(i18n.T("as the settings say"), f.vm.Images())
	image.SetText(f.vm.Value(viewmodel.ImageField))
	image.OnChanged = func(text string) { f.set(viewmodel.ImageField, text) }
	image.OnSubmitted = func(string) { f.submit() }
	images := f.add(viewmodel.ImageField, image, i18n.T("Built or pulled when it is not there"))

	projects := widget.NewEntry(i18n.T("on a volume"))
	browse := widget.NewButton(widget.ButtonOptions{Icon: theme.IconFolder, Tip: i18n.T("Choose a folder")}, func() { f.shell.chooseFolder(projects) })
	projects.SetText(f.vm.Value(viewmodel.ProjectsField))
	projects.OnChanged = func(text string) { f.set(viewmodel.ProjectsField, text) }
	folder := f.add(viewmodel.ProjectsField, frame(nil, nil, nil, padded(0, 0, theme.Space8, 0, browse), projects), i18n.T("Empty keeps them on a volume; else the full path of a folder"))
	folder.entry = projects
	port := f.text(viewmodel.PortField, i18n.T("a free one"), i18n.T("Of the engine's computer"))
	reach := f.choice(viewmodel.ReachField, []string{"", "0.0.0.0"}, viewmodel.ReachWords, "")

	memory := f.text(viewmodel.MemoryField, "4 GiB", i18n.T("At least 512 MiB"))
	cpus := f.text(viewmodel.CPUsField, i18n.T("all"), i18n.T("Such as 2 or 0.5"))
	restart := f.choice(viewmodel.RestartField, config.RestartPolicies, viewmodel.RestartWords, "")

	hardened := widget.NewCheck(i18n.T("Hardened: nothing but its volumes and two scratch folders can be written to"), nil)
	hardened.SetChecked(f.vm.Value(viewmodel.HardenedField) == "true")
	hardened.OnChanged = func(yes bool) { f.set(viewmodel.HardenedField, strconv.FormatBool(yes)) }

	env := f.area(viewmodel.EnvField, "NAME=value", i18n.T("One a line. No secrets: docker inspect shows them"))
	mounts := f.area(viewmodel.MountsField, i18n.T("/folder -> /path/inside (ro)"), i18n.T("One a line; a volume's name works too"))

	f.confirm = widget.NewCheck(i18n.T("I know what this opens"), func(yes bool) {
		f.agreed = yes
		f.check()
	})
	f.agree = padded(0, 0, -checkInset, 0, f.confirm)
	f.changes = container.NewStack()
	f.body = container.New(layout.NewCustomPaddedVBoxLayout(theme.Space12), f.newEngine(),
		side(columns{1, 1}, name, images),
		side(columns{2, 1}, folder, port),
		side(columns{1, 1, 1.3, 1.3}, memory, cpus, restart, reach),
		padded(0, 0, -checkInset, 0, hardened),
		side(columns{1, 1}, env, mounts),
		f.agree, f.changes)
	if f.vm.Edits || f.vm.Again {
		return memory.entry
	}
	return name.entry
}

func (f *form) add(name viewmodel.Field, control fyne.CanvasObject, hint string) *field {
	one := newField(name.Label(), control, hint)
	f.fields[name] = one
	return one
}

// text is a field of one line.
func (f *form) text(name viewmodel.Field, placeHolder, hint string) *field {
	e := widget.NewEntry(placeHolder)
	e.SetText(f.vm.Value(name))
	e.OnChanged = func(text string) { f.set(name, text) }
	e.OnSubmitted = func(string) { f.submit() }
	return f.add(name, e, hint)
}

// area is a field of some lines.
func (f *form) area(name viewmodel.Field, placeHolder, hint string) *field {
	e := widget.NewTextArea(placeHolder, 2)
	e.SetText(f.vm.Value(name))
	e.OnChanged = func(text string) { f.set(name, text) }
	return f.add(name, e, hint)
}

// choice is a field with a few values, each shown in words.
func (f *form) choice(name viewmodel.Field, values []string, words func(string) string, hint string) *field {
	now := f.vm.Value(name)
	options, byWord := []string{}, map[string]string{}
	add := func(value string) {
		word := words(value)
		if _, there := byWord[word]; !there {
			options = append(options, word)
			byWord[word] = value
		}
	}
	for _, value := range values {
		add(value)
	}
	add(now)
	s := widget.NewSelect(options, nil)
	s.SetSelected(words(now))
	s.OnChanged = func(word string) { f.set(name, byWord[word]) }
	return f.add(name, s, hint)
}

// set takes over what was typed and says at once what is wrong with it.
func (f *form) set(name viewmodel.Field, text string) {
	f.vm.Set(name, text)
	f.agreed = false
	f.confirm.Checked = false
	f.confirm.Refresh()
	f.check()
	f.vm.Learn(f.learned)
}

// learned shows what the form knows now of this computer.
func (f *form) learned() {
	port := f.fields[viewmodel.PortField].entry
	if value := f.vm.Value(viewmodel.PortField); port.Text != value { // the one it proposed was taken
		port.SetText(value)
	}
	f.check()
}

func (f *form) check() {
	found := f.vm.Check()
	warned := false
	for name, one := range f.fields {
		one.show(found[name])
		warned = warned || found[name].Text != "" && !found[name].Bad
	}
	if f.agree.Visible() != warned {
		setHidden(f.agree, !warned)
		f.body.Refresh()
		f.fit()
	}
	f.accept.SetEnabled(f.vm.Ready(f.agreed || !warned))
	f.showChanges()
}

// showChanges lists what an edit will change.
func (f *form) showChanges() {
	if !f.vm.Edits {
		return
	}
	list := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space8))
	changes := f.vm.Changes()
	for _, c := range changes {
		list.Add(container.New(diffLayout{},
			widget.NewText(c.Label, widget.TextStyle{Color: theme.Muted, Size: 13}), widget.NewText(c.Before, widget.TextStyle{Color: theme.Bad, Size: 13}),
			widget.NewText("→", widget.TextStyle{Size: 13}), widget.NewText(c.After, widget.TextStyle{Color: theme.OK, Size: 13})))
	}
	if len(changes) == 0 {
		list.Add(widget.NewText(i18n.T("Nothing yet"), widget.TextStyle{Color: theme.Muted, Size: 13}))
	}
	f.changes.RemoveAll()
	f.changes.Add(widget.NewCard(container.New(layout.NewCustomPaddedVBoxLayout(0),
		padded(theme.Space8, theme.Space8, theme.Space16, theme.Space16, widget.NewText(i18n.T("What will change"), widget.TextStyle{Bold: true, Size: 13})),
		widget.NewLine(), padded(theme.Space8, theme.Space12, theme.Space16, theme.Space16, list)), 0))
	f.body.Refresh()
	f.fit()
}

// fit makes room for what came to be said.
func (f *form) fit() {
	if f.modal != nil {
		f.modal.fit()
	}
}

// submit carries the form out, when nothing is wrong.
func (f *form) submit() {
	if f.accept.Disabled() {
		return
	}
	f.modal.hide()
	f.shell.vm.Submit(f.vm)
}

func (f *form) copyCommand() {
	text, err := f.shell.vm.DockerCommand(f.vm)
	if err != nil {
		f.shell.vm.Say(viewmodel.Cause(err))
		return
	}
	f.shell.actions.Copy(text)
	f.shell.vm.Say(i18n.T("Copied. The password is not in it: set it in the shell first."))
}
