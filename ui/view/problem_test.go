package view

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"berth/engine/connect"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

func TestAFirstStartThatFailsSaysWhyWhereTheSandboxWouldBe(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := open(t, mode, 1280, 800)
		snap := uitest.Connected()
		snap.Tasks = []task.View{{
			ID: 5, Kind: task.Start, Subject: "default", Title: "Starting default", State: task.Failed, Started: now, Ended: now, LogLines: 2, Err: &fault.Error{
				Kind: fault.Unauthorized, Op: "pull ghcr.io/x/y:1", Why: "no credentials for ghcr.io", Remedy: "Sign in to ghcr.io with the command, then try again.",
				Command: "docker login ghcr.io", Action: fault.OpenSettings,
			},
		}}
		s.vm.Apply(snap, now)
		wantTexts(t, s.Content, "No sandbox yet", "Pull ghcr.io/x/y:1: no credentials for ghcr.io", "Sign in to ghcr.io with the command, then try again.", "docker login ghcr.io")
		s.keep(t, "empty-failed-"+string(mode))
		test.Tap(visible(t, s.Content, "Try again"))
		if !slices.Contains(s.engine.Told, "again 5") {
			t.Errorf("told %q", s.engine.Told)
		}
		s.vm.Go(viewmodel.ActivityPage)
		wantTexts(t, s.Content, "Sign in to ghcr.io with the command, then try again.", "docker login ghcr.io")
		s.keep(t, "activity-failed-"+string(mode))
		test.Tap(visible(t, s.activity.content, "Settings"))
		if page, _ := s.vm.Page.Get(); page != viewmodel.SettingsPage {
			t.Error("the settings do not open")
		}
	}
}

func TestASandboxThatCouldNotBeMadeBesideOthersSaysWhyUntilDismissed(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	snap := uitest.Connected(healthy("default"))
	snap.Tasks = []task.View{{ID: 5, Kind: task.Create, Subject: "portal", Title: "Creating portal", State: task.Failed, Err: &fault.Error{
		Kind: fault.DiskFull, Op: "build x", Why: "the engine's disk is full", Remedy: "Free some space.", Action: fault.FreeSpace,
	}}}
	s.vm.Apply(snap, now)
	wantTexts(t, s.Content, "Build x: the engine's disk is full", "Free some space.")
	s.keep(t, "home-failed")
	test.Tap(visible(t, s.Content, "Free space"))
	if page, _ := s.vm.Page.Get(); page != viewmodel.ImagesPage {
		t.Error("the images do not open")
	}
	s.vm.Go(viewmodel.SandboxesPage)
	s.vm.Sandboxes.DismissFailed()
	s.vm.Apply(snap, now)
	if strings.Contains(texts(s.Content), "Free some space.") {
		t.Error("it comes back after it was dismissed")
	}
}

func TestWhatWasRefusedForWhatItWasGivenIsNotTriedAgain(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	snap := uitest.Connected(healthy("default"))
	snap.Tasks = []task.View{
		{ID: 2, Kind: task.Create, Subject: "default", Title: "Creating default", State: task.Failed, Err: fault.New(fault.NameTaken, "create default", "there is a sandbox of that name already")},
		{ID: 1, Kind: task.Pull, Title: "Pulling nonsense", State: task.Failed, Err: fault.New(fault.BadInput, "pull", "not a reference")},
	}
	s.vm.Apply(snap, now)
	s.vm.Go(viewmodel.ActivityPage)
	for _, b := range all[*widget.Button](s.activity.content) {
		if b.Text() == "Try again" && b.Visible() {
			t.Error("it is offered once more")
		}
	}
}

func TestEveryActionOfAnErrorIsAButtonThatDoesIt(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	broken := healthy("portal")
	broken.Spec = sandbox.Spec{Name: "portal", Port: 4097}
	page := func() viewmodel.Page { p, _ := s.vm.Page.Get(); return p }
	for _, c := range []struct {
		action fault.Action
		button string
		done   func() bool
	}{
		{fault.ChoosePort, "Choose a port", func() bool {
			e, ok := s.window.Canvas().Focused().(*widget.Entry)
			return ok && e.Text == "4097"
		}},
		{fault.ShowLog, "Show the log", func() bool { return page() == viewmodel.SandboxesPage && s.sandboxes.detail.tabs.Chosen() == 0 }},
		{fault.FreeSpace, "Free space", func() bool { return page() == viewmodel.ImagesPage }},
		{fault.OpenSettings, "Settings", func() bool { return page() == viewmodel.SettingsPage }},
		{fault.StartEngine, "Start the engine", func() bool { return slices.Contains(s.engine.Told, "start engine") }},
		{fault.Retry, "Try again", func() bool { return slices.Contains(s.engine.Told, "again 9") }},
	} {
		s.vm.Go(viewmodel.SandboxesPage)
		s.sandboxes.detail.show(1)
		broken.Err, broken.Failed = &fault.Error{Op: "start", Why: string(c.action), Action: c.action}, 9
		s.vm.Apply(uitest.Connected(broken), now)
		test.Tap(visible(t, s.sandboxes.detail.content, c.button))
		if !c.done() {
			t.Errorf("%q does nothing for %q", c.button, c.action)
		}
		s.escape()
	}
}

func TestALostEngineSaysWhyAndWhatMendsItAboveWhatIsStillKnown(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := open(t, mode, 1280, 800)
		snap := uitest.Connected(healthy("default"))
		s.vm.Apply(snap, now)
		snap.Engine = connect.Status{Phase: connect.Lost, Endpoint: snap.Engine.Endpoint, Err: &fault.Error{
			Kind: fault.NotRunning, Op: "connect to default", Why: "nothing listens on /var/run/docker.sock", Remedy: "Start Docker.", Command: "sudo systemctl start docker",
			Action: fault.StartEngine, Err: errors.New("refused"),
		}}
		s.vm.Apply(snap, now)
		wantTexts(t, s.Content, "The engine is gone: nothing listens on /var/run/docker.sock", "Start Docker.", "sudo systemctl start docker", "default")
		s.keep(t, "lost-"+string(mode))
		test.Tap(visible(t, s.Content, "Start the engine"))
		test.Tap(visible(t, s.Content, "Look again"))
		if told := strings.Join(s.engine.Told, ", "); !strings.Contains(told, "start engine, look again") {
			t.Errorf("told %q", told)
		}
		s.vm.Apply(uitest.Connected(healthy("default")), now)
		if strings.Contains(texts(s.Content), "The engine is gone") {
			t.Error("the strip stays when the engine is back")
		}
	}
}
