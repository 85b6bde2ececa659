package view

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/engine/fault"
	"berth/engine/mask"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// newProblem says why the chosen sandbox's last command failed, what to do, and offers it.
func newProblem(s *Shell) fyne.CanvasObject {
	box := container.NewStack()
	on(s.vm.Detail.Problem, func(p viewmodel.Problem) {
		box.RemoveAll()
		if p.Err != nil {
			box.Add(padded(0, theme.Space12, theme.Space16, theme.Space16, problem(s, p)))
		}
		box.Refresh()
	})
	return box
}

// problem is an error in some lines: what failed and why, what to do, the command that mends it, and buttons.
func problem(s *Shell, p viewmodel.Problem) fyne.CanvasObject {
	buttons := container.New(layout.NewCustomPaddedHBoxLayout(theme.Space8))
	for _, b := range s.remedies(p) {
		buttons.Add(b)
	}
	buttons.Add(widget.NewButton(widget.ButtonOptions{Text: i18n.T("Copy"), Icon: theme.IconCopy, Small: true, Tip: i18n.T("Copy all of it")}, func() { s.actions.Copy(report(p.Err)) }))
	lines := problemLines(s, p.Err, true, false)
	return frame(nil, nil, nil, container.NewCenter(buttons), padded(0, 0, 0, theme.Space12, lines))
}

// whyNot is an error in a dialog that has room for all its words, and is itself where it can be mended.
func whyNot(s *Shell, f *fault.Error) fyne.CanvasObject {
	copyIt := widget.NewButton(widget.ButtonOptions{Icon: theme.IconCopy, Small: true, Tip: i18n.T("Copy all of it")}, func() { s.actions.Copy(report(f)) })
	return frame(nil, nil, nil, container.NewCenter(copyIt), padded(0, 0, 0, theme.Space12, problemLines(s, f, true, true)))
}

// problemLines are the words of an error; titled begins with what failed and why, which a card says in its own title. Where they are
// not to wrap, what is too long is cut, and is whole in its tip.
func problemLines(s *Shell, f *fault.Error, titled, wrap bool) *fyne.Container {
	lines := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space4))
	if titled {
		lines.Add(widget.NewText(sentence(viewmodel.Spoken(f.Op))+": "+viewmodel.Cause(f), widget.TextStyle{Color: theme.Bad, Bold: true, Size: 13, Wrap: wrap}))
	}
	if f.Remedy != "" {
		lines.Add(widget.NewText(viewmodel.Spoken(f.Remedy), widget.TextStyle{Size: 13, Wrap: wrap}))
	}
	if f.Command != "" {
		lines.Add(commandLine(s, f.Command))
	}
	for _, line := range f.Log[max(0, len(f.Log)-3):] {
		lines.Add(widget.NewText(widget.PlainText(line), widget.TextStyle{Color: theme.Muted, Mono: true, Size: theme.MonoSize}))
	}
	return lines
}

// commandLine is a command to be run in a terminal, with a button that copies it.
func commandLine(s *Shell, command string) fyne.CanvasObject {
	copyIt := widget.NewButton(widget.ButtonOptions{Icon: theme.IconCopy, Small: true, Quiet: true, Tip: i18n.T("Copy the command")}, func() { s.copyCommand(command) })
	text := widget.NewText(command, widget.TextStyle{Mono: true, Size: theme.MonoSize})
	return container.New(hugLayout{text, copyIt}, text, copyIt)
}

func (s *Shell) copyCommand(command string) {
	s.actions.Copy(command)
	s.vm.Say(i18n.T("Copied %s", command))
}

// hugLayout puts a small control right behind a text, which gives way.
type hugLayout struct {
	text *widget.Text
	end  fyne.CanvasObject
}

func (l hugLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	end := l.end.MinSize()
	return fyne.NewSize(end.Width, max(l.text.MinSize().Height, end.Height))
}

func (l hugLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	end := l.end.MinSize()
	width := min(l.text.Natural(), size.Width-end.Width-theme.Space4)
	put(l.text, 0, 0, width, size.Height)
	put(l.end, width+theme.Space4, (size.Height-end.Height)/2, end.Width, end.Height)
}

// remedies are the buttons that an error offers: what the engine layer says helps, then to do the same again.
func (s *Shell) remedies(p viewmodel.Problem) []*widget.Button {
	var all []*widget.Button
	add := func(text string, icon theme.IconName, tip string, do func()) {
		all = append(all, widget.NewButton(widget.ButtonOptions{Text: text, Icon: icon, Small: true, Tip: tip}, do))
	}
	exists := s.vm.Sandboxes.Exists(p.Sandbox)
	switch p.Err.Action {
	case fault.OpenSettings:
		add(i18n.T("Settings"), theme.IconSettings, i18n.T("Open the settings  Ctrl+,"), func() { s.goTo(viewmodel.SettingsPage, nil) })
	case fault.FreeSpace:
		add(i18n.T("Free space"), theme.IconClean, i18n.T("See which images can go  Ctrl+2"), func() { s.goTo(viewmodel.ImagesPage, nil) })
	case fault.ChoosePort:
		if exists {
			add(i18n.T("Choose a port"), theme.IconEdit, i18n.T("Edit its port"), func() { s.editField(p.Sandbox, viewmodel.PortField) })
		} else {
			add(i18n.T("Choose a port"), theme.IconSettings, i18n.T("Set the first port of new sandboxes"), func() { s.goTo(viewmodel.SettingsPage, s.options["sandbox.port"]) })
		}
	case fault.ShowLog:
		if exists {
			add(i18n.T("Show the log"), theme.IconLog, i18n.T("Go to the end of its log"), func() { s.ShowLogOf(p.Sandbox) })
		} else if p.Task != 0 {
			add(i18n.T("Show the log"), theme.IconLog, i18n.T("Everything it wrote"), func() { s.showTaskLog(p.Task) })
		}
	case fault.RepairOwnership:
		if exists {
			add(i18n.T("Repair ownership"), theme.IconCheck, i18n.T("Give the files to opencode's user, after a question"), func() { s.repair(p.Sandbox) })
		}
	case fault.StartEngine:
		add(i18n.T("Start the engine"), theme.IconPlay, i18n.T("Runs the command"), s.vm.Welcome.Start)
	}
	if p.Task != 0 {
		add(i18n.T("Try again"), theme.IconRestart, i18n.T("Do the same once more"), func() { s.vm.Activity.Again(p.Task) })
	}
	return all
}

// ShowLogOf goes to the end of a sandbox's log.
func (s *Shell) ShowLogOf(name string) {
	s.goTo(viewmodel.SandboxesPage, s.sandboxes.table)
	s.vm.Sandboxes.Select(name)
	s.sandboxes.detail.show(0)
	s.sandboxes.detail.log.view.Follow(true)
}

// sentence begins a text with a capital.
func sentence(s string) string {
	if s == "" {
		return i18n.T("It failed")
	}
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// report is an error as text, whole.
func report(f *fault.Error) string {
	parts := []string{f.Error(), f.Remedy, f.Command, strings.Join(f.Log, "\n")}
	var text strings.Builder
	for _, part := range parts {
		if part != "" {
			text.WriteString(part + "\n")
		}
	}
	return mask.Text(text.String()) // it is made to be sent on
}
