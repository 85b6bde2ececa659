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

// newFactsPane shows everything about the chosen sandbox, each value to be copied.
func newFactsPane(s *Shell) fyne.CanvasObject {
	vm := s.vm.Facts
	column := container.New(layout.NewCustomPaddedVBoxLayout(0))
	wrong := widget.NewText("", widget.TextStyle{Color: theme.Bad, Size: 13})
	on(vm.Trouble, wrong.SetText)
	on(vm.Revision, func(uint64) {
		column.RemoveAll()
		for _, g := range vm.Groups() {
			column.Add(padded(theme.Space16, theme.Space4, 0, 0, widget.NewText(g.Title, widget.TextStyle{Bold: true, Size: 13})))
			for _, f := range g.Facts {
				column.Add(factRow(s, f))
			}
		}
		column.Refresh()
	})
	command := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Copy as docker command"), Icon: theme.IconCopy, Small: true, Tip: i18n.T("The password is not in it")},
		func() { s.actions.Copy(vm.DockerText()) })
	all := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Copy all"), Icon: theme.IconCopy, Small: true}, func() { s.actions.Copy(factsText(vm.Groups())) })
	bar := padded(theme.Space8, theme.Space8, theme.Space16, theme.Space16,
		frame(nil, nil, nil, container.New(layout.NewCustomPaddedHBoxLayout(theme.Space8), command, all), wrong))
	return frame(container.New(layout.NewCustomPaddedVBoxLayout(0), bar, widget.NewLine()), nil, nil, nil,
		container.NewVScroll(padded(0, theme.Space16, theme.Space16, theme.Space16, column)))
}

// factRow is a name, a value and a button that copies the value.
func factRow(s *Shell, f viewmodel.Fact) fyne.CanvasObject {
	style := widget.TextStyle{Size: 13, Mono: f.Mono}
	if f.Mono {
		style.Size = theme.MonoSize
	}
	if f.Tone != viewmodel.Neutral {
		style.Color = toneColor(f.Tone)
	}
	label := widget.NewText(f.Label, widget.TextStyle{Color: theme.Muted, Size: 13})
	copyIt := widget.NewButton(widget.ButtonOptions{Icon: theme.IconCopy, Small: true, Quiet: true, Tip: i18n.T("Copy")}, func() { s.actions.Copy(f.Value) })
	return container.New(fixedHeight(28), frame(nil, nil, container.New(fixedWidth(170), label), copyIt, widget.NewText(f.Value, style)))
}

func factsText(groups []viewmodel.Group) string {
	text := ""
	for _, g := range groups {
		text += g.Title + "\n"
		for _, f := range g.Facts {
			text += "  " + f.Label + ": " + f.Value + "\n"
		}
	}
	return text
}

// newSessionsPane lists opencode's own sessions.
func newSessionsPane(s *Shell) fyne.CanvasObject {
	vm := s.vm.Facts
	note := widget.NewText("", widget.TextStyle{Color: theme.Muted, Fixed: true})
	middle := container.NewCenter(note)
	table := widget.NewDataTable([]widget.Column[viewmodel.SessionRow]{
		{ID: "title", Label: i18n.T("Title"), Width: 240, Flex: 3, Create: textCell(widget.TextStyle{}), Update: setCell(func(r viewmodel.SessionRow) string { return r.Title })},
		{ID: "directory", Label: i18n.T("Folder"), Width: 160, Flex: 2, Drop: 1, Create: textCell(widget.TextStyle{Color: theme.Muted, Mono: true, Size: theme.MonoSize}), Update: setCell(func(r viewmodel.SessionRow) string { return r.Directory })},
		{ID: "active", Label: i18n.T("Last active"), Width: 150, Create: textCell(widget.TextStyle{Color: theme.Muted}), Update: setCell(func(r viewmodel.SessionRow) string { return r.Active })},
	}, func(r viewmodel.SessionRow) string { return r.ID })
	on(vm.Revision, func(uint64) {
		rows, why := vm.List()
		note.SetText(why)
		table.SetRows(rows)
		setHidden(table, len(rows) == 0)
		setHidden(middle, why == "")
		middle.Refresh()
	})
	return container.NewStack(table, middle)
}

// textCell makes cells of a text.
func textCell(style widget.TextStyle) func() fyne.CanvasObject {
	return func() fyne.CanvasObject { return widget.NewText("", style) }
}

// setCell shows a text of a row in such a cell.
func setCell[T any](of func(T) string) func(fyne.CanvasObject, T) {
	return func(o fyne.CanvasObject, row T) { o.(*widget.Text).SetText(of(row)) }
}
