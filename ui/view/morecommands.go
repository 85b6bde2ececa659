package view

import (
	"fyne.io/fyne/v2"

	"berth/engine/logs"
	"berth/ui/i18n"
	"berth/ui/viewmodel"
)

// moreCommands are what the pages offer with buttons and menus of their own, so that it can be found and done from anywhere
// without a mouse.
func (s *Shell) moreCommands() []command {
	all := s.logCommands()
	all = append(all, s.imageCommands()...)
	all = append(all, s.volumeCommands()...)
	all = append(all, s.taskCommands()...)
	all = append(all, s.diagnosticsCommands()...)
	return append(all, s.pageCommands()...)
}

// logCommands are the switches over the log.
func (s *Shell) logCommands() []command {
	log, d := s.sandboxes.detail.log, s.sandboxes.detail
	group := i18n.T("Log")
	show := func(do func()) func() {
		return func() {
			s.goTo(viewmodel.SandboxesPage, log.view)
			d.show(0)
			do()
		}
	}
	is := func(may boolItem) func() bool { return func() bool { return can(may) } }
	streams := func(streams ...logs.Stream) func() {
		return show(func() {
			f := log.vm.Filtered()
			f.Streams = streams
			log.filter(f)
		})
	}
	stamps := func(value string) func() {
		return show(func() { log.change(func(l *viewmodel.LogLook) { l.Stamps = value }) })
	}
	commands := []command{
		{group, i18n.T("Follow the end of the log"), "", nil, nil, show(func() { log.view.Follow(true) })},
		{group, i18n.T("Show only the matches, or all lines"), "", nil, nil, show(func() { log.only.OnTapped() })},
		{group, i18n.T("Search by a regular expression, or by words"), "", nil, nil, show(func() { log.regexp.OnTapped() })},
		{group, i18n.T("Show output and errors"), "", nil, nil, streams()},
		{group, i18n.T("Show output only"), "", nil, nil, streams(logs.Stdout)},
		{group, i18n.T("Show errors only"), "", nil, nil, streams(logs.Stderr)},
		{group, i18n.T("Show the local time of lines"), "", nil, nil, stamps("")},
		{group, i18n.T("Show the UTC time of lines"), "", nil, nil, stamps("utc")},
		{group, i18n.T("Show no time of lines"), "", nil, nil, stamps("none")},
		{group, i18n.T("Wrap long lines, or cut them"), "", nil, nil, show(func() { log.wrap.OnTapped() })},
		{group, i18n.T("Choose the whole log"), "Ctrl+A", nil, nil, show(log.view.SelectAll)},
		{group, i18n.T("Copy the chosen text"), "Ctrl+C", nil, nil, log.view.Copy},
		{group, i18n.T("Choose lines of the log"), "Shift+Up, Down", nil, nil, nil},
		{group, i18n.T("Show the line whole"), "Enter", nil, nil, show(func() { log.view.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) })},
		{group, i18n.T("Show what was cleared"), "", nil, log.vm.Cleared, show(log.vm.ShowCleared)},
		{group, i18n.T("Copy the sandbox as docker command"), "", nil, is(s.vm.Detail.CanRemove), func() { s.actions.Copy(s.vm.Facts.DockerText()) }},
		{group, i18n.T("Copy all details"), "", nil, is(s.vm.Detail.CanRemove), func() { s.actions.Copy(factsText(s.vm.Facts.Groups())) }},
	}
	for _, span := range spans() {
		commands = append(commands, command{group, i18n.T("Show lines: %s", span.text), "", nil, nil, show(func() {
			f := log.vm.Filtered()
			f.Last = span.last
			log.filter(f)
		})})
	}
	return commands
}

// imageCommands are what can be done on the page of images.
func (s *Shell) imageCommands() []command {
	p, group := s.images, i18n.T("Images")
	chosen := func() (viewmodel.ImageRow, bool) { return p.row(p.table.Selected()) }
	any := func() bool { _, ok := chosen(); return ok }
	pullable := func() bool { r, ok := chosen(); return ok && r.Pullable }
	show := func(do func()) func() {
		return func() {
			s.goTo(viewmodel.ImagesPage, nil)
			do()
		}
	}
	on := func(do func(viewmodel.ImageRow)) func() {
		return show(func() {
			if r, ok := chosen(); ok {
				do(r)
			}
		})
	}
	return []command{
		{group, i18n.T("Pull an image…"), "P", nil, nil, show(func() { p.askPull(p.engine()) })},
		{group, i18n.T("Show all images, or only Berth's"), "", nil, nil, show(func() { p.all.OnTapped() })},
		{group, i18n.T("Filter images"), "Ctrl+F", nil, nil, func() { s.goTo(viewmodel.ImagesPage, p.filter) }},
		{group, i18n.T("Clean up images…"), "", nil, func() bool { words, _ := p.vm.Leftover.Get(); return words != "" }, show(p.askClean)},
		{group, i18n.T("Details of the chosen image"), "Enter", nil, any, on(func(r viewmodel.ImageRow) { p.details(r.ID) })},
		{group, i18n.T("Check the chosen image for a newer one"), "U", nil, pullable, on(func(r viewmodel.ImageRow) { p.vm.Check(r.ID) })},
		{group, i18n.T("Pull the chosen image again"), "", nil, pullable, on(func(r viewmodel.ImageRow) { p.vm.Pull(r.On(), r.Reference()) })},
		{group, i18n.T("Copy the reference of the chosen image"), "", nil, any, on(func(r viewmodel.ImageRow) { s.actions.Copy(r.Name) })},
		{group, i18n.T("Remove the chosen image…"), "Del", nil, any, on(func(r viewmodel.ImageRow) { p.askRemove(r.ID) })},
	}
}

// taskCommands are what can be done on the page of tasks, and with the newest of them.
func (s *Shell) taskCommands() []command {
	p, group := s.activity, i18n.T("Activity")
	newest := func(of func(viewmodel.TaskRow) bool) (viewmodel.TaskRow, bool) {
		for _, row := range p.vm.Tasks() {
			if of(row) {
				return row, true
			}
		}
		return viewmodel.TaskRow{}, false
	}
	on := func(title string, of func(viewmodel.TaskRow) bool, do func(viewmodel.TaskRow)) command {
		return command{group, title, "", nil, func() bool { _, ok := newest(of); return ok }, func() {
			if row, ok := newest(of); ok {
				do(row)
			}
		}}
	}
	failed := func(r viewmodel.TaskRow) bool { return r.Failed }
	return []command{
		{group, i18n.T("Show all steps, or only those that matter"), "", nil, nil, func() { s.goTo(viewmodel.ActivityPage, nil); p.brief.OnTapped() }},
		{group, i18n.T("Clear finished tasks"), "", nil, nil, p.vm.Clear},
		on(i18n.T("Try the newest failed task again"), func(r viewmodel.TaskRow) bool { return r.Failed && r.CanRepeat }, func(r viewmodel.TaskRow) { p.vm.Again(r.ID) }),
		on(i18n.T("Copy what went wrong in the newest failed task"), failed, func(r viewmodel.TaskRow) { s.actions.Copy(p.report(r)) }),
		on(i18n.T("Show the log of the newest task"), func(r viewmodel.TaskRow) bool { return r.LogRevised > 0 }, func(r viewmodel.TaskRow) { p.showLog(r, "") }),
	}
}

// pageCommands are the rest: the table's columns, the engine, the settings, the notice.
func (s *Shell) pageCommands() []command {
	app := "Berth"
	hasNotice := func() bool { m, _ := s.vm.Message.Get(); return m.Text != "" }
	commands := []command{
		{app, i18n.T("Start the engine"), "", nil, func() bool { return can(s.vm.Welcome.CanStart) && can(s.vm.Welcome.Visible) }, s.vm.Welcome.Start},
		{app, i18n.T("Dismiss the notice"), "", nil, hasNotice, s.vm.DismissMessage},
		{app, i18n.T("Check for a newer Berth"), "", nil, nil, func() { s.goTo(viewmodel.SettingsPage, s.options[viewmodel.FeedOption]); s.vm.Releases.Check() }},
		{app, i18n.T("What is new in Berth…"), "", nil, s.vm.Releases.Any, s.showRelease},
		{i18n.T("Settings"), i18n.T("Passwords and keys"), "", nil, nil, func() { s.goTo(viewmodel.SettingsPage, s.options[secretPlace]) }},
		{app, i18n.T("Use the first engine that answers"), "", nil, nil, func() { s.vm.Settings.Choose("") }},
	}
	for _, c := range sandboxColumns()[1:] {
		commands = append(commands, command{i18n.T("Sandbox"), i18n.T("Show or hide the column %s", c.Label), "", nil, nil, func() { s.sandboxes.toggleColumn(c.ID) }})
	}
	rows, _ := s.vm.Settings.Endpoints()
	for _, row := range rows {
		commands = append(commands, command{app, i18n.T("Use the engine %s", row.Name), "", nil, nil, func() { s.vm.Settings.Choose(row.Name) }})
		commands = append(commands, command{app, i18n.T("Show or hide the sandboxes of the engine %s", row.Name), "", nil, nil, func() {
			s.vm.Settings.ShowAlso(row.Name, !s.vm.Settings.Also(row.Name))
		}})
		if row.Added {
			commands = append(commands, command{app, i18n.T("Remove the engine %s from the list…", row.Name), "", nil, nil, func() { s.forgetEngine(row) }})
		}
	}
	for _, g := range viewmodel.OptionGroups() {
		commands = append(commands, command{i18n.T("Settings"), i18n.T("Reset: %s", g.Title), "", nil, nil, func() { s.vm.Settings.Reset(g.Options) }})
	}
	return commands
}
