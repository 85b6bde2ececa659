package view

import (
	"cmp"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// volumesPage is every volume of Berth's, and what can be done with the data of a sandbox whether it has a container or not.
type volumesPage struct {
	shell   *Shell
	vm      *viewmodel.Volumes
	table   *widget.DataTable[viewmodel.VolumeRow]
	filter  *widget.Entry
	points  *widget.Button
	words   string
	content fyne.CanvasObject
}

func newVolumesPage(s *Shell) *volumesPage {
	p := &volumesPage{shell: s, vm: s.vm.Volumes}
	p.table = widget.NewDataTable(volumeColumns(), func(r viewmodel.VolumeRow) string { return r.Name })
	p.table.OnSelect = func(name string) { _ = p.vm.Selected.Set(name) } // made in viewmodel, cannot fail
	p.table.OnActivate = func(string) { p.browse() }
	p.table.OnMenu = p.menu
	p.table.OnKey = func(_ string, key fyne.KeyName) {
		if key == fyne.KeyDelete {
			p.delete()
		}
	}
	p.table.OnRune = func(_ string, r rune) { p.rune(r) }
	noMatch := container.NewCenter(widget.NewText(i18n.T("No volume matches the filter"), widget.TextStyle{Color: theme.Muted, Fixed: true}))
	show := func() {
		rows := p.shown()
		p.table.SetRows(rows)
		setHidden(noMatch, len(rows) > 0 || len(p.vm.Rows()) == 0)
	}
	on(p.vm.Revision, func(uint64) { show() })
	on(p.vm.Selected, p.table.Select)

	p.filter = widget.NewEntry(i18n.T("Filter  (Ctrl+F)"))
	p.filter.Icon = theme.Icon(theme.IconSearch, theme.Muted)
	p.filter.OnChanged = func(text string) {
		p.words = text
		show()
	}
	p.filter.OnEscape = func() {
		p.filter.SetText("")
		s.Focus()
	}
	p.filter.OnSubmitted = func(string) {
		s.Focus()
		p.table.PickShown()
	}
	table := frame(nil, p.newFoot(), nil, nil, widget.NewCard(container.NewStack(p.table, padded(theme.HeadRowH, 0, 0, 0, noMatch)), 0))
	empty := p.newEmpty()
	header := pageHeader(i18n.T("Volumes"), p.newTools())
	on(p.vm.Empty, func(is bool) {
		setHidden(empty, !is)
		setHidden(table, is)
		setHidden(header, is)
	})
	p.content = frame(padded(0, theme.Space12, 0, 0, header), nil, nil, nil, container.NewStack(table, empty))
	return p
}

// newTools are the controls at the top.
func (p *volumesPage) newTools() *fyne.Container {
	s := p.shell
	p.points = widget.NewButton(widget.ButtonOptions{Text: i18n.T("Rollback points"), Icon: theme.IconRollback, Tip: i18n.T("Show also the volumes of rollback points")}, p.togglePoints)
	on(p.vm.Points, func(is bool) {
		p.points.SetKind(widget.Plain)
		if is {
			p.points.SetKind(widget.On)
		}
	})
	measure := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Measure"), Icon: theme.IconRestart, Tip: i18n.T("Count what the volumes hold, in the background  Ctrl+Shift+M")}, func() { p.vm.Measure() })
	bring := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Import…"), Icon: theme.IconSave, Tip: i18n.T("Copy the data of another opencode  Ctrl+Shift+I")}, s.importData)
	restore := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Restore…"), Icon: theme.IconRestore, Tip: i18n.T("Bring a backup back  Ctrl+Shift+O")}, func() { s.restore("", "") })
	backUp := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Back up…"), Icon: theme.IconBackup, Kind: widget.Primary}, p.backUp)
	// What is gone is brought back more often than backed up, which its menu has.
	act := func() {
		row, any := p.row()
		text, tip, icon, do := i18n.T("Back up…"), i18n.T("Write the sandbox of the chosen volume into one file  B"), theme.IconBackup, p.backUp
		if row.Orphan && row.Point == "" {
			text, tip, icon, do = i18n.T("Bring back"), i18n.T("Bring back the sandbox of the chosen volume")+"  S", theme.IconPlay, p.bringBack
		}
		backUp.SetText(text)
		backUp.SetTip(tip)
		backUp.SetIcon(icon)
		backUp.OnTapped = do
		backUp.SetEnabled(any)
	}
	on(p.vm.Selected, func(string) { act() })
	on(p.vm.Revision, func(uint64) { act() })
	return newToolbar(theme.Space12, backUp, 240, p.filter, p.points, measure, bring, restore, backUp)
}

// newFoot says how much there is, and what went wrong.
func (p *volumesPage) newFoot() fyne.CanvasObject {
	left := widget.NewText("", widget.TextStyle{Color: theme.Muted, Size: 13})
	wrong := widget.NewText("", widget.TextStyle{Color: theme.Bad, Size: 13})
	on(p.vm.Summary, left.SetText)
	on(p.vm.Trouble, func(why string) {
		wrong.SetText(why)
		setHidden(left, why != "") // what was counted before it is no longer sure
	})
	return padded(theme.Space12, 0, 0, 0, container.New(fixedHeight(theme.SmallH), container.NewStack(left, wrong)))
}

// newEmpty is what stands there when the engine has no volume of Berth's.
func (p *volumesPage) newEmpty() fyne.CanvasObject {
	line := func(text string) fyne.CanvasObject {
		return container.NewCenter(widget.NewText(text, widget.TextStyle{Color: theme.Muted, Size: 14, Fixed: true}))
	}
	create := widget.NewButton(widget.ButtonOptions{Text: i18n.T("New sandbox"), Icon: theme.IconPlus, Kind: widget.Primary, Tip: i18n.T("Make another sandbox  Ctrl+N")}, p.shell.newSandbox)
	restore := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Restore…"), Icon: theme.IconRestore, Tip: i18n.T("Bring a backup back  Ctrl+Shift+O")}, func() { p.shell.restore("", "") })
	bring := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Import…"), Icon: theme.IconSave, Tip: i18n.T("Copy the data of another opencode  Ctrl+Shift+I")}, p.shell.importData)
	column := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space12),
		container.NewCenter(widget.NewText(i18n.T("No volume yet"), widget.TextStyle{Size: 24, Bold: true, Fixed: true})),
		line(i18n.T("Volumes hold what a sandbox keeps: sessions, projects and settings.")),
		line(i18n.T("The first start of a sandbox makes them; a backup brings them back.")),
		padded(theme.Space8, 0, 0, 0, container.NewCenter(container.New(layout.NewCustomPaddedHBoxLayout(theme.Space8), create, restore, bring))))
	return container.New(middle(emptyWidth), column)
}

// shown are the rows that the filter lets through.
func (p *volumesPage) shown() []viewmodel.VolumeRow {
	var rows []viewmodel.VolumeRow
	for _, r := range p.vm.Rows() {
		if matches(r.Name+" "+r.Sandbox+" "+r.Role+" "+r.UsedBy+" "+r.Note, p.words) {
			rows = append(rows, r)
		}
	}
	return rows
}

func volumeColumns() []widget.Column[viewmodel.VolumeRow] {
	type row = viewmodel.VolumeRow
	muted := widget.TextStyle{Color: theme.Muted}
	mono := widget.TextStyle{Color: theme.Muted, Mono: true, Size: theme.MonoSize}
	return []widget.Column[row]{
		{
			ID: "sandbox", Label: i18n.T("Sandbox"), Width: 136, Flex: 2, Create: newNameCell,
			Update: func(o fyne.CanvasObject, r row) {
				o.(*nameCell).set(viewmodel.SandboxRow{Name: r.Sandbox, Tone: r.Tone})
			},
			Compare: func(a, b row) int { return cmp.Or(cmp.Compare(a.Sandbox, b.Sandbox), cmp.Compare(a.Point, b.Point)) },
			Need:    func(r row) float32 { return nameNeed(viewmodel.SandboxRow{Name: r.Sandbox, Tone: r.Tone}) },
		},
		{
			ID: "role", Label: i18n.T("Holds"), Width: 90, Create: textCell(widget.TextStyle{}),
			Update: setCell(func(r row) string { return r.Role }), Compare: func(a, b row) int { return cmp.Compare(a.Role, b.Role) },
			Need: func(r row) float32 { return widget.TextWidth(r.Role, widget.TextStyle{}) },
		},
		{
			ID: "name", Label: i18n.T("Volume"), Width: 234, Flex: 3, Drop: 3, Create: textCell(mono),
			Update: setCell(func(r row) string { return r.Name }), Compare: func(a, b row) int { return cmp.Compare(a.Name, b.Name) },
			Need: func(r row) float32 { return widget.TextWidth(r.Name, mono) },
		},
		{
			ID: "size", Label: i18n.T("Size"), Width: 84, Right: true, Create: textCell(widget.TextStyle{Align: fyne.TextAlignTrailing}),
			Update: setCell(func(r row) string { return r.Size }), Compare: func(a, b row) int { return cmp.Compare(a.Bytes(), b.Bytes()) },
		},
		{
			ID: "files", Label: i18n.T("Files"), Width: 84, Right: true, Drop: 4, Create: textCell(widget.TextStyle{Color: theme.Muted, Align: fyne.TextAlignTrailing}),
			Update: setCell(func(r row) string { return r.Files }), Compare: func(a, b row) int { return cmp.Compare(a.Count(), b.Count()) },
		},
		{
			ID: "measured", Label: i18n.T("Measured"), Width: 96, Create: textCell(muted),
			Update: setCell(func(r row) string { return r.Counted }), Compare: func(a, b row) int { return b.CountedAt().Compare(a.CountedAt()) },
			Need: func(r row) float32 { return widget.TextWidth(r.Counted, muted) },
		},
		{
			ID: "used", Label: i18n.T("Used by"), Width: 126, Flex: 1, Drop: 1, Create: textCell(muted),
			Update: func(o fyne.CanvasObject, r row) {
				text, color := o.(*widget.Text), theme.Muted
				if r.Orphan {
					color = theme.Warn
				}
				text.SetColor(color)
				text.SetText(r.Use())
			},
			Compare: func(a, b row) int { return cmp.Compare(a.Use(), b.Use()) },
			Need:    func(r row) float32 { return widget.TextWidth(r.Use(), muted) },
		},
		{
			ID: "backup", Label: i18n.T("Last backup"), Width: 92, Create: textCell(muted),
			Update: setCell(func(r row) string { return r.Backup }), Compare: func(a, b row) int { return b.BackedUp().Compare(a.BackedUp()) },
			Need: func(r row) float32 { return widget.TextWidth(r.Backup, muted) },
		},
	}
}

// rune is a letter that was typed while a row is chosen.
func (p *volumesPage) rune(r rune) {
	switch unicode.ToLower(r) {
	case 'b':
		p.backUp()
	case 'd':
		p.clone()
	case 'f':
		p.browse()
	case 'l':
		p.rollback()
	case 's':
		p.bringBack()
	case 'n':
		p.takeOver()
	case 'x':
		p.delete()
	case 'c':
		if row, ok := p.row(); ok {
			p.shell.actions.Copy(row.Name)
		}
	case 'm':
		p.table.Menu()
	}
}

// row is the chosen volume.
func (p *volumesPage) row() (viewmodel.VolumeRow, bool) {
	name, _ := p.vm.Selected.Get() // made in viewmodel, cannot fail
	return p.vm.Find(name)
}

// with does something to the sandbox of the chosen volume.
func (p *volumesPage) with(do func(r viewmodel.VolumeRow)) {
	if r, ok := p.row(); ok {
		do(r)
	}
}

func (p *volumesPage) backUp() { p.with(func(r viewmodel.VolumeRow) { p.shell.backUp(r.Sandbox) }) }
func (p *volumesPage) clone()  { p.with(func(r viewmodel.VolumeRow) { p.shell.clone(r.Sandbox) }) }
func (p *volumesPage) rollback() {
	p.with(func(r viewmodel.VolumeRow) {
		if r.Orphan {
			p.shell.vm.Say(i18n.T("%s has no container. Bring it back first, then roll it back.", r.Sandbox))
			return
		}
		p.shell.rollback(r.Sandbox, r.Point)
	})
}
func (p *volumesPage) delete() { p.with(p.askDelete) }

// askDelete asks before a volume goes: of a rollback point only that, else all of its sandbox.
func (p *volumesPage) askDelete(r viewmodel.VolumeRow) {
	if r.Point != "" {
		p.shell.removePoint(r.Sandbox, r.Point)
		return
	}
	p.shell.deleteData(r.Sandbox)
}

func (p *volumesPage) browse() {
	p.with(func(r viewmodel.VolumeRow) {
		if r.Point != "" {
			p.shell.vm.Say(i18n.T("A rollback point cannot be browsed. Roll back to it; that can be taken back."))
			return
		}
		p.shell.browseFiles(r.Sandbox, r.Place())
	})
}

// bringBack gives the volumes of a sandbox that is gone a container again.
func (p *volumesPage) bringBack() {
	p.with(func(r viewmodel.VolumeRow) {
		if r.Orphan && r.Point == "" {
			p.shell.vm.Sandboxes.Start(r.Sandbox)
		}
	})
}

// takeOver makes a sandbox of the volumes of one that is gone, as the form says.
func (p *volumesPage) takeOver() {
	p.with(func(r viewmodel.VolumeRow) {
		if r.Orphan && r.Point == "" {
			p.shell.openForm(p.shell.vm.AgainForm(r.Sandbox, r.Was()), "")
		}
	})
}

// togglePoints shows the volumes of rollback points, or hides them.
func (p *volumesPage) togglePoints() {
	is, _ := p.vm.Points.Get() // made in viewmodel, cannot fail
	p.vm.ShowPoints(!is)
}

// menu is every action on a volume and the data it belongs to.
func (p *volumesPage) menu(name string, at fyne.Position) {
	r, ok := p.vm.Find(name)
	if !ok {
		return
	}
	item := func(label, key string, can bool, do func()) *fyne.MenuItem {
		if key != "" {
			label += "\t" + key
		}
		m := entry(label, false, do)
		m.Disabled = !can
		return m
	}
	point := r.Point != ""
	remove := i18n.T("Delete data…")
	if point {
		remove = i18n.T("Remove the rollback point…")
	}
	p.shell.popUp(at,
		item(i18n.T("Browse files…"), "F", !point, p.browse),
		item(i18n.T("Measure"), "Ctrl+Shift+M", true, func() { p.vm.Measure() }),
		item(i18n.T("Copy name"), "C", true, func() { p.shell.actions.Copy(r.Name) }),
		fyne.NewMenuItemSeparator(),
		item(i18n.T("Back up…"), "B", !point, p.backUp),
		item(i18n.T("Restore from a file…"), "", !point, func() { p.shell.restore(r.Sandbox, "") }),
		item(i18n.T("Clone…"), "D", !point, p.clone),
		item(i18n.T("Roll back…"), "L", !r.Orphan, p.rollback),
		item(i18n.T("Bring back"), "S", r.Orphan && !point, p.bringBack),
		item(i18n.T("Bring back with other settings…"), "N", r.Orphan && !point, p.takeOver),
		item(i18n.T("Import…"), "Ctrl+Shift+I", true, p.shell.importData),
		fyne.NewMenuItemSeparator(),
		item(remove, "X", true, func() { p.askDelete(r) }),
	)
}
