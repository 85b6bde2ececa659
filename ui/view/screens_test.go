package view

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"berth/engine"
	"berth/engine/agent"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/crash"
	"berth/engine/fault"
	"berth/engine/release"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/uitest"
)

// screen is something that can stand over a page.
type screen struct {
	by   string // the function that makes it
	name string
	show func()
}

// fill makes the window show something on every page.
func (s *shell) fill() {
	s.engine.Listed, s.engine.Kept, s.engine.Report, s.engine.Keys = someImages, someKept(), diagnosis(), someKeys()
	old := healthy("default")
	old.Update, old.Spec = "2.0.1", sandbox.Spec{Name: "default", Projects: "/home/me/work"}
	snap := uitest.Connected(old, engine.Sandbox{Name: "old-monorepo", State: sandbox.Exited, Detail: "137: out of memory", Since: now, Err: &fault.Error{Op: "start", Why: "x", Remedy: "y", Action: fault.OpenSettings}})
	snap.Tasks = []task.View{pulling()}
	added := connect.Endpoint{Name: "the old one", Host: "tcp://192.0.2.7:2375", Source: connect.FromSettings, Added: true, Plain: true}
	snap.Engine.Attempts = []connect.Attempt{{Endpoint: snap.Engine.Endpoint, Tried: true}, {Endpoint: added}}
	s.engine.Saved.Endpoints = []config.Endpoint{{Name: added.Name, Host: added.Host}}
	s.vm.Show(true)
	s.vm.Apply(snap, now)
}

// panels are every panel of the window, with something in each.
func (s *shell) panels(t *testing.T) []screen {
	t.Helper()
	s.vm.Releases.Newest = func(context.Context, string) (release.Release, bool, error) {
		return release.Release{Version: "1.3.0", Notes: "- a note", Page: "https://r.test/1.3.0"}, true, nil
	}
	s.vm.Releases.Version = "1.2.3"
	s.engine.Saved.Update.Feed = "https://r.test/releases"
	images := s.images
	engines, _ := s.vm.Settings.Endpoints()
	if len(images.vm.Rows()) == 0 || len(engines) == 0 || len(s.vm.Activity.Tasks()) == 0 {
		t.Fatal("there is nothing to open panels of")
	}
	image := "sha256:2222222222222222" // nothing uses it
	return []screen{
		{"openForm", "the form", s.newSandbox},
		{"openForm", "the edit", func() { s.editSandbox("default") }},
		{"openPalette", "the palette", s.openPalette},
		{"openShortcuts", "the shortcuts", s.openShortcuts},
		{"sandboxesPage.askRemove", "the question", func() { s.sandboxes.askRemove("default") }},
		{"backUp", "the backup", func() { s.backUp("default") }},
		{"clone", "the clone", func() { s.clone("default") }},
		{"restore", "the restore", func() { s.restore("default", "/x.berth") }},
		{"importData", "the import", s.importData},
		{"update", "the update", func() { s.update("default") }},
		{"rollback", "the rollback", func() { s.rollback("default", "") }},
		{"removePoint", "the removal of a rollback point", func() { s.removePoint("default", "1") }},
		{"deleteData", "the deletion", func() { s.deleteData("default") }},
		{"repair", "the repair", func() { s.repair("default") }},
		{"browseFiles", "the files", func() { s.browseFiles("default", agent.Session) }},
		{"keys", "the keys", func() { s.keys("default") }},
		{"keysDialog.askRemove", "the removal of a key", func() {
			s.keys("default")
			choose(t, s, "anthropic")
			test.Tap(visible(t, dialogOf(t, s), i18n.T("Remove")))
		}},
		{"newPassword", "the new password", func() { s.newPassword("default") }},
		{"openEngineMenu", "the menu of engines", s.openEngineMenu},
		{"addEngine", "the new engine", s.addEngine},
		{"forgetEngine", "the removal of an engine", func() { s.forgetEngine(engines[0]) }},
		{"imagesPage.details", "the image", func() { images.details(image) }},
		{"imagesPage.askPull", "the pull", func() { images.askPull("") }},
		{"imagesPage.askRemove", "the removal of an image", func() { images.askRemove(image) }},
		{"imagesPage.askClean", "the cleaning up", images.askClean},
		{"OfferCrash", "the crash", func() { s.OfferCrash([]crash.Crash{{At: now, Why: "SIGABRT: abort"}}) }},
		{"askPath", "the place of a file", s.saveReport},
		{"showText", "a task's log", func() { s.showTaskLog(s.vm.Activity.Tasks()[0].ID) }},
		{"showRelease", "the release", func() {
			s.vm.Releases.Check()
			s.showRelease()
		}},
	}
}

// A panel that is new has to be among those that are looked at in every language.
func TestEveryPanelIsAmongTheScreens(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.fill()
	looked := []string{"sheet", "sure", "ask", "Confirm", "newNaming"} // they make what the others ask for
	for _, p := range s.panels(t) {
		looked = append(looked, p.by)
	}
	makers := []string{"modal", "sheet", "sure", "ask", "newNaming"}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				if made, ok := call.Fun.(*ast.SelectorExpr); ok && slices.Contains(makers, made.Sel.Name) {
					found++
					if by := methodName(f); !slices.Contains(looked, by) {
						t.Errorf("%s: no test looks in every language at the panel that %s makes", file, by)
					}
				}
				return true
			})
		}
	}
	if found < 25 {
		t.Errorf("%d panels were found", found)
	}
}

// methodName is a method's name, behind its type where that is not the shell.
func methodName(f *ast.FuncDecl) string {
	of, ok := f.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return f.Name.Name
	}
	name, ok := of.X.(*ast.Ident)
	if !ok || name.Name == "Shell" {
		return f.Name.Name
	}
	return name.Name + "." + f.Name.Name
}
