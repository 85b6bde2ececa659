package view

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// newSettingsPage is all of the settings file, grouped. What is set is in force at once.
func newSettingsPage(s *Shell) fyne.CanvasObject {
	s.options = map[string]fyne.Focusable{}
	look := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Look again"), Icon: theme.IconRestart, Small: true, Tip: i18n.T("Look for engines now  F5")}, s.vm.LookAgain)
	column := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space16), group(i18n.T("Engine"), look, newEngineChoice(s)))
	for _, g := range viewmodel.OptionGroups() {
		if g.Options[0].Key == viewmodel.FeedOption {
			column.Add(newReleasesGroup(s, g))
			continue
		}
		column.Add(newOptionGroup(s, g))
	}
	if s.vm.Login.System != nil {
		column.Add(newLoginGroup(s))
	}
	column.Add(widget.NewText("Berth "+s.actions.Version, widget.TextStyle{Color: theme.Muted, Size: theme.SecondSize}))
	header := widget.NewText(i18n.T("Settings"), widget.TextStyle{Size: theme.TitleSize, Bold: true})
	return frame(container.New(fixedHeight(theme.ControlH+theme.Space12), padded(0, theme.Space12, 0, 0, header)), nil, nil, nil, s.scrolls(padded(0, 0, 0, theme.Space16, column)))
}

func group(title string, action, content fyne.CanvasObject) fyne.CanvasObject {
	head := frame(nil, nil, nil, action, widget.NewText(title, widget.TextStyle{Bold: true, Size: 14}))
	return widget.NewCard(container.New(layout.NewCustomPaddedVBoxLayout(0),
		padded(theme.Space8, theme.Space8, theme.Space16, theme.Space12, container.New(fixedHeight(theme.SmallH), head)), widget.NewLine(), content), 0)
}

// newOptionGroup shows some options two in a row, and resets them together.
func newOptionGroup(s *Shell, g viewmodel.OptionGroup) fyne.CanvasObject {
	vm := s.vm.Settings
	reset := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Reset"), Small: true, Tip: i18n.T("Back to what Berth comes with")}, func() { vm.Reset(g.Options) })
	rows := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space12))
	var row *fyne.Container
	for _, o := range g.Options {
		control, focus := newOption(vm, o)
		s.options[o.Key] = focus
		if o.Kind == viewmodel.YesNoOption {
			rows.Add(control)
			row = nil
			continue
		}
		if row == nil || len(row.Objects) == 2 {
			row = container.New(columns{1, 1})
			rows.Add(row)
		}
		row.Add(control)
	}
	for _, o := range rows.Objects { // a field alone is as wide as one of two
		if row, ok := o.(*fyne.Container); ok && len(row.Objects) == 1 {
			row.Add(container.NewStack())
		}
	}
	return group(g.Title, reset, padded(theme.Space12, theme.Space16, theme.Space16, theme.Space16, rows))
}

// newOption is one option: what it is, its control, and what is wrong with what was typed.
func newOption(vm *viewmodel.Settings, o viewmodel.Option) (fyne.CanvasObject, fyne.Focusable) {
	now := func() string { return o.Reading(vm.Value()) }
	switch o.Kind {
	case viewmodel.YesNoOption:
		return newYesNo(vm, o, now)
	case viewmodel.ChoiceOption:
		return newChoice(vm, o, now)
	default:
		return newTextOption(vm, o, now)
	}
}

// sayRefusals says beside a control why its change was refused, until another one is not.
func sayRefusals(vm *viewmodel.Settings, o viewmodel.Option, say func(viewmodel.Finding)) {
	on(vm.Refused, func(r viewmodel.Refusal) {
		if r.Key == o.Key {
			say(viewmodel.Finding{Text: r.Why, Bad: true})
		} else {
			say(viewmodel.Finding{})
		}
	})
}

func newYesNo(vm *viewmodel.Settings, o viewmodel.Option, now func() string) (fyne.CanvasObject, fyne.Focusable) {
	check := widget.NewCheck(o.Label, nil)
	wrong := widget.NewText("", widget.TextStyle{Color: theme.Bad, Size: theme.SecondSize})
	wrong.Hide()
	column := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space4), padded(0, 0, -checkInset, 0, check), wrong)
	on(vm.Revision, func(uint64) {
		check.OnChanged = nil // it is shown, not chosen
		check.SetChecked(now() == "true")
		check.OnChanged = func(yes bool) { vm.Set(o, strconv.FormatBool(yes)) }
	})
	sayRefusals(vm, o, func(f viewmodel.Finding) {
		wrong.SetText(f.Text)
		setHidden(wrong, f.Text == "")
		column.Refresh()
	})
	return column, check
}

func newChoice(vm *viewmodel.Settings, o viewmodel.Option, now func() string) (fyne.CanvasObject, fyne.Focusable) {
	var options []string
	values := map[string]string{}
	for _, v := range o.Values {
		options = append(options, o.Words(v))
		values[o.Words(v)] = v
	}
	choice := widget.NewSelect(options, nil)
	on(vm.Revision, func(uint64) {
		if word := o.Words(now()); choice.Selected != word {
			choice.OnChanged = nil // it is shown, not chosen
			choice.SetSelected(word)
		}
		choice.OnChanged = func(word string) { vm.Set(o, values[word]) }
	})
	f := newField(o.Label, choice, o.Hint)
	sayRefusals(vm, o, f.show)
	return f.content, choice
}

// newTextOption takes a text over when it is left or Enter is pressed, and says while it is typed what is wrong with it.
func newTextOption(vm *viewmodel.Settings, o viewmodel.Option, now func() string) (fyne.CanvasObject, fyne.Focusable) {
	e := widget.NewEntry("")
	f := newField(o.Label, e, o.Hint)
	typing := false
	take := func() {
		if !typing {
			return
		}
		typing = false
		if vm.Set(o, e.Text) {
			e.SetText(now())
			f.show(viewmodel.Finding{})
		}
	}
	e.OnChanged = func(text string) {
		typing = strings.TrimSpace(text) != now()
		why := vm.Try(o, text)
		f.show(viewmodel.Finding{Text: why, Bad: why != ""})
	}
	e.OnSubmitted = func(string) { take() }
	e.OnLeave = take
	on(vm.Revision, func(uint64) {
		if !typing {
			e.SetText(now())
		}
	})
	on(vm.Refused, func(r viewmodel.Refusal) {
		if r.Key == o.Key {
			e.SetText(now())
			f.show(viewmodel.Finding{Text: r.Why, Bad: true})
		}
	})
	return f.content, e
}

// newEngineChoice lists every endpoint with what is known of it, and lets one be chosen. Rows are kept, and with them the
// keyboard, while they are the same endpoints.
func newEngineChoice(s *Shell) fyne.CanvasObject {
	vm := s.vm.Settings
	list := container.New(layout.NewCustomPaddedVBoxLayout(0))
	var rows []*endpointRow
	on(vm.Revision, func(uint64) {
		attempts, used := vm.Endpoints()
		chosen := vm.Value().Endpoint
		if len(rows) != len(attempts)+1 {
			rows = nil
			list.RemoveAll()
			for i := range len(attempts) + 1 {
				if i > 0 {
					list.Add(widget.NewLine())
				}
				rows = append(rows, newEndpointRow())
				list.Add(rows[i].content)
			}
		}
		rows[0].set(viewmodel.AttemptRow{Host: i18n.T("The first on this computer that answers"), Words: i18n.T("unless DOCKER_HOST or a Docker context says otherwise")},
			chosen == "", false, func() { vm.Choose("") })
		for i, row := range attempts {
			rows[i+1].set(row, row.Name == chosen || row.Host == chosen && chosen != "", row.Name == used, func() { vm.Choose(row.Name) })
		}
	})
	return list
}

// endpointRow is one endpoint: its name, what is known of it, and a button that chooses it.
type endpointRow struct {
	name, words *widget.Text
	button      *widget.Button
	content     fyne.CanvasObject
}

func newEndpointRow() *endpointRow {
	r := &endpointRow{
		name: widget.NewText("", widget.TextStyle{Size: 13}), words: widget.NewText("", widget.TextStyle{Color: theme.Muted, Size: 13}),
		button: widget.NewButton(widget.ButtonOptions{Small: true}, nil),
	}
	r.content = container.New(fixedHeight(40), padded(0, 0, theme.Space16, theme.Space12, container.New(endpointLayout{}, r.name, r.words, r.button)))
	return r
}

func (r *endpointRow) set(row viewmodel.AttemptRow, chosen, used bool, choose func()) {
	text, kind := i18n.T("Use"), widget.Plain
	if chosen {
		text, kind = i18n.T("Chosen"), widget.On
	}
	words, color := row.Words, theme.Muted
	if used {
		words, color = i18n.T("connected"), theme.OK
	}
	name := row.Host
	if row.Name != "" && row.Name != row.Host {
		name = strings.TrimSpace(row.Name + "  " + row.Host)
	}
	r.name.SetText(name)
	r.words.SetText(words)
	r.words.SetColor(color)
	r.button.SetText(text)
	r.button.SetKind(kind)
	r.button.OnTapped = choose
}

// endpointLayout puts two texts in columns and a button at the right, all buttons as wide as the wider of their words.
type endpointLayout struct{}

func (endpointLayout) button(o fyne.CanvasObject) float32 {
	wide := func(text string) float32 {
		return widget.NewButton(widget.ButtonOptions{Text: text, Small: true}, nil).Wide()
	}
	return max(o.MinSize().Width, wide(i18n.T("Use")), wide(i18n.T("Chosen")))
}

func (l endpointLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(200+l.button(o[2]), o[2].MinSize().Height)
}

func (l endpointLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	button := l.button(o[2])
	half := (size.Width - button - 2*theme.Space12) / 2
	put(o[0], 0, 0, half, size.Height)
	put(o[1], half+theme.Space12, 0, half, size.Height)
	height := o[2].MinSize().Height
	put(o[2], size.Width-button, (size.Height-height)/2, button, height)
}
