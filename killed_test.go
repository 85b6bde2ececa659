package main

import (
	"testing"
	"time"

	"berth/engine/enginetest"
	"berth/ui/desktoptest"
)

// A real kill in the middle of the first start: between the container and opencode's health.
func TestABerthThatIsKilledWhileItMakesASandboxIsFollowedByOneThatFinishesIt(t *testing.T) {
	e := enginetest.Shared(t)
	enginetest.RemoveSandbox(t, e, "default")
	path, desk := build(t, ""), desktoptest.New(t, 1280, 800)
	first := launchOn(t, desk, path, e.Host, "--start")
	first.Eventually(firstStart, "the container to be made", func() bool { return inspect(e.Client) != nil })
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-first.ended //nolint:errcheck // it was killed

	second := launchOn(t, desk, path, e.Host, "--start")
	second.WaitWindow("Berth")
	second.Eventually(firstStart, "the sandbox to run", func() bool { return running(e.Client) })
	second.WaitText(time.Minute, "default", "Healthy")
	if all := e.Containers(t, "berth-default"); len(all) != 1 {
		t.Errorf("the containers are %q", all)
	}
	end(t, second)
}
