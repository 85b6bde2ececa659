package view

import (
	"cmp"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"berth/engine/agent"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// browseDialog looks into the volumes of a sandbox, to read only.
type browseDialog struct {
	shell  *Shell
	vm     *viewmodel.Browser
	modal  *modal
	table  *widget.DataTable[viewmodel.FileRow]
	tabs   *widget.Tabs
	roles  []agent.Role
	path   *widget.Text
	note   *widget.Text
	middle *fyne.Container
	up     *widget.Button
	save   *widget.Button
}

// trimmed is a text without the spaces around it.
func trimmed(text string) string { return strings.TrimSpace(text) }

// browseFiles shows what one of a sandbox's volumes holds.
func (s *Shell) browseFiles(name string, role agent.Role) {
	if name == "" || len(s.open) > 0 {
		return
	}
	d := &browseDialog{shell: s, vm: s.vm.NewBrowser(name, role)}
	d.roles = d.vm.Roles()
	if !slices.Contains(d.roles, role) {
		d.roles = append(d.roles, role)
	}
	var words []string
	for _, r := range d.roles {
		words = append(words, viewmodel.RoleWords(r))
	}
	d.tabs = widget.NewTabs(words...)
	d.tabs.Choose(slices.Index(d.roles, role))
	d.tabs.OnChosen = func(i int) { d.vm.Go(d.roles[i], "", d.show) }
	d.table = widget.NewDataTable(fileColumns(), func(r viewmodel.FileRow) string { return r.Name })
	d.table.OnSelect = func(string) { d.show() }
	d.table.OnActivate = d.enter
	d.table.OnMenu = d.menu
	d.table.OnKey = func(_ string, key fyne.KeyName) {
		switch key {
		case fyne.KeyBackspace, fyne.KeyLeft:
			d.above()
		case fyne.KeyRight:
			d.enter(d.table.Selected())
		}
	}
	d.table.OnRune = func(string, rune) {}
	d.path = widget.NewText("", widget.TextStyle{Mono: true, Size: theme.MonoSize})
	d.note = widget.NewText("", widget.TextStyle{Color: theme.Muted, Fixed: true})
	d.middle = container.NewCenter(d.note)
	d.up = widget.NewButton(widget.ButtonOptions{Text: i18n.T("Up"), Icon: theme.IconUp, Small: true, Tip: i18n.T("The folder above  Backspace")}, d.above)
	d.save = widget.NewButton(widget.ButtonOptions{Text: i18n.T("Save…"), Icon: theme.IconSave, Tip: i18n.T("Write it to this computer; a folder becomes a tar")}, func() { d.saveOne(d.table.Selected()) })
	bar := frame(nil, nil, nil, d.up, padded(0, 0, theme.Space4, theme.Space12, d.path))
	top := frame(d.tabs, nil, nil, nil, padded(theme.Space8, theme.Space8, 0, 0, bar))
	body := frame(top, nil, nil, nil, widget.NewCard(container.NewStack(d.table, d.middle), 0))
	d.modal = s.modal(modalOptions{
		Title: i18n.T("Files of %s", name), Subtitle: i18n.T("To read only: nothing can be changed from here."), Body: body, Width: 820, Height: 600,
		Left: []*widget.Button{d.save},
	})
	d.modal.addClose(i18n.T("Close"))
	d.modal.show(d.table)
	d.vm.Go(role, "", d.show)
}

// show shows what is known now of the folder.
func (d *browseDialog) show() {
	d.path.SetText("/" + viewmodel.Plain(d.vm.Folder))
	d.up.SetEnabled(d.vm.Folder != "")
	text, color := "", theme.Muted
	switch {
	case d.vm.Trouble != "":
		text, color = d.vm.Trouble, theme.Bad
	case d.vm.Reading:
		text = i18n.T("Reading the folder")
	case len(d.vm.Rows) == 0:
		text = i18n.T("This folder is empty")
	}
	d.note.SetText(text)
	d.note.SetColor(color)
	setHidden(d.middle, text == "")
	d.middle.Refresh()
	d.table.SetRows(d.vm.Rows)
	if _, ok := d.row(d.table.Selected()); !ok && len(d.vm.Rows) > 0 {
		d.table.Select(d.vm.Rows[0].Name)
	}
	_, ok := d.row(d.table.Selected())
	d.save.SetEnabled(ok)
}

func (d *browseDialog) row(name string) (viewmodel.FileRow, bool) {
	i := slices.IndexFunc(d.vm.Rows, func(r viewmodel.FileRow) bool { return r.Name == name })
	if i < 0 {
		return viewmodel.FileRow{}, false
	}
	return d.vm.Rows[i], true
}

// enter goes into a folder, and offers to save a file.
func (d *browseDialog) enter(name string) {
	r, ok := d.row(name)
	switch {
	case !ok:
	case r.Folder:
		d.vm.Go(d.vm.Role, d.vm.Path(name), d.show)
	default:
		d.saveOne(name)
	}
}

// above goes to the folder above.
func (d *browseDialog) above() {
	if d.vm.Folder != "" {
		d.vm.Go(d.vm.Role, d.vm.Up(), d.show)
	}
}

// saveOne asks where a file goes; a link is nothing of its own to save.
func (d *browseDialog) saveOne(name string) {
	r, ok := d.row(name)
	if !ok {
		return
	}
	d.shell.askPath(r.SaveName(), func(path string) { d.vm.Save(name, path) })
}

// menu is what can be done with a file.
func (d *browseDialog) menu(name string, at fyne.Position) {
	r, ok := d.row(name)
	if !ok {
		return
	}
	open := entry(i18n.T("Open the folder")+"\t↵", false, func() { d.enter(name) })
	open.Disabled = !r.Folder
	d.shell.popUp(at, open, entry(i18n.T("Save…"), false, func() { d.saveOne(name) }),
		entry(i18n.T("Copy path"), false, func() { d.shell.actions.Copy("/" + d.vm.Path(name)) }))
}

func fileColumns() []widget.Column[viewmodel.FileRow] {
	type row = viewmodel.FileRow
	muted := widget.TextStyle{Color: theme.Muted}
	return []widget.Column[row]{
		{
			ID: "name", Label: i18n.T("Name"), Width: 240, Flex: 3, Create: newFileCell, Update: func(o fyne.CanvasObject, r row) { o.(*fileCell).set(r) },
			Compare: func(a, b row) int { return cmp.Or(foldersFirst(a, b), cmp.Compare(a.Name, b.Name)) },
		},
		{
			ID: "size", Label: i18n.T("Size"), Width: 100, Right: true, Create: textCell(widget.TextStyle{Align: fyne.TextAlignTrailing}), Update: setCell(func(r row) string { return r.Size }),
			Compare: func(a, b row) int { return cmp.Or(foldersFirst(a, b), cmp.Compare(a.Bytes(), b.Bytes())) },
		},
		{
			ID: "modified", Label: i18n.T("Changed"), Width: 150, Create: textCell(muted), Update: setCell(func(r row) string { return r.Modified }),
			Compare: func(a, b row) int { return a.At().Compare(b.At()) },
		},
		{
			ID: "mode", Label: i18n.T("Mode"), Width: 110, Drop: 1, Create: textCell(widget.TextStyle{Color: theme.Muted, Mono: true, Size: theme.MonoSize}),
			Update: setCell(func(r row) string { return r.Mode }), Compare: func(a, b row) int { return cmp.Compare(a.Mode, b.Mode) },
		},
	}
}

// foldersFirst orders folders before all else.
func foldersFirst(a, b viewmodel.FileRow) int {
	switch {
	case a.Folder == b.Folder:
		return 0
	case a.Folder:
		return -1
	}
	return 1
}
