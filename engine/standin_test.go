package engine

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/network"

	"berth/engine/enginetest"
	"berth/engine/sandbox"
	"berth/engine/task"
)

// alone reports whether a sandbox has neither a container nor a network, and nothing half done.
func alone(t *testing.T, of *enginetest.Engine, name string) bool {
	t.Helper()
	for _, one := range []string{sandbox.ContainerName(name), sandbox.ContainerName(name) + ".old"} {
		if _, err := of.Client.ContainerInspect(t.Context(), one); !errdefs.IsNotFound(err) {
			return false
		}
	}
	_, err := of.Client.NetworkInspect(t.Context(), sandbox.ContainerName(name), network.InspectOptions{})
	return errdefs.IsNotFound(err) && len(halfDone(t, of, name)) == 0
}

// What is left of a removed sandbox was made by nobody knows which opencode: none of a file that is no good may get at it.
func TestARestoreOverLeftVolumesThatGoesWrongLeavesThemAlone(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	pinned := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	_, left := inUse(t, e, name, e.Start(name))
	configuration := func(text string) {
		t.Helper()
		sh(t, of, "berth-"+name, "printf '%s' '"+text+"' > ~/.config/opencode/opencode.json")
	}
	configuration(`{"model": [`)
	broken := filepath.Join(t.TempDir(), "broken.berth")
	mustFinish(t, e, e.Backup(name, broken))
	configuration(`{}`)
	mustFinish(t, e, e.Remove(name))
	if v := finish(t, e, e.Restore(broken, name, false)); v.State != task.Failed {
		t.Fatalf("it ended as %s: %v", v.State, v.Err)
	}
	if !alone(t, of, name) {
		t.Errorf("left are %q and %q", of.Containers(t, name), halfDone(t, of, name))
	}
	if kept := points(t, e, name); len(kept) != 0 {
		t.Errorf("the rollback points %+v stayed though nothing was replaced", kept)
	}
	mustFinish(t, e, e.Start(name))
	if s := waitHealthy(t, e, name); s.Spec.Image != pinned {
		t.Errorf("it runs %s", s.Spec.Image)
	}
	left.find(t, ask(t, e, name))
	integrity(t, e, name)
}

func TestARestoreOverLeftVolumesThatBerthDiesInLeavesThemAlone(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	first := open(t, of.Host, nil)
	_, left := inUse(t, first, name, first.Create(sandbox.Spec{Name: name, Image: ref, Memory: 1 << 30, Env: map[string]string{"CHOSEN": "yes"}}))
	path := filepath.Join(t.TempDir(), "x.berth")
	mustFinish(t, first, first.Backup(name, path))
	newSession(t, first, name, "later")
	mustFinish(t, first, first.Remove(name))
	first.Close()

	// dies cuts a Berth off before the first request that wants says yes to, and gives the one that comes after, with nothing left to do.
	dies := func(wants func(request string) bool) *Engine {
		t.Helper()
		gate := enginetest.NewGate(t, of.Host)
		e := open(t, gate.Host, nil)
		enginetest.Eventually(t, time.Minute, "the connection", func() bool { return e.Snapshot().Listed })
		gate.Before(wants, gate.Die)
		id := e.Restore(path, name, false)
		enginetest.Eventually(t, 5*time.Minute, "the death", func() bool { return gate.Dead() || e.tasks.Find(id).View().State.Over() })
		if !gate.Dead() {
			t.Fatalf("it came to its end: %v", e.tasks.Find(id).View().Err)
		}
		e.Close()
		if alone(t, of, name) {
			t.Fatal("it died before there was anything to take back")
		}
		next := open(t, of.Host, nil)
		enginetest.Eventually(t, 2*time.Minute, "its volumes to be alone", func() bool { return next.Snapshot().Listed && alone(t, of, name) })
		enginetest.Eventually(t, time.Minute, "that is told", func() bool { return len(told(next, name+": a change was interrupted")) == 1 })
		return next
	}
	aside := func(request string) bool { return strings.HasSuffix(request, "/rename") }
	dies(aside).Close() // the container stands in, and nothing else is there
	isAside := false
	last := dies(func(request string) bool { // it is set aside, the new one is there, and the point is begun
		isAside = isAside || aside(request)
		return isAside && strings.HasSuffix(request, "/volumes/create")
	})
	mustFinish(t, last, last.Start(name))
	if spec := waitHealthy(t, last, name).Spec; spec.Memory != 1<<30 || spec.Env["CHOSEN"] != "yes" {
		t.Errorf("what it was is lost: %+v", spec)
	}
	left.find(t, ask(t, last, name))
	if !hasSession(t, last, name, "later") {
		t.Error("what the volumes held is not what they hold now")
	}
	integrity(t, last, name)
}
