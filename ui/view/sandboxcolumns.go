package view

import (
	"cmp"
	"slices"

	"fyne.io/fyne/v2"

	"berth/engine/config"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// sandboxColumns are the table's columns.
func sandboxColumns() []widget.Column[viewmodel.SandboxRow] {
	text, setText := textCell, setCell[viewmodel.SandboxRow]
	plain, address := widget.TextStyle{}, widget.TextStyle{Color: theme.Accent, Mono: true, Size: theme.MonoSize}
	return []widget.Column[viewmodel.SandboxRow]{
		{
			ID: "name", Label: i18n.T("Name"), Width: 256, Flex: 3, Create: newNameCell,
			Update:  func(o fyne.CanvasObject, r viewmodel.SandboxRow) { o.(*nameCell).set(r) },
			Compare: func(a, b viewmodel.SandboxRow) int { return cmp.Compare(a.Name, b.Name) },
			Need:    nameNeed,
		},
		{
			ID: engineColumn, Label: i18n.T("Engine"), Width: 110, Flex: 1, Create: text(widget.TextStyle{Color: theme.Muted}),
			Update:  setText(func(r viewmodel.SandboxRow) string { return r.Engine }),
			Compare: func(a, b viewmodel.SandboxRow) int { return cmp.Compare(a.Engine, b.Engine) },
			Need:    func(r viewmodel.SandboxRow) float32 { return widget.TextWidth(r.Engine, plain) },
		},
		{
			ID: "state", Label: i18n.T("State"), Width: 176, Flex: 2, Create: text(plain),
			Update: func(o fyne.CanvasObject, r viewmodel.SandboxRow) {
				words := o.(*widget.Text)
				words.SetText(r.State)
				words.SetColor(theme.Text)
				if r.Away {
					words.SetColor(theme.Muted)
				}
			},
			Compare: func(a, b viewmodel.SandboxRow) int { return cmp.Compare(a.Need, b.Need) },
			Need:    func(r viewmodel.SandboxRow) float32 { return widget.TextWidth(r.State, plain) },
		},
		{
			ID: "version", Label: i18n.T("opencode"), Width: 78, Flex: 0.3, Drop: 3, Create: text(widget.TextStyle{Color: theme.Muted}),
			Update:  setText(func(r viewmodel.SandboxRow) string { return r.Version }),
			Compare: func(a, b viewmodel.SandboxRow) int { return viewmodel.CompareNumbers(a.Version, b.Version) },
		},
		{
			ID: "cpu", Label: i18n.T("CPU"), Width: 122, Flex: 0.3, Drop: 2, Create: newCPUCell,
			Update:  func(o fyne.CanvasObject, r viewmodel.SandboxRow) { o.(*usageCell).set(r.CPU, nil, r.Graph, r.Running) },
			Compare: func(a, b viewmodel.SandboxRow) int { return cmp.Compare(a.Load, b.Load) },
		},
		{
			ID: "memory", Label: i18n.T("Memory"), Width: 140, Flex: 0.3, Drop: 1, Create: newMemoryCell,
			Update: func(o fyne.CanvasObject, r viewmodel.SandboxRow) {
				o.(*usageCell).set(r.Memory, &r.Share, nil, r.Running)
			},
			Compare: func(a, b viewmodel.SandboxRow) int { return cmp.Compare(a.Bytes, b.Bytes) },
		},
		{
			ID: "address", Label: i18n.T("Address"), Width: 130, Flex: 0.3, Create: text(address),
			Update:  setText(func(r viewmodel.SandboxRow) string { return r.Address }),
			Compare: func(a, b viewmodel.SandboxRow) int { return viewmodel.CompareNumbers(a.Address, b.Address) },
			Need:    func(r viewmodel.SandboxRow) float32 { return widget.TextWidth(r.Address, address) },
		},
		{
			ID: "age", Label: i18n.T("Age"), Width: 60, Drop: 4, Create: text(widget.TextStyle{Color: theme.Muted}),
			Update:  setText(func(r viewmodel.SandboxRow) string { return r.Age }),
			Compare: func(a, b viewmodel.SandboxRow) int { return b.Created.Compare(a.Created) },
		},
	}
}

// chooseColumns offers every column but the first, which always stays.
func (p *sandboxesPage) chooseColumns(under fyne.CanvasObject) {
	p.shell.dropDown(under, p.columnItems()...)
}

// columnItems are the columns, those that are wanted with a tick. One that is wanted and has no room in this window says so: it
// comes back by itself in a wider one, or when another goes.
func (p *sandboxesPage) columnItems() []*fyne.MenuItem {
	hidden, dropped := p.table.HiddenColumns(), p.table.DroppedColumns()
	var items []*fyne.MenuItem
	for _, c := range sandboxColumns()[1:] {
		if c.ID == engineColumn && !can(p.shell.vm.Several) {
			continue
		}
		label := c.Label
		if slices.Contains(dropped, c.ID) {
			label += "\t" + i18n.T("no room now")
		}
		items = append(items, entry(label, !slices.Contains(hidden, c.ID), func() { p.toggleColumn(c.ID) }))
	}
	return items
}

// toggleColumn shows a column, or hides it, and remembers that.
func (p *sandboxesPage) toggleColumn(id string) {
	hidden := slices.Clone(p.vm.Look().Hidden)
	if i := slices.Index(hidden, id); i >= 0 {
		hidden = slices.Delete(hidden, i, i+1)
	} else {
		hidden = append(hidden, id)
	}
	p.vm.ChangeLook(func(t *config.Table) { t.Hidden = hidden })
	p.hideColumns(hidden)
}

// engineColumn is the column that is there only where there are several engines.
const engineColumn = "engine"

// hideColumns hides these columns, and that of the engine where there is only one.
func (p *sandboxesPage) hideColumns(hidden []string) {
	if !can(p.shell.vm.Several) {
		hidden = append(slices.Clone(hidden), engineColumn)
	}
	p.table.HideColumns(hidden)
}
