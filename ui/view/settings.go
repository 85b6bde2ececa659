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
	add := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Add an engine…"), Icon: theme.IconPlus, Small: true}, s.addEngine)
	engine := container.New(layout.NewCustomPaddedHBoxLayout(theme.Space8), look, add)
	column := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space16), group(i18n.T("Engine"), engine, newEngineChoice(s)))
	column.Add(newSecretPlace(s))
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
	column.Add(newSettingsFoot(s))
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
	wrong := widget.NewText("", widget.TextStyle{Color: theme.Bad, Size: theme.SecondSize, Wrap: true})
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
