package view

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"berth/engine"
	"berth/engine/agent"
	"berth/engine/backup"
	"berth/engine/sandbox"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
)

// someKept is a sandbox with two rollback points and two backups, another one, and one that is gone.
func someKept() uitest.Kept {
	volume := func(name, of string, role agent.Role, size, files int64) engine.Volume {
		return engine.Volume{
			Name: name, Sandbox: of, Role: role, Created: now.Add(-50 * time.Hour), UsedBy: []string{"berth-" + of}, Size: size, Files: files,
			Measured: now.Add(-3 * time.Minute), LastBackup: now.Add(-26 * time.Hour),
		}
	}
	point := volume("opencode-session.20260303-090000", "default", agent.Session, 1100e6, 4000)
	point.Point, point.UsedBy = "20260303-090000", nil
	never := volume("opencode-session-portal", "client-portal", agent.Session, 0, 0)
	never.Measured, never.LastBackup = time.Time{}, time.Time{}
	gone := volume("opencode-session-old-monorepo", "old-monorepo", agent.Session, 310e6, 900)
	gone.Orphan, gone.UsedBy = true, nil
	return uitest.Kept{
		Volumes: []engine.Volume{
			volume("opencode-session", "default", agent.Session, 1200e6, 4210), volume("opencode-projects", "default", agent.Projects, 34500e6, 183402),
			volume("opencode-config", "default", agent.Config, 21e6, 340), point, never, gone,
		},
		Points: []engine.Point{
			{ID: "20260303-090000", Reason: "update", Created: now.Add(-30 * time.Hour), Version: "1.17.9", Image: "berth/opencode:1.17.9", Roles: []agent.Role{agent.Session, agent.Config}},
			{ID: "20260220-120000", Reason: "restore", Created: now.Add(-290 * time.Hour), Version: "1.17.2", Image: "berth/opencode:1.17.2", Roles: agent.Roles},
		},
		Backups: []engine.BackupFile{
			{Path: "/home/share/berth/backups/default-20260303-130000.berth", Sandbox: "default", At: now.Add(-26 * time.Hour), Size: 310e6},
			{Path: "/home/share/berth/backups/scheduled/default-20260302-130000.berth", Sandbox: "default", At: now.Add(-50 * time.Hour), Size: 305e6, Scheduled: true},
		},
		Backup: engine.BackupInfo{
			Path: "/b.berth", Size: 310e6, Badges: []engine.Badge{{Text: "open to the network", Help: "Its port is published on 0.0.0.0, so other computers can reach it."}},
			Manifest: backup.Manifest{
				Created: now.Add(-26 * time.Hour), Sandbox: "default", Image: backup.Image{Reference: "berth/opencode:1.18.33", Opencode: "1.18.33"},
				Parts: []backup.Part{{Role: "session", Bytes: 1210e6, Files: 4210}, {Role: "projects", Bytes: 3400e6, Files: 18340}, {Role: "config", Bytes: 21e6, Files: 340}},
			},
		},
		Data: engine.Data{
			Volumes: []engine.Volume{
				volume("opencode-session", "default", agent.Session, 1200e6, 4210), volume("opencode-projects", "default", agent.Projects, 34500e6, 183402),
				volume("opencode-config", "default", agent.Config, 21e6, 340),
			},
			Points: 2, LastBackup: now.Add(-26 * time.Hour),
			Sessions: []agent.Conversation{{Title: "Mend the login"}, {Title: "Add a\x1b[31m test"}, {Title: "c"}, {Title: "d"}, {Title: "e"}, {Title: "f"}, {Title: "g"}},
		},
		Files: map[string][]engine.File{
			"":      {{Name: "share", Mode: 0o40755 | 1<<31, Modified: now.Add(-time.Hour)}, {Name: "a\nb\u202etxt", Mode: 0o644, Size: 1234, Modified: now.Add(-time.Hour)}},
			"share": {{Name: "opencode.db", Mode: 0o600, Size: 48e6, Modified: now.Add(-time.Minute)}},
		},
		Sources: []engine.Source{{ID: engine.SourceCloud, Where: "opencode-data, opencode-state"}, {ID: engine.SourceHost, Where: "/home/me/.local/share/opencode"}},
	}
}

// openKept is a window on an engine with data.
func openKept(t *testing.T, mode theme.Mode, width, height float32) *shell {
	t.Helper()
	s := open(t, mode, width, height)
	s.engine.Kept = someKept()
	old := healthy("default")
	old.Version, old.Update = "1.17.9", "1.18.33"
	s.engine.Now = uitest.Connected(old, engine.Sandbox{Name: "client-portal", State: sandbox.Stopped, Since: now, Created: now, Version: "1.18.33"})
	s.vm.Apply(s.engine.Now, now)
	return s
}

// told are the engine's commands but where a person looks.
func told(s *shell) []string {
	return slices.DeleteFunc(slices.Clone(s.engine.Told), func(x string) bool { return strings.HasPrefix(x, "look") })
}

// typed types a letter where the keyboard is.
func (s *shell) typed(r rune) { s.window.Canvas().Focused().TypedRune(r) }

func TestVolumesShowWhatEachSandboxKeeps(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := openKept(t, mode, 1280, 800)
		if len(told(s)) > 0 {
			t.Errorf("before anybody looks: %q", told(s))
		}
		s.press(fyne.Key3)
		page := s.volumes.content
		wantTexts(t, page, "opencode-session-old-monorepo", "1.2 GB", "3 min ago", "not measured", "183,402", "berth-default", "its sandbox is gone", "Projects", "26 h ago")
		if strings.Contains(texts(page), "opencode-session.2026") {
			t.Error("rollback points are shown unasked")
		}
		if got := told(s); !slices.Equal(got, []string{"measure"}) {
			t.Errorf("told %q: what was never measured is measured once", got)
		}
		s.keep(t, "volumes-"+string(mode))
		s.press(fyne.Key1)
		s.press(fyne.Key3)
		s.vm.Apply(uitest.Connected(healthy("default")), now)
		test.Tap(visible(t, page, "Rollback points"))
		wantTexts(t, page, "opencode-session.20260303-090000", "rollback point")
		s.keep(t, "volumes-points-"+string(mode))
		s.volumes.filter.SetText("no such thing")
		wantTexts(t, page, "No volume matches the filter")
	}
}

func TestEveryActionOnDataHasItsKeyOnTheVolumesPage(t *testing.T) {
	s := openKept(t, theme.Dark, 1280, 800)
	s.press(fyne.Key3)
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd}) // the one whose sandbox is gone
	for key, title := range map[rune]string{'b': "Back up old-monorepo", 'd': "Clone old-monorepo", 'f': "Files of old-monorepo", 'x': "Delete the data of old-monorepo?"} {
		s.typed(key)
		wantTexts(t, dialogOf(t, s), title)
		s.escape()
	}
	s.typed('l')
	wantTexts(t, s.Content, "old-monorepo has no container.")
	s.typed('s')
	if got := told(s); got[len(got)-1] != "start old-monorepo" {
		t.Errorf("told %q", got)
	}
	test.Tap(visible(t, s.Content, "Bring back"))
	if got := told(s); len(got) < 2 || got[len(got)-2] != "start old-monorepo" || got[len(got)-1] != "start old-monorepo" {
		t.Errorf("the button told %q", got)
	}
	s.Focus()
	s.typed('n')
	test.Tap(visible(t, dialogOf(t, s), "Bring back"))
	if n := len(s.engine.Specs); n != 1 || s.engine.Specs[0].Name != "old-monorepo" {
		t.Errorf("made %+v", s.engine.Specs)
	}
	s.typed('c')
	if s.copied != "opencode-session-old-monorepo" {
		t.Errorf("copied %q", s.copied)
	}
	s.press(fyne.KeyM, fyne.KeyModifierShift)
	if got := told(s); got[len(got)-1] != "measure" {
		t.Errorf("told %q", got)
	}
	s.volumes.table.Menu()
	wantMenu(t, s, "Browse files…", "Measure", "Back up…", "Restore from a file…", "Clone…", "Roll back…", "Bring back", "Import…", "Delete data…")
	s.keep(t, "volumes-menu")
}

func TestWithoutVolumesThePageSaysWhatMakesThem(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := open(t, mode, 1280, 800)
		s.vm.Apply(uitest.Connected(), now)
		s.press(fyne.Key3)
		wantTexts(t, s.volumes.content, "No volume yet")
		s.keep(t, "volumes-empty-"+string(mode))
		test.Tap(visible(t, s.volumes.content, "Import…"))
		wantTexts(t, dialogOf(t, s), "Nothing was found")
		s.escape()
	}
	s := open(t, theme.Dark, 1280, 800)
	s.engine.Kept.Err = errors.New("the engine is busy")
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	s.press(fyne.Key3)
	wantTexts(t, s.volumes.content, "the engine is busy")
}

func TestTheVolumesTabShowsWhatIsKeptOfASandbox(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := openKept(t, mode, 1280, 800)
		s.press(fyne.Key4, fyne.KeyModifierShift)
		s.vm.Sandboxes.Select("default")
		pane := s.sandboxes.detail.content
		wantTexts(t, pane, "34.5 GB · 3 min ago", "183,402 files", "before an update", "opencode 1.17.9", "30 h ago", "/home/share/berth/backups", "default-20260303-130000.berth", "by itself", "310 MB")
		s.keep(t, "kept-"+string(mode))
		browse := visible(t, pane, "Browse")
		s.window.Canvas().Focus(browse)
		s.vm.Now = func() time.Time { return now.Add(4 * time.Minute) }
		s.vm.Apply(s.engine.Now, s.vm.Now()) // nothing but the time is other
		wantTexts(t, pane, "34.5 GB · 7 min ago")
		if s.window.Canvas().Focused() != fyne.Focusable(browse) {
			t.Error("a row that grew older lost the keyboard")
		}
		s.vm.Now = func() time.Time { return now }
		test.Tap(visible(t, pane, "Back up now"))
		test.Tap(visible(t, pane, "Roll back"))
		test.Tap(visible(t, dialogOf(t, s), "Roll back"))
		test.Tap(visible(t, pane, "Remove"))
		test.Tap(visible(t, dialogOf(t, s), "Remove"))
		if got, want := strings.Join(told(s), ", "), `backup default to "", roll default back to 20260303-090000, remove point 20260303-090000 of default`; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
		s.vm.Sandboxes.Select("client-portal")
		wantTexts(t, pane, "opencode-session-portal")
		if strings.Contains(texts(pane), "opencode-projects\n") {
			t.Error("another sandbox's volumes stay")
		}
	}
}

// wantMenu wants these lines in the open menu.
func wantMenu(t *testing.T, s *shell, want ...string) {
	t.Helper()
	markup := test.RenderToMarkup(s.window.Canvas())
	for _, w := range want {
		if !strings.Contains(markup, w) {
			t.Errorf("the menu has no %q", w)
		}
	}
}

func TestSizesStandUnderEachOtherAtTheRight(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.engine.Listed, s.engine.Kept = someImages, someKept()
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	var sizes []string
	for _, page := range []viewmodel.Page{viewmodel.VolumesPage, viewmodel.ImagesPage} {
		s.vm.Go(page)
		ends := map[float32]bool{}
		for _, text := range seen[*canvas.Text](s.pages[page]) {
			if strings.HasSuffix(text.Text, " GB") || strings.HasSuffix(text.Text, " MB") {
				if text.Alignment != fyne.TextAlignTrailing {
					continue // words below the table
				}
				sizes = append(sizes, text.Text)
				ends[fyne.CurrentApp().Driver().AbsolutePositionForObject(text).X+text.Size().Width] = true
			}
		}
		if len(ends) != 1 {
			t.Errorf("on the page %s sizes end at %v", page, ends)
		}
	}
	if len(sizes) < 5 {
		t.Errorf("there are only %q", sizes)
	}
}

// Where a column has room to spare, nothing is cut in another.
func TestWhoUsesAVolumeIsWholeInAWindowOfUsualSize(t *testing.T) {
	s := openKept(t, theme.Dark, 1280, 800)
	s.vm.Go(viewmodel.VolumesPage)
	whole := false
	for _, text := range seen[*canvas.Text](s.pages[viewmodel.VolumesPage]) {
		whole = whole || text.Text == "its sandbox is gone"
		if strings.HasPrefix(text.Text, "its sandbox") && strings.HasSuffix(text.Text, "…") {
			t.Errorf("it is cut: %q", text.Text)
		}
	}
	if !whole {
		t.Error("nothing says that a sandbox is gone")
	}
}

func TestASandboxThatIsGoneIsBroughtBackByAFormOfWhatItWas(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	f := s.vm.AgainForm("old-monorepo", &sandbox.Spec{Name: "old-monorepo", Image: "y:1", Memory: 3 << 30, Env: map[string]string{"A": "b"}})
	s.openForm(f, "")
	box := dialogOf(t, s)
	wantTexts(t, box, "Bring back old-monorepo", "It takes over the volumes that are left", "3 GiB", "A=b")
	test.Tap(visible(t, box, "Bring back"))
	if !slices.ContainsFunc(s.engine.Told, func(told string) bool { return strings.HasPrefix(told, "create old-monorepo") }) {
		t.Errorf("the engine was told %q", s.engine.Told)
	}
}

func TestAPageWithoutASandboxSaysWhatRemovedOnesHeld(t *testing.T) {
	s := openKept(t, theme.Dark, 1280, 800)
	s.vm.Apply(uitest.Connected(), now)
	wantTexts(t, s.Content, "No sandbox", "What removed sandboxes held is still here.")
	visible(t, s.Content, "New sandbox")
	s.keep(t, "empty-left")
	test.Tap(visible(t, s.Content, "Bring one back"))
	if s.page != viewmodel.VolumesPage {
		t.Errorf("%q is shown", s.page)
	}
}
