package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

const welcomeWidth = 640

// newWelcomePage is what stands there while no engine answers: what was tried, why it failed, and what mends it.
func newWelcomePage(s *Shell) fyne.CanvasObject {
	vm := s.vm.Welcome
	title := widget.NewText("", widget.TextStyle{Size: 26, Bold: true})
	words := &fw.TextSegment{Style: fw.RichTextStyle{ColorName: theme.Muted, SizeName: fynetheme.SizeNameText}}
	text := fw.NewRichText(words)
	text.Wrapping = fyne.TextWrapWord
	on(vm.Title, title.SetText)
	on(vm.Text, func(t string) {
		words.Text = t
		text.Refresh()
	})

	attempts := container.New(layout.NewCustomPaddedVBoxLayout(0))
	card := widget.NewCard(attempts, 0)
	on(vm.Revision, func(uint64) {
		attempts.RemoveAll()
		for i, row := range vm.Attempts() {
			if i > 0 {
				attempts.Add(widget.NewLine())
			}
			attempts.Add(attemptRow(row))
		}
		card.Hidden = len(vm.Attempts()) == 0
		card.Refresh()
	})

	start := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Start the engine"), Icon: theme.IconPlay, Kind: widget.Primary, Tip: i18n.T("Runs the command below")}, vm.Start)
	again := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Try again"), Icon: theme.IconRestart, Tip: i18n.T("Look for an engine now")}, vm.LookAgain)
	other := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Use another engine…"), Icon: theme.IconEngine, Tip: i18n.T("Choose an endpoint  Ctrl+,")}, func() { s.goTo(viewmodel.SettingsPage, nil) })
	report := widget.NewButton(widget.ButtonOptions{Icon: theme.IconLog, Tip: i18n.T("Diagnostics") + "  Ctrl+Shift+D"}, func() { s.goTo(viewmodel.DiagnosticsPage, nil) })
	buttons := container.New(layout.NewCustomPaddedHBoxLayout(theme.Space8), start, again, other, report)
	on(vm.CanStart, func(can bool) {
		setHidden(start, !can)
		buttons.Refresh()
	})

	command := widget.NewText("", widget.TextStyle{Mono: true, Size: theme.MonoSize, Color: theme.Muted})
	copied := widget.NewButton(widget.ButtonOptions{Icon: theme.IconCopy, Small: true, Tip: i18n.T("Copy the command")}, func() { s.actions.Copy(command.Text()) })
	line := container.New(layout.NewCustomPaddedHBoxLayout(theme.Space8), container.New(capped{command, welcomeWidth - 50}, command), copied)
	on(vm.Command, func(c string) {
		command.SetText(c)
		setHidden(line, c == "")
		line.Refresh()
	})

	list := container.NewVScroll(card)
	column := container.New(&welcomeLayout{}, title, text, list, buttons, line)
	on(vm.Revision, func(uint64) { column.Refresh() })
	on(vm.Text, func(string) { column.Refresh() })
	return column
}

// welcomeLayout stacks its objects in a column in the middle; the list of attempts scrolls when there is no room for all.
type welcomeLayout struct{}

func (welcomeLayout) MinSize(o []fyne.CanvasObject) fyne.Size { return fyne.NewSize(320, 300) }

func (welcomeLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	width := min(float32(welcomeWidth), size.Width)
	text := o[1].(*fw.RichText)
	text.Resize(fyne.NewSize(width+2*theme.Space8, text.MinSize().Height))
	heights := make([]float32, len(o))
	gaps := []float32{0, theme.Space4, theme.Space12, theme.Space16, theme.Space12}
	var rest float32
	for i, one := range o {
		heights[i] = one.MinSize().Height
		if i != 2 {
			rest += heights[i]
		}
		rest += gaps[i]
	}
	heights[2] = min(o[2].(*container.Scroll).Content.MinSize().Height, max(80, size.Height-rest))
	y := max(0, (size.Height-rest-heights[2])/2)
	x := (size.Width - width) / 2
	for i, one := range o {
		y += gaps[i]
		at, wide := x, width
		if i == 1 { // the label has space of its own around the text
			at, wide = x-theme.Space8, width+2*theme.Space8
		}
		one.Move(fyne.NewPos(at, y))
		one.Resize(fyne.NewSize(wide, heights[i]))
		y += heights[i]
	}
}

// attemptRow is one endpoint and what came of it.
func attemptRow(row viewmodel.AttemptRow) fyne.CanvasObject {
	icon, color := theme.IconClose, theme.Muted
	switch {
	case row.Tried && row.Err:
		color = theme.Bad
	case row.Tried:
		icon, color = theme.IconCheck, theme.OK
	}
	image := canvas.NewImageFromResource(theme.Icon(icon, color))
	image.FillMode = canvas.ImageFillContain
	image.SetMinSize(fyne.NewSquareSize(15))
	host := row.Host
	if host == "" {
		host = row.Name
	}
	return container.New(fixedHeight(40), padded(0, 0, theme.Space16, theme.Space16, frame(nil, nil, padded(0, 0, 0, theme.Space12, image), nil,
		container.New(layout.NewGridLayoutWithColumns(2),
			widget.NewText(host, widget.TextStyle{Mono: true, Size: theme.MonoSize}),
			widget.NewText(row.Words, widget.TextStyle{Color: theme.Muted, Size: 13})))))
}
