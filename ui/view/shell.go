package view

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/data/binding"
	"fyne.io/fyne/v2/layout"

	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// Actions are what a view needs of the app around it.
type Actions struct {
	Open    func(sandbox string) // opens it in the browser, signed in
	Copy    func(text string)    // to the clipboard
	Version string               // of Berth

	OpenPage func(address string) // opens a web page in the browser
}

// Shell is the window's content: the rail, the page that is chosen, the activity bar.
type Shell struct {
	vm      *viewmodel.App
	window  fyne.Window
	actions Actions

	pages     map[viewmodel.Page]fyne.CanvasObject
	items     map[viewmodel.Page]*widget.NavItem
	sandboxes *sandboxesPage
	images    *imagesPage
	volumes   *volumesPage
	activity  *activityPage
	page      viewmodel.Page            // the one that is shown
	next      fyne.Focusable            // gets the keyboard when its page is shown; nil for what the page is about
	open      []*modal                  // the panels over the page, the top one last
	known     map[string]*command       // by the name of the shortcut
	scrolled  []*container.Scroll       // columns whose controls come into view
	options   map[string]fyne.Focusable // controls of the settings, by their keys
	saved     string                    // the folder that the last file went to
	welcome   fyne.CanvasObject
	foot      *widget.Tap       // of the rail: the engine
	Content   fyne.CanvasObject // all of the window
}

// NewShell makes the window's content and its shortcuts.
func NewShell(vm *viewmodel.App, w fyne.Window, actions Actions) *Shell {
	s := &Shell{vm: vm, window: w, actions: actions}
	s.sandboxes = newSandboxesPage(s)
	s.images = newImagesPage(s)
	s.volumes = newVolumesPage(s)
	s.activity = newActivityPage(s)
	s.welcome = newWelcomePage(s)
	s.pages = map[viewmodel.Page]fyne.CanvasObject{
		viewmodel.SandboxesPage: container.NewStack(s.sandboxes.content, s.welcome),
		viewmodel.ImagesPage:    s.images.content,
		viewmodel.VolumesPage:   s.volumes.content,
		viewmodel.ActivityPage:  s.activity.content,
		viewmodel.SettingsPage:  newSettingsPage(s),

		viewmodel.DiagnosticsPage: newDiagnosticsPage(s),
	}
	pages := container.NewStack()
	for _, page := range s.pages {
		page.Hide()
		pages.Add(page)
	}
	main := frame(container.New(layout.NewCustomPaddedVBoxLayout(0), newNoticeRow(s), newLostStrip(s)), newActivityBar(s), nil, nil,
		container.New(layout.NewCustomPaddedLayout(theme.Space16, theme.Space16, theme.Space24-2, theme.Space24-2), pages))
	on(s.vm.Message, func(viewmodel.Message) { main.Refresh() }) // the notice takes room, or gives it back
	on(s.vm.Lost, func(viewmodel.Problem) { main.Refresh() })
	content := frame(nil, nil, s.newRail(), nil, main)
	s.bind()
	s.wireKeys()
	widget.HandleKeys(w.Canvas(), widget.Keys{Shortcut: s.shortcut, Key: s.key, Rune: s.rune, Focused: s.reveal, Wheel: s.wheel})
	s.Content = container.NewStack(content, widget.NewTipLayer(w.Canvas()))
	return s
}

// on calls f with a binding's value now and at each change.
func on[T any](b interface {
	binding.DataItem
	Get() (T, error)
}, f func(T),
) {
	b.AddListener(binding.NewDataListener(func() {
		value, _ := b.Get() // made in viewmodel, cannot fail
		f(value)
	}))
}

// onWhile calls f now and at each change until the function that it gives is called.
func onWhile(b binding.DataItem, f func()) (end func()) {
	listener := binding.NewDataListener(f)
	b.AddListener(listener)
	return func() { b.RemoveListener(listener) }
}

func (s *Shell) newRail() fyne.CanvasObject {
	mark := canvas.NewImageFromResource(theme.AppIcon())
	mark.SetMinSize(fyne.NewSquareSize(26))
	head := padded(12, 14, 8, 8, container.New(layout.NewCustomPaddedHBoxLayout(10), mark,
		widget.NewText("Berth", widget.TextStyle{Size: 17, Bold: true, Fixed: true})))
	s.items = map[viewmodel.Page]*widget.NavItem{
		viewmodel.SandboxesPage: widget.NewNavItem(theme.IconSandbox, i18n.T("Sandboxes"), func() { s.goTo(viewmodel.SandboxesPage, nil) }),
		viewmodel.ImagesPage:    widget.NewNavItem(theme.IconImages, i18n.T("Images"), func() { s.goTo(viewmodel.ImagesPage, nil) }),
		viewmodel.VolumesPage:   widget.NewNavItem(theme.IconVolumes, i18n.T("Volumes"), func() { s.goTo(viewmodel.VolumesPage, nil) }),
		viewmodel.ActivityPage:  widget.NewNavItem(theme.IconActivity, i18n.T("Activity"), func() { s.goTo(viewmodel.ActivityPage, nil) }),
		viewmodel.SettingsPage:  widget.NewNavItem(theme.IconSettings, i18n.T("Settings"), func() { s.goTo(viewmodel.SettingsPage, nil) }),
	}
	on(s.vm.Images.Count, s.items[viewmodel.ImagesPage].SetCount)
	on(s.vm.Volumes.Count, s.items[viewmodel.VolumesPage].SetCount)
	on(s.vm.Sandboxes.Count, s.items[viewmodel.SandboxesPage].SetCount)
	on(s.vm.Activity.Count, s.items[viewmodel.ActivityPage].SetCount)
	list := container.New(layout.NewCustomPaddedVBoxLayout(4),
		s.items[viewmodel.SandboxesPage], s.items[viewmodel.ImagesPage], s.items[viewmodel.VolumesPage], s.items[viewmodel.ActivityPage], s.items[viewmodel.SettingsPage])

	rail := padded(theme.Space4, theme.Space8, theme.Space12, theme.Space12, frame(head, newEngineFoot(s), nil, nil, list))
	width := canvas.NewRectangle(color.Transparent)
	width.SetMinSize(fyne.NewSize(theme.RailWidth, 0))
	return frame(nil, nil, nil, widget.NewLine(), container.NewStack(widget.NewSurface(theme.Panel), width, rail))
}

// padded puts space around an object.
func padded(top, bottom, left, right float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(top, bottom, left, right), o)
}

func (s *Shell) bind() {
	on(s.vm.Page, s.turn)
	refocus := func(bool) {
		if c := s.window.Canvas(); s.page == viewmodel.SandboxesPage && c.Content() != nil && c.Content() == s.Content {
			s.Focus()
		}
	}
	on(s.vm.Welcome.Visible, func(visible bool) {
		setHidden(s.welcome, !visible)
		setHidden(s.sandboxes.content, visible)
		refocus(visible)
	})
	on(s.vm.Sandboxes.Empty, refocus)
}

// goTo shows a page with the keyboard on one of its controls, nil for what it is about.
func (s *Shell) goTo(p viewmodel.Page, control fyne.Focusable) {
	s.next = control
	if s.page == p {
		s.Focus()
		return
	}
	s.vm.Go(p) // which has the page turned
}

// turn turns to a page, unless it is shown already.
func (s *Shell) turn(p viewmodel.Page) {
	if p == s.page {
		return
	}
	s.page = p
	widget.HideTips(s.window.Canvas())
	if over := s.window.Canvas().Overlays(); len(s.open) == 0 { // a list to choose from would stay where its page is not any more
		for top := over.Top(); top != nil; top = over.Top() {
			over.Remove(top)
		}
	}
	for page, content := range s.pages {
		setHidden(content, page != p)
	}
	for page, item := range s.items {
		item.SetSelected(page == p || page == viewmodel.SettingsPage && p == viewmodel.DiagnosticsPage)
	}
	// Fyne forgets the renderers of what was hidden for a minute, and then finds nothing in there to give the keyboard to.
	s.pages[p].Refresh()
	if s.window.Canvas().Content() != nil && s.window.Canvas().Content() == s.Content {
		s.Focus()
	}
}

// Focus gives the keyboard to what the page is about, so that its keys work at once. A panel keeps it until it is closed.
func (s *Shell) Focus() {
	if len(s.open) > 0 {
		return // hide gives it back
	}
	if next := s.next; next != nil {
		s.next = nil
		s.window.Canvas().Focus(next)
		s.reveal(next.(fyne.CanvasObject)) // every control is one; Fyne tells of the focus only what was painted before
		return
	}
	switch s.page {
	case viewmodel.SandboxesPage:
		switch { // what is hidden would keep the keys from the window
		case s.welcome.Visible():
			s.window.Canvas().Unfocus()
		case s.sandboxes.start.Visible() && can(s.vm.Sandboxes.Empty):
			s.window.Canvas().Focus(s.sandboxes.start)
		default:
			s.window.Canvas().Focus(s.sandboxes.table)
		}
	case viewmodel.ImagesPage:
		s.window.Canvas().Focus(s.images.table)
	case viewmodel.VolumesPage:
		s.window.Canvas().Focus(s.volumes.table)
	default:
		s.window.Canvas().Unfocus()
	}
}

// toneColor is the colour of a tone.
func toneColor(t viewmodel.Tone) fyne.ThemeColorName {
	switch t {
	case viewmodel.Good:
		return theme.OK
	case viewmodel.Busy:
		return theme.Info
	case viewmodel.Caution:
		return theme.Warn
	case viewmodel.Trouble:
		return theme.Bad
	default:
		return theme.Muted
	}
}
