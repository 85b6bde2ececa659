package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/widget"
)

// shortcutGroups are all shortcuts by what they are for, in the order of the commands.
func (s *Shell) shortcutGroups() (order []string, groups map[string][]found) {
	groups = map[string][]found{}
	add := func(group, title, keys string) {
		if len(groups[group]) == 0 {
			order = append(order, group)
		}
		groups[group] = append(groups[group], found{group: group, title: title, keys: keys})
	}
	for _, c := range s.commands() {
		if c.keys != "" {
			add(c.group, c.title, c.keys)
		}
	}
	for _, more := range [][2]string{
		{i18n.T("Next control, and the one before"), "Tab, Shift+Tab"},
		{i18n.T("Choose a row"), "Up Down PgUp PgDn Home End"},
		{i18n.T("Menu of the chosen row"), "M"},
		{i18n.T("Close a panel, leave a search"), "Esc"},
		{i18n.T("Carry a form out"), "Ctrl+Enter"},
	} {
		add(i18n.T("Everywhere"), more[0], more[1])
	}
	return order, groups
}

const (
	shortcutRow   = 23  // height of one
	shortcutWidth = 340 // of a column, at least
	shortcutGap   = 2 * theme.Space16
)

// openShortcuts lists every shortcut, in as many columns as the window has room for.
func (s *Shell) openShortcuts() {
	if len(s.open) > 0 {
		return
	}
	order, groups := s.shortcutGroups()
	window := s.window.Canvas().Size()
	room := min(window.Width-4*theme.Space24-2*theme.Space24, 1100)
	n := max(1, min(3, int((room+shortcutGap)/(shortcutWidth+shortcutGap))))
	rows := 0
	for _, g := range order {
		rows += len(groups[g]) + 2
	}
	var lists []*fyne.Container
	list, filled := container.New(layout.NewCustomPaddedVBoxLayout(0)), 0
	lists = append(lists, list)
	for _, g := range order {
		if need := len(groups[g]) + 2; filled > 0 && filled+need/2 > (rows+n-1)/n && len(lists) < n {
			list, filled = container.New(layout.NewCustomPaddedVBoxLayout(0)), 0
			lists = append(lists, list)
		}
		top := float32(0)
		if filled > 0 {
			top = theme.Space12
		}
		list.Add(padded(top, theme.Space4, 0, 0, widget.NewText(g, widget.TextStyle{Bold: true, Size: 13, Color: theme.Accent})))
		for _, f := range groups[g] {
			title, keys := widget.NewText(f.title, widget.TextStyle{Size: 13}), widget.NewText(f.keys, widget.TextStyle{Color: theme.Muted, Size: theme.SecondSize, Align: fyne.TextAlignTrailing})
			list.Add(container.New(keysLayout{}, title, keys))
		}
		filled += len(groups[g]) + 2
	}
	shares := make(columns, len(lists))
	side := container.New(shares)
	for i, l := range lists {
		shares[i] = 1
		gap := shortcutGap - theme.Space16 // beside that of the columns themselves
		if i == len(lists)-1 {
			gap = 0
		}
		side.Add(padded(0, 0, 0, gap, l))
	}
	scroll := widget.NewKeyScroll(padded(0, 0, bleedLeft, bleedRight, side))
	m := s.modal(modalOptions{
		Title: i18n.T("Shortcuts"), Body: container.New(bleed{}, scroll), Scrolled: scroll.Scroll(),
		Width: float32(len(lists))*(shortcutWidth+shortcutGap) + theme.Space24,
	})
	m.addClose(i18n.T("Close"))
	m.show(scroll)
}

// keysLayout puts what a shortcut does at the left and its keys, whole, at the right.
type keysLayout struct{}

func (keysLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(200, shortcutRow) }

func (keysLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	keys := min(o[1].(*widget.Text).Natural(), size.Width*0.7)
	put(o[0], 0, 0, size.Width-keys-theme.Space12, size.Height)
	put(o[1], size.Width-keys, 0, keys, size.Height)
}
