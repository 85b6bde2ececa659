package view

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/engine/agent"
	"berth/engine/config"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// sandboxesPage is the home: the table on top, the chosen sandbox below.
type sandboxesPage struct {
	shell   *Shell
	vm      *viewmodel.Sandboxes
	table   *widget.DataTable[viewmodel.SandboxRow]
	filter  *widget.Entry
	start   *widget.Button // starts the first sandbox
	detail  *detailPane
	content fyne.CanvasObject
}

func newSandboxesPage(s *Shell) *sandboxesPage {
	p := &sandboxesPage{shell: s, vm: s.vm.Sandboxes}
	p.table = widget.NewDataTable(sandboxColumns(), func(r viewmodel.SandboxRow) string { return r.Key })
	look := p.vm.Look()
	p.hideColumns(look.Hidden)
	on(s.vm.Several, func(bool) { p.hideColumns(p.vm.Look().Hidden) })
	p.table.Sort(look.Sort, look.Reverse)
	p.table.OnSort = func(id string, reverse bool) {
		p.vm.ChangeLook(func(t *config.Table) { t.Sort, t.Reverse = id, reverse })
	}
	p.table.OnSelect = p.vm.Select
	p.table.OnActivate = func(string) { p.openChosen() }
	p.table.OnRune = p.rune
	p.table.OnKey = func(name string, key fyne.KeyName) {
		if key == fyne.KeyDelete && !can(s.vm.Detail.Other) {
			p.askRemove(name)
		}
	}
	p.table.OnMenu = p.menu
	on(p.vm.Revision, func(uint64) { p.table.SetRows(p.vm.Rows()) })
	on(p.vm.Selected, p.table.Select)

	p.filter = widget.NewEntry(i18n.T("Filter  (Ctrl+F)"))
	p.filter.OnEscape = func() {
		p.filter.SetText("")
		s.Focus()
	}
	p.filter.OnSubmitted = func(string) {
		s.Focus()
		p.table.PickShown()
	}
	p.filter.Icon = theme.Icon(theme.IconSearch, theme.Muted)
	p.filter.OnChanged = p.vm.Filter
	create := widget.NewButton(widget.ButtonOptions{Text: i18n.T("New sandbox"), Icon: theme.IconPlus, Tip: i18n.T("Make another sandbox  Ctrl+N")}, s.newSandbox)
	all := widget.NewButton(widget.ButtonOptions{Text: i18n.T("All containers"), Icon: theme.IconOthers, Tip: i18n.T("Show also containers that are no sandboxes, to look at  Ctrl+Shift+A")}, p.toggleAll)
	on(p.vm.Others, func(is bool) {
		all.SetKind(widget.Plain)
		if is {
			all.SetKind(widget.On)
		}
	})
	columns := widget.NewButton(widget.ButtonOptions{Icon: theme.IconColumns, Tip: i18n.T("Choose the columns")}, nil)
	columns.OnTapped = func() { p.chooseColumns(columns) }
	header := pageHeader(i18n.T("Sandboxes"), newToolbar(theme.Space12, create, 200, p.filter, columns, all, create))

	p.detail = newDetailPane(s, p)
	empty := p.newEmpty()
	noMatch := container.NewCenter(widget.NewText(i18n.T("No sandbox matches the filter"), widget.TextStyle{Color: theme.Muted, Fixed: true}))
	table := widget.NewCard(container.NewStack(p.table, padded(theme.HeadRowH, 0, 0, 0, noMatch)), 0)
	on(p.vm.NoMatch, func(none bool) { setHidden(noMatch, !none) })

	split := container.New(&homeLayout{rows: func() int { return len(p.vm.Rows()) }}, table, p.detail.content)
	on(p.vm.Revision, func(uint64) { split.Refresh() })
	on(p.vm.Empty, func(is bool) {
		setHidden(empty, !is)
		setHidden(split, is)
		setHidden(header, is)
	})
	// Above the table, when there are others: the one that could not be made has no row to say it.
	failed := padded(0, theme.Space12, 0, 0, p.newFailed())
	full := frame(failed, nil, nil, nil, split)
	on(p.vm.Failed, func(trouble viewmodel.Problem) {
		setHidden(failed, trouble.Err == nil)
		full.Refresh()
	})
	on(p.vm.Empty, func(is bool) { setHidden(full, is) })
	p.content = frame(padded(0, theme.Space12, 0, 0, header), nil, nil, nil, container.NewStack(full, empty))
	return p
}

// homeLayout gives the table the room its rows need, at most two fifths, and the rest to the chosen sandbox.
type homeLayout struct{ rows func() int }

func (h *homeLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(0, theme.Space16)
	for _, o := range objects {
		least := o.MinSize()
		size = fyne.NewSize(max(size.Width, least.Width), size.Height+least.Height)
	}
	return size
}

func (h *homeLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	need := theme.HeadRowH + 3 + float32(max(h.rows(), 1))*theme.RowH
	top := min(need, max(size.Height*0.4, theme.HeadRowH+2*theme.RowH))
	objects[0].Resize(fyne.NewSize(size.Width, top))
	objects[0].Move(fyne.Position{})
	objects[1].Move(fyne.NewPos(0, top+theme.Space16))
	objects[1].Resize(fyne.NewSize(size.Width, size.Height-top-theme.Space16))
}

// fixedWidth gives its objects that width at least and the usual height of a control.
type fixedWidth float32

func (w fixedWidth) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(float32(w), theme.ControlH)
}

func (w fixedWidth) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Resize(size)
	}
}

// newEmpty is what stands there when the engine has no sandbox.
func (p *sandboxesPage) newEmpty() fyne.CanvasObject {
	p.start = widget.NewButton(widget.ButtonOptions{Text: i18n.T("Start your first sandbox"), Icon: theme.IconPlay, Kind: widget.Primary, Tip: i18n.T("Gets the image, makes the volumes and starts opencode")},
		func() { p.vm.Start(viewmodel.DefaultSandbox) })
	title := widget.NewText(i18n.T("No sandbox yet"), widget.TextStyle{Size: 24, Bold: true, Fixed: true})
	left := p.newLeft()
	say := func() {
		words, verb, do := i18n.T("No sandbox yet"), i18n.T("Start your first sandbox"), func() { p.vm.Start(viewmodel.DefaultSandbox) }
		gone := p.shell.vm.Volumes.SomeGone()
		switch {
		case can(p.shell.vm.Bar.Busy):
			words, verb, do = i18n.T("Setting up your sandbox"), i18n.T("Watch the steps"), func() { p.shell.goTo(viewmodel.ActivityPage, nil) }
		case gone:
			words, verb, do = i18n.T("No sandbox"), i18n.T("New sandbox"), p.shell.newSandbox
		}
		title.SetText(words)
		p.start.SetText(verb)
		p.start.OnTapped = do
		setHidden(left, !gone)
	}
	on(p.shell.vm.Bar.Busy, func(bool) { say() })
	on(p.shell.vm.Volumes.Revision, func(uint64) { say() })
	failed := p.newFailed()
	column := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space12),
		container.NewCenter(title),
		container.NewCenter(widget.NewText(i18n.T("A sandbox runs opencode where it cannot touch your computer."), widget.TextStyle{Color: theme.Muted, Size: 14, Fixed: true})),
		container.NewCenter(widget.NewText(i18n.T("Its sessions, projects and settings live on volumes that stay."), widget.TextStyle{Color: theme.Muted, Size: 14, Fixed: true})),
		padded(theme.Space8, theme.Space8, 0, 0, container.NewCenter(p.start)),
		left,
		failed,
	)
	on(p.shell.vm.Bar.Busy, func(bool) { column.Refresh() })
	on(p.shell.vm.Volumes.Revision, func(uint64) { column.Refresh() })
	on(p.vm.Failed, func(viewmodel.Problem) { column.Refresh() })
	return container.New(middle(emptyWidth), column)
}

// newLeft says that what a removed sandbox held is still there, and goes to where it is brought back.
func (p *sandboxesPage) newLeft() fyne.CanvasObject {
	words := widget.NewText(i18n.T("What removed sandboxes held is still here."), widget.TextStyle{Fixed: true})
	see := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Bring one back"), Icon: theme.IconRestore, Tip: i18n.T("Go to their volumes  Ctrl+3")}, func() { p.shell.goTo(viewmodel.VolumesPage, nil) })
	return container.NewCenter(container.New(layout.NewCustomPaddedHBoxLayout(theme.Space12), container.NewCenter(words), see))
}

// emptyWidth is how wide the words of an empty page may be.
const emptyWidth = 760

// middle puts its object in the middle, that wide at most.
type middle float32

func (middle) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize() }

func (m middle) Layout(o []fyne.CanvasObject, size fyne.Size) {
	width, height := min(float32(m), size.Width), o[0].MinSize().Height
	put(o[0], (size.Width-width)/2, max(0, (size.Height-height)/2), width, min(height, size.Height))
}

// newFailed says why a sandbox could not be made while there is none of it that could: cause, remedy, and what helps.
func (p *sandboxesPage) newFailed() fyne.CanvasObject {
	box := container.NewStack()
	on(p.vm.Failed, func(trouble viewmodel.Problem) {
		box.RemoveAll()
		if trouble.Err != nil {
			closer := widget.NewButton(widget.ButtonOptions{Icon: theme.IconClose, Small: true, Quiet: true, Tip: i18n.T("Dismiss")}, p.vm.DismissFailed)
			box.Add(widget.NewCard(padded(theme.Space12, theme.Space12, theme.Space16, theme.Space8,
				frame(nil, nil, nil, container.NewCenter(closer), padded(0, 0, 0, theme.Space4, problem(p.shell, trouble)))), 0))
		}
		box.Hidden = trouble.Err == nil
		box.Refresh()
	})
	return box
}

// toggleAll shows the containers that are no sandboxes, or hides them.
func (p *sandboxesPage) toggleAll() {
	is, _ := p.vm.Others.Get() // made in viewmodel, cannot fail
	p.vm.ShowOthers(!is)
}

// can reads one of the actions' switches.
func can(b boolItem) bool {
	yes, _ := b.Get() // made in viewmodel, cannot fail
	return yes
}

// openChosen opens the chosen sandbox when it is healthy.
func (p *sandboxesPage) openChosen() {
	name, _ := p.shell.vm.Detail.Name.Get() // made in viewmodel, cannot fail
	switch d := p.shell.vm.Detail; {
	case can(d.Other):
	case can(d.CanOpen):
		p.shell.actions.Open(name)
	default:
		p.shell.vm.Say(i18n.T("%s can be opened when it is healthy. Press S to start it.", name))
	}
}

func (p *sandboxesPage) copyAddress(name string) {
	for _, r := range p.vm.Rows() {
		if r.Key == name && r.Address != "" {
			p.shell.actions.Copy("http://" + r.Address)
			p.shell.vm.Say(i18n.T("Copied %s", "http://"+r.Address))
		}
	}
}

// rune is a letter that was typed while a row is chosen.
func (p *sandboxesPage) rune(name string, r rune) {
	d := p.shell.vm.Detail
	if name == "" || can(d.Other) {
		return
	}
	run := func(may boolItem, do func()) {
		if can(may) {
			do()
		}
	}
	switch unicode.ToLower(r) {
	case 's':
		run(d.CanStart, func() { p.vm.Start(name) })
	case 't':
		run(d.CanStop, func() { p.vm.Stop(name) })
	case 'r':
		run(d.CanRestart, func() { p.vm.Restart(name) })
	case 'o':
		p.openChosen()
	case 'e':
		run(d.CanRemove, func() { p.shell.editSandbox(name) })
	case 'c':
		p.copyAddress(name)
	case 'u':
		run(d.CanRemove, func() { p.shell.update(name) })
	case 'b':
		run(d.CanRemove, func() { p.shell.backUp(name) })
	case 'd':
		run(d.CanRemove, func() { p.shell.clone(name) })
	case 'l':
		run(d.CanRemove, func() { p.shell.rollback(name, "") })
	case 'f':
		run(d.CanRemove, func() { p.shell.browseFiles(name, agent.Session) })
	case 'k':
		run(d.CanRemove, func() { p.shell.keys(name) })
	case 'x':
		run(d.CanRemove, func() { p.shell.deleteData(name) })
	case 'm':
		p.table.Menu()
	}
}

// menu is every action on a sandbox, with its key.
func (p *sandboxesPage) menu(name string, at fyne.Position) {
	d := p.shell.vm.Detail
	if can(d.Other) {
		p.shell.popUp(at, entry(i18n.T("Copy name"), false, func() { p.shell.actions.Copy(strings.TrimPrefix(name, "container/")) }))
		return
	}
	item := func(label, key string, may boolItem, do func()) *fyne.MenuItem {
		m := entry(label+"\t"+key, false, do)
		m.Disabled = !can(may)
		return m
	}
	p.shell.popUp(at, append([]*fyne.MenuItem{
		item(i18n.T("Open"), "O", d.CanOpen, func() { p.shell.actions.Open(name) }),
		item(i18n.T("Copy address"), "C", d.CanOpen, func() { p.copyAddress(name) }),
		fyne.NewMenuItemSeparator(),
		item(i18n.T("Start"), "S", d.CanStart, func() { p.vm.Start(name) }),
		item(i18n.T("Stop"), "T", d.CanStop, func() { p.vm.Stop(name) }),
		item(i18n.T("Restart"), "R", d.CanRestart, func() { p.vm.Restart(name) }),
		fyne.NewMenuItemSeparator(),
		item(i18n.T("Edit…"), "E", d.CanRemove, func() { p.shell.editSandbox(name) }),
		item(i18n.T("Save the whole log…"), "Ctrl+Shift+S", d.CanRemove, p.detail.log.saveAll),
		item(i18n.T("Details"), "Ctrl+Shift+2", d.CanRemove, func() { p.detail.show(1) }),
		fyne.NewMenuItemSeparator(),
	}, p.moreItems(name)...)...)
}
