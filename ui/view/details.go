package view

import (
	"slices"

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
	var shown []string // the names of what is there, so that rows stay, and the keyboard on them, when only values change
	var rows []*factLine
	on(vm.Revision, func(uint64) {
		var names []string
		var facts []viewmodel.Fact
		for _, g := range vm.Groups() {
			names = append(names, g.Title)
			for _, f := range g.Facts {
				names = append(names, "\t"+f.Label)
				facts = append(facts, f)
			}
		}
		if !slices.Equal(names, shown) {
			shown, rows = names, nil
			column.RemoveAll()
			for _, g := range vm.Groups() {
				column.Add(padded(theme.Space16, theme.Space4, 0, 0, widget.NewText(g.Title, widget.TextStyle{Bold: true, Size: 13})))
				for _, f := range g.Facts {
					row := newFactLine(s, f, factLabel)
					rows = append(rows, row)
					column.Add(row.content)
				}
			}
			column.Refresh()
			return
		}
		for i, f := range facts {
			rows[i].set(f)
		}
	})
	command := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Copy as docker command"), Icon: theme.IconCopy, Small: true, Tip: i18n.T("The password is not in it")},
		func() { s.actions.Copy(vm.DockerText()) })
	all := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Copy all"), Icon: theme.IconCopy, Small: true}, func() { s.actions.Copy(factsText(vm.Groups())) })
	bar := padded(theme.Space8, theme.Space8, theme.Space16, theme.Space16,
		frame(nil, nil, nil, container.New(layout.NewCustomPaddedHBoxLayout(theme.Space8), command, all), wrong))
	return frame(container.New(layout.NewCustomPaddedVBoxLayout(0), bar, widget.NewLine()), nil, nil, nil,
		s.scrolls(padded(0, theme.Space16, theme.Space16, theme.Space16, column)))
}

// factLabel is the room for the names of a sandbox's facts.
const factLabel = 170

// factRow is a name, a value and a button that copies the value.
func factRow(s *Shell, f viewmodel.Fact) fyne.CanvasObject {
	return newFactLine(s, f, factLabel).content
}

// factLine is a factRow whose value may change.
type factLine struct {
	fact    viewmodel.Fact
	value   *widget.Text
	content fyne.CanvasObject
}

func newFactLine(s *Shell, f viewmodel.Fact, labels float32) *factLine {
	l := &factLine{fact: f}
	style := widget.TextStyle{Size: 13, Mono: f.Mono}
	if f.Mono {
		style.Size = theme.MonoSize
	}
	l.value = widget.NewText(f.Value, style)
	l.set(f)
	label := widget.NewText(f.Label, widget.TextStyle{Color: theme.Muted, Size: 13})
	copyIt := widget.NewButton(widget.ButtonOptions{Icon: theme.IconCopy, Small: true, Quiet: true, Tip: i18n.T("Copy")}, func() { s.actions.Copy(l.fact.Value) })
	l.content = container.New(fixedHeight(28), frame(nil, nil, container.New(fixedWidth(labels), label), copyIt, l.value))
	return l
}

// alone gives a value without a label all of the line.
func (l *factLine) alone() {
	l.content = container.New(fixedHeight(22), l.value)
}

func (l *factLine) set(f viewmodel.Fact) {
	l.fact = f
	l.value.SetText(f.Value)
	color := theme.Text
	if f.Tone != viewmodel.Neutral {
		color = toneColor(f.Tone)
	}
	l.value.SetColor(color)
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
