package view

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"

	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// savePath is the panel that asks where a file goes: a folder and a name. Fyne's own dialog empties a file that is there
// before anything is written to it, so that a save that fails would lose it.
type savePath struct {
	shell        *Shell
	name, folder *field
	accept       *widget.Button
	looked       int // how often it looked at the disk; only the newest look counts
}

// askPath asks for a file to write to. A file of that name may be there: whoever writes replaces it by a whole one.
func (s *Shell) askPath(name string, do func(path string)) {
	var m *modal
	p := &savePath{shell: s}
	p.accept = widget.NewButton(widget.ButtonOptions{Text: i18n.T("Save"), Kind: widget.Primary, Tip: "Ctrl+Enter"}, nil)
	p.name = newField(i18n.T("File name"), widget.NewEntry(name), "")
	folder := widget.NewEntry("")
	browse := widget.NewButton(widget.ButtonOptions{Icon: theme.IconFolder, Tip: i18n.T("Choose a folder")}, func() { s.chooseFolder(folder) })
	p.folder = newField(i18n.T("Folder"), frame(nil, nil, nil, padded(0, 0, theme.Space8, 0, browse), folder), "")
	p.folder.entry = folder
	submit := func() {
		if !p.accept.Disabled() {
			m.hide()
			do(p.path())
		}
	}
	p.accept.OnTapped = submit
	p.name.entry.SetText(name) // before they are looked at: the one without the other would be a fault of nobody's
	folder.SetText(s.lastFolder())
	for _, f := range []*field{p.name, p.folder} {
		f.entry.OnChanged = func(string) { p.look() }
		f.entry.OnSubmitted = func(string) { submit() }
	}
	cancel := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Cancel"), Tip: "Esc"}, func() { m.hide() })
	m = s.modal(modalOptions{
		Title: i18n.T("Save to a file"), Body: container.New(layout.NewCustomPaddedVBoxLayout(theme.Space12), p.name.content, p.folder.content),
		Width: 620, Right: []*widget.Button{cancel, p.accept},
	})
	m.submit = submit
	p.look()
	m.show(p.name.entry)
}

// lastFolder is where the last file went in this run, and first the home folder.
func (s *Shell) lastFolder() string {
	if s.saved != "" {
		return s.saved
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return home
}

func (p *savePath) path() string {
	folder := filepath.Clean(strings.TrimSpace(p.folder.entry.Text))
	p.shell.saved = folder
	return filepath.Join(folder, strings.TrimSpace(p.name.entry.Text))
}

// look looks away from the main goroutine whether a file can go there, for a disk may be far, and says what is to be said.
func (p *savePath) look() {
	p.looked++
	look := p.looked
	p.accept.Disable()
	name, folder := strings.TrimSpace(p.name.entry.Text), strings.TrimSpace(p.folder.entry.Text)
	switch {
	case name == "":
		p.name.show(viewmodel.Finding{Text: i18n.T("A file needs a name."), Bad: true})
		return
	case strings.ContainsAny(name, `/\`) || name == "." || name == "..":
		p.name.show(viewmodel.Finding{Text: i18n.T("The folder goes below."), Bad: true})
		return
	case !filepath.IsAbs(folder):
		p.name.show(viewmodel.Finding{})
		p.folder.show(viewmodel.Finding{Text: i18n.T("Write the full path of a folder."), Bad: true})
		return
	}
	p.shell.vm.Async(func(context.Context) func() {
		inside, err := os.Stat(folder)
		isFolder := err == nil && inside.IsDir()
		there, err := os.Stat(filepath.Join(folder, name))
		exists, isDir := err == nil, err == nil && there.IsDir()
		return func() {
			if look != p.looked {
				return
			}
			var ofName, ofFolder viewmodel.Finding
			switch {
			case !isFolder:
				ofFolder = viewmodel.Finding{Text: i18n.T("There is no such folder."), Bad: true}
			case isDir:
				ofName = viewmodel.Finding{Text: i18n.T("This is a folder."), Bad: true}
			case exists:
				ofName = viewmodel.Finding{Text: i18n.T("It is there already, and will be replaced.")}
			}
			p.name.show(ofName)
			p.folder.show(ofFolder)
			p.accept.SetText(i18n.T("Save"))
			if exists && !isDir {
				p.accept.SetText(i18n.T("Replace"))
			}
			p.accept.SetEnabled(!ofName.Bad && !ofFolder.Bad)
		}
	})
}

// chooseFolder lets a folder be chosen.
func (s *Shell) chooseFolder(into *widget.Entry) {
	box := dialog.NewFolderOpen(func(folder fyne.ListableURI, err error) {
		if err == nil && folder != nil {
			into.SetText(folder.Path())
		}
	}, s.window)
	s.showFiles(box)
}
