package view

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// newEngineFoot is the foot of the rail: which engine is in use and how it does. It opens the menu of engines.
func newEngineFoot(s *Shell) fyne.CanvasObject {
	dot := widget.NewDot(theme.Muted)
	title := widget.NewText("", widget.TextStyle{Size: theme.SecondSize, Bold: true})
	detail := widget.NewText("", widget.TextStyle{Size: theme.SecondSize, Color: theme.Muted})
	on(s.vm.EngineTone, func(t viewmodel.Tone) { dot.SetColor(toneColor(t)) })
	on(s.vm.EngineTitle, title.SetText)
	on(s.vm.EngineDetail, detail.SetText)
	up := canvas.NewImageFromResource(theme.Icon(theme.IconUp, theme.Muted))
	up.FillMode = canvas.ImageFillContain
	up.SetMinSize(fyne.NewSquareSize(14))
	body := padded(theme.Space8, theme.Space8, 8, theme.Space8, frame(nil, nil, padded(0, 18, 0, theme.Space8, dot), container.NewCenter(up),
		container.New(layout.NewCustomPaddedVBoxLayout(2), title, detail)))
	s.foot = widget.NewTap(body, i18n.T("Use another engine  Ctrl+E"), s.openEngineMenu)
	return container.New(layout.NewCustomPaddedVBoxLayout(theme.Space4), widget.NewLine(), s.foot)
}

// engineMenuWidth is the menu's least width; a long reason is cut, and its tip has it whole.
const engineMenuWidth float32 = 460

// openEngineMenu shows every engine there is with its state, above the foot of the rail. It stays true while it is open.
func (s *Shell) openEngineMenu() {
	if len(s.open) > 0 {
		return
	}
	list := container.New(layout.NewCustomPaddedVBoxLayout(0))
	scroll := container.NewVScroll(list)
	panel := widget.NewCard(padded(theme.Space4, theme.Space4, theme.Space4, theme.Space4, scroll), 0)
	over := container.New(&menuLayout{shell: s, list: list})
	m := &modal{shell: s, over: over, tips: widget.NewPanelTips(s.window.Canvas())}
	over.Objects = []fyne.CanvasObject{widget.NewCatcher(m.hide), panel, m.tips}

	var rows []*widget.Tap
	var shown []viewmodel.EndpointChoice
	closing := func(do func()) func() {
		return func() {
			m.hide()
			do()
		}
	}
	move := func(from *widget.Tap, by int) {
		i := slices.Index(rows, from) + by
		i = (i + len(rows)) % len(rows)
		s.window.Canvas().Focus(rows[i])
		scroll.ScrollToOffset(fyne.NewPos(0, max(0, rows[i].Position().Y+rows[i].Size().Height-scroll.Size().Height)))
	}
	add := func(row *widget.Tap, line fyne.CanvasObject) {
		row.OnKey = func(key fyne.KeyName) bool {
			switch key {
			case fyne.KeyDown:
				move(row, 1)
			case fyne.KeyUp:
				move(row, -1)
			default:
				return false
			}
			return true
		}
		rows = append(rows, row)
		list.Add(line)
	}
	fill := func() {
		choices := s.vm.Settings.Choices()
		if slices.Equal(choices, shown) {
			return
		}
		focused := slices.IndexFunc(rows, func(r *widget.Tap) bool { return s.window.Canvas().Focused() == fyne.Focusable(r) })
		shown, rows = choices, nil
		list.RemoveAll()
		for _, c := range choices {
			row := widget.NewTap(newChoiceRow(c), c.Words, closing(func() { s.vm.Settings.Choose(c.Name) }))
			also := alsoButton(s, c.Name, c.Also)
			if c.Name == "" || c.Used {
				row = widget.NewTap(padded(0, 0, 0, also.MinSize().Width, newChoiceRow(c)), c.Words, row.OnTapped)
				add(row, row)
				continue
			}
			add(row, frame(nil, nil, nil, container.NewCenter(also), row))
		}
		list.Add(padded(theme.Space4, theme.Space4, 0, 0, widget.NewLine()))
		more := widget.NewTap(newMenuRow(theme.IconPlus, i18n.T("Add an engine…")), "", closing(s.addEngine))
		add(more, more)
		every := widget.NewTap(newMenuRow(theme.IconSettings, i18n.T("All engines…")), "", closing(func() { s.goTo(viewmodel.SettingsPage, nil) }))
		add(every, every)
		over.Refresh()
		if focused >= 0 {
			s.window.Canvas().Focus(rows[min(focused, len(rows)-1)])
		}
	}
	fill() // a binding calls its listeners only after this has returned
	m.close = onWhile(s.vm.Settings.Revision, fill)
	s.push(m)
	s.window.Canvas().Overlays().Add(over)
	over.Resize(s.window.Canvas().Size())
	first := max(0, slices.IndexFunc(shown, func(c viewmodel.EndpointChoice) bool { return c.Used && c.Name != "" }))
	s.window.Canvas().Focus(rows[first])
	s.vm.LookAgain() // so that what is shown is so now
}

// alsoButton shows the sandboxes of an engine beside those of the one in use, or does not any more.
func alsoButton(s *Shell, name string, also bool) *widget.Button {
	kind := widget.Plain
	if also {
		kind = widget.On
	}
	return widget.NewButton(widget.ButtonOptions{Text: i18n.T("Show too"), Small: true, Kind: kind, Tip: i18n.T("Its sandboxes stand in the table beside the others")},
		func() { s.vm.Settings.ShowAlso(name, !also) })
}

// newChoiceRow is an engine: a tick when it is in use, its name, its state.
func newChoiceRow(c viewmodel.EndpointChoice) fyne.CanvasObject {
	tick := canvas.NewImageFromResource(theme.Icon(theme.IconCheck, theme.Accent))
	tick.FillMode = canvas.ImageFillContain
	tick.SetMinSize(fyne.NewSquareSize(15))
	tick.Hidden = !c.Used
	words := widget.TextStyle{Color: theme.Muted, Size: theme.SecondSize}
	dot := widget.NewDot(toneColor(c.Tone))
	dot.Hidden = c.Tone == viewmodel.Neutral
	return container.New(fixedHeight(36), padded(0, 0, theme.Space8, theme.Space12, frame(nil, nil,
		padded(0, 0, 0, theme.Space8, container.New(fixedLabel(15), tick)), nil,
		container.New(columns{2, 3}, widget.NewText(c.Label, widget.TextStyle{Bold: c.Used}),
			frame(nil, nil, padded(0, 0, 0, theme.Space8, container.New(fixedLabel(9), dot)), nil, widget.NewText(c.Words, words))))))
}

// newMenuRow is a line of a menu with an icon.
func newMenuRow(icon theme.IconName, text string) fyne.CanvasObject {
	image := canvas.NewImageFromResource(theme.Icon(icon, theme.Muted))
	image.FillMode = canvas.ImageFillContain
	image.SetMinSize(fyne.NewSquareSize(15))
	return container.New(fixedHeight(36), padded(0, 0, theme.Space8, theme.Space12, frame(nil, nil,
		padded(0, 0, 0, theme.Space8, container.New(fixedLabel(15), image)), nil, widget.NewText(text, widget.TextStyle{}))))
}

// menuLayout puts a menu above the foot of the rail, as wide as the window lets it and as high as its list. Its objects are what
// catches clicks beside it, the panel, and the tips.
type menuLayout struct {
	shell *Shell
	list  *fyne.Container
}

func (l *menuLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

func (l *menuLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	foot := l.shell.foot
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(foot)
	if at.Y == 0 { // nothing is painted yet
		at = fyne.NewPos(theme.Space12, size.Height-foot.MinSize().Height-theme.Space12)
	}
	width := min(max(engineMenuWidth, size.Width*0.45), size.Width-at.X-theme.Space12)
	height := min(l.list.MinSize().Height+2*theme.Space4+2, at.Y-theme.Space12)
	put(o[0], 0, 0, size.Width, size.Height)
	put(o[1], at.X, at.Y-height-theme.Space4, width, height)
	put(o[2], 0, 0, size.Width, size.Height)
}
