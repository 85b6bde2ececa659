package view

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/widget"
)

// newKeptPane is what is kept of the chosen sandbox: its volumes, its rollback points, its backups.
func newKeptPane(s *Shell) fyne.CanvasObject {
	vm := s.vm.Kept
	name := func() string {
		n, _ := s.vm.Detail.Name.Get() // made in viewmodel, cannot fail
		return n
	}
	column := container.New(layout.NewCustomPaddedVBoxLayout(0))
	scroll := s.scrolls(padded(0, theme.Space16, theme.Space16, theme.Space16, column))
	wrong := widget.NewText("", widget.TextStyle{Color: theme.Bad, Size: 13})
	on(vm.Trouble, wrong.SetText)
	measure := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Measure"), Icon: theme.IconRestart, Small: true, Tip: i18n.T("Count what the volumes hold, in the background  Ctrl+Shift+M")}, func() { s.vm.Volumes.Measure() })
	restore := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Restore from a file…"), Icon: theme.IconRestore, Small: true, Tip: i18n.T("Bring a backup back  Ctrl+Shift+O")}, func() { s.restore(name(), "") })
	backUp := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Back up now"), Icon: theme.IconBackup, Small: true, Tip: i18n.T("Into the folder of the settings, without a question")}, func() { s.backUpNow(name()) })
	bar := padded(theme.Space8, theme.Space8, theme.Space16, theme.Space16, line(wrong, container.NewStack(), newToolbar(theme.Space8, backUp, 0, measure, restore, backUp)))
	var shown []keptLine
	on(vm.Revision, func(uint64) {
		lines := s.keptLines(name())
		if !slices.EqualFunc(lines, shown, func(a, b keptLine) bool { return a.id == b.id }) {
			shown = lines
			column.RemoveAll()
			for _, l := range lines {
				column.Add(l.row())
			}
			column.Refresh()
			return
		}
		for i, l := range lines { // ages grow; whoever has the keyboard on a button keeps it there
			for n, text := range l.texts {
				shown[i].texts[n].SetText(text.Text())
			}
		}
	})
	return frame(container.New(layout.NewCustomPaddedVBoxLayout(0), bar, widget.NewLine()), nil, nil, nil, scroll)
}

// keptLine is a line of the tab: a heading, words in place of lines that are not there, or texts with buttons.
type keptLine struct {
	id      string // tells lines apart
	content fyne.CanvasObject
	texts   []*widget.Text
	buttons []*widget.Button
}

// row is how it is shown.
func (l keptLine) row() fyne.CanvasObject {
	if l.content != nil {
		return l.content
	}
	return keptRow(l.texts, l.buttons...)
}

// keptLines are the lines of the tab, under their headings.
func (s *Shell) keptLines(name string) []keptLine {
	vm := s.vm.Kept
	lines := []keptLine{{id: name, content: keptHead(i18n.T("Volumes"), nil)}}
	for _, v := range vm.Volumes() {
		files := ""
		if v.Files != "" {
			files = i18n.N("%[2]s files", int(v.Count()), v.Files)
		}
		lines = append(lines, keptLine{
			id: "volume/" + v.Name, texts: []*widget.Text{keptText(v.Role), keptMono(v.Name), keptText(v.Measured()), keptMuted(files)},
			buttons: []*widget.Button{smallButton(i18n.T("Browse"), theme.IconFolder, i18n.T("See its files, to read only  F"), func() { s.browseFiles(name, v.Place()) })},
		})
	}
	if len(lines) == 1 {
		lines = append(lines, keptLine{id: "no volume", content: keptNone(i18n.T("None is known."))})
	}
	lines = append(lines, keptLine{id: "points", content: keptHead(i18n.T("Rollback points"), nil)})
	points := vm.Points()
	for _, p := range points {
		lines = append(lines, keptLine{
			id: "point/" + p.ID, texts: []*widget.Text{keptText(p.Age), keptText(p.Reason), keptText(p.Version), keptMuted(p.Holds)},
			buttons: []*widget.Button{
				smallButton(i18n.T("Roll back"), theme.IconRollback, i18n.T("Go back to this point  L"), func() { s.rollback(name, p.ID) }),
				smallButton(i18n.T("Remove"), theme.IconTrash, i18n.T("Remove this point with its data"), func() { s.removePoint(name, p.ID) }),
			},
		})
	}
	if len(points) == 0 {
		lines = append(lines, keptLine{id: "no point", content: keptNone(i18n.T("There is none yet. Updates, restores and rollbacks make one."))})
	}
	lines = append(lines, keptLine{id: "backups/" + vm.Folder(), content: keptHead(i18n.T("Backups"), s.pathLine(vm.Folder()))})
	backups := vm.Backups()
	for _, b := range backups {
		lines = append(lines, keptLine{
			id: "backup/" + b.Path, texts: []*widget.Text{keptText(b.Age), keptMono(b.Name), keptText(b.Size), keptMuted(b.Made)},
			buttons: []*widget.Button{smallButton(i18n.T("Restore"), theme.IconRestore, i18n.T("Bring this backup back"), func() { s.restore(name, b.Path) })},
		})
	}
	if len(backups) == 0 {
		lines = append(lines, keptLine{id: "no backup", content: keptNone(i18n.T("There is none in this folder yet."))})
	}
	return lines
}

func keptText(text string) *widget.Text { return widget.NewText(text, widget.TextStyle{Size: 13}) }

func keptMuted(text string) *widget.Text {
	return widget.NewText(text, widget.TextStyle{Color: theme.Muted, Size: 13})
}

func keptMono(text string) *widget.Text {
	return widget.NewText(text, widget.TextStyle{Color: theme.Muted, Mono: true, Size: theme.MonoSize})
}

func smallButton(text string, icon theme.IconName, tip string, do func()) *widget.Button {
	return widget.NewButton(widget.ButtonOptions{Text: text, Icon: icon, Small: true, Tip: tip}, do)
}

// keptHead is a heading, with more behind it.
func keptHead(title string, more fyne.CanvasObject) fyne.CanvasObject {
	text := widget.NewText(title, widget.TextStyle{Bold: true, Size: 13, Fixed: true})
	if more == nil {
		more = container.NewStack()
	}
	return padded(theme.Space12, 0, 0, 0, container.New(fixedHeight(28), frame(nil, nil, padded(0, 0, 0, theme.Space16, text), nil, more)))
}

// pathLine is a folder's path with a button that copies it.
func (s *Shell) pathLine(path string) fyne.CanvasObject {
	copyIt := widget.NewButton(widget.ButtonOptions{Icon: theme.IconCopy, Small: true, Quiet: true, Tip: i18n.T("Copy")}, func() { s.actions.Copy(path) })
	text := keptMono(path)
	return container.New(hugLayout{text, copyIt}, text, copyIt)
}

func keptNone(text string) fyne.CanvasObject { return container.New(fixedHeight(28), keptMuted(text)) }

// keptColumns are the shares of a row's texts.
var keptColumns = columns{0.9, 1.9, 1.4, 1}

// keptRow is some texts and, at the right, what can be done.
func keptRow(texts []*widget.Text, buttons ...*widget.Button) fyne.CanvasObject {
	row := container.New(keptColumns)
	for _, t := range texts {
		row.Add(t)
	}
	tools := newToolbar(theme.Space8, nil, 0)
	for _, b := range buttons {
		tools.Add(b)
	}
	return container.New(fixedHeight(36), container.New(keptLayout{}, row, tools))
}

// keptLayout gives the buttons of all rows the same room, so that the columns stand under each other.
type keptLayout struct{}

// keptTools is that room; where a language needs more, the last buttons show their icons alone.
const keptTools float32 = 250

func (keptLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(o[1].MinSize().Width+keptTools, max(o[0].MinSize().Height, o[1].MinSize().Height))
}

func (keptLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	room := min(keptTools, size.Width*0.3)
	room = max(room, o[1].MinSize().Width)
	put(o[0], 0, 0, size.Width-room-theme.Space12, size.Height)
	put(o[1], size.Width-room, 0, room, size.Height)
}
