package view

import (
	"bufio"
	"context"
	"os"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

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

// askPath asks for a file to write to.
func (s *Shell) askPath(name string, do func(path string)) {
	box := dialog.NewFileSave(func(file fyne.URIWriteCloser, err error) {
		switch {
		case err != nil:
			s.vm.Say(i18n.T("That file cannot be written: %s", err))
		case file != nil:
			path := file.URI().Path()
			_ = file.Close() // Fyne opened it only to say that it can be
			do(path)
		}
	}, s.window)
	box.SetFileName(name)
	if home, err := os.UserHomeDir(); err == nil {
		if place, err := storage.ListerForURI(storage.NewFileURI(home)); err == nil {
			box.SetLocation(place)
		}
	}
	size := s.window.Canvas().Size()
	box.Resize(fyne.NewSize(min(820, size.Width*0.9), min(560, size.Height*0.9)))
	box.Show()
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
	var text strings.Builder
	_ = p.view.ShownText(func(line string) error { // a Builder never fails
		text.WriteString(line)
		text.WriteByte('\n')
		return nil
	})
	p.shell.askPath(p.fileName(), func(path string) {
		p.shell.vm.Async(func(context.Context) func() {
			err := writeFile(path, text.String())
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

func writeFile(path, text string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	if _, err = out.WriteString(text); err == nil {
		err = out.Flush()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		_ = os.Remove(path)
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
	title := i18n.T("Line %s", viewmodel.Thousands(int(line.Seq)))
	if !line.Time.IsZero() {
		title += " · " + line.Time.Local().Format("2006-01-02 15:04:05.000000 MST")
	}
	p.shell.showText(title, widget.PlainText(line.Text))
}

// wholeText is how much of a line is shown whole; more would make scrolling slow, and is still copied.
const wholeText = 100_000

// showText shows a text that may be long, to read and to copy.
func (s *Shell) showText(title, text string) {
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
}
