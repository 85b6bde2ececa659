package engine

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"berth/engine/enginetest"
	"berth/engine/sandbox"
	"berth/engine/task"
)

// operation is one thing that is done to a sandbox, and dies at some step.
type operation struct {
	name string
	do   func(e *Engine) task.ID
	// check looks, on a Berth that came after, that the sandbox is in the old state or in the new one.
	check func(t *testing.T, e *Engine) string
	// again makes what the operation needs for another round.
	again func(t *testing.T, e *Engine)
}

// How many deaths of each operation are tried; BERTH_DEATHS=all tries every step and way.
func howMany(t *testing.T, steps int) []int {
	var all []int
	for n := 1; n <= steps; n++ {
		all = append(all, n, -n) // before the engine does it, after it has
	}
	if os.Getenv("BERTH_DEATHS") == "all" {
		return all
	}
	seed := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("BERTH_SEED"), 10, 64); err == nil {
		seed = given
	}
	t.Logf("BERTH_SEED=%d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(2, len(all))]
}

// Berth dies at a step of an operation: nothing more of it reaches the engine. The next Berth that connects finds the
// sandbox in the old state or in the new one, with its sessions, and nothing half done beside it.
func TestADeathAtAnyStepEndsInTheOldOrTheNewState(t *testing.T) {
	of := enginetest.Shared(t)
	w := newDeathWorld(t, of)
	for _, op := range w.operations(t) {
		t.Run(op.name, func(t *testing.T) {
			gate := enginetest.NewGate(t, of.Host)
			// Once without a death, to count the steps.
			e := open(t, gate.Host, w.settings)
			enginetest.Eventually(t, time.Minute, "the connection", func() bool { return e.Snapshot().Listed })
			gate.DieAt(0, false, nil)
			mustFinish(t, e, op.do(e))
			steps := gate.Asked()
			e.Close()
			next := open(t, of.Host, w.settings)
			if state := op.check(t, next); state != "new" {
				t.Fatalf("without a death it ends in the %s state", state)
			}
			op.again(t, next)
			next.Close()
			t.Logf("%d steps", len(steps))
			for _, n := range howMany(t, len(steps)) {
				step, after := max(n, -n), n < 0
				way := fmt.Sprintf("step %d before %s", step, steps[step-1])
				if after {
					way = fmt.Sprintf("step %d after %s", step, steps[step-1])
				}
				t.Run(strings.ReplaceAll(way, "/", "|"), func(t *testing.T) { w.dies(t, op, step, after) })
			}
		})
	}
}

func (w *deathWorld) dies(t *testing.T, op operation, step int, after bool) {
	gate := enginetest.NewGate(t, w.of.Host)
	e := open(t, gate.Host, w.settings)
	enginetest.Eventually(t, time.Minute, "the connection", func() bool { return e.Snapshot().Listed })
	gate.DieAt(step, after, nil)
	id := op.do(e)
	enginetest.Eventually(t, 5*time.Minute, "the death, or the end", func() bool {
		return gate.Dead() || e.tasks.Find(id).View().State.Over()
	})
	e.Close()
	next := open(t, w.of.Host, w.settings)
	w.settles(t, next)
	t.Logf("it ends in the %s state", op.check(t, next))
	op.again(t, next)
}

// settles waits until a Berth that came after a death has done what there was to do.
func (w *deathWorld) settles(t *testing.T, e *Engine) {
	t.Helper()
	enginetest.Eventually(t, 3*time.Minute, "the recovery to be done", func() bool {
		snap := e.Snapshot()
		return snap.Listed && !slices.ContainsFunc(snap.Tasks, func(v task.View) bool { return !v.State.Over() })
	})
	list, err := w.of.Client.ContainerList(t.Context(), container.ListOptions{All: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		for _, name := range []string{w.name, w.to} {
			if of := c.Labels[sandbox.LabelName]; of == name && c.Names[0] != "/"+sandbox.ContainerName(name) {
				t.Errorf("%s is left", c.Names[0])
			}
			if c.Labels["app.berth.helper"] == name {
				t.Errorf("the helper %s is left", c.ID)
			}
		}
		if c.State == "paused" {
			t.Errorf("%s is still paused", c.Names[0])
		}
	}
	marks(t, w.of, w.name)
	marks(t, w.of, w.to)
}

// deathWorld is the sandbox that dies, and what is done to it.
type deathWorld struct {
	of       *enginetest.Engine
	name, to string
	left     things
	backup   string
	ref      string
	turn     int
}

func newDeathWorld(t *testing.T, of *enginetest.Engine) *deathWorld {
	t.Helper()
	w := &deathWorld{of: of, name: enginetest.Name(t), to: enginetest.Name(t), backup: filepath.Join(t.TempDir(), "x.berth")}
	deleteAtTheEnd(t, of, w.name)
	deleteAtTheEnd(t, of, w.to)
	pinned := ensureBuilt(t, of)
	w.ref = enginetest.Registry(t) + "/" + w.name + ":1"
	t.Cleanup(func() { removeImage(of.Client, w.ref) })
	for _, v := range []string{"0", "1"} {
		variant(t, of, pinned, "localhost/"+w.name+":"+v, "1.18.3"+v, "")
	}
	enginetest.Push(t, of, "localhost/"+w.name+":0", w.ref)
	e := open(t, of.Host, w.settings)
	mustFinish(t, e, e.Create(sandbox.Spec{Name: w.name, Image: w.ref}))
	waitHealthy(t, e, w.name)
	w.left = leaveSomething(t, ask(t, e, w.name))
	mustFinish(t, e, e.Backup(w.name, w.backup))
	return w
}
