package view

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"berth/engine/agent"
	"berth/ui/i18n"
	"berth/ui/viewmodel"
)

// command is something a person can do: from the palette, by its shortcut, and listed under F1.
type command struct {
	group string
	title string
	keys  string // as they are shown: "Ctrl+N", "S"
	short *desktop.CustomShortcut
	can   func() bool // nil means always
	do    func()      // nil for a key that is only listed
}

// ctrl is a shortcut with Ctrl, or Cmd on a Mac.
func ctrl(key fyne.KeyName, more ...fyne.KeyModifier) *desktop.CustomShortcut {
	s := &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}
	for _, m := range more {
		s.Modifier |= m
	}
	return s
}

// commands are all commands, in the order in which they are listed.
func (s *Shell) commands() []command {
	p, d, log := s.sandboxes, s.vm.Detail, s.sandboxes.detail.log
	name := func() string {
		n, _ := d.Name.Get() // made in viewmodel, cannot fail
		return n
	}
	on := func(do func(string)) func() { return func() { do(name()) } }
	can := func(b boolItem) func() bool {
		return func() bool {
			yes, _ := b.Get() // made in viewmodel, cannot fail
			return yes
		}
	}
	page := func(p viewmodel.Page) func() { return func() { s.goTo(p, nil) } }
	home := func(do func()) func() {
		return func() {
			if s.page != viewmodel.SandboxesPage {
				s.goTo(viewmodel.SandboxesPage, nil)
			}
			do()
		}
	}
	sandbox, logs, volumes, go_, app := i18n.T("Sandbox"), i18n.T("Log"), i18n.T("Volumes"), i18n.T("Go to"), "Berth"
	return append([]command{
		{sandbox, i18n.T("New sandbox…"), "Ctrl+N", ctrl(fyne.KeyN), nil, home(s.newSandbox)},
		{sandbox, i18n.T("Open in the browser"), "Enter", nil, can(d.CanOpen), on(s.actions.Open)},
		{sandbox, i18n.T("Start"), "S", nil, can(d.CanStart), on(func(n string) { p.vm.Start(n) })},
		{sandbox, i18n.T("Stop"), "T", nil, can(d.CanStop), on(func(n string) { p.vm.Stop(n) })},
		{sandbox, i18n.T("Restart"), "R", nil, can(d.CanRestart), on(func(n string) { p.vm.Restart(n) })},
		{sandbox, i18n.T("Edit…"), "E", nil, can(d.CanRemove), on(s.editSandbox)},
		{sandbox, i18n.T("Remove…"), "Del", nil, can(d.CanRemove), on(p.askRemove)},
		{sandbox, i18n.T("Update…"), "U", nil, can(d.CanRemove), on(s.update)},
		{sandbox, i18n.T("Back up…"), "B", nil, can(d.CanRemove), on(s.backUp)},
		{sandbox, i18n.T("Clone…"), "D", nil, can(d.CanRemove), on(s.clone)},
		{sandbox, i18n.T("Roll back…"), "L", nil, can(d.CanRemove), on(func(n string) { s.rollback(n, "") })},
		{sandbox, i18n.T("Browse files…"), "F", nil, can(d.CanRemove), on(func(n string) { s.browseFiles(n, agent.Session) })},
		{sandbox, i18n.T("Repair ownership…"), "", nil, can(d.CanRemove), on(s.repair)},
		{sandbox, i18n.T("Provider keys…"), "K", nil, can(d.CanRemove), on(s.keys)},
		{sandbox, i18n.T("New password…"), "", nil, can(d.CanRemove), on(s.newPassword)},
		{sandbox, i18n.T("Delete data…"), "X", nil, can(d.CanRemove), on(s.deleteData)},
		{sandbox, i18n.T("Copy address"), "C", nil, can(d.CanOpen), on(p.copyAddress)},
		{sandbox, i18n.T("Filter sandboxes"), "Ctrl+F", nil, nil, func() { s.goTo(viewmodel.SandboxesPage, p.filter) }},
		{sandbox, i18n.T("Show all containers"), "Ctrl+Shift+A", ctrl(fyne.KeyA, fyne.KeyModifierShift), nil, home(p.toggleAll)},

		{logs, i18n.T("Search the log"), "Ctrl+Shift+F", ctrl(fyne.KeyF, fyne.KeyModifierShift), nil, func() { p.detail.show(0); s.goTo(viewmodel.SandboxesPage, log.search) }},
		{logs, i18n.T("Next match"), "F3, Ctrl+G", ctrl(fyne.KeyG), nil, func() { log.vm.Step(1) }},
		{logs, i18n.T("Match before"), "Ctrl+Shift+G", ctrl(fyne.KeyG, fyne.KeyModifierShift), nil, func() { log.vm.Step(-1) }},
		{logs, i18n.T("Save the whole log…"), "Ctrl+Shift+S", ctrl(fyne.KeyS, fyne.KeyModifierShift), can(d.CanRemove), log.saveAll},
		{logs, i18n.T("Save what is shown…"), "", nil, can(d.CanRemove), log.saveShown},
		{logs, i18n.T("Clear the log's view"), "Ctrl+L", ctrl(fyne.KeyL), nil, log.vm.Clear},
		{logs, i18n.T("Larger text"), "Ctrl++", ctrl(fyne.KeyEqual), nil, func() { log.zoom(1) }},
		{logs, i18n.T("Smaller text"), "Ctrl+-", ctrl(fyne.KeyMinus), nil, func() { log.zoom(-1) }},
		{logs, i18n.T("Usual size"), "Ctrl+0", ctrl(fyne.Key0), nil, func() { log.zoom(0) }},
		{logs, i18n.T("Logs"), "Ctrl+Shift+1", ctrl(fyne.Key1, fyne.KeyModifierShift), nil, home(func() { p.detail.show(0) })},
		{logs, i18n.T("Details"), "Ctrl+Shift+2", ctrl(fyne.Key2, fyne.KeyModifierShift), nil, home(func() { p.detail.show(1) })},
		{logs, i18n.T("Sessions"), "Ctrl+Shift+3", ctrl(fyne.Key3, fyne.KeyModifierShift), nil, home(func() { p.detail.show(2) })},
		{logs, i18n.T("Volumes"), "Ctrl+Shift+4", ctrl(fyne.Key4, fyne.KeyModifierShift), nil, home(func() { p.detail.show(3) })},

		{volumes, i18n.T("Back up now"), "Ctrl+Shift+B", ctrl(fyne.KeyB, fyne.KeyModifierShift), can(d.CanRemove), on(s.backUpNow)},
		{volumes, i18n.T("Restore from a file…"), "Ctrl+Shift+O", ctrl(fyne.KeyO, fyne.KeyModifierShift), nil, func() { s.restore("", "") }},
		{volumes, i18n.T("Import…"), "Ctrl+Shift+I", ctrl(fyne.KeyI, fyne.KeyModifierShift), nil, s.importData},
		{volumes, i18n.T("Measure"), "Ctrl+Shift+M", ctrl(fyne.KeyM, fyne.KeyModifierShift), nil, func() { s.vm.Volumes.Measure() }},
		{volumes, i18n.T("Show rollback points"), "", nil, nil, func() { s.goTo(viewmodel.VolumesPage, nil); s.volumes.togglePoints() }},

		{go_, i18n.T("Sandboxes"), "Ctrl+1", ctrl(fyne.Key1), nil, page(viewmodel.SandboxesPage)},
		{go_, i18n.T("Images"), "Ctrl+2", ctrl(fyne.Key2), nil, page(viewmodel.ImagesPage)},
		{go_, i18n.T("Volumes"), "Ctrl+3", ctrl(fyne.Key3), nil, page(viewmodel.VolumesPage)},
		{go_, i18n.T("Activity"), "Ctrl+4", ctrl(fyne.Key4), nil, page(viewmodel.ActivityPage)},
		{go_, i18n.T("Settings"), "Ctrl+,", ctrl(fyne.KeyComma), nil, page(viewmodel.SettingsPage)},

		{app, i18n.T("All commands"), "Ctrl+K", ctrl(fyne.KeyK), nil, s.openPalette},
		{app, i18n.T("Build the image"), "", nil, nil, func() { s.vm.Images.Build(s.images.engine(), false) }},
		{app, i18n.T("Rebuild the image without the cache"), "", nil, nil, func() { s.vm.Images.Build(s.images.engine(), true) }},
		{app, i18n.T("Cancel the running task"), "", nil, can(s.vm.Bar.Busy), s.vm.Bar.Cancel},
		{app, i18n.T("Use another engine…"), "Ctrl+E", ctrl(fyne.KeyE), nil, s.openEngineMenu},
		{app, i18n.T("Add an engine…"), "", nil, nil, s.addEngine},
		{app, i18n.T("Look for an engine now"), "F5", nil, nil, s.vm.LookAgain},
		{app, i18n.T("Shortcuts"), "F1", nil, nil, s.openShortcuts},
	}, s.moreCommands()...)
}

// shortcut carries a shortcut out and reports whether it is one of the window's. While a panel is open only its own work.
func (s *Shell) shortcut(pressed *desktop.CustomShortcut) bool {
	if n := len(s.open); n > 0 {
		if top := s.open[n-1]; top.submit != nil && pressed.Modifier == fyne.KeyModifierShortcutDefault && pressed.KeyName == fyne.KeyReturn {
			top.submit()
			return true
		}
		return s.known[pressed.ShortcutName()] != nil
	}
	if *pressed == *ctrl(fyne.KeyF) {
		s.find()
		return true
	}
	c := s.known[pressed.ShortcutName()]
	if c == nil {
		return false
	}
	if c.can == nil || c.can() {
		c.do()
	}
	return true
}

// find goes to what can be searched where the keyboard is.
func (s *Shell) find() {
	log := s.sandboxes.detail.log
	filter := s.sandboxes.filter
	switch focused := s.window.Canvas().Focused(); {
	case s.page == viewmodel.SandboxesPage && focused == fyne.Focusable(log.view):
		log.focusSearch()
		return
	case s.page == viewmodel.ImagesPage:
		filter = s.images.filter
		s.window.Canvas().Focus(filter)
	case s.page == viewmodel.VolumesPage:
		filter = s.volumes.filter
		s.window.Canvas().Focus(filter)
	default:
		s.goTo(viewmodel.SandboxesPage, filter)
	}
	filter.TypedShortcut(&fyne.ShortcutSelectAll{}) // what is typed replaces it
}

// key is a key that nothing else has a use for.
func (s *Shell) key(name fyne.KeyName) {
	switch name {
	case fyne.KeyEscape:
		s.escape()
	case fyne.KeyF1:
		s.openShortcuts()
	case fyne.KeyF3:
		s.sandboxes.detail.log.vm.Step(1)
	case fyne.KeyF5:
		s.vm.LookAgain()
	}
}

// rune is a letter that nothing is typed into: it is meant for the chosen row of the page.
func (s *Shell) rune(r rune) {
	if len(s.open) > 0 || s.window.Canvas().Overlays().Top() != nil {
		return
	}
	switch s.page {
	case viewmodel.SandboxesPage:
		s.sandboxes.table.TypedRune(r)
	case viewmodel.ImagesPage:
		s.images.table.TypedRune(r)
	case viewmodel.VolumesPage:
		s.volumes.table.TypedRune(r)
	}
}

// wireKeys makes the shortcuts work wherever the keyboard is.
func (s *Shell) wireKeys() {
	s.known = map[string]*command{}
	for _, c := range s.commands() {
		if c.short == nil {
			continue
		}
		s.known[c.short.ShortcutName()] = &c
		s.window.Canvas().AddShortcut(c.short, func(fyne.Shortcut) { s.shortcut(c.short) })
	}
	for _, more := range []*desktop.CustomShortcut{ctrl(fyne.KeyF), ctrl(fyne.KeyReturn)} {
		s.window.Canvas().AddShortcut(more, func(fyne.Shortcut) { s.shortcut(more) })
	}
	plus := ctrl(fyne.KeyPlus) // another key than Ctrl+= on some keyboards
	s.known[plus.ShortcutName()] = s.known[ctrl(fyne.KeyEqual).ShortcutName()]
	s.window.Canvas().AddShortcut(plus, func(fyne.Shortcut) { s.shortcut(plus) })
	s.window.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { s.key(e.Name) })
	s.window.Canvas().SetOnTypedRune(s.rune)
}

// matches reports whether all words are in a text, whatever their case.
func matches(text, words string) bool {
	text = strings.ToLower(text)
	for word := range strings.FieldsSeq(strings.ToLower(words)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}
