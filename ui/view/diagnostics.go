package view

import (
	"bufio"
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/engine/diagnose"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// newDiagnosticsPage shows what helps to find out what is wrong, and hands it over as one text. It is opened from the settings, and
// the rail shows it as a part of them.
func newDiagnosticsPage(s *Shell) fyne.CanvasObject {
	vm := s.vm.Diagnostics
	copyIt := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Copy report"), Icon: theme.IconCopy, Kind: widget.Primary, Tip: i18n.T("All of it as a text, without secrets")}, s.copyReport)
	save := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Save report…"), Icon: theme.IconSave}, s.saveReport)
	again := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Refresh"), Icon: theme.IconRestart, Tip: i18n.T("Gather it anew")}, vm.Refresh)
	header := pageHeader(i18n.T("Diagnostics"), newToolbar(theme.Space12, copyIt, 0, again, save, copyIt))

	column := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space16))
	waiting := container.NewCenter(widget.NewText(i18n.T("Gathering what is known"), widget.TextStyle{Color: theme.Muted, Fixed: true}))
	measure := newDiskButton(s)
	var shown []string // what is there, so that rows stay, and the keyboard on them, when only values change
	var rows []*factLine
	on(vm.Revision, func(uint64) {
		cards := vm.Cards()
		setHidden(waiting, len(cards) > 0)
		names, facts := diagnosisNames(cards)
		if slices.Equal(names, shown) {
			for i, f := range facts {
				rows[i].set(f)
			}
			return
		}
		shown, rows = names, nil
		column.RemoveAll()
		for _, card := range cards {
			list := container.New(layout.NewCustomPaddedVBoxLayout(0))
			for _, f := range card.Facts {
				row := newFactLine(s, f, diagnosisLabel)
				if f.Label == "" {
					row.alone()
				}
				rows = append(rows, row)
				list.Add(row.content)
			}
			var action fyne.CanvasObject
			if card.Key == diagnose.DiskTitle {
				action = measure
			}
			column.Add(group(card.Title, action, padded(theme.Space8, theme.Space8, theme.Space16, theme.Space12, list)))
		}
		column.Refresh()
	})
	return frame(padded(0, theme.Space12, 0, 0, header), nil, nil, nil, container.NewStack(s.scrolls(padded(0, 0, 0, theme.Space16, column)), waiting))
}

// diagnosisLabel is the room for labels: names of variables and of engines are long.
const diagnosisLabel = 205

// diagnosisNames are the headings and labels of all lines, and the lines.
func diagnosisNames(cards []viewmodel.DiagnosisCard) (names []string, facts []viewmodel.Fact) {
	for _, card := range cards {
		names = append(names, card.Key)
		for _, f := range card.Facts {
			names = append(names, "\t"+f.Label)
			facts = append(facts, f)
		}
	}
	return names, facts
}

// newDiskButton has the engine count what it keeps, says when it did, and cancels it while it is at it.
func newDiskButton(s *Shell) fyne.CanvasObject {
	vm := s.vm.Diagnostics
	age := widget.NewText("", widget.TextStyle{Color: theme.Muted, Size: theme.SecondSize, Fixed: true})
	measure := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Measure"), Small: true, Tip: i18n.T("The engine reads all that it keeps, which may take a while")}, vm.Measure)
	cancel := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Cancel"), Icon: theme.IconClose, Small: true}, vm.CancelMeasure)
	box := container.New(layout.NewCustomPaddedHBoxLayout(theme.Space12), container.NewCenter(age), measure, cancel)
	on(vm.DiskAge, func(text string) {
		if text != age.Text() {
			age.SetText(text)
			box.Refresh()
		}
	})
	on(vm.Measuring, func(is bool) {
		setHidden(measure, is)
		setHidden(cancel, !is)
		box.Refresh()
	})
	return box
}

// copyReport puts a fresh report on the clipboard.
func (s *Shell) copyReport() {
	s.vm.Diagnostics.Report(func(r diagnose.Report) {
		s.actions.Copy(r.Text())
		s.vm.Say(i18n.T("The report is in the clipboard. It holds no passwords and no keys; read it before you send it on."))
	})
}

// saveReport writes a fresh report to a file.
func (s *Shell) saveReport() {
	s.askPath("berth-report-"+time.Now().Format("20060102-150405")+".txt", func(path string) {
		s.vm.Diagnostics.Report(func(r diagnose.Report) { s.saveText(path, r.Text()) })
	})
}

// saveText writes a text to a file, and says whether that worked.
func (s *Shell) saveText(path, text string) {
	s.vm.Async(func(context.Context) func() {
		err := replaceFile(path, func(out *bufio.Writer) error {
			_, err := out.WriteString(text)
			return err
		})
		return func() {
			if err != nil {
				s.vm.Say(i18n.T("The file could not be saved: %s", viewmodel.Cause(err)))
				return
			}
			s.vm.Say(i18n.T("Saved to %s", path))
		}
	})
}

// diagnosticsCommands are what the page offers, from anywhere.
func (s *Shell) diagnosticsCommands() []command {
	app := "Berth"
	return []command{
		{app, i18n.T("Diagnostics"), "Ctrl+Shift+D", ctrl(fyne.KeyD, fyne.KeyModifierShift), nil, func() { s.goTo(viewmodel.DiagnosticsPage, nil) }},
		{app, i18n.T("Copy the diagnostics report"), "", nil, nil, s.copyReport},
		{app, i18n.T("Save the diagnostics report…"), "", nil, nil, s.saveReport},
		{app, i18n.T("Measure the engine's disk"), "", nil, nil, func() {
			s.goTo(viewmodel.DiagnosticsPage, nil)
			s.vm.Diagnostics.Measure()
		}},
	}
}

// newSettingsFoot says which Berth this is, and opens the diagnostics.
func newSettingsFoot(s *Shell) fyne.CanvasObject {
	open := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Diagnostics"), Icon: theme.IconActivity, Small: true, Tip: i18n.T("Versions, the engine, what went wrong: to look at, or to send  Ctrl+Shift+D")},
		func() { s.goTo(viewmodel.DiagnosticsPage, nil) })
	return frame(nil, nil, nil, open, widget.NewText("Berth "+s.actions.Version, widget.TextStyle{Color: theme.Muted, Size: theme.SecondSize}))
}
