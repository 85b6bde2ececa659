package engine

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	dockerimage "github.com/docker/docker/api/types/image"
	dockervolume "github.com/docker/docker/api/types/volume"

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
	if allDeaths() {
		return all
	}
	seed := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("BERTH_SEED"), 10, 64); err == nil {
		seed = given
	}
	t.Logf("BERTH_SEED=%d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(1, len(all))]
}

// allDeaths reports whether every step of every operation is wanted.
func allDeaths() bool { return os.Getenv("BERTH_DEATHS") == "all" }

// fewOperations is how many operations are tried when not all of it is wanted: each takes a minute.
const fewOperations = 2

// some gives a few operations by chance, or all when that is wanted, in their order: each finds what the one before it leaves.
func some(operations []operation) []operation {
	for !allDeaths() && len(operations) > fewOperations {
		n := rand.IntN(len(operations))
		operations = slices.Delete(operations, n, n+1)
	}
	return operations
}

// Berth dies at a step of an operation: nothing more of it reaches the engine. The next Berth that connects finds the
// sandbox in the old state or in the new one, with its sessions, and nothing half done beside it.
func TestADeathAtAnyStepEndsInTheOldOrTheNewState(t *testing.T) {
	of := enginetest.Shared(t)
	w := newDeathWorld(t, of)
	for _, op := range some(w.operations(t)) {
		t.Run(op.name, func(t *testing.T) {
			steps := w.steps(t, op)
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

// steps does an operation without a death, and gives what it asked the engine for.
func (w *deathWorld) steps(t *testing.T, op operation) []string {
	t.Helper()
	gate := enginetest.NewGate(t, w.of.Host)
	e := open(t, gate.Host, w.settings)
	enginetest.Eventually(t, time.Minute, "the connection", func() bool { return e.Snapshot().Listed })
	gate.DieAt(0, false)
	mustFinish(t, e, op.do(e))
	steps := gate.Asked()
	e.Close()
	next := open(t, w.of.Host, w.settings)
	if state := op.check(t, next); state != "new" {
		t.Fatalf("without a death it ends in the %s state", state)
	}
	op.again(t, next)
	next.Close()
	t.Logf("%d steps", len(steps))
	return steps
}

func (w *deathWorld) dies(t *testing.T, op operation, step int, after bool) {
	gate := enginetest.NewGate(t, w.of.Host)
	e := open(t, gate.Host, w.settings)
	enginetest.Eventually(t, time.Minute, "the connection", func() bool { return e.Snapshot().Listed })
	gate.DieAt(step, after)
	id := op.do(e)
	enginetest.Eventually(t, 5*time.Minute, "the death, or the end", func() bool {
		return gate.Dead() || e.tasks.Find(id).View().State.Over()
	})
	e.Close()
	between := w.between(t)
	next := open(t, w.of.Host, w.settings)
	w.settles(t, next)
	wantTold(t, next, between)
	t.Logf("it ends in the %s state", op.check(t, next))
	op.again(t, next)
}

// The engine dies at a step, as in a crash, and is started again; Berth lives on, or dies with it. What is there in the end is
// the old state or the new one.
func TestAnEngineThatDiesAtAStepEndsInTheOldOrTheNewState(t *testing.T) {
	enginetest.Slow(t)
	private := enginetest.Private(t)
	shared := enginetest.Shared(t)
	seed := enginetest.Registry(t) + "/" + enginetest.Name(t) + ":seed"
	pinned := ensureBuilt(t, shared)
	enginetest.Push(t, shared, pinned, seed)
	pullAndTag(t, &private.Engine, seed, pinned)
	w := newDeathWorld(t, &private.Engine)
	for _, op := range some(w.operations(t)) {
		ways := []bool{false, true}
		if !allDeaths() {
			ways = ways[rand.IntN(2):][:1]
		}
		t.Run(op.name, func(t *testing.T) {
			steps := len(w.steps(t, op))
			for _, both := range ways {
				for _, step := range howMany(t, steps) {
					t.Run(fmt.Sprintf("Berth too %v, step %d", both, step), func(t *testing.T) {
						w.diesWithTheEngine(t, private, op, both, step)
					})
				}
			}
		})
	}
}

// diesWithTheEngine lets the engine die before, or with a negative step after, it does that step, and looks what is made of it.
func (w *deathWorld) diesWithTheEngine(t *testing.T, private *enginetest.PrivateEngine, op operation, both bool, step int) {
	t.Helper()
	gate := enginetest.NewGate(t, private.Host)
	e := open(t, gate.Host, w.settings)
	enginetest.Eventually(t, time.Minute, "the connection", func() bool { return e.Snapshot().Listed })
	died := make(chan struct{})
	gate.CallAt(max(step, -step), step < 0, func() {
		if both {
			gate.Die()
		}
		private.Kill()
		private.Start()
		close(died)
	})
	id := op.do(e)
	select {
	case <-died:
	case <-time.After(3 * time.Minute):
		t.Fatalf("it did not come to step %d: %q", step, gate.Asked())
	}
	t.Logf("at step %d of %q", step, gate.Asked())
	next := e
	if both {
		e.Close()
		next = open(t, private.Host, w.settings)
	} else {
		_ = finish(t, e, id) // how it ends is not the point
	}
	w.settles(t, next)
	t.Logf("it ends in the %s state", op.check(t, next))
	op.again(t, next)
	next.Close()
}

// pullAndTag gets an image onto an engine under a name.
func pullAndTag(t *testing.T, of *enginetest.Engine, ref, name string) {
	t.Helper()
	stream, err := of.Client.ImagePull(t.Context(), ref, dockerimage.PullOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, stream)
	if err := errors.Join(err, stream.Close(), of.Client.ImageTag(t.Context(), ref, name)); err != nil {
		t.Fatal(err)
	}
}

// settles waits until a Berth that came after a death has done what there was to do: nothing is at work, nothing half done is
// left.
func (w *deathWorld) settles(t *testing.T, e *Engine) {
	t.Helper()
	var left []string
	done := func() bool {
		snap := e.Snapshot()
		return snap.Listed && !slices.ContainsFunc(snap.Tasks, func(v task.View) bool { return !v.State.Over() })
	}
	defer func() {
		if t.Failed() {
			t.Errorf("left are %q", left)
		}
	}()
	enginetest.Eventually(t, 3*time.Minute, "the recovery to be done", func() bool {
		if !done() {
			return false
		}
		left = w.halfDone(t)
		return len(left) == 0 && done()
	})
}

// halfDone is what is left of something that was not finished.
func (w *deathWorld) halfDone(t *testing.T) []string { return halfDone(t, w.of, w.name, w.to) }

// halfDone is what an engine has of something that was begun on sandboxes of those names and is not finished.
func halfDone(t testing.TB, engine *enginetest.Engine, names ...string) []string {
	t.Helper()
	var left []string
	list, err := engine.Client.ContainerList(t.Context(), container.ListOptions{All: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		for _, name := range names {
			if of := c.Labels[sandbox.LabelName]; of == name && c.Names[0] != "/"+sandbox.ContainerName(name) || c.Labels["app.berth.helper"] == name {
				left = append(left, c.Names[0])
			}
		}
		if c.State == "paused" {
			left = append(left, c.Names[0]+" is paused")
		}
	}
	volumes, err := engine.Client.VolumeList(t.Context(), dockervolume.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	whole := map[string]bool{}
	for _, v := range volumes.Volumes {
		if v.Labels[sandbox.LabelMark] == "point" {
			whole[v.Labels[sandbox.LabelPoint]] = true
		}
	}
	for _, v := range volumes.Volumes {
		of, mark, point := v.Labels[sandbox.LabelName], v.Labels[sandbox.LabelMark], v.Labels[sandbox.LabelPoint]
		if slices.Contains(names, of) && (mark != "" && mark != "point" || point != "" && !whole[point]) {
			left = append(left, v.Name)
		}
	}
	return left
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
