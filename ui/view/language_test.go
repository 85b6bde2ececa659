package view

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"berth/engine"
	"berth/engine/agent"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/fault"
	"berth/engine/sandbox"
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

func TestNoScreenOverflowsInAnyLanguage(t *testing.T) {
	defer func() {
		if err := i18n.Load(resources.Translations, "translations", "en"); err != nil {
			t.Error(err)
		}
	}()
	for _, language := range config.Languages[1:] {
		if err := i18n.Load(resources.Translations, "translations", language); err != nil {
			t.Fatal(err)
		}
		for _, size := range []fyne.Size{{Width: 900, Height: 560}, {Width: 1280, Height: 800}} {
			s := open(t, theme.Light, size.Width, size.Height)
			s.engine.Listed, s.engine.Kept = someImages, someKept()
			old := healthy("default")
			old.Update, old.Spec = "2.0.1", sandbox.Spec{Name: "default", Projects: "/home/me/work"}
			snap := uitest.Connected(old, engine.Sandbox{Name: "old-monorepo", State: sandbox.Exited, Detail: "137: out of memory", Since: now, Err: &fault.Error{Op: "start", Why: "x", Remedy: "y", Action: fault.OpenSettings}})
			snap.Tasks = []task.View{pulling()}
			s.vm.Apply(snap, now)
			check := func(screen string, o fyne.CanvasObject) {
				t.Helper()
				if least := o.MinSize(); least.Width > size.Width || least.Height > size.Height {
					t.Errorf("%s, %v: %s needs %v", language, size, screen, least)
				}
				cramped(o, func(what string, has, needs float32) {
					t.Errorf("%s, %v: on %s, %s has %.0f and needs %.0f", language, size, screen, what, has, needs)
				})
				if size.Width > 1000 {
					s.picture(t, language+"-"+screen)
				}
			}
			for _, page := range []viewmodel.Page{viewmodel.SandboxesPage, viewmodel.ImagesPage, viewmodel.VolumesPage, viewmodel.ActivityPage, viewmodel.SettingsPage} {
				s.vm.Go(page)
				check(string(page), s.Content)
			}
			s.vm.Go(viewmodel.SandboxesPage)
			s.sandboxes.detail.show(3)
			check("the volumes tab", s.Content)
			for name, show := range map[string]func(){
				"the form": s.newSandbox, "the edit": func() { s.editSandbox("default") }, "the palette": s.openPalette, "the shortcuts": s.openShortcuts,
				"the question": func() { s.sandboxes.askRemove("default") }, "the backup": func() { s.backUp("default") }, "the clone": func() { s.clone("default") },
				"the restore": func() { s.restore("default", "/x.berth") }, "the import": s.importData, "the update": func() { s.update("default") },
				"the rollback": func() { s.rollback("default", "") }, "the deletion": func() { s.deleteData("default") }, "the repair": func() { s.repair("default") },
				"the files": func() { s.browseFiles("default", agent.Session) },
			} {
				show()
				check(name, s.window.Canvas().Overlays().Top())
				s.escape()
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
