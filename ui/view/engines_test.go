package view

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/fault"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// withEngines is a window that is connected to one of these.
func withEngines(t *testing.T, mode theme.Mode, width, height float32) *shell {
	t.Helper()
	s := open(t, mode, width, height)
	snap := uitest.Connected(healthy("default"))
	snap.Engine.Attempts = []connect.Attempt{
		{Endpoint: snap.Engine.Endpoint, Tried: true},
		{Endpoint: connect.Endpoint{Name: "context lab", Host: "ssh://ann@lab", Source: connect.FromContext}},
		{Endpoint: connect.Endpoint{Name: "the old one", Host: "tcp://192.0.2.7:2375", Source: connect.FromSettings, Added: true, Plain: true}},
		{Endpoint: connect.Endpoint{Name: "Podman", Host: "unix:///run/user/1000/podman/podman.sock", Source: connect.FromSocket}, Tried: true, Err: &fault.Error{
			Kind: fault.NotRunning, Why: "Podman is installed and does not run (there is no /run/user/1000/podman/podman.sock)",
		}},
		{Endpoint: connect.Endpoint{Name: "Colima", Host: "unix:///home/ann/.colima/default/docker.sock", Source: connect.FromSocket}, Tried: true, Err: &fault.Error{
			Kind: fault.NoEngine, Why: "Colima is not installed",
		}},
	}
	s.engine.Saved.Endpoints = []config.Endpoint{{Name: "the old one", Host: "tcp://192.0.2.7:2375"}}
	s.vm.Apply(snap, now)
	return s
}

// inOverlay are the widgets of a kind in what is on top.
func inOverlay[T fyne.CanvasObject](t *testing.T, s *shell) []T {
	t.Helper()
	top := s.window.Canvas().Overlays().Top()
	if top == nil {
		t.Fatal("nothing is open")
	}
	return all[T](top)
}

func TestTheFootOfTheRailOpensTheMenuOfEngines(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := withEngines(t, mode, 1280, 800)
		test.Tap(s.foot)
		s.keep(t, "engine-menu-"+string(mode))
		rows := inOverlay[*widget.Tap](t, s)
		if len(rows) != 7 { // by itself, four of five, add, all
			t.Fatalf("there are %d lines", len(rows))
		}
		test.Tap(rows[4])
		if s.engine.Saved.Endpoint != "Podman" || s.window.Canvas().Overlays().Top() != nil {
			t.Errorf("chosen is %q", s.engine.Saved.Endpoint)
		}
	}
}

func TestTheMenuOfEnginesIsUsedByTheKeyboardAndStaysTrue(t *testing.T) {
	s := withEngines(t, theme.Dark, 900, 600)
	s.shortcut(ctrl(fyne.KeyE))
	focused := func() *widget.Tap { return s.window.Canvas().Focused().(*widget.Tap) }
	if told := strings.Join(s.engine.Told, "\n"); !strings.Contains(told, "look again") {
		t.Error("nobody looked what the others do")
	}
	focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	snap := uitest.Connected(healthy("default"))
	snap.Engine.Attempts = []connect.Attempt{{Endpoint: snap.Engine.Endpoint, Tried: true}, {Endpoint: connect.Endpoint{Name: "late", Host: "unix:///late.sock"}, Tried: true}}
	s.vm.Apply(snap, now)
	wantTexts(t, s.window.Canvas().Overlays().Top(), "late", "answers")
	focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if s.engine.Saved.Endpoint != "late" {
		t.Errorf("chosen is %q", s.engine.Saved.Endpoint)
	}
	s.shortcut(ctrl(fyne.KeyE))
	focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.window.Canvas().Overlays().Top() != nil || len(s.open) != 0 {
		t.Error("Escape does not close it")
	}
}

func TestTheEngineOfASandboxIsAColumnWhereThereAreSeveral(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := withEngines(t, mode, 1280, 800)
		shown := func() bool { return !slices.Contains(s.sandboxes.table.HiddenColumns(), engineColumn) }
		if shown() {
			t.Error("there is a column for one engine")
		}
		gone := &fault.Error{Kind: fault.Network, Op: "talk to the lab", Why: "that computer does not answer"}
		own, far, away := healthy("default"), healthy("default@Podman"), healthy("default@context lab")
		own.Engine, far.Engine, away.Engine, away.Away, away.Usage = "default", "Podman", "context lab", gone, nil
		snap := uitest.Connected(own, away, far)
		snap.Engine.Attempts = []connect.Attempt{
			{Endpoint: snap.Engine.Endpoint, Tried: true},
			{Endpoint: connect.Endpoint{Name: "context lab", Host: "ssh://ann@lab", Source: connect.FromContext}},
			{Endpoint: connect.Endpoint{Name: "Podman", Host: "unix:///run/user/1000/podman/podman.sock", Source: connect.FromSocket}, Tried: true},
		}
		snap.Also = []engine.Member{
			{Name: "context lab", Status: connect.Status{Phase: connect.Lost, Err: gone, Endpoint: connect.Endpoint{Name: "context lab", Host: "ssh://ann@lab"}}},
			{Name: "Podman", Status: connect.Status{Phase: connect.Connected, Engine: connect.Engine{Product: "Podman", Version: "4.3.1"}}},
		}
		s.engine.Saved.AlsoEndpoints = []string{"context lab", "Podman"}
		s.vm.Apply(snap, now)
		if !shown() {
			t.Error("there is no column")
		}
		wantTexts(t, s.Content, "Podman", "context lab", "Engine away", "Docker 28.5.2 +2")
		s.keep(t, "engines-"+string(mode))
		s.openEngineMenu()
		s.keep(t, "engines-menu-"+string(mode))
		for _, b := range inOverlay[*widget.Button](t, s) {
			if b.Text() == "Show too" {
				test.Tap(b)
				break
			}
		}
		if got := s.engine.Saved.AlsoEndpoints; len(got) != 1 || got[0] != "Podman" {
			t.Errorf("shown too are %q", got)
		}
		s.escape()
		s.newSandbox()
		wantTexts(t, s.window.Canvas().Overlays().Top(), "Where it shall run")
	}
}

func TestAnEngineIsAddedByHand(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := withEngines(t, mode, 1280, 800)
		s.addEngine()
		entries := inOverlay[*widget.Entry](t, s)
		address, name := entries[0], entries[2]
		type_ := func(e *widget.Entry, text string) {
			e.SetText("")
			test.Type(e, text)
		}
		type_(address, "lab")
		wantTexts(t, s.window.Canvas().Overlays().Top(), "Begin with unix://")
		type_(address, "tcp://lab:2375")
		type_(name, "lab")
		wantTexts(t, s.window.Canvas().Overlays().Top(), "nothing is encrypted")
		if confirm := inOverlay[*widget.Check](t, s); len(confirm) != 1 || !confirm[0].Visible() {
			t.Error("nobody is asked to agree")
		}
		s.engine.TryErr = &fault.Error{Kind: fault.Network, Op: "connect to lab", Why: "no answer in 5s", Remedy: "Check the address and the network; the engine may be off."}
		button(t, s, "Try").OnTapped()
		wantTexts(t, s.window.Canvas().Overlays().Top(), "no answer in 5s", "the engine may be off")
		s.keep(t, "engine-add-"+string(mode))
		if !button(t, s, "Add and use").Disabled() {
			t.Error("it can be added without an agreement")
		}
		type_(address, "ssh://ann@lab:2222")
		s.engine.TryErr = nil
		button(t, s, "Try").OnTapped()
		wantTexts(t, s.window.Canvas().Overlays().Top(), "Docker 28.5.2 answers.")
		button(t, s, "Add").OnTapped()
		want := config.Endpoint{Name: "lab", Host: "ssh://ann@lab:2222"}
		if saved := s.engine.Saved; len(saved.Endpoints) != 2 || saved.Endpoints[1] != want || saved.Endpoint != "" {
			t.Errorf("saved %+v, %q", saved.Endpoints, saved.Endpoint)
		}
	}
}

// Whoever adds an engine reads all of why it does not answer.
func TestWhyAnEngineThatIsTriedDoesNotAnswerIsNotCut(t *testing.T) {
	s := withEngines(t, theme.Dark, 1280, 800)
	s.addEngine()
	entry := inOverlay[*widget.Entry](t, s)[0]
	entry.SetText("unix:///run/user/1000/some/folder/of/an/engine/podman.sock")
	s.engine.TryErr = &fault.Error{
		Kind: fault.NotRunning, Op: "connect to podman", Why: "there is no /run/user/1000/some/folder/of/an/engine/podman.sock", Remedy: "Start the engine it belongs to, or choose another endpoint in the settings.", Action: fault.OpenSettings,
	}
	button(t, s, "Try").OnTapped()
	box := s.window.Canvas().Overlays().Top()
	wantTexts(t, box, "of/an/engine/podman.sock", "or choose another endpoint in the settings.")
	wrapped := 0
	for _, one := range all[*widget.Text](box) {
		if !strings.HasPrefix(one.Text(), "Connect to") && !strings.HasPrefix(one.Text(), "Start the engine") || one.Natural() <= one.Size().Width+1 {
			continue
		}
		if one.MinSize().Height < 30 {
			t.Errorf("%q is cut: it has one line", one.Text())
		}
		wrapped++
	}
	if wrapped == 0 {
		t.Error("nothing was too long")
	}
}

// button is the one with that text in what is on top.
func button(t *testing.T, s *shell, text string) *widget.Button {
	t.Helper()
	for _, b := range inOverlay[*widget.Button](t, s) {
		if b.Text() == text {
			return b
		}
	}
	t.Fatalf("there is no button %q", text)
	return nil
}

func TestAnEngineThatWasAddedIsRemovedInTheSettings(t *testing.T) {
	s := withEngines(t, theme.Light, 1280, 800)
	s.vm.Go(viewmodel.SettingsPage)
	s.keep(t, "settings-engines")
	var remove []*widget.Button
	for _, b := range all[*widget.Button](s.pages[viewmodel.SettingsPage]) {
		if b.Tip() == "Remove it from the list" && b.Visible() {
			remove = append(remove, b)
		}
	}
	if len(remove) != 1 {
		t.Fatalf("%d of the engines can be removed", len(remove))
	}
	test.Tap(remove[0])
	button(t, s, "Remove").OnTapped()
	if len(s.engine.Saved.Endpoints) != 0 {
		t.Errorf("saved %+v", s.engine.Saved.Endpoints)
	}
}
