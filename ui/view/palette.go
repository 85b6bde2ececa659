package view

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// found is one line of the palette.
type found struct {
	key   string // tells lines apart
	group string
	title string
	keys  string
	do    func()
}

// offered are all lines of the palette: what can be done now, and every sandbox.
func (s *Shell) offered() []found {
	var all []found
	chosen, _ := s.vm.Detail.Name.Get() // made in viewmodel, cannot fail
	for _, row := range s.vm.Sandboxes.All() {
		name := row.Key
		show := func() {
			s.goTo(viewmodel.SandboxesPage, s.sandboxes.table)
			s.sandboxes.filter.SetText("")
			s.vm.Sandboxes.Select(name)
		}
		all = append(all, found{"show/" + name, i18n.T("Sandbox"), i18n.T("Show %s", name), row.State, show})
		if name == chosen || row.Away {
			continue // its commands follow, with its name
		}
		if row.CanOpen {
			all = append(all, found{"open/" + name, i18n.T("Sandbox"), i18n.T("Open %s in the browser", name), row.Address, func() { s.actions.Open(name) }})
		}
		switch {
		case row.Waits:
		case row.Running:
			all = append(all, found{"stop/" + name, i18n.T("Sandbox"), i18n.T("Stop %s", name), "", func() { s.vm.Sandboxes.Stop(name) }})
		default:
			all = append(all, found{"start/" + name, i18n.T("Sandbox"), i18n.T("Start %s", name), "", func() { s.vm.Sandboxes.Start(name) }})
		}
	}
	for _, c := range s.commands() {
		if c.do != nil && (c.can == nil || c.can()) {
			title := c.title
			if c.group == i18n.T("Sandbox") && c.can != nil { // it is done to the chosen one, which stands behind the panel
				title = strings.TrimSuffix(title, "…") + " · " + chosen
			}
			all = append(all, found{c.group + "/" + c.title, c.group, title, c.keys, c.do})
		}
	}
	for _, c := range sandboxColumns() {
		all = append(all, found{"sort/" + c.ID, i18n.T("Sandbox"), i18n.T("Sort by %s", c.Label), "", func() {
			s.goTo(viewmodel.SandboxesPage, s.sandboxes.table)
			s.sandboxes.table.SortBy(c.ID)
		}})
	}
	for _, g := range viewmodel.OptionGroups() {
		for _, o := range g.Options {
			all = append(all, found{"option/" + o.Key, i18n.T("Settings"), g.Title + ": " + o.Label, "", func() {
				s.goTo(viewmodel.SettingsPage, s.options[o.Key])
			}})
			if o.Kind != viewmodel.ChoiceOption {
				continue
			}
			for _, v := range o.Values { // each value is found by its own word
				if v != o.Reading(s.vm.Settings.Value()) {
					all = append(all, found{"set/" + o.Key + "/" + v, i18n.T("Settings"), g.Title + ": " + o.Label + ": " + o.Words(v), "", func() { s.vm.Settings.Set(o, v) }})
				}
			}
		}
	}
	if s.vm.Login.System != nil {
		all = append(all, found{"option/" + loginOption, i18n.T("Settings"), loginLabel(), "", func() { s.goTo(viewmodel.SettingsPage, s.options[loginOption]) }})
	}
	return all
}

// openPalette finds every command and every sandbox by a few letters.
func (s *Shell) openPalette() {
	if len(s.open) > 0 {
		return
	}
	all := s.offered()
	area := float32(70) // as much as the longest takes, for one that is cut says nothing
	for _, f := range all {
		area = max(area, widget.TextWidth(f.group, widget.TextStyle{})+theme.Space16)
	}
	table := widget.NewDataTable([]widget.Column[found]{
		{ID: "title", Label: i18n.T("Command"), Width: 300, Flex: 3, Create: textCell(widget.TextStyle{}), Update: setCell(func(f found) string { return f.title })},
		{ID: "group", Label: i18n.T("Area"), Width: area, Drop: 1, Create: textCell(widget.TextStyle{Color: theme.Muted}), Update: setCell(func(f found) string { return f.group })},
		{ID: "keys", Label: i18n.T("Shortcut"), Width: 120, Create: textCell(widget.TextStyle{Color: theme.Muted}), Update: setCell(func(f found) string { return f.keys })},
	}, func(f found) string { return f.key })
	none := container.NewCenter(widget.NewText(i18n.T("Nothing matches"), widget.TextStyle{Color: theme.Muted, Fixed: true}))
	var m *modal
	run := func(key string) {
		if i := slices.IndexFunc(all, func(f found) bool { return f.key == key }); i >= 0 {
			m.hide()
			all[i].do()
		}
	}
	table.OnActivate = run
	table.OnSelect = func(string) {}
	entry := widget.NewEntry(i18n.T("Type what to do, or the name of a sandbox"))
	entry.Icon = theme.Icon(theme.IconSearch, theme.Muted)
	entry.OnChanged = func(text string) {
		rows := ranked(all, text)
		table.SetRows(rows)
		setHidden(none, len(rows) > 0)
		table.Select("")
		if len(rows) > 0 {
			table.Select(rows[0].key)
		}
	}
	entry.OnSubmitted = func(string) { run(table.Selected()) }
	entry.OnKey = func(key fyne.KeyName) bool {
		switch key {
		case fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown:
			table.TypedKey(&fyne.KeyEvent{Name: key})
			return true
		}
		return false
	}
	body := frame(padded(0, theme.Space12, 0, 0, entry), nil, nil, nil, widget.NewCard(container.NewStack(table, none), 0))
	m = s.modal(modalOptions{Title: i18n.T("All commands"), Body: body, Width: 640, Height: 520})
	m.addClose(i18n.T("Close"))
	entry.OnChanged("")
	m.show(entry)
}

// ranked are the lines with all words, those that begin with the first of them before the others.
func ranked(all []found, words string) []found {
	var rows []found
	for _, f := range all {
		if matches(f.title+" "+f.group, words) {
			rows = append(rows, f)
		}
	}
	begin := strings.ToLower(strings.TrimSpace(words))
	slices.SortStableFunc(rows, func(a, b found) int {
		x, y := strings.HasPrefix(strings.ToLower(a.title), begin), strings.HasPrefix(strings.ToLower(b.title), begin)
		switch {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	})
	return rows
}
