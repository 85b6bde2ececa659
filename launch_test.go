package main

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"berth/engine/enginetest"
	"berth/ui/desktoptest"
)

func TestASecondLaunchIsHandedOverToTheFirst(t *testing.T) {
	e := enginetest.Shared(t)
	enginetest.RemoveSandbox(t, e, "default")
	desk := desktoptest.New(t, 1000, 700)
	host := desk.Tray()
	path := build(t, "")
	first := launchOn(t, desk, path, e.Host, "--hidden")
	first.Eventually(30*time.Second, "the tray to show Berth", func() bool { return len(host.Menu()) > 0 })

	second := launchOn(t, desk, path, e.Host)
	second.waitEnd(t, 20*time.Second)
	if !strings.Contains(second.output.String(), "Berth runs already") {
		t.Errorf("it says %q", second.output)
	}
	first.WaitWindow("Berth")
	first.Key("alt+F4")
	first.Eventually(30*time.Second, "the window to go to the tray", func() bool { return !first.Shown("Berth") })
	launchOn(t, desk, path, e.Host, "--hidden", "--start").waitEnd(t, 20*time.Second)
	first.Eventually(firstStart, "the sandbox to run", func() bool { return running(e.Client) })
	if first.Shown("Berth") {
		t.Error("a launch that is to stay hidden showed the window")
	}

	// One that died badly is in nobody's way.
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-first.ended //nolint:errcheck // it was killed
	again := launchOn(t, desk, path, e.Host)
	again.WaitWindow("Berth")
	again.WaitText(time.Minute, "default", "Healthy")
	end(t, again)
}

// The first one hangs: who starts Berth by a double-click is told so in a window.
func TestALaunchBesideOneThatHangsSaysSoInAWindow(t *testing.T) {
	e := enginetest.Shared(t)
	desk := desktoptest.New(t, 1000, 700)
	path := build(t, "")
	first := launchOn(t, desk, path, e.Host)
	first.WaitWindow("Berth")
	if err := first.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	second := launchOn(t, desk, path, e.Host)
	second.WaitText(time.Minute, "Berth cannot start", "runs already does not answer")
	second.Key("Escape")
	select {
	case err := <-second.ended:
		if err == nil || !strings.Contains(second.output.String(), "does not answer") {
			t.Errorf("it ends with %v and says %q", err, second.output)
		}
	case <-time.After(20 * time.Second):
		t.Error("the window does not close")
	}
	if err := first.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	end(t, first)
}
