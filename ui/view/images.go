package view

import (
	"cmp"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"github.com/distribution/reference"

	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// imagesPage is what Berth built or pulled, and what can be done with it.
type imagesPage struct {
	shell   *Shell
	vm      *viewmodel.Images
	table   *widget.DataTable[viewmodel.ImageRow]
	filter  *widget.Entry
	all     *widget.Button // whether all images are shown
	words   string
	content fyne.CanvasObject
}

func newImagesPage(s *Shell) *imagesPage {
	p := &imagesPage{shell: s, vm: s.vm.Images}
	p.table = widget.NewDataTable(imageColumns(), func(r viewmodel.ImageRow) string { return r.ID })
	p.table.Sort("created", false)
	on(s.vm.Several, func(several bool) {
		var hidden []string
		if !several {
			hidden = []string{engineColumn}
		}
		p.table.HideColumns(hidden)
	})
	p.table.OnSelect = func(id string) { _ = p.vm.Selected.Set(id) } // made in viewmodel, cannot fail
	p.table.OnActivate = p.details
	p.table.OnMenu = p.menu
	p.table.OnKey = func(id string, key fyne.KeyName) {
		if key == fyne.KeyDelete {
			p.askRemove(id)
		}
	}
	p.table.OnRune = p.rune
	none := container.NewCenter(widget.NewText(i18n.T("No image yet. The first start of a sandbox builds or pulls one."), widget.TextStyle{Color: theme.Muted, Fixed: true}))
	on(p.vm.Revision, func(uint64) {
		p.show()
		setHidden(none, len(p.vm.Rows()) > 0)
	})
	on(p.vm.Selected, p.table.Select)

	p.filter = widget.NewEntry(i18n.T("Filter  (Ctrl+F)"))
	p.filter.Icon = theme.Icon(theme.IconSearch, theme.Muted)
	p.filter.OnChanged = func(text string) {
		p.words = text
		p.show()
	}
	p.filter.OnEscape = func() {
		p.filter.SetText("")
		s.Focus()
	}
	p.filter.OnSubmitted = func(string) {
		s.Focus()
		p.table.PickShown()
	}
	p.all = widget.NewButton(widget.ButtonOptions{Text: i18n.T("All images"), Icon: theme.IconOthers, Tip: i18n.T("Show also images that are not Berth's")}, nil)
	p.all.OnTapped = func() {
		toggle(p.all)
		p.vm.ShowAll(p.all.Kind() == widget.On)
	}
	pull := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Pull…"), Icon: theme.IconSave, Tip: i18n.T("Pull a reference  P")}, nil)
	pull.OnTapped = func() {
		if engines := s.vm.Engines(); engines != nil {
			s.dropDown(pull, p.onEach(engines, i18n.T("Pull…"), p.askPull)...)
			return
		}
		p.askPull("")
	}
	build := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Build"), Icon: theme.IconSandbox, Kind: widget.Primary, Tip: i18n.T("Build the pinned opencode  B")}, nil)
	build.OnTapped = func() {
		fresh := func(on string) { p.vm.Build(on, true) }
		if engines := s.vm.Engines(); engines != nil {
			s.dropDown(build, append(append(p.onEach(engines, i18n.T("Build"), p.build), fyne.NewMenuItemSeparator()),
				p.onEach(engines, i18n.T("Rebuild without the cache"), fresh)...)...)
			return
		}
		s.dropDown(build, entry(i18n.T("Build")+"\tB", false, func() { p.build("") }),
			entry(i18n.T("Rebuild without the cache"), false, func() { fresh("") }))
	}
	header := pageHeader(i18n.T("Images"), newToolbar(theme.Space12, build, 200, p.filter, p.all, pull, build))
	p.content = frame(padded(0, theme.Space12, 0, 0, header), p.newFoot(), nil, nil,
		widget.NewCard(container.NewStack(p.table, padded(theme.HeadRowH, 0, 0, 0, none)), 0))
	return p
}

// onEach are entries that do something on one of the engines.
func (p *imagesPage) onEach(engines []string, what string, do func(on string)) []*fyne.MenuItem {
	var items []*fyne.MenuItem
	for _, on := range engines {
		items = append(items, entry(what+" · "+p.shell.vm.EngineWords(on), false, func() { do(on) }))
	}
	return items
}

func (p *imagesPage) build(on string) { p.vm.Build(on, false) }

// engine is the further engine of the chosen image, which keys act on; "" for the first.
func (p *imagesPage) engine() string {
	r, _ := p.row(p.table.Selected())
	return r.On()
}

// newFoot says how much could be cleaned up, and what went wrong.
func (p *imagesPage) newFoot() fyne.CanvasObject {
	left := widget.NewText("", widget.TextStyle{Color: theme.Muted, Size: 13})
	clean := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Clean up"), Icon: theme.IconClean, Small: true, Tip: i18n.T("Remove images that Berth built and nothing needs")}, p.askClean)
	wrong := widget.NewText("", widget.TextStyle{Color: theme.Bad, Size: 13})
	row := frame(nil, nil, nil, clean, container.NewStack(left, wrong))
	on(p.vm.Leftover, func(text string) {
		left.SetText(text)
		setHidden(clean, text == "")
		row.Refresh()
	})
	on(p.vm.Trouble, func(why string) {
		wrong.SetText(why)
		setHidden(left, why != "") // what was counted before it is no longer sure
	})
	return padded(theme.Space12, 0, 0, 0, container.New(fixedHeight(theme.SmallH), row))
}

func (p *imagesPage) show() {
	var rows []viewmodel.ImageRow
	for _, r := range p.vm.Rows() {
		if matches(r.Name+" "+r.Engine+" "+r.Digest+" "+r.UsedBy+" "+r.Note, p.words) {
			rows = append(rows, r)
		}
	}
	p.table.SetRows(rows)
}

func imageColumns() []widget.Column[viewmodel.ImageRow] {
	type row = viewmodel.ImageRow
	muted := widget.TextStyle{Color: theme.Muted}
	return []widget.Column[row]{
		{
			ID: "name", Label: i18n.T("Reference"), Width: 240, Flex: 3, Create: textCell(widget.TextStyle{Bold: true}),
			Update: setCell(func(r row) string { return r.Name }), Compare: func(a, b row) int { return cmp.Compare(a.Name, b.Name) },
		},
		{
			ID: engineColumn, Label: i18n.T("Engine"), Width: 110, Flex: 1, Create: textCell(muted),
			Update: setCell(func(r row) string { return r.Engine }), Compare: func(a, b row) int { return cmp.Compare(a.Engine, b.Engine) },
		},
		{
			ID: "note", Label: i18n.T("State"), Width: 150, Flex: 1, Create: textCell(widget.TextStyle{}),
			Update: func(o fyne.CanvasObject, r row) {
				text := o.(*widget.Text)
				text.SetText(r.Note)
				text.SetColor(toneColor(r.Tone))
			},
			Compare: func(a, b row) int { return cmp.Compare(a.Note, b.Note) },
		},
		{
			ID: "digest", Label: i18n.T("Digest"), Width: 120, Drop: 3, Create: textCell(widget.TextStyle{Color: theme.Muted, Mono: true, Size: theme.MonoSize}),
			Update: setCell(func(r row) string { return r.Digest }), Compare: func(a, b row) int { return cmp.Compare(a.Digest, b.Digest) },
		},
		{
			ID: "size", Label: i18n.T("Size"), Width: 96, Right: true, Create: textCell(widget.TextStyle{Align: fyne.TextAlignTrailing}),
			Update: setCell(func(r row) string { return r.Size }), Compare: func(a, b row) int { return cmp.Compare(a.Bytes(), b.Bytes()) },
		},
		{
			ID: "used", Label: i18n.T("Used by"), Width: 150, Flex: 2, Drop: 2, Create: textCell(muted),
			Update: setCell(func(r row) string { return r.UsedBy }), Compare: func(a, b row) int { return cmp.Compare(a.UsedBy, b.UsedBy) },
		},
		{
			ID: "created", Label: i18n.T("Age"), Width: 70, Drop: 1, Create: textCell(muted),
			Update: setCell(func(r row) string { return r.Age }), Compare: func(a, b row) int { return b.Created().Compare(a.Created()) },
		},
	}
}

// rune is a letter that was typed while a row is chosen.
func (p *imagesPage) rune(id string, r rune) {
	switch r {
	case 'b', 'B':
		p.build(p.engine())
	case 'p', 'P':
		p.askPull(p.engine())
	case 'u', 'U':
		p.vm.Check(id)
	case 'm', 'M':
		p.table.Menu()
	}
}

func (p *imagesPage) row(id string) (viewmodel.ImageRow, bool) {
	for _, r := range p.vm.Rows() {
		if r.ID == id {
			return r, true
		}
	}
	return viewmodel.ImageRow{}, false
}

// menu is every action on an image.
func (p *imagesPage) menu(id string, at fyne.Position) {
	r, ok := p.row(id)
	if !ok {
		return
	}
	check := entry(i18n.T("Check for a newer one")+"\tU", false, func() { p.vm.Check(id) })
	pull := entry(i18n.T("Pull again"), false, func() { p.vm.Pull(r.On(), r.Reference()) })
	check.Disabled, pull.Disabled = !r.Pullable, !r.Pullable
	remove := entry(i18n.T("Remove…")+"\tDel", false, func() { p.askRemove(id) })
	remove.Disabled = r.UsedBy != ""
	p.shell.popUp(at, entry(i18n.T("Details")+"\t↵", false, func() { p.details(id) }), check, pull,
		entry(i18n.T("Copy reference"), false, func() { p.shell.actions.Copy(r.Name) }),
		fyne.NewMenuItemSeparator(), remove)
}

// details shows everything about an image.
func (p *imagesPage) details(id string) {
	r, ok := p.row(id)
	if !ok {
		return
	}
	column := container.New(layout.NewCustomPaddedVBoxLayout(0))
	for _, f := range p.vm.Details(id) {
		column.Add(factRow(p.shell, f))
	}
	m := p.shell.modal(modalOptions{Title: r.Name, Body: column, Width: 760})
	m.addClose(i18n.T("Close"))
	m.show(nil)
}

// askPull asks for a reference to pull to an engine.
func (p *imagesPage) askPull(on string) {
	title := i18n.T("Pull an image")
	if p.shell.vm.Engines() != nil {
		title += " · " + p.shell.vm.EngineWords(on)
	}
	p.shell.ask(title, i18n.T("Pull"), widget.Primary, i18n.T("It is there for sandboxes to be made of."), "ghcr.io/owner/name:tag",
		func(text string) string {
			if _, err := reference.ParseNormalizedNamed(text); err != nil {
				return i18n.T("Write it as registry/name:tag, for example ghcr.io/owner/name:1.0.")
			}
			return ""
		}, func(text string) { p.vm.Pull(on, text) })
}

// askRemove asks before an image goes; it can be built or pulled again.
func (p *imagesPage) askRemove(id string) {
	r, ok := p.row(id)
	if !ok {
		return
	}
	if r.Kept() {
		p.shell.vm.Say(i18n.T("%[1]s is kept for %[2]s, which may run on no other. Delete that sandbox's rollback points or data first.", r.Name, r.KeptFor()))
		return
	}
	if r.UsedBy != "" {
		p.shell.vm.Say(i18n.T("%[1]s is used by %[2]s. Remove that first; volumes stay.", r.Name, r.UsedBy))
		return
	}
	name := r.Name
	if r.Engine != "" {
		name += " · " + r.Engine
	}
	p.shell.sure(i18n.T("Remove this image?"), i18n.T("%[1]s, %[2]s. It can be built or pulled again.", name, r.Size), i18n.T("Remove"), func() { p.vm.Remove(id) })
}

func (p *imagesPage) askClean() {
	words, _ := p.vm.Leftover.Get() // made in viewmodel, cannot fail
	p.shell.sure(i18n.T("Clean up images?"), i18n.T("Removes %s: images that Berth built and that neither a container nor the settings need.", words),
		i18n.T("Clean up"), func() { p.vm.Clean() })
}
