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

// update asks before a sandbox is updated.
func (s *Shell) update(name string) {
	u, ok := s.vm.UpdateOf(name)
	if !ok || len(s.open) > 0 {
		return
	}
	var d *sheet
	accept := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Update"), Icon: theme.IconUpdate, Kind: widget.Primary, Tip: "Ctrl+Enter"}, func() {
		d.hide()
		s.vm.Kept.Update(name)
	})
	change := container.New(columns{1, 0.12, 1},
		widget.NewText(u.From, widget.TextStyle{Size: 14}), widget.NewText("→", widget.TextStyle{Color: theme.Muted, Size: 14}), widget.NewText(u.To, widget.TextStyle{Bold: true, Size: 14}))
	rows := []fyne.CanvasObject{widget.NewCard(padded(theme.Space12, theme.Space12, theme.Space16, theme.Space16, change), 0)}
	if !u.Known {
		rows = append(rows, widget.NewParagraph(i18n.T("Berth looks for a newer image first. When there is none, nothing changes."), theme.Muted))
	}
	if u.Crosses {
		rows = append(rows, widget.NewParagraph(i18n.T("This is another major version: it may change how sessions are stored, and an older one may not read them any more. A whole backup is made first."), theme.Warn))
	}
	rows = append(rows, widget.NewParagraph(i18n.T("What it is now is kept as a rollback point. When the new one does not become healthy, the old one runs again on the old data, and you are told why."), theme.Muted))
	d = s.sheet(modalOptions{
		Title: i18n.T("Update %s?", name), Right: []*widget.Button{cancelButton(i18n.T("Cancel"), func() *modal { return d.modal }), accept},
	}, rows...)
	d.submit = accept.OnTapped
	d.show(accept)
}

// rollback asks which rollback point a sandbox goes back to; the one that is given is chosen, else the newest.
func (s *Shell) rollback(name, point string) {
	if name == "" || len(s.open) > 0 {
		return
	}
	var m *modal
	accept := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Roll back"), Icon: theme.IconRollback, Kind: widget.Primary, Tip: "Ctrl+Enter"}, nil)
	accept.Disable()
	table := widget.NewDataTable(pointColumns(), func(r viewmodel.PointRow) string { return r.ID })
	table.OnSelect = func(string) {}
	note := widget.NewText(i18n.T("Reading the rollback points"), widget.TextStyle{Color: theme.Muted, Fixed: true})
	middle := container.NewCenter(note)
	accept.OnTapped = func() {
		if id := table.Selected(); id != "" && !accept.Disabled() {
			m.hide()
			s.vm.Kept.Rollback(name, id)
		}
	}
	table.OnActivate = func(string) { accept.OnTapped() }
	remove := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Remove"), Icon: theme.IconTrash, Tip: i18n.T("Remove this point with its data")}, func() {
		if id := table.Selected(); id != "" {
			m.hide()
			s.removePoint(name, id)
		}
	})
	remove.Disable()
	text := widget.NewParagraph(i18n.T("What the point holds becomes what it was then. All else stays as it is: the projects do, unless the point holds them. What the sandbox is now becomes a rollback point too, so this can be taken back."), theme.Muted)
	body := frame(padded(0, theme.Space12, 0, 0, text), nil, nil, nil, widget.NewCard(container.NewStack(table, middle), 0))
	m = s.modal(modalOptions{
		Title: i18n.T("Roll %s back", name), Body: body, Width: 760, Height: 460,
		Left: []*widget.Button{remove}, Right: []*widget.Button{cancelButton(i18n.T("Cancel"), func() *modal { return m }), accept},
	})
	m.submit = accept.OnTapped
	m.show(table)
	s.vm.Kept.AskPoints(name, func(rows []viewmodel.PointRow, err error) {
		switch {
		case err != nil:
			note.SetText(viewmodel.Cause(err))
			note.SetColor(theme.Bad)
		case len(rows) == 0:
			note.SetText(i18n.T("There is none yet. Updates, restores and rollbacks make one."))
		}
		setHidden(middle, len(rows) > 0)
		table.SetRows(rows)
		if len(rows) > 0 {
			if point == "" {
				point = rows[0].ID
			}
			table.Select(point)
			accept.Enable()
			remove.Enable()
		}
		middle.Refresh()
	})
}

func pointColumns() []widget.Column[viewmodel.PointRow] {
	type row = viewmodel.PointRow
	muted := widget.TextStyle{Color: theme.Muted}
	return []widget.Column[row]{
		{ID: "age", Label: i18n.T("Made"), Width: 110, Create: textCell(widget.TextStyle{}), Update: setCell(func(r row) string { return r.Age })},
		{ID: "reason", Label: i18n.T("Why"), Width: 150, Flex: 1, Create: textCell(widget.TextStyle{}), Update: setCell(func(r row) string { return r.Reason })},
		{ID: "version", Label: i18n.T("Version"), Width: 130, Create: textCell(widget.TextStyle{}), Update: setCell(func(r row) string { return r.Version })},
		{ID: "holds", Label: i18n.T("Holds"), Width: 150, Flex: 1, Create: textCell(muted), Update: setCell(func(r row) string { return r.Holds })},
		{ID: "image", Label: i18n.T("Image"), Width: 160, Flex: 1, Drop: 1, Create: textCell(muted), Update: setCell(func(r row) string { return r.Image })},
	}
}

// removePoint asks before a rollback point goes.
func (s *Shell) removePoint(name, point string) {
	if len(s.open) > 0 {
		return
	}
	s.sure(i18n.T("Remove this rollback point?"), i18n.T("%s can then not be rolled back to it any more. What the sandbox holds now stays as it is.", name), i18n.T("Remove"),
		func() { s.vm.Kept.RemovePoint(name, point) })
}

// repair asks before what a sandbox's volumes hold is given to opencode's user.
func (s *Shell) repair(name string) {
	if name == "" || len(s.open) > 0 {
		return
	}
	var d *sheet
	folders := false
	accept := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Repair"), Icon: theme.IconCheck, Kind: widget.Primary, Tip: "Ctrl+Enter"}, func() {
		d.hide()
		s.vm.Kept.Repair(name, folders)
	})
	text := i18n.T("Every file on the volumes of %s gets the user that opencode runs as for its owner. A short container of the same image does it, without a network. Contents and permissions stay.", name)
	column := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space12), widget.NewParagraph(text, theme.Muted))
	if mounted := s.vm.Kept.ProjectsFolder(name); mounted != "" {
		column.Add(widget.NewCheck(i18n.T("Also in %s", mounted), func(yes bool) { folders = yes }))
		column.Add(widget.NewParagraph(i18n.T("That is a folder of the engine's computer. Its files would belong to the user 1000 there too, and its present owner may not be able to change them any more."), theme.Warn))
	}
	d = s.sheet(modalOptions{
		Title: i18n.T("Repair the ownership in %s?", name), Right: []*widget.Button{cancelButton(i18n.T("Cancel"), func() *modal { return d.modal }), accept},
	}, column.Objects...)
	d.submit = accept.OnTapped
	d.show(accept)
}
