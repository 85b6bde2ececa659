package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth/engine/enginetest"
	"berth/ui/desktoptest"
)

// A sandbox that somebody kills while the window is hidden is told by the desktop's own service; a click on that shows the window.
func TestASandboxThatIsKilledBehindTheWindowIsNotified(t *testing.T) {
	enginetest.Slow(t)
	e := enginetest.Shared(t)
	enginetest.RemoveSandbox(t, e, "default")
	desk := desktoptest.New(t, 1000, 700)
	host, service := desk.Tray(), desk.Notifications("body-markup", "actions")
	p := launchOn(t, desk, build(t, ""), e.Host, "--hidden", "--start")
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("notified: %+v", service.Shown())
		}
	})
	shown := func(words ...string) (id uint32, ok bool) {
		for _, one := range service.Shown() {
			text := one.Title + "\n" + one.Text
			if all := func() bool {
				for _, word := range words {
					if !strings.Contains(text, word) {
						return false
					}
				}
				return true
			}(); all {
				return one.ID, true
			}
		}
		return 0, false
	}
	p.Eventually(firstStart, "the sandbox to be healthy", func() bool { _, ok := host.Find("default · Healthy"); return ok && running(e.Client) })
	p.Eventually(time.Minute, "the task's end to be notified", func() bool { _, ok := shown("Starting default: done", "opencode"); return ok })
	got := inspect(e.Client)
	_, password := portAndPassword(got)

	if err := e.Client.ContainerKill(context.Background(), got.ID, "SIGKILL"); err != nil {
		t.Fatal(err)
	}
	var id uint32
	p.Eventually(time.Minute, "the sandbox's end to be notified", func() (ok bool) { id, ok = shown("default has ended", "137: killed"); return ok })
	if p.Shown("Berth") {
		t.Error("the window is shown")
	}
	service.Click(id)
	p.WaitWindow("Berth")
	p.WaitText(time.Minute, "default", "Exited")

	// In front, nobody has to be told; and what a person's own command stops is no trouble.
	before := len(service.Shown())
	host.Press(30*time.Second, "Start default")
	p.WaitText(firstStart, "Healthy")
	p.Key("alt+F4")
	p.Eventually(30*time.Second, "the window to go to the tray", func() bool { return !p.Shown("Berth") })
	p.Eventually(30*time.Second, "that to be said", func() bool { _, ok := shown("goes on in the tray"); return ok })
	host.Press(30*time.Second, "Stop default")
	p.Eventually(time.Minute, "the end of the stop to be notified", func() bool { _, ok := shown("Stopping default: done"); return ok })
	if all := service.Shown(); len(all) != before+2 {
		t.Errorf("notified %+v", all[before:])
	}
	for _, one := range service.Shown() {
		if strings.Contains(one.Title+one.Text, password) {
			t.Error("the password is in a notification")
		}
	}
	if log, err := os.ReadFile(filepath.Join(p.Home, "state", "berth", "berth.log")); err != nil || strings.Contains(string(log), password) {
		t.Errorf("the password is in the log: %v", err)
	}
	host.Press(30*time.Second, "Quit Berth")
	p.waitEnd(t, 20*time.Second)
}
