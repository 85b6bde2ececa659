package view

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/theme"
	"berth/ui/widget"
)

// modalOptions are what a modal is made of.
type modalOptions struct {
	Title, Subtitle string
	Body            fyne.CanvasObject
	Left, Right     []*widget.Button  // at the foot
	Width, Height   float32           // 0 takes what the content needs
	Scrolled        *container.Scroll // the body, or a part of it, that scrolls only where the window is too small; nil for none
	OnClose         func()
}

// modal is a panel in the middle of the window that keeps all else from being used. Escape closes it.
type modal struct {
	shell   *Shell
	popUp   *fw.PopUp
	over    fyne.CanvasObject // what is shown instead of popUp: a menu of widgets
	dismiss func()            // closes what is shown instead of popUp: a dialog of Fyne's
	right   *fyne.Container
	foot    *fyne.Container
	close   func()
	submit  func() // Ctrl+Enter; nil when there is nothing to submit
	size    fyne.Size
	most    fyne.Size // the largest it was since it is open
	open    bool
	scroll  *container.Scroll
	tips    *widget.TipLayer
}

func (s *Shell) modal(o modalOptions) *modal {
	m := &modal{shell: s, close: o.OnClose, size: fyne.NewSize(o.Width, o.Height), scroll: o.Scrolled}
	m.tips = widget.NewPanelTips(s.window.Canvas())
	head := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space4),
		widget.NewText(o.Title, widget.TextStyle{Size: theme.TitleSize, Bold: true}))
	if o.Subtitle != "" {
		head.Add(widget.NewText(o.Subtitle, widget.TextStyle{Color: theme.Muted, Wrap: true}))
	}
	left := container.New(layout.NewCustomPaddedHBoxLayout(theme.Space8))
	for _, b := range o.Left {
		left.Add(b)
	}
	m.right = container.New(layout.NewCustomPaddedHBoxLayout(theme.Space8))
	for _, b := range o.Right {
		m.right.Add(b)
	}
	m.foot = frame(nil, nil, left, m.right, nil)
	content := frame(padded(0, theme.Space16, 0, 0, head), padded(theme.Space16, 0, 0, 0, m.foot), nil, nil, o.Body)
	edge := theme.Space24
	m.popUp = fw.NewModalPopUp(container.NewStack(padded(edge, edge, edge, edge, content), widget.NewOutlineOf(theme.DialogCorner, theme.Line), m.tips), s.window.Canvas())
	return m
}

// fit gives the panel the room it needs, as far as the window has it. A panel that is open never becomes smaller: it would
// jump under the pointer.
func (m *modal) fit() {
	window := m.shell.window.Canvas().Size()
	need := func() fyne.Size {
		size := m.popUp.MinSize().Max(m.size)
		if m.scroll != nil {
			size.Height = max(m.size.Height, m.popUp.MinSize().Height-m.scroll.MinSize().Height+m.scroll.Content.MinSize().Height)
		}
		return fyne.NewSize(min(size.Width, window.Width-2*theme.Space24), min(size.Height, window.Height-2*theme.Space24))
	}
	size := need()
	m.popUp.Resize(size)
	size.Height = need().Height // words that wrap know their height only now
	if m.open {
		size = size.Max(m.most)
	}
	m.most = size
	m.popUp.Resize(size)
	if m.popUp.Visible() {
		m.popUp.Refresh()
	}
}

// addClose adds the button that closes it.
func (m *modal) addClose(text string) {
	m.right.Add(widget.NewButton(widget.ButtonOptions{Text: text}, m.hide))
}

// show shows it with the keyboard on an object.
func (m *modal) show(focus fyne.Focusable) {
	m.shell.push(m)
	m.fit() // before it is shown, for Fyne puts it in the middle by the size it has then
	m.popUp.Show()
	m.fit()
	m.open = true
	if focus != nil {
		m.shell.window.Canvas().Focus(focus)
	}
}

// push puts a panel on top: Escape is its from now on, and so are the tips, until hide. Nothing else lists the panels.
func (s *Shell) push(m *modal) {
	s.open = append(s.open, m)
	m.tips.Push()
}

// hide closes it and gives the keyboard back to the page. What is over it goes too, for Fyne takes that away with it.
func (m *modal) hide() {
	s := m.shell
	at := slices.Index(s.open, m)
	if at < 0 {
		return
	}
	gone := slices.Clone(s.open[at:])
	s.open = slices.Delete(s.open, at, len(s.open))
	for _, one := range slices.Backward(gone) {
		one.tips.Pop()
		switch {
		case one.dismiss != nil:
			one.dismiss()
		case one.over != nil:
			s.window.Canvas().Overlays().Remove(one.over)
		default:
			one.popUp.Hide()
		}
		if one.close != nil {
			one.close()
		}
	}
	if len(s.open) == 0 {
		s.Focus()
	}
}

// Leave closes every panel: the shell is no longer the window's.
func (s *Shell) Leave() {
	for len(s.open) > 0 {
		s.open[len(s.open)-1].hide()
	}
}

// escape closes what is on top.
func (s *Shell) escape() {
	if n := len(s.open); n > 0 {
		s.open[n-1].hide()
	}
}
