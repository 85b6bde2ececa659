package view

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/fault"
	"berth/engine/task"
	"berth/resources"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// cramped are the objects that are smaller than they need to be: a button or a title whose words are cut.
func cramped(o fyne.CanvasObject, report func(what string, has, needs float32)) {
	if o == nil || !o.Visible() {
		return
	}
	var parts []fyne.CanvasObject
	what := ""
	switch one := o.(type) {
	case *widget.Button:
		what = "the button " + one.Text()
	case *widget.Tabs:
		what = "the tabs"
	case *widget.NavItem:
		what = "an entry of the rail"
	case *widget.Text:
		if one.Fixed() {
			what = "the text " + one.Text()
		}
		if has, needs := o.Size().Height, o.MinSize().Height; one.Wraps() && has+0.5 < needs {
			report("the height of the text "+one.Text(), has, needs)
		}
	case *fyne.Container:
		parts = one.Objects
	case *container.Scroll:
		parts = []fyne.CanvasObject{one.Content}
	case fyne.Widget:
		parts = test.WidgetRenderer(one).Objects()
	}
	if has, needs := o.Size().Width, o.MinSize().Width; what != "" && has+0.5 < needs {
		report(what, has, needs)
	}
	for _, part := range parts {
		cramped(part, report)
	}
}

// settle lays everything out again until the texts that wrap have the room they need, as the real window does with its next frame.
func settle(o fyne.CanvasObject) {
	for range 3 {
		layOut(o)
	}
}

func layOut(o fyne.CanvasObject) {
	switch one := o.(type) {
	case *fyne.Container:
		if one.Layout != nil {
			one.Layout.Layout(one.Objects, one.Size())
		}
		for _, part := range one.Objects {
			layOut(part)
		}
	case *container.Scroll:
		one.Refresh()
		layOut(one.Content)
	case fyne.Widget:
		test.WidgetRenderer(one).Layout(one.Size())
		for _, part := range test.WidgetRenderer(one).Objects() {
			layOut(part)
		}
	}
}

func TestNoScreenOverflowsInAnyLanguage(t *testing.T) {
	defer func() {
		viewmodel.ForgetSpoken()
		if err := i18n.Load(resources.Translations, "translations", "en"); err != nil {
			t.Error(err)
		}
	}()
	for _, language := range config.Languages[1:] {
		if err := i18n.Load(resources.Translations, "translations", language); err != nil {
			t.Fatal(err)
		}
		viewmodel.ForgetSpoken()
		for _, size := range []fyne.Size{{Width: 900, Height: 560}, {Width: 1280, Height: 800}} {
			s := open(t, theme.Light, size.Width, size.Height)
			s.fill()
			check := func(screen string, o fyne.CanvasObject) {
				t.Helper()
				settle(o)
				if least := o.MinSize(); least.Width > size.Width || least.Height > size.Height {
					t.Errorf("%s, %v: %s needs %v", language, size, screen, least)
				}
				cramped(o, func(what string, has, needs float32) {
					t.Errorf("%s, %v: on %s, %s has %.0f and needs %.0f", language, size, screen, what, has, needs)
				})
				s.picture(t, fmt.Sprintf("%s-%.0f-%s", language, size.Width, screen))
			}
			for page := range s.pages {
				s.vm.Go(page)
				check(string(page), s.Content)
			}
			s.vm.Go(viewmodel.SandboxesPage)
			for tab, name := range []string{"the log", "the details", "the sessions", "the volumes tab"} {
				s.sandboxes.detail.show(tab)
				check(name, s.Content)
			}
			for _, panel := range s.panels(t) {
				panel.show()
				top := s.window.Canvas().Overlays().Top()
				if top == nil {
					t.Fatalf("%s does not open", panel.name)
				}
				check(panel.name, top)
				s.Leave()
			}
			s.vm.Apply(engine.Snapshot{Engine: lookingFor()}, now)
			check("the welcome", s.Content)
		}
	}
}

// lookingFor is an engine that does not run.
func lookingFor() connect.Status {
	return connect.Status{Phase: connect.Looking, Err: &fault.Error{Kind: fault.NotRunning, Why: "nothing listens", Remedy: "Start Docker.", Command: "sudo systemctl start docker", Action: fault.StartEngine}}
}

func TestAnotherLanguageIsThereAtOnceAndThePersonStaysWhereTheyWere(t *testing.T) {
	defer func() {
		if err := i18n.Load(resources.Translations, "translations", "en"); err != nil {
			t.Error(err)
		}
	}()
	s := open(t, theme.Dark, 1280, 800)
	snap := uitest.Connected(healthy("a"), healthy("b"))
	snap.Tasks = []task.View{{ID: 1, Title: "Starting a", State: task.Done}}
	s.vm.Apply(snap, now)
	s.vm.Sandboxes.Select("b")
	s.vm.Go(viewmodel.SettingsPage)
	if err := i18n.Load(resources.Translations, "translations", "de"); err != nil {
		t.Fatal(err)
	}
	viewmodel.ForgetSpoken()
	s.Leave()
	vm := viewmodel.New(s.engine)
	after := NewShell(vm, s.window, s.actions)
	s.window.SetContent(after.Content)
	vm.Resume(s.vm)
	vm.Apply(snap, now)
	wantTexts(t, after.Content, "Einstellungen", "a starten")
	if page, _ := vm.Page.Get(); page != viewmodel.SettingsPage {
		t.Errorf("the page is %s", page)
	}
	if name, _ := vm.Detail.Name.Get(); name != "b" {
		t.Errorf("%q is chosen", name)
	}
}
