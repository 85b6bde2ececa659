package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// newActivityBar is the slim bar at the bottom: the task that matters now, or the last outcome.
func newActivityBar(s *Shell) fyne.CanvasObject {
	bar := s.vm.Bar
	dot := widget.NewDot(theme.Info)
	title := widget.NewText("", widget.TextStyle{Bold: true, Size: 13})
	figures := widget.NewText("", widget.TextStyle{Color: theme.Muted, Size: theme.SecondSize})
	meter := widget.NewMeter(theme.Accent)
	cancel := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Cancel"), Icon: theme.IconClose, Small: true, Tip: i18n.T("Cancel this task")}, bar.Cancel)
	steps := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Steps"), Icon: theme.IconUp, Small: true, Tip: i18n.T("Show its steps  Ctrl+4")}, func() { s.goTo(viewmodel.ActivityPage, nil) })
	idle := widget.NewText("", widget.TextStyle{Color: theme.Muted, Size: theme.SecondSize})

	on(bar.Progress, meter.Set)
	on(bar.Idle, idle.SetText)

	gap := func(o fyne.CanvasObject) fyne.CanvasObject { return padded(0, 0, 0, theme.Space12, o) }
	busy := line(title, meter, newToolbar(theme.Space12, nil, 0, container.New(capped{figures, 300}, figures), cancel, steps))
	on(bar.Title, func(text string) {
		title.SetText(text)
		busy.Refresh()
	})
	on(bar.Figures, func(text string) {
		if figures.Text() != text {
			figures.SetText(text)
			busy.Refresh()
		}
	})
	on(bar.Busy, func(is bool) {
		busy.Hidden, idle.Hidden = !is, is
		busy.Refresh()
		idle.Refresh()
	})
	row := frame(nil, nil, gap(dot), nil, container.NewStack(idle, busy))
	sign := row.Objects[0]
	on(bar.Tone, func(t viewmodel.Tone) {
		dot.SetColor(toneColor(t))
		setHidden(sign, t == viewmodel.Neutral)
		row.Refresh()
	})
	body := container.New(fixedHeight(theme.BarH), container.NewStack(widget.NewSurface(theme.Panel), padded(0, 0, theme.Space24-2, theme.Space24-2, row)))
	return frame(widget.NewLine(), nil, nil, nil, body)
}

// fixedHeight gives its objects that height and all the width.
type fixedHeight float32

func (h fixedHeight) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(0, float32(h))
	for _, o := range objects {
		size.Width = max(size.Width, o.MinSize().Width)
	}
	return size
}

func (h fixedHeight) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Resize(size)
		o.Move(fyne.Position{})
	}
}

// noticeLines is how many lines a notice takes from the page below it, at most: the rest is in its tip.
const noticeLines = 3

// newNoticeRow is the row on top that says what is no error: "Port 4096 is taken, so ...".
func newNoticeRow(s *Shell) fyne.CanvasObject {
	text := widget.NewText("", widget.TextStyle{Size: theme.SecondSize, Wrap: true, Lines: noticeLines})
	closer := widget.NewButton(widget.ButtonOptions{Icon: theme.IconClose, Small: true, Tip: i18n.T("Dismiss")}, s.vm.DismissMessage)
	row := frame(nil, widget.NewLine(), nil, nil,
		container.NewStack(widget.NewSurface(theme.Selection), padded(theme.Space4, theme.Space4, theme.Space24-2, theme.Space12,
			frame(nil, nil, padded(0, 0, 0, theme.Space12, widget.NewDot(theme.Info)), closer, text))))
	on(s.vm.Message, func(m viewmodel.Message) {
		words := m.Text
		if m.More > 0 {
			words += "  " + i18n.N("(%d more)", m.More)
		}
		text.SetText(words)
		row.Hidden = m.Text == ""
		row.Refresh()
	})
	return row
}

// newLostStrip is the row on top while the engine is gone: why, what mends it, and buttons for that. The table below keeps
// what was known last.
func newLostStrip(s *Shell) fyne.CanvasObject {
	box := container.NewStack()
	strip := frame(nil, widget.NewLine(), nil, nil, container.NewStack(widget.NewSurface(theme.Panel), padded(theme.Space8, theme.Space8, theme.Space24-2, theme.Space12, box)))
	on(s.vm.Lost, func(p viewmodel.Problem) {
		box.RemoveAll()
		if p.Err != nil {
			buttons := container.New(layout.NewCustomPaddedHBoxLayout(theme.Space8))
			for _, b := range s.remedies(p) {
				buttons.Add(b)
			}
			buttons.Add(widget.NewButton(widget.ButtonOptions{Text: i18n.T("Look again"), Icon: theme.IconRestart, Small: true, Tip: i18n.T("Look for an engine now") + "  F5"}, s.vm.LookAgain))
			lines := problemLines(s, p.Err, false, false)
			head := widget.NewText(i18n.T("The engine is gone: %s", viewmodel.Cause(p.Err)), widget.TextStyle{Bold: true, Size: 13})
			lines.Objects = append([]fyne.CanvasObject{head}, lines.Objects...)
			box.Add(frame(nil, nil, container.NewCenter(padded(0, 0, 0, theme.Space12, widget.NewDot(theme.Warn))), container.NewCenter(buttons), padded(0, 0, 0, theme.Space12, lines)))
		}
		strip.Hidden = p.Err == nil
		strip.Refresh()
	})
	return strip
}
