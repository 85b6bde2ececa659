package view

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/data/binding"
	"fyne.io/fyne/v2/layout"

	"berth/engine/fault"
	"berth/engine/logs"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// detailPane is the chosen sandbox: its name and state, its actions, its log.
type detailPane struct {
	content fyne.CanvasObject
	log     *widget.LogView
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
	open := button(widget.ButtonOptions{Text: "Open", Icon: theme.IconOpen, Kind: widget.Primary, Tip: "Open opencode in the browser, signed in  O"}, vm.CanOpen, s.actions.Open)
	start := button(widget.ButtonOptions{Text: "Start", Icon: theme.IconPlay, Kind: widget.Primary, Tip: "Start  S"}, vm.CanStart, func(n string) { p.vm.Start(n) })
	stop := button(widget.ButtonOptions{Text: "Stop", Icon: theme.IconStop, Tip: "Stop  T"}, vm.CanStop, func(n string) { p.vm.Stop(n) })
	restart := button(widget.ButtonOptions{Text: "Restart", Icon: theme.IconRestart, Tip: "Restart  R"}, vm.CanRestart, func(n string) { p.vm.Restart(n) })
	remove := button(widget.ButtonOptions{Text: "Remove", Icon: theme.IconTrash, Tip: "Remove the container; the volumes stay  Del"}, vm.CanRemove, p.askRemove)
	buttons := container.New(layout.NewCustomPaddedHBoxLayout(theme.Space8), open, start, stop, restart, remove)
	dot := widget.NewDot(theme.Muted)
	title := widget.NewText("", widget.TextStyle{Size: theme.NameSize, Bold: true})
	summary := widget.NewText("", widget.TextStyle{Color: theme.Muted, Size: 13})
	on(vm.Tone, func(t viewmodel.Tone) { dot.SetColor(toneColor(t)) })
	head := frame(nil, nil, padded(0, 0, 0, theme.Space12, dot), nil, line(title, summary, buttons))
	on(vm.Name, func(n string) {
		title.SetText(n)
		head.Refresh()
	})
	on(vm.Summary, summary.SetText)

	d.log = widget.NewLogView(logRows{vm.Log})
	d.log.OnCopy = s.actions.Copy
	on(vm.LogRevision, func(uint64) { d.log.Changed() })
	body := frame(
		container.New(layout.NewCustomPaddedVBoxLayout(0), padded(theme.Space12, theme.Space12, theme.Space16, theme.Space16, head), newProblem(s, p), widget.NewLine(), d.newLogBar(vm), widget.NewLine()),
		nil, nil, nil, d.log)
	for _, can := range []boolItem{vm.CanOpen, vm.CanStart, vm.CanStop, vm.CanRestart, vm.CanRemove} {
		on(can, func(bool) { body.Refresh() }) // other buttons are there, so the room is shared anew
	}
	on(vm.Problem, func(*fault.Error) { body.Refresh() })
	none := container.NewCenter(widget.NewText("Choose a sandbox", widget.TextStyle{Color: theme.Muted, Fixed: true}))
	on(vm.Name, func(n string) {
		body.Hidden, none.Hidden = n == "", n != ""
		body.Refresh()
		none.Refresh()
	})
	d.content = widget.NewCard(container.NewStack(body, none), 0)
	return d
}

// boolItem is a bound yes or no.
type boolItem interface {
	binding.DataItem
	Get() (bool, error)
}

// newLogBar is the row over the log: what it is, how much, and whether its end is followed.
func (d *detailPane) newLogBar(vm *viewmodel.Detail) fyne.CanvasObject {
	title := widget.NewText("Log", widget.TextStyle{Bold: true, Size: 13, Fixed: true})
	size := widget.NewText("", widget.TextStyle{Color: theme.Muted, Size: theme.SecondSize, Fixed: true})
	follow := widget.NewButton(widget.ButtonOptions{Text: "Following", Icon: theme.IconFollow, Small: true, Kind: widget.On, Tip: "Stay at the end of the log"}, func() { d.log.Follow(!d.log.Following()) })
	d.log.OnFollow = func(is bool) {
		kind, text := widget.Plain, "Follow"
		if is {
			kind, text = widget.On, "Following"
		}
		follow.SetKind(kind)
		follow.SetText(text)
	}
	right := container.New(layout.NewCustomPaddedHBoxLayout(theme.Space12), size, follow)
	row := frame(nil, nil, title, right, nil)
	on(vm.LogSize, func(text string) {
		size.SetText(text)
		row.Refresh()
	})
	return padded(theme.Space8, theme.Space8, theme.Space16, theme.Space16, row)
}

// logRows reads the viewmodel's log as the widget wants it.
type logRows struct{ from *viewmodel.LogSource }

func (l logRows) Len() int { return l.from.Len() }

func (l logRows) Line(i int) widget.LogLine {
	line := l.from.Line(i)
	return widget.LogLine{Seq: line.Seq, Time: line.Time, Text: line.Text, Error: line.Stream == logs.Stderr, Meta: line.Stream == logs.Meta}
}

// newProblem says why the last command failed, what to do, and offers it.
func newProblem(s *Shell, p *sandboxesPage) fyne.CanvasObject {
	box := container.NewStack()
	on(s.vm.Detail.Problem, func(f *fault.Error) {
		box.RemoveAll()
		if f != nil {
			box.Add(problem(s, f, func() {
				name, _ := s.vm.Detail.Name.Get() // made in viewmodel, cannot fail
				p.vm.Start(name)
			}))
		}
		box.Refresh()
	})
	return box
}

// problem is an error in three lines: what failed and why, what to do, and buttons.
func problem(s *Shell, f *fault.Error, again func()) fyne.CanvasObject {
	lines := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space4),
		widget.NewText(sentence(f.Op)+": "+f.Cause(), widget.TextStyle{Color: theme.Bad, Bold: true, Size: 13}))
	if f.Remedy != "" {
		lines.Add(widget.NewText(f.Remedy, widget.TextStyle{Size: 13}))
	}
	for _, line := range f.Log[max(0, len(f.Log)-3):] {
		lines.Add(widget.NewText(line, widget.TextStyle{Color: theme.Muted, Mono: true, Size: theme.MonoSize}))
	}
	buttons := container.New(layout.NewCustomPaddedHBoxLayout(theme.Space8))
	if f.Action == fault.OpenSettings {
		buttons.Add(widget.NewButton(widget.ButtonOptions{Text: "Settings", Icon: theme.IconSettings, Small: true}, func() { s.vm.Go(viewmodel.SettingsPage) }))
	}
	buttons.Add(widget.NewButton(widget.ButtonOptions{Text: "Try again", Icon: theme.IconRestart, Small: true}, again))
	buttons.Add(widget.NewButton(widget.ButtonOptions{Text: "Copy", Icon: theme.IconCopy, Small: true, Tip: "Copy all of it"}, func() { s.actions.Copy(report(f)) }))
	return padded(0, theme.Space12, theme.Space16, theme.Space16, frame(nil, nil, nil, container.NewCenter(buttons), padded(0, 0, 0, theme.Space12, lines)))
}

func sentence(s string) string {
	if s == "" {
		return "It failed"
	}
	return strings.ToUpper(s[:1]) + s[1:]
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
	return text.String()
}
