package view

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"berth/engine/backup"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/widget"
)

// backUp asks where a backup of a sandbox goes.
func (s *Shell) backUp(name string) {
	if name == "" || len(s.open) > 0 {
		return
	}
	vm := s.vm.NewBackup(name)
	var d *sheet
	accept := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Back up"), Icon: theme.IconBackup, Kind: widget.Primary, Tip: "Ctrl+Enter"}, nil)
	folder, file := widget.NewEntry(""), widget.NewEntry("")
	folder.SetText(vm.Folder)
	file.SetText(vm.Name)
	browse := widget.NewButton(widget.ButtonOptions{Icon: theme.IconFolder, Tip: i18n.T("Choose a folder")}, func() { s.chooseFolder(folder) })
	where := newField(i18n.T("Folder"), frame(nil, nil, nil, padded(0, 0, theme.Space8, 0, browse), folder), i18n.T("Made where it is missing"))
	where.entry = folder
	named := newField(i18n.T("File name"), file, i18n.T("The sandbox, the day and the time in UTC"))
	check := func() {
		where.show(vm.CheckFolder())
		named.show(vm.CheckName())
		accept.SetEnabled(vm.Ready())
	}
	changed := func(string) {
		vm.Folder, vm.Name = folder.Text, file.Text
		check()
		vm.Learn(check)
	}
	folder.OnChanged, file.OnChanged = changed, changed
	accept.OnTapped = func() {
		if vm.Ready() {
			d.hide()
			vm.Submit()
		}
	}
	folder.OnSubmitted = func(string) { accept.OnTapped() }
	file.OnSubmitted = folder.OnSubmitted
	text := i18n.T("One file with its sessions, its projects, its settings and what it is made of. A sandbox that runs goes on running: it is paused only while its database is read.")
	rows := []fyne.CanvasObject{widget.NewParagraph(text, theme.Muted)}
	if mounted := s.vm.Kept.ProjectsFolder(name); mounted != "" {
		rows = append(rows, widget.NewParagraph(i18n.T("Its projects are in %s of the engine's computer. That folder is not part of the backup.", mounted), theme.Warn))
	}
	rows = append(rows, named.content, where.content)
	d = s.sheet(modalOptions{
		Title: i18n.T("Back up %s", name),
		Right: []*widget.Button{cancelButton(i18n.T("Cancel"), func() *modal { return d.modal }), accept},
	}, rows...)
	d.submit = accept.OnTapped
	changed("")
	d.show(file)
}

// askBackup lets a backup file be chosen, beginning with a folder.
func (s *Shell) askBackup(from string, do func(path string)) {
	box := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		switch {
		case err != nil:
			s.vm.Say(i18n.T("That file cannot be read: %s", err))
		case file != nil:
			path := file.URI().Path()
			_ = file.Close() // Fyne opened it only to say that it can be
			do(path)
		}
	}, s.window)
	box.SetFilter(storage.NewExtensionFileFilter([]string{backup.Extension}))
	s.showPicker(box, from)
}

// showPicker shows a dialog that chooses a file at a folder, where that is there: looking takes as long as the disk likes.
func (s *Shell) showPicker(box *dialog.FileDialog, from string) {
	s.vm.Async(func(context.Context) func() {
		place, err := storage.ListerForURI(storage.NewFileURI(from))
		return func() {
			if err == nil {
				box.SetLocation(place)
			}
			s.showFiles(box)
		}
	})
}

// showFiles shows a dialog that chooses a file or a folder, in a size that fits. Much can be given it only once it is shown: Fyne's
// has no window before, or takes what was chosen the last time. Escape closes it alone, whatever panel is behind it.
func (s *Shell) showFiles(box *dialog.FileDialog) {
	box.Show()
	box.SetView(dialog.ListView) // below a symbol, names that begin alike would be cut where they differ
	size := s.window.Canvas().Size()
	box.Resize(fyne.NewSize(min(820, size.Width*0.9), min(560, size.Height*0.9)))
	m := &modal{shell: s, dismiss: box.Hide, tips: widget.NewPanelTips(s.window.Canvas())}
	s.push(m)
	box.SetOnClosed(m.hide)
}

// backUpNow backs a sandbox up into the folder of the settings, without a question.
func (s *Shell) backUpNow(name string) { s.vm.Kept.Backup(name, "") }
