package view

import (
	"cmp"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fw "fyne.io/fyne/v2/widget"

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
	detail  *detailPane
	content fyne.CanvasObject
}

func newSandboxesPage(s *Shell) *sandboxesPage {
	p := &sandboxesPage{shell: s, vm: s.vm.Sandboxes}
	p.table = widget.NewDataTable(sandboxColumns(), func(r viewmodel.SandboxRow) string { return r.Name })
	p.table.OnSelect = p.vm.Select
	p.table.OnActivate = s.actions.Open
	p.table.OnRune = p.rune
	p.table.OnKey = func(name string, key fyne.KeyName) {
		if key == fyne.KeyDelete {
			p.askRemove(name)
		}
	}
	p.table.OnMenu = p.menu
	on(p.vm.Revision, func(uint64) { p.table.SetRows(p.vm.Rows()) })
	on(p.vm.Selected, p.table.Select)

	p.filter = widget.NewEntry("Filter  (Ctrl+F)")
	p.filter.OnEscape = func() {
		p.filter.SetText("")
		s.Focus()
	}
	p.filter.OnSubmitted = func(string) { s.Focus() }
	p.filter.Icon = theme.Icon(theme.IconSearch, theme.Muted)
	p.filter.OnChanged = p.vm.Filter
	create := widget.NewButton(widget.ButtonOptions{Text: "New sandbox", Icon: theme.IconPlus, Tip: "Make another sandbox  Ctrl+N"}, p.askNew)
	header := frame(nil, nil, widget.NewText("Sandboxes", widget.TextStyle{Size: theme.TitleSize, Bold: true, Fixed: true}),
		container.New(layout.NewCustomPaddedHBoxLayout(theme.Space12), container.New(fixedWidth(200), p.filter), create), nil)

	p.detail = newDetailPane(s, p)
	empty := p.newEmpty()
	noMatch := container.NewCenter(widget.NewText("No sandbox matches the filter", widget.TextStyle{Color: theme.Muted, Fixed: true}))
	table := widget.NewCard(container.NewStack(p.table, padded(theme.HeadRowH, 0, 0, 0, noMatch)), 0)
	on(p.vm.NoMatch, func(none bool) { setHidden(noMatch, !none) })

	split := container.New(&homeLayout{rows: func() int { return len(p.vm.Rows()) }}, table, p.detail.content)
	on(p.vm.Revision, func(uint64) { split.Refresh() })
	on(p.vm.Empty, func(is bool) {
		setHidden(empty, !is)
		setHidden(split, is)
		setHidden(header, is)
	})
	p.content = frame(padded(0, theme.Space12, 0, 0, header), nil, nil, nil, container.NewStack(split, empty))
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
	start := widget.NewButton(widget.ButtonOptions{Text: "Start your first sandbox", Icon: theme.IconPlay, Kind: widget.Primary, Tip: "Gets the image, makes the volumes and starts opencode"},
		func() { p.vm.Start(viewmodel.DefaultSandbox) })
	title := widget.NewText("No sandbox yet", widget.TextStyle{Size: 24, Bold: true, Fixed: true})
	on(p.shell.vm.Bar.Busy, func(busy bool) {
		words, verb, do := "No sandbox yet", "Start your first sandbox", func() { p.vm.Start(viewmodel.DefaultSandbox) }
		if busy {
			words, verb, do = "Setting up your sandbox", "Watch the steps", func() { p.shell.vm.Go(viewmodel.ActivityPage) }
		}
		title.SetText(words)
		start.SetText(verb)
		start.OnTapped = do
	})
	column := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space12),
		container.NewCenter(title),
		container.NewCenter(widget.NewText("A sandbox runs opencode where it cannot touch your computer.", widget.TextStyle{Color: theme.Muted, Size: 14, Fixed: true})),
		container.NewCenter(widget.NewText("Its sessions, projects and settings live on volumes that stay.", widget.TextStyle{Color: theme.Muted, Size: 14, Fixed: true})),
		padded(theme.Space8, 0, 0, 0, container.NewCenter(start)),
	)
	on(p.shell.vm.Bar.Busy, func(bool) { column.Refresh() })
	return container.NewCenter(column)
}

// rune is a letter that was typed while a row is chosen.
func (p *sandboxesPage) rune(name string, r rune) {
	switch strings.ToLower(string(r)) {
	case "s":
		p.vm.Start(name)
	case "t":
		p.vm.Stop(name)
	case "r":
		p.vm.Restart(name)
	case "o":
		p.shell.actions.Open(name)
	}
}

// menu is every action on a sandbox, with its key.
func (p *sandboxesPage) menu(name string, at fyne.Position) {
	d := p.shell.vm.Detail
	item := func(label string, enabled bool, do func()) *fyne.MenuItem {
		m := fyne.NewMenuItem(label, do)
		m.Disabled = !enabled
		return m
	}
	can := func(b interface{ Get() (bool, error) }) bool {
		yes, _ := b.Get() // made in viewmodel, cannot fail
		return yes
	}
	menu := fyne.NewMenu("",
		item("Open\tO", can(d.CanOpen), func() { p.shell.actions.Open(name) }),
		item("Start\tS", can(d.CanStart), func() { p.vm.Start(name) }),
		item("Stop\tT", can(d.CanStop), func() { p.vm.Stop(name) }),
		item("Restart\tR", can(d.CanRestart), func() { p.vm.Restart(name) }),
		fyne.NewMenuItemSeparator(),
		item("Remove…\tDel", can(d.CanRemove), func() { p.askRemove(name) }),
	)
	fw.ShowPopUpMenuAtPosition(menu, p.shell.window.Canvas(), at)
}

// sandboxColumns are the table's columns.
func sandboxColumns() []widget.Column[viewmodel.SandboxRow] {
	text := func(style widget.TextStyle) func() fyne.CanvasObject {
		return func() fyne.CanvasObject { return widget.NewText("", style) }
	}
	setText := func(of func(viewmodel.SandboxRow) string) func(fyne.CanvasObject, viewmodel.SandboxRow) {
		return func(o fyne.CanvasObject, r viewmodel.SandboxRow) { o.(*widget.Text).SetText(of(r)) }
	}
	return []widget.Column[viewmodel.SandboxRow]{
		{
			ID: "name", Label: "Name", Width: 236, Flex: 3, Create: newNameCell,
			Update:  func(o fyne.CanvasObject, r viewmodel.SandboxRow) { o.(*nameCell).set(r) },
			Compare: func(a, b viewmodel.SandboxRow) int { return cmp.Compare(a.Name, b.Name) },
		},
		{
			ID: "state", Label: "State", Width: 150, Flex: 2, Create: text(widget.TextStyle{}),
			Update:  setText(func(r viewmodel.SandboxRow) string { return r.State }),
			Compare: func(a, b viewmodel.SandboxRow) int { return cmp.Compare(a.State, b.State) },
		},
		{
			ID: "version", Label: "opencode", Width: 78, Flex: 0.5, Drop: 3, Create: text(widget.TextStyle{Color: theme.Muted}),
			Update:  setText(func(r viewmodel.SandboxRow) string { return r.Version }),
			Compare: func(a, b viewmodel.SandboxRow) int { return cmp.Compare(a.Version, b.Version) },
		},
		{
			ID: "cpu", Label: "CPU", Width: 130, Flex: 0.5, Drop: 2, Create: newCPUCell,
			Update:  func(o fyne.CanvasObject, r viewmodel.SandboxRow) { o.(*usageCell).set(r.CPU, nil, r.Graph, r.Running) },
			Compare: func(a, b viewmodel.SandboxRow) int { return cmp.Compare(a.Load, b.Load) },
		},
		{
			ID: "memory", Label: "Memory", Width: 144, Flex: 0.5, Drop: 1, Create: newMemoryCell,
			Update: func(o fyne.CanvasObject, r viewmodel.SandboxRow) {
				o.(*usageCell).set(r.Memory, &r.Share, nil, r.Running)
			},
			Compare: func(a, b viewmodel.SandboxRow) int { return cmp.Compare(a.Bytes, b.Bytes) },
		},
		{
			ID: "address", Label: "Address", Width: 130, Flex: 0.5, Create: text(widget.TextStyle{Color: theme.Accent, Mono: true, Size: theme.MonoSize}),
			Update:  setText(func(r viewmodel.SandboxRow) string { return r.Address }),
			Compare: func(a, b viewmodel.SandboxRow) int { return cmp.Compare(a.Address, b.Address) },
		},
		{
			ID: "age", Label: "Age", Width: 60, Drop: 4, Create: text(widget.TextStyle{Color: theme.Muted}),
			Update:  setText(func(r viewmodel.SandboxRow) string { return r.Age }),
			Compare: func(a, b viewmodel.SandboxRow) int { return b.Created.Compare(a.Created) },
		},
	}
}
