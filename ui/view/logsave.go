package view

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"

	"berth/ui/i18n"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// chooseSave offers what can be done with the log as a whole.
func (p *logPane) chooseSave(under fyne.CanvasObject) {
	items := []*fyne.MenuItem{
		entry(i18n.T("Save what is shown…"), false, p.saveShown),
		entry(i18n.T("Save the whole log…")+"\tCtrl+Shift+S", false, p.saveAll),
		fyne.NewMenuItemSeparator(),
		entry(i18n.T("Copy the chosen text")+"\tCtrl+C", false, p.view.Copy),
		entry(i18n.T("Choose all")+"\tCtrl+A", false, p.view.SelectAll),
		fyne.NewMenuItemSeparator(),
		entry(i18n.T("Clear")+"\tCtrl+L", false, p.vm.Clear),
	}
	if p.vm.Cleared() {
		items = append(items, entry(i18n.T("Show what was cleared"), false, p.vm.ShowCleared))
	}
	p.shell.dropDown(under, items...)
}

func (p *logPane) fileName() string {
	return p.vm.Name() + "-" + time.Now().Format("20060102-150405") + ".log"
}

// saveAll writes the engine's whole log, as a task.
func (p *logPane) saveAll() {
	name := p.vm.Name()
	if name == "" {
		return
	}
	p.shell.askPath(p.fileName(), func(path string) { p.shell.vm.Sandboxes.SaveLog(name, path) })
}

// saveShown writes the lines that the filter lets through, as plain text.
func (p *logPane) saveShown() {
	shown := logRows{p.vm}.Frozen()
	p.shell.askPath(p.fileName(), func(path string) {
		p.shell.vm.Async(func(context.Context) func() {
			err := replaceFile(path, func(out *bufio.Writer) error {
				return widget.WriteText(shown, func(line string) error {
					_, err := out.WriteString(line + "\n")
					return err
				})
			})
			return func() {
				if err != nil {
					p.shell.vm.Say(i18n.T("The log could not be saved: %s", viewmodel.Cause(err)))
					return
				}
				p.shell.vm.Say(i18n.T("Saved to %s", path))
			}
		})
	})
}

// replaceFile writes a file beside the one that may be there and then puts it in its place, so that nothing is lost when that
// does not work out. It is this user's alone: a log and a report tell what somebody works on.
func replaceFile(path string, write func(*bufio.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	if err = write(out); err == nil {
		err = out.Flush()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// menu is what can be done at a line.
func (p *logPane) menu(line widget.LogLine, at fyne.Position) {
	items := []*fyne.MenuItem{
		entry(i18n.T("Copy the chosen text")+"\tCtrl+C", false, p.view.Copy),
		entry(i18n.T("Copy the line"), false, func() { p.shell.actions.Copy(widget.PlainText(line.Text)) }),
		entry(i18n.T("Show the whole line")+"\t↵", false, func() { p.showLine(line) }),
		entry(i18n.T("Choose all")+"\tCtrl+A", false, p.view.SelectAll),
	}
	p.shell.popUp(at, items...)
}

// showLine shows a line whole.
func (p *logPane) showLine(line widget.LogLine) {
	title := i18n.T("Line %s", viewmodel.Thousands(int(line.Seq))) //nolint:gosec // a number of lines
	if !line.Time.IsZero() {
		title += " · " + line.Time.Local().Format("2006-01-02 15:04:05.000000 MST")
	}
	p.shell.showText(title, widget.PlainText(line.Text))
}

// wholeText is how much of a line is shown whole; more would make scrolling slow, and is still copied.
const wholeText = 100_000

// showText shows a text that may be long, to read and to copy, from its end.
func (s *Shell) showText(title, text string) *widget.LogView {
	view := widget.NewLogView(newTextLines(text))
	view.SetOptions(widget.LogOptions{Stamps: widget.NoTime, Wrap: true, Limit: wholeText})
	view.OnCopy = s.actions.Copy
	size := s.window.Canvas().Size()
	m := s.modal(modalOptions{
		Title: title, Width: size.Width * 0.8, Height: size.Height * 0.8, Body: view,
		Left: []*widget.Button{widget.NewButton(widget.ButtonOptions{Text: i18n.T("Copy all")}, func() { s.actions.Copy(text) })},
	})
	m.addClose(i18n.T("Close"))
	m.show(view)
	view.Follow(false)
	view.Changed()
	return view
}
