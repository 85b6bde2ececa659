package view

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"berth/engine/sandbox"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// shortcut presses a key with Ctrl, wherever the keyboard is.
func (s *shell) press(key fyne.KeyName, more ...fyne.KeyModifier) {
	pressed := ctrl(key, more...)
	if focused, ok := s.window.Canvas().Focused().(fyne.Shortcutable); ok { // Fyne gives it to that alone
		focused.TypedShortcut(pressed)
		return
	}
	s.shortcut(&desktop.CustomShortcut{KeyName: pressed.KeyName, Modifier: pressed.Modifier})
}

// entryWith is the entry with that text on the panel on top.
func entryWith(t *testing.T, s *shell, text string) *widget.Entry {
	t.Helper()
	for _, e := range all[*widget.Entry](dialogOf(t, s)) {
		if e.Text == text {
			return e
		}
	}
	t.Fatalf("no entry has %q", text)
	return nil
}

func TestTheFormHasDefaultsAndSaysWhatIsWrongBesideTheField(t *testing.T) {
	s := open(t, theme.Light, 1280, 800)
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.press(fyne.KeyN)
	box := dialogOf(t, s)
	wantTexts(t, box, "New sandbox", "Small letters, digits and dashes")
	accept := visible(t, box, "Create and start")
	if accept.Disabled() {
		t.Error("the defaults alone do not do")
	}
	name, port, memory := entryWith(t, s, "sandbox-2"), entryWith(t, s, "4097"), entryWith(t, s, "4 GiB")
	areas := all[*widget.Entry](box)
	env, mounts := areas[len(areas)-2], areas[len(areas)-1]
	var projects *widget.Entry
	for _, e := range areas {
		if e.PlaceHolder == "on a volume" {
			projects = e
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		entry     *widget.Entry
		text, why string
	}{
		{name, "Bad Name", "Use small letters, digits and dashes in between."},
		{name, "with space", "Use small letters"},
		{name, "", "A sandbox needs a name."},
		{name, "default", "There is a sandbox of that name already."},
		{name, strings.Repeat("a", 300), "too long"},
		{port, "0", "Use 1 to 65535"},
		{port, "70000", "Use 1 to 65535"},
		{port, "x", "A port is a number."},
		{port, "4096", "Taken by default."},
		{memory, "10 MB", "at least 512 MiB"},
		{memory, "4096", "with its unit"},
		{memory, "much", "with its unit"},
		{projects, "relative/path", "full path"},
		{projects, "/no/such/folder", "There is no such folder."},
		{projects, file, "This is a file"},
		{projects, "/var/run/docker.sock", "whole computer"},
		{env, "A=1\nnonsense", "Line 2: write NAME=value."},
		{env, "1A=1", "not the name of a variable"},
		{env, "A=1\nA=2", "there twice"},
		{mounts, "/tmp", "Line 1"},
		{mounts, "/tmp → relative", "must begin with /"},
	} {
		before := c.entry.Text
		c.entry.SetText(c.text)
		if seen := texts(box); !strings.Contains(seen, c.why) {
			t.Errorf("%q: %q is not said among\n%s", c.text, c.why, seen)
		}
		if !accept.Disabled() {
			t.Errorf("%q can be submitted", c.text)
		}
		s.press(fyne.KeyReturn)
		if len(s.engine.Specs) > 0 {
			t.Fatalf("%q was submitted", c.text)
		}
		c.entry.SetText(before)
	}
	if accept.Disabled() {
		t.Error("nothing is wrong any more, and it cannot be submitted")
	}

	// What opens it wider is said and has to be agreed to.
	projects.SetText(home)
	wantTexts(t, box, "This is a home folder: the agent could read and change all of it.")
	s.keep(t, "form-new")
	if !accept.Disabled() {
		t.Error("a home folder needs no agreement")
	}
	agree := all[*widget.Check](box)[1]
	agree.SetChecked(true)
	if accept.Disabled() {
		t.Error("agreed, and it cannot be submitted")
	}
	projects.SetText("")
	name.SetText("portal")
	env.SetText("GREETING=hello there\nEMPTY=\nQUOTED=\"two\\nlines\"")
	mounts.SetText("/tmp -> /mnt/tmp (ro)\ncache:/mnt/cache")
	test.Tap(visible(t, box, "Copy as docker command"))
	if s.copied != "docker run portal\n" {
		t.Errorf("copied %q", s.copied)
	}
	s.press(fyne.KeyReturn)
	if len(s.engine.Specs) != 1 || s.engine.Told[len(s.engine.Told)-1] != "create portal" {
		t.Fatalf("told %q", s.engine.Told)
	}
	got := s.engine.Specs[0]
	if got.Port != 4097 || got.Memory != 4<<30 || got.Env["GREETING"] != "hello there" || got.Env["QUOTED"] != "two\nlines" || len(got.Env) != 3 {
		t.Errorf("submitted %+v", got)
	}
	if want := []sandbox.Mount{{Source: "/tmp", Target: "/mnt/tmp", ReadOnly: true}, {Source: "cache", Target: "/mnt/cache"}}; !slices.Equal(got.Mounts, want) {
		t.Errorf("mounts %+v", got.Mounts)
	}
	if s.window.Canvas().Overlays().Top() != nil {
		t.Error("the panel stays open")
	}
}

func TestAnEditShowsWhatWillChangeAndChangesNothingElse(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := open(t, mode, 1280, 800)
		one := healthy("client-portal")
		one.Spec = sandbox.Spec{
			Name: "client-portal", Image: "berth/opencode:1.18.33", Port: 4097, Memory: 4 << 30, PIDs: 77, CapAdd: []string{"NET_RAW"},
			Env: map[string]string{"PATHS": `C:\new`, "LINES": "a\nb"}, Mounts: []sandbox.Mount{{Source: "/tmp", Target: "/mnt"}},
		}
		s.vm.Apply(uitest.Connected(one), now)
		s.window.Canvas().Focused().TypedRune('e')
		box := dialogOf(t, s)
		wantTexts(t, box, "Edit client-portal", "Volumes stay.", "What will change", "Nothing yet")
		accept := visible(t, box, "Recreate")
		if !accept.Disabled() {
			t.Error("nothing changed, and it can be submitted")
		}
		entryWith(t, s, "4 GiB").SetText("6 GiB")
		wantTexts(t, box, "4 GiB", "6 GiB", "→")
		entryWith(t, s, "4097").SetText("4099")
		s.keep(t, "form-edit-"+string(mode))
		test.Tap(accept)
		if len(s.engine.Specs) != 1 {
			t.Fatalf("told %q", s.engine.Told)
		}
		want := one.Spec
		want.Memory, want.Port, want.Restart = 6<<30, 4099, "unless-stopped"
		got := s.engine.Specs[0]
		if f, _ := s.vm.EditForm("client-portal"); f == nil || len(f.Changes()) > 0 {
			t.Error("a form that nobody touched has changes")
		}
		if got.PIDs != 77 || got.Memory != want.Memory || got.Port != want.Port || got.Env["PATHS"] != `C:\new` || got.Env["LINES"] != "a\nb" || len(got.CapAdd) != 1 || !slices.Equal(got.Mounts, want.Mounts) {
			t.Errorf("submitted %+v", got)
		}
	}
}

func TestEscapeLeavesTheFormAndChangesNothing(t *testing.T) {
	s := open(t, theme.Light, 1000, 640)
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	s.press(fyne.KeyN)
	s.keep(t, "form-small")
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.window.Canvas().Overlays().Top() != nil || len(s.engine.Specs) > 0 {
		t.Error("Escape does not close the form")
	}
	if s.window.Canvas().Focused() != fyne.Focusable(s.sandboxes.table) {
		t.Error("the keyboard is not back on the table")
	}
	s.vm.Go(viewmodel.ImagesPage)
	s.press(fyne.KeyN)
	if page, _ := s.vm.Page.Get(); page != viewmodel.SandboxesPage {
		t.Error("Ctrl+N does not go home")
	}
}
