package engine

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// What stands in the way of a recovery may go away by itself: the person sees the sandbox all the time, and does nothing.
func TestARecoveryThatCouldNotBeDoneIsTriedAgainAndTheSandboxIsShownMeanwhile(t *testing.T) {
	enginetest.Slow(t)
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

// A sandbox may be another than it was when it was last seen: whatever the next Berth did about that, it says.
func TestWhatWasDoneAboutADeathIsTold(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	name, to := enginetest.Name(t), enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	e := open(t, of.Host, nil)
	first, left := inUse(t, e, name, e.Create(sandbox.Spec{Name: name, Image: ref}))

	dies := func(t *testing.T, at func(request string) bool, do func(e *Engine) task.ID, says string) {
		t.Helper()
		gate := enginetest.NewGate(t, of.Host)
		e := open(t, gate.Host, nil)
		enginetest.Eventually(t, time.Minute, "the connection", func() bool { return e.Snapshot().Listed })
		gate.Before(at, gate.Die)
		do(e)
		enginetest.Eventually(t, time.Minute, "the death", gate.Dead)
		e.Close()
		if len(halfDone(t, of, name, to)) == 0 {
			t.Error("the death left nothing half done")
		}
		next := open(t, of.Host, nil)
		defer next.Close()
		enginetest.Eventually(t, time.Minute, says, func() bool { return len(told(next, says)) == 1 })
		// A lease ends a moment after the one that held it; what it was of is looked after then.
		enginetest.Eventually(t, time.Minute, "nothing half done is left", func() bool { return len(halfDone(t, of, name, to)) == 0 })
	}
	ends := func(method, with string) func(string) bool {
		return func(request string) bool {
			return strings.HasPrefix(request, method+" ") && strings.HasSuffix(request, with)
		}
	}
	t.Run("while it was paused for a backup", func(t *testing.T) {
		dies(t, ends("POST", "/unpause"), func(e *Engine) task.ID { return e.Backup(name, filepath.Join(t.TempDir(), "x.berth")) },
			name+": a backup was interrupted while it was paused")
		waitHealthy(t, e, name)
	})
	t.Run("when a clone was all there", func(t *testing.T) {
		dies(t, ends("DELETE", "/volumes/berth-filling-"+to), func(e *Engine) task.ID { return e.Clone(name, to) },
			to+": making it was interrupted when all of it was there")
	})
	t.Run("while its data were deleted", func(t *testing.T) {
		dies(t, ends("DELETE", "/volumes/"+volume.Name(agent.Config, to)), func(e *Engine) task.ID { return e.DeleteData(to) },
			to+": deleting its data was interrupted")
		nothingOf(t, of, to)
	})
	t.Run("while it got another port", func(t *testing.T) {
		mustFinish(t, e, e.Stop(name))
		taken, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first.Spec.Port))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = taken.Close() }()
		start := func(e *Engine) task.ID { return e.Start(name) }
		dies(t, ends("DELETE", first.ContainerID), start, name+": giving it another port was interrupted, so it is as it was")
		dies(t, ends("POST", "/rename"), start, name+": giving it another port was interrupted, so it was carried through")
	})
	mustFinish(t, e, e.Start(name))
	if after := waitHealthy(t, e, name); after.Spec.Port == first.Spec.Port {
		t.Errorf("it is still at port %d", after.Spec.Port)
	}
	left.find(t, ask(t, e, name))
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
