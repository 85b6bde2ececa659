package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/data/binding"
	"fyne.io/fyne/v2/layout"

	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// detailPane is the chosen sandbox: its name and state, its actions, and tabs with its log, its details, its sessions and what is kept of it.
type detailPane struct {
	content fyne.CanvasObject
	log     *logPane
	tabs    *widget.Tabs
	more    *widget.Button // what has no button of its own
}

func newDetailPane(s *Shell, p *sandboxesPage) *detailPane {
	d := &detailPane{}
	vm := s.vm.Detail
	name := func() string {
		n, _ := vm.Name.Get() // made in viewmodel, cannot fail
		return n
	}
	button := func(o widget.ButtonOptions, can boolItem, do func(string)) *widget.Button {
		o.Small = true
		b := widget.NewButton(o, func() {
			s.Focus() // back to the table, where the keys work
			do(name())
		})
		on(can, func(yes bool) {
			b.SetEnabled(yes)
			setHidden(b, !yes)
		})
		return b
	}
	open := button(widget.ButtonOptions{Text: i18n.T("Open"), Icon: theme.IconOpen, Kind: widget.Primary, Tip: i18n.T("Open opencode in the browser, signed in  O")}, vm.CanOpen, s.actions.Open)
	start := button(widget.ButtonOptions{Text: i18n.T("Start"), Icon: theme.IconPlay, Kind: widget.Primary, Tip: i18n.T("Start  S")}, vm.CanStart, func(n string) { p.vm.Start(n) })
	stop := button(widget.ButtonOptions{Text: i18n.T("Stop"), Icon: theme.IconStop, Tip: i18n.T("Stop  T")}, vm.CanStop, func(n string) { p.vm.Stop(n) })
	restart := button(widget.ButtonOptions{Text: i18n.T("Restart"), Icon: theme.IconRestart, Tip: i18n.T("Restart  R")}, vm.CanRestart, func(n string) { p.vm.Restart(n) })
	edit := button(widget.ButtonOptions{Text: i18n.T("Edit"), Icon: theme.IconEdit, Tip: i18n.T("Change it; the volumes stay  E")}, vm.CanRemove, s.editSandbox)
	update := button(widget.ButtonOptions{Icon: theme.IconUpdate, Tip: i18n.T("Update opencode in it, with a rollback point  U")}, vm.CanRemove, s.update)
	showUpdate := func() {
		version, _ := vm.Update.Get() // made in viewmodel, cannot fail
		update.SetText(i18n.T("Update to %s", version))
		setHidden(update, version == "" || !can(vm.CanRemove))
	}
	on(vm.Update, func(string) { showUpdate() })
	on(vm.CanRemove, func(bool) { showUpdate() })
	d.more = button(widget.ButtonOptions{Icon: theme.IconMore, Tip: i18n.T("Everything else: back up, clone, roll back, remove")}, vm.CanRemove, nil)
	d.more.OnTapped = func() { s.dropDown(d.more, p.moreItems(name())...) }
	buttons := newToolbar(theme.Space8, nil, 0, open, start, stop, restart, edit, update, d.more)
	dot := widget.NewDot(theme.Muted)
	title := widget.NewText("", widget.TextStyle{Size: theme.NameSize, Bold: true})
	summary := widget.NewText("", widget.TextStyle{Color: theme.Muted, Size: 13})
	on(vm.Tone, func(t viewmodel.Tone) { dot.SetColor(toneColor(t)) })
	head := frame(nil, nil, padded(0, 0, 0, theme.Space12, dot), nil, line(title, summary, buttons))
	on(vm.Name, func(n string) {
		title.SetText(n)
		head.Refresh()
	})
	say := func(string) {
		text, _ := vm.Summary.Get()              // made in viewmodel, cannot fail
		sessions, _ := s.vm.Facts.Sessions.Get() // as above
		if sessions != "" {
			text += " · " + sessions
		}
		summary.SetText(text)
	}
	on(vm.Summary, say)
	on(s.vm.Facts.Sessions, say)

	d.log = newLogPane(s)
	d.tabs = widget.NewTabs(i18n.T("Logs"), i18n.T("Details"), i18n.T("Sessions"), i18n.T("Volumes"))
	panes := []fyne.CanvasObject{d.log.content, newFactsPane(s), newSessionsPane(s), newKeptPane(s)}
	d.tabs.OnChosen = func(i int) {
		for n, pane := range panes {
			setHidden(pane, n != i)
		}
		s.vm.Facts.Watch(i == 1 || i == 2)
		s.vm.Kept.Watch(i == 3)
	}
	d.tabs.OnChosen(0)
	body := frame(
		container.New(layout.NewCustomPaddedVBoxLayout(0), padded(theme.Space12, theme.Space4, theme.Space16, theme.Space16, head), newProblem(s),
			padded(0, 0, theme.Space16, theme.Space16, d.tabs), widget.NewLine()),
		nil, nil, nil, container.NewStack(panes...))
	for _, can := range []boolItem{vm.CanOpen, vm.CanStart, vm.CanStop, vm.CanRestart, vm.CanRemove} {
		on(can, func(bool) { body.Refresh() }) // other buttons are there, so the room is shared anew
	}
	on(vm.Problem, func(viewmodel.Problem) { body.Refresh() })
	on(vm.Update, func(string) { body.Refresh() })
	none := container.NewCenter(widget.NewText(i18n.T("Choose a sandbox"), widget.TextStyle{Color: theme.Muted, Fixed: true}))
	other := container.NewCenter(widget.NewText(i18n.T("This container is no sandbox. Berth shows it and leaves it alone."), widget.TextStyle{Color: theme.Muted, Fixed: true}))
	stack := container.NewStack(body, none, other)
	show := func() {
		n, _ := vm.Name.Get() // made in viewmodel, cannot fail
		is := can(vm.Other)
		setHidden(body, n == "" || is)
		setHidden(none, n != "")
		setHidden(other, n == "" || !is)
		stack.Refresh()
	}
	on(vm.Name, func(string) { show() })
	on(vm.Other, func(bool) { show() })
	d.content = widget.NewCard(stack, 0)
	return d
}

// show shows a tab.
func (d *detailPane) show(tab int) { d.tabs.Choose(tab) }

// boolItem is a bound yes or no.
type boolItem interface {
	binding.DataItem
	Get() (bool, error)
}
