package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"berth/engine/enginetest"
	"berth/engine/task"
)

// A person cancels while data are copied: into a rollback point, or into the volumes themselves.
func TestACancelInTheMiddleEndsInTheOldState(t *testing.T) {
	enginetest.Slow(t)
	w := newDeathWorld(t, enginetest.Shared(t))
	const roles, record, mark = 3, 1, 1
	for _, c := range []struct {
		op     operation
		made   int    // volumes that were made when it is cancelled
		copied int    // helpers that were started since, before the one it is cancelled at
		step   string // of which so many are done then
		done   int
	}{
		{w.update(t), 1, 0, "point/", 0},
		{w.restore(t), 2, 0, "point/", 1},
		{w.restore(t), roles + record, 1, "point/", roles},
		{w.rollback(t), roles + record, 1, "point/", roles},
		{w.clone(), mark + roles, 1, "copy/", 1},
	} {
		t.Run(fmt.Sprintf("%s, %d volumes made", c.op.name, c.made), func(t *testing.T) {
			gate := enginetest.NewGate(t, w.of.Host)
			e := open(t, gate.Host, w.settings)
			enginetest.Eventually(t, time.Minute, "the connection", func() bool { return e.Snapshot().Listed })
			given, done := make(chan task.ID, 1), -1
			made, started := 0, 0
			gate.Before(func(request string) bool {
				switch {
				case strings.HasSuffix(request, "/volumes/create"):
					made++
				case made == c.made && strings.HasSuffix(request, "/start"):
					started++
				}
				return started > c.copied
			}, func() {
				id := <-given
				done = doneOf(e.tasks.Find(id).View(), c.step)
				e.Cancel(id)
			})
			id := c.op.do(e)
			given <- id
			v := finish(t, e, id)
			if v.State != task.Cancelled || done != c.done {
				t.Errorf("cancelled with %d done of %s it ended as %s: %v", done, c.step, v.State, v.Err)
			}
			// At once, by the one that was cancelled: nothing is left to another Berth.
			if left := w.halfDone(t); len(left) != 0 {
				t.Errorf("left are %q", left)
			}
			waitHealthy(t, e, w.name)
			if state := c.op.check(t, e); state != "old" {
				t.Errorf("it ended in the %s state", state)
			}
		})
	}
}

// doneOf counts the steps of that kind that a task is done with.
func doneOf(v task.View, kind string) (n int) {
	for _, s := range v.Steps {
		if strings.HasPrefix(s.ID, kind) && s.State == task.StepDone {
			n++
		}
	}
	return n
}
