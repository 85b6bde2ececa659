package engine

import (
	"testing"
	"time"

	"berth/engine/connect"
	"berth/engine/enginetest"
	"berth/engine/task"
)

func TestTwoPullsOfOneImageAreOneTask(t *testing.T) {
	e := open(t, "unix:///nonexistent/engine.sock", nil)
	first := e.PullImage("r.test/x:1")
	if again := e.PullImage("r.test/x:1"); again != first {
		t.Errorf("they are the tasks %d and %d", first, again)
	}
	if other := e.PullImage("r.test/x:2"); other == first {
		t.Error("another image is the same task")
	}
}

// What Close does not end is found by the test that looks for goroutines when all have run.
func TestQuittingDuringAPullEndsItAndTheNextStartGoesOn(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ref := manyLayers(t, of)
	private := enginetest.Private(t)
	first := open(t, private.Host, pulled(ref))
	name := enginetest.Name(t)
	first.Start(name)
	enginetest.Eventually(t, 2*time.Minute, "the download to be under way", func() bool { return lastOf(first, task.Pull).Current > 1<<20 })
	began := time.Now()
	first.Close()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v to end", took)
	}
	if list := private.Containers(t, name); len(list) != 0 {
		t.Errorf("the containers %q are there", list)
	}

	next := open(t, private.Host, pulled(ref))
	enginetest.Eventually(t, 20*time.Second, "the connection", func() bool { return next.Snapshot().Engine.Phase == connect.Connected })
	mustFinish(t, next, next.Start(name))
	waitHealthy(t, next, name)
}
