package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"berth/engine/enginetest"
	"berth/engine/sandbox"
)

// What stands in the way of a recovery may go away by itself: the person sees the sandbox all the time, and does nothing.
func TestARecoveryThatCouldNotBeDoneIsTriedAgainAndTheSandboxIsShownMeanwhile(t *testing.T) {
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	name := enginetest.Name(t)
	first := open(t, of.Host, nil)
	mustFinish(t, first, first.Create(sandbox.Spec{Name: name, Image: ref}))
	old := waitHealthy(t, first, name)
	mustFinish(t, first, first.Stop(name))

	ctx := t.Context()
	if err := of.Client.ContainerRename(ctx, old.ContainerID, sandbox.ContainerName(name)+".old"); err != nil {
		t.Fatal(err)
	}
	foreign, err := of.Client.ContainerCreate(ctx, &container.Config{Image: ref}, nil, nil, nil, sandbox.ContainerName(name))
	if err != nil {
		t.Fatal(err)
	}

	second := open(t, of.Host, nil)
	waitFor(t, second, name, "shown by its old container", func(s Sandbox) bool { return s.ContainerID == old.ContainerID })
	enginetest.Eventually(t, time.Minute, "the failure is told", func() bool { return len(told(second, "Not all that")) == 1 })
	if _, err := of.Client.ContainerInspect(ctx, foreign.ID); err != nil {
		t.Fatalf("the recovery took another one's container away: %v", err)
	}
	if err := of.Client.ContainerRemove(ctx, foreign.ID, container.RemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	enginetest.Eventually(t, time.Minute, "it is in its place again", func() bool {
		c, err := of.Client.ContainerInspect(ctx, sandbox.ContainerName(name))
		return err == nil && c.ID == old.ContainerID
	})
	enginetest.Eventually(t, time.Minute, "that is told", func() bool { return len(told(second, name+": a change was interrupted")) == 1 })
	if n := len(told(second, "Not all that")); n != 1 {
		t.Errorf("the failure was told %d times", n)
	}
}

// told are the notices that begin like that.
func told(e *Engine, with string) []string {
	var all []string
	for _, n := range e.Snapshot().Notices {
		if strings.HasPrefix(n.Text, with) {
			all = append(all, n.Text)
		}
	}
	return all
}
