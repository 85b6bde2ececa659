package view

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/engine/logs"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// logPane is the log of the chosen sandbox with everything that can be done with it.
type logPane struct {
	shell   *Shell
	vm      *viewmodel.Log
	view    *widget.LogView
	search  *widget.Entry
	regexp  *widget.Button
	only    *widget.Button
	streams *widget.Button
	stamps  *widget.Button
	wrap    *widget.Button
	content fyne.CanvasObject
}

func newLogPane(s *Shell) *logPane {
	p := &logPane{shell: s, vm: s.vm.Detail.Log}
	p.view = widget.NewLogView(logRows{p.vm})
	p.view.OnCopy = s.actions.Copy
	p.view.Async = s.vm.Async
	p.view.Highlight = p.vm.Places
	p.view.OnOpen = p.showLine
	p.view.OnMenu = p.menu
	p.view.SetOptions(p.options())
	on(p.vm.Revision, func(uint64) { p.view.Changed() })
	on(p.vm.Current, func(seq uint64) { p.view.Reveal(seq) })
	on(p.vm.Turned, func(uint64) { p.view.Follow(true) })
	wrong := widget.NewText("", widget.TextStyle{Color: theme.Bad, Size: theme.SecondSize})
	under := padded(0, theme.Space8, theme.Space16, theme.Space16, wrong)
	bar := p.newBar()
	top := container.New(layout.NewCustomPaddedVBoxLayout(0), bar, under, widget.NewLine())
	body := frame(top, nil, nil, nil, p.view)
	on(p.vm.Wrong, func(why string) {
		wrong.SetText(why)
		under.Hidden = why == ""
		body.Refresh()
	})
	p.content = body
	return p
}

// newBar is the row over the log: search, what is shown and how, how much there is, and whether its end is followed.
func (p *logPane) newBar() fyne.CanvasObject {
	s := p.shell
	small := func(text string, icon theme.IconName, tip string, do func()) *widget.Button {
		return widget.NewButton(widget.ButtonOptions{Text: text, Icon: icon, Small: true, Tip: tip}, do)
	}
	p.search = widget.NewEntry(i18n.T("Search the log"))
	p.search.Icon = theme.Icon(theme.IconSearch, theme.Muted)
	p.search.OnChanged = func(text string) { p.vm.Search(text, p.isRegexp()) }
	p.search.OnSubmitted = func(string) { p.vm.Step(1) }
	p.search.OnEscape = func() {
		p.search.SetText("")
		s.window.Canvas().Focus(p.view)
		p.view.Follow(true) // the search let go of the end
	}
	p.search.OnKey = func(key fyne.KeyName) bool {
		switch key {
		case fyne.KeyDown:
			p.vm.Step(1)
		case fyne.KeyUp:
			p.vm.Step(-1)
		case fyne.KeyF3:
			p.vm.Step(1)
		default:
			return false
		}
		return true
	}
	found := widget.NewText("", widget.TextStyle{Color: theme.Muted, Size: theme.SecondSize, Fixed: true})
	searching := container.New(&searchLayout{}, p.search, found)
	up := small("", theme.IconUp, i18n.T("The one before  Up"), func() { p.vm.Step(-1) })
	down := small("", theme.IconDown, i18n.T("The next one  Enter"), func() { p.vm.Step(1) })
	p.only = small(i18n.T("Matches"), "", i18n.T("Show only lines the search found"), nil)
	p.only.OnTapped = func() {
		f := p.vm.Filtered()
		f.Matches = !f.Matches
		p.filter(f)
	}
	p.regexp = small(".*", "", i18n.T("Search for a regular expression"), nil)
	p.regexp.OnTapped = func() {
		toggle(p.regexp)
		p.vm.Search(p.search.Text, p.isRegexp())
	}
	p.streams = small("", "", i18n.T("Which lines are shown"), nil)
	p.streams.OnTapped = p.chooseLines
	p.stamps = small("", theme.IconClock, i18n.T("How the time of a line is shown"), nil)
	p.stamps.OnTapped = p.chooseStamps
	p.wrap = small(i18n.T("Wrap"), "", i18n.T("Wrap long lines"), nil)
	p.wrap.OnTapped = func() { p.change(func(l *viewmodel.LogLook) { l.Wrap = !l.Wrap }) }
	size := widget.NewText("", widget.TextStyle{Color: theme.Muted, Size: theme.SecondSize})
	follow := widget.NewButton(widget.ButtonOptions{
		Text: i18n.T("Following"), Other: i18n.T("Follow"), Icon: theme.IconFollow, Small: true, Tip: i18n.T("Stay at the end of the log  End"),
	}, func() { p.view.Follow(!p.view.Following()) })
	p.view.OnFollow = func(is bool) {
		follow.SetKind(widget.Plain)
		follow.SetText(i18n.T("Follow"))
		if is {
			follow.SetKind(widget.On)
			follow.SetText(i18n.T("Following"))
		}
	}
	p.view.OnFollow(true)
	save := small(i18n.T("Save"), theme.IconSave, i18n.T("Save, copy or clear"), nil)
	save.OnTapped = func() { p.chooseSave(save) }
	p.showFilter()
	p.showLook()

	bar := container.New(&logBarLayout{flexible: searching, optional: []fyne.CanvasObject{size, p.wrap, p.stamps, p.only, p.regexp, p.streams}, spread: size},
		searching, up, down, p.regexp, p.only, p.streams, p.stamps, p.wrap, size, follow, save)
	on(p.vm.Found, func(text string) {
		found.SetText(text)
		searching.Refresh()
	})
	on(p.vm.Wrong, func(why string) {
		p.search.SetTrouble(why != "")
		setHidden(found, why != "") // the sign of what is wrong stands there
	})
	on(p.vm.Size, func(text string) {
		size.SetText(text)
		bar.Refresh()
	})
	return padded(theme.Space8, theme.Space8, theme.Space16, theme.Space16, bar)
}

func (p *logPane) isRegexp() bool { return p.regexp.Kind() == widget.On }

func toggle(b *widget.Button) {
	if b.Kind() == widget.On {
		b.SetKind(widget.Plain)
	} else {
		b.SetKind(widget.On)
	}
}

// focusSearch goes to the search.
func (p *logPane) focusSearch() { p.shell.window.Canvas().Focus(p.search) }

func (p *logPane) filter(f viewmodel.LogFilter) {
	p.vm.Filter(f)
	p.showFilter()
}

// span is a choice of how old the lines may be that are shown.
type span struct {
	last time.Duration
	text string
}

func spans() []span {
	return []span{
		{0, i18n.T("All times")}, {5 * time.Minute, i18n.T("Last 5 minutes")}, {time.Hour, i18n.T("Last hour")}, {24 * time.Hour, i18n.T("Last day")},
	}
}

// chooseLines offers the streams and the times.
func (p *logPane) chooseLines() {
	f := p.vm.Filtered()
	stream := func(text string, streams ...logs.Stream) *fyne.MenuItem {
		same := len(streams) == len(f.Streams) && (len(streams) == 0 || streams[0] == f.Streams[0])
		return entry(text, same, func() {
			f.Streams = streams
			p.filter(f)
		})
	}
	items := []*fyne.MenuItem{
		stream(i18n.T("All streams")), stream(i18n.T("Output only"), logs.Stdout), stream(i18n.T("Errors only"), logs.Stderr),
		fyne.NewMenuItemSeparator(),
	}
	for _, span := range spans() {
		items = append(items, entry(span.text, f.Last == span.last, func() {
			f.Last = span.last
			p.filter(f)
		}))
	}
	p.shell.dropDown(p.streams, items...)
}

// showFilter shows the filter in force on its buttons.
func (p *logPane) showFilter() {
	f := p.vm.Filtered()
	text, kind := i18n.T("All streams"), widget.Plain
	if len(f.Streams) > 0 {
		kind = widget.On
		if text = i18n.T("Output only"); f.Streams[0] == logs.Stderr {
			text = i18n.T("Errors only")
		}
	}
	for _, span := range spans() {
		if f.Last != 0 && span.last == f.Last {
			kind = widget.On
			if len(f.Streams) > 0 {
				text += " · "
			} else {
				text = ""
			}
			text += span.text
		}
	}
	p.streams.SetText(text)
	p.streams.SetKind(kind)
	p.only.SetKind(widget.Plain)
	if f.Matches {
		p.only.SetKind(widget.On)
	}
}

// options are the remembered ways as the widget wants them.
func (p *logPane) options() widget.LogOptions {
	look := p.shell.vm.LogLook()
	o := widget.LogOptions{Wrap: look.Wrap, Size: look.Size}
	switch look.Stamps {
	case "utc":
		o.Stamps = widget.UTC
	case "none":
		o.Stamps = widget.NoTime
	}
	return o
}

// change changes and remembers how logs are shown.
func (p *logPane) change(do func(*viewmodel.LogLook)) {
	p.shell.vm.ChangeLogLook(do)
	p.showLook()
}

// showLook shows the log in the remembered way.
func (p *logPane) showLook() {
	o := p.options()
	p.view.SetOptions(o)
	p.wrap.SetKind(widget.Plain)
	if o.Wrap {
		p.wrap.SetKind(widget.On)
	}
	p.stamps.SetKind(widget.On)
	switch o.Stamps {
	case widget.LocalTime:
		p.stamps.SetText(i18n.T("Local time"))
	case widget.UTC:
		p.stamps.SetText(i18n.T("UTC"))
	default:
		p.stamps.SetText(i18n.T("No time"))
		p.stamps.SetKind(widget.Plain)
	}
}

// chooseStamps offers the ways to show times, and the size of the text.
func (p *logPane) chooseStamps() {
	now := p.options()
	stamp := func(text, value string, s widget.Stamps) *fyne.MenuItem {
		return entry(text, now.Stamps == s, func() { p.change(func(l *viewmodel.LogLook) { l.Stamps = value }) })
	}
	p.shell.dropDown(p.stamps,
		stamp(i18n.T("Local time"), "", widget.LocalTime), stamp(i18n.T("UTC"), "utc", widget.UTC), stamp(i18n.T("No time"), "none", widget.NoTime),
		fyne.NewMenuItemSeparator(),
		entry(i18n.T("Larger text")+"\tCtrl++", false, func() { p.zoom(1) }),
		entry(i18n.T("Smaller text")+"\tCtrl+-", false, func() { p.zoom(-1) }),
		entry(i18n.T("Usual size")+"\tCtrl+0", now.Size == 0, func() { p.zoom(0) }))
}

// The sizes of a log's text.
const (
	leastText, mostText float32 = 8, 24
)

// zoom makes the text larger or smaller; 0 is the usual size.
func (p *logPane) zoom(by float32) {
	p.change(func(l *viewmodel.LogLook) {
		if by == 0 {
			l.Size = 0
			return
		}
		now := l.Size
		if now == 0 {
			now = theme.MonoSize
		}
		l.Size = max(leastText, min(mostText, now+by))
	})
}

// logRows reads the viewmodel's log as the widget wants it.
type logRows struct{ from *viewmodel.Log }

func (l logRows) Len() int { return l.from.Len() }

func (l logRows) Line(i int) widget.LogLine { return logLine(l.from.Line(i)) }

// Frozen is what is shown now, for any goroutine.
func (l logRows) Frozen() widget.LogSource { return frozenRows{l.from.Shown()} }

// frozenRows are the rows of a log as they were at one moment.
type frozenRows struct{ from viewmodel.FrozenLog }

func (l frozenRows) Len() int { return l.from.Len() }

func (l frozenRows) Line(i int) widget.LogLine { return logLine(l.from.Line(i)) }

func logLine(line logs.Line) widget.LogLine {
	return widget.LogLine{Seq: line.Seq, Time: line.Time, Text: line.Text, Error: line.Stream == logs.Stderr, Meta: line.Stream == logs.Meta}
}
