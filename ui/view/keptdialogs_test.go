package view

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fw "fyne.io/fyne/v2/widget"

	"berth/engine"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/widget"
)

// last is the engine's last command.
func last(s *shell) string {
	got := told(s)
	if len(got) == 0 {
		return ""
	}
	return got[len(got)-1]
}

func TestABackupGoesWhereItIsAskedTo(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := openKept(t, mode, 1280, 800)
		s.vm.Sandboxes.Select("default")
		s.typed('b')
		box := dialogOf(t, s)
		wantTexts(t, box, "Back up default", "paused only while its database is read")
		name := entryWith(t, s, "default-20260304-150000.berth")
		folder := entryWith(t, s, "/home/share/berth/backups")
		s.keep(t, "backup-"+string(mode))
		name.SetText("a/b")
		wantTexts(t, box, "The folder goes below.")
		folder.SetText("relative")
		wantTexts(t, box, "Write the full path of a folder.")
		test.Tap(visible(t, box, "Back up"))
		if len(told(s)) > 0 {
			t.Fatalf("told %q", told(s))
		}
		name.SetText("mine")
		folder.SetText("/home/share/elsewhere")
		wantTexts(t, box, "Only backups in the folder of the settings are listed.")
		test.Tap(visible(t, box, "Back up"))
		if got, want := last(s), `backup default to "/home/share/elsewhere/mine.berth"`; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	}
}

func TestARestoreSaysWhatIsInTheFileAndWhatItOpens(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := openKept(t, mode, 1280, 800)
		s.press(fyne.KeyO, fyne.KeyModifierShift)
		box := dialogOf(t, s)
		file := all[*widget.Entry](box)[0]
		accept := visible(t, box, "Restore")
		if !accept.Disabled() {
			t.Error("it can be carried out without a file")
		}
		file.SetText("relative.berth")
		wantTexts(t, box, "Write the full path of a file.")
		s.engine.Kept.Err = fault.New(fault.BadInput, "read the backup", "it is no backup of Berth's")
		file.SetText("/x.berth")
		wantTexts(t, box, "It is no backup of Berth's.")
		s.engine.Kept.Err = nil
		file.SetText("/home/share/berth/backups/default-20260303-130000.berth")
		wantTexts(t, box, "yesterday 13:00", "opencode 1.18.33", "1.21 GB · 4,210 files", "There is a sandbox of that name. What it is now is kept as a rollback point.", "other computers can reach it")
		s.keep(t, "restore-"+string(mode))
		file.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
		wantMenu(t, s, "/home/share/berth/backups/scheduled/default-20260302-130000.berth")
		s.window.Canvas().Overlays().Remove(s.window.Canvas().Overlays().Top())
		name := entryWith(t, s, "default")
		name.SetText("Bad Name")
		wantTexts(t, box, "Use small letters, digits and dashes in between.")
		test.Tap(accept)
		name.SetText("fresh")
		all[*widget.Check](box)[0].SetChecked(true)
		test.Tap(accept)
		if got, want := last(s), "restore /home/share/berth/backups/default-20260303-130000.berth as fresh wide=true"; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
		s.press(fyne.KeyO, fyne.KeyModifierShift)
		s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if s.window.Canvas().Overlays().Top() != nil {
			t.Error("Escape does not close it while a path is typed")
		}
		s.vm.Sandboxes.Select("default")
		s.sandboxes.detail.show(3)
		test.Tap(visible(t, s.sandboxes.detail.content, "Restore"))
		test.Tap(visible(t, dialogOf(t, s), "Restore"))
		if got := last(s); !strings.HasSuffix(got, "as default wide=false") {
			t.Errorf("told %q", got)
		}
	}
}

func TestACloneNeedsAFreeName(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := openKept(t, mode, 1280, 800)
		s.vm.Sandboxes.Select("default")
		s.typed('d')
		box := dialogOf(t, s)
		name := entryWith(t, s, "default-2")
		s.keep(t, "clone-"+string(mode))
		for typed, why := range map[string]string{
			"": "A sandbox needs a name.", "client-portal": "There is a sandbox of that name already.", "old-monorepo": "There are volumes of that name already",
			"A b": "Use small letters", strings.Repeat("a", 41): "at most 40 letters",
		} {
			name.SetText(typed)
			wantTexts(t, box, why)
			test.Tap(visible(t, box, "Clone"))
		}
		if len(told(s)) > 0 {
			t.Fatalf("told %q", told(s))
		}
		name.SetText("copy")
		test.Tap(visible(t, box, "Clone"))
		if got := last(s); got != "clone default to copy" {
			t.Errorf("told %q", got)
		}
	}
}

func TestAnImportOfSeveralEnginesSaysWhereItIsMade(t *testing.T) {
	s := openKept(t, theme.Dark, 1280, 800)
	snap := s.engine.Now
	far := healthy("mine@lab")
	far.Engine = "lab"
	snap.Sandboxes = append(slices.Clone(snap.Sandboxes), far)
	snap.Also = []engine.Member{{Name: "lab", Status: snap.Engine}}
	s.vm.Apply(snap, now)
	s.engine.Kept.Sources = []engine.Source{
		{ID: engine.SourceHost, Where: "/home/me/.local/share/opencode", Engine: "default"},
		{ID: engine.SourceCloud + "@lab", Where: "opencode-data", Engine: "lab"},
		{ID: engine.SourceHost + "@lab", Where: "/home/me/.local/share/opencode", Engine: "lab"},
	}
	s.importData()
	box := dialogOf(t, s)
	radio := all[*fw.RadioGroup](box)[0]
	if want := []string{"This computer's own opencode → default", "A sandbox of opencode-cloud · lab", "This computer's own opencode → lab"}; !slices.Equal(radio.Options, want) {
		t.Errorf("it offers %q", radio.Options)
	}
	name := entryWith(t, s, "imported")
	name.SetText("mine") // which is taken there, and free here
	accept := visible(t, box, "Import")
	if accept.Disabled() {
		t.Error("a name that is free on the first engine is refused")
	}
	radio.SetSelected("A sandbox of opencode-cloud · lab")
	if !accept.Disabled() {
		t.Error("a name that is taken on the other engine is accepted")
	}
	name.SetText("fresh")
	test.Tap(accept)
	if got, want := last(s), "import opencode-cloud@lab to fresh"; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestAnImportChoosesWhatIsCopied(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := openKept(t, mode, 1280, 800)
		s.press(fyne.KeyI, fyne.KeyModifierShift)
		box := dialogOf(t, s)
		wantTexts(t, box, "opencode-data, opencode-state")
		s.keep(t, "import-"+string(mode))
		all[*fw.RadioGroup](box)[0].SetSelected("This computer's own opencode")
		wantTexts(t, box, "/home/me/.local/share/opencode")
		for _, text := range all[*widget.Text](box) {
			if text.Text() == "/home/me/.local/share/opencode" && !text.Wraps() {
				t.Error("two long paths would be cut")
			}
		}
		test.Tap(visible(t, box, "Import"))
		if got := last(s); got != "import host to imported" {
			t.Errorf("told %q", got)
		}
	}
}

func TestAnUpdateSaysFromWhatToWhat(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := openKept(t, mode, 1280, 800)
		s.vm.Sandboxes.Select("default")
		test.Tap(visible(t, s.sandboxes.detail.content, "Update to 1.18.33"))
		wantTexts(t, dialogOf(t, s), "opencode 1.17.9", "opencode 1.18.33", "kept as a rollback point")
		s.keep(t, "update-"+string(mode))
		test.Tap(visible(t, dialogOf(t, s), "Update"))
		if got := last(s); got != "update default" {
			t.Errorf("told %q", got)
		}
		crossing := healthy("default")
		crossing.Update = "2.0.1"
		s.vm.Apply(uitest.Connected(crossing), now)
		s.typed('u')
		wantTexts(t, dialogOf(t, s), "another major version", "whole backup is made first")
		s.keep(t, "update-major-"+string(mode))
		s.escape()
		s.vm.Apply(uitest.Connected(healthy("default")), now)
		s.typed('u')
		wantTexts(t, dialogOf(t, s), "the newest there is", "nothing changes")
	}
}

func TestARollbackChoosesAPoint(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := openKept(t, mode, 1280, 800)
		s.vm.Sandboxes.Select("default")
		s.typed('l')
		wantTexts(t, dialogOf(t, s), "before an update", "opencode 1.17.9", "Sessions, Settings", "this can be taken back")
		s.keep(t, "rollback-"+string(mode))
		s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
		s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		if got := last(s); got != "roll default back to 20260220-120000" {
			t.Errorf("told %q", got)
		}
		s.typed('l')
		test.Tap(visible(t, dialogOf(t, s), "Remove"))
		test.Tap(visible(t, dialogOf(t, s), "Remove"))
		if got := last(s); got != "remove point 20260303-090000 of default" {
			t.Errorf("told %q", got)
		}
		s.engine.Kept.Points = nil
		s.typed('l')
		wantTexts(t, dialogOf(t, s), "There is none yet.")
		if !visible(t, dialogOf(t, s), "Roll back").Disabled() {
			t.Error("it can be rolled back to nothing")
		}
	}
}

func TestDataIsDeletedOnlyWhenItsNameIsTyped(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := openKept(t, mode, 1280, 800)
		s.vm.Sandboxes.Select("default")
		s.typed('x')
		box := dialogOf(t, s)
		wantTexts(t, box, "1.2 GB · 4,210 files · opencode-session", "7 sessions", "Mend the login", `Add a\x1b[31m test`, "and 2 more", "26 h ago")
		entry := s.window.Canvas().Focused().(*widget.Entry)
		test.Type(entry, "defaul")
		test.Tap(visible(t, box, "Delete"))
		entry.OnSubmitted("")
		if len(told(s)) > 0 {
			t.Fatalf("told %q", told(s))
		}
		s.keep(t, "delete-data-"+string(mode))
		test.Type(entry, "t")
		test.Tap(visible(t, box, "Delete"))
		if got := last(s); got != "delete data of default" {
			t.Errorf("told %q", got)
		}
		s.engine.Kept.Err = errors.New("no engine")
		s.typed('x')
		wantTexts(t, dialogOf(t, s), "It could not be counted: no engine")
		test.Tap(visible(t, dialogOf(t, s), "Back up first…"))
		wantTexts(t, dialogOf(t, s), "Back up default")
	}
}

func TestFilesAreLookedThroughAndSaved(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := openKept(t, mode, 1280, 800)
		s.vm.Sandboxes.Select("default")
		s.typed('f')
		box := dialogOf(t, s)
		wantTexts(t, box, "share", `a\nb\u202etxt`, "1.23 kB", "drwxr-xr-x")
		s.keep(t, "files-"+string(mode))
		key := func(k fyne.KeyName) { s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: k}) }
		key(fyne.KeyReturn)
		wantTexts(t, box, "/share", "opencode.db", "48 MB")
		key(fyne.KeyReturn)
		wantTexts(t, dialogOf(t, s), "Save to a file")
		folder := t.TempDir()
		for _, e := range all[*widget.Entry](dialogOf(t, s)) {
			if e.Text != "opencode.db" {
				e.SetText(folder)
			}
		}
		test.Tap(visible(t, dialogOf(t, s), "Save"))
		if got, want := last(s), "save default session share/opencode.db to "+folder+"/opencode.db"; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
		key(fyne.KeyBackspace)
		wantTexts(t, box, "1.23 kB")
		s.engine.Kept.Err = errors.New("it is gone")
		all[*widget.Tabs](box)[0].Choose(1)
		wantTexts(t, box, "it is gone")
	}
}

func TestOwnershipIsRepairedAfterAQuestion(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := openKept(t, mode, 1280, 800)
		broken := healthy("portal")
		broken.Spec = sandbox.Spec{Name: "portal", Projects: "/home/me/work"}
		broken.Err, broken.Failed = &fault.Error{Kind: fault.NotWritable, Op: "start sandbox portal", Why: "a volume belongs to another user", Action: fault.RepairOwnership}, 3
		s.vm.Apply(uitest.Connected(broken), now)
		repair := func(also bool) {
			test.Tap(visible(t, s.sandboxes.detail.content, "Repair ownership"))
			wantTexts(t, dialogOf(t, s), "without a network", "That is a folder of the engine's computer.")
			all[*widget.Check](dialogOf(t, s))[0].SetChecked(also)
			if !also {
				s.keep(t, "repair-"+string(mode))
			}
			test.Tap(visible(t, dialogOf(t, s), "Repair"))
		}
		repair(false)
		repair(true)
		if got := told(s); !slices.Equal(got[len(got)-2:], []string{"repair portal folders=false", "repair portal folders=true"}) {
			t.Errorf("told %q", got)
		}
	}
}

func TestTheMoreMenuHasWhatHasNoButton(t *testing.T) {
	s := openKept(t, theme.Dark, 1280, 800)
	s.vm.Sandboxes.Select("default")
	s.window.Canvas().Focus(s.sandboxes.table)
	test.Tap(s.sandboxes.detail.more)
	wantMenu(t, s, "Update…", "Back up…", "Clone…", "Roll back…", "Browse files…", "Repair ownership…", "Remove…", "Delete data…")
	s.keep(t, "more")
}
