package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// clone asks for the name of a copy of a sandbox.
func (s *Shell) clone(name string) {
	if name == "" || len(s.open) > 0 {
		return
	}
	rows := []fyne.CanvasObject{widget.NewParagraph(i18n.T("The new sandbox gets a copy of the volumes, made by the engine, and a port and a password of its own. One that runs goes on running: it is paused only while its database is copied."), theme.Muted)}
	if mounted := s.vm.Kept.ProjectsFolder(name); mounted != "" {
		rows = append(rows, widget.NewParagraph(i18n.T("Both would work in %s: a folder of the engine's computer is not copied.", mounted), theme.Warn))
	}
	d := s.newNaming(i18n.T("Clone %s", name), i18n.T("Clone"), s.vm.FreeName(name), rows...)
	d.of = name
	d.do = func(to string) { s.vm.Kept.Clone(name, to) }
	d.sheet.show(d.entry)
}

// importData asks what a sandbox is imported from, and for its name.
func (s *Shell) importData() {
	if len(s.open) > 0 {
		return
	}
	proposed := "imported"
	if s.vm.FreshNameTrouble(proposed) != "" {
		proposed = s.vm.FreeName(proposed)
	}
	sources := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space8))
	say := func(text string, color fyne.ThemeColorName) {
		sources.RemoveAll()
		sources.Add(widget.NewText(text, widget.TextStyle{Color: color, Size: 13, Wrap: true}))
	}
	say(i18n.T("Looking for what can be imported"), theme.Muted)
	d := s.newNaming(i18n.T("Import a sandbox"), i18n.T("Import"), proposed,
		widget.NewParagraph(i18n.T("A new sandbox gets a copy of the sessions, keys and settings. What they are copied from stays as it is, and is never shared."), theme.Muted),
		boxed(i18n.T("Copy from"), sources))
	chosen := ""
	d.also = func() bool { return chosen != "" }
	d.do = func(to string) { s.vm.Kept.Import(chosen, to) }
	d.check()
	d.sheet.show(d.entry)
	s.vm.Kept.AskSources(func(rows []viewmodel.SourceRow, err error) {
		switch {
		case err != nil:
			say(viewmodel.Cause(err), theme.Bad)
		case len(rows) == 0:
			say(i18n.T("Nothing was found: no volume of opencode-cloud on this engine, no opencode on this computer."), theme.Muted)
		default:
			sources.RemoveAll()
			for _, c := range sourceChoices(rows, func(row viewmodel.SourceRow) {
				chosen, d.of = row.ID, row.On()
				d.check()
			}) {
				sources.Add(c)
			}
		}
		d.sheet.fit()
	})
}

// sourceChoices are a radio button a source, with what it would copy below it; the first is chosen.
func sourceChoices(rows []viewmodel.SourceRow, choose func(viewmodel.SourceRow)) []fyne.CanvasObject {
	var titles []string
	byTitle := map[string]viewmodel.SourceRow{}
	for _, r := range rows {
		titles = append(titles, r.Title)
		byTitle[r.Title] = r
	}
	below := widget.NewText("", widget.TextStyle{Color: theme.Muted, Mono: true, Size: theme.MonoSize, Wrap: true})
	radio := fw.NewRadioGroup(titles, func(title string) {
		below.SetText(byTitle[title].Where)
		choose(byTitle[title])
	})
	radio.Required = true
	radio.SetSelected(titles[0])
	return []fyne.CanvasObject{radio, below}
}

// naming is a panel that asks for the name of a new sandbox whose volumes are filled.
type naming struct {
	shell  *Shell
	sheet  *sheet
	entry  *widget.Entry
	name   *field
	accept *widget.Button
	of     string      // something of the engine it is made on; "" for the first
	also   func() bool // what else has to be so; nil for nothing
	do     func(name string)
}

// newNaming makes the panel with a name in it that is free; rows stand above it.
func (s *Shell) newNaming(title, verb, proposed string, rows ...fyne.CanvasObject) *naming {
	d := &naming{shell: s, entry: widget.NewEntry("client-portal")}
	d.name = newField(i18n.T("Name of the sandbox"), d.entry, i18n.T("Small letters, digits and dashes"))
	d.accept = widget.NewButton(widget.ButtonOptions{Text: verb, Kind: widget.Primary, Tip: "Ctrl+Enter"}, d.submit)
	d.entry.SetText(proposed)
	d.entry.OnChanged = func(string) { d.check() }
	d.entry.OnSubmitted = func(string) { d.submit() }
	d.sheet = s.sheet(modalOptions{
		Title: title, Right: []*widget.Button{cancelButton(i18n.T("Cancel"), func() *modal { return d.sheet.modal }), d.accept},
	}, append(rows, d.name.content)...)
	d.sheet.submit = d.submit
	return d
}

// check says what is wrong with the name.
func (d *naming) check() {
	why := d.shell.vm.FreshNameTroubleBeside(d.of, d.entry.Text)
	d.name.show(viewmodel.Finding{Text: why, Bad: why != ""})
	d.accept.SetEnabled(d.ready())
}

func (d *naming) ready() bool {
	return d.shell.vm.FreshNameTroubleBeside(d.of, d.entry.Text) == "" && (d.also == nil || d.also())
}

func (d *naming) submit() {
	if d.ready() {
		d.sheet.hide()
		d.do(trimmed(d.entry.Text))
	}
}
